// SPDX-License-Identifier: GPL-2.0-only
/* Calls that take a list give way, and go on later; see continuation.h. */
#include <linux/minmax.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>

#include "base/host_tsc.h"
#include "hypercall/continuation.h"
#include "lapic/lapic.h"
#include "vcpu/regs.h"
#include "vcpu/vcpu.h"

/**
 * vcpu_has_event() - would a halted vCPU go on?
 * @v: own thread, outside of the inner loop or in it
 *
 * Return: true if there is something to deliver.
 */
bool vcpu_has_event(struct vcpu *v)
{
	if (v->vmx.nmi_pending || READ_ONCE(v->lapic.mail))
		return true;
	if (vcpu_upcall_waits(v))
		return true;
	lapic_sync(v);
	return lapic_pending(v) >= 0;
}

/* Could the guest take an event at this moment?  Outside of the inner loop. */
static bool takes_events(struct vcpu *v)
{
	return vmx_vcpu_rflags(v) & X86_EFLAGS_IF ||
	       test_bit(LAPIC_MAIL_NMI, &v->lapic.mail) || v->vmx.nmi_pending;
}

/**
 * hypercall_must_stop() - is the vCPU wanted out of the guest?
 * @v: own thread
 *
 * The smaller question, for what would have to begin from the start: events can come
 * again and again.
 *
 * Context: may sleep; outside of the inner loop.
 * Return: true for a pause, the end or the shutdown of the domain, INIT; for a process of
 * domain 0 if it is being killed.
 */
bool hypercall_must_stop(struct vcpu *v)
{
	/* A call may go on for long, without a window that would be a quiescent state. */
	cond_resched_tasks_rcu_qs();
	if (unlikely(v->process))
		return fatal_signal_pending(current);
	return READ_ONCE(v->requests) & (BIT(VCPU_REQ_OUT) | BIT(VCPU_REQ_INIT)) ||
	       dom_is_dying(v->domain) || dom_is_shut_down(v->domain);
}

/**
 * hypercall_give_way() - shall a long call stop here and go on later?
 * @v: own thread
 *
 * It shall for whoever wants the vCPU out of the guest (pause, end and shutdown of the
 * domain, INIT), when the call has put the vCPU to sleep, and for an event or a timer
 * that the guest is waiting for and would take.  The scheduler needs no more than this
 * call.
 *
 * Context: may sleep; outside of the inner loop.
 * Return: true: return hypercall_go_on() with what is left.
 */
bool hypercall_give_way(struct vcpu *v)
{
	if (hypercall_must_stop(v) || READ_ONCE(v->flags) & BIT(VCPU_BLOCKED))
		return true;
	if (!takes_events(v))
		return false;
	/* What a deadline leads to is known when it has been looked at before an entry. */
	if (min(time_next_tsc(v), lapic_next_tsc(v)) <= host_tsc())
		return true;
	/*
	 * An event that came before the call may still be waiting, as the guest has only
	 * now opened its interrupts: that is asked once.  Whoever brings another says so.
	 */
	if (v->events_asked == v->vmx.entries && !vcpu_upcall_waits(v) &&
	    !(READ_ONCE(v->requests) & BIT(VCPU_REQ_EVENT)))
		return false;
	v->events_asked = v->vmx.entries;
	return vcpu_has_event(v);
}

/**
 * hypercall_go_on() - a long call gives way, after some of its operations
 * @v: own thread
 * @arg1: arguments with which the rest of it is done
 * @arg2: the same
 * @arg3: the same; what the call does not take is not looked at
 *
 * Context: outside of the inner loop.
 * Return: what the handler returns.
 */
long hypercall_go_on(struct vcpu *v, u64 arg1, u64 arg2, u64 arg3)
{
	v->go_on[0] = arg1;
	v->go_on[1] = arg2;
	v->go_on[2] = arg3;
	v->calls_continued++;
	return HYPERCALL_GOES_ON;
}
