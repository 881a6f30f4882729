// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tables of the EPT in which nothing is any more are given back.
 *
 * Each entry of such a table is made busy first, so nobody puts anything into it.  Then what
 * leads to it is taken away, and the page goes back when no CPU and no lookup can be in it.
 */
#include <linux/bitmap.h>
#include <linux/gfp.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

#include "compat.h"
#include "ept/internal.h"

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

/**
 * struct dead_table - a table that nothing leads to any more
 * @rcu: for the grace period
 * @domain: whose it was, with a reference
 * @table: the table
 * @outside: it counts against the limit
 */
struct dead_table {
	struct rcu_head rcu;
	struct domain *domain;
	u64 *table;
	bool outside;
};

static void buried(struct domain *d, u64 *table, bool outside)
{
	free_page((unsigned long)table);
	if (!outside)
		return;
	atomic_dec(&d->ept.nr_buried);
	ept_uncount_outside(&d->ept);
}

static void free_dead_table(struct rcu_head *rcu)
{
	struct dead_table *dead = container_of(rcu, struct dead_table, rcu);

	buried(dead->domain, dead->table, dead->outside);
	xlhv_domain_put(dead->domain);
	kfree(dead);
}

/*
 * CPUs may have cached the way to the table, lookups may be in it.  Until then its
 * entries are busy, which is not present for the ones and "look again" for the
 * others.  @entry: what led to it.
 */
static void bury_table(struct domain *d, u64 entry)
{
	struct dead_table *dead = kmalloc(sizeof(*dead), GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN);
	bool outside = entry & EPT_TABLE_OUTSIDE;
	u64 *table = ept_table_of(entry);

	ept_flush(d);
	atomic64_dec(&d->ept.nr_tables);
	if (outside)
		atomic_inc(&d->ept.nr_buried);
	if (dead) {
		xlhv_domain_get(d);
		dead->domain = d;
		dead->table = table;
		dead->outside = outside;
		compat_call_rcu_hurry(&dead->rcu, free_dead_table);
	} else {
		synchronize_rcu();
		buried(d, table, outside);
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
	struct ept_pos pos = {};
	int err = -EAGAIN;
	u64 dead = 0;

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
	if (!take_empty_table(ept_table_of(pos.entry), holes)) {
		err = -EBUSY;
		goto out;
	}
	/* All of it is ours; only the CPU may still set the accessed bit above it. */
	dead = xchg(pos.slot, EPT_ABSENT_BUSY);
	err = 0;
out:
	rcu_read_unlock();
	*slot = pos.slot;
	if (dead)
		bury_table(d, dead);
	/* Also after an attempt: entries may have been busy for a moment. */
	ept_wake_busy(ept);
	return err;
}

enum table_state { TABLE_USED, TABLE_BUSY, TABLE_EMPTY };

/* Is there anything in a table?  *@index: the entry that is busy. */
static enum table_state look_at_table(const u64 *table, unsigned int *index)
{
	enum table_state state = TABLE_EMPTY;
	unsigned int i;
	u64 entry;

	for (i = 0; i < EPT_ENTRIES; i++) {
		entry = READ_ONCE(table[i]);
		if (!entry || entry == EPT_ABSENT_HOLE)
			continue;
		if (entry != EPT_ABSENT_BUSY)
			return TABLE_USED;
		state = TABLE_BUSY;
		*index = i;
	}
	return state;
}

/*
 * Give back the table around @gfn that an entry at @level leads to, if it is outside
 * and nothing is in it.  Return: false: it is needed, and so are those above it.
 */
static bool prune_table(struct domain *d, u64 gfn, unsigned int level)
{
	u64 first = gfn & ~(BIT_ULL(EPT_LEVEL_ORDER(level)) - 1);
	struct ept *ept = &d->ept;
	enum table_state state;
	struct ept_pos pos;
	unsigned int i;
	u64 dead = 0;

	while (!dead) {
		rcu_read_lock();
		if (!ept_walk(ept, gfn, level, &pos) || pos.level > level ||
		    !ept_entry_present(pos.entry)) {
			rcu_read_unlock();
			return true;
		}
		state = TABLE_USED;
		if (!ept_entry_leaf(pos.entry, level) && pos.entry & EPT_TABLE_OUTSIDE)
			state = look_at_table(ept_table_of(pos.entry), &i);
		/* Outside, a hole and nothing are the same. */
		if (state == TABLE_EMPTY && take_empty_table(ept_table_of(pos.entry), true))
			dead = xchg(pos.slot, 0);
		rcu_read_unlock();
		if (state == TABLE_USED)
			return false;
		/* Also after an attempt, as in ept_take_block(). */
		if (state == TABLE_EMPTY)
			ept_wake_busy(ept);
		else
			ept_wait_busy(ept, first + ((u64)i << EPT_LEVEL_ORDER(level - 1)));
	}
	bury_table(d, dead);
	return true;
}

/**
 * ept_prune() - give tables back that are not needed any more
 * @d: own vCPU's, or not being freed
 * @gfn: where something was, or was to be
 *
 * Tables for the memory map stay.
 *
 * Context: may sleep, no lock held that an inner loop takes.
 */
void ept_prune(struct domain *d, u64 gfn)
{
	unsigned int level;

	for (level = 2; level <= EPT_LEVELS; level++)
		if (!prune_table(d, gfn, level))
			return;
}
