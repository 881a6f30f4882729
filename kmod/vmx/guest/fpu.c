// SPDX-License-Identifier: GPL-2.0-only
/*
 * FPU and extended state of the guest.  Switched once per stay in the guest, not
 * per exit: a stay lies between kernel_fpu_begin() and kernel_fpu_end(), so the
 * registers are ours, code that runs from interrupts meanwhile asks
 * irq_fpu_usable() and leaves them alone, and it does not matter that a vCPU is a
 * thread of the kernel's.
 *
 * The area is in XSAVE's standard format, of the host's size.
 */
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <asm/fpu/api.h>
#include <asm/fpu/types.h>
#include <asm/fpu/xcr.h>
#include <asm/msr.h>
#include <asm/pkru.h>
#include <asm/processor.h>
#include <asm/special_insns.h>

#include "compat.h"
#include "xlhv.h"
#include "vcpu/regs.h"
#include "vcpu/vcpu.h"
#include "vmx/guest/internal.h"

#define MXCSR_RESET	0x1f80
#define MXCSR_AT	24
#define FCW_RESET	0x037f
#define XMM_AT		160
#define XMM_SIZE	16
#define XSTATE_BV_AT	512

static u64 host_xcr0 __ro_after_init;
u64 vmx_host_xss __ro_after_init;
static unsigned int area_size __ro_after_init;
static unsigned int pkru_at __ro_after_init;	/* in the area */

/* AMX needs more than an area: its state is large and has faults of its own. */
#define NEVER	(XFEATURE_MASK_XTILE | BIT_ULL(19))

/* XCR0 bits that a guest may set. */
u64 vmx_guest_xcr0_mask(void)
{
	return host_xcr0 & ~NEVER;
}

/**
 * vmx_fpu_host_init() - how large is the state?
 *
 * Return: 0, or -EOPNOTSUPP without XSAVE (Westmere has unrestricted guest, but not that).
 */
int vmx_fpu_host_init(void)
{
	u32 eax, ebx, ecx, edx;

	if (!boot_cpu_has(X86_FEATURE_XSAVE)) {
		pr_err("cannot load: the kernel does not use XSAVE\n");
		return -EOPNOTSUPP;
	}
	host_xcr0 = xgetbv(XCR_XFEATURE_ENABLED_MASK);
	if (boot_cpu_has(X86_FEATURE_XSAVES))
		rdmsrl_safe(MSR_IA32_XSS, &vmx_host_xss);
	cpuid_count(0xd, 0, &eax, &ebx, &ecx, &edx);
	area_size = ebx;
	cpuid_count(0xd, XFEATURE_PKRU, &eax, &ebx, &ecx, &edx);
	pkru_at = ebx;
	return 0;
}

int vmx_fpu_alloc(struct vmx_vcpu *x)
{
	x->fpu = alloc_pages_exact(area_size, GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	return x->fpu ? 0 : -ENOMEM;
}

/* Size of a vCPU's area. */
size_t vmx_fpu_bytes(void)
{
	return PAGE_ALIGN(area_size);
}

void vmx_fpu_free(struct vmx_vcpu *x)
{
	if (x->fpu)
		free_pages_exact(x->fpu, area_size);
	x->fpu = NULL;
}

/* As after reset: an all-zero header means initial state for every component. */
void vmx_fpu_reset(struct vmx_vcpu *x)
{
	memset(x->fpu, 0, area_size);
	*(u16 *)x->fpu = FCW_RESET;
	*(u32 *)(x->fpu + MXCSR_AT) = MXCSR_RESET;
	x->xcr0 = XFEATURE_MASK_FP;
}

static void xrstor(void *area, u64 mask)
{
	asm volatile("xrstor64 (%0)" : : "r"(area), "a"((u32)mask), "d"((u32)(mask >> 32))
		     : "memory");
}

static void xsave(void *area, u64 mask)
{
	if (cpu_feature_enabled(X86_FEATURE_XSAVEOPT))
		asm volatile("xsaveopt64 (%0)"
			     : : "r"(area), "a"((u32)mask), "d"((u32)(mask >> 32)) : "memory");
	else
		asm volatile("xsave64 (%0)"
			     : : "r"(area), "a"((u32)mask), "d"((u32)(mask >> 32)) : "memory");
}

/*
 * XMM registers, outside of a stay: they are in the old part of the area, and 0 if that is in its
 * initial state.
 */
void vmx_fpu_get_xmm(const struct vmx_vcpu *x, unsigned int nr, u32 *words)
{
	if (*(u64 *)(x->fpu + XSTATE_BV_AT) & XFEATURE_MASK_SSE)
		memcpy(words, x->fpu + XMM_AT + XMM_SIZE * nr, XMM_SIZE);
	else
		memset(words, 0, XMM_SIZE);
}

void vmx_fpu_set_xmm(struct vmx_vcpu *x, unsigned int nr, const u32 *words)
{
	u64 *bv = x->fpu + XSTATE_BV_AT;

	if (!(*bv & XFEATURE_MASK_SSE))
		memset(x->fpu + XMM_AT, 0, 16 * XMM_SIZE);
	*bv |= XFEATURE_MASK_SSE;
	memcpy(x->fpu + XMM_AT + XMM_SIZE * nr, words, XMM_SIZE);
}

/* Start of a stay: the guest's state is in the registers afterwards. */
void vmx_fpu_enter_guest(struct vmx_vcpu *x)
{
	kernel_fpu_begin();
	if (cpu_feature_enabled(X86_FEATURE_OSPKE))
		x->host_pkru = rdpkru();
	xrstor(x->fpu, host_xcr0 & ~NEVER);
	if (x->xcr0 != host_xcr0)
		xsetbv(XCR_XFEATURE_ENABLED_MASK, x->xcr0);
}

/* End of a stay: nothing of the guest's stays behind. */
void vmx_fpu_leave_guest(struct vmx_vcpu *x)
{
	if (x->xcr0 != host_xcr0)
		xsetbv(XCR_XFEATURE_ENABLED_MASK, host_xcr0);
	xsave(x->fpu, host_xcr0 & ~NEVER);
	if (cpu_feature_enabled(X86_FEATURE_OSPKE))
		wrpkru(x->host_pkru);
	kernel_fpu_end();
}

/**
 * vmx_vcpu_pkru() - rights of the guest by protection key
 * @v: own thread
 *
 * Context: any; the host uses protection keys, as a guest has CR4.PKE only then.
 * Return: PKRU.
 */
u32 vmx_vcpu_pkru(const struct vcpu *v)
{
	const struct vmx_vcpu *x = &v->vmx;

	if (x->loaded)
		return rdpkru();
	/* A component that the area does not have is in its initial state. */
	if (!(*(u64 *)(x->fpu + XSTATE_BV_AT) & XFEATURE_MASK_PKRU))
		return 0;
	return *(u32 *)(x->fpu + pkru_at);
}
