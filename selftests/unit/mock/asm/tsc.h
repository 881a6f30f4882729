/* SPDX-License-Identifier: GPL-2.0-only */
/* The time-stamp counter: what the test says it is. */
#ifndef UNIT_MOCK_ASM_TSC_H
#define UNIT_MOCK_ASM_TSC_H

#include <linux/types.h>

extern u64 unit_tsc;

static inline u64 rdtsc(void)
{
	return unit_tsc;
}

static inline u64 rdtsc_ordered(void)
{
	return unit_tsc;
}

#endif /* UNIT_MOCK_ASM_TSC_H */
