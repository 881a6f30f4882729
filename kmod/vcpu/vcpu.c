// SPDX-License-Identifier: GPL-2.0-only
/*
 * Virtual CPUs as threads of the kernel.  The thread alone decides when the vCPU
 * runs; everybody else counts pauses, sets flags and requests, and wakes it.
 *
 * A vCPU's state ([v]), its VMCS above all, is for the task that has taken it: v->owner
 * becomes that task in one step, try_take(), and nobody else's until vcpu_give().  The
 * thread has it while the vCPU may run and while it takes an INIT or a start-up IPI;
 * it gives it up before it parks.  Others get it then, for a moment: VCPUOP_initialise,
 * the tool's entry point, debugfs.  Whether the vCPU has a state to start with
 * (VCPU_INITIALISED, VCPU_WAIT_SIPI) is for the owner to say too.
 *
 * Who wants a vCPU out of the guest raises a pause count (or shuts the domain
 * down), requests VCPU_REQ_OUT, and if he has to be sure waits until the thread has
 * given it up.  The thread takes it and then looks at the pause counts; the other side
 * raises the count and then looks at v->owner; both with a full barrier between.
 *
 * lockdep is told of the owner as of a lock: whoever waits for one, be it to become it or
 * for the thread to end, must hold nothing that the thread may want as the owner.  The
 * takers that keep a vCPU for a moment only, while its thread runs no guest, are a class
 * of their own (OWNED_BRIEFLY): they may be waited for under locks that the thread takes.
 */
#include <linux/hrtimer.h>
#include <linux/kthread.h>
#include <linux/lockdep.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/wait.h>
#include <asm/tsc.h>
#include <xen/interface/sched.h>

#include "compat.h"
#include "control/genl.h"
#include "trace.h"
#include "vcpu/vcpu.h"

#define NEVER	(~0ULL)

/* For lockdep: who is the owner. */
enum {
	OWNED_FOR_LONG,		/* its thread; who waits until that has given it up */
	OWNED_BRIEFLY,		/* nobody runs it: it has no state, or its domain is in building */
};

/* May the vCPU be in the guest, as far as others have a say? */
static bool may_run(const struct vcpu *v)
{
	const struct domain *d = v->domain;

	return !(READ_ONCE(v->flags) & (BIT(VCPU_DOWN) | BIT(VCPU_WAIT_SIPI) |
					BIT(VCPU_NO_MEMORY))) &&
	       !atomic_read(&v->pause_count) && !atomic_read(&d->pause_count) &&
	       !dom_is_shut_down(d) && READ_ONCE(d->state) == DOMAIN_LIVE;
}

/**
 * vcpu_kick() - make a vCPU look at its requests soon
 * @v: any
 *
 * Context: any.  The request has been set with a full barrier after it.
 */
void vcpu_kick(struct vcpu *v)
{
	int cpu, where;

	smp_mb__after_atomic();	/* the request before the look: pairs with inner_loop() */
	if (!vcpu_in_guest(v))
		return;
	/* Once more: a CPU that is in the guest while preemption is off here does not go down. */
	cpu = get_cpu();
	if (vcpu_in_guest(v)) {
		where = READ_ONCE(v->cpu);
		if (where != cpu) {
			trace_xlhv_kick(v, where);
			compat_send_reschedule(where);
		}
	}
	put_cpu();
}

static void note_taking(struct vcpu *v, unsigned int how)
{
	lock_acquire(&v->owner_map, how, 0, 0, 1, NULL, _RET_IP_);
}

static void note_given(struct vcpu *v)
{
	lock_release(&v->owner_map, _RET_IP_);
}

/* The caller waits until the thread is out, and does not take the vCPU. */
static void note_waiting(struct vcpu *v)
{
	note_taking(v, OWNED_FOR_LONG);
	note_given(v);
}

static bool try_take(struct vcpu *v)
{
	return !cmpxchg(&v->owner, NULL, current);
}

static void take(struct vcpu *v, unsigned int how)
{
	note_taking(v, how);
	if (!try_take(v))
		wait_event_idle(v->domain->out, try_take(v));
}

/*
 * The thread keeps its vCPU from round to round.  Nobody else has it for long, or waits
 * for anybody meanwhile.
 */
static void take_own(struct vcpu *v)
{
	if (READ_ONCE(v->owner) != current)
		take(v, OWNED_FOR_LONG);
}

/**
 * vcpu_take_building() - have a vCPU's state to oneself
 * @v: its domain is in building: no thread of it runs
 *
 * Context: may sleep; vcpu_give() has to follow.
 */
void vcpu_take_building(struct vcpu *v)
{
	take(v, OWNED_BRIEFLY);
}

/**
 * vcpu_take_killable() - have a vCPU's state to oneself
 * @v: paused by the caller: its thread gives it up only to park
 *
 * Everybody but the thread does little while he has it, and waits for nobody.
 *
 * Context: a task of user space; may sleep.
 * Return: 0: vcpu_give() has to follow; -EINTR: the caller was killed before.
 */
int vcpu_take_killable(struct vcpu *v)
{
	note_taking(v, OWNED_FOR_LONG);
	if (!wait_event_killable(v->domain->out, try_take(v)))
		return 0;
	note_given(v);
	return -EINTR;
}

/**
 * vcpu_take_unstarted() - have a vCPU to oneself, but not one that has a state to start with
 * @v: need not be paused: the thread of one that has no such state keeps it for a moment
 *
 * Context: may sleep.
 * Return: true: vcpu_give() has to follow; false: it has a state, and was not taken.
 */
bool vcpu_take_unstarted(struct vcpu *v)
{
	/* A vCPU that asks about itself runs, and its thread keeps what it has taken. */
	if (v->task == current)
		return false;
	note_taking(v, OWNED_BRIEFLY);
	wait_event_idle(v->domain->out, test_bit(VCPU_INITIALISED, &v->flags) || try_take(v));
	if (READ_ONCE(v->owner) != current) {
		note_given(v);
		return false;
	}
	if (!test_bit(VCPU_INITIALISED, &v->flags))
		return true;
	vcpu_give(v);
	return false;
}

/* What the owner did is seen by the next one. */
void vcpu_give(struct vcpu *v)
{
	WARN_ON_ONCE(v->owner != current);
	note_given(v);
	/* Pairs with the compare-and-swap in try_take(). */
	smp_store_release(&v->owner, NULL);
	wake_up_all(&v->domain->out);
}

/* Wake the thread, to look again whether it has something to do.  Context: any. */
void vcpu_wake(struct vcpu *v)
{
	struct task_struct *task = READ_ONCE(v->task);

	if (task && (task != current || !in_task()))
		wake_up_process(task);
}

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

static unsigned int timer_advance_ns = 50000;
module_param(timer_advance_ns, uint, 0644);
MODULE_PARM_DESC(timer_advance_ns,
		 "wake a halted vCPU at most that much before its timer, as long as waking takes (0: never)");

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
	u64 start = rdtsc();

	__set_current_state(TASK_RUNNING);
	while (rdtsc() < deadline) {
		if (READ_ONCE(v->requests) || READ_ONCE(v->lapic.mail) || need_resched() ||
		    evtchn_upcall_pending(v) || !test_bit(VCPU_BLOCKED, &v->flags))
			break;
		cpu_relax();
	}
	count_ticks(v, rdtsc() - start);
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
	u64 now = rdtsc_ordered(), wake;
	ktime_t expires;

	if (next == NEVER) {
		schedule();
		return;
	}
	v->wake_advance_tsc = min(v->wake_advance_tsc, most);
	wake = next - min(next, v->wake_advance_tsc);
	if (now < wake) {
		expires = ktime_add_ns(ktime_get(), ticks_to_ns(wake - now));
		schedule_hrtimeout_range(&expires, 0, HRTIMER_MODE_ABS);
		now = rdtsc();
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
		now = rdtsc_ordered();
		time_expire(v, now);
		lapic_expire(v, now);
		if (v->poll_deadline_tsc <= now || evtchn_poll_over(v) || vcpu_has_event(v)) {
			clear_bit(VCPU_BLOCKED, &v->flags);
			break;
		}
		if (!test_bit(VCPU_BLOCKED, &v->flags) || !may_run(v) ||
		    kthread_should_stop() || test_bit(VCPU_REQ_INIT, &v->requests))
			break;
		sleep_until_deadline(v);
	}
	__set_current_state(TASK_RUNNING);
	if (!test_bit(VCPU_BLOCKED, &v->flags)) {
		evtchn_poll_end(v);
		v->poll_deadline_tsc = NEVER;
		v->vmx.recheck = true;
		time_runstate(v, RUNSTATE_runnable);
	}
}

/* Not to run at all: paused, down, shut down. */
static void park(struct vcpu *v)
{
	struct domain *d = v->domain;

	time_runstate(v, test_bit(VCPU_DOWN, &v->flags) || dom_is_shut_down(d) ?
		      RUNSTATE_offline : RUNSTATE_runnable);
	for (;;) {
		set_current_state(TASK_IDLE);
		if (may_run(v) || kthread_should_stop() ||
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
	clear_bit(VCPU_REQ_INIT, &v->requests);
	if (test_and_clear_bit(LAPIC_MAIL_INIT, &v->lapic.mail)) {
		lapic_reset(v, true);
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
	if (vmx_vcpu_reset_sipi(v, READ_ONCE(v->lapic.sipi_vector))) {
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
	u64 now = rdtsc();

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
		v->stay_tsc = rdtsc();
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
void vcpu_init(void)
{
	preempt_notifier_inc();
}

void vcpu_exit(void)
{
	preempt_notifier_dec();
}
#else
/* Time that the scheduler steals in the middle of a stay is then taken for the guest's. */
static void watch_scheduler(struct vcpu *v) {}
static void unwatch_scheduler(struct vcpu *v) {}
void vcpu_init(void) {}
void vcpu_exit(void) {}
#endif

static void stay(struct vcpu *v)
{
	int next;

	time_runstate(v, RUNSTATE_running);
	preempt_disable();
	v->stay_tsc = rdtsc();
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
		take_own(v);
		if (test_bit(VCPU_REQ_INIT, &v->requests))
			handle_init(v);
		else if (!may_run(v))
			goto out;
		else if (test_bit(VCPU_BLOCKED, &v->flags))
			block(v);
		else
			stay(v);
		breathe(v);
		if (may_run(v) || test_bit(VCPU_REQ_INIT, &v->requests))
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

static struct lock_class_key owner_key;

/**
 * vcpu_create() - make a vCPU, down and without a thread
 * @d: being made; memory and time are there
 * @id: its number
 *
 * Context: may sleep; VMX is held.
 * Return: the vCPU or ERR_PTR().
 */
struct vcpu *vcpu_create(struct domain *d, unsigned int id)
{
	struct vcpu *v = kzalloc(sizeof(*v), GFP_KERNEL_ACCOUNT);
	int err;

	if (!v)
		return ERR_PTR(-ENOMEM);
	v->domain = d;
	v->id = id;
	v->cpu = raw_smp_processor_id();
	v->ept = &d->ept.vcpu[id];
	v->poll_port = EVTCHN_POLL_NONE;
	v->poll_deadline_tsc = NEVER;
	v->owner = current;
	lockdep_init_map_wait(&v->owner_map, "vcpu.owner", &owner_key, 0, LD_WAIT_SLEEP);
	set_bit(VCPU_DOWN, &v->flags);
	if (id < MAX_VIRT_CPUS)
		v->info = &d->shared_info->vcpu_info[id];
	time_vcpu_init(v);
	err = evtchn_vcpu_init(v);
	if (err)
		goto err_free;
	err = vmx_vcpu_init(v);
	if (err)
		goto err_vmx;
	lapic_init(v);
	time_update_vcpu(v);
	/* Nobody knows of it yet who could wait. */
	smp_store_release(&v->owner, NULL);
	return v;

err_vmx:
	vmx_vcpu_free(v);
	evtchn_vcpu_free(v);
err_free:
	time_vcpu_free(v);
	kfree(v);
	return ERR_PTR(err);
}

/* The thread is gone.  Context: may sleep; VMX is still held. */
void vcpu_destroy(struct vcpu *v)
{
	vmx_vcpu_free(v);
	evtchn_vcpu_free(v);
	time_vcpu_free(v);
	if (v->info_page)
		put_page(v->info_page);
	if (v->task)
		put_task_struct(v->task);
	kfree(v);
}

/*
 * Make the thread; it parks until the vCPU may run.  One that is there stays: whoever
 * sends an event may be about to wake it.  Return: 0 or -errno.
 */
int vcpu_start_thread(struct vcpu *v)
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
void vcpu_stop_thread(struct vcpu *v)
{
	if (!v->task || v->stopped)
		return;
	vcpu_request(v, VCPU_REQ_OUT);
	note_waiting(v);
	kthread_stop(v->task);
	v->stopped = true;
}

/* Has its thread given it up after its last stay? */
static bool is_out(const struct vcpu *v)
{
	/* Pairs with vcpu_give() by the thread. */
	return smp_load_acquire(&v->owner) != v->task;
}

/**
 * vcpu_wait_out() - wait until the vCPU is not in the guest and will not go there
 * @v: paused, by the caller; not the calling thread
 *
 * It is out soon, however long the hypercall is that it is in: see threat-model.md.
 * Also over when nobody keeps it from running any more.
 *
 * Context: may sleep; only what kills the caller ends it before.
 * Return: 0; -EINTR: the caller was killed, the vCPU may still be in the guest.
 */
int vcpu_wait_out(struct vcpu *v)
{
	int err;

	vcpu_request(v, VCPU_REQ_OUT);
	vcpu_wake(v);
	if (!v->task || v->task == current)
		return 0;
	note_waiting(v);
	err = wait_event_killable(v->domain->out, is_out(v) || may_run(v));
	return err ? -EINTR : 0;
}

/* Count a pause, without waiting for it to take effect: vcpu_take_killable() does that. */
void vcpu_pause(struct vcpu *v)
{
	atomic_inc(&v->pause_count);
	vcpu_request(v, VCPU_REQ_OUT);
	vcpu_wake(v);
}

void vcpu_unpause(struct vcpu *v)
{
	if (!atomic_dec_return(&v->pause_count))
		vcpu_wake(v);
}

/* The vCPU has a state to start with: let it. */
void vcpu_up(struct vcpu *v)
{
	clear_bit(VCPU_BLOCKED, &v->flags);
	if (test_and_clear_bit(VCPU_DOWN, &v->flags)) {
		vcpu_wake(v);
		dom_changed(v->domain);
	}
}

/**
 * vcpu_down() - take a vCPU down; the last one takes the domain with it
 * @v: any
 *
 * Context: may sleep.
 */
void vcpu_down(struct vcpu *v)
{
	struct domain *d = v->domain;
	unsigned int i;

	if (test_and_set_bit(VCPU_DOWN, &v->flags))
		return;
	vcpu_request(v, VCPU_REQ_OUT);
	for (i = 0; i < d->max_vcpus; i++)
		if (!test_bit(VCPU_DOWN, &d->vcpu[i]->flags))
			break;
	if (i == d->max_vcpus)
		dom_shutdown(d, SHUTDOWN_poweroff);
	dom_changed(d);
}

/* There is no memory for what the guest touched: wait until the tool unpauses. */
void vcpu_wait_for_memory(struct vcpu *v)
{
	struct domain *d = v->domain;

	set_bit(VCPU_NO_MEMORY, &v->flags);
	if (!xchg(&d->no_memory, true)) {
		dom_err(d, "no memory on the host: the domain waits\n");
		dom_changed(d);
		xlhv_genl_event(d, XLHV_EVENT_PAUSED, XLHV_PAUSE_NO_MEMORY);
	}
}

void vcpu_warn(const struct vcpu *v, const char *fmt, ...)
{
	struct va_format vaf = { .fmt = fmt };
	va_list args;

	if (!dom_may_warn(v->domain))
		return;
	va_start(args, fmt);
	vaf.va = &args;
	pr_warn("d%uv%u: %pV", v->domain->domid, v->id, &vaf);
	va_end(args);
}
