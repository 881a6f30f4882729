// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hypercall vcpu_op: bringing vCPUs up and down, and where their vcpu_info is.  The
 * sub-ops about time are in kmod/time.
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/nospec.h>
#include <linux/string.h>
#include <xen/interface/hvm/hvm_vcpu.h>

#include "ept/ept.h"
#include "evtchn/evtchn.h"
#include "hypercall/internal.h"
#include "lapic/lapic.h"
#include "time/time.h"
#include "vcpu/regs.h"
#include "vcpu/vcpu.h"

/*
 * Where the vcpu_info of a vCPU shall be: in @page, whose reference goes to the vCPU, or
 * which could not be had.  The caller is its thread, or it is down; domain.lock is held.
 *
 * What was in the old one is copied.  A vCPU that had none starts with its upcalls masked.
 * Return: 0; -ENXIO: bad offset; -EINVAL: it has one already, or that is not RAM; -ENOMEM.
 */
static int set_info_locked(struct vcpu *v, struct page *page, u32 offset)
{
	struct vcpu_info *old = v->info, *new;

	lockdep_assert_held(&v->domain->lock);
	if (offset > PAGE_SIZE - sizeof(*new) || offset % sizeof(long))
		return -ENXIO;
	offset = array_index_nospec(offset, PAGE_SIZE - sizeof(*new) + 1);
	if (v->info_page)
		return -EINVAL;
	if (IS_ERR(page))
		return PTR_ERR(page);
	new = page_address(page) + offset;
	if (old) {
		memcpy(new, old, sizeof(*new));
	} else {
		memset(new, 0, sizeof(*new));
		new->evtchn_upcall_mask = 1;
	}
	v->info_page = page;
	/* The contents before the pointer. */
	smp_store_release(&v->info, new);
	time_update_vcpu(v);
	evtchn_info_moved(v);
	return 0;
}

static noinline long op_initialise(struct vcpu *caller, struct vcpu *v, u64 arg)
{
	struct vcpu_hvm_context context;
	struct vcpu_start how = { .from = VCPU_START_CONTEXT, .context = &context };
	long rc;

	if (!READ_ONCE(v->info))
		return -EINVAL;
	rc = guest_copy_from(caller, &context, arg, sizeof(context));
	if (rc)
		return rc;
	if (context.pad)
		return -EINVAL;
	if (!vcpu_take_unstarted(v))
		return -EEXIST;
	rc = vcpu_start(v, &how);
	if (!rc) {
		set_bit(VCPU_INITIALISED, &v->flags);
		/* It needs no start-up IPI any more, and takes none. */
		clear_bit(VCPU_WAIT_SIPI, &v->flags);
	}
	vcpu_give(v);
	/* Who has called VCPUOP_up at the same time found it waiting. */
	vcpu_wake(v);
	return rc;
}

static long op_up(struct vcpu *v)
{
	if (!test_bit(VCPU_INITIALISED, &v->flags))
		return -EINVAL;
	vcpu_up(v);
	return 0;
}

static long op_down(struct vcpu *v)
{
	vcpu_down(v);
	return 0;
}

/* Return: RAM of the guest's, with a reference; ERR_PTR(): -ENOMEM; -EINVAL: it is none. */
static struct page *info_page(struct domain *d, u64 gfn)
{
	enum ept_type type;
	struct page *page;

	page = ept_get_page(d, gfn, EPT_WRITE | EPT_POPULATE, &type);
	if (IS_ERR(page))
		return PTR_ERR(page) == -ENOMEM ? page : ERR_PTR(-EINVAL);
	if (type == EPT_RAM)
		return page;
	put_page(page);
	return ERR_PTR(-EINVAL);
}

static long op_register_info(struct vcpu *caller, struct vcpu *v, u64 arg)
{
	struct vcpu_register_vcpu_info info;
	struct domain *d = v->domain;
	struct page *page;
	long rc;

	rc = guest_copy_from(caller, &info, arg, sizeof(info));
	if (rc)
		return rc;
	/* It may have to be allocated, which takes its time: pause and destroy want the lock. */
	page = info_page(d, info.mfn);
	mutex_lock(&d->lock);
	/* Xen looks at the offset and the first registration before at who asks. */
	if (v != caller && !v->info_page && !test_bit(VCPU_DOWN, &v->flags))
		rc = -EINVAL;
	else
		rc = set_info_locked(v, page, info.offset);
	mutex_unlock(&d->lock);
	if (rc && !IS_ERR(page))
		put_page(page);
	return rc;
}

static long op_send_nmi(struct vcpu *v, u64 arg)
{
	if (arg)
		return -EINVAL;
	lapic_post_nmi(v);
	return 0;
}

static noinline long other_ops(struct vcpu *v, u32 cmd, u32 id, u64 arg)
{
	struct vcpu *target = dom_vcpu(v->domain, id);

	if (!target)
		return -ENOENT;
	switch (cmd) {
	case VCPUOP_is_up:
		return !test_bit(VCPU_DOWN, &target->flags);
	case VCPUOP_send_nmi:
		return op_send_nmi(target, arg);
	case VCPUOP_get_physid:
		/* For domains that are bound to host CPUs by the host's administrator. */
		return -EINVAL;
	case VCPUOP_initialise:
	case VCPUOP_up:
	case VCPUOP_down:
	case VCPUOP_register_vcpu_info:
		break;
	default:
		return time_vcpu_op(v, cmd, target, arg);
	}

	if (vmx_vcpu_atomic(v))
		return -EAGAIN;
	switch (cmd) {
	case VCPUOP_initialise:
		return op_initialise(v, target, arg);
	case VCPUOP_up:
		return op_up(target);
	case VCPUOP_down:
		return op_down(target);
	default:
		return op_register_info(v, target, arg);
	}
}

/**
 * hc_vcpu_op() - hypercall vcpu_op
 * @v: own thread
 * @arg1: VCPUOP_*
 * @arg2: number of a vCPU
 * @arg3: linear address of the argument
 *
 * Return: for the guest; -EAGAIN in the inner loop.
 */
long hc_vcpu_op(struct vcpu *v, u64 arg1, u64 arg2, u64 arg3)
{
	u32 cmd = arg1, id = arg2;

	if (likely(cmd == VCPUOP_set_singleshot_timer && id == v->id))
		return time_op_singleshot(v, arg3);
	return other_ops(v, cmd, id, arg3);
}
