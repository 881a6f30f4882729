/* SPDX-License-Identifier: GPL-2.0-only */
/* The world switch: what C and assembly share. */
#ifndef XLHV_VMX_SWITCH_H
#define XLHV_VMX_SWITCH_H

/* Offsets into struct vmx_switch, checked in vmcs_host.c. */
#define VMX_SW_RAX		0
#define VMX_SW_RCX		8
#define VMX_SW_RDX		16
#define VMX_SW_RBX		24
#define VMX_SW_RBP		40
#define VMX_SW_RSI		48
#define VMX_SW_RDI		56
#define VMX_SW_R8		64
#define VMX_SW_R9		72
#define VMX_SW_R10		80
#define VMX_SW_R11		88
#define VMX_SW_R12		96
#define VMX_SW_R13		104
#define VMX_SW_R14		112
#define VMX_SW_R15		120
#define VMX_SW_HOST_RSP		128
#define VMX_SW_GUEST_SPEC_CTRL	136
#define VMX_SW_HOST_SPEC_CTRL	144
#define VMX_SW_GUARD		152

/* Bits of struct vmx_switch.guard. */
#define VMX_GUARD_SWITCH	1	/* IA32_SPEC_CTRL is the guest's while it runs */
#define VMX_GUARD_SAVE		2	/* the guest writes it without an exit */
#define VMX_GUARD_ALWAYS	4	/* the host's has to be written after each exit */

/* What vmx_enter() returns. */
#define VMX_ENTER_EXITED	0	/* a VM exit: read its reason */
#define VMX_ENTER_FAIL_INVALID	1	/* no current VMCS */
#define VMX_ENTER_FAIL_VALID	2	/* see the VM-instruction error */
#define VMX_ENTER_FAULT		3	/* not in VMX root operation */

#ifndef __ASSEMBLY__
#include <linux/jump_label.h>
#include <linux/types.h>

/**
 * struct vmx_switch - registers that the CPU does not switch by itself
 * @gpr: [v] general-purpose registers of the guest, in the order of the
 *	instruction encoding; slot 4 (RSP) is in the VMCS and unused here
 * @host_rsp: [v] HOST_RSP as last written to the VMCS; 0 forces a write
 * @guest_spec_ctrl: [v] IA32_SPEC_CTRL of the guest, with VMX_GUARD_SWITCH
 * @host_spec_ctrl: [v] that of the host, constant within a window
 * @guard: [v] VMX_GUARD_*; not 0 only where the guarded entry is used
 */
struct vmx_switch {
	u64 gpr[16];
	u64 host_rsp;
	u64 guest_spec_ctrl;
	u64 host_spec_ctrl;
	u32 guard;
};

/*
 * Two world switches: one guards against side channels, the other is for hosts that
 * have the mitigations off.  HOST_RIP is the landing of the one in use.
 */
int vmx_enter_guarded(struct vmx_switch *sw, bool launched);
int vmx_enter_plain(struct vmx_switch *sw, bool launched);
extern const char vmx_landing_guarded[], vmx_landing_plain[];

/* On where no guard is wanted: see vmx/guest/mitigations.c. */
DECLARE_STATIC_KEY_FALSE(vmx_unguarded);

/* Returns VMX_ENTER_*.  Interrupts off, the VMCS current. */
static __always_inline int vmx_enter(struct vmx_switch *sw, bool launched)
{
	if (static_branch_unlikely(&vmx_unguarded) && !sw->guard)
		return vmx_enter_plain(sw, launched);
	return vmx_enter_guarded(sw, launched);
}

/* In mce.c. */
bool vmx_machine_check(void);

struct vmx_vmcs;

/**
 * struct vmx_host - host state in a VMCS, as last written
 * @guarded: [v] HOST_RIP is the landing of the guarded entry
 * @cpu: [p] CPU whose tables it points to, -1 for none
 * @cr3: [p] HOST_CR3
 * @cr4: [p] HOST_CR4
 */
struct vmx_host {
	bool guarded;
	int cpu;
	unsigned long cr3;
	unsigned long cr4;
};

void vmx_host_init(struct vmx_host *host);
void vmx_host_refresh(struct vmx_host *host);
#endif

#endif /* XLHV_VMX_SWITCH_H */
