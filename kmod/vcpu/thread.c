// SPDX-License-Identifier: GPL-2.0-only
/*
 * Virtual CPUs as threads of the kernel.  The thread alone decides when the vCPU
 * runs; everybody else counts pauses, sets flags and requests, and wakes it (vcpu.c).
 * It has the vCPU's state while it may run, and gives it up before it parks (owner.c).
 */
#include <linux/hrtimer.h>
#include <linux/kthread.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <asm/tsc.h>

#include "base/host_tsc.h"
#include "evtchn/evtchn.h"
#include "hypercall/continuation.h"
#include "lapic/lapic.h"
#include "time/time.h"
#include "vcpu/internal.h"
#include "vcpu/thread.h"
#include "vmx/guest/guest.h"

static unsigned int timer_advance_ns = 50000;
module_param(timer_advance_ns, uint, 0644);
MODULE_PARM_DESC(timer_advance_ns,
		 "wake a halted vCPU up to this long before its timer, as long as waking takes (0: never)");

/* However far a deadline is: so long a thread sleeps before it looks again. */
#define LONGEST_SLEEP_S	3600

/*
 * In ns.  The CPU's division raises an exception when its quotient does not fit, and a
 * deadline of the guest's may be any number: what is beyond the longest sleep is cut.
 */
static u64 ticks_to_ns(u64 ticks)
{
	return mul_u64_u32_div(min(ticks, (u64)tsc_khz * 1000 * LONGEST_SLEEP_S), 1000000,
			       tsc_khz);
}

/*
 * That much of the clock was the guest's: nothing if it went back, as it may between two
 * CPUs.  Preemption off, or the time is not in a stay.
 */
static void count_ticks(struct vcpu *v, s64 ticks)
{
	if (likely(ticks > 0))
		WRITE_ONCE(v->cpu_time_ns, v->cpu_time_ns + ticks_to_ns(ticks));
}

/*
 * A deadline is near: be there when it comes, unless there is something to do before.
 * The guest pays for it, as nobody else wants it; it leaves at the first wish of others.
 */
static void wait_awake(struct vcpu *v, u64 deadline)
{
	u64 start = host_tsc();

	__set_current_state(TASK_RUNNING);
	while (host_tsc() < deadline) {
		if (READ_ONCE(v->requests) || READ_ONCE(v->lapic.mail) || need_resched() ||
		    vcpu_upcall_pending(v) || !test_bit(VCPU_BLOCKED, &v->flags))
			break;
		cpu_relax();
	}
	count_ticks(v, host_tsc() - start);
}

/*
 * Sleep until woken or until the next deadline of the vCPU.  State is set.
 *
 * From the host's timer to the thread it is a long way: the timer is set early by
 * as much as that took lately, and the rest is waited for awake.
 */
static void sleep_until_deadline(struct vcpu *v)
{
	u64 next = min3(time_next_tsc(v), lapic_next_tsc(v), v->poll_deadline_tsc);
	u64 most = mul_u64_u32_div(READ_ONCE(timer_advance_ns), tsc_khz, 1000000);
	u64 now = host_tsc_ordered(), wake;
	ktime_t expires;

	if (next == TIME_NEVER) {
		schedule();
		return;
	}
	v->wake_advance_tsc = min(v->wake_advance_tsc, most);
	wake = next - min(next, v->wake_advance_tsc);
	if (now < wake) {
		expires = ktime_add_ns(ktime_get(), ticks_to_ns(wake - now));
		schedule_hrtimeout_range(&expires, 0, HRTIMER_MODE_ABS);
		now = host_tsc();
		/* Woken by something else?  That tells nothing. */
		if (now < wake)
			return;
		v->wake_advance_tsc += ((s64)(now - wake) - (s64)v->wake_advance_tsc) / 4;
	}
	wait_awake(v, next);
}

/* Stay blocked until an event can be delivered or somebody else wants something. */
static void block(struct vcpu *v)
{
	u64 now;

	time_runstate(v, RUNSTATE_blocked);
	for (;;) {
		set_current_state(TASK_IDLE);
		now = host_tsc_ordered();
		time_expire(v, now);
		lapic_expire(v, now);
		if (v->poll_deadline_tsc <= now || evtchn_poll_over(v) || vcpu_has_event(v)) {
			clear_bit(VCPU_BLOCKED, &v->flags);
			break;
		}
		if (!test_bit(VCPU_BLOCKED, &v->flags) || !vcpu_may_run(v) ||
		    kthread_should_stop() || test_bit(VCPU_REQ_INIT, &v->requests))
			break;
		sleep_until_deadline(v);
	}
	__set_current_state(TASK_RUNNING);
	if (!test_bit(VCPU_BLOCKED, &v->flags)) {
		evtchn_poll_end(v);
		v->poll_deadline_tsc = TIME_NEVER;
		v->vmx.recheck = true;
		time_runstate(v, RUNSTATE_runnable);
	}
}

/*
 * What the guest is told while it may not run.  As on Xen, a vCPU that was blocked when it
 * was paused stays so: its time is idle time, and none of it was stolen.
 */
static int parked_state(struct vcpu *v)
{
	if (test_bit(VCPU_DOWN, &v->flags) || dom_is_shut_down(v->domain))
		return RUNSTATE_offline;
	return test_bit(VCPU_BLOCKED, &v->flags) ? RUNSTATE_blocked : RUNSTATE_offline;
}

/* Not to run at all: paused, down, shut down. */
static void park(struct vcpu *v)
{
	time_runstate(v, parked_state(v));
	for (;;) {
		set_current_state(TASK_IDLE);
		if (vcpu_may_run(v) || kthread_should_stop() ||
		    test_bit(VCPU_REQ_INIT, &v->requests))
			break;
		schedule();
	}
	__set_current_state(TASK_RUNNING);
}

/*
 * INIT and start-up IPI, in the order in which they take effect.  After an INIT the vCPU
 * has no state: a start-up IPI gives it one, or VCPUOP_initialise, whichever is first.
 */
static void handle_init(struct vcpu *v)
{
	struct vcpu_start how = { .from = VCPU_START_SIPI };

	clear_bit(VCPU_REQ_INIT, &v->requests);
	if (test_and_clear_bit(LAPIC_MAIL_INIT, &v->lapic.mail)) {
		lapic_reset(v, true);
		/* An NMI from before would find no handler of what starts now. */
		clear_bit(LAPIC_MAIL_NMI, &v->lapic.mail);
		evtchn_poll_end(v);
		v->poll_deadline_tsc = TIME_NEVER;
		clear_bit(VCPU_BLOCKED, &v->flags);
		set_bit(VCPU_WAIT_SIPI, &v->flags);
		set_bit(VCPU_DOWN, &v->flags);
		clear_bit(VCPU_INITIALISED, &v->flags);
	}
	if (!test_and_clear_bit(LAPIC_MAIL_SIPI, &v->lapic.mail))
		return;
	smp_rmb();	/* the vector was written before the bit */
	/* A second one finds the vCPU running, and is ignored. */
	if (!test_bit(VCPU_WAIT_SIPI, &v->flags))
		return;
	how.vector = READ_ONCE(v->lapic.sipi_vector);
	if (vcpu_start(v, &how)) {
		dom_crash(v->domain, "vCPU %u: no start at a SIPI", v->id);
		return;
	}
	set_bit(VCPU_INITIALISED, &v->flags);
	clear_bit(VCPU_WAIT_SIPI, &v->flags);
	/* This thread keeps it: who waits for it in vcpu_take_unstarted() is refused. */
	wake_up_all(&v->domain->out);
	vcpu_up(v);
}

static void log_line(void *log, const char *text)
{
	log_printf(log, "%s\n", text);
}

static void crash(struct vcpu *v, int err)
{
	struct domain *d = v->domain;

	vmx_vcpu_report(v, log_line, &d->log);
	dom_crash(d, "vCPU %u: %s (error %d)", v->id, vmx_vcpu_what_failed(v), err);
}

/* In a stay, the time since the last look at the clock was the guest's. Preemption off. */
static void count_stay(struct vcpu *v)
{
	u64 now = host_tsc();

	count_ticks(v, now - v->stay_tsc);
	v->stay_tsc = now;
}

#ifdef CONFIG_PREEMPT_NOTIFIERS
/*
 * The scheduler takes the CPU away in the middle of a stay, or of what an exit needs
 * done: time that was stolen from the guest.  Under the run queue's lock.
 */
static void sched_out(struct preempt_notifier *notifier, struct task_struct *next)
{
	struct vcpu *v = container_of(notifier, struct vcpu, preempt_notifier);

	if (v->in_stay) {
		count_stay(v);
		time_runstate(v, RUNSTATE_runnable);
	}
	vmx_guard_sched_out(next);
}

static void sched_in(struct preempt_notifier *notifier, int cpu)
{
	struct vcpu *v = container_of(notifier, struct vcpu, preempt_notifier);

	if (v->in_stay) {
		v->stay_tsc = host_tsc();
		time_runstate(v, RUNSTATE_running);
	}
}

static struct preempt_ops preempt_ops = {
	.sched_in = sched_in,
	.sched_out = sched_out,
};

static void watch_scheduler(struct vcpu *v)
{
	preempt_notifier_init(&v->preempt_notifier, &preempt_ops);
	preempt_notifier_register(&v->preempt_notifier);
}

static void unwatch_scheduler(struct vcpu *v)
{
	preempt_notifier_unregister(&v->preempt_notifier);
}

/* Module load and unload. */
void vcpu_threads_init(void)
{
	preempt_notifier_inc();
}

void vcpu_threads_exit(void)
{
	preempt_notifier_dec();
}
#else
/* Time that the scheduler steals in the middle of a stay is then taken for the guest's. */
static void watch_scheduler(struct vcpu *v) {}
static void unwatch_scheduler(struct vcpu *v) {}
void vcpu_threads_init(void) {}
void vcpu_threads_exit(void) {}
#endif

static void stay(struct vcpu *v)
{
	int next;

	time_runstate(v, RUNSTATE_running);
	preempt_disable();
	v->stay_tsc = host_tsc();
	WRITE_ONCE(v->in_stay, true);
	preempt_enable();
	next = vmx_vcpu_run(v);
	preempt_disable();
	WRITE_ONCE(v->in_stay, false);
	count_stay(v);
	preempt_enable();
	if (next < 0)
		crash(v, next);
}

/*
 * Whatever the guest made of this round, and however fast they follow each other: the
 * scheduler gets its chance, and grace periods of tasks theirs.
 */
static void breathe(struct vcpu *v)
{
	if (need_resched())
		time_runstate(v, RUNSTATE_runnable);
	cond_resched_tasks_rcu_qs();
}

static int vcpu_thread(void *data)
{
	struct vcpu *v = data;

	watch_scheduler(v);
	while (!kthread_should_stop()) {
		vcpu_take_own(v);
		if (test_bit(VCPU_REQ_INIT, &v->requests))
			handle_init(v);
		else if (!vcpu_may_run(v))
			goto out;
		else if (test_bit(VCPU_BLOCKED, &v->flags))
			block(v);
		else
			stay(v);
		breathe(v);
		if (vcpu_may_run(v) || test_bit(VCPU_REQ_INIT, &v->requests))
			continue;
out:
		vcpu_give(v);
		park(v);
	}
	if (v->owner == current)
		vcpu_give(v);
	unwatch_scheduler(v);
	return 0;
}

/*
 * Make the thread; it parks until the vCPU may run.  One that is there stays: whoever
 * sends an event may be about to wake it.  Return: 0 or -errno.
 */
static int make_thread(struct vcpu *v)
{
	struct task_struct *task;

	if (v->task)
		return 0;
	task = kthread_create(vcpu_thread, v, "xlhv/%u/%u", v->domain->domid, v->id);
	if (IS_ERR(task))
		return PTR_ERR(task);
	get_task_struct(task);
	/* Made before it is seen by who wakes it. */
	smp_store_release(&v->task, task);
	wake_up_process(task);
	return 0;
}

/*
 * Stop the thread, wherever it is, and wait for it.  The task stays: whoever sends an
 * event at this moment may be about to wake it.
 */
static void end_thread(struct vcpu *v)
{
	if (!v->task || v->stopped)
		return;
	vcpu_request(v, VCPU_REQ_OUT);
	vcpu_note_waiting(v);
	kthread_stop(v->task);
	/* What the kernel does about memory that was lost is done when the task is a zombie. */
	while (v->lost_memory && !READ_ONCE(v->task->exit_state))
		schedule_timeout_uninterruptible(1);
	v->stopped = true;
}

static int start(struct domain *d)
{
	unsigned int i;
	int err = 0;

	/* Those that could be made stay, and are there when it is tried again. */
	for (i = 0; i < d->max_vcpus && !err; i++)
		err = make_thread(d->vcpu[i]);
	return err;
}

static void stop(struct domain *d)
{
	unsigned int i;

	for (i = 0; i < d->max_vcpus; i++)
		end_thread(d->vcpu[i]);
}

static int complete_check(struct domain *d, char *text)
{
	if (test_bit(VCPU_INITIALISED, &d->vcpu[0]->flags))
		return 0;
	scnprintf(text, XLHV_TEXT_LEN, "virtual CPU 0 has no entry point");
	return -EINVAL;
}

static size_t bytes(const struct domain *d)
{
	size_t bytes = d->max_vcpus * sizeof(struct vcpu);
	unsigned int i;

	for (i = 0; i < d->max_vcpus; i++)
		if (d->vcpu[i]->task)
			bytes += THREAD_SIZE + sizeof(struct task_struct);
	return bytes;
}

static const struct domain_counter counters[] = {
	VCPU_COUNTER("time.cpu", "ns", cpu_time_ns, "time on a CPU"),
	{}
};

const struct domain_part vcpu_part = {
	.name = "vcpu",
	.complete = complete_check,
	.start = start,
	.stop = stop,
	.bytes = bytes,
	.counters = counters,
};
