// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mappings of 1 GiB, for domains whose memory is populated at once.
 *
 * The page allocator's largest block has 4 MiB, and what could collect more
 * (alloc_contig_range()) moves other people's pages for it and charges nobody.  But a
 * domain that takes gigabytes on a host that has room gets neighbours.  So all its
 * blocks of 2 MiB are taken first and sorted; what turns out to be a whole gigabyte goes
 * where the guest has one, the rest fills what remains.  It
 * takes no more memory than the domain has, and no more work than without.
 *
 * A gigabyte is split as soon as one of its pages is anything else (ept_make_table()).
 */
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/sort.h>

#include "xlhv.h"
#include "base/host_memory.h"
#include "ept/internal.h"
#include "vmx/root/caps.h"

#define GIB_PAGES	BIT_ULL(EPT_ORDER_1G)
#define BLOCK_PAGES	BIT_ULL(EPT_ORDER_2M)
#define GIB_BLOCKS	(GIB_PAGES / BLOCK_PAGES)
#define TAKEN		U64_MAX		/* sorts behind all frames */

static int compare(const void *a, const void *b)
{
	u64 first = *(const u64 *)a, second = *(const u64 *)b;

	return first < second ? -1 : first > second;
}

static void give_back(u64 *block, u64 nr)
{
	u64 i;

	for (i = 0; i < nr; i++)
		if (block[i] != TAKEN)
			ept_free_block(block[i]);
}

/*
 * Map a block, if nothing is at @gfn.  Return: 0; -EBUSY: there is something;
 * -ENOMEM; -ESRCH.
 */
static int map(struct domain *d, u64 gfn, u64 pfn, unsigned int level)
{
	struct ept *ept = &d->ept;
	struct ept_pos pos;
	int err;

	err = ept_make_table(d, gfn, level);
	if (err)
		return err;
	rcu_read_lock();
	if (!ept_walk(ept, gfn, level, &pos) || pos.level != level || pos.entry ||
	    !ept_cas(pos.slot, 0, ept_leaf(ept, pfn, level, EPT_RAM)))
		err = -EBUSY;
	rcu_read_unlock();
	if (err)
		return err;
	atomic64_inc(level == 3 ? &ept->nr_1g : &ept->nr_2m);
	atomic64_add(BIT_ULL(EPT_LEVEL_ORDER(level)), &ept->nr_pages);
	return 0;
}

/* Is what begins with @block a gigabyte?  @left: how many there are from it on. */
static bool whole_gib(const u64 *block, u64 left)
{
	/* In order and without equals: the first and the last tell. */
	return !(*block & (GIB_PAGES - 1)) && left >= GIB_BLOCKS &&
	       block[GIB_BLOCKS - 1] == *block + GIB_PAGES - BLOCK_PAGES;
}

/*
 * Gigabytes first, from the top: the lowest of a guest has pages of other kinds in it and
 * is soon split.
 */
static int map_gibs(struct domain *d, u64 first, u64 end, u64 *block, u64 nr)
{
	u64 gfn = end, i, j;
	int err;

	for (i = 0; i < nr && gfn > first;) {
		if (!whole_gib(&block[i], nr - i)) {
			i++;
			continue;
		}
		gfn -= GIB_PAGES;
		err = map(d, gfn, block[i], 3);
		if (err == -EBUSY)
			continue;
		if (err)
			return err;
		for (j = 0; j < GIB_BLOCKS; j++)
			block[i + j] = TAKEN;
		i += GIB_BLOCKS;
	}
	return 0;
}

static bool in_gib(const struct ept *ept, u64 gfn)
{
	struct ept_pos pos;
	bool found;

	rcu_read_lock();
	found = ept_walk(ept, gfn, 3, &pos) && pos.level == 3 && ept_entry_leaf(pos.entry, 3);
	rcu_read_unlock();
	return found;
}

static int map_blocks(struct domain *d, u64 first, u64 end, u64 *block, u64 nr)
{
	u64 gfn = first, i = 0;
	int err;

	for (; gfn < end && i < nr; gfn += BLOCK_PAGES) {
		while (i < nr && block[i] == TAKEN)
			i++;
		if (i == nr)
			break;
		if (in_gib(&d->ept, gfn)) {
			gfn |= GIB_PAGES - BLOCK_PAGES;
			continue;
		}
		err = map(d, gfn, block[i], 2);
		if (err == -EBUSY)
			continue;
		if (err)
			return err;
		block[i] = TAKEN;
		cond_resched();
	}
	return 0;
}

/**
 * ept_populate_gibs() - frames for a range that has whole gigabytes, at once
 * @d: being built, all of it is to be populated
 * @r: a range of memory
 *
 * The more blocks are looked at, the more likely a gigabyte is among them: all of the
 * range are.  Does what it can: what it leaves is populated as in other domains.
 *
 * Context: may sleep; ept.alive held and not dead.
 * Return: 0; -ENOMEM: no tables; -EINTR: killed; -ESRCH.
 */
int ept_populate_gibs(struct domain *d, const struct ept_range *r)
{
	u64 first = ALIGN(r->first, GIB_PAGES), end = r->end & ~(GIB_PAGES - 1);
	u64 bottom = ALIGN(r->first, BLOCK_PAGES), top = r->end & ~(BLOCK_PAGES - 1);
	u64 nr, i;
	struct page *page;
	u64 *block;
	int err = 0;

	if (first >= end || !vmx_has(XLHV_FEAT_EPT_1G) || !vmx_has(XLHV_FEAT_EPT_2M))
		return 0;
	nr = (top - bottom) / BLOCK_PAGES;
	if (!host_can_spare(DIV_ROUND_UP(nr * sizeof(*block), PAGE_SIZE)))
		return 0;
	block = kvmalloc_array(nr, sizeof(*block), GFP_GUEST);
	if (!block)
		return 0;
	for (i = 0; i < nr && !err; i++) {
		page = ept_alloc(d, EPT_ORDER_2M);
		if (!page)
			break;
		block[i] = page_to_pfn(page);
		if (fatal_signal_pending(current))
			err = -EINTR;
		else if (READ_ONCE(d->state) == DOMAIN_DYING)
			err = -ESRCH;
		cond_resched();
	}
	nr = i;
	if (!err) {
		sort(block, nr, sizeof(*block), compare, NULL);
		err = map_gibs(d, first, end, block, nr);
	}
	if (!err)
		err = map_blocks(d, bottom, top, block, nr);
	give_back(block, nr);
	kvfree(block);
	return err;
}
