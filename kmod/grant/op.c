// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hypercall grant_table_op: the calls about the caller's own table, and the way to the
 * others.  An argument is read once; only results are written back.
 *
 * What Xen does not serve to a guest that translates its own addresses is -ENOSYS.
 */
#include <linux/err.h>
#include <linux/mm.h>

#include "domain/domid.h"
#include "ept/ept.h"
#include "grant/internal.h"
#include "vcpu/regs.h"

/* As the ABI has it for a 32-bit caller. */
struct setup_table32 {
	domid_t dom;
	u32 nr_frames;
	s16 status;
	u32 frame_list;
};

/* What a caller is told of a domain that it may not name, or may. */
static s16 domain_status(long err)
{
	switch (err) {
	case 0:
		return GNTST_okay;
	case -ESRCH:
		return GNTST_bad_domain;
	default:
		return GNTST_permission_denied;
	}
}

/* May the caller ask about that domain's table?  May sleep.  Return: GNTST_*. */
static s16 check_domain(struct vcpu *v, domid_t domid)
{
	return domain_status(domid_check(v, domid));
}

static bool is_self(struct vcpu *v, domid_t domid)
{
	return domid == DOMID_SELF || domid == v->domain->domid;
}

static long query_size(struct vcpu *v, u64 arg)
{
	struct gnttab_query_size op;
	struct domain *d;
	int err = guest_copy_from(v, &op, arg, sizeof(op));

	if (err)
		return err;
	if (!is_self(v, op.dom) && vmx_vcpu_atomic(v))
		return -EAGAIN;
	d = domid_get(v, op.dom);
	op.status = IS_ERR(d) ? domain_status(PTR_ERR(d)) : GNTST_okay;
	if (!op.status) {
		op.nr_frames = READ_ONCE(d->grant.nr_frames);
		op.max_nr_frames = d->grant.max_frames;
		domid_put(v, d);
	}
	return guest_copy_to(v, arg, &op, sizeof(op));
}

/* Where the guest has its frames: all bits set for those that are nowhere. */
static s16 list_frames(struct vcpu *v, u64 list, u32 nr_frames, bool wide)
{
	struct gnttab *t = &v->domain->grant;
	size_t size = wide ? sizeof(u64) : sizeof(u32);
	s16 status = GNTST_okay;
	u64 gfn;
	u32 i;

	for (i = 0; i < nr_frames && !dom_is_dying(v->domain); i++) {
		gfn = READ_ONCE(page_private(t->frame[i])) - 1;
		if (guest_copy_to(v, list + i * size, &gfn, size))
			status = GNTST_bad_virt_addr;
	}
	return status;
}

static long setup_table(struct vcpu *v, u64 arg)
{
	const bool wide = vmx_vcpu_long_mode(v);
	struct gnttab_setup_table op;
	struct setup_table32 narrow;
	u64 list;
	int err;

	BUILD_BUG_ON(sizeof(op) != 24 || sizeof(narrow) != 16);
	BUILD_BUG_ON(offsetof(typeof(op), status) != offsetof(typeof(narrow), status));
	if (wide) {
		err = guest_copy_from(v, &op, arg, sizeof(op));
		list = (unsigned long)op.frame_list;
	} else {
		err = guest_copy_from(v, &narrow, arg, sizeof(narrow));
		op.dom = narrow.dom;
		op.nr_frames = narrow.nr_frames;
		list = narrow.frame_list;
	}
	if (err)
		return err;
	op.status = check_domain(v, op.dom);
	err = op.status ? 0 : gnttab_grow(v->domain, op.nr_frames);
	if (err == HYPERCALL_GOES_ON)
		return err;
	if (err)
		op.status = GNTST_general_error;
	if (!op.status)
		op.status = list_frames(v, list, op.nr_frames, wide);
	return guest_copy_to(v, arg + offsetof(typeof(op), status), &op.status, sizeof(op.status));
}

static long set_version(struct vcpu *v, u64 arg)
{
	struct gnttab_set_version op;
	int err = guest_copy_from(v, &op, arg, sizeof(op));
	long rc;

	if (err)
		return err;
	rc = op.version == 1 || op.version == 2 ? gnttab_set_version(v, op.version) : -EINVAL;
	if (rc == HYPERCALL_GOES_ON)
		return rc;
	/* What it is, whatever was asked. */
	op.version = READ_ONCE(v->domain->grant.version);
	err = guest_copy_to(v, arg, &op, sizeof(op));
	return err ?: rc;
}

static long get_version(struct vcpu *v, u64 arg)
{
	struct gnttab_get_version op;
	struct domain *d;
	int err = guest_copy_from(v, &op, arg, sizeof(op));

	if (err)
		return err;
	if (!is_self(v, op.dom) && vmx_vcpu_atomic(v))
		return -EAGAIN;
	d = domid_get(v, op.dom);
	if (IS_ERR(d))
		return PTR_ERR(d);
	op.version = READ_ONCE(d->grant.version);
	domid_put(v, d);
	return guest_copy_to(v, arg, &op, sizeof(op));
}

static long swap_grant_ref(struct vcpu *v, u64 arg, u32 count, u32 *done)
{
	struct gnttab *t = &v->domain->grant;
	struct gnttab_swap_grant_ref op;
	int err, status;
	u32 i;

	for (i = 0; i < count; i++, arg += sizeof(op)) {
		*done = i;
		if (i && hypercall_give_way(v))
			return HYPERCALL_GOES_ON;
		err = guest_copy_from(v, &op, arg, sizeof(op));
		if (err)
			return err;
		while ((status = gnttab_swap(v->domain, op.ref_a, op.ref_b)) == GNTTAB_SLEEP) {
			/* Others may change the version again and again. */
			if (hypercall_must_stop(v))
				return HYPERCALL_GOES_ON;
			mutex_lock(&t->lock);
			mutex_unlock(&t->lock);
		}
		op.status = status;
		err = guest_copy_to(v, arg, &op, sizeof(op));
		if (err)
			return err;
	}
	return 0;
}

/* Bytes of an element of the sub-ops that take a list. */
static size_t element_size(struct vcpu *v, u32 cmd)
{
	switch (cmd) {
	case GNTTABOP_map_grant_ref:
		return sizeof(struct gnttab_map_grant_ref);
	case GNTTABOP_unmap_grant_ref:
		return sizeof(struct gnttab_unmap_grant_ref);
	case GNTTABOP_swap_grant_ref:
		return sizeof(struct gnttab_swap_grant_ref);
	case GNTTABOP_copy:
		return gnttab_copy_size(v);
	default:
		return 0;
	}
}

/* @done: elements that need not be done again. */
static long do_sleeping_op(struct vcpu *v, u32 cmd, u64 arg, u32 count, u32 *done)
{
	switch (cmd) {
	case GNTTABOP_map_grant_ref:
		return gnttab_op_map(v, arg, count, done);
	case GNTTABOP_unmap_grant_ref:
		return gnttab_op_unmap(v, arg, count, done);
	case GNTTABOP_copy:
		return gnttab_op_copy(v, arg, count, done);
	case GNTTABOP_setup_table:
		return count == 1 ? setup_table(v, arg) : -EINVAL;
	case GNTTABOP_set_version:
		return set_version(v, arg);
	default:
		return swap_grant_ref(v, arg, count, done);
	}
}

/* Outside of the inner loop. */
static noinline long sleeping_op(struct vcpu *v, u32 cmd, u64 arg, u32 count)
{
	u32 done = 0;
	long rc;

	rc = do_sleeping_op(v, cmd, arg, count, &done);
	if (rc != HYPERCALL_GOES_ON)
		return rc;
	return hypercall_go_on(v, cmd, arg + done * (u64)element_size(v, cmd), count - done);
}

/**
 * hc_grant_table_op() - grant_table_op
 * @v: own thread
 * @arg1: sub-op
 * @arg2: array
 * @arg3: count
 *
 * A list that gives way goes on with the rest of the array.
 *
 * Return: 0 with a status in each element, an error for the call, HYPERCALL_GOES_ON,
 * or -EAGAIN in the inner loop.  Source: Xen, public/grant_table.h.
 */
long hc_grant_table_op(struct vcpu *v, u64 arg1, u64 arg2, u64 arg3)
{
	u32 cmd = arg1, count = arg3;
	u64 arg = arg2;

	switch (cmd) {
	case GNTTABOP_map_grant_ref:
	case GNTTABOP_unmap_grant_ref:
	case GNTTABOP_setup_table:
	case GNTTABOP_copy:
	case GNTTABOP_query_size:
	case GNTTABOP_set_version:
	case GNTTABOP_get_version:
	case GNTTABOP_swap_grant_ref:
		break;
	default:
		return -ENOSYS;
	}
	if ((s32)count < 0)
		return -EINVAL;

	switch (cmd) {
	case GNTTABOP_copy:
		if (vmx_vcpu_atomic(v))
			return gnttab_op_copy_atomic(v, arg, count);
		break;
	case GNTTABOP_query_size:
		return count == 1 ? query_size(v, arg) : -EINVAL;
	case GNTTABOP_get_version:
		return get_version(v, arg);
	}

	if (vmx_vcpu_atomic(v))
		return -EAGAIN;
	/* Domain 0's table and its uses of others' grants are files' and backends' (gntdev). */
	if (v->process)
		return -EOPNOTSUPP;
	return sleeping_op(v, cmd, arg, count);
}
