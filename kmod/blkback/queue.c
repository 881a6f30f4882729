// SPDX-License-Identifier: GPL-2.0-only
/*
 * The thread of a ring: takes requests until there are none, asks for an event, sleeps.  Whatever
 * it waits for, it is its own ring that waits.
 */
#include <linux/blkdev.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>

#include "blkback/internal.h"
#include "domain/domain.h"

/* For memory of the host's, when the ring is to end. */
#define MAX_NAPS	100

/* Requests after which others have their turn; each may have as many pages as one can have. */
#define TAKE_AT_ONCE	16

/* The guest's event.  Under the channel's raw lock. */
void blk_ring_notify(struct xlhv_evtchn *host)
{
	struct blk_ring *r = container_of(host, struct blk_ring, host);

	WRITE_ONCE(r->kicked, true);
	wake_up_process(r->task);
}

/*
 * A guest that always has another request never lets the thread sleep: others have their turn, and
 * grace periods of tasks, which wait for a sleep or for this, come to an end.
 */
static void breathe(void)
{
	cond_resched_tasks_rcu_qs();
}

/* What could not be done before, or not all at once. */
static void resubmit(struct blk_ring *r)
{
	struct blk_req *q, *next;
	unsigned int done = 0;
	LIST_HEAD(list);

	raw_spin_lock_irq(&r->lock);
	if (!list_empty(&r->later) && time_after_eq(jiffies, r->retry_at))
		list_splice_init(&r->later, &list);
	list_splice_init(&r->again, &list);
	raw_spin_unlock_irq(&r->lock);
	list_for_each_entry_safe(q, next, &list, link) {
		list_del(&q->link);
		blk_req_submit(q);
		if (!(++done % TAKE_AT_ONCE))
			breathe();
	}
}

/* How long to sleep: until woken, or until what could not be done is to be tried again. */
static long patience_locked(const struct blk_ring *r)
{
	if (!list_empty(&r->again))
		return 0;
	if (list_empty(&r->later))
		return MAX_SCHEDULE_TIMEOUT;
	return clamp_t(long, r->retry_at - jiffies, 0, BLK_RETRY);
}

/**
 * blk_ring_wait() - until something is so
 * @r: ring
 * @over: is it?  Called with the lock held
 *
 * Requests that have to be submitted again are so meanwhile.
 *
 * Context: the ring's thread; sleeps.
 */
void blk_ring_wait(struct blk_ring *r, bool (*over)(const struct blk_ring *r))
{
	long timeout;

	for (;;) {
		raw_spin_lock_irq(&r->lock);
		if (over(r))
			break;
		raw_spin_unlock_irq(&r->lock);
		resubmit(r);
		/* Nothing that was answered waits for what is not. */
		blk_ring_flush(r);
		raw_spin_lock_irq(&r->lock);
		if (over(r))
			break;
		r->want = true;
		timeout = patience_locked(r);
		set_current_state(TASK_IDLE);
		raw_spin_unlock_irq(&r->lock);
		schedule_timeout(timeout);
	}
	r->want = false;
	raw_spin_unlock_irq(&r->lock);
}

/**
 * blk_ring_nap() - the host has no memory at the moment
 * @r: ring
 *
 * Context: the ring's thread; sleeps.
 * Return: false if that is tried no more: the domain dies, or the ring is to end and has waited
 * long enough for a guest that changes the version of its grant table all the time.
 */
bool blk_ring_nap(struct blk_ring *r)
{
	if (dom_is_dying(r->disk->domain) || (READ_ONCE(r->stop) && r->naps++ >= MAX_NAPS))
		return false;
	blk_ring_flush(r);
	schedule_timeout_idle(BLK_RETRY);
	return true;
}

/* The guest's indices made no sense: nothing more is taken, and nothing is written. */
static void break_off(struct blk_ring *r)
{
	struct domain *d = r->disk->domain;

	dom_warn(d, "disk %u queue %u: impossible indices in its ring: disconnected\n",
		 r->disk->vdev, r->queue);
	WRITE_ONCE(r->broken, true);
	WRITE_ONCE(r->stop, true);
}

/* All that there is at this moment.  Return: there was something. */
static bool take_all(struct blk_ring *r)
{
	struct blk_plug plug;
	u32 avail, i;

	if (shared_ring_pull(&r->shared, r->req_cons, &r->rsp_prod, &avail)) {
		break_off(r);
		return false;
	}
	if (!avail)
		return false;
	blk_start_plug(&plug);
	for (i = 0; i < avail && !READ_ONCE(r->stop); i++) {
		if (i && !(i % TAKE_AT_ONCE)) {
			/* What was taken does not wait until this thread has its turn again. */
			blk_finish_plug(&plug);
			breathe();
			blk_start_plug(&plug);
		}
		blk_req_take(r);
	}
	blk_finish_plug(&plug);
	blk_ring_flush(r);
	return true;
}

static void work(struct blk_ring *r)
{
	WRITE_ONCE(r->kicked, false);
	smp_mb();	/* what is kicked after this is not lost */
	while (!READ_ONCE(r->stop)) {
		resubmit(r);
		blk_ring_flush(r);
		if (!take_all(r) && !shared_ring_want_event(&r->shared, r->req_cons, 1))
			break;
		breathe();
	}
}

/* Until somebody has something for it. */
static void idle(struct blk_ring *r)
{
	long timeout;

	raw_spin_lock_irq(&r->lock);
	timeout = patience_locked(r);
	raw_spin_unlock_irq(&r->lock);
	/* Set before the look: who kicks after that finds the thread asleep, and wakes it. */
	set_current_state(TASK_IDLE);
	if (!READ_ONCE(r->kicked) && !READ_ONCE(r->stop))
		schedule_timeout(timeout);
	__set_current_state(TASK_RUNNING);
}

/* The thread. */
int blk_ring_thread(void *data)
{
	struct blk_ring *r = data;

	while (!READ_ONCE(r->stop)) {
		work(r);
		idle(r);
	}
	blk_ring_wait(r, blk_nothing_busy);
	blk_ring_flush(r);
	blk_ring_end(r);
	module_put_and_kthread_exit(0);
}
