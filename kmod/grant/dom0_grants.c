// SPDX-License-Identifier: GPL-2.0-only
/*
 * What domain 0 grants.  Its table is the host's alone, so that entries are written here, by
 * functions; who uses them comes the same way as to a guest's table.
 *
 * An entry that is withdrawn while it is in use stays so until the last use ends: no other
 * domain gets at what is behind it, and it is not given out again before.
 */
#include <linux/lockdep.h>

#include "grant/internal.h"
#include "grant/shared_words.h"

/**
 * gnttab_own_grant() - let a domain use a frame
 * @d: domain 0
 * @ref: an entry that is not reserved and not in use; the table grows up to it
 * @to: who may use it
 * @gfn: frame of @d's
 * @readonly: not to be written
 *
 * Context: may sleep.
 * Return: 0; -EINVAL: no such entry can be, or the frame has no number there; -ENOMEM.
 */
int gnttab_own_grant(struct domain *d, grant_ref_t ref, domid_t to, u64 gfn, bool readonly)
{
	struct grant_entry_v1 *entry;
	int err;

	if (ref < GNTTAB_NR_RESERVED || gfn >> 32 || READ_ONCE(d->grant.version) != 1)
		return -EINVAL;
	/* A step at a time: what is asked for in one go is more than its limit can be. */
	err = gnttab_grow(d, ref / GNTTAB_V1_PER_FRAME + 1);
	if (err)
		return err < 0 ? err : -ENOMEM;
	entry = gnttab_entry_v1(&d->grant, ref);
	WRITE_ONCE(entry->domid, to);
	WRITE_ONCE(entry->frame, gfn);
	smp_wmb();	/* the flags make it valid */
	WRITE_ONCE(entry->flags, GTF_permit_access | (readonly ? GTF_readonly : 0));
	return 0;
}

/**
 * gnttab_own_withdraw() - grant it no longer
 * @d: domain 0
 * @ref: an entry that was granted; may be called again
 *
 * Context: any but NMI.
 * Return: true: nobody uses it any more, it may be granted anew.
 */
bool gnttab_own_withdraw(struct domain *d, grant_ref_t ref)
{
	struct gnttab_active *act = gnttab_active_of(&d->grant, &ref);
	struct grant_entry_v1 *entry;
	unsigned long flags;
	bool used;

	if (!act)
		return true;
	raw_spin_lock_irqsave(&act->lock, flags);
	entry = gnttab_entry_v1(&d->grant, ref);
	used = gnttab_active_pinned(act);
	WRITE_ONCE(entry->flags, entry->flags & (GTF_reading | GTF_writing));
	raw_spin_unlock_irqrestore(&act->lock, flags);
	return !used;
}
