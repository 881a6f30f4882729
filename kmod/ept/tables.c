// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tables of the EPT: made, grown, split and flushed.  prune.c gives them back.
 *
 * An entry is changed by compare-and-swap only, so no lock is needed between
 * vCPUs that fault, hypercalls that change the p2m, and the CPU's own updates of
 * accessed and dirty bits: who loses looks again from the root.  A slot is only
 * touched inside of the RCU read section of the walk that found it.
 *
 * Nothing here is written by the guest but accessed and dirty bits.
 */
#include <linux/gfp.h>
#include <linux/rcupdate.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/wait_bit.h>
#include <asm/cpufeature.h>
#include <asm/processor.h>
#include <linux/cpu.h>

#include "compat.h"
#include "base/host_memory.h"
#include "ept/internal.h"
#include "vcpu/vcpu.h"
#include "vmx/root/caps.h"
#include "vmx/root/flush.h"
#include "vmx/root/mitigation_policy.h"

/* Tables for pages that are here and there: each may take three. */
#define FEW_OUTSIDE	64

#define EPTP_WB		6ULL
#define EPTP_WALK_4	(3ULL << 3)
#define EPTP_AD		BIT_ULL(6)

#define TABLE_GFP	(GFP_KERNEL_ACCOUNT | __GFP_ZERO | __GFP_NOWARN | __GFP_RETRY_MAYFAIL)

static u64 *table_alloc(struct domain *d)
{
	struct mem_cgroup *old = set_active_memcg(d->memcg);
	u64 *table = (u64 *)__get_free_page(TABLE_GFP);

	set_active_memcg(old);
	return table;
}

/*
 * Tables for the memory map are as many as it takes; for all that a guest may put
 * elsewhere there is a limit, which a table counts against until it is really free.
 */

/* Would a table in the place of an entry at that level cover no memory of the map? */
static bool is_outside(const struct ept *ept, u64 gfn, unsigned int level)
{
	/* Pairs with ept_set_memory_map(). */
	const struct ept_range *range = smp_load_acquire(&ept->range);
	u64 size = BIT_ULL(EPT_LEVEL_ORDER(level));

	return !range || !ept_range_any_memory(range, ept->nr_ranges, gfn & ~(size - 1),
					       (gfn | (size - 1)) + 1);
}

static bool count_outside(struct ept *ept)
{
	if (atomic_inc_return(&ept->nr_outside) <= READ_ONCE(ept->max_outside))
		return true;
	atomic_dec(&ept->nr_outside);
	return false;
}

void ept_uncount_outside(struct ept *ept)
{
	atomic_dec(&ept->nr_outside);
	smp_mb__after_atomic();	/* see wake_up_var() */
	wake_up_var(&ept->nr_outside);
}

/* Some that were given back may wait for a grace period only.  Return: look again. */
static bool wait_outside(struct ept *ept)
{
	return atomic_read(&ept->nr_buried) &&
	       wait_var_event_timeout(&ept->nr_outside,
				      atomic_read(&ept->nr_outside) < READ_ONCE(ept->max_outside) ||
				      !atomic_read(&ept->nr_buried), HZ);
}

/**
 * ept_expect() - a domain may have that many pages that are not its memory
 * @d: being made
 * @pages: mapped grants, frames of tables, wherever the guest likes
 */
void ept_expect(struct domain *d, u64 pages)
{
	/* In a row, as guests have them; a few that are not are in ept_init()'s. */
	d->ept.max_outside += DIV_ROUND_UP(pages, EPT_ENTRIES);
}

/**
 * ept_leaf() - the entry that maps a frame
 * @ept: says whether large mappings may be executed
 * @pfn: first frame of the block
 * @level: 1 for 4 KiB, 2 for 2 MiB, 3 for 1 GiB
 * @type: a type that has a frame
 *
 * Memory is write-back whatever the guest's PAT says: no domain has a device that
 * would not snoop, so nothing else is needed, and nothing else can be asked for.
 * Accessed and dirty are set at once, which saves the CPU from doing it.
 *
 * Return: the entry.
 */
u64 ept_leaf(const struct ept *ept, u64 pfn, unsigned int level, enum ept_type type)
{
	u64 entry = pfn << 12 | EPT_R | EPT_MT_WB | EPT_IPAT | EPT_A | EPT_D |
		    (u64)type << EPT_TYPE_SHIFT;

	if (ept_type_writable(type))
		entry |= EPT_W;
	if (!ept_type_is_grant(type) && (level == 1 || !ept->nx_huge))
		entry |= EPT_X;
	if (level > 1)
		entry |= EPT_LARGE;
	return entry;
}

/* Fill @table with what the large leaf @leaf of level @level maps. */
static void split_into(const struct ept *ept, u64 *table, u64 leaf, unsigned int level)
{
	unsigned int i;

	/*
	 * Only large mappings are kept from being executed.  Code is never seen through
	 * both sizes: the large entry could not be fetched through.
	 */
	if (level == 2 && ept->nx_huge)
		leaf |= EPT_X;
	for (i = 0; i < EPT_ENTRIES; i++)
		table[i] = ept_entry_split(leaf, level, i);
}

static void count_split(struct ept *ept, unsigned int level)
{
	if (level == 2) {
		atomic64_dec(&ept->nr_2m);
	} else {
		atomic64_dec(&ept->nr_1g);
		atomic64_add(EPT_ENTRIES, &ept->nr_2m);
	}
}

/* Sleep until the entry that decides about @gfn is not busy.  See ept_wake_busy(). */
void ept_wait_busy(struct ept *ept, u64 gfn)
{
	struct ept_pos pos;
	bool busy;

	wait_var_event(ept, ({
		rcu_read_lock();
		busy = ept_walk(ept, gfn, 1, &pos) && pos.entry == EPT_ABSENT_BUSY;
		rcu_read_unlock();
		!busy;
	}));
}

/* An entry was busy and has another value now, written with a full barrier. */
void ept_wake_busy(struct ept *ept)
{
	wake_up_var(ept);
}

/**
 * ept_make_table() - make sure that a gfn has an entry of its own at a level
 * @d: domain with an EPT
 * @gfn: below the limit of four levels
 * @level: 1 to 3
 *
 * Adds the tables that are missing and splits a large mapping that is in the way.
 * A split changes no translation, so nothing is flushed.
 *
 * Context: may sleep.
 * Return: 0; -ENOMEM: none, or more than the domain may have; -ESRCH: no tables.
 */
int ept_make_table(struct domain *d, u64 gfn, unsigned int level)
{
	struct ept *ept = &d->ept;
	bool waited = false;
	bool used = false;
	bool outside;
	u64 *spare = NULL;
	struct ept_pos pos;
	int err = 0;

	for (;;) {
		rcu_read_lock();
		if (!ept_walk(ept, gfn, level, &pos)) {
			err = -ESRCH;
			break;
		}
		if (pos.level == level)
			break;
		if (pos.entry == EPT_ABSENT_BUSY) {
			rcu_read_unlock();
			ept_wait_busy(ept, gfn);
			continue;
		}
		if (!spare) {
			rcu_read_unlock();
			/* A split may be for giving memory back: it is not refused. */
			if (ept_entry_present(pos.entry) || host_can_spare(1))
				spare = table_alloc(d);
			if (!spare)
				return -ENOMEM;
			continue;
		}
		outside = is_outside(ept, gfn, pos.level);
		if (outside && !count_outside(ept)) {
			rcu_read_unlock();
			if (!waited && wait_outside(ept)) {
				waited = true;
				continue;
			}
			free_page((unsigned long)spare);
			return -ENOMEM;
		}
		if (ept_entry_present(pos.entry))
			split_into(ept, spare, pos.entry, pos.level);
		else if (used)
			memset(spare, 0, PAGE_SIZE);
		used = true;
		/* The fill is seen before the entry that leads to it: cmpxchg orders. */
		if (ept_cas(pos.slot, pos.entry, __pa(spare) | EPT_PERM |
			    (outside ? EPT_TABLE_OUTSIDE : 0))) {
			if (ept_entry_present(pos.entry))
				count_split(ept, pos.level);
			atomic64_inc(&ept->nr_tables);
			spare = NULL;
			used = false;
		} else if (outside) {
			ept_uncount_outside(ept);
		}
		rcu_read_unlock();
	}
	rcu_read_unlock();
	free_page((unsigned long)spare);
	return err;
}

/**
 * ept_replace() - change the 4 KiB entry of a gfn if it is still what it was
 * @ept: any
 * @gfn: any
 * @old: entry seen
 * @new: entry wanted
 *
 * Context: any.
 * Return: false if it changed or has no table any more.
 */
bool ept_replace(struct ept *ept, u64 gfn, u64 old, u64 new)
{
	struct ept_pos pos;
	bool done;

	rcu_read_lock();
	done = ept_walk(ept, gfn, 1, &pos) && pos.level == 1 && ept_cas(pos.slot, old, new);
	rcu_read_unlock();
	return done;
}

/**
 * ept_flush() - no vCPU uses a translation older than this call any more
 * @d: domain whose p2m changed
 *
 * vCPUs that are in the guest are kicked out of it and waited for; the others find
 * the request before they enter.
 *
 * Context: preemptible, not inside a stay, no lock held that an inner loop takes.
 */
void ept_flush(struct domain *d)
{
	struct vcpu *v;
	unsigned int i;

	/* The change of the entries, then this, then the requests. */
	atomic64_inc(&d->ept.generation);
	smp_mb__after_atomic();	/* pairs with that of the inner loop before an entry */
	for (i = 0; d->vcpu && i < d->max_vcpus; i++)
		if (d->vcpu[i])
			vcpu_request(d->vcpu[i], VCPU_REQ_TLB_FLUSH);
	for (i = 0; d->vcpu && i < d->max_vcpus; i++) {
		v = d->vcpu[i];
		/* Who took the request back is out of the guest, or was. */
		while (v && vcpu_in_guest(v) && test_bit(VCPU_REQ_TLB_FLUSH, &v->requests))
			cpu_relax();
	}
	smp_mb();	/* what they did in the guest is before what the caller does */
}

/**
 * ept_invalidate() - forget translations on this CPU, if there is a reason
 * @v: own thread
 *
 * A reason is a change of the p2m since this vCPU did it last, or a CPU that is not
 * the one it did it on: translations of an earlier stay there, or of a domain that
 * had the same root, may be left.
 *
 * Context: interrupts off, VMX root operation, before an entry.
 */
void ept_invalidate(struct vcpu *v)
{
	struct ept *ept = &v->domain->ept;
	struct ept_vcpu *ev = v->ept;
	u64 generation = atomic64_read(&ept->generation);
	int cpu = smp_processor_id();

	if (likely(ev->generation == generation && ev->cpu == cpu))
		return;
	ev->cpu = cpu;
	ev->generation = generation;
	vmx_flush_root(ept->eptp);
}

/**
 * ept_init() - an empty p2m
 * @d: max_vcpus and memcg are set
 * @max_pages: most RAM it may have
 * @eager: populate at once
 *
 * Context: may sleep.
 * Return: 0; -E2BIG: more than the CPU's physical addresses reach; -ENOMEM.
 */
int ept_init(struct domain *d, u64 max_pages, bool eager)
{
	struct ept *ept = &d->ept;
	unsigned int i;

	if (!max_pages || max_pages > BIT_ULL(ept_maxphyaddr() - PAGE_SHIFT))
		return -E2BIG;
	spin_lock_init(&ept->lock);
	init_rwsem(&ept->alive);
	atomic64_set(&ept->generation, 1);
	ept_held_init(ept);
	ept->max_pages = max_pages;
	ept->most_pages = max_pages;
	/* Memory that a guest puts elsewhere takes half of that, in blocks. */
	ept->max_outside = FEW_OUTSIDE + max_pages / (EPT_ENTRIES / 2);
	ept->eager = eager;
	ept->nx_huge = vmx_guards & XLHV_MITIGATION_NX_HUGE;
	ept->vcpu = kvcalloc(d->max_vcpus, sizeof(*ept->vcpu), GFP_KERNEL_ACCOUNT);
	if (!ept->vcpu)
		return -ENOMEM;
	for (i = 0; i < d->max_vcpus; i++)
		ept->vcpu[i].cpu = -1;
	ept->root = table_alloc(d);
	if (!ept->root) {
		kvfree(ept->vcpu);
		ept->vcpu = NULL;
		return -ENOMEM;
	}
	atomic64_set(&ept->nr_tables, 1);
	ept->eptp = __pa(ept->root) | EPTP_WALK_4 | EPTP_WB;
	if (vmx_has(XLHV_FEAT_EPT_AD))
		ept->eptp |= EPTP_AD;
	return 0;
}
