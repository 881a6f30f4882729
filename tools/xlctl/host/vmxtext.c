// SPDX-License-Identifier: GPL-2.0-only
/*
 * Words for the numbers of VT-x and of the module's ABI. Numbers are those of
 * the Intel SDM, volume 3, appendix "VMX Basic Exit Reasons" and chapter "VMX
 * Instruction Reference".
 */
#include <stddef.h>

#include <xlhv.h>

#include "host/vmxtext.h"

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

static const char *const exit_reasons[] = {
	[0] = "exception or NMI",
	[1] = "external interrupt",
	[2] = "triple fault",
	[3] = "INIT",
	[4] = "SIPI",
	[5] = "I/O SMI",
	[6] = "other SMI",
	[7] = "interrupt window",
	[8] = "NMI window",
	[9] = "task switch",
	[10] = "CPUID",
	[11] = "GETSEC",
	[12] = "HLT",
	[13] = "INVD",
	[14] = "INVLPG",
	[15] = "RDPMC",
	[16] = "RDTSC",
	[17] = "RSM",
	[18] = "VMCALL",
	[19] = "VMCLEAR",
	[20] = "VMLAUNCH",
	[21] = "VMPTRLD",
	[22] = "VMPTRST",
	[23] = "VMREAD",
	[24] = "VMRESUME",
	[25] = "VMWRITE",
	[26] = "VMXOFF",
	[27] = "VMXON",
	[28] = "control register",
	[29] = "debug register",
	[30] = "I/O instruction",
	[31] = "RDMSR",
	[32] = "WRMSR",
	[33] = "invalid guest state",
	[34] = "MSR loading",
	[36] = "MWAIT",
	[37] = "monitor trap flag",
	[39] = "MONITOR",
	[40] = "PAUSE",
	[41] = "machine check at entry",
	[43] = "TPR below threshold",
	[44] = "APIC access",
	[45] = "virtualized EOI",
	[46] = "GDTR or IDTR",
	[47] = "LDTR or TR",
	[48] = "EPT violation",
	[49] = "EPT misconfiguration",
	[50] = "INVEPT",
	[51] = "RDTSCP",
	[52] = "preemption timer",
	[53] = "INVVPID",
	[54] = "WBINVD",
	[55] = "XSETBV",
	[56] = "APIC write",
	[57] = "RDRAND",
	[58] = "INVPCID",
	[59] = "VMFUNC",
	[60] = "ENCLS",
	[61] = "RDSEED",
	[62] = "page-modification log full",
	[63] = "XSAVES",
	[64] = "XRSTORS",
	[66] = "SPP event",
	[67] = "UMWAIT",
	[68] = "TPAUSE",
	[69] = "LOADIWKEY",
	[74] = "bus lock",
	[75] = "notify window",
};

static const char *const instruction_errors[] = {
	[1] = "VMCALL in VMX root operation",
	[2] = "VMCLEAR with an invalid address",
	[3] = "VMCLEAR of the VMXON region",
	[4] = "VMLAUNCH of a VMCS that is not clear",
	[5] = "VMRESUME of a VMCS that was not launched",
	[6] = "VMRESUME after VMXOFF",
	[7] = "VM entry with invalid control fields",
	[8] = "VM entry with invalid host-state fields",
	[9] = "VMPTRLD with an invalid address",
	[10] = "VMPTRLD of the VMXON region",
	[11] = "VMPTRLD of a VMCS with another revision identifier",
	[12] = "access to a VMCS field that this CPU does not have",
	[13] = "write to a read-only VMCS field",
	[15] = "VMXON in VMX root operation",
	[16] = "VM entry with an invalid executive-VMCS pointer",
	[17] = "VM entry with an executive VMCS that was not launched",
	[18] = "VM entry with another executive-VMCS pointer than the VMXON pointer",
	[19] = "VMCALL with a VMCS that is not clear",
	[20] = "VMCALL with invalid exit-control fields",
	[22] = "VMCALL with another MSEG revision identifier",
	[23] = "VMXOFF under dual-monitor treatment",
	[24] = "VMCALL with invalid SMM-monitor features",
	[25] = "VM entry with invalid execution-control fields in the executive VMCS",
	[26] = "VM entry with events blocked by MOV SS",
	[28] = "invalid operand to INVEPT or INVVPID",
};

static const char *const check_results[] = {
	[XLHV_CHECK_PASSED] = "passed",
	[XLHV_CHECK_VMXON] = "no VMX root operation on this CPU",
	[XLHV_CHECK_VMCS] = "a VMCS could not be made, loaded or written",
	[XLHV_CHECK_ENTRY] = "VM entry failed",
	[XLHV_CHECK_EXIT] = "not the exit that was expected",
	[XLHV_CHECK_STATE] = "the guest computed something else",
	[XLHV_CHECK_OFFLINE] = "no such CPU online",
};

const struct vmxtext_feature vmxtext_features[] = {
	{ XLHV_FEAT_EPT, "ept", "ept", "guest memory" },
	{ XLHV_FEAT_UNRESTRICTED_GUEST, "unrestricted_guest", "unrestricted_guest",
	  "guests that start without paging" },
	{ XLHV_FEAT_VPID, "vpid", "vpid", "TLB entries that survive an exit" },
	{ XLHV_FEAT_EPT_2M, "ept_2m", NULL, "2 MiB guest pages" },
	{ XLHV_FEAT_EPT_1G, "ept_1g", "ept_1gb", "1 GiB guest pages" },
	{ XLHV_FEAT_EPT_AD, "ept_ad", "ept_ad", "accessed and dirty bits of guest pages" },
	{ XLHV_FEAT_EPT_EXEC_ONLY, "ept_exec_only", "ept_x_only", "execute-only guest pages" },
	{ XLHV_FEAT_TPR_SHADOW, "tpr_shadow", "vtpr", "task priority without exits" },
	{ XLHV_FEAT_APIC_REGISTER_VIRT, "apic_register_virt", "vapic_reg",
	  "reads of the APIC without exits" },
	{ XLHV_FEAT_VIRT_INTR_DELIVERY, "virt_intr_delivery", "vid",
	  "interrupts and EOI without exits" },
	{ XLHV_FEAT_X2APIC_VIRT, "x2apic_virt", NULL, "x2APIC registers without exits" },
	{ XLHV_FEAT_POSTED_INTERRUPTS, "posted_interrupts", "posted_intr",
	  "interrupts from other CPUs without exits" },
	{ XLHV_FEAT_PREEMPTION_TIMER, "preemption_timer", "preemption_timer",
	  "cheap guest timers" },
	{ XLHV_FEAT_PML, "pml", "pml", "logging of dirty pages" },
	{ XLHV_FEAT_TSC_SCALING, "tsc_scaling", "tsc_scaling",
	  "guests with another clock frequency" },
	{ XLHV_FEAT_XSAVES, "xsaves", NULL, "XSAVES in guests" },
	{ XLHV_FEAT_INVPCID, "invpcid", NULL, "INVPCID in guests" },
	{ XLHV_FEAT_RDTSCP, "rdtscp", NULL, "RDTSCP in guests" },
	{ XLHV_FEAT_PAUSE_LOOP, "pause_loop", "ple", "noticing guests that spin" },
	{ XLHV_FEAT_VMFUNC, "vmfunc", "eptp_switching", "switching of EPT views" },
	{ XLHV_FEAT_MSR_BITMAP, "msr_bitmap", NULL, "MSR accesses without exits" },
	{ 0, NULL, NULL, NULL },
};

const char *const vmxtext_cap_msr[XLHV_NR_CAPS] = {
	[XLHV_CAP_BASIC] = "basic",
	[XLHV_CAP_PINBASED] = "pin_based",
	[XLHV_CAP_PROCBASED] = "primary",
	[XLHV_CAP_PROCBASED2] = "secondary",
	[XLHV_CAP_EXIT] = "exit",
	[XLHV_CAP_ENTRY] = "entry",
	[XLHV_CAP_MISC] = "misc",
	[XLHV_CAP_CR0_FIXED0] = "cr0_fixed0",
	[XLHV_CAP_CR0_FIXED1] = "cr0_fixed1",
	[XLHV_CAP_CR4_FIXED0] = "cr4_fixed0",
	[XLHV_CAP_CR4_FIXED1] = "cr4_fixed1",
	[XLHV_CAP_EPT_VPID] = "ept_vpid",
	[XLHV_CAP_VMFUNC] = "vmfunc",
	[XLHV_CAP_PROCBASED3] = "tertiary",
	[XLHV_CAP_EXIT2] = "exit2",
	[XLHV_CAP_FEATURE_CONTROL] = "feature_control",
};

static const char *look_up(const char *const *names, size_t count, uint32_t number)
{
	return number < count ? names[number] : NULL;
}

const char *vmxtext_exit_reason(uint32_t reason)
{
	return look_up(exit_reasons, COUNT(exit_reasons), reason & 0xffff);
}

const char *vmxtext_instruction_error(uint32_t error)
{
	return look_up(instruction_errors, COUNT(instruction_errors), error);
}

const char *vmxtext_check(uint32_t result)
{
	const char *text = look_up(check_results, COUNT(check_results), result);

	return text ? text : "a result this xlctl does not know";
}

const char *vmxtext_provider(uint32_t provider)
{
	static const char *const names[] = {
		[XLHV_PROVIDER_NONE] = "none",
		[XLHV_PROVIDER_SELF] = "self",
		[XLHV_PROVIDER_KVM] = "kvm",
	};
	const char *text = look_up(names, COUNT(names), provider);

	return text ? text : "unknown";
}

const char *vmxtext_policy(uint32_t policy)
{
	static const char *const names[] = {
		[XLHV_POLICY_AUTO] = "auto",
		[XLHV_POLICY_SELF] = "self",
		[XLHV_POLICY_KVM] = "kvm",
	};
	const char *text = look_up(names, COUNT(names), policy);

	return text ? text : "unknown";
}

const struct vmxtext_guard vmxtext_guards[] = {
	{ XLHV_MITIGATION_OFF, "off", "mitigations=off: guests and host can spy on each other" },
	{ XLHV_MITIGATION_REGISTERS, "registers", NULL },
	{ XLHV_MITIGATION_RSB_FILL, "rsb_fill", NULL },
	{ XLHV_MITIGATION_RSB_CALL, "rsb_call", NULL },
	{ XLHV_MITIGATION_SPEC_CTRL, "spec_ctrl", NULL },
	{ XLHV_MITIGATION_IBRS, "ibrs", NULL },
	{ XLHV_MITIGATION_HISTORY, "branch_history", NULL },
	{ XLHV_MITIGATION_BUFFERS, "cpu_buffers", NULL },
	{ XLHV_MITIGATION_L1D_FLUSH, "l1d_flush", NULL },
	{ XLHV_MITIGATION_L1D_FILL, "l1d_fill", NULL },
	{ XLHV_MITIGATION_L1D_ALWAYS, "l1d_always", NULL },
	{ XLHV_MITIGATION_IBPB, "ibpb", NULL },
	{ XLHV_MITIGATION_IBPB_USER, "ibpb_user", NULL },
	{ XLHV_MITIGATION_NX_HUGE, "nx_huge_pages", NULL },
	{ XLHV_MITIGATION_OPEN_SMT, "open_smt",
	  "hyper-threads share caches with guests: boot with nosmt if guests are not trusted" },
	{ XLHV_MITIGATION_OPEN_ITLB, "open_itlb_multihit",
	  "a guest can stop this CPU (iTLB multihit): load xlhv with nx_huge_pages=force" },
	{ 0, NULL, NULL },
};
