/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UNIT_MOCK_LINUX_SCHED_H
#define UNIT_MOCK_LINUX_SCHED_H

#include <linux/types.h>

/* A signal that kills the caller: comes while it waits next. */
extern bool unit_kill_waiter;
extern bool unit_killed;

long schedule_timeout_killable(long timeout);

#define current			NULL

#endif /* UNIT_MOCK_LINUX_SCHED_H */
