/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The arithmetic between TSC ticks and nanoseconds, as a guest does it:
 *
 *	ns = (ticks << shift, or >> -shift) * mul / 2^32
 *
 * Everything about a domain's time goes through the same two numbers, so that the
 * guest and we never disagree by a rounding.
 */
#ifndef XLHV_TIME_SCALE_H
#define XLHV_TIME_SCALE_H

#include <linux/math64.h>
#include <linux/types.h>

#define TIME_NEVER	(~0ULL)	/* a deadline in TSC ticks that does not come */

/**
 * struct time_scale - ticks to nanoseconds and back
 * @mul: [c] multiplier, in [2^31, 2^32)
 * @shift: [c] shift of the ticks: to the left if positive, else to the right
 * @inverse: [c] 2^94 / @mul, rounded up: takes the way back without a division
 * @step: [c] ticks, a power of two: multiples of it are whole nanoseconds, so that time
 *	counted from any of them is the same; at most 0.54 s, or one tick
 */
struct time_scale {
	u32 mul;
	s8 shift;
	u64 inverse;
	u64 step;
};

int time_scale_init(struct time_scale *scale, u32 khz);

/**
 * time_scale_ns() - nanoseconds of a number of ticks, rounded down
 * @scale: initialised
 * @ticks: less than 2^63 >> shift for a positive shift
 *
 * Context: any.
 * Return: nanoseconds.
 */
static inline u64 time_scale_ns(const struct time_scale *scale, u64 ticks)
{
	if (scale->shift < 0)
		ticks >>= -scale->shift;
	else
		ticks <<= scale->shift;
	return mul_u64_u32_shr(ticks, scale->mul, 32);
}

/**
 * time_scale_ticks() - ticks after which at least so many nanoseconds have passed
 * @scale: initialised
 * @ns: nanoseconds, less than 2^62
 *
 * At most a few ticks more than needed: time_scale_ns() of the result is @ns or
 * little more, never less.  Context: any.
 * Return: ticks.
 */
static inline u64 time_scale_ticks(const struct time_scale *scale, u64 ns)
{
	u64 ticks = mul_u64_u64_shr(ns, scale->inverse, 62) + 1;

	if (scale->shift < 0)
		ticks <<= -scale->shift;
	else
		ticks = (ticks >> scale->shift) + 1;
	return ticks;
}

#endif /* XLHV_TIME_SCALE_H */
