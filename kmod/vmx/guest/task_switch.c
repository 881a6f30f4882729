// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hardware task switches: no guest can make one, each exits (SDM vol. 3, "Treatment of Task
 * Switches").  Systems for 32 bits use them where an exception must have a stack of its own: a
 * double fault, an NMI.  task.c carries them out; here are a vCPU's registers for it, and what
 * becomes of the event that went through a task gate.
 */
#include <linux/errno.h>
#include <linux/string.h>
#include <linux/types.h>
#include <asm/cpufeature.h>
#include <asm/debugreg.h>
#include <asm/trapnr.h>
#include <asm/vmx.h>

#include "ept/ept.h"
#include "vcpu/regs.h"
#include "vcpu/vcpu.h"
#include "vmx/guest/internal.h"
#include "vmx/guest/task.h"

/* Exit qualification. */
#define TASK_SELECTOR(q)	((q) & 0xffff)
#define TASK_BY(q)		((q) >> 30 & 3)

#define DR6_BT	BIT(15)
/* Breakpoints of one task, and exact ones. */
#define DR7_LOCAL	(DR_LOCAL_ENABLE_MASK | DR_LOCAL_SLOWDOWN)

static bool by_instruction(u32 info)
{
	switch (info & INTR_INFO_INTR_TYPE_MASK) {
	case INTR_TYPE_SOFT_INTR:
	case INTR_TYPE_PRIV_SW_EXCEPTION:
	case INTR_TYPE_SOFT_EXCEPTION:
		return true;
	default:
		return false;
	}
}

int vmx_exit_task_switch(struct vcpu *v)
{
	struct vmx_vcpu *x = &v->vmx;

	vmx_take_vectoring_info(v);
	x->instruction_length = vmcs_read32(VM_EXIT_INSTRUCTION_LEN);
	return VMX_NEXT_COLD;
}

/* In a window. */
static void read_registers(struct vcpu *v, const void *arg)
{
	struct task_cpu *cpu = (struct task_cpu *)arg;
	unsigned int i;

	for (i = 0; i < NR_SEGS; i++) {
		cpu->seg[i].selector = vmx_field_read(GUEST_ES_SELECTOR + 2 * i);
		cpu->seg[i].base = vmx_field_read(GUEST_ES_BASE + 2 * i);
		cpu->seg[i].limit = vmx_field_read(GUEST_ES_LIMIT + 2 * i);
		cpu->seg[i].ar = vmx_field_read(GUEST_ES_AR_BYTES + 2 * i);
	}
	cpu->gdt_base = vmcs_readl(GUEST_GDTR_BASE);
	cpu->gdt_limit = vmcs_read32(GUEST_GDTR_LIMIT);
	cpu->gpr[4] = vmcs_readl(GUEST_RSP);
}

/* In a window.  What handlers have left for the entry is written over what is written here. */
static void write_registers(struct vcpu *v, const void *arg)
{
	const struct task_cpu *cpu = arg;
	struct vmx_vcpu *x = &v->vmx;

	vmx_write_segments(cpu->seg);
	vmcs_writel(GUEST_CR3, x->cr3);
	vmcs_writel(GUEST_CR0, vmcs_readl(GUEST_CR0) | X86_CR0_TS);
	vmcs_writel(GUEST_PENDING_DBG_EXCEPTIONS, 0);
	vmx_set_dr7(x, vmcs_readl(GUEST_DR7) & ~(u64)DR7_LOCAL);
}

static void convert_fault(struct task_fault *to, const struct guest_fault *from)
{
	to->vector = from->kind == GUEST_FAULT_PAGE ? X86_TRAP_PF : X86_TRAP_GP;
	to->error = from->kind == GUEST_FAULT_PAGE ? from->error : 0;
	to->cr2 = from->linear;
}

static int access(void *ctx, u32 linear, void *buffer, size_t len, enum task_access how,
		  struct task_fault *fault)
{
	static const enum guest_access what[] = {
		[TASK_READ] = GUEST_READ_SYSTEM,
		[TASK_WRITE] = GUEST_WRITE_SYSTEM,
		[TASK_PUSH] = GUEST_WRITE,
	};
	struct guest_fault why;
	int err = guest_access(ctx, linear, buffer, len, what[how], &why);

	if (err == -EFAULT)
		convert_fault(fault, &why);
	return err;
}

/* guest_access() goes by what is remembered of the registers. */
static void switched(void *ctx, const struct task_cpu *cpu)
{
	struct vcpu *v = ctx;
	struct vmx_vcpu *x = &v->vmx;

	x->cr3 = cpu->cr3;
	x->ss_ar = cpu->seg[SEG_SS].ar;
	x->cs_ar = cpu->seg[SEG_CS].ar;
	x->rflags = cpu->eflags;
}

/* Takes over what the new task has, for the next entry. */
static int load(struct vcpu *v, const struct task_cpu *cpu)
{
	struct vmx_vcpu *x = &v->vmx;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cpu->gpr); i++)
		x->sw.gpr[i] = cpu->gpr[i];
	x->rsp = cpu->gpr[4];
	x->rip = cpu->eip;
	x->rflags = cpu->eflags;
	x->cr0 |= X86_CR0_TS;
	x->interruptibility &= ~(GUEST_INTR_STATE_STI | GUEST_INTR_STATE_MOV_SS);
	x->dirty = (x->dirty & ~VMX_DIRTY_STEP) | VMX_DIRTY_RIP | VMX_DIRTY_RSP |
		   VMX_DIRTY_RFLAGS | VMX_DIRTY_INTERRUPTIBILITY;
	if (cpu->paging) {
		x->dirty |= VMX_DIRTY_VPID;
		if (vmx_vcpu_cr4(v) & X86_CR4_PAE)
			x->dirty |= VMX_DIRTY_PDPTE;
	}
	return vmx_vcpu_window(v, write_registers, cpu);
}

/* An IRET lets NMIs in again, one that went through a task gate keeps them out. */
static void block_nmis(struct vcpu *v, bool blocked)
{
	struct vmx_vcpu *x = &v->vmx;

	if (blocked)
		x->interruptibility |= GUEST_INTR_STATE_NMI;
	else
		x->interruptibility &= ~GUEST_INTR_STATE_NMI;
	x->dirty |= VMX_DIRTY_INTERRUPTIBILITY;
}

static bool is_contributory(u8 vector)
{
	return vector == X86_TRAP_DE || (vector >= X86_TRAP_TS && vector <= X86_TRAP_GP);
}

/*
 * A fault of the switch, where @first went through a task gate, or 0.  Source: SDM vol. 3,
 * "Conditions for Generating a Double Fault".
 */
static int raise(struct vcpu *v, u32 first, const struct task_fault *fault)
{
	u8 before = first & INTR_INFO_VECTOR_MASK;
	bool page = fault->vector == X86_TRAP_PF;

	if ((first & INTR_INFO_INTR_TYPE_MASK) != INTR_TYPE_HARD_EXCEPTION || !first)
		before = X86_TRAP_BP;	/* benign */
	if (before == X86_TRAP_DF)
		return vmx_triple_fault(v);
	if (page)
		v->vmx.cr2 = fault->cr2;
	if (before == X86_TRAP_PF || (is_contributory(before) && !page))
		vmx_inject_exception(v, X86_TRAP_DF, true, 0);
	else
		vmx_inject_exception(v, fault->vector, true, fault->error);
	return 0;
}

int vmx_cold_task_switch(struct vcpu *v)
{
	struct vmx_vcpu *x = &v->vmx;
	const struct task_memory memory = { .access = access, .switched = switched, .ctx = v };
	u32 info = x->reinject_info;
	struct task_event event = {
		.by = TASK_BY(vmx_vcpu_qualification(v)),
		.selector = TASK_SELECTOR(vmx_vcpu_qualification(v)),
	};
	struct task_cpu cpu = {};
	struct task_fault fault;
	bool from_gate = event.by == TASK_GATE;
	unsigned int i;
	int err;

	err = vmx_vcpu_window(v, read_registers, &cpu);
	if (err)
		return err;
	for (i = 0; i < ARRAY_SIZE(cpu.gpr); i++)
		if (i != 4)
			cpu.gpr[i] = x->sw.gpr[i];
	cpu.eip = vmx_vcpu_rip(v);
	if (!from_gate || by_instruction(info))
		cpu.eip += x->instruction_length;
	cpu.eflags = vmx_vcpu_rflags(v);
	cpu.cr3 = vmx_vcpu_cr3(v);
	cpu.paging = vmx_vcpu_cr0(v) & X86_CR0_PG;
	if (from_gate) {
		event.external = !by_instruction(info);
		event.has_error = info & INTR_INFO_DELIVER_CODE_MASK;
		event.error = x->reinject_error;
	}
	err = task_switch(&cpu, &memory, &event, &fault);
	if (err == -ENOMEM) {
		/* The instruction is executed, or the event delivered, again. */
		vcpu_wait_for_memory(v);
		return VMX_STAY_RESCHED;
	}
	if (err == -EIO) {
		dom_crash(v->domain, "vCPU %u: no memory for the stack of task %#x", v->id,
			  event.selector);
		return VMX_STAY_RESCHED;
	}
	x->reinject_info = 0;
	if (from_gate && (info & INTR_INFO_INTR_TYPE_MASK) == INTR_TYPE_NMI_INTR)
		block_nmis(v, true);
	else if (event.by == TASK_IRET)
		block_nmis(v, false);
	if (err)
		return raise(v, from_gate ? info : 0, &fault);
	err = load(v, &cpu);
	if (err)
		return err;
	if (fault.vector != TASK_NO_FAULT)
		return raise(v, from_gate ? info : 0, &fault);
	if (cpu.debug_trap) {
		x->dr6 |= DR6_BT;
		vmx_inject_exception(v, X86_TRAP_DB, false, 0);
	}
	return 0;
}
