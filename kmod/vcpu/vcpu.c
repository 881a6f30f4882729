// SPDX-License-Identifier: GPL-2.0-only
/*
 * Virtual CPUs as others see them: made, paused, woken, asked for something.  Whose its
 * state is, is in owner.c; what the thread does, in thread.c.
 *
 * Who wants a vCPU out of the guest raises a pause count (or shuts the domain
 * down), requests VCPU_REQ_OUT, and if he has to be sure waits until the thread has
 * given it up.  The thread takes it and then looks at the pause counts; the other side
 * raises the count and then looks at v->owner; both with a full barrier between.
 */
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/wait.h>
#include <xen/interface/sched.h>

#include "compat.h"
#include "domain/parts.h"
#include "trace.h"
#include "vcpu/internal.h"

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

/* Wake the thread, to look again whether it has something to do.  Context: any. */
void vcpu_wake(struct vcpu *v)
{
	struct task_struct *task = READ_ONCE(v->task);

	if (task && (task != current || !in_task()))
		wake_up_process(task);
}

/**
 * vcpu_create() - make a vCPU, down and without a thread
 * @d: being made; its parts are there
 * @id: its number
 *
 * After an error there is a vCPU all the same, in part: vcpu_destroy() has to follow.
 *
 * Context: may sleep; VMX is held.
 * Return: 0 or -errno.
 */
int vcpu_create(struct domain *d, unsigned int id)
{
	struct vcpu *v = kzalloc(sizeof(*v), GFP_KERNEL_ACCOUNT);
	int err;

	if (!v)
		return -ENOMEM;
	d->vcpu[id] = v;
	v->domain = d;
	v->id = id;
	v->cpu = raw_smp_processor_id();
	vcpu_owner_init(v);
	set_bit(VCPU_DOWN, &v->flags);
	err = parts_vcpu_init(v);
	/* Nobody knows of it yet who could wait. */
	smp_store_release(&v->owner, NULL);
	return err;
}

/**
 * vcpu_start() - give a vCPU the state that it starts with
 * @v: taken by the caller
 * @how: where that comes from
 *
 * Context: may sleep.
 * Return: 0; -EINVAL: no CPU could have that state; -errno.
 */
int vcpu_start(struct vcpu *v, const struct vcpu_start *how)
{
	return parts_vcpu_start(v, how);
}

/* The thread is gone, and nobody refers to the domain.  Context: may sleep. */
void vcpu_destroy(struct vcpu *v)
{
	parts_vcpu_free(v);
	if (v->task)
		put_task_struct(v->task);
	kfree(v);
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
	vcpu_note_waiting(v);
	err = wait_event_killable(v->domain->out, is_out(v) || vcpu_may_run(v));
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
	if (!test_bit(VCPU_DOWN, &v->flags))
		return;
	/* Not what it waits for, if it is up: only what it waited for before. */
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
	bool first;

	/* Both together: an unpause at this moment takes both back, or neither. */
	mutex_lock(&d->lock);
	set_bit(VCPU_NO_MEMORY, &v->flags);
	first = !d->no_memory;
	WRITE_ONCE(d->no_memory, true);
	if (first)
		dom_event(d, XLHV_EVENT_PAUSED, XLHV_PAUSE_NO_MEMORY);
	mutex_unlock(&d->lock);
	if (first) {
		dom_err(d, "no memory on the host: the domain is paused until it is unpaused\n");
		dom_changed(d);
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
