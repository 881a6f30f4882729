// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claim: a guest whose stack is where there is no memory crashes when it takes an interrupt, alone,
 * and its log says what it did and the state it was in.
 *
 * Why: such a write cannot vanish as others do, as the event would be lost with it.
 */
#include "guest.h"

static void ready(void)
{
	expect(!mem_is_ram(0xfd000000, 0x100000), "no hole in the memory map");
}

void test_end(void)
{
	__asm__ volatile("mov %0, %%" REG_SP "\n"
			 "	int $0x70" : : "r"(0xfd001000UL) : "memory");
	printf("# back from an interrupt without a stack\n# verdict: failure\n");
}

TEST_CASES = {
	{ "a hole", ready },
	TEST_CASES_END
};
