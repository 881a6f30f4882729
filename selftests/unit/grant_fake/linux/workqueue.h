/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GRANT_FAKE_WORKQUEUE_H
#define GRANT_FAKE_WORKQUEUE_H

#include "ept_fake/fake.h"

#define INIT_WORK(w, f)		((w)->func = (f))
#define flush_work(w)		((void)(w))

static inline bool schedule_work(struct work_struct *work)
{
	work->func(work);
	return true;
}

#endif /* GRANT_FAKE_WORKQUEUE_H */
