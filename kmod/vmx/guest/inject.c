// SPDX-License-Identifier: GPL-2.0-only
/*
 * What goes into the guest at the next entry, and what an emulated instruction
 * leaves behind.
 *
 * Order of events (SDM vol. 3, "Priority Among Concurrent Events"): one whose
 * delivery an exit interrupted; an exception that we raise; an NMI; the upcall
 * of the global callback vector, which Xen puts above the local APIC; the local
 * APIC.  What cannot be delivered now waits for its window.
 *
 * An NMI comes by lapic_post_nmi(): from an IPI, a hypercall or the host (lapic/ioctl.c).
 */
#include <linux/types.h>
#include <asm/processor.h>
#include <asm/trapnr.h>
#include <asm/vmx.h>

#include "ept/ept.h"
#include "lapic/lapic.h"
#include "trace.h"
#include "vcpu/regs.h"
#include "vcpu/vcpu.h"
#include "vmx/guest/internal.h"
#include "vmx/root/caps.h"

#define INTR_INFO_DELIVER_LENGTH(info)						\
	(((info) & INTR_INFO_INTR_TYPE_MASK) == INTR_TYPE_SOFT_INTR ||		\
	 ((info) & INTR_INFO_INTR_TYPE_MASK) == INTR_TYPE_PRIV_SW_EXCEPTION ||	\
	 ((info) & INTR_INFO_INTR_TYPE_MASK) == INTR_TYPE_SOFT_EXCEPTION)

/**
 * vmx_inject_exception() - raise a fault at the next entry
 * @v: own thread
 * @vector: exception
 * @has_error: it pushes an error code
 * @error: the code
 *
 * A second one before that entry is a double fault where the SDM says so; our
 * callers raise at most one per exit.
 */
void vmx_inject_exception(struct vcpu *v, unsigned int vector, bool has_error, u32 error)
{
	struct vmx_vcpu *x = &v->vmx;

	/* Real mode pushes no error codes. */
	has_error = has_error && (vmx_vcpu_cr0(v) & X86_CR0_PE);
	x->exception_info = vector | INTR_TYPE_HARD_EXCEPTION | INTR_INFO_VALID_MASK |
			    (has_error ? INTR_INFO_DELIVER_CODE_MASK : 0);
	x->exception_error = error;
	x->recheck = true;
}

void vmx_inject_gp(struct vcpu *v)
{
	vmx_inject_exception(v, X86_TRAP_GP, true, 0);
}

void vmx_inject_ud(struct vcpu *v)
{
	vmx_inject_exception(v, X86_TRAP_UD, false, 0);
}

/**
 * vmx_inject_fault() - an access that we made in the guest's stead has a fault
 * @v: own thread
 * @fault: of guest_access()
 */
void vmx_inject_fault(struct vcpu *v, const struct guest_fault *fault)
{
	if (fault->kind != GUEST_FAULT_PAGE) {
		vmx_inject_gp(v);
		return;
	}
	/* CR2 is not switched by the CPU: run.c loads it for the entry. */
	v->vmx.cr2 = fault->linear;
	vmx_inject_exception(v, X86_TRAP_PF, true, fault->error);
}

/**
 * vmx_take_vectoring_info() - remember an event whose delivery the exit broke off
 * @v: in a window, after an exit that can come in the middle of a delivery
 *
 * Source: SDM vol. 3, "Information for VM Exits That Occur During Event Delivery".
 */
void vmx_take_vectoring_info(struct vcpu *v)
{
	struct vmx_vcpu *x = &v->vmx;
	u32 info = vmcs_read32(IDT_VECTORING_INFO_FIELD);

	if (likely(!(info & VECTORING_INFO_VALID_MASK)))
		return;
	/* The same layout but for bit 12, which an entry wants clear. */
	x->reinject_info = info & ~INTR_INFO_UNBLOCK_NMI;
	x->recheck = true;
	if (info & VECTORING_INFO_DELIVER_CODE_MASK)
		x->reinject_error = vmcs_read32(IDT_VECTORING_ERROR_CODE);
	if (INTR_INFO_DELIVER_LENGTH(info))
		x->reinject_length = vmcs_read32(VM_EXIT_INSTRUCTION_LEN);
	if ((info & INTR_INFO_INTR_TYPE_MASK) == INTR_TYPE_NMI_INTR) {
		/* It comes again, and the entry that injects it wants no blocking. */
		vmx_vcpu_interruptibility(v);
		x->interruptibility &= ~GUEST_INTR_STATE_NMI;
		x->dirty |= VMX_DIRTY_INTERRUPTIBILITY;
	}
}

/**
 * vmx_defer_broken_off() - an exception came up while an event was delivered
 * @v: in a window, after vmx_take_vectoring_info()
 *
 * For exceptions that are benign (SDM vol. 3, "Interrupt 8, Double Fault
 * Exception"): there is no double fault, the exception goes first.  What the guest's
 * instruction raised is raised by it again.  What came from outside waits where it
 * came from.
 */
void vmx_defer_broken_off(struct vcpu *v)
{
	struct vmx_vcpu *x = &v->vmx;
	u32 info = x->reinject_info;

	x->reinject_info = 0;
	if (!info)
		return;
	/* The upcall of the callback vector needs nothing: it is pending all the time. */
	if ((info & INTR_INFO_INTR_TYPE_MASK) == INTR_TYPE_EXT_INTR)
		lapic_return(v, info & INTR_INFO_VECTOR_MASK);
	else if ((info & INTR_INFO_INTR_TYPE_MASK) == INTR_TYPE_NMI_INTR)
		vmx_pend_nmi(v);
}

/* Switch primary controls, as far as they differ.  In a window. */
void vmx_set_proc_ctl(struct vcpu *v, u32 bits, bool on)
{
	struct vmx_vcpu *x = &v->vmx;
	u32 ctl = on ? x->ctl_proc | bits : x->ctl_proc & ~bits;

	if (ctl == x->ctl_proc)
		return;
	x->ctl_proc = ctl;
	vmcs_write32(CPU_BASED_VM_EXEC_CONTROL, ctl);
}

static void inject_info(struct vcpu *v, u32 info, u32 error, u32 length)
{
	struct vmx_vcpu *x = &v->vmx;

	trace_xlhv_inject(v, info, error);
	x->armed = true;
	x->injected++;
	if (info & INTR_INFO_DELIVER_CODE_MASK)
		vmcs_write32(VM_ENTRY_EXCEPTION_ERROR_CODE, error);
	if (INTR_INFO_DELIVER_LENGTH(info))
		vmcs_write32(VM_ENTRY_INSTRUCTION_LEN, length);
	vmcs_write32(VM_ENTRY_INTR_INFO_FIELD, info);
}

/*
 * Does the entry begin with a debug trap?  An event that it injects would go first, and
 * the CPU would forget the trap.  Without TF and breakpoints there is none.
 */
static bool debug_trap_due(struct vcpu *v)
{
	struct vmx_vcpu *x = &v->vmx;

	if (likely(!(vmx_vcpu_rflags(v) & X86_EFLAGS_TF) && !(x->exceptions & BIT(X86_TRAP_DB))))
		return false;
	return x->dirty & VMX_DIRTY_STEP ||
	       vmcs_readl(GUEST_PENDING_DBG_EXCEPTIONS) &
	       (PENDING_DB_BREAKPOINT | PENDING_DB_STEP);
}

/* Vector to deliver by hand, or -1.  *@lapic: it comes from the local APIC. */
static int next_vector(struct vcpu *v, bool *lapic)
{
	u8 callback = READ_ONCE(v->domain->params.callback_vector);

	*lapic = false;
	if (callback && !READ_ONCE(v->evtchn.upcall_vector) && vcpu_upcall_pending(v))
		return callback;
	/* With virtual-interrupt delivery the CPU takes it from there. */
	if (v->vmx.ctl_proc2 & SECONDARY_EXEC_VIRTUAL_INTR_DELIVERY)
		return -1;
	*lapic = true;
	return lapic_pending(v);
}

/**
 * vmx_inject_events() - decide what the next entry delivers
 * @v: in a window, before the entry
 *
 * Called when something may be deliverable: after a request, while something
 * waits, or when an upcall is pending.
 */
void vmx_inject_events(struct vcpu *v)
{
	struct vmx_vcpu *x = &v->vmx;
	bool lapic, busy = false, after_sti = false;
	int vector;

	if (unlikely(x->armed)) {
		/*
		 * An entry that did not come about left an event in the VMCS.  What has come
		 * since waits for the guest to be open again, not for the next exit.
		 */
		x->recheck = true;
		vmx_set_proc_ctl(v, CPU_BASED_INTR_WINDOW_EXITING, true);
		if (READ_ONCE(v->lapic.mail) & BIT(LAPIC_MAIL_NMI))
			vmx_set_proc_ctl(v, CPU_BASED_NMI_WINDOW_EXITING, true);
		return;
	}
	x->recheck = false;
	/* What other CPUs sent: interrupts into the IRR, an NMI into nmi_pending. */
	lapic_sync(v);
	if (x->reinject_info) {
		inject_info(v, x->reinject_info, x->reinject_error, x->reinject_length);
		x->reinject_info = 0;
		busy = true;
		/* A fault of ours that came on top waits for the handler's first exit. */
		if (x->exception_info)
			x->recheck = true;
	} else if (x->exception_info) {
		inject_info(v, x->exception_info, x->exception_error, 0);
		x->exception_info = 0;
		busy = true;
	}

	if (x->nmi_pending) {
		u32 blocked = vmx_vcpu_interruptibility(v);

		if (!busy && !(blocked & (GUEST_INTR_STATE_NMI | GUEST_INTR_STATE_MOV_SS |
					  GUEST_INTR_STATE_STI)) && !debug_trap_due(v)) {
			inject_info(v, NMI_VECTOR_INFO, 0, 0);
			x->nmi_pending = false;
			busy = true;
		}
		/*
		 * A CPU may open the NMI window in the shadow of STI, in which it may also
		 * refuse the NMI; the interrupt window opens after it.
		 */
		after_sti = x->nmi_pending && (blocked & GUEST_INTR_STATE_STI);
		vmx_set_proc_ctl(v, CPU_BASED_NMI_WINDOW_EXITING, x->nmi_pending && !after_sti);
		if (x->nmi_pending)
			x->recheck = true;
	}

	vector = next_vector(v, &lapic);
	if (vector >= 0 && !busy && vmx_vcpu_interruptible(v) && !debug_trap_due(v)) {
		inject_info(v, vector | INTR_TYPE_EXT_INTR | INTR_INFO_VALID_MASK, 0, 0);
		if (lapic) {
			lapic_accept(v, vector);
			vector = lapic_pending(v);
		} else {
			vector = -1;
		}
	}
	if ((x->ctl_proc & CPU_BASED_TPR_SHADOW) &&
	    !(x->ctl_proc2 & SECONDARY_EXEC_VIRTUAL_INTR_DELIVERY)) {
		u32 threshold = vector < 0 ? lapic_tpr_threshold(v) : 0;

		/* An exit as soon as the guest lowers its priority enough. */
		if (threshold != x->tpr_threshold) {
			x->tpr_threshold = threshold;
			vmcs_write32(TPR_THRESHOLD, threshold);
		}
	}
	/* The window opens when the guest can take one: then we look again. */
	vmx_set_proc_ctl(v, CPU_BASED_INTR_WINDOW_EXITING, vector >= 0 || after_sti);
}
