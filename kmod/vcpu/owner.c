// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who may touch the state of a vCPU.
 *
 * A vCPU's state ([v]), its VMCS above all, is for the task that has taken it: v->owner
 * becomes that task in one step, try_take(), and nobody else's until vcpu_give().  The
 * thread has it while the vCPU may run and while it takes an INIT or a start-up IPI;
 * it gives it up before it parks.  Others get it then, for a moment: VCPUOP_initialise,
 * the tool's entry point, debugfs.  Whether the vCPU has a state to start with
 * (VCPU_INITIALISED, VCPU_WAIT_SIPI) is for the owner to say too.
 *
 * lockdep is told of the owner as of a lock: whoever waits for one, be it to become it or
 * for the thread to end, must hold nothing that the thread may want as the owner.  The
 * takers that keep a vCPU for a moment only, while its thread runs no guest, are a class
 * of their own (OWNED_BRIEFLY): they may be waited for under locks that the thread takes.
 */
#include <linux/lockdep.h>
#include <linux/sched.h>
#include <linux/wait.h>

#include "vcpu/internal.h"

/* For lockdep: who is the owner. */
enum {
	OWNED_FOR_LONG,		/* its thread; who waits until that has given it up */
	OWNED_BRIEFLY,		/* nobody runs it: it has no state, or its domain is in building */
};

static struct lock_class_key owner_key;

/* Whoever makes the vCPU has it. */
void vcpu_owner_init(struct vcpu *v)
{
	v->owner = current;
	lockdep_init_map_wait(&v->owner_map, "vcpu.owner", &owner_key, 0, LD_WAIT_SLEEP);
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
void vcpu_note_waiting(struct vcpu *v)
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
void vcpu_take_own(struct vcpu *v)
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
