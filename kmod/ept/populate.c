// SPDX-License-Identifier: GPL-2.0-only
/*
 * Frames for RAM that has none yet: on first touch, or all at once.
 *
 * A block of 2 MiB is one allocation that is split into single pages at once, so
 * that each can be kept or given back alone.  Where that fails or the block is
 * not all RAM, 128 KiB are tried, then 4 KiB.  A frame is zeroed before it can be
 * seen.  Allocations fail softly: they do not wake the OOM killer, they leave the
 * host some memory, they are charged to the memory cgroup of who made the domain.
 *
 * One thread populates a block of 2 MiB: it marks the entry busy, others wait for
 * it instead of zeroing the same block again.  Smaller ones race, the loser gives
 * its pages back.
 */
#include <linux/gfp.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "base/host_memory.h"
#include "ept/internal.h"
#include "vmx/root/caps.h"

#define FRAME_GFP	(GFP_KERNEL_ACCOUNT | __GFP_ZERO | __GFP_NOWARN)

/* What is tried where 2 MiB at once cannot be had: 32 pages. */
#define CHUNK_ORDER	5

/**
 * ept_alloc() - zeroed frames, charged to the domain
 * @d: who pays
 * @order: 2^order pages, aligned to that
 *
 * Return: the first of 2^order pages, each with a reference of its own, or NULL.
 */
struct page *ept_alloc(struct domain *d, unsigned int order)
{
	struct mem_cgroup *old;
	struct page *page;

	if (!host_can_spare(BIT(order)))
		return NULL;
	old = set_active_memcg(d->memcg);
	/* A large block is worth little effort, a page all but the OOM killer. */
	page = alloc_pages(FRAME_GFP | (order ? __GFP_NORETRY : __GFP_RETRY_MAYFAIL), order);
	set_active_memcg(old);
	if (page && order)
		split_page(page, order);
	return page;
}

static void give_back(struct page *page, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		put_page(page + i);
}

/*
 * A block of 2 MiB in which nothing is.  Return: 0; -EAGAIN: look again; -EBUSY:
 * there is something in it; -ENOMEM: not in one piece.
 */
static int populate_2m(struct domain *d, u64 gfn, bool holes)
{
	struct ept *ept = &d->ept;
	struct page *page;
	u64 *slot;
	int err;

	err = ept_take_block(d, gfn, holes, &slot);
	if (err)
		return err;
	page = ept_alloc(d, EPT_ORDER_2M);
	if (page) {
		atomic64_add(BIT_ULL(EPT_ORDER_2M), &ept->nr_pages);
		atomic64_inc(&ept->nr_2m);
	}
	xchg(slot, page ? ept_leaf(ept, page_to_pfn(page), 2, EPT_RAM) : 0);
	ept_wake_busy(ept);
	return page ? 0 : -ENOMEM;
}

/* Is the aligned chunk around @gfn, in one table of level 1, untouched? */
static bool chunk_untouched(struct ept *ept, u64 gfn)
{
	struct ept_pos pos;
	bool untouched = false;
	unsigned int i;

	gfn &= ~(BIT_ULL(CHUNK_ORDER) - 1);
	rcu_read_lock();
	if (ept_walk(ept, gfn, 1, &pos) && pos.level == 1) {
		for (i = 0; i < BIT(CHUNK_ORDER); i++)
			if (READ_ONCE(pos.slot[i]))
				break;
		untouched = i == BIT(CHUNK_ORDER);
	}
	rcu_read_unlock();
	return untouched;
}

/* Install 2^order pages in a table of level 1, where nothing is yet. */
static int install(struct domain *d, u64 gfn, struct page *page, unsigned int order)
{
	struct ept *ept = &d->ept;
	struct ept_pos pos;
	unsigned int done = 0;
	unsigned int i;

	gfn &= ~(BIT_ULL(order) - 1);
	rcu_read_lock();
	if (!ept_walk(ept, gfn, 1, &pos) || pos.level != 1) {
		rcu_read_unlock();
		give_back(page, BIT(order));
		return -EAGAIN;
	}
	for (i = 0; i < BIT(order); i++) {
		u64 leaf = ept_leaf(ept, page_to_pfn(page + i), 1, EPT_RAM);

		if (ept_cas(&pos.slot[i], 0, leaf))
			done++;
		else
			put_page(page + i);
	}
	atomic64_add(done, &ept->nr_pages);
	rcu_read_unlock();
	return 0;
}

static int populate_small(struct domain *d, u64 gfn, bool chunk)
{
	struct page *page = NULL;
	unsigned int order = 0;

	if (chunk && chunk_untouched(&d->ept, gfn)) {
		order = CHUNK_ORDER;
		page = ept_alloc(d, order);
	}
	if (!page) {
		order = 0;
		page = ept_alloc(d, order);
	}
	if (!page)
		return -ENOMEM;
	return install(d, gfn, page, order);
}

/**
 * ept_populate_lazy() - give RAM its frame
 * @d: memory is not being freed: own vCPU, or ept.alive held and not dead
 * @gfn: any
 *
 * Context: may sleep.
 * Return: 0: there is something at @gfn, or another will look what; -ENOENT: not
 * RAM; -ENOMEM; -ESRCH: no tables.
 */
int ept_populate_lazy(struct domain *d, u64 gfn)
{
	struct ept *ept = &d->ept;
	const struct ept_range *r = NULL;
	bool whole = vmx_has(XLHV_FEAT_EPT_2M);
	enum ept_type type = EPT_HOLE;
	struct ept_pos pos;
	int err;

	for (;;) {
		rcu_read_lock();
		if (!ept_walk(ept, gfn, 1, &pos)) {
			rcu_read_unlock();
			return -ESRCH;
		}
		type = ept_pos_type(ept, gfn, &pos);
		r = ept_find_range(ept, gfn);
		rcu_read_unlock();
		if (type == EPT_HOLE)
			return -ENOENT;
		if (type != EPT_RAM_LAZY)
			return 0;
		if (pos.entry == EPT_ABSENT_BUSY) {
			ept_wait_busy(ept, gfn);
			continue;
		}
		whole = whole && ept_range_has_block(r, gfn, EPT_ORDER_2M);
		if (pos.level > 2) {
			err = ept_make_table(d, gfn, 2) ?: -EAGAIN;
		} else if (whole) {
			err = populate_2m(d, gfn, false);
			if (err == -ENOMEM || err == -EBUSY) {
				whole = false;
				err = -EAGAIN;
			}
		} else if (pos.level == 2) {
			err = ept_make_table(d, gfn, 1) ?: -EAGAIN;
		} else {
			err = populate_small(d, gfn, ept_range_has_block(r, gfn, CHUNK_ORDER));
		}
		if (err != -EAGAIN)
			return err;
	}
}

int ept_populate_foreign(struct domain *d, u64 gfn)
{
	struct ept *ept = &d->ept;
	int err;

	down_read(&ept->alive);
	err = ept->dead ? -ESRCH : ept_populate_lazy(d, gfn);
	up_read(&ept->alive);
	return err;
}

/* Order of the mapping or of the gap that @gfn is in. */
static unsigned int order_at(struct ept *ept, u64 gfn)
{
	struct ept_pos pos = { .level = 1 };

	rcu_read_lock();
	ept_walk(ept, gfn, 1, &pos);
	rcu_read_unlock();
	return EPT_LEVEL_ORDER(pos.level);
}

static int populate_range(struct domain *d, const struct ept_range *r)
{
	u64 gfn;
	int err;

	down_read(&d->ept.alive);
	err = d->ept.dead ? -ESRCH : ept_populate_gibs(d, r);
	up_read(&d->ept.alive);
	if (err)
		return err;
	for (gfn = r->first; gfn < r->end;
	     gfn = (gfn | (BIT_ULL(order_at(&d->ept, gfn)) - 1)) + 1) {
		err = ept_populate_foreign(d, gfn);
		if (err && err != -ENOENT)
			return err;
		if (fatal_signal_pending(current))
			return -EINTR;
		/* Who ends it waits for this. */
		if (READ_ONCE(d->state) == DOMAIN_DYING)
			return -ESRCH;
		cond_resched();
	}
	return 0;
}

/**
 * ept_populate_all() - frames for all RAM, at once
 * @d: being built, its memory map is set
 *
 * Context: may sleep; a thread of the creator, who is charged by time too.
 * Return: 0; -ENOMEM; -EINTR: killed; -ESRCH.  After an error nothing is there.
 */
int ept_populate_all(struct domain *d)
{
	struct ept *ept = &d->ept;
	unsigned int i;
	int err = 0;

	for (i = 0; i < ept->nr_ranges && !err; i++)
		if (ept_range_is_memory(&ept->range[i]))
			err = populate_range(d, &ept->range[i]);
	if (err)
		ept_drop(d);
	return err;
}

/* Undo a reservation of RAM. */
static void unreserve(struct ept *ept, u64 pages)
{
	atomic64_sub(pages, &ept->nr_reserved);
}

static bool try_reserve(struct ept *ept, u64 pages)
{
	/* A full barrier: of two that are too many at least one sees the other. */
	atomic64_add_return(pages, &ept->nr_reserved);
	if (likely(ept_charged(ept) <= READ_ONCE(ept->max_pages)))
		return true;
	unreserve(ept, pages);
	return false;
}

/* Context: may sleep.  Return: 0; -ENOMEM; -EINPROGRESS: there may be room later. */
static int reserve(struct ept *ept, u64 pages)
{
	int err;

	if (likely(try_reserve(ept, pages)))
		return 0;
	err = ept_wait_room(ept, pages);
	if (err)
		return err;
	return try_reserve(ept, pages) ? 0 : -ENOMEM;
}

/* RAM at one gfn that has none: 1 if it has some now that it had not, 0 if it had. */
static int populate_one(struct domain *d, u64 gfn)
{
	struct ept *ept = &d->ept;
	struct page *page = NULL;
	const struct ept_range *r;
	enum ept_type type;
	struct ept_pos pos;
	bool lazy;
	u64 new;
	int err;

	err = reserve(ept, 1);
	if (err)
		return err;
	for (;;) {
		rcu_read_lock();
		if (!ept_walk(ept, gfn, 1, &pos)) {
			rcu_read_unlock();
			err = -ESRCH;
			break;
		}
		type = ept_pos_type(ept, gfn, &pos);
		r = ept_find_range(ept, gfn);
		lazy = r && ept_range_is_memory(r) && !ept->eager;
		rcu_read_unlock();
		if (pos.entry == EPT_ABSENT_BUSY) {
			ept_wait_busy(ept, gfn);
			continue;
		}
		if (type == EPT_RAM_LAZY) {
			err = 0;
			break;
		}
		if (type == EPT_RAM || type == EPT_RAM_RO) {
			/* The caller asked for a fresh page, not for what is there. */
			err = ept_remove(d, gfn, EPT_RAM);
			if (err && err != -ENOENT && err != -EPERM)
				break;
			continue;
		}
		if (type != EPT_HOLE) {
			err = -EBUSY;
			break;
		}
		if (pos.level > 1) {
			err = ept_make_table(d, gfn, 1);
			if (err)
				break;
			continue;
		}
		if (!lazy && !page) {
			page = ept_alloc(d, 0);
			if (!page) {
				err = -ENOMEM;
				break;
			}
		}
		new = lazy ? 0 : ept_leaf(ept, page_to_pfn(page), 1, EPT_RAM);
		if (ept_replace(ept, gfn, pos.entry, new)) {
			if (!lazy)
				atomic64_inc(&ept->nr_pages);
			return 1;
		}
	}
	if (page)
		put_page(page);
	unreserve(ept, 1);
	ept_prune(d, gfn);
	return err;
}

/* Of ept_wait_room(), 10 ms each, before an extent of several pages is given up for now. */
#define WAITS_OF_EXTENT		50

/* A block of 2 MiB outside of the memory map, in one piece.  -EAGAIN: page by page. */
static int populate_block(struct domain *d, u64 gfn)
{
	struct ept *ept = &d->ept;
	unsigned int i;
	int err;

	if (!vmx_has(XLHV_FEAT_EPT_2M))
		return -EAGAIN;
	for (i = 0; i < ept->nr_ranges; i++)
		if (gfn < ept->range[i].end && gfn + BIT_ULL(EPT_ORDER_2M) > ept->range[i].first)
			return -EAGAIN;
	err = ept_make_table(d, gfn, 2);
	if (err)
		return err;
	err = reserve(ept, BIT_ULL(EPT_ORDER_2M));
	if (err) {
		ept_prune(d, gfn);
		return err;
	}
	err = populate_2m(d, gfn, true);
	if (err) {
		unreserve(ept, BIT_ULL(EPT_ORDER_2M));
		return -EAGAIN;
	}
	return 0;
}

/*
 * Fresh pages are asked for.  Where there is no room for all of them, what is there goes before
 * the first is had: one grace period is waited for then, and not one with each page.
 */
static void make_room(struct domain *d, u64 gfn, unsigned int order)
{
	struct ept_batch batch;
	enum ept_type type;
	u64 i;

	if (ept_charged(&d->ept) + BIT_ULL(order) <= READ_ONCE(d->ept.max_pages))
		return;
	ept_batch_init(&batch, d);
	for (i = 0; i < BIT_ULL(order); i++) {
		type = ept_get_type(d, gfn + i);
		if (type == EPT_RAM || type == EPT_RAM_RO)
			ept_remove_batched(&batch, gfn + i, EPT_RAM);
		cond_resched();
	}
	ept_batch_finish(&batch);
}

/**
 * ept_populate() - RAM at 2^order gfns (XENMEM_populate_physmap)
 * @d: own vCPU's, or not being freed
 * @gfn: first, aligned to 2^order
 * @order: 0 to 9
 *
 * Where the memory map says RAM, what was ballooned out becomes RAM without a
 * frame again; elsewhere frames are put there now.  All or nothing.
 *
 * Context: may sleep.
 * Return: 0; -ENOMEM: none, or more than the domain may have; -EINPROGRESS: the same, as long as
 * what it gave back is on its way; -EBUSY: something other than RAM is there; -EINVAL; -ESRCH.
 */
int ept_populate(struct domain *d, u64 gfn, unsigned int order)
{
	unsigned int waits = order ? WAITS_OF_EXTENT : 0;
	struct ept_batch batch;
	u64 i;
	int err;

	if (order > EPT_ORDER_2M || gfn & (BIT_ULL(order) - 1) || !ept_gfn_valid(d, gfn))
		return -EINVAL;
	if (order)
		make_room(d, gfn, order);
	if (order == EPT_ORDER_2M) {
		err = populate_block(d, gfn);
		if (err != -EAGAIN)
			return err;
	}
	for (i = 0; i < BIT_ULL(order); i++) {
		/*
		 * What is undone below is on its way again: an extent that gave up at the first
		 * wait might never get all of its pages.
		 */
		do {
			err = populate_one(d, gfn + i);
		} while (err == -EINPROGRESS && waits && waits--);
		if (err < 0)
			break;
		cond_resched();
	}
	if (err >= 0)
		return 0;
	/*
	 * What was RAM before is lost with the rest: a guest that populates memory
	 * which it uses gets what the ABI promises it, fresh pages or none.
	 */
	ept_batch_init(&batch, d);
	while (i--)
		ept_remove_batched(&batch, gfn + i, EPT_RAM);
	ept_batch_finish(&batch);
	return err;
}

/**
 * ept_set_memory_map() - say where the domain has memory
 * @d: being built
 * @map: ascending, not overlapping
 * @count: 1 to XLHV_MAX_MEM_RANGES
 *
 * Pages of type ACPI come on top of the most RAM it may have.
 *
 * Context: may sleep; the caller serialises.
 * Return: 0; -EALREADY: it has one; -E2BIG: more than it may have; -ENOMEM; what
 * ept_range_make() returns.
 */
int ept_set_memory_map(struct domain *d, const struct xlhv_mem_range *map, unsigned int count)
{
	struct ept *ept = &d->ept;
	struct ept_range *range;
	u64 acpi, ram;
	int err;

	if (ept->range)
		return -EALREADY;
	if (!count || count > XLHV_MAX_MEM_RANGES)
		return -EINVAL;
	range = kcalloc(count, sizeof(*range), GFP_KERNEL_ACCOUNT);
	if (!range)
		return -ENOMEM;
	err = ept_range_make(range, map, count, ept_maxphyaddr());
	ram = ept_range_pages(range, count, XLHV_MEM_RAM);
	acpi = ept_range_pages(range, count, XLHV_MEM_ACPI);
	if (!err && (ram > ept->max_pages || acpi > EPT_MAX_ACPI_PAGES))
		err = -E2BIG;
	if (err) {
		kfree(range);
		return err;
	}
	WRITE_ONCE(ept->max_pages, ept->max_pages + acpi);
	ept->nr_ranges = count;
	atomic64_set(&ept->nr_reserved, ram + acpi);
	/* Pairs with ept_find_range(). */
	smp_store_release(&ept->range, range);
	return 0;
}

/**
 * ept_get_memory_map() - the memory map as it was declared
 * @d: any
 * @map: room for @count
 * @count: room
 *
 * Context: may sleep.
 * Return: entries written.
 */
unsigned int ept_get_memory_map(struct domain *d, struct xlhv_mem_range *map, unsigned int count)
{
	struct ept *ept = &d->ept;
	unsigned int nr = 0;

	down_read(&ept->alive);
	for (; ept->range && nr < count && nr < ept->nr_ranges; nr++) {
		const struct ept_range *r = &ept->range[nr];

		map[nr] = (struct xlhv_mem_range){
			.addr = r->first << PAGE_SHIFT,
			.size = (r->end - r->first) << PAGE_SHIFT,
			.type = r->type,
		};
	}
	up_read(&ept->alive);
	return nr;
}

/**
 * ept_set_max() - the most memory that a domain may have, from now on
 * @d: its memory map is set; the caller serialises
 * @pages: RAM; pages of type ACPI come on top
 *
 * It may be less than there is. What there is stays, and nothing is added to it until it
 * has become less than @pages.
 *
 * Return: 0; -EINVAL: none; -E2BIG: more than the CPU's physical addresses reach.
 */
int ept_set_max(struct domain *d, u64 pages)
{
	struct ept *ept = &d->ept;

	if (!pages)
		return -EINVAL;
	if (pages > BIT_ULL(ept_maxphyaddr() - PAGE_SHIFT))
		return -E2BIG;
	/* Tables that it could have before, it may have now. */
	if (pages > ept->most_pages) {
		WRITE_ONCE(ept->max_outside, ept->max_outside +
			   DIV_ROUND_UP(pages - ept->most_pages, EPT_ENTRIES / 2));
		ept->most_pages = pages;
	}
	WRITE_ONCE(ept->max_pages, pages + ept_range_pages(ept->range, ept->nr_ranges,
							   XLHV_MEM_ACPI));
	return 0;
}
