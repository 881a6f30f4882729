/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Against side channels: what is done, and who decides it.  The world switch
 * (enter.S) has the part that must be right beside the guest.
 */
#ifndef XLHV_VMX_MITIGATIONS_H
#define XLHV_VMX_MITIGATIONS_H

#include <linux/jump_label.h>
#include <linux/types.h>

#include "vmx/root/mitigation_policy.h"

struct vmx_vcpu;

/* A guest that writes IA32_SPEC_CTRL as often as this gets the MSR itself. */
#define VMX_SPEC_CTRL_WRITES	16

/* IA32_ARCH_CAPABILITIES for guests; 0 on CPUs without. */
extern u64 vmx_arch_capabilities;

int vmx_guard_init(void);
void vmx_guard_exit(void);
void vmx_guard_reset(struct vmx_vcpu *x);
bool vmx_guard_write_spec_ctrl(struct vmx_vcpu *x, u64 value);

DECLARE_STATIC_KEY_FALSE(vmx_guard_windows);
DECLARE_STATIC_KEY_FALSE(vmx_guard_entries);

void vmx_guard_window_slow(struct vmx_vcpu *x);
void vmx_guard_flush_l1d(void);

/* Once a window, before its first entry.  Interrupts off. */
static __always_inline void vmx_guard_window(struct vmx_vcpu *x)
{
	if (static_branch_unlikely(&vmx_guard_windows))
		vmx_guard_window_slow(x);
}

/* Before each entry. */
static __always_inline void vmx_guard_entry(void)
{
	if (static_branch_unlikely(&vmx_guard_entries))
		vmx_guard_flush_l1d();
}

#endif /* XLHV_VMX_MITIGATIONS_H */
