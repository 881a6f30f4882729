// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claim: a guest that makes the CPU exit for something that is not handled, as a
 * hardware task switch, crashes its domain, and that alone: nothing after the
 * instruction runs, and the domain's log has a report of where it was.
 *
 * Why: an exit that nobody knows must neither be passed over nor harm the host.
 */
#include "guest.h"

static struct {
	u32 words[26];
} other_tss __aligned(128);

static void alive(void)
{
	expect(true, "alive");
}

void test_end(void)
{
	struct {
		u32 offset;
		u16 selector;
	} __packed target = { 0, gdt_spare_set(0, gdt_desc((u32)(unsigned long)&other_tss,
							   sizeof(other_tss) - 1, 0x89)) };

	__asm__ volatile("ljmp *%0" : : "m"(target) : "memory");
	printf("# back from a task switch\n# verdict: failure\n");
}

TEST_CASES = {
	{ "alive before the task switch", alive },
	TEST_CASES_END
};
