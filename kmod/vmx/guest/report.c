// SPDX-License-Identifier: GPL-2.0-only
/* The state of a vCPU in words: for a crash, and for whoever looks. */
#include <linux/kernel.h>
#include <asm/trapnr.h>
#include <asm/vmx.h>

#include "ept/ept.h"
#include "vcpu/regs.h"
#include "vcpu/vcpu.h"
#include "vmx/guest/internal.h"

#define LINE	200

/* Fields of the VMCS that a report shows. */
struct snapshot {
	u64 rip, rsp, rflags, cr0, cr3, cr4, efer;
	u64 cs_base, gdtr, idtr;
	u64 qualification, linear, physical;
	u32 cs_ar, ss_ar, reason, intr_info, vectoring, length, activity, interruptibility;
	u32 pin, proc, proc2, entry, exit;
};

static void take(struct vcpu *v, const void *arg)
{
	struct snapshot *s = (struct snapshot *)arg;

	s->rip = vmcs_readl(GUEST_RIP);
	s->rsp = vmcs_readl(GUEST_RSP);
	s->rflags = vmcs_readl(GUEST_RFLAGS);
	s->cr0 = vmcs_readl(GUEST_CR0);
	s->cr3 = vmcs_readl(GUEST_CR3);
	s->cr4 = vmcs_readl(GUEST_CR4);
	s->efer = vmcs_read64(GUEST_IA32_EFER);
	s->cs_base = vmcs_readl(GUEST_CS_BASE);
	s->gdtr = vmcs_readl(GUEST_GDTR_BASE);
	s->idtr = vmcs_readl(GUEST_IDTR_BASE);
	s->cs_ar = vmcs_read32(GUEST_CS_AR_BYTES);
	s->ss_ar = vmcs_read32(GUEST_SS_AR_BYTES);
	s->reason = vmcs_read32(VM_EXIT_REASON);
	s->qualification = vmcs_readl(EXIT_QUALIFICATION);
	s->linear = vmcs_readl(GUEST_LINEAR_ADDRESS);
	s->physical = vmcs_read64(GUEST_PHYSICAL_ADDRESS);
	s->intr_info = vmcs_read32(VM_EXIT_INTR_INFO);
	s->vectoring = vmcs_read32(IDT_VECTORING_INFO_FIELD);
	s->length = vmcs_read32(VM_EXIT_INSTRUCTION_LEN);
	s->activity = vmcs_read32(GUEST_ACTIVITY_STATE);
	s->interruptibility = vmcs_read32(GUEST_INTERRUPTIBILITY_INFO);
	s->pin = vmcs_read32(PIN_BASED_VM_EXEC_CONTROL);
	s->proc = vmcs_read32(CPU_BASED_VM_EXEC_CONTROL);
	s->proc2 = vmcs_read32(SECONDARY_VM_EXEC_CONTROL);
	s->entry = vmcs_read32(VM_ENTRY_CONTROLS);
	s->exit = vmcs_read32(VM_EXIT_CONTROLS);
	/* The caches are those of the last exit; the code is read with them. */
	v->vmx.have = 0;
	vmx_cache_all(v);
}

static const char *mode_name(const struct snapshot *s)
{
	if (!(s->cr0 & X86_CR0_PE))
		return "real mode";
	if (s->efer & EFER_LMA)
		return s->cs_ar & BIT(13) ? "64-bit" : "compatibility mode";
	return s->cr0 & X86_CR0_PG ? "protected, paging" : "protected, no paging";
}

/**
 * vmx_vcpu_report() - the state of a vCPU, line by line
 * @v: own thread outside of a stay; it does not run again
 * @line: called for each line, without a newline
 * @ctx: for @line
 *
 * Context: may sleep.
 */
void vmx_vcpu_report(struct vcpu *v, void (*line)(void *ctx, const char *text), void *ctx)
{
	const u64 *r = v->vmx.sw.gpr;
	struct guest_fault fault;
	struct snapshot s = {};
	u8 code[16];
	char text[LINE];
	int err, i, len;

	err = vmx_vcpu_window(v, take, &s);
	if (err) {
		snprintf(text, sizeof(text), "vCPU %u: its VMCS cannot be read (error %d)",
			 v->id, err);
		line(ctx, text);
		return;
	}
	snprintf(text, sizeof(text), "vCPU %u: exit %u %s%s, qualification %#llx, error %u (%s)",
		 v->id, s.reason & 0xffff, vmx_exit_reason_name(s.reason),
		 s.reason & VMX_EXIT_REASONS_FAILED_VMENTRY ? ", entry failed" : "",
		 s.qualification, v->vmx.instruction_error,
		 vmx_instruction_error_text(v->vmx.instruction_error));
	line(ctx, text);
	snprintf(text, sizeof(text), "rip %016llx rsp %016llx rflags %08llx, %s, CPL %u",
		 s.rip, s.rsp, s.rflags, mode_name(&s), s.ss_ar >> 5 & 3);
	line(ctx, text);
	for (i = 0; i < 16; i += 4) {
		snprintf(text, sizeof(text), "r%-2d %016llx %016llx %016llx %016llx",
			 i, r[i], r[i + 1], r[i + 2], r[i + 3]);
		line(ctx, text);
	}
	snprintf(text, sizeof(text), "cr0 %08llx cr2 %016llx cr3 %016llx cr4 %08llx efer %llx",
		 s.cr0, v->vmx.cr2, s.cr3, s.cr4, s.efer);
	line(ctx, text);
	snprintf(text, sizeof(text),
		 "linear %016llx physical %016llx gdt %016llx idt %016llx cs base %llx ar %x",
		 s.linear, s.physical, s.gdtr, s.idtr, s.cs_base, s.cs_ar);
	line(ctx, text);
	snprintf(text, sizeof(text),
		 "intr %08x vectoring %08x length %u activity %u interruptibility %x",
		 s.intr_info, s.vectoring, s.length, s.activity, s.interruptibility);
	line(ctx, text);
	snprintf(text, sizeof(text), "controls: pin %x primary %x secondary %x entry %x exit %x",
		 s.pin, s.proc, s.proc2, s.entry, s.exit);
	line(ctx, text);
	if (v->vmx.access_error.err) {
		snprintf(text, sizeof(text), "VMCS %s of %s (%#lx) failed: %s",
			 v->vmx.access_error.write ? "write" : "read",
			 vmx_field_name(v->vmx.access_error.field), v->vmx.access_error.field,
			 vmx_instruction_error_text(v->vmx.access_error.instruction_error));
		line(ctx, text);
	}
	/* Memory that is lost may be the very page: a read of it by the kernel would be the end. */
	if (v->vmx.exit_reason == EXIT_REASON_EXCEPTION_NMI && v->vmx.exit_vector == X86_TRAP_MC)
		return;
	if (!guest_access(v, (vmx_vcpu_long_mode(v) ? 0 : s.cs_base) + s.rip, code,
			  sizeof(code), GUEST_FETCH, &fault)) {
		len = scnprintf(text, sizeof(text), "code %*ph", (int)sizeof(code), code);
		if (len)
			line(ctx, text);
	}
}

/* Why vmx_vcpu_run() failed, as a phrase for the report. */
const char *vmx_vcpu_what_failed(const struct vcpu *v)
{
	const struct vmx_vcpu *x = &v->vmx;

	if (x->access_error.err)
		return "a VMCS field could not be accessed";
	if (x->instruction_error)
		return vmx_instruction_error_text(x->instruction_error);
	if (x->exit_reason & VMX_EXIT_REASONS_FAILED_VMENTRY)
		return "VM entry with invalid guest state";
	if (x->exit_reason == EXIT_REASON_EPT_VIOLATION)
		return "an event that cannot be delivered";
	return "an exit that nobody expected";
}
