// SPDX-License-Identifier: GPL-2.0-only
/* Ticks to nanoseconds and back, for every frequency that 32 bits of kHz can name. */
#include <linux/errno.h>
#include <linux/kernel.h>

#include <stdlib.h>

#include "time/scale.h"
#include "unit.h"

static const u32 khz[] = {
	1, 2, 15, 16, 1000, 32768, 100000, 488281, 488282, 499999, 500000, 500001, 999999, 1000000,
	1000001, 1193182, 1999999, 2000000, 2000001, 2399998, 2500000, 2999999, 3000000, 3999999,
	4000000, 4000001, 5123456, 8000000, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff,
};

/* As a guest does it, by the rule in Xen's public/xen.h. */
static u64 guest_ns(const struct time_scale *s, u64 ticks)
{
	unsigned __int128 t = ticks;

	if (s->shift < 0)
		t >>= -s->shift;
	else
		t <<= s->shift;
	return (u64)(t * s->mul >> 32);
}

static u64 next_random(u64 *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x;
}

TEST(no_frequency_is_an_error)
{
	struct time_scale s;

	EXPECT_EQ(time_scale_init(&s, 0), -ERANGE);
}

TEST(factors_are_normalised_and_right)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(khz); i++) {
		struct time_scale s;
		double rate;

		unit_context("%u kHz", khz[i]);
		ASSERT_EQ(time_scale_init(&s, khz[i]), 0);
		EXPECT_TRUE(s.mul >> 31);
		/* mul * 2^shift / 2^32 is 10^6 / kHz, to the precision of mul */
		rate = (double)s.mul / 4294967296.0 * khz[i] / 1e6;
		rate = s.shift < 0 ? rate / (1 << -s.shift) : rate * (1 << s.shift);
		EXPECT_TRUE(rate <= 1.0 && rate > 1.0 - 1.0 / (1 << 28));
	}
	unit_context("%s", "");
}

/* Records of different ages tell the same time, and a guest that counts with 32 bits gets along. */
TEST(time_may_be_counted_from_each_step)
{
	u64 x = 777;
	unsigned int i, n;

	for (i = 0; i < ARRAY_SIZE(khz); i++) {
		struct time_scale s;

		time_scale_init(&s, khz[i]);
		unit_context("%u kHz", khz[i]);
		EXPECT_EQ(s.step & (s.step - 1), 0);
		EXPECT_TRUE(s.step == 1 || time_scale_ns(&s, s.step) <= 540000000);
		for (n = 0; n < 2000; n++) {
			u64 base = (next_random(&x) >> 20) / s.step * s.step;
			u64 ticks = next_random(&x) >> (next_random(&x) % 40 + 24);

			if (s.shift > 0) {
				base = base >> s.shift & ~(s.step - 1);
				ticks >>= s.shift;
			}
			ASSERT_EQ(time_scale_ns(&s, base) + time_scale_ns(&s, ticks),
				  time_scale_ns(&s, base + ticks));
		}
	}
	unit_context("%s", "");
}

TEST(we_compute_what_the_guest_computes)
{
	u64 x = 12345;
	unsigned int i, n;

	for (i = 0; i < ARRAY_SIZE(khz); i++) {
		struct time_scale s;

		time_scale_init(&s, khz[i]);
		unit_context("%u kHz", khz[i]);
		for (n = 0; n < 2000; n++) {
			u64 ticks = next_random(&x) >> (next_random(&x) % 63 + 1);

			if (s.shift > 0)
				ticks >>= s.shift;
			ASSERT_EQ(time_scale_ns(&s, ticks), guest_ns(&s, ticks));
		}
	}
	unit_context("%s", "");
}

/* A deadline never comes early, and at most by the guest's own rounding late. */
TEST(a_deadline_is_not_early_and_hardly_late)
{
	u64 x = 54321;
	unsigned int i, n;

	for (i = 0; i < ARRAY_SIZE(khz); i++) {
		struct time_scale s;
		u64 slack;

		time_scale_init(&s, khz[i]);
		/* What a few of the guest's steps of the clock are in ns. */
		slack = 3 * (s.shift < 0 ? 1 : 1ULL << s.shift) + 3;
		for (n = 0; n < 5000; n++) {
			u64 ns = next_random(&x) >> (next_random(&x) % 61 + 2), ticks, got;

			/* Ticks have to fit in 62 bits, whatever the rate: about 36 years. */
			if (khz[i] > 1000000)
				ns >>= 3 + (s.shift < 0 ? -s.shift : 0);
			unit_context("%u kHz, %llu ns", khz[i], (unsigned long long)ns);
			ticks = time_scale_ticks(&s, ns);
			got = time_scale_ns(&s, ticks);
			if (got < ns || got - ns > slack) {
				FAIL("%llu ticks are %llu ns", (unsigned long long)ticks,
				     (unsigned long long)got);
				return;
			}
		}
		ASSERT_TRUE(time_scale_ns(&s, time_scale_ticks(&s, 0)) <= slack);
	}
	unit_context("%s", "");
}

TEST(time_does_not_go_back)
{
	struct time_scale s;
	u64 ticks, last = 0;

	time_scale_init(&s, 2399998);
	for (ticks = 1ULL << 60; ticks < (1ULL << 60) + 100000; ticks++) {
		u64 ns = time_scale_ns(&s, ticks);

		if (ns < last) {
			FAIL("back by %llu", (unsigned long long)(last - ns));
			return;
		}
		last = ns;
	}
}
