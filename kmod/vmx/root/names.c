// SPDX-License-Identifier: GPL-2.0-only
/* Words for numbers: VMCS fields, exit reasons, VM-instruction errors. */
#include <linux/kernel.h>
#include <asm/vmx.h>

#include "compat.h"
#include "vmx/root/vmcs.h"

#define FIELD(name) { name, #name }

static const struct {
	u32 field;
	const char *name;
} fields[] = {
	FIELD(VIRTUAL_PROCESSOR_ID),
	FIELD(POSTED_INTR_NV),
	FIELD(LAST_PID_POINTER_INDEX),
	FIELD(GUEST_ES_SELECTOR),
	FIELD(GUEST_CS_SELECTOR),
	FIELD(GUEST_SS_SELECTOR),
	FIELD(GUEST_DS_SELECTOR),
	FIELD(GUEST_FS_SELECTOR),
	FIELD(GUEST_GS_SELECTOR),
	FIELD(GUEST_LDTR_SELECTOR),
	FIELD(GUEST_TR_SELECTOR),
	FIELD(GUEST_INTR_STATUS),
	FIELD(GUEST_PML_INDEX),
	FIELD(HOST_ES_SELECTOR),
	FIELD(HOST_CS_SELECTOR),
	FIELD(HOST_SS_SELECTOR),
	FIELD(HOST_DS_SELECTOR),
	FIELD(HOST_FS_SELECTOR),
	FIELD(HOST_GS_SELECTOR),
	FIELD(HOST_TR_SELECTOR),
	FIELD(IO_BITMAP_A),
	FIELD(IO_BITMAP_B),
	FIELD(MSR_BITMAP),
	FIELD(VM_EXIT_MSR_STORE_ADDR),
	FIELD(VM_EXIT_MSR_LOAD_ADDR),
	FIELD(VM_ENTRY_MSR_LOAD_ADDR),
	FIELD(PML_ADDRESS),
	FIELD(TSC_OFFSET),
	FIELD(VIRTUAL_APIC_PAGE_ADDR),
	FIELD(APIC_ACCESS_ADDR),
	FIELD(POSTED_INTR_DESC_ADDR),
	FIELD(VM_FUNCTION_CONTROL),
	FIELD(EPT_POINTER),
	FIELD(EOI_EXIT_BITMAP0),
	FIELD(EOI_EXIT_BITMAP1),
	FIELD(EOI_EXIT_BITMAP2),
	FIELD(EOI_EXIT_BITMAP3),
	FIELD(EPTP_LIST_ADDRESS),
	FIELD(VMREAD_BITMAP),
	FIELD(VMWRITE_BITMAP),
	FIELD(XSS_EXIT_BITMAP),
	FIELD(ENCLS_EXITING_BITMAP),
	FIELD(TSC_MULTIPLIER),
	FIELD(TERTIARY_VM_EXEC_CONTROL),
	FIELD(PID_POINTER_TABLE),
	FIELD(GUEST_PHYSICAL_ADDRESS),
	FIELD(VMCS_LINK_POINTER),
	FIELD(GUEST_IA32_DEBUGCTL),
	FIELD(GUEST_IA32_PAT),
	FIELD(GUEST_IA32_EFER),
	FIELD(GUEST_IA32_PERF_GLOBAL_CTRL),
	FIELD(GUEST_PDPTR0),
	FIELD(GUEST_PDPTR1),
	FIELD(GUEST_PDPTR2),
	FIELD(GUEST_PDPTR3),
	FIELD(GUEST_BNDCFGS),
	FIELD(GUEST_IA32_RTIT_CTL),
	FIELD(HOST_IA32_PAT),
	FIELD(HOST_IA32_EFER),
	FIELD(HOST_IA32_PERF_GLOBAL_CTRL),
	FIELD(PIN_BASED_VM_EXEC_CONTROL),
	FIELD(CPU_BASED_VM_EXEC_CONTROL),
	FIELD(EXCEPTION_BITMAP),
	FIELD(PAGE_FAULT_ERROR_CODE_MASK),
	FIELD(PAGE_FAULT_ERROR_CODE_MATCH),
	FIELD(CR3_TARGET_COUNT),
	FIELD(VM_EXIT_CONTROLS),
	FIELD(VM_EXIT_MSR_STORE_COUNT),
	FIELD(VM_EXIT_MSR_LOAD_COUNT),
	FIELD(VM_ENTRY_CONTROLS),
	FIELD(VM_ENTRY_MSR_LOAD_COUNT),
	FIELD(VM_ENTRY_INTR_INFO_FIELD),
	FIELD(VM_ENTRY_EXCEPTION_ERROR_CODE),
	FIELD(VM_ENTRY_INSTRUCTION_LEN),
	FIELD(TPR_THRESHOLD),
	FIELD(SECONDARY_VM_EXEC_CONTROL),
	FIELD(PLE_GAP),
	FIELD(PLE_WINDOW),
	FIELD(NOTIFY_WINDOW),
	FIELD(VM_INSTRUCTION_ERROR),
	FIELD(VM_EXIT_REASON),
	FIELD(VM_EXIT_INTR_INFO),
	FIELD(VM_EXIT_INTR_ERROR_CODE),
	FIELD(IDT_VECTORING_INFO_FIELD),
	FIELD(IDT_VECTORING_ERROR_CODE),
	FIELD(VM_EXIT_INSTRUCTION_LEN),
	FIELD(VMX_INSTRUCTION_INFO),
	FIELD(GUEST_ES_LIMIT),
	FIELD(GUEST_CS_LIMIT),
	FIELD(GUEST_SS_LIMIT),
	FIELD(GUEST_DS_LIMIT),
	FIELD(GUEST_FS_LIMIT),
	FIELD(GUEST_GS_LIMIT),
	FIELD(GUEST_LDTR_LIMIT),
	FIELD(GUEST_TR_LIMIT),
	FIELD(GUEST_GDTR_LIMIT),
	FIELD(GUEST_IDTR_LIMIT),
	FIELD(GUEST_ES_AR_BYTES),
	FIELD(GUEST_CS_AR_BYTES),
	FIELD(GUEST_SS_AR_BYTES),
	FIELD(GUEST_DS_AR_BYTES),
	FIELD(GUEST_FS_AR_BYTES),
	FIELD(GUEST_GS_AR_BYTES),
	FIELD(GUEST_LDTR_AR_BYTES),
	FIELD(GUEST_TR_AR_BYTES),
	FIELD(GUEST_INTERRUPTIBILITY_INFO),
	FIELD(GUEST_ACTIVITY_STATE),
	FIELD(GUEST_SYSENTER_CS),
	FIELD(VMX_PREEMPTION_TIMER_VALUE),
	FIELD(HOST_IA32_SYSENTER_CS),
	FIELD(CR0_GUEST_HOST_MASK),
	FIELD(CR4_GUEST_HOST_MASK),
	FIELD(CR0_READ_SHADOW),
	FIELD(CR4_READ_SHADOW),
	FIELD(CR3_TARGET_VALUE0),
	FIELD(CR3_TARGET_VALUE1),
	FIELD(CR3_TARGET_VALUE2),
	FIELD(CR3_TARGET_VALUE3),
	FIELD(EXIT_QUALIFICATION),
	FIELD(GUEST_LINEAR_ADDRESS),
	FIELD(GUEST_CR0),
	FIELD(GUEST_CR3),
	FIELD(GUEST_CR4),
	FIELD(GUEST_ES_BASE),
	FIELD(GUEST_CS_BASE),
	FIELD(GUEST_SS_BASE),
	FIELD(GUEST_DS_BASE),
	FIELD(GUEST_FS_BASE),
	FIELD(GUEST_GS_BASE),
	FIELD(GUEST_LDTR_BASE),
	FIELD(GUEST_TR_BASE),
	FIELD(GUEST_GDTR_BASE),
	FIELD(GUEST_IDTR_BASE),
	FIELD(GUEST_DR7),
	FIELD(GUEST_RSP),
	FIELD(GUEST_RIP),
	FIELD(GUEST_RFLAGS),
	FIELD(GUEST_PENDING_DBG_EXCEPTIONS),
	FIELD(GUEST_SYSENTER_ESP),
	FIELD(GUEST_SYSENTER_EIP),
	FIELD(HOST_CR0),
	FIELD(HOST_CR3),
	FIELD(HOST_CR4),
	FIELD(HOST_FS_BASE),
	FIELD(HOST_GS_BASE),
	FIELD(HOST_TR_BASE),
	FIELD(HOST_GDTR_BASE),
	FIELD(HOST_IDTR_BASE),
	FIELD(HOST_IA32_SYSENTER_ESP),
	FIELD(HOST_IA32_SYSENTER_EIP),
	FIELD(HOST_RSP),
	FIELD(HOST_RIP),
};

static const struct {
	u32 reason;
	const char *name;
} reasons[] = {
	VMX_EXIT_REASONS,
	/* Not in the lists of older kernels. */
	{ EXIT_REASON_SEAMCALL, "SEAMCALL" },
	{ EXIT_REASON_TDCALL, "TDCALL" },
	{ EXIT_REASON_MSR_READ_IMM, "MSR_READ_IMM" },
	{ EXIT_REASON_MSR_WRITE_IMM, "MSR_WRITE_IMM" },
};

/* Intel SDM vol. 3, "VM-Instruction Error Numbers". */
static const char * const errors[] = {
	[1] = "VMCALL executed in VMX root operation",
	[2] = "VMCLEAR with an invalid physical address",
	[3] = "VMCLEAR with the VMXON pointer",
	[4] = "VMLAUNCH of a VMCS that is not clear",
	[5] = "VMRESUME of a VMCS that is not launched",
	[6] = "VMRESUME after VMXOFF",
	[7] = "VM entry with invalid control fields",
	[8] = "VM entry with invalid host-state fields",
	[9] = "VMPTRLD with an invalid physical address",
	[10] = "VMPTRLD with the VMXON pointer",
	[11] = "VMPTRLD of a VMCS with another revision identifier",
	[12] = "access to a VMCS field that does not exist",
	[13] = "VMWRITE to a read-only field",
	[15] = "VMXON executed in VMX root operation",
	[16] = "VM entry with an invalid executive-VMCS pointer",
	[17] = "VM entry with an executive VMCS that is not launched",
	[18] = "VM entry with an executive-VMCS pointer that is not the VMXON pointer",
	[19] = "VMCALL with a VMCS that is not clear",
	[20] = "VMCALL with invalid VM-exit control fields",
	[22] = "VMCALL with an incorrect MSEG revision identifier",
	[23] = "VMXOFF under dual-monitor treatment",
	[24] = "VMCALL with invalid SMM-monitor features",
	[25] = "VM entry with invalid VM-execution controls in the executive VMCS",
	[26] = "VM entry with events blocked by MOV SS",
	[28] = "invalid operand to INVEPT or INVVPID",
};

unsigned int vmx_nr_fields(void)
{
	return ARRAY_SIZE(fields);
}

/* Encoding of a field; index below vmx_nr_fields(). */
u32 vmx_field_at(unsigned int index)
{
	return fields[index].field;
}

/**
 * vmx_field_name() - name of a VMCS field
 * @field: encoding
 *
 * Return: the name, or "unknown field".
 */
const char *vmx_field_name(u32 field)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(fields); i++)
		if (fields[i].field == field)
			return fields[i].name;
	return "unknown field";
}

/**
 * vmx_exit_reason_name() - name of a VM exit
 * @reason: exit reason as read; only the basic reason counts
 *
 * Return: the name, or "unknown exit".
 */
const char *vmx_exit_reason_name(u32 reason)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(reasons); i++)
		if (reasons[i].reason == (reason & 0xffff))
			return reasons[i].name;
	return "unknown exit";
}

/**
 * vmx_instruction_error_text() - why a VMX instruction failed
 * @error: VM-instruction error number
 *
 * Return: a phrase, never NULL.
 */
const char *vmx_instruction_error_text(u32 error)
{
	if (error < ARRAY_SIZE(errors) && errors[error])
		return errors[error];
	return error ? "unknown VM-instruction error" : "no VM-instruction error";
}
