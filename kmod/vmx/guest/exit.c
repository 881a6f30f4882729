// SPDX-License-Identifier: GPL-2.0-only
/*
 * The exit table: one row an exit reason.  A row without a handler is an exit
 * that our controls should never cause: the domain is crashed with a report.
 */
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/stat.h>
#include <linux/types.h>
#include <asm/cpufeature.h>
#include <asm/processor.h>
#include <asm/trapnr.h>
#include <asm/tsc.h>
#include <asm/vmx.h>
#include <xen/interface/sched.h>

#include "ept/ept.h"
#include "hypercall/continuation.h"
#include "hypercall/hvm_params.h"
#include "hypercall/hypercall.h"
#include "lapic/lapic.h"
#include "trace.h"
#include "vcpu/regs.h"
#include "vcpu/vcpu.h"
#include "vmx/guest/alignment.h"
#include "vmx/guest/internal.h"
#include "vmx/guest/split_lock.h"
#include "vmx/root/caps.h"

/*
 * #AC is the guest's where it asked for alignment checks: it only exits so that a guest
 * cannot keep the CPU busy with raising it while it delivers it.  Else it is the host's:
 * a locked access across two cache lines, which stops the whole machine's memory, and
 * which the host has told the CPU to report.
 */
static int exit_alignment_check(struct vcpu *v, u32 info)
{
	struct vmx_vcpu *x = &v->vmx;
	bool guests = vmx_alignment_check_is_guests(boot_cpu_has(X86_FEATURE_SPLIT_LOCK_DETECT),
						    vmx_vcpu_cpl(v), vmx_vcpu_cr0(v),
						    vmx_vcpu_rflags(v));

	if (guests && x->reinject_info) {
		vmx_defer_broken_off(v);
	} else if (info & INTR_INFO_UNBLOCK_NMI && !x->reinject_info) {
		/* The IRET that faulted had already unblocked NMIs. */
		vmx_vcpu_interruptibility(v);
		x->interruptibility |= GUEST_INTR_STATE_NMI;
		x->dirty |= VMX_DIRTY_INTERRUPTIBILITY;
	}
	if (!guests)
		return VMX_NEXT_COLD;
	vmx_inject_exception(v, X86_TRAP_AC, true, vmcs_read32(VM_EXIT_INTR_ERROR_CODE));
	return VMX_RESUME;
}

/* Hand an NMI that ended the stay to the host.  It is blocked until the handler's IRET. */
void vmx_host_nmi(void)
{
	if ((vmcs_read32(VM_EXIT_INTR_INFO) & INTR_INFO_INTR_TYPE_MASK) == INTR_TYPE_NMI_INTR)
		asm volatile("int $2" ::: "memory");
}

static int exit_exception_nmi(struct vcpu *v)
{
	u32 info = vmcs_read32(VM_EXIT_INTR_INFO);

	vmx_take_vectoring_info(v);
	if ((info & INTR_INFO_INTR_TYPE_MASK) == INTR_TYPE_NMI_INTR)
		return VMX_RESUME;	/* of the host, which has had it: vmx_host_nmi() */
	v->vmx.exit_vector = info & INTR_INFO_VECTOR_MASK;
	if (v->vmx.exit_vector == X86_TRAP_MC)
		return vmx_machine_check() ? VMX_NEXT_COLD : VMX_RESUME;
	if (v->vmx.exit_vector == X86_TRAP_AC)
		return exit_alignment_check(v, info);
	if ((info & INTR_INFO_VECTOR_MASK) == X86_TRAP_DB) {
		vmx_reflect_debug(v, info);
		return VMX_RESUME;
	}
	return -EOPNOTSUPP;
}

static int cold_machine_check(struct vcpu *v)
{
	v->lost_memory = true;
	dom_crash(v->domain, "vCPU %u: machine check: memory that it used is lost", v->id);
	return VMX_STAY_RESCHED;
}

/* What the access broke off is delivered again with it. */
static int cold_split_lock(struct vcpu *v)
{
	u64 rip = vmx_vcpu_rip(v);

	if (vmx_split_lock_passes(&v->domain->split_lock, rip))
		return 0;
	/* The signal for it is a process's; a thread of the kernel would only stop sleeping. */
	flush_signals(current);
	dom_crash(v->domain, "vCPU %u: split lock at %#llx, which the host does not allow",
		  v->id, rip);
	return VMX_STAY_RESCHED;
}

static int cold_exception(struct vcpu *v)
{
	return v->vmx.exit_vector == X86_TRAP_MC ? cold_machine_check(v) : cold_split_lock(v);
}

/* Not acknowledged by the exit: it is delivered when interrupts are on. */
static int exit_external_interrupt(struct vcpu *v)
{
	return VMX_NEXT_IRQ;
}

static int exit_triple_fault(struct vcpu *v)
{
	return VMX_NEXT_COLD;
}

/**
 * vmx_triple_fault() - the vCPU has met a fault that it cannot report
 * @v: own thread, outside of a stay
 *
 * Return: VMX_STAY_RESCHED: the domain has shut down.
 */
int vmx_triple_fault(struct vcpu *v)
{
	u64 code = SHUTDOWN_reboot;

	hvm_param_get(v->domain, HVM_PARAM_TRIPLE_FAULT_REASON, &code);
	dom_warn(v->domain, "vCPU %u: triple fault at %#llx\n", v->id, vmx_vcpu_rip(v));
	if (code == SHUTDOWN_crash)
		dom_crash(v->domain, "vCPU %u: triple fault", v->id);
	else
		dom_shutdown(v->domain, code);
	return VMX_STAY_RESCHED;
}

/* INIT and SIPI of the host are blocked or not ours while a guest runs: nothing to do. */
static int exit_ignore(struct vcpu *v)
{
	return VMX_RESUME;
}

static int exit_window(struct vcpu *v)
{
	v->vmx.recheck = true;
	return VMX_RESUME;
}

static int exit_skip(struct vcpu *v)
{
	vmx_skip_instruction(v);
	return VMX_RESUME;
}

static int exit_ud(struct vcpu *v)
{
	vmx_inject_ud(v);
	return VMX_RESUME;
}

static int exit_gp(struct vcpu *v)
{
	vmx_inject_gp(v);
	return VMX_RESUME;
}

static int exit_hlt(struct vcpu *v)
{
	vmx_skip_instruction(v);
	if (!(vmx_vcpu_rflags(v) & X86_EFLAGS_IF) && !v->vmx.nmi_pending &&
	    !(READ_ONCE(v->lapic.mail) & BIT(LAPIC_MAIL_NMI)))
		return VMX_NEXT_COLD;
	set_bit(VCPU_BLOCKED, &v->flags);
	return VMX_STAY_BLOCK;
}

/* HLT with interrupts off: nothing but an NMI could wake it, so it is down. */
static int cold_hlt(struct vcpu *v)
{
	vcpu_down(v);
	return VMX_STAY_RESCHED;
}

/* Bits of a segment's access rights. */
#define AR_CONFORMING	BIT(2)
#define AR_DPL		(BIT(5) | BIT(6))
#define AR_LONG		BIT(13)

/* 64-bit code of the guest's kernel, by one look at CS: the usual caller. */
static __always_inline bool called_by_long_kernel(struct vcpu *v)
{
	return (v->vmx.efer & EFER_LMA) &&
	       (vmx_vcpu_cs_ar(v) & (AR_LONG | AR_DPL | AR_CONFORMING)) == AR_LONG;
}

/* Any caller's registers.  Return: the caller is 64-bit code. */
static bool hypercall_args(struct vcpu *v, u64 *nr, u64 *args)
{
	static const u8 wide_args[] = { 7, 6, 2, 10, 8 }, narrow_args[] = { 3, 1, 2, 6, 7 };
	bool wide = vmx_vcpu_long_mode(v);
	const u64 *r = v->vmx.sw.gpr;
	unsigned int i;

	*nr = wide ? r[0] : (u32)r[0];
	for (i = 0; i < ARRAY_SIZE(wide_args); i++)
		args[i] = wide ? r[wide_args[i]] : (u32)r[narrow_args[i]];
	return wide;
}

static noinline void trace_hypercall(struct vcpu *v, long rc)
{
	u64 nr, args[5];

	hypercall_args(v, &nr, args);
	trace_xlhv_hypercall(v, nr, args, rc);
}

/* By 32-bit code, or not by the kernel. */
static noinline long odd_hypercall(struct vcpu *v)
{
	u64 nr, args[5];
	bool wide;
	long rc;

	wide = hypercall_args(v, &nr, args);
	rc = vmx_vcpu_cpl(v) ? -EPERM : hypercall(v, args[0], args[1], args[2], nr);
	return wide || rc == -EAGAIN || rc == HYPERCALL_GOES_ON ? rc : (u32)rc;
}

/* Return: what RAX becomes; -EAGAIN in the inner loop: call again outside. */
static __always_inline long do_hypercall(struct vcpu *v)
{
	const u64 *r = v->vmx.sw.gpr;
	long rc;

	if (likely(called_by_long_kernel(v)))
		rc = hypercall(v, r[7], r[6], r[2], r[0]);
	else
		rc = odd_hypercall(v);
	if (trace_xlhv_hypercall_enabled() && rc != -EAGAIN)
		trace_hypercall(v, rc);
	return rc;
}

static __always_inline int after_hypercall(struct vcpu *v, long rc)
{
	v->vmx.sw.gpr[0] = rc;
	/* SCHEDOP_block and poll, and the shutdown of the domain. */
	return unlikely(test_bit(VCPU_BLOCKED, &v->flags)) ? VMX_STAY_BLOCK : 0;
}

int vmx_exit_vmcall(struct vcpu *v)
{
	long rc = do_hypercall(v);

	if (unlikely(rc == -EAGAIN)) {
		v->vmx.instruction_length = vmcs_read32(VM_EXIT_INSTRUCTION_LEN);
		return VMX_NEXT_COLD;
	}
	vmx_skip_instruction(v);
	return after_hypercall(v, rc);
}

/*
 * The call gave way: the guest stands before the instruction again, with other
 * arguments.  The shadow of an STI ends as it does between two rounds of a string
 * instruction, so that events come in between; a single step ends with the call.
 */
static int call_again(struct vcpu *v, u64 rip, unsigned int step)
{
	static const u8 wide_args[] = { 7, 6, 2 }, narrow_args[] = { 3, 1, 2 };
	bool wide = vmx_vcpu_long_mode(v);
	struct vmx_vcpu *x = &v->vmx;
	unsigned int nr, i;

	/* Those that the call does not take are none of ours. */
	nr = hypercall_nr_args(x->sw.gpr[0]);
	BUILD_BUG_ON(ARRAY_SIZE(wide_args) != ARRAY_SIZE(v->go_on));
	for (i = 0; i < min_t(unsigned int, nr, ARRAY_SIZE(v->go_on)); i++) {
		if (wide)
			x->sw.gpr[wide_args[i]] = v->go_on[i];
		else
			x->sw.gpr[narrow_args[i]] = (u32)v->go_on[i];
	}
	x->rip = rip;
	x->dirty = (x->dirty & ~VMX_DIRTY_STEP) | step;
	return unlikely(test_bit(VCPU_BLOCKED, &v->flags)) ? VMX_STAY_BLOCK : 0;
}

static int cold_vmcall(struct vcpu *v)
{
	unsigned int step = v->vmx.dirty & VMX_DIRTY_STEP;
	u64 rip = vmx_vcpu_rip(v);
	long rc;

	/* RIP first: a domain that shuts down in the call stands behind it. */
	vmx_skip_bytes(v, v->vmx.instruction_length);
	rc = do_hypercall(v);
	if (rc == HYPERCALL_GOES_ON)
		return call_again(v, rip, step);
	return after_hypercall(v, rc);
}

/* Exit qualification for EPT violations. */
#define EPTV_WRITE	BIT(1)
#define EPTV_FETCH	BIT(2)
#define EPTV_LINEAR_FINAL	(BIT(7) | BIT(8))	/* the access itself, not a page walk */
#define EPTV_NMI_UNBLOCK	BIT(12)

static int exit_ept_violation(struct vcpu *v)
{
	struct vmx_vcpu *x = &v->vmx;
	u64 q = vmx_vcpu_qualification(v);
	int err;

	x->guest_physical = vmcs_read64(GUEST_PHYSICAL_ADDRESS);
	vmx_take_vectoring_info(v);
	if (unlikely((q & EPTV_NMI_UNBLOCK) && !x->reinject_info)) {
		/* The IRET that faulted had already unblocked NMIs. */
		vmx_vcpu_interruptibility(v);
		x->interruptibility |= GUEST_INTR_STATE_NMI;
		x->dirty |= VMX_DIRTY_INTERRUPTIBILITY;
	}
	err = ept_fault_atomic(v, x->guest_physical, q & EPTV_WRITE, q & EPTV_FETCH);
	if (!err)
		return VMX_RESUME;
	x->rsp = vmcs_readl(GUEST_RSP);
	x->cs_base = vmcs_readl(GUEST_CS_BASE);
	return VMX_NEXT_COLD;
}

static int cold_ept_violation(struct vcpu *v)
{
	struct vmx_vcpu *x = &v->vmx;
	u64 q = x->qualification;
	int err = ept_fault(v, x->guest_physical, q & EPTV_WRITE, q & EPTV_FETCH);

	switch (err) {
	case 0:
		return 0;
	case -ENOMEM:
		vcpu_wait_for_memory(v);
		return VMX_STAY_RESCHED;
	case -EFAULT:
	case -EACCES:
		/* A write to what is read-only goes nowhere, like one to a hole. */
		if (x->reinject_info)
			break;
		if (!(q & EPTV_FETCH) && (q & EPTV_LINEAR_FINAL) == EPTV_LINEAR_FINAL) {
			err = vmx_mmio(v, x->guest_physical, q & EPTV_WRITE);
			if (!err)
				return 0;
			if (err == -ENOMEM) {
				vcpu_wait_for_memory(v);
				return VMX_STAY_RESCHED;
			}
		}
		/* What cannot be carried out is Xen's #GP. */
		vmx_inject_gp(v);
		return 0;
	case -EPERM:
		if (x->reinject_info)
			break;
		/* As on Xen: a mapped grant is no device, its writer is told. */
		vmx_inject_gp(v);
		return 0;
	}
	log_printf(&v->domain->log,
		   "vCPU %u: %s of guest-physical address %#llx in the middle of an event\n", v->id,
		   q & EPTV_WRITE ? "write" : q & EPTV_FETCH ? "fetch" : "read", x->guest_physical);
	return err;
}

/* After a write to the virtual-APIC page by the guest: trap-like, RIP is past it. */
static int exit_apic_write(struct vcpu *v)
{
	lapic_written(v, vmx_vcpu_qualification(v) & 0xfff);
	return VMX_RESUME;
}

static int exit_eoi(struct vcpu *v)
{
	return VMX_RESUME;
}

static int exit_preemption_timer(struct vcpu *v)
{
	/* Deadlines, and the end of the slice, are looked at before each entry. */
	return VMX_RESUME;
}

/* It waits for another vCPU, and whoever waits for this CPU may be that one. */
static int exit_pause(struct vcpu *v)
{
	vmx_skip_instruction(v);
	return single_task_running() ? VMX_RESUME : VMX_NEXT_COLD;
}

static int cold_pause(struct vcpu *v)
{
	yield();
	return 0;
}

const struct vmx_exit vmx_exits[VMX_NR_EXITS] = {
	[EXIT_REASON_EXCEPTION_NMI] = { exit_exception_nmi, cold_exception },
	[EXIT_REASON_EXTERNAL_INTERRUPT] = { exit_external_interrupt },
	[EXIT_REASON_TRIPLE_FAULT] = { exit_triple_fault, vmx_triple_fault },
	[EXIT_REASON_INIT_SIGNAL] = { exit_ignore },
	[EXIT_REASON_SIPI_SIGNAL] = { exit_ignore },
	[EXIT_REASON_INTERRUPT_WINDOW] = { exit_window },
	[EXIT_REASON_NMI_WINDOW] = { exit_window },
	[EXIT_REASON_TASK_SWITCH] = { vmx_exit_task_switch, vmx_cold_task_switch },
	[EXIT_REASON_CPUID] = { vmx_exit_cpuid },
	[EXIT_REASON_HLT] = { exit_hlt, cold_hlt },
	[EXIT_REASON_INVD] = { exit_skip },	/* would lose the host's dirty lines */
	[EXIT_REASON_RDPMC] = { exit_gp },	/* no counters are offered */
	[EXIT_REASON_VMCALL] = { vmx_exit_vmcall, cold_vmcall },
	[EXIT_REASON_VMCLEAR] = { exit_ud },
	[EXIT_REASON_VMLAUNCH] = { exit_ud },
	[EXIT_REASON_VMPTRLD] = { exit_ud },
	[EXIT_REASON_VMPTRST] = { exit_ud },
	[EXIT_REASON_VMREAD] = { exit_ud },
	[EXIT_REASON_VMRESUME] = { exit_ud },
	[EXIT_REASON_VMWRITE] = { exit_ud },
	[EXIT_REASON_VMOFF] = { exit_ud },
	[EXIT_REASON_VMON] = { exit_ud },
	[EXIT_REASON_INVEPT] = { exit_ud },
	[EXIT_REASON_INVVPID] = { exit_ud },
	[EXIT_REASON_CR_ACCESS] = { vmx_exit_cr_access },
	[EXIT_REASON_DR_ACCESS] = { vmx_exit_dr_access },
	[EXIT_REASON_IO_INSTRUCTION] = { vmx_exit_io, vmx_cold_io },
	[EXIT_REASON_MSR_READ] = { vmx_exit_rdmsr },
	[EXIT_REASON_MSR_WRITE] = { vmx_exit_wrmsr, vmx_cold_wrmsr },
	[EXIT_REASON_MWAIT_INSTRUCTION] = { exit_ud },	/* not offered */
	[EXIT_REASON_MONITOR_INSTRUCTION] = { exit_ud },
	[EXIT_REASON_PAUSE_INSTRUCTION] = { exit_pause, cold_pause },
	[EXIT_REASON_EOI_INDUCED] = { exit_eoi },
	[EXIT_REASON_TPR_BELOW_THRESHOLD] = { exit_window },
	[EXIT_REASON_EPT_VIOLATION] = { exit_ept_violation, cold_ept_violation },
	[EXIT_REASON_PREEMPTION_TIMER] = { exit_preemption_timer },
	[EXIT_REASON_WBINVD] = { exit_skip },	/* no device sees the guest's caches */
	[EXIT_REASON_XSETBV] = { vmx_exit_xsetbv },
	[EXIT_REASON_APIC_WRITE] = { exit_apic_write },
	[EXIT_REASON_INVPCID] = { exit_ud },
	[EXIT_REASON_ENCLS] = { exit_ud },	/* no SGX is offered */
	[EXIT_REASON_VMFUNC] = { exit_ud },
	[EXIT_REASON_XSAVES] = { exit_gp },	/* IA32_XSS is 0: cannot happen */
	[EXIT_REASON_XRSTORS] = { exit_gp },
	/* They exit whether they are offered or not, on CPUs that have them. */
	[EXIT_REASON_SEAMCALL] = { exit_ud },
	[EXIT_REASON_TDCALL] = { exit_ud },
	[EXIT_REASON_MSR_READ_IMM] = { exit_ud },
	[EXIT_REASON_MSR_WRITE_IMM] = { exit_ud },
};
