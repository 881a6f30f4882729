// SPDX-License-Identifier: GPL-2.0-only
/*
 * Watchdogs of SCHEDOP_watchdog: a domain that does not feed one in time is shut
 * down.  They run on real time, also while the domain is paused.
 *
 * A timer of the kernel's that is set further ahead than its wheel reaches is early, by
 * years in a guest that means "never".  So each goes off once a day at least, and the
 * deadline decides.
 */
#include <linux/errno.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/nospec.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include <xen/interface/sched.h>

#include "domain/domain.h"
#include "time/internal.h"

/* Less than the least that a wheel reaches, with whatever HZ. */
#define LONGEST		(24UL * 3600 * HZ)

/* Return: jiffies that are left.  0: it was not fed in time. */
static u64 wind_locked(struct time_watchdog *w)
{
	u64 now = get_jiffies_64();
	u64 left = w->deadline > now ? w->deadline - now : 0;

	lockdep_assert_held(&w->domain->time.watchdog_lock);
	if (left)
		mod_delayed_work(system_wq, &w->work, min_t(u64, left, LONGEST));
	return left;
}

static void watchdog_goes_off(struct work_struct *work)
{
	struct time_watchdog *w = container_of(work, struct time_watchdog, work.work);
	struct time_domain *t = &w->domain->time;
	bool bites;

	raw_spin_lock_irq(&t->watchdog_lock);
	/* It may have been given back, or fed, at this moment. */
	bites = !t->watchdog_closed && t->watchdog_used & BIT(w - t->watchdog) && !wind_locked(w);
	raw_spin_unlock_irq(&t->watchdog_lock);
	if (!bites)
		return;
	dom_warn(w->domain, "watchdog was not fed\n");
	dom_shutdown(w->domain, SHUTDOWN_watchdog);
}

void time_watchdog_init(struct domain *d)
{
	struct time_domain *t = &d->time;
	unsigned int i;

	raw_spin_lock_init(&t->watchdog_lock);
	for (i = 0; i < TIME_NR_WATCHDOGS; i++) {
		t->watchdog[i].domain = d;
		INIT_DELAYED_WORK(&t->watchdog[i].work, watchdog_goes_off);
	}
}

void time_watchdog_close(struct domain *d)
{
	struct time_domain *t = &d->time;
	unsigned int i;

	/* Not even initialised: the domain's creation failed before. */
	if (!t->watchdog[0].domain)
		return;
	raw_spin_lock_irq(&t->watchdog_lock);
	t->watchdog_closed = true;
	raw_spin_unlock_irq(&t->watchdog_lock);
	for (i = 0; i < TIME_NR_WATCHDOGS; i++)
		cancel_delayed_work_sync(&t->watchdog[i].work);
}

static long watchdog_locked(struct time_domain *t, u32 id, u32 timeout_s)
{
	long new = 0;

	lockdep_assert_held(&t->watchdog_lock);
	if (t->watchdog_closed)
		return -ESRCH;
	if (id && !(t->watchdog_used & BIT(id - 1)))
		return -EINVAL;
	if (id && !timeout_s) {
		t->watchdog_used &= ~BIT(id - 1);
		cancel_delayed_work(&t->watchdog[id - 1].work);
		return 0;
	}
	if (!id) {
		new = ffz(t->watchdog_used) + 1;
		if (new > TIME_NR_WATCHDOGS)
			return -ENOSPC;
		t->watchdog_used |= BIT(new - 1);
		id = new;
	}
	t->watchdog[id - 1].deadline = get_jiffies_64() + (u64)timeout_s * HZ;
	if (!wind_locked(&t->watchdog[id - 1]))
		mod_delayed_work(system_wq, &t->watchdog[id - 1].work, 0);
	return new;
}

/**
 * time_watchdog() - SCHEDOP_watchdog
 * @d: the caller's domain
 * @id: 0 for a new one, else what the call for a new one returned
 * @timeout_s: seconds until it bites; 0 gives an old one back
 *
 * Context: any but NMI.
 * Return: number of the new one, or 0; -EINVAL: no such watchdog; -ENOSPC: no more.
 */
long time_watchdog(struct domain *d, u32 id, u32 timeout_s)
{
	struct time_domain *t = &d->time;
	unsigned long flags;
	long rc;

	if (id > TIME_NR_WATCHDOGS)
		return -EINVAL;
	id = array_index_nospec(id, TIME_NR_WATCHDOGS + 1);
	raw_spin_lock_irqsave(&t->watchdog_lock, flags);
	rc = watchdog_locked(t, id, timeout_s);
	raw_spin_unlock_irqrestore(&t->watchdog_lock, flags);
	return rc;
}
