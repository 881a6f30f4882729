/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Guest registers, read from the VMCS at most once per exit; in line, as every exit asks for a
 * few of them.
 *
 * "Own thread": in a window the VMCS is read; outside of one the values are those
 * of vmx_cache_all().
 */
#ifndef XLHV_VCPU_REGS_H
#define XLHV_VCPU_REGS_H

#include "vcpu/vcpu.h"

/* Is it to be read?  Then the caller does. */
static __always_inline bool vmx_cache_missed(struct vmx_vcpu *x, enum vmx_cached what)
{
	if (x->have & BIT(what))
		return false;
	x->have |= BIT(what);
	return true;
}

/* Out of line: what the guest sees of CR0 and CR4 (cr.c). */
u64 vmx_cr0_read(struct vcpu *v);
u64 vmx_cr4_read(struct vcpu *v);

/* Own thread. */
static __always_inline u64 vmx_vcpu_rip(struct vcpu *v)
{
	if (vmx_cache_missed(&v->vmx, VMX_HAVE_RIP))
		v->vmx.rip = vmcs_readl(GUEST_RIP);
	return v->vmx.rip;
}

/* Own thread. */
static __always_inline u64 vmx_vcpu_rflags(struct vcpu *v)
{
	if (vmx_cache_missed(&v->vmx, VMX_HAVE_RFLAGS))
		v->vmx.rflags = vmcs_readl(GUEST_RFLAGS);
	return v->vmx.rflags;
}

/* Own thread. */
static __always_inline u64 vmx_vcpu_cr3(struct vcpu *v)
{
	if (vmx_cache_missed(&v->vmx, VMX_HAVE_CR3))
		v->vmx.cr3 = vmcs_readl(GUEST_CR3);
	return v->vmx.cr3;
}

/* Own thread. */
static inline u64 vmx_vcpu_cr0(struct vcpu *v)
{
	if (vmx_cache_missed(&v->vmx, VMX_HAVE_CR0))
		v->vmx.cr0 = vmx_cr0_read(v);
	return v->vmx.cr0;
}

/* Own thread. */
static inline u64 vmx_vcpu_cr4(struct vcpu *v)
{
	if (vmx_cache_missed(&v->vmx, VMX_HAVE_CR4))
		v->vmx.cr4 = vmx_cr4_read(v);
	return v->vmx.cr4;
}

/* PKRU, if the host has protection keys; out of line (fpu.c).  Own thread. */
u32 vmx_vcpu_pkru(const struct vcpu *v);

static inline u64 vmx_vcpu_efer(struct vcpu *v)
{
	return v->vmx.efer;
}

/* For kmod/vmx only. */
static __always_inline u64 vmx_vcpu_qualification(struct vcpu *v)
{
	if (vmx_cache_missed(&v->vmx, VMX_HAVE_QUALIFICATION))
		v->vmx.qualification = vmcs_readl(EXIT_QUALIFICATION);
	return v->vmx.qualification;
}

/* For kmod/vmx only.  Not remembered, as few want it.  In a window. */
static __always_inline u32 vmx_vcpu_intr_info(struct vcpu *v)
{
	return vmcs_read32(VM_EXIT_INTR_INFO);
}

/* For kmod/vmx only. */
static __always_inline u32 vmx_vcpu_interruptibility(struct vcpu *v)
{
	if (vmx_cache_missed(&v->vmx, VMX_HAVE_INTERRUPTIBILITY))
		v->vmx.interruptibility = vmcs_read32(GUEST_INTERRUPTIBILITY_INFO);
	return v->vmx.interruptibility;
}

/* For kmod/vmx only. */
static __always_inline u32 vmx_vcpu_ss_ar(struct vcpu *v)
{
	if (vmx_cache_missed(&v->vmx, VMX_HAVE_SS_AR))
		v->vmx.ss_ar = vmcs_read32(GUEST_SS_AR_BYTES);
	return v->vmx.ss_ar;
}

/* For kmod/vmx only. */
static __always_inline u32 vmx_vcpu_cs_ar(struct vcpu *v)
{
	if (vmx_cache_missed(&v->vmx, VMX_HAVE_CS_AR))
		v->vmx.cs_ar = vmcs_read32(GUEST_CS_AR_BYTES);
	return v->vmx.cs_ar;
}

/* DPL of SS is the CPL, in every mode (SDM vol. 3, "Guest Register State").  Own thread. */
static __always_inline unsigned int vmx_vcpu_cpl(struct vcpu *v)
{
	return vmx_vcpu_ss_ar(v) >> 5 & 3;
}

/* CS.L: 64-bit code right now.  Own thread. */
static __always_inline bool vmx_vcpu_long_mode(struct vcpu *v)
{
	return (v->vmx.efer & EFER_LMA) && (vmx_vcpu_cs_ar(v) & BIT(13));
}

/* IF=1, and no shadow of STI or MOV SS.  Own thread. */
static __always_inline bool vmx_vcpu_interruptible(struct vcpu *v)
{
	return (vmx_vcpu_rflags(v) & X86_EFLAGS_IF) &&
	       !(vmx_vcpu_interruptibility(v) & (GUEST_INTR_STATE_STI | GUEST_INTR_STATE_MOV_SS));
}

/* Is this thread in the inner loop, with interrupts off and nothing allowed to sleep? */
static __always_inline bool vmx_vcpu_atomic(const struct vcpu *v)
{
	return v->vmx.atomic;
}

/* An NMI for the guest; it waits while the guest blocks NMIs.  Own thread. */
static inline void vmx_pend_nmi(struct vcpu *v)
{
	v->vmx.nmi_pending = true;
	v->vmx.recheck = true;
}

#endif /* XLHV_VCPU_REGS_H */
