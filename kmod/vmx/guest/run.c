// SPDX-License-Identifier: GPL-2.0-only
/*
 * A stay in the guest.
 *
 * Three rings, from outside: the vCPU's thread (vcpu/thread.c) may sleep.  A stay has
 * preemption off, and the guest's FPU and system-call registers in the CPU.  A window
 * has interrupts off, the VMCS current and the guest's DR6; in it the inner loop
 * enters the guest and handles the frequent exits.  An external interrupt costs
 * a window, a handler that has to sleep a stay.
 *
 * A request to a vCPU (vcpu->requests) is never lost: IN_GUEST is set before the
 * last look at the requests, and whoever sets a request looks at IN_GUEST after
 * it and sends an interrupt.
 */
#include <linux/interrupt.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/types.h>
#include <linux/vtime.h>
#include <asm/fpu/api.h>
#include <asm/msr.h>
#include <asm/nospec-branch.h>
#include <asm/special_insns.h>
#include <asm/tsc.h>
#include <asm/vmx.h>

#include "base/host_tsc.h"
#include "ept/ept.h"
#include "lapic/lapic.h"
#include "time/time.h"
#include "trace.h"
#include "vcpu/regs.h"
#include "vcpu/vcpu.h"
#include "vmx/guest/internal.h"
#include "vmx/guest/mitigations.h"
#include "vmx/root/caps.h"
#include "vmx/root/cpu.h"
#include "vmx/root/vpid.h"

static void load_pdptes(struct vcpu *v)
{
	static const u32 field[4] = { GUEST_PDPTR0, GUEST_PDPTR1, GUEST_PDPTR2, GUEST_PDPTR3 };
	u64 pdpte[4] = {};
	unsigned int i;

	/* What is not there reads as not present: the guest faults, as it would. */
	guest_read_gpa(v->domain, vmx_vcpu_cr3(v) & 0xffffffe0, pdpte, sizeof(pdpte));
	for (i = 0; i < 4; i++) {
		u64 reserved = ~GENMASK_ULL(ept_maxphyaddr() - 1, 12) & ~0xe1fULL;

		if ((pdpte[i] & 1) && (pdpte[i] & (reserved | 0x1e6)))
			pdpte[i] = 0;
		vmcs_write64(field[i], pdpte[i]);
	}
}

/* What handlers changed; most change RIP only, and that they have written. */
static noinline void write_dirty(struct vcpu *v)
{
	struct vmx_vcpu *x = &v->vmx;

	if (x->dirty & VMX_DIRTY_RIP)
		vmcs_writel(GUEST_RIP, x->rip);
	if (x->dirty & VMX_DIRTY_INTERRUPTIBILITY)
		vmcs_write32(GUEST_INTERRUPTIBILITY_INFO, x->interruptibility);
	if (x->dirty & VMX_DIRTY_RSP)
		vmcs_writel(GUEST_RSP, x->rsp);
	if (x->dirty & VMX_DIRTY_RFLAGS)
		vmcs_writel(GUEST_RFLAGS, x->rflags);
	/* Beside what a MOV SS before the instruction may have left there. */
	if (x->dirty & VMX_DIRTY_STEP)
		vmcs_writel(GUEST_PENDING_DBG_EXCEPTIONS,
			    vmcs_readl(GUEST_PENDING_DBG_EXCEPTIONS) | PENDING_DB_STEP);
	if (x->dirty & VMX_DIRTY_PDPTE)
		load_pdptes(v);
	if (x->dirty & VMX_DIRTY_VPID)
		vmx_vpid_flush(x->vpid);
	x->dirty = 0;
}

/*
 * Work that others asked for.  Return: 0, or leave the inner loop.
 */
static noinline int handle_requests(struct vcpu *v)
{
	struct vmx_vcpu *x = &v->vmx;

	if (vcpu_test_request(v, VCPU_REQ_EVENT))
		x->recheck = true;
	if (vcpu_test_request(v, VCPU_REQ_TLB_FLUSH))
		ept_invalidate(v);
	if (vcpu_test_request(v, VCPU_REQ_TIME))
		time_update_vcpu(v);
	vcpu_test_request(v, VCPU_REQ_TIMER);
	if (test_bit(VCPU_REQ_INIT, &v->requests) || vcpu_test_request(v, VCPU_REQ_OUT))
		return VMX_STAY_RESCHED;
	return 0;
}

/* Deadlines that have passed.  Return: the next one. */
static noinline u64 expire(struct vcpu *v, u64 now)
{
	time_expire(v, now);
	lapic_expire(v, now);
	return min(time_next_tsc(v), lapic_next_tsc(v));
}

/* For the CPU's timer, or, where it has none, for one of the host's. */
static noinline void set_timer(struct vmx_vcpu *x, u32 value, u64 now, u64 until)
{
	if (likely(vmx_has(XLHV_FEAT_PREEMPTION_TIMER))) {
		x->timer_value = value;
		vmcs_write32(VMX_PREEMPTION_TIMER_VALUE, value);
	} else {
		vmx_stay_timer_set(x, now, until);
	}
}

/*
 * Bound the stay by the next deadline and by the window's slice.  True: the slice is
 * over.  That bounds a storm of exits too: on the emulator, entries with interrupts
 * off into a guest that has them off leave the host's pending for as long.
 *
 * The CPU counts anew from the value in the VMCS at each entry.  While no deadline
 * comes before the end of the slice, a whole slice stays there.
 */
static __always_inline bool program_timer(struct vcpu *v)
{
	struct vmx_vcpu *x = &v->vmx;
	u64 now = host_tsc(), next;
	u32 value = x->slice_timer;

	if (unlikely(now >= x->window_until))
		return true;
	next = min(time_next_tsc(v), lapic_next_tsc(v));
	if (unlikely(next < x->window_until)) {
		if (next <= now)
			next = expire(v, now);
		if (next < x->window_until)
			value = next <= now ? 0 : (next - now) >> vmx_caps.preemption_timer_rate;
	}
	if (unlikely(value != x->timer_value))
		set_timer(x, value, now, min(next, x->window_until));
	return false;
}

static int failed_entry(struct vcpu *v, int how)
{
	u32 error;

	if (how == VMX_ENTER_FAULT) {
		vmx_root_lost();
		return -ENODEV;
	}
	error = how == VMX_ENTER_FAIL_VALID ? vmx_instruction_error() : 0;
	v->vmx.instruction_error = error;
	return -EIO;
}

/* The guest was not entered: its state is wrong. */
static noinline int failed_exit(u32 reason)
{
	/* The CPU has not told the host of it. */
	if ((reason & 0xffff) == EXIT_REASON_MCE_DURING_VMENTRY)
		vmx_machine_check();
	return -EIO;
}

/*
 * Enter and handle exits until one needs more than interrupts off.
 * Return: VMX_STAY_*, VMX_NEXT_IRQ, VMX_NEXT_COLD or -errno.
 */
static int inner_loop(struct vcpu *v)
{
	struct vmx_vcpu *x = &v->vmx;
	u32 reason;
	int how, next;
	u64 now;

	vmx_host_refresh(&x->host);
	vmx_pmu_enter_window(&x->pmu);
	vmx_guard_window(x);
	ept_invalidate(v);
	now = host_tsc();
	x->window_until = now + x->slice_tsc;
	if (unlikely(now >= READ_ONCE(v->time.renew_tsc)))
		time_update_vcpu(v);
	if (unlikely(x->tsc_lost != READ_ONCE(host_tsc_lost)))
		vmx_load_tsc_offset(x);
	if (READ_ONCE(v->requests)) {
		next = handle_requests(v);
		if (next)
			return next;
	}
	for (;;) {
		if (unlikely(program_timer(v)))
			return VMX_NEXT_IRQ;
		if (unlikely(x->recheck) || vcpu_upcall_waits(v))
			vmx_inject_events(v);
		if (unlikely(x->dirty))
			write_dirty(v);

		WRITE_ONCE(x->in_guest, 1);
		smp_mb();	/* pairs with vcpu_kick(): requests after IN_GUEST */
		if (unlikely(READ_ONCE(v->requests)) || unlikely(need_resched())) {
			/* What was to be injected stays in the VMCS, armed. */
			WRITE_ONCE(x->in_guest, 0);
			if (!READ_ONCE(v->requests))
				return VMX_STAY_RESCHED;
			next = handle_requests(v);
			if (next)
				return next;
			continue;
		}

		x->entries++;
		trace_xlhv_entry(v);
		/* A tracer between two entries may have met a page fault of its own. */
		if (unlikely(x->cr2 != native_read_cr2()))
			native_write_cr2(x->cr2);
		vmx_guard_entry();
		how = vmx_enter(&x->sw, x->vmcs.launched);
		x->cr2 = native_read_cr2();
		WRITE_ONCE(x->in_guest, 0);
		x->have = 0;
		if (unlikely(how != VMX_ENTER_EXITED))
			return failed_entry(v, how);
		x->armed = false;

		reason = vmcs_read32(VM_EXIT_REASON);
		x->exit_reason = reason;
		/* Before anything that may fault: an IRET would let in the next one. */
		if (unlikely(reason == EXIT_REASON_EXCEPTION_NMI))
			vmx_host_nmi();
		trace_xlhv_exit(v);
		if (unlikely(reason >= VMX_NR_EXITS)) {
			if (reason & VMX_EXIT_REASONS_FAILED_VMENTRY)
				return failed_exit(reason);
			reason &= 0xffff;
			if (reason >= VMX_NR_EXITS)
				return -EOPNOTSUPP;
		}
		x->vmcs.launched = true;
		x->exits[reason]++;

		/* The frequent ones without an indirect call, which costs a retpoline. */
		if (likely(reason == EXIT_REASON_VMCALL))
			next = vmx_exit_vmcall(v);
		else if (reason == EXIT_REASON_EXTERNAL_INTERRUPT)
			return VMX_NEXT_IRQ;
		else if (reason == EXIT_REASON_MSR_WRITE)
			next = vmx_exit_wrmsr(v);
		else if (reason == EXIT_REASON_CPUID)
			next = vmx_exit_cpuid(v);
		else if (reason == EXIT_REASON_MSR_READ)
			next = vmx_exit_rdmsr(v);
		else if (reason == EXIT_REASON_PREEMPTION_TIMER)
			next = VMX_RESUME;
		else if (likely(vmx_exits[reason].handler))
			next = vmx_exits[reason].handler(v);
		else
			return -EOPNOTSUPP;
		if (next)
			return next;
	}
}

/* FPU and MSRs for the guest, and back.  Interrupts on, preemption off. */
static void enter_stay(struct vcpu *v)
{
	struct vmx_vcpu *x = &v->vmx;

	vmx_fpu_enter_guest(x);
	vmx_msr_enter_guest(v);
	x->loaded = true;
}

static void leave_stay(struct vcpu *v)
{
	struct vmx_vcpu *x = &v->vmx;

	x->loaded = false;
	vmx_stay_timer_stop(x);
	vmx_msr_leave_guest(v);
	vmx_fpu_leave_guest(x);
}

/*
 * Windows of one stay.  Preemption off.  Return: as inner_loop(), but for
 * VMX_NEXT_IRQ.
 */
static int windows(struct vcpu *v)
{
	struct vmx_vcpu *x = &v->vmx;
	const struct vmx_access_error *error;
	struct vmx_window w;
	int next;

	for (;;) {
		local_irq_disable();
		/*
		 * The time in the guest is a quiescent state, for grace periods of tasks too: a
		 * guest that never leaves lets the thread sleep nowhere.  Nothing of before is
		 * used in the window.
		 */
		rcu_note_context_switch(false);
		next = vmx_window_open(&w, &x->vmcs);
		if (unlikely(next)) {
			local_irq_enable();
			/* A CPU on its way down: the thread goes elsewhere. */
			return next == -ENODEV && !cpu_active(smp_processor_id()) ?
				VMX_STAY_RESCHED : next;
		}
		vtime_account_guest_enter();
		vmx_dr_enter_guest(x);
		vmx_xss_enter_guest();
		vmx_access_begin();
		x->atomic = true;
		next = inner_loop(v);
		x->atomic = false;
		error = vmx_access_end();
		if (unlikely(error)) {
			x->access_error = *error;
			next = error->err;
		}
		if (next != VMX_NEXT_IRQ)
			vmx_cache_all(v);
		vmx_dr_leave_guest(x);
		vmx_xss_leave_guest();
		vmx_pmu_leave_window(&x->pmu);
		vmx_window_close(&w);
		if (next == VMX_NEXT_IRQ) {
			/* Taken here, so that the tick finds the time spent in the guest. */
			vmx_irq_window();
		}
		vtime_account_guest_exit();
		local_irq_enable();
		if (next != VMX_NEXT_IRQ)
			return next;
		/*
		 * The kernel_fpu_begin() of newer kernels holds off softirqs too: those
		 * that came meanwhile get their turn when the stay ends.
		 */
		if (need_resched() || (softirq_count() && local_softirq_pending()))
			return VMX_STAY_RESCHED;
	}
}

/**
 * vmx_vcpu_run() - be in the guest until the thread has something else to do
 * @v: own thread, which has taken it
 *
 * Context: preemptible, interrupts on.
 * Return: enum vmx_stay, or -errno: the domain is to be crashed with it.
 */
int vmx_vcpu_run(struct vcpu *v)
{
	struct vmx_vcpu *x = &v->vmx;
	int next;

	if (WARN_ON_ONCE(v->owner != current))
		return -EBUSY;

	for (;;) {
		preempt_disable();
		vmx_vmcs_come_home(&x->vmcs);
		WRITE_ONCE(v->cpu, smp_processor_id());
		enter_stay(v);
		next = windows(v);
		leave_stay(v);
		preempt_enable();
		if (next != VMX_NEXT_COLD)
			return next;
		next = vmx_exits[x->exit_reason & 0xffff].cold(v);
		if (next)
			return next;
		cond_resched();
	}
}
