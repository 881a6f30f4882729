/* SPDX-License-Identifier: GPL-2.0-only */
/* Work that a test runs when its time has come. */
#ifndef TIME_FAKE_WORKQUEUE_H
#define TIME_FAKE_WORKQUEUE_H

#include <linux/container_of.h>
#include <linux/types.h>

struct work_struct {
	void (*func)(struct work_struct *work);
};

struct delayed_work {
	struct work_struct work;
	bool queued;
	unsigned long delay;
};

#define system_wq	NULL
#define INIT_DELAYED_WORK(dwork, f)	((dwork)->work.func = (f))
#define cancel_delayed_work(dwork)	((dwork)->queued = false)
#define cancel_delayed_work_sync	cancel_delayed_work

static inline void mod_delayed_work(void *queue, struct delayed_work *dwork, unsigned long delay)
{
	dwork->queued = true;
	dwork->delay = delay;
}

#endif /* TIME_FAKE_WORKQUEUE_H */
