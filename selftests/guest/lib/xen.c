// SPDX-License-Identifier: GPL-2.0-only
/* Detection of Xen and mapping of its shared pages; see xen.h. */
#include "console.h"
#include "cpu.h"
#include "percpu.h"
#include "time.h"
#include "xen.h"

#include <xen/arch-x86/cpuid.h>
#include <xen/features.h>
#include <xen/hvm/hvm_op.h>

#include <xen/vcpu.h>
#include <xen/version.h>

struct xen xen;
bool hypercall_ok;
struct shared_info *shared_info;

static u8 shared_page[PAGE_SIZE] __aligned(PAGE_SIZE);

struct cpuid_regs cpuid_checked(u32 leaf, u32 sub)
{
	struct cpuid_regs none = { 0, 0, 0, 0 };
	u32 max = cpuid(leaf & 0xffff0000, 0).eax;

	if ((max & 0xffff0000) != (leaf & 0xffff0000) || leaf > max)
		return none;
	return cpuid(leaf, sub);
}

void xen_init(void)
{
	struct xen_feature_info fi = { .submap_idx = 0 };
	struct cpuid_regs r;
	u32 base;

	for (base = 0x40000000; base < 0x40010000; base += 0x100) {
		r = cpuid(base, 0);
		if (r.ebx == XEN_CPUID_SIGNATURE_EBX && r.ecx == XEN_CPUID_SIGNATURE_ECX &&
		    r.edx == XEN_CPUID_SIGNATURE_EDX && r.eax - base >= 2)
			break;
	}
	if (base == 0x40010000)
		return;
	xen.present = true;
	hypercall_ok = true;
	xen.base = base;
	xen.max_leaf = r.eax;
	xen.version = cpuid(base + 1, 0).eax;
	xen.hypercall_msr = cpuid(base + 2, 0).ebx;
	if (xen.max_leaf >= base + 3) {
		u32 khz = cpuid(base + 3, 0).ecx;

		if (khz)
			tsc_khz = khz;
	}
	if (xen.max_leaf >= base + 4) {
		r = cpuid(base + 4, 0);
		xen.leaf4_flags = r.eax;
		xen.vcpu_id = r.ebx;
		xen.domid = r.ecx;
	}
	if (!xen_version_op(XENVER_get_features, &fi))
		xen.features = fi.submap;
}

unsigned long shared_info_pa(void)
{
	return (unsigned long)shared_page;
}

long physmap_add(unsigned int space, unsigned long idx, unsigned long gfn)
{
	struct xen_add_to_physmap arg = {
		.domid = DOMID_SELF, .space = space, .idx = idx, .gpfn = gfn,
	};

	return memory_op(XENMEM_add_to_physmap, &arg);
}

long shared_info_map(void)
{
	unsigned int i;
	long rc;

	if (shared_info)
		return 0;
#ifdef __i386__
	{
		/* The layout follows the caller's mode at this call; it is 64-bit before. */
		u64 callback = 0;

		rc = hvm_param_get(HVM_PARAM_CALLBACK_IRQ, &callback);
		if (!rc)
			rc = hvm_param_set(HVM_PARAM_CALLBACK_IRQ, callback);
		if (rc)
			return rc;
	}
#endif
	rc = physmap_add(XENMAPSPACE_shared_info, 0, shared_info_pa() >> PAGE_SHIFT);
	if (rc)
		return rc;
	shared_info = (struct shared_info *)shared_page;
	for (i = 0; i < XEN_LEGACY_MAX_VCPUS; i++)
		if (!cpus[i].vcpu_info)
			cpus[i].vcpu_info = &shared_info->vcpu_info[i];
	return 0;
}

long vcpu_info_register(u32 vcpu, struct vcpu_info *p)
{
	struct vcpu_register_vcpu_info arg = {
		.mfn = (unsigned long)p >> PAGE_SHIFT,
		.offset = (unsigned long)p & ~PAGE_MASK,
	};
	long rc = vcpu_op(VCPUOP_register_vcpu_info, vcpu, &arg);

	if (!rc && vcpu < MAX_CPUS)
		cpus[vcpu].vcpu_info = p;
	return rc;
}

long hvm_param_get(u32 index, u64 *value)
{
	struct xen_hvm_param arg = { .domid = DOMID_SELF, .index = index };
	long rc = hvm_op(HVMOP_get_param, &arg);

	*value = arg.value;
	return rc;
}

long hvm_param_set(u32 index, u64 value)
{
	struct xen_hvm_param arg = { .domid = DOMID_SELF, .index = index, .value = value };

	return hvm_op(HVMOP_set_param, &arg);
}
