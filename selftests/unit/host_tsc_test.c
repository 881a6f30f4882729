// SPDX-License-Identifier: GPL-2.0-only
/* The host's TSC over sleeps in which the CPU's begins anew, or does not. */
#include <asm/tsc.h>

#include "base/host_tsc.h"
#include "unit.h"

static void sleep_and_wake(u64 tsc)
{
	host_tsc_sleep();
	unit_tsc = tsc;
	host_tsc_wake();
}

TEST(it_is_the_cpus_at_first)
{
	unit_tsc = 77;
	EXPECT_EQ(host_tsc(), 77);
	EXPECT_EQ(host_tsc_ordered(), 77);
}

TEST(what_begins_anew_goes_on)
{
	unit_tsc = 1000;
	sleep_and_wake(0);
	EXPECT_EQ(host_tsc(), 1000);
	unit_tsc = 50;
	EXPECT_EQ(host_tsc_ordered(), 1050);
	/* And again: what was lost adds up. */
	sleep_and_wake(10);
	EXPECT_EQ(host_tsc(), 1050);
	EXPECT_EQ(host_tsc_lost, 1040);
}

TEST(what_goes_on_is_left_alone)
{
	unit_tsc = 1000;
	sleep_and_wake(1500);
	EXPECT_EQ(host_tsc(), 1500);
	EXPECT_EQ(host_tsc_lost, 0);
}

TEST(a_counter_that_comes_round)
{
	unit_tsc = ~0ULL - 9;
	sleep_and_wake(5);
	EXPECT_EQ(host_tsc(), 5);
	EXPECT_EQ(host_tsc_lost, 0);
}
