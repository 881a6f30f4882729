// SPDX-License-Identifier: GPL-2.0-only
/*
 * What hypercalls change in the p2m: pages leave it, special pages and other
 * domains' pages enter it and move.
 *
 * Frames that leave are put later: see deferred_free.c.
 *
 * A page of type EPT_SPECIAL is at one gfn at most, and remembers that gfn + 1 in
 * page->private, under ept.lock.  Each place in the p2m holds a reference on its
 * page, of whatever type.
 */
#include <linux/mm.h>

#include "ept/internal.h"

/* May a caller who says @only take away something of @type? */
static bool type_matches(enum ept_type type, enum ept_type only)
{
	switch (only) {
	case EPT_HOLE:
		return true;
	case EPT_RAM:
		return type == EPT_RAM || type == EPT_RAM_RO || type == EPT_RAM_LAZY;
	case EPT_GRANT:
		return ept_type_is_grant(type);
	default:
		return type == only;
	}
}

/* An entry was replaced: what it held is counted out and put. */
static void drop_old(struct ept_batch *b, enum ept_type type, struct page *page)
{
	bool ram = type == EPT_RAM || type == EPT_RAM_RO;
	struct ept *ept = &b->domain->ept;

	/* It counts until it is free: as leaving first, and then no longer as reserved. */
	if (type > EPT_RAM_LAZY)
		ept_batch_add(b, page, ram);
	if (ram || type == EPT_RAM_LAZY)
		atomic64_dec(&ept->nr_reserved);
	if (ram)
		atomic64_dec(&ept->nr_pages);
}

/* As ept_replace(), for an entry that is special: its page forgets the place. */
static bool replace_special(struct ept *ept, u64 gfn, const struct ept_pos *pos, u64 new)
{
	struct page *page = ept_pos_page(pos, gfn);
	bool done;

	spin_lock(&ept->lock);
	done = ept_replace(ept, gfn, pos->entry, new);
	if (done && page_private(page) == gfn + 1)
		set_page_private(page, 0);
	spin_unlock(&ept->lock);
	return done;
}

/*
 * See what is at @gfn, in an entry of 4 KiB of its own.  Return: 0; -EAGAIN: look
 * again; -ENOMEM; -ESRCH.
 */
static int settle(struct domain *d, u64 gfn, struct ept_pos *pos, enum ept_type *type)
{
	struct ept *ept = &d->ept;
	int err = 0;

	rcu_read_lock();
	if (ept_walk(ept, gfn, 1, pos))
		*type = ept_pos_type(ept, gfn, pos);
	else
		err = -ESRCH;
	rcu_read_unlock();
	if (err)
		return err;
	if (pos->entry == EPT_ABSENT_BUSY) {
		ept_wait_busy(ept, gfn);
		return -EAGAIN;
	}
	if (pos->level == 1)
		return 0;
	return ept_make_table(d, gfn, 1) ?: -EAGAIN;
}

/**
 * ept_remove_batched() - make a hole
 * @b: between ept_batch_init() and ept_batch_finish()
 * @gfn: any number
 * @only: what the caller may take away: EPT_RAM, EPT_SPECIAL, EPT_GRANT with all
 *	variants of each, or EPT_HOLE for whatever it is
 *
 * Context: may sleep; own vCPU, or the domain is not being freed.
 * Return: 0; -ENOENT: a hole already; -EPERM: something else is there; -ENOMEM: no
 * table; -ESRCH.
 */
int ept_remove_batched(struct ept_batch *b, u64 gfn, enum ept_type only)
{
	struct domain *d = b->domain;
	struct ept *ept = &d->ept;
	enum ept_type type;
	struct ept_pos pos;
	bool done;
	int err;

	if (!ept_gfn_valid(d, gfn))
		return -ENOENT;
	do {
		type = ept_get_type(d, gfn);
		if (type == EPT_HOLE)
			return -ENOENT;
		if (!type_matches(type, only))
			return -EPERM;
		done = false;
		err = settle(d, gfn, &pos, &type);
		if (err == -EAGAIN)
			continue;
		if (err)
			return err;
		if (type == EPT_HOLE || !type_matches(type, only))
			continue;
		if (type == EPT_SPECIAL)
			done = replace_special(ept, gfn, &pos, EPT_ABSENT_HOLE);
		else
			done = ept_replace(ept, gfn, pos.entry, EPT_ABSENT_HOLE);
	} while (!done);
	drop_old(b, type, type > EPT_RAM_LAZY ? ept_pos_page(&pos, gfn) : NULL);
	ept_prune(d, gfn);
	return 0;
}

/**
 * ept_remove() - make one hole, and wait until it is one for every vCPU
 * @d: own vCPU's, or not being freed
 * @gfn: any number
 * @only: as for ept_remove_batched()
 *
 * Context: may sleep.
 * Return: as ept_remove_batched().
 */
int ept_remove(struct domain *d, u64 gfn, enum ept_type only)
{
	struct ept_batch batch;
	int err;

	ept_batch_init(&batch, d);
	err = ept_remove_batched(&batch, gfn, only);
	ept_batch_finish(&batch);
	return err;
}

/*
 * Where @page is, if it is special and somewhere: out of there.  ept.lock held.
 * Return: true: it was at *@from.
 */
static bool unhook_locked(struct ept *ept, struct page *page, u64 *from)
{
	u64 gfn = page_private(page) - 1;
	struct ept_pos pos;
	bool done = false;

	lockdep_assert_held(&ept->lock);
	if (!page_private(page))
		return false;
	rcu_read_lock();
	/* The CPU may set bits in the entry meanwhile, nobody else may change it. */
	while (!done && ept_walk(ept, gfn, 1, &pos) && pos.level == 1 &&
	       ept_entry_present(pos.entry) && ept_pos_page(&pos, gfn) == page)
		done = ept_cas(pos.slot, pos.entry, EPT_ABSENT_HOLE);
	rcu_read_unlock();
	set_page_private(page, 0);
	*from = gfn;
	return done;
}

/**
 * ept_map_special() - put a page into the p2m
 * @d: own vCPU's, or not being freed
 * @gfn: where; any number
 * @page: takes a reference of its own; for EPT_SPECIAL an order-0 page of no other
 *	domain (page->private is used while it is in the p2m)
 * @type: EPT_SPECIAL, EPT_GRANT or EPT_GRANT_RO
 *
 * RAM that is there is freed.  A special page that is there loses its place.  A
 * special page that has a place already moves.
 *
 * Context: may sleep.
 * Return: 0; -EINVAL: @gfn beyond the guest's physical addresses; -ENXIO: a grant
 * is mapped there; -ENOMEM: no table; -ESRCH.
 */
int ept_map_special(struct domain *d, u64 gfn, struct page *page, enum ept_type type)
{
	struct ept *ept = &d->ept;
	struct ept_batch batch;
	enum ept_type old_type;
	struct ept_pos pos;
	bool moved = false;
	bool done = false;
	u64 new, from = 0;
	int err = 0;

	if (!ept_gfn_valid(d, gfn))
		return -EINVAL;
	ept_batch_init(&batch, d);
	new = ept_leaf(ept, page_to_pfn(page), 1, type);
	get_page(page);
	while (!done) {
		if (ept_type_is_grant(ept_get_type(d, gfn))) {
			err = -ENXIO;
			break;
		}
		/*
		 * One page taken from a block that is not there yet would leave the
		 * rest to be touched page by page: have the block first.
		 */
		if (ept_get_type(d, gfn) == EPT_RAM_LAZY)
			ept_populate_lazy(d, gfn);
		err = settle(d, gfn, &pos, &old_type);
		if (err == -EAGAIN)
			continue;
		if (err)
			break;
		if (ept_type_is_grant(old_type))
			continue;
		spin_lock(&ept->lock);
		if (old_type == EPT_SPECIAL && ept_pos_page(&pos, gfn) == page) {
			/* It is there.  The reference that it has is enough. */
			spin_unlock(&ept->lock);
			put_page(page);
			return 0;
		}
		done = ept_replace(ept, gfn, pos.entry, new);
		if (done && old_type == EPT_SPECIAL)
			set_page_private(ept_pos_page(&pos, gfn), 0);
		if (done && type == EPT_SPECIAL) {
			moved = unhook_locked(ept, page, &from);
			set_page_private(page, gfn + 1);
		}
		spin_unlock(&ept->lock);
	}
	if (done)
		drop_old(&batch, old_type,
			 old_type > EPT_RAM_LAZY ? ept_pos_page(&pos, gfn) : NULL);
	else
		put_page(page);
	if (moved)
		ept_batch_add(&batch, page, false);
	ept_batch_finish(&batch);
	if (moved)
		ept_prune(d, from);
	if (!done)
		ept_prune(d, gfn);
	return err;
}

static int move(struct domain *d, u64 from, u64 to)
{
	struct ept *ept = &d->ept;
	enum ept_type type, old_type;
	struct ept_pos pos, old;
	struct ept_batch batch;
	struct page *page;
	bool done = false;
	int err;

	ept_batch_init(&batch, d);
	while (!done) {
		err = ept_populate_lazy(d, from);
		if (err)
			return err == -ENOENT ? -EINVAL : err;
		err = settle(d, to, &old, &old_type);
		if (!err)
			err = settle(d, from, &pos, &type);
		if (err == -EAGAIN)
			continue;
		if (err)
			return err;
		if (type != EPT_RAM)
			return -EINVAL;
		if (ept_type_is_grant(old_type))
			return -ENXIO;
		if (from == to)
			return 0;
		done = ept_replace(ept, from, pos.entry, EPT_ABSENT_HOLE);
	}
	page = ept_pos_page(&pos, from);
	/* It is out of the p2m, and ours until it is in again. */
	for (done = false; !done;) {
		err = settle(d, to, &old, &old_type);
		if (err == -EAGAIN)
			continue;
		if (!err && ept_type_is_grant(old_type))
			err = -ENXIO;
		if (err)
			break;
		pos.entry = ept_leaf(ept, page_to_pfn(page), 1, EPT_RAM);
		if (old_type == EPT_SPECIAL)
			done = replace_special(ept, to, &old, pos.entry);
		else
			done = ept_replace(ept, to, old.entry, pos.entry);
	}
	if (done) {
		batch.flush = true;
		drop_old(&batch, old_type,
			 old_type > EPT_RAM_LAZY ? ept_pos_page(&old, to) : NULL);
	} else {
		/* Another vCPU was in the way just now: as if the guest had freed it. */
		drop_old(&batch, EPT_RAM, page);
	}
	ept_batch_finish(&batch);
	return err;
}

/**
 * ept_move() - make the RAM at one gfn appear at another instead
 * @d: own vCPU's
 * @from: RAM; a hole afterwards
 * @to: what is there goes, as in ept_map_special()
 *
 * Context: may sleep.
 * Return: 0; -EINVAL: @from is not RAM, or a gfn is none; -ENXIO: a grant is mapped
 * at @to; -ENOMEM; -ESRCH.
 */
int ept_move(struct domain *d, u64 from, u64 to)
{
	int err;

	if (!ept_gfn_valid(d, from) || !ept_gfn_valid(d, to))
		return -EINVAL;
	err = move(d, from, to);
	ept_prune(d, from);
	ept_prune(d, to);
	return err;
}

/* Highest gfn of the memory map, or of RAM: XENMEM_maximum_gpfn. */
u64 ept_max_gfn(struct domain *d)
{
	struct ept *ept = &d->ept;
	unsigned int i;
	u64 max = 0;

	down_read(&ept->alive);
	for (i = 0; !ept->dead && i < ept->nr_ranges; i++)
		max = ept->range[i].end - 1;
	up_read(&ept->alive);
	return max;
}
