// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claim: code runs from any memory: from a block of 2 MiB that was data so far, from
 * one whose first touch is being run, and while others are written; each side sees
 * what the other wrote.
 *
 * Why: on CPUs with iTLB multihit the hypervisor makes large mappings that cannot be
 * executed, and splits them when they are. The guest must not notice.
 */
#include "guest.h"

#define BLOCKS 4
#define BLOCK 0x200000UL

static u8 *block;	/* BLOCKS of code, then as many of data, then two never touched */

/* mov $value, %eax; ret */
static void write_code(u8 *at, u32 value)
{
	at[0] = 0xb8;
	memcpy(at + 1, &value, 4);
	at[5] = 0xc3;
	barrier();
}

static u32 run_code(const u8 *at)
{
	unsigned long v = (unsigned long)at;

	__asm__ volatile("call *%0" : "+a"(v) : : "memory");
	return v;
}

static void data_then_code(void)
{
	u32 i;

	for (i = 0; i < BLOCKS; i++) {
		u8 *at = block + i * BLOCK;

		memset(at, 0x5a + i, BLOCK);
		write_code(at + 0x1000 * i, i);
		expect_eq(run_code(at + 0x1000 * i), i, "code in block %u", i);
		write_code(at + BLOCK - 8, ~i);
		expect_eq(run_code(at + BLOCK - 8), ~i, "code at the end of block %u", i);
		/* what is around it is what it was, before and after writing again */
		expect_eq(at[BLOCK / 2], 0x5a + i, "data in block %u", i);
		at[BLOCK / 2] = i;
		expect_eq(at[BLOCK / 2], i, "new data in block %u", i);
	}
}

static void data_only(void)
{
	u32 i;

	for (i = BLOCKS; i < 2 * BLOCKS; i++)
		memset(block + i * BLOCK, i, BLOCK);
	for (i = BLOCKS; i < 2 * BLOCKS; i++)
		expect_eq(block[i * BLOCK + BLOCK - 1], i, "data in block %u", i);
}

static void rewritten(void)
{
	u32 i;

	for (i = 0; i < 200; i++) {
		write_code(block + i % BLOCKS * BLOCK, i);
		if (!expect_eq(run_code(block + i % BLOCKS * BLOCK), i, "round %u", i))
			break;
	}
}

/* Zeros are "add %al, (%eax)": a whole block of them leads to the next one. */
static void first_touch_is_code(void)
{
	u8 *zeros = block + 2 * BLOCKS * BLOCK;
	static u8 scratch;
	unsigned long v = (unsigned long)&scratch;

	write_code(zeros + BLOCK, 0x600d);
	__asm__ volatile("call *%1" : "+a"(v) : "r"(zeros) : "memory", "cc");
	expect_eq(v, 0x600d, "what is behind a block of zeros");
	expect_eq(zeros[0x1234], 0, "the zeros");
}

void test_setup(void)
{
	block = (u8 *)page_alloc_untouched((2 * BLOCKS + 2) * (BLOCK / PAGE_SIZE), BLOCK);
}

TEST_CASES = {
	{ "code in what was data", data_then_code },
	{ "data beside it", data_only },
	{ "code that is written again and again", rewritten },
	{ "code as the first touch", first_touch_is_code },
	TEST_CASES_END
};
