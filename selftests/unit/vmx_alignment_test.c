// SPDX-License-Identifier: GPL-2.0-only
/* Alignment checks that a guest asked for are its own; split locks are the host's. */
#include "unit.h"
#include "vmx/guest/alignment.h"

#define AM	X86_CR0_AM
#define AC	X86_EFLAGS_AC

TEST(a_host_that_detects_no_split_locks_has_none)
{
	EXPECT_TRUE(vmx_alignment_check_is_guests(false, 0, 0, 0));
	EXPECT_TRUE(vmx_alignment_check_is_guests(false, 3, AM, AC));
}

TEST(who_asked_for_alignment_checks_gets_them)
{
	EXPECT_TRUE(vmx_alignment_check_is_guests(true, 3, AM, AC));
	EXPECT_TRUE(vmx_alignment_check_is_guests(true, 3, ~0ULL, ~0ULL));
}

/* There is no alignment check without all three of them: it is a split lock. */
TEST(who_did_not_gets_no_split_lock)
{
	unsigned int cpl;

	for (cpl = 0; cpl < 3; cpl++) {
		unit_context("CPL %u", cpl);
		EXPECT_FALSE(vmx_alignment_check_is_guests(true, cpl, AM, AC));
	}
	EXPECT_FALSE(vmx_alignment_check_is_guests(true, 3, AM, 0));
	EXPECT_FALSE(vmx_alignment_check_is_guests(true, 3, 0, AC));
	EXPECT_FALSE(vmx_alignment_check_is_guests(true, 3, ~(u64)AM, ~(u64)AC));
	EXPECT_FALSE(vmx_alignment_check_is_guests(true, 0, 0, 0));
}
