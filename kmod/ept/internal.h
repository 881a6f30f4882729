/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of kmod/ept share among themselves. */
#ifndef XLHV_EPT_INTERNAL_H
#define XLHV_EPT_INTERNAL_H

#include <linux/mm.h>
#include <linux/rcupdate.h>

#include "base/ioctl.h"
#include "domain/domain.h"
#include "ept/entry.h"
#include "ept/ept.h"
#include "ept/range.h"

/**
 * struct ept_pos - where a walk of the tables ended
 * @slot: the entry; good inside of the RCU read section of the walk
 * @entry: what it was
 * @level: 1 for an entry of 4 KiB up to 4
 */
struct ept_pos {
	u64 *slot;
	u64 entry;
	unsigned int level;
};

static inline u64 *ept_table_of(u64 entry)
{
	return __va(entry & EPT_FRAME);
}

/**
 * ept_walk() - find the entry that decides about a gfn
 * @ept: any
 * @gfn: any number
 * @stop: lowest level to go to
 * @pos: result: a leaf, an entry that is not present, or the entry at @stop
 *
 * Context: RCU read section, or interrupts off.
 * Return: false if there are no tables, or none could have such a gfn.
 */
static __always_inline bool ept_walk(const struct ept *ept, u64 gfn, unsigned int stop,
				     struct ept_pos *pos)
{
	u64 *table = READ_ONCE(ept->root);
	unsigned int level;
	u64 entry;

	if (unlikely(!table || gfn >> EPT_LEVEL_ORDER(EPT_LEVELS + 1)))
		return false;
	for (level = EPT_LEVELS;; level--) {
		u64 *slot = &table[ept_index(gfn, level)];

		entry = READ_ONCE(*slot);
		if (level == stop || !ept_entry_present(entry) || ept_entry_leaf(entry, level)) {
			pos->slot = slot;
			pos->entry = entry;
			pos->level = level;
			return true;
		}
		table = ept_table_of(entry);
	}
}

static inline const struct ept_range *ept_find_range(const struct ept *ept, u64 gfn)
{
	/* Pairs with ept_set_memory_map(): nr_ranges and what is in them. */
	const struct ept_range *range = smp_load_acquire(&ept->range);

	return range ? ept_range_find(range, ept->nr_ranges, gfn) : NULL;
}

/* The type of a gfn whose walk ended at @pos; busy counts as RAM without a frame. */
static inline enum ept_type ept_pos_type(const struct ept *ept, u64 gfn, const struct ept_pos *pos)
{
	const struct ept_range *r;

	if (likely(ept_entry_present(pos->entry)))
		return ept_entry_type(pos->entry);
	if (pos->entry & EPT_ABSENT_BUSY)
		return EPT_RAM_LAZY;
	if (pos->entry & EPT_ABSENT_HOLE)
		return EPT_HOLE;
	r = ept_find_range(ept, gfn);
	return r && ept_range_is_memory(r) ? EPT_RAM_LAZY : EPT_HOLE;
}

static inline struct page *ept_pos_page(const struct ept_pos *pos, u64 gfn)
{
	return pfn_to_page(ept_entry_pfn(pos->entry, pos->level, gfn));
}

/* Kernel address of the page. */
static inline void *ept_pos_address(const struct ept_pos *pos, u64 gfn)
{
	return __va(ept_entry_pfn(pos->entry, pos->level, gfn) << PAGE_SHIFT);
}

static inline bool ept_type_writable(enum ept_type type)
{
	return type == EPT_RAM || type == EPT_SPECIAL || type == EPT_GRANT;
}

static inline bool ept_type_is_grant(enum ept_type type)
{
	return type == EPT_GRANT || type == EPT_GRANT_RO;
}

/* Replace an entry if it is still @old.  RCU read section. */
static inline bool ept_cas(u64 *slot, u64 old, u64 new)
{
	return cmpxchg64(slot, old, new) == old;
}

/* tables.c */
int ept_make_table(struct domain *d, u64 gfn, unsigned int level);
u64 ept_leaf(const struct ept *ept, u64 pfn, unsigned int level, enum ept_type type);
bool ept_replace(struct ept *ept, u64 gfn, u64 old, u64 new);
void ept_uncount_outside(struct ept *ept);
void ept_wait_busy(struct ept *ept, u64 gfn);
void ept_wake_busy(struct ept *ept);

/* prune.c */
void ept_prune(struct domain *d, u64 gfn);
int ept_take_block(struct domain *d, u64 gfn, bool holes, u64 **slot);

/* populate.c */
int ept_set_memory_map(struct domain *d, const struct xlhv_mem_range *map, unsigned int count);
int ept_set_max(struct domain *d, u64 pages);
int ept_populate_all(struct domain *d);
struct page *ept_alloc(struct domain *d, unsigned int order);
int ept_populate_lazy(struct domain *d, u64 gfn);
/* The same for those who are not a vCPU of the domain: -ESRCH when it is gone. */
int ept_populate_foreign(struct domain *d, u64 gfn);

/* huge.c */
int ept_populate_gibs(struct domain *d, const struct ept_range *r);

/* deferred_free.c */
void ept_held_init(struct ept *ept);
void ept_held_close(struct ept *ept);
void ept_batch_add(struct ept_batch *b, struct page *page, bool ram);
int ept_wait_room(struct ept *ept, u64 pages);

/* What counts against the most that a domain may have. */
static inline u64 ept_charged(const struct ept *ept)
{
	return atomic64_read(&ept->nr_reserved) + atomic64_read(&ept->nr_leaving) +
	       atomic64_read(&ept->nr_held);
}

/* read.c */
unsigned int ept_read_pages(struct domain *d, u64 *gfn, struct xlhv_page *pages, unsigned int most);

/* ioctl.c */
extern const struct ioctl_op ept_ioctls[];

/* lookup.c */
int guest_write_gpa(struct domain *d, u64 gpa, const void *from, size_t len);

/* teardown.c */
void ept_free(struct domain *d);
void ept_drop(struct domain *d);
void ept_free_block(u64 pfn);

int ept_init(struct domain *d, u64 max_pages, bool eager);

#endif /* XLHV_EPT_INTERNAL_H */
