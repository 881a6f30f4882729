// SPDX-License-Identifier: GPL-2.0-only
/*
 * Debug registers and debug exceptions.
 *
 * While no breakpoint is enabled debug exceptions are between the CPU and the
 * guest: a single step, INT1 and the trap of a task cost nothing.  With one enabled
 * they exit, because the delivery of a debug exception can meet a breakpoint itself:
 * on the stack that it writes, on the first instruction of its handler.  The CPU
 * would deliver the next one at once, and so on, and no interrupt of the host would
 * ever get through.  Each exit and entry lets the host have its turn.
 *
 * Such an exit leaves DR6 and DR7 to us, and an entry that injects the exception
 * does not change them either (SDM vol. 3, "Architectural State Before a VM Exit").
 */
#include <linux/types.h>
#include <asm/cpufeature.h>
#include <asm/debugreg.h>
#include <asm/processor.h>
#include <asm/trapnr.h>
#include <asm/vmx.h>

#include "vcpu/regs.h"
#include "vcpu/vcpu.h"
#include "vmx/guest/internal.h"

#define DR6_BD		BIT(13)
#define DR7_GD		BIT(13)
/* Exit qualification of a debug exception: B3 to B0, BD, BS, at their places in DR6. */
#define DB_MATCHED	0xfUL
#define DB_CONDITIONS	(DB_MATCHED | DR6_BD | BIT(14))

#define DR_NUMBER(q)	((q) & 7)
#define DR_FROM(q)	((q) & BIT(4))
#define DR_GPR(q)	((q) >> 8 & 15)

static bool breakpoints_on(const struct vmx_vcpu *x)
{
	return x->dr7 & (DR_GLOBAL_ENABLE_MASK | DR_LOCAL_ENABLE_MASK);
}

/**
 * vmx_set_dr7() - DR7 of the guest, with what depends on it
 * @x: in a window
 * @value: as the guest reads it
 */
void vmx_set_dr7(struct vmx_vcpu *x, u64 value)
{
	u32 exceptions;

	x->dr7 = value;
	vmcs_writel(GUEST_DR7, value);
	exceptions = breakpoints_on(x) ? x->exceptions | BIT(X86_TRAP_DB) :
					 x->exceptions & ~BIT(X86_TRAP_DB);
	if (exceptions != x->exceptions) {
		x->exceptions = exceptions;
		vmcs_write32(EXCEPTION_BITMAP, exceptions);
	}
}

/* Breakpoint addresses matter only while one is enabled.  In a window: DR7 has none on. */
static void load_addresses(struct vmx_vcpu *x)
{
	if (!breakpoints_on(x))
		return;
	set_debugreg(x->dr[0], 0);
	set_debugreg(x->dr[1], 1);
	set_debugreg(x->dr[2], 2);
	set_debugreg(x->dr[3], 3);
}

/*
 * Start of a window, which has taken out the host's breakpoints.  DR6 goes with the
 * window, too: the kernel's handler takes what it finds there for its own, and one of
 * its breakpoints can be met by an interrupt.
 */
void vmx_dr_enter_guest(struct vmx_vcpu *x)
{
	unsigned long dr6;

	load_addresses(x);
	/* Looked at first, as writing costs more. */
	get_debugreg(dr6, 6);
	if (unlikely(dr6 != x->dr6))
		set_debugreg(x->dr6, 6);
}

/* End of a window: DR6 is as the kernel's handler leaves it. */
void vmx_dr_leave_guest(struct vmx_vcpu *x)
{
	unsigned long dr6;

	get_debugreg(dr6, 6);
	x->dr6 = dr6;
	if (unlikely(dr6 != DR6_RESERVED))
		set_debugreg(DR6_RESERVED, 6);
}

/*
 * What the CPU does to debug registers as it raises a debug exception.  DR6 is the
 * guest's during a window.
 */
static void raise(struct vmx_vcpu *x, unsigned long conditions, unsigned long forget)
{
	unsigned long dr6;

	get_debugreg(dr6, 6);
	x->dr6 = (dr6 & ~forget) | conditions;
	set_debugreg(x->dr6, 6);
	/* Its handler may look at the debug registers. */
	if (x->dr7 & DR7_GD)
		vmx_set_dr7(x, x->dr7 & ~(u64)DR7_GD);
}

/**
 * vmx_reflect_debug() - a debug exception exited: it is the guest's
 * @v: in a window
 * @info: interruption information of the exit
 *
 * The RFLAGS that the exit saved are those that the exception pushes, RF included.
 */
void vmx_reflect_debug(struct vcpu *v, u32 info)
{
	struct vmx_vcpu *x = &v->vmx;
	unsigned long conditions = vmx_vcpu_qualification(v) & DB_CONDITIONS;

	vmx_defer_broken_off(v);
	/*
	 * Delivery ends the shadow of STI or MOV SS.  If it stayed, an entry would want
	 * to see a single step pending with TF, which this exit has taken out.
	 */
	if (vmx_vcpu_interruptibility(v) & (GUEST_INTR_STATE_STI | GUEST_INTR_STATE_MOV_SS)) {
		x->interruptibility &= ~(GUEST_INTR_STATE_STI | GUEST_INTR_STATE_MOV_SS);
		x->dirty |= VMX_DIRTY_INTERRUPTIBILITY;
	}
	if ((info & INTR_INFO_INTR_TYPE_MASK) == INTR_TYPE_PRIV_SW_EXCEPTION) {
		/* INT1: RIP is at it, it sets no bits, but what MOV SS left may come along. */
		if (conditions & DB_MATCHED)
			raise(x, conditions & DB_MATCHED, 0);
		x->reinject_info = X86_TRAP_DB | INTR_TYPE_PRIV_SW_EXCEPTION | INTR_INFO_VALID_MASK;
		x->reinject_length = vmcs_read32(VM_EXIT_INSTRUCTION_LEN);
		x->recheck = true;
		return;
	}
	raise(x, conditions, DB_MATCHED);
	vmx_inject_exception(v, X86_TRAP_DB, false, 0);
}

static void write_dr(struct vmx_vcpu *x, unsigned int nr, u64 value)
{
	switch (nr) {
	case 6:
		x->dr6 = (value & 0xe00f) | DR6_RESET;
		set_debugreg(x->dr6, 6);
		break;
	case 7:
		vmx_set_dr7(x, (value & 0xffff2bff) | DR7_RESET);
		load_addresses(x);
		break;
	default:
		x->dr[nr] = value;
		load_addresses(x);
	}
}

/* MOV DR: rare, so always emulated; breakpoints that are on are in the CPU. */
int vmx_exit_dr_access(struct vcpu *v)
{
	struct vmx_vcpu *x = &v->vmx;
	u64 q = vmx_vcpu_qualification(v);
	unsigned int nr = DR_NUMBER(q), gpr = DR_GPR(q);
	unsigned long value;

	/*
	 * This exit comes before the checks that the CPU would do (SDM vol. 3,
	 * "Instructions That Cause VM Exits Conditionally", MOV DR).
	 */
	if (nr == 4 || nr == 5) {
		if (vmx_vcpu_cr4(v) & X86_CR4_DE) {
			vmx_inject_ud(v);
			return VMX_RESUME;
		}
		nr += 2;
	}
	if (vmx_vcpu_cpl(v)) {
		vmx_inject_gp(v);
		return VMX_RESUME;
	}
	/* A delivery by the CPU alone may have cleared GD. */
	x->dr7 = vmcs_readl(GUEST_DR7);
	if (x->dr7 & DR7_GD) {
		raise(x, DR6_BD, DB_MATCHED);
		vmx_inject_exception(v, X86_TRAP_DB, false, 0);
		return VMX_RESUME;
	}
	if (DR_FROM(q)) {
		if (nr < 4)
			value = x->dr[nr];
		else if (nr == 6)
			get_debugreg(value, 6);
		else
			value = x->dr7;
		vmx_gpr_write(v, gpr, value);
	} else {
		value = vmx_gpr_read(v, gpr);
		if (nr >= 6 && value >> 32) {
			vmx_inject_gp(v);
			return VMX_RESUME;
		}
		write_dr(x, nr, value);
	}
	vmx_skip_instruction(v);
	return VMX_RESUME;
}
