/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Work that a guest can ask for as often as it likes.  It is done by the kernel's
 * workers, so no domain pays for it: it is done at most 250 times a second, the first
 * time at once.
 */
#ifndef XLHV_PACED_WORK_H
#define XLHV_PACED_WORK_H

#include <linux/jiffies.h>
#include <linux/workqueue.h>

#define PACE_JIFFIES	DIV_ROUND_UP(HZ, 250)

/**
 * struct pace - one such work
 * @work: what is done
 * @next: [a] jiffies before which it is not done again
 */
struct pace {
	struct delayed_work work;
	unsigned long next;
};

static inline void pace_init(struct pace *p, work_func_t func)
{
	INIT_DELAYED_WORK(&p->work, func);
	p->next = jiffies;
}

/* Have it done.  Context: any but NMI, also under raw locks. */
static inline void pace_kick(struct pace *p)
{
	unsigned long now = jiffies, next = READ_ONCE(p->next);

	queue_delayed_work(system_unbound_wq, &p->work,
			   time_before(now, next) ? next - now : 0);
}

/* The first thing that the work does. */
static inline struct pace *pace_begin(struct work_struct *work)
{
	struct pace *p = container_of(to_delayed_work(work), struct pace, work);

	WRITE_ONCE(p->next, jiffies + PACE_JIFFIES);
	return p;
}

/* Not under way and not waiting when this returns.  May sleep. */
static inline void pace_cancel(struct pace *p)
{
	cancel_delayed_work_sync(&p->work);
}

#endif /* XLHV_PACED_WORK_H */
