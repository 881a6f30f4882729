// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tables of the EPT: made, grown, split, flushed and freed.
 *
 * An entry is changed by compare-and-swap only, so no lock is needed between
 * vCPUs that fault, hypercalls that change the p2m, and the CPU's own updates of
 * accessed and dirty bits: who loses looks again from the root.  A slot is only
 * touched inside of the RCU read section of the walk that found it.
 *
 * Nothing here is written by the guest but accessed and dirty bits.
 */
#include <linux/bitmap.h>
#include <linux/gfp.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/wait_bit.h>
#include <asm/cpufeature.h>
#include <asm/processor.h>
#include <linux/cpu.h>

#include "vmx/caps.h"
#include "vmx/guard_policy.h"
#include "vmx/insn.h"
#include "ept/internal.h"
#include "vcpu.h"

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
 * Return: 0; -ENOMEM; -ESRCH: no tables.
 */
int ept_make_table(struct domain *d, u64 gfn, unsigned int level)
{
	struct ept *ept = &d->ept;
	bool used = false;
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
			spare = table_alloc(d);
			if (!spare)
				return -ENOMEM;
			continue;
		}
		if (ept_entry_present(pos.entry))
			split_into(ept, spare, pos.entry, pos.level);
		else if (used)
			memset(spare, 0, PAGE_SIZE);
		used = true;
		/* The fill is seen before the entry that leads to it: cmpxchg orders. */
		if (ept_cas(pos.slot, pos.entry, __pa(spare) | EPT_PERM)) {
			if (ept_entry_present(pos.entry))
				count_split(ept, pos.level);
			atomic64_inc(&ept->nr_tables);
			spare = NULL;
			used = false;
		}
		rcu_read_unlock();
	}
	rcu_read_unlock();
	free_page((unsigned long)spare);
	return err;
}

/* Make all entries of a table busy, if each is 0, or a hole and @holes. */
static bool take_empty_table(u64 *table, bool holes)
{
	DECLARE_BITMAP(hole, EPT_ENTRIES) = {};
	unsigned int i;
	u64 entry;

	for (i = 0; i < EPT_ENTRIES; i++) {
		entry = READ_ONCE(table[i]);
		if (entry && !(holes && entry == EPT_ABSENT_HOLE))
			return false;
	}
	for (i = 0; i < EPT_ENTRIES; i++) {
		entry = READ_ONCE(table[i]);
		if ((entry && !(holes && entry == EPT_ABSENT_HOLE)) ||
		    !ept_cas(&table[i], entry, EPT_ABSENT_BUSY))
			break;
		if (entry)
			__set_bit(i, hole);
	}
	if (i == EPT_ENTRIES)
		return true;
	while (i--)
		xchg(&table[i], test_bit(i, hole) ? EPT_ABSENT_HOLE : 0);
	return false;
}

/* A table that nothing leads to any more. */
struct dead_table {
	struct rcu_head rcu;
	u64 *table;
};

static void free_dead_table(struct rcu_head *rcu)
{
	struct dead_table *dead = container_of(rcu, struct dead_table, rcu);

	free_page((unsigned long)dead->table);
	kfree(dead);
}

/*
 * CPUs may have cached the way to the table, lookups may be in it.  Until then its
 * entries are busy, which is not present for the ones and "look again" for the
 * others.
 */
static void bury_table(struct domain *d, u64 *table)
{
	struct dead_table *dead = kmalloc(sizeof(*dead), GFP_KERNEL | __GFP_NOWARN);

	ept_flush(d);
	atomic64_dec(&d->ept.nr_tables);
	if (dead) {
		dead->table = table;
		call_rcu(&dead->rcu, free_dead_table);
	} else {
		synchronize_rcu();
		free_page((unsigned long)table);
	}
}

/**
 * ept_take_block() - become the one who populates a block of 2 MiB
 * @d: domain with an EPT
 * @gfn: in the block; its table of level 2 is there
 * @holes: the block may have been ballooned out in part
 * @slot: result: the entry, busy; tables of level 2 stay where they are, so it
 *	is good until the caller stores something else, and calls ept_wake_busy()
 *
 * A table in which nothing is any more is taken away.
 *
 * Context: may sleep.
 * Return: 0; -EAGAIN: it changed just now; -EBUSY: there is something in it.
 */
int ept_take_block(struct domain *d, u64 gfn, bool holes, u64 **slot)
{
	struct ept *ept = &d->ept;
	u64 *table = NULL;
	struct ept_pos pos;
	int err = -EAGAIN;

	rcu_read_lock();
	if (!ept_walk(ept, gfn, 2, &pos) || pos.level != 2)
		goto out;
	if (!ept_entry_present(pos.entry)) {
		if (pos.entry == 0 && ept_cas(pos.slot, 0, EPT_ABSENT_BUSY))
			err = 0;
		goto out;
	}
	if (ept_entry_leaf(pos.entry, 2)) {
		err = -EBUSY;
		goto out;
	}
	table = ept_table_of(pos.entry);
	if (!take_empty_table(table, holes)) {
		table = NULL;
		err = -EBUSY;
		goto out;
	}
	/* All of it is ours; only the CPU may still set the accessed bit above it. */
	xchg(pos.slot, EPT_ABSENT_BUSY);
	err = 0;
out:
	rcu_read_unlock();
	*slot = pos.slot;
	if (table)
		bury_table(d, table);
	/* Also after an attempt: entries may have been busy for a moment. */
	ept_wake_busy(ept);
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
	/* An error means that VMX is off, and the entry that follows will say so. */
	if (vmx_caps.msr[XLHV_CAP_EPT_VPID] & VMX_EPT_EXTENT_CONTEXT_BIT)
		vmx_insn_invept(VMX_EPT_EXTENT_CONTEXT, ept->eptp);
	else
		vmx_insn_invept(VMX_EPT_EXTENT_GLOBAL, 0);
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
	ept->max_pages = max_pages;
	ept->eager = eager;
	ept->nx_huge = vmx_guards & XLHV_GUARD_NX_HUGE;
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
