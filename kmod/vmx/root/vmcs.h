/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * VMCS regions and their fields.  For kmod/vmx.  Outside of it fields are read through
 * vcpu/regs.h, but for the guest's interrupt status, which is lapic/'s, and CR3 in the
 * hot path of ept/guest_copy.c.
 */
#ifndef XLHV_VMX_VMCS_H
#define XLHV_VMX_VMCS_H

#include <linux/build_bug.h>
#include <linux/irqflags.h>
#include <linux/list.h>
#include <linux/types.h>
#include <asm/desc_defs.h>
#include <asm/vmx.h>

#include "vmx/root/insn.h"

/**
 * struct vmx_vmcs - one VMCS region and where it is in use
 * @region: [c] the page the CPU keeps it in
 * @pa: [c] its physical address
 * @cpu: [a] CPU on which it is active, -1 if on none: a CPU takes it from -1 in one
 *	step, and gives it up itself; both with interrupts off
 * @launched: [p] a VMLAUNCH has succeeded since the last VMCLEAR
 * @link: [p] in the list of what is active on @cpu
 */
struct vmx_vmcs {
	void *region;
	u64 pa;
	int cpu;
	bool launched;
	struct list_head link;
};

/**
 * struct vmx_window - a stretch of code that has a VMCS of ours current
 * @previous: VMCS that was current before, to be put back; ~0 for none of
 *	somebody else's
 * @gdt: host GDTR, whose limit a VM exit does not restore
 * @idt: host IDTR, likewise
 * @ldt: host LDTR, which a VM exit makes null
 * @debugctl: host IA32_DEBUGCTL, which a VM exit clears
 * @dr7: host DR7, which a VM exit makes one without breakpoints
 * @dr: the addresses of its breakpoints, if @dr7 has any
 *
 * Interrupts are off from vmx_window_open() to vmx_window_close().
 */
struct vmx_window {
	u64 previous;
	struct desc_ptr gdt;
	struct desc_ptr idt;
	u16 ldt;
	u64 debugctl;
	unsigned long dr7;
	unsigned long dr[4];
};

/**
 * vmx_irq_window() - let the host's pending interrupts in
 *
 * One that is pending is taken behind the instruction that follows the STI, and that must
 * not be the CLI: then none is ever taken.
 *
 * Context: interrupts off, between two windows.
 */
static __always_inline void vmx_irq_window(void)
{
	local_irq_enable();
	asm volatile("nop" ::: "memory");
	local_irq_disable();
}

int vmx_vmcs_alloc(struct vmx_vmcs *vmcs);
void vmx_vmcs_free(struct vmx_vmcs *vmcs);
int vmx_vmcs_come_home(struct vmx_vmcs *vmcs);
int vmx_window_open(struct vmx_window *w, struct vmx_vmcs *vmcs);
void vmx_window_close(struct vmx_window *w);
u32 vmx_instruction_error(void);

/* First failure of a plain accessor on this CPU since vmx_access_begin(). */
struct vmx_access_error {
	unsigned long field;
	unsigned long value;
	int err;
	bool write;
	u32 instruction_error;
};

void vmx_access_begin(void);
const struct vmx_access_error *vmx_access_end(void);
void vmx_access_failed(unsigned long field, unsigned long value, bool write, int err);

unsigned int vmx_nr_fields(void);
u32 vmx_field_at(unsigned int index);
const char *vmx_field_name(u32 field);
const char *vmx_exit_reason_name(u32 reason);
const char *vmx_instruction_error_text(u32 error);

/*
 * A field's encoding says how wide it is; an accessor of another width is our
 * own bug, found by the compiler.
 */
#define VMX_FIELD_WIDTH(field)	(((field) >> 13) & 3)
#define VMX_FIELD_16	0
#define VMX_FIELD_64	1
#define VMX_FIELD_32	2
#define VMX_FIELD_NAT	3

#define vmx_field_check(field, width, type)						\
	BUILD_BUG_ON_MSG(__builtin_constant_p(field) &&				\
			 (VMX_FIELD_WIDTH(field) != (width) || ((field) & 1)),		\
			 "this VMCS field is not " type)

static __always_inline unsigned long vmx_field_read(unsigned long field)
{
	unsigned long value;
	int err = vmx_insn_vmread(field, &value);

	if (unlikely(err))
		vmx_access_failed(field, 0, false, err);
	return value;
}

static __always_inline void vmx_field_write(unsigned long field, unsigned long value)
{
	int err = vmx_insn_vmwrite(field, value);

	if (unlikely(err))
		vmx_access_failed(field, value, true, err);
}

/*
 * Plain accessors: a failure is recorded with the field and its value, and ends
 * what the vCPU is doing; a read that failed gives 0.  Context: between
 * vmx_window_open() and vmx_window_close().
 */
static __always_inline u16 vmcs_read16(unsigned long field)
{
	vmx_field_check(field, VMX_FIELD_16, "16 bits wide");
	return vmx_field_read(field);
}

static __always_inline u32 vmcs_read32(unsigned long field)
{
	vmx_field_check(field, VMX_FIELD_32, "32 bits wide");
	return vmx_field_read(field);
}

static __always_inline u64 vmcs_read64(unsigned long field)
{
	vmx_field_check(field, VMX_FIELD_64, "64 bits wide");
	return vmx_field_read(field);
}

static __always_inline unsigned long vmcs_readl(unsigned long field)
{
	vmx_field_check(field, VMX_FIELD_NAT, "of natural width");
	return vmx_field_read(field);
}

static __always_inline void vmcs_write16(unsigned long field, u16 value)
{
	vmx_field_check(field, VMX_FIELD_16, "16 bits wide");
	vmx_field_write(field, value);
}

static __always_inline void vmcs_write32(unsigned long field, u32 value)
{
	vmx_field_check(field, VMX_FIELD_32, "32 bits wide");
	vmx_field_write(field, value);
}

static __always_inline void vmcs_write64(unsigned long field, u64 value)
{
	vmx_field_check(field, VMX_FIELD_64, "64 bits wide");
	vmx_field_write(field, value);
}

static __always_inline void vmcs_writel(unsigned long field, unsigned long value)
{
	vmx_field_check(field, VMX_FIELD_NAT, "of natural width");
	vmx_field_write(field, value);
}

/* For probing: the error is the answer, nothing is recorded. */
static __always_inline int vmcs_read_safe(unsigned long field, unsigned long *value)
{
	return vmx_insn_vmread(field, value);
}

static __always_inline int vmcs_write_safe(unsigned long field, unsigned long value)
{
	return vmx_insn_vmwrite(field, value);
}

#endif /* XLHV_VMX_VMCS_H */
