// SPDX-License-Identifier: GPL-2.0-only
/* Ticks to nanoseconds: the factors.  Pure: no locks, no memory. */
#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/math64.h>
#include <linux/minmax.h>

#include "time/scale.h"

#define NS_PER_MS	1000000ULL

/*
 * Bits of the multiplier that stay 0: ticks, shifted, are whole nanoseconds after each
 * 2^(32 - MUL_ZEROS) of them.
 */
#define MUL_ZEROS	3

/**
 * time_scale_init() - find the factors for a frequency
 * @scale: written
 * @khz: frequency of the counter, kHz
 *
 * The multiplier is normalised (its top bit is set) for the best precision that the
 * guest's format has, but for a few bits: an error of less than 2^-28, one second in
 * eight years, where the frequency is known to one in a million.
 *
 * Return: 0; -ERANGE for a frequency of 0.
 */
int time_scale_init(struct time_scale *scale, u32 khz)
{
	int shift = -12;
	u64 high;
	u32 rest;

	if (!khz)
		return -ERANGE;
	/* From the fastest counter that 32 bits of kHz can name to slower ones. */
	while (div_u64(NS_PER_MS << (32 - shift), khz) > U32_MAX)
		shift++;
	scale->mul = div_u64(NS_PER_MS << (32 - shift), khz) & ~((1U << MUL_ZEROS) - 1);
	scale->shift = shift;
	if (shift < 0)
		scale->step = 1ULL << (32 - MUL_ZEROS - shift);
	else
		scale->step = max(1ULL << (32 - MUL_ZEROS) >> shift, 1ULL);

	/* 2^94 / mul in two steps of long division. */
	high = div_u64_rem(1ULL << 62, scale->mul, &rest);
	scale->inverse = (high << 32) + div_u64((u64)rest << 32, scale->mul) + 1;
	return 0;
}
