/* SPDX-License-Identifier: GPL-2.0-only */
/* The capability MSRs of a server CPU of the Ice Lake kind, for tests to take away from. */
#ifndef UNIT_VMX_MACHINE_H
#define UNIT_VMX_MACHINE_H

#include <linux/kernel.h>
#include <asm/msr.h>
#include <asm/vmx.h>

#include "vmx/root/insn.h"

/* What has to be 1 in the low half, what may be 1 in the high half. */
static const struct {
	u32 msr;
	u64 value;
} vmx_machine[] = {
	{ MSR_IA32_FEAT_CTL, FEAT_CTL_LOCKED | FEAT_CTL_VMX_ENABLED_OUTSIDE_SMX },
	{ MSR_IA32_VMX_BASIC, 0x00da040000001234 },
	{ MSR_IA32_VMX_PINBASED_CTLS, 0x000000ff00000016 },
	{ MSR_IA32_VMX_PROCBASED_CTLS, 0xfffbfffe0401e172 },
	{ MSR_IA32_VMX_EXIT_CTLS, 0x01ffffff00036dff },
	{ MSR_IA32_VMX_ENTRY_CTLS, 0x0003ffff000011ff },
	{ MSR_IA32_VMX_TRUE_PINBASED_CTLS, 0x000000ff00000016 },
	{ MSR_IA32_VMX_TRUE_PROCBASED_CTLS, 0xfffbfffe04006172 },
	{ MSR_IA32_VMX_TRUE_EXIT_CTLS, 0x01ffffff00036dfb },
	{ MSR_IA32_VMX_TRUE_ENTRY_CTLS, 0x0003ffff000011fb },
	{ MSR_IA32_VMX_MISC, 0x000000007004c1e7 },
	{ MSR_IA32_VMX_CR0_FIXED0, 0x0000000080000021 },
	{ MSR_IA32_VMX_CR0_FIXED1, 0x00000000ffffffff },
	{ MSR_IA32_VMX_CR4_FIXED0, 0x0000000000002000 },
	{ MSR_IA32_VMX_CR4_FIXED1, 0x0000000000776fff },
	{ MSR_IA32_VMX_PROCBASED_CTLS2, 0x02ffffff00000000 },
	{ MSR_IA32_VMX_EPT_VPID_CAP, 0x00000f0106f34141 },
	{ MSR_IA32_VMX_VMFUNC, 0x0000000000000001 },
	{ MSR_IA32_VMX_PROCBASED_CTLS3, 0 },
};

static inline void vmx_machine_reset(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(vmx_machine); i++)
		unit_msr_set(vmx_machine[i].msr, vmx_machine[i].value);
	unit_msr_set(MSR_IA32_DEBUGCTLMSR, 0);
	unit_vmx_revision = 0x1234;
}

static inline u64 vmx_machine_msr(u32 msr)
{
	u64 value = 0;

	unit_rdmsr(msr, &value);
	return value;
}

#endif /* UNIT_VMX_MACHINE_H */
