/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TIME_FAKE_JIFFIES_H
#define TIME_FAKE_JIFFIES_H

#include <linux/types.h>

#define HZ	250

extern u64 fake_jiffies;

static inline u64 get_jiffies_64(void)
{
	return fake_jiffies;
}

#endif /* TIME_FAKE_JIFFIES_H */
