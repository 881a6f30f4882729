// SPDX-License-Identifier: GPL-2.0-only
/* Hypercall hvm_op: parameters, upcall vectors and a few questions. */
#include <linux/err.h>
#include <linux/nospec.h>
#include <xen/interface/xen.h>
#include <xen/interface/hvm/hvm_op.h>

#include "domain/domid.h"
#include "ept/ept.h"
#include "evtchn/evtchn.h"
#include "hypercall/hvm_params.h"
#include "hypercall/internal.h"
#include "time/time.h"
#include "vcpu/regs.h"
#include "vcpu/vcpu.h"

/* What the kernel's header does not name.  Source: Xen's public/hvm/hvm_op.h. */
#define HVMOP_flush_tlbs		5
#define HVMOP_get_time			10
#define HVMOP_altp2m			25

#define LEAST_VECTOR	0x10

static long op_set_param(struct vcpu *v, u64 arg)
{
	struct xen_hvm_param p;
	struct domain *d;
	long rc;

	rc = guest_copy_from(v, &p, arg, sizeof(p));
	if (rc)
		return rc;
	if (p.index >= HVM_PARAMS_NR)
		return -EINVAL;
	d = domid_get(v, p.domid);
	if (IS_ERR(d))
		return PTR_ERR(d);
	if (dom_is_host(d))
		rc = -EINVAL;	/* it has none */
	else if (v->process)
		rc = hvm_param_set(d, p.index, p.value);
	else
		rc = hvm_param_set_by_guest(v, p.index, p.value);
	domid_put(v, d);
	return rc;
}

static long op_get_param(struct vcpu *v, u64 arg)
{
	struct xen_hvm_param p;
	struct domain *d;
	long rc;

	rc = guest_copy_from(v, &p, arg, sizeof(p));
	if (rc)
		return rc;
	if (p.index >= HVM_PARAMS_NR)
		return -EINVAL;
	d = domid_get(v, p.domid);
	if (IS_ERR(d))
		return PTR_ERR(d);
	if (dom_is_host(d))
		rc = -EINVAL;
	else if (v->process)
		rc = hvm_param_get(d, p.index, &p.value);
	else
		rc = hvm_param_get_by_guest(v, p.index, &p.value);
	domid_put(v, d);
	return rc ?: guest_copy_to(v, arg, &p, sizeof(p));
}

static long op_flush_tlbs(struct vcpu *v, u64 arg)
{
	if (arg)
		return -EINVAL;
	ept_flush(v->domain);
	return 0;
}

/* There is nothing that we would have to forget: no shadow page tables. */
static long op_pagetable_dying(struct vcpu *v, u64 arg)
{
	struct xen_hvm_pagetable_dying dying;
	long rc;

	rc = guest_copy_from(v, &dying, arg, sizeof(dying));
	return rc ?: -EINVAL;
}

static long op_get_time(struct vcpu *v, u64 arg)
{
	u64 now = time_system_ns(v->domain);

	return guest_copy_to(v, arg, &now, sizeof(now));
}

static long op_get_mem_type(struct vcpu *v, u64 arg)
{
	struct xen_hvm_get_mem_type get;
	long rc;

	rc = guest_copy_from(v, &get, arg, sizeof(get));
	if (!rc)
		rc = domid_check(v, get.domid);
	if (rc)
		return rc;
	switch (ept_gfn_valid(v->domain, get.pfn) ? ept_get_type(v->domain, get.pfn) : EPT_HOLE) {
	case EPT_HOLE:
		get.mem_type = HVMMEM_mmio_dm;
		break;
	case EPT_RAM_RO:
	case EPT_GRANT_RO:
		get.mem_type = HVMMEM_ram_ro;
		break;
	default:
		get.mem_type = HVMMEM_ram_rw;
	}
	return guest_copy_to(v, arg, &get, sizeof(get));
}

static long op_set_upcall_vector(struct vcpu *v, u64 arg)
{
	struct xen_hvm_evtchn_upcall_vector set;
	struct vcpu *target;
	long rc;

	rc = guest_copy_from(v, &set, arg, sizeof(set));
	if (rc)
		return rc;
	if (set.vector < LEAST_VECTOR)
		return -EINVAL;
	target = dom_vcpu(v->domain, set.vcpu);
	if (!target)
		return -ENOENT;
	WRITE_ONCE(target->evtchn.upcall_vector, set.vector);
	evtchn_upcall_changed(target);
	return 0;
}

/**
 * hc_hvm_op() - hypercall hvm_op
 * @v: own thread
 * @arg1: HVMOP_*
 * @arg2: linear address of the argument
 * @arg3: not used
 *
 * Return: for the guest; -EAGAIN in the inner loop.
 */
long hc_hvm_op(struct vcpu *v, u64 arg1, u64 arg2, u64 arg3)
{
	u64 arg = arg2;

	/* Nothing of it is frequent, and some of it may sleep. */
	if (vmx_vcpu_atomic(v))
		return -EAGAIN;
	switch ((u32)arg1) {
	case HVMOP_set_param:
		return op_set_param(v, arg);
	case HVMOP_get_param:
		return op_get_param(v, arg);
	}
	/* The rest is about the caller, and domain 0 is not one that it could be about. */
	if (v->process)
		return -EOPNOTSUPP;
	switch ((u32)arg1) {
	case HVMOP_flush_tlbs:
		return op_flush_tlbs(v, arg);
	case HVMOP_pagetable_dying:
		return op_pagetable_dying(v, arg);
	case HVMOP_get_time:
		return op_get_time(v, arg);
	case HVMOP_get_mem_type:
		return op_get_mem_type(v, arg);
	case HVMOP_set_evtchn_upcall_vector:
		return op_set_upcall_vector(v, arg);
	case HVMOP_altp2m:
		return -EOPNOTSUPP;
	}
	return -ENOSYS;
}
