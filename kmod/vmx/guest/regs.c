// SPDX-License-Identifier: GPL-2.0-only
/* The registers of a vCPU for who looks at it from outside; it goes on afterwards. */
#include <linux/kernel.h>
#include <asm/vmx.h>

#include "vcpu/vcpu.h"
#include "vmx/guest/internal.h"

static void take(struct vcpu *v, const void *arg)
{
	static const unsigned int selectors[] = {
		GUEST_ES_SELECTOR, GUEST_CS_SELECTOR, GUEST_SS_SELECTOR,
		GUEST_DS_SELECTOR, GUEST_FS_SELECTOR, GUEST_GS_SELECTOR,
	};
	struct xlhv_vcpu_regs *r = (struct xlhv_vcpu_regs *)arg;
	unsigned int i;

	BUILD_BUG_ON(ARRAY_SIZE(selectors) != ARRAY_SIZE(r->selector));
	r->rip = vmcs_readl(GUEST_RIP);
	r->gpr[4] = vmcs_readl(GUEST_RSP);
	r->rflags = vmcs_readl(GUEST_RFLAGS);
	r->cr0 = vmcs_readl(GUEST_CR0);
	r->cr3 = vmcs_readl(GUEST_CR3);
	r->cr4 = vmcs_readl(GUEST_CR4);
	r->efer = vmcs_read64(GUEST_IA32_EFER);
	r->fs_base = vmcs_readl(GUEST_FS_BASE);
	r->gs_base = vmcs_readl(GUEST_GS_BASE);
	for (i = 0; i < ARRAY_SIZE(selectors); i++)
		r->selector[i] = vmcs_read16(selectors[i]);
}

/**
 * vmx_vcpu_regs() - registers as the guest would find them if it went on
 * @v: taken by the caller
 * @r: filled in, but for the number and the flags
 *
 * Context: may sleep.
 * Return: 0; why the VMCS could not be made current.
 */
int vmx_vcpu_regs(struct vcpu *v, struct xlhv_vcpu_regs *r)
{
	const struct vmx_vcpu *x = &v->vmx;
	int err;

	memcpy(r->gpr, x->sw.gpr, sizeof(r->gpr));
	err = vmx_vcpu_window(v, take, r);
	if (err)
		return err;
	/* What the next entry will write over the VMCS. */
	if (x->dirty & VMX_DIRTY_RIP)
		r->rip = x->rip;
	if (x->dirty & VMX_DIRTY_RSP)
		r->gpr[4] = x->rsp;
	if (x->dirty & VMX_DIRTY_RFLAGS)
		r->rflags = x->rflags;
	r->cr2 = x->cr2;
	r->kernel_gs_base = x->msr_kernel_gs_base;
	return 0;
}
