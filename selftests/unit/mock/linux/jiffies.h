/* SPDX-License-Identifier: GPL-2.0-only */
/* Time that passes when somebody waits, or when a test says so. */
#ifndef UNIT_MOCK_LINUX_JIFFIES_H
#define UNIT_MOCK_LINUX_JIFFIES_H

#define HZ			250
#define time_after_eq(a, b)	((long)((a) - (b)) >= 0)

extern unsigned long jiffies;

#endif /* UNIT_MOCK_LINUX_JIFFIES_H */
