// SPDX-License-Identifier: GPL-2.0-only
/* A deadline of the guest's TSC in the host's, whatever the two are. */
#include "unit.h"
#include "lapic/deadline.h"

#define NOW	1000000ULL

TEST(no_deadline_never_comes)
{
	EXPECT_EQ(lapic_deadline_of(0, NOW, 0), TIME_NEVER);
	EXPECT_EQ(lapic_deadline_of(0, NOW, -500ULL), TIME_NEVER);
}

TEST(ahead_is_as_far_in_both)
{
	EXPECT_EQ(lapic_deadline_of(NOW + 7, NOW, 0), NOW + 7);
	/* the guest began later, */
	EXPECT_EQ(lapic_deadline_of(NOW - 900 + 7, NOW, -900ULL), NOW + 7);
	/* has set its TSC forward, and beyond half of what there is */
	EXPECT_EQ(lapic_deadline_of(NOW + 900 + 7, NOW, 900), NOW + 7);
	EXPECT_EQ(lapic_deadline_of((1ULL << 63) + NOW + 7, NOW, 1ULL << 63), NOW + 7);
}

TEST(what_has_passed_is_due_now)
{
	EXPECT_EQ(lapic_deadline_of(NOW, NOW, 0), NOW);
	EXPECT_EQ(lapic_deadline_of(1, NOW, 0), NOW);
	/* below the offset: nothing that the host's TSC has ever been */
	EXPECT_EQ(lapic_deadline_of(5, NOW, 900), NOW);
	EXPECT_EQ(lapic_deadline_of(5, NOW, 1ULL << 63), NOW);
}

TEST(the_end_of_time_never_comes)
{
	EXPECT_EQ(lapic_deadline_of(~0ULL, NOW, -900ULL), TIME_NEVER);
	EXPECT_EQ(lapic_deadline_of(~0ULL, NOW, 0), TIME_NEVER);
	EXPECT_EQ(lapic_deadline_of(~0ULL, NOW, -NOW), TIME_NEVER);
	EXPECT_EQ(lapic_deadline_of(~0ULL - 1, NOW, 0), ~0ULL - 1);
}
