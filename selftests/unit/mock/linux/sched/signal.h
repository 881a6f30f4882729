/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UNIT_MOCK_LINUX_SCHED_SIGNAL_H
#define UNIT_MOCK_LINUX_SCHED_SIGNAL_H

#include <linux/sched.h>

#define fatal_signal_pending(task)	((void)(task), unit_killed)

#endif /* UNIT_MOCK_LINUX_SCHED_SIGNAL_H */
