/* SPDX-License-Identifier: GPL-2.0-only */
/* What domains and vCPUs have of the p2m; see ept.h. */
#ifndef XLHV_EPT_TYPES_H
#define XLHV_EPT_TYPES_H

#include <linux/atomic.h>
#include <linux/cache.h>
#include <linux/list.h>
#include <linux/rwsem.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/workqueue.h>

struct ept_range;
struct ept_vcpu;

/**
 * struct ept - guest-physical memory of a domain
 * @root: [a] PML4 page; NULL before ept_init() and after ept_free()
 * @eptp: [c] EPT pointer as in the VMCS
 * @lock: special frames that move, tables that are merged; nothing sleeps under it
 * @alive: read by those that populate and are not a vCPU of the domain, written
 *	by ept_free()
 * @dead: [alive] nothing more is to be populated
 * @range: [c] memory map as declared by the builder, ascending; NULL before
 * @nr_ranges: [c]
 * @nr_pages: [a] RAM frames that are there
 * @nr_reserved: [a] RAM it has or will have at first touch: what the guest and
 *	"xl list" call its memory
 * @nr_leaving: [a] frames of RAM that have left the p2m and wait for its last readers
 * @nr_held: [a] those that somebody else held then, and perhaps still does: in @held
 * @max_pages: [a] most that @nr_reserved, @nr_leaving and @nr_held may be together,
 *	written under domain->lock
 * @most_pages: [domain->lock] most that @max_pages has ever been, for @max_outside
 * @nr_tables: [a] pages of tables
 * @nr_outside: [a] those for what is not in the memory map, and @nr_buried
 * @nr_buried: [a] of these those that are used no more and wait for their last readers
 * @max_outside: [a] most @nr_outside may be; it only grows, under domain->lock
 * @nr_puts: [a] batches of frames that wait for a grace period
 * @generation: [a] rises with each change that needs an INVEPT
 * @nr_2m: [a] 2 MiB mappings
 * @nr_1g: [a] 1 GiB mappings
 * @nr_faults: [a] faults that populated something
 * @eager: [c] everything is populated at once
 * @populating: [domain->lock] that is under way: the domain's make-up does not change
 * @failed: [domain->lock] there was not enough memory for it: the domain can only be destroyed
 * @nr_nx_splits: [a] large mappings that were split because code in them was run
 * @nx_huge: [c] large mappings are not executable (iTLB multihit)
 * @vcpu: [c] what each vCPU has of the p2m, by its number
 * @held_lock: bottom halves off
 * @held: [held_lock] frames, linked by page->lru
 * @held_closed: [held_lock] being freed: no more of them
 * @held_work: looks through them once a second
 */
struct ept {
	u64 *root;
	u64 eptp;
	spinlock_t lock;		/* see above */
	struct rw_semaphore alive;
	bool dead;
	struct ept_range *range;
	unsigned int nr_ranges;
	atomic64_t nr_pages;
	atomic64_t nr_reserved;
	atomic64_t nr_leaving;
	atomic64_t nr_held;
	u64 max_pages;
	u64 most_pages;
	atomic64_t nr_tables;
	atomic_t nr_outside;
	atomic_t nr_buried;
	int max_outside;
	atomic_t nr_puts;
	atomic64_t generation;
	atomic64_t nr_2m;
	atomic64_t nr_1g;
	atomic64_t nr_faults;
	atomic64_t nr_nx_splits;
	bool eager;
	bool populating;
	bool failed;
	bool nx_huge;
	struct ept_vcpu *vcpu;
	spinlock_t held_lock;		/* frames that others hold */
	struct list_head held;
	bool held_closed;
	struct delayed_work held_work;
};

#define EPT_TLB_ENTRIES	4

/**
 * struct ept_tlb - one translation of a linear address, with its evidence
 * @linear: page
 * @cr3: CR3 it was made under
 * @mode: digest of the paging mode, and the access: read or write or fetch, user's or
 *	kernel's
 * @generation: of the p2m, 0 for nothing; pointers below are good while it is the same
 * @page: kernel address of the page
 * @nr: page-table entries that were used
 * @wide: entries have 64 bits, not 32
 * @four: @wide, and four entries can be looked at: those beyond @nr never change
 * @entry: where they are
 * @value: what they were: the translation holds while they still are
 */
struct ept_tlb {
	u64 linear;
	u64 cr3;
	u64 mode;
	u64 generation;
	void *page;
	u8 nr;
	bool wide;
	bool four;
	void *entry[5];
	u64 value[5];
};

/**
 * struct ept_vcpu - what one vCPU has of the p2m
 * @generation: [v] p2m it has flushed for
 * @cpu: [v] CPU it flushed on
 * @tlb: [v] translations of hypercall arguments and of operands of instructions
 */
struct ept_vcpu {
	u64 generation;
	int cpu;
	struct ept_tlb tlb[EPT_TLB_ENTRIES];
} ____cacheline_aligned;

/* Memory that a domain has: what it can use, and what it gave up but others still hold. */
static inline u64 ept_pages(const struct ept *ept)
{
	return atomic64_read(&ept->nr_reserved) + atomic64_read(&ept->nr_held);
}

#endif /* XLHV_EPT_TYPES_H */
