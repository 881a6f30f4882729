// SPDX-License-Identifier: GPL-2.0-only
/*
 * Grant tables: the frames of entries, and the calls with which a guest finds and
 * grows its table.  Entries are of version 1.  A guest's kernel sets its table up
 * and hands out references from it; calls that use another domain's references
 * are answered -ENOSYS, as for any operation that is not there.
 *
 * A table only grows.  Its lock is raw and short, because hypercalls come with
 * interrupts off; the page for another frame is allocated before it is taken, and
 * where that may sleep.
 */
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/nospec.h>
#include <linux/slab.h>

#include "hypercall/domid.h"
#include "hypercall/hypercall.h"
#include "vcpu.h"

#define ENTRIES_PER_FRAME	(PAGE_SIZE / sizeof(struct grant_entry_v1))
#define NR_RESERVED		8	/* entries that the toolstack may fill in */
#define STATUS_FRAME		BIT_ULL(31)	/* of an index: a status frame of version 2 */

/* Not in the kernel's copy of Xen's grant_table.h under these names. */
#define OP_SETUP_TABLE		2
#define OP_QUERY_SIZE		6
#define OP_SET_VERSION		8
#define OP_GET_VERSION		10

/**
 * gnttab_init() - make a grant table of one frame
 * @d: being made
 * @max_frames: most frames of entries, -1 for the default
 * @max_maptrack: most frames of mappings, -1 for the default
 * @max_version: 1 or 2
 *
 * Return: 0; -EINVAL for limits that mean nothing; -ENOMEM.
 */
int gnttab_init(struct domain *d, int max_frames, int max_maptrack, int max_version)
{
	struct gnttab *t = &d->grant;

	raw_spin_lock_init(&t->lock);
	t->max_frames = max_frames < 0 ? GRANT_DEFAULT_MAX_FRAMES : max_frames;
	t->max_maptrack = max_maptrack < 0 ? GRANT_DEFAULT_MAX_MAPTRACK : max_maptrack;
	t->max_version = max_version;
	if (!t->max_frames || t->max_frames > GRANT_MAX_FRAMES)
		return -EINVAL;
	t->frame = kvcalloc(t->max_frames, sizeof(*t->frame), GFP_KERNEL_ACCOUNT);
	if (!t->frame)
		return -ENOMEM;
	t->frame[0] = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	if (!t->frame[0])
		return -ENOMEM;
	t->nr_frames = 1;
	return 0;
}

/* Nothing of another domain's is mapped through this table. */
void gnttab_close(struct domain *d)
{
}

/* Also after a gnttab_init() that failed. */
void gnttab_free(struct domain *d)
{
	struct gnttab *t = &d->grant;
	unsigned int i;

	for (i = 0; i < t->nr_frames; i++)
		put_page(t->frame[i]);
	kvfree(t->frame);
	t->frame = NULL;
	t->nr_frames = 0;
}

/* One more frame.  May sleep.  Return: 0; -ENOSPC at the limit; -ENOMEM. */
static int grow(struct gnttab *t)
{
	struct page *page;
	int err = 0;

	if (READ_ONCE(t->nr_frames) >= t->max_frames)
		return -ENOSPC;
	page = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	if (!page)
		return -ENOMEM;
	raw_spin_lock_irq(&t->lock);
	if (t->nr_frames < t->max_frames) {
		t->frame[t->nr_frames] = page;
		/* The frame before the count that says it is there. */
		smp_store_release(&t->nr_frames, t->nr_frames + 1);
	} else {
		err = -ENOSPC;
	}
	raw_spin_unlock_irq(&t->lock);
	if (err)
		put_page(page);
	return err;
}

/**
 * gnttab_frame() - a frame of the table, to be mapped by the guest
 * @d: domain
 * @idx: number of the frame, from the guest; the table grows up to it
 *
 * Context: may sleep.
 * Return: the page with a reference, or ERR_PTR(): -EINVAL beyond the limit or for
 * a status frame, which version 1 does not have; -ENOMEM.
 */
struct page *gnttab_frame(struct domain *d, u64 idx)
{
	struct gnttab *t = &d->grant;
	struct page *page;
	int err;

	if (idx & STATUS_FRAME || idx >= t->max_frames)
		return ERR_PTR(-EINVAL);
	while (smp_load_acquire(&t->nr_frames) <= idx) {
		err = grow(t);
		if (err)
			return ERR_PTR(err == -ENOSPC ? -EINVAL : err);
	}
	page = t->frame[array_index_nospec(idx, t->max_frames)];
	get_page(page);
	return page;
}

/**
 * gnttab_seed() - grant a frame in one of the reserved entries
 * @d: being built
 * @ref: entry, below 8
 * @to: domain that may map it
 * @gfn: frame
 *
 * Return: 0 or -EINVAL.
 */
int gnttab_seed(struct domain *d, grant_ref_t ref, domid_t to, u64 gfn)
{
	struct grant_entry_v1 *entry;

	if (ref >= NR_RESERVED || gfn >> 32)
		return -EINVAL;
	entry = page_address(d->grant.frame[0]);
	entry += ref;
	WRITE_ONCE(entry->domid, to);
	WRITE_ONCE(entry->frame, gfn);
	smp_wmb();	/* the flags make it valid */
	WRITE_ONCE(entry->flags, GTF_permit_access);
	return 0;
}

static bool is_self(struct vcpu *v, domid_t domid)
{
	return domid == DOMID_SELF || domid == v->domain->domid;
}

static long query_size(struct vcpu *v, u64 arg)
{
	struct gnttab_query_size op;
	int err = guest_copy_from(v, &op, arg, sizeof(op));

	if (err)
		return err;
	op.status = GNTST_permission_denied;
	if (is_self(v, op.dom)) {
		op.nr_frames = READ_ONCE(v->domain->grant.nr_frames);
		op.max_nr_frames = v->domain->grant.max_frames;
		op.status = GNTST_okay;
	}
	return guest_copy_to(v, arg, &op, sizeof(op));
}

/* The list of frames is empty for a guest that translates its own addresses. */
static long setup_table(struct vcpu *v, u64 arg)
{
	struct gnttab *t = &v->domain->grant;
	struct gnttab_setup_table op;
	int err;

	if (vmx_vcpu_atomic(v))
		return -EAGAIN;
	err = guest_copy_from(v, &op, arg, sizeof(op));
	if (err)
		return err;
	op.status = GNTST_okay;
	if (!is_self(v, op.dom)) {
		op.status = GNTST_permission_denied;
	} else if (op.nr_frames > t->max_frames) {
		op.status = GNTST_general_error;
	} else {
		while (smp_load_acquire(&t->nr_frames) < op.nr_frames)
			if (grow(t)) {
				op.status = GNTST_general_error;
				break;
			}
	}
	return guest_copy_to(v, arg, &op, sizeof(op));
}

static long set_version(struct vcpu *v, u64 arg)
{
	struct gnttab_set_version op;
	int err = guest_copy_from(v, &op, arg, sizeof(op));
	long rc = 0;

	if (err)
		return err;
	if (op.version != 1 && op.version != 2)
		rc = -EINVAL;
	else if (op.version == 2)
		rc = -ENOSYS;
	/* What it is, whatever was asked. */
	op.version = 1;
	err = guest_copy_to(v, arg, &op, sizeof(op));
	return err ?: rc;
}

static long get_version(struct vcpu *v, u64 arg)
{
	struct gnttab_get_version op;
	int err = guest_copy_from(v, &op, arg, sizeof(op));

	if (err)
		return err;
	err = domid_check(v, op.dom);
	if (err)
		return err;
	op.version = 1;
	return guest_copy_to(v, arg, &op, sizeof(op));
}

/**
 * hc_grant_table_op() - grant_table_op
 * @v: own thread
 * @args: sub-op, array, count
 *
 * Return: 0, an error, or -EAGAIN in the inner loop.  Source: Xen,
 * public/grant_table.h.
 */
long hc_grant_table_op(struct vcpu *v, const u64 *args)
{
	u32 cmd = args[0], count = args[2];

	if ((s32)count < 0)
		return -EINVAL;
	switch (cmd) {
	case OP_SETUP_TABLE:
		return count == 1 ? setup_table(v, args[1]) : -EINVAL;
	case OP_QUERY_SIZE:
		return count == 1 ? query_size(v, args[1]) : -EINVAL;
	case OP_SET_VERSION:
		return set_version(v, args[1]);
	case OP_GET_VERSION:
		return get_version(v, args[1]);
	default:
		return -ENOSYS;
	}
}
