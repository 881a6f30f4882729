// SPDX-License-Identifier: GPL-2.0-only
/*
 * The end of a domain's memory.
 *
 * Nearly all of it came in blocks of 2 MiB.  A block that nobody else holds a page
 * of goes back as one, which is many times cheaper for the page allocator than 512
 * pages that it has to put together again.
 */
#include <linux/gfp.h>
#include <linux/memcontrol.h>
#include <linux/pagemap.h>
#include <linux/slab.h>

#include "compat.h"
#include "ept/internal.h"

#define BLOCK_PAGES	BIT(EPT_ORDER_2M)

/* Single pages on their way out. */
struct batch {
	unsigned int nr;
	struct page *page[64];
};

static void batch_release(struct batch *batch)
{
	release_pages(batch->page, batch->nr);
	batch->nr = 0;
	cond_resched();
}

static void batch_add(struct batch *batch, struct page *page)
{
	batch->page[batch->nr++] = page;
	if (batch->nr == ARRAY_SIZE(batch->page))
		batch_release(batch);
}

#ifdef CONFIG_MEMCG
/* split_page() gave each page the group's charge and a reference on it: one for all. */
static void join_charge(struct page *page)
{
	struct obj_cgroup *objcg;
	unsigned int i;

	for (i = 1; i < BLOCK_PAGES; i++) {
		if (!page[i].memcg_data)
			continue;
		objcg = compat_objcg(page[i].memcg_data);
		page[i].memcg_data = 0;
		obj_cgroup_put(objcg);
	}
}

/* Has each page the charge of the first? */
static bool same_charge(const struct page *page)
{
	unsigned int i;

	for (i = 1; i < BLOCK_PAGES; i++)
		if (page[i].memcg_data != page->memcg_data)
			return false;
	return true;
}
#else
static void join_charge(struct page *page)
{
}

static bool same_charge(const struct page *page)
{
	return true;
}
#endif

/*
 * Undo split_page() for a block that was one allocation once, if all references
 * are ours.  Return: true: it was given back.
 */
static bool free_block(struct page *page)
{
	unsigned int i;

	/* Where each page has a tag of its own, nothing can undo a split. */
	if (IS_ENABLED(CONFIG_MEM_ALLOC_PROFILING) || !same_charge(page))
		return false;
	/* What a machine check took is kept from use only if it is freed by itself. */
	for (i = 0; i < BLOCK_PAGES; i++)
		if (PageHWPoison(&page[i]))
			return false;
	for (i = 0; i < BLOCK_PAGES; i++)
		if (!page_ref_freeze(&page[i], 1))
			break;
	if (i < BLOCK_PAGES) {
		while (i--)
			page_ref_unfreeze(&page[i], 1);
		return false;
	}
	/* Nobody can find the pages any more: they have no references. */
	join_charge(page);
	page_ref_unfreeze(page, 1);
	__free_pages(page, EPT_ORDER_2M);
	return true;
}

static void free_pages_of(struct batch *batch, u64 pfn, u64 count)
{
	u64 i;

	if (count == BLOCK_PAGES && free_block(pfn_to_page(pfn))) {
		cond_resched();
		return;
	}
	for (i = 0; i < count; i++)
		batch_add(batch, pfn_to_page(pfn + i));
}

/* 2 MiB that were taken as one and are in no p2m.  Context: may sleep. */
void ept_free_block(u64 pfn)
{
	struct batch batch = {};

	free_pages_of(&batch, pfn, BLOCK_PAGES);
	batch_release(&batch);
}

/* A table of level 1 that maps what was one block: its first frame, or 0. */
static u64 table_block(const u64 *table)
{
	u64 first = (table[0] & EPT_FRAME) >> PAGE_SHIFT;
	unsigned int i;

	if (first & (BLOCK_PAGES - 1))
		return 0;
	for (i = 0; i < EPT_ENTRIES; i++)
		if (!ept_entry_present(table[i]) || ept_entry_type(table[i]) != EPT_RAM ||
		    (table[i] & EPT_FRAME) >> PAGE_SHIFT != first + i)
			return 0;
	return first;
}

static void free_leaf(struct ept *ept, struct batch *batch, u64 entry, unsigned int level)
{
	u64 pfn = (entry & EPT_FRAME) >> PAGE_SHIFT;
	u64 count = BIT_ULL(EPT_LEVEL_ORDER(level));

	if (ept_entry_type(entry) == EPT_SPECIAL)
		set_page_private(pfn_to_page(pfn), 0);
	else if (!ept_type_is_grant(ept_entry_type(entry)))
		atomic64_sub(count, &ept->nr_pages);
	for (; count > BLOCK_PAGES; count -= BLOCK_PAGES, pfn += BLOCK_PAGES)
		free_pages_of(batch, pfn, BLOCK_PAGES);
	free_pages_of(batch, pfn, count);
}

static void free_table(struct ept *ept, struct batch *batch, u64 *table, unsigned int level);

/* The table that @entry leads to, and everything below it. */
static void free_child(struct ept *ept, struct batch *batch, u64 entry, unsigned int level)
{
	free_table(ept, batch, ept_table_of(entry), level);
	free_page((unsigned long)ept_table_of(entry));
	atomic64_dec(&ept->nr_tables);
	if (entry & EPT_TABLE_OUTSIDE)
		atomic_dec(&ept->nr_outside);
	cond_resched();
}

/* Everything below @table, not @table itself.  As deep as the EPT at most. */
static void free_table(struct ept *ept, struct batch *batch, u64 *table, unsigned int level)
{
	u64 block = level == 1 ? table_block(table) : 0;
	unsigned int i;

	if (block) {
		atomic64_sub(BLOCK_PAGES, &ept->nr_pages);
		free_pages_of(batch, block, BLOCK_PAGES);
		return;
	}
	for (i = 0; i < EPT_ENTRIES; i++) {
		if (!ept_entry_present(table[i]))
			continue;
		if (ept_entry_leaf(table[i], level)) {
			free_leaf(ept, batch, table[i], level);
			continue;
		}
		free_child(ept, batch, table[i], level - 1);
	}
}

/**
 * ept_drop() - give back what a domain has, whose building failed
 * @d: being built: no vCPU of it ever ran
 *
 * Who asked for more memory than there is needs some to say so, and may be in the
 * memory cgroup that is full.  Nor is there any from now on, for who has mapped it.
 *
 * Context: may sleep.
 */
void ept_drop(struct domain *d)
{
	struct ept *ept = &d->ept;
	struct batch batch = {};
	unsigned int i;
	u64 entry;

	down_write(&ept->alive);
	ept->dead = true;
	for (i = 0; ept->root && i < EPT_ENTRIES; i++) {
		entry = xchg(&ept->root[i], 0);
		if (!ept_entry_present(entry))
			continue;
		synchronize_rcu();
		free_child(ept, &batch, entry, EPT_LEVELS - 1);
	}
	batch_release(&batch);
	atomic64_set(&ept->nr_2m, 0);
	atomic64_set(&ept->nr_1g, 0);
	up_write(&ept->alive);
}

/**
 * ept_free() - give all guest memory back
 * @d: none of its vCPUs runs or will run; its grants are closed.  Others may
 *	still hold the domain and look things up, and find nothing
 *
 * Also right for a domain whose ept_init() failed or was never called, and twice.
 *
 * Context: may sleep.
 */
void ept_free(struct domain *d)
{
	struct ept *ept = &d->ept;
	struct batch batch = {};
	u64 *root;

	if (!ept->root)
		return;
	down_write(&ept->alive);
	ept->dead = true;
	root = ept->root;
	WRITE_ONCE(ept->root, NULL);
	up_write(&ept->alive);
	if (!root)
		return;
	synchronize_rcu();
	free_table(ept, &batch, root, EPT_LEVELS);
	batch_release(&batch);
	free_page((unsigned long)root);
	atomic64_dec(&ept->nr_tables);
	ept_held_close(ept);
	atomic64_set(&ept->nr_reserved, 0);
	atomic64_set(&ept->nr_2m, 0);
	atomic64_set(&ept->nr_1g, 0);
	kfree(ept->range);
	ept->range = NULL;
	ept->nr_ranges = 0;
	kvfree(ept->vcpu);
	ept->vcpu = NULL;
	WARN_ON_ONCE(atomic64_read(&ept->nr_pages) || atomic64_read(&ept->nr_tables) ||
		     atomic64_read(&ept->nr_held));
}
