// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claim: every page of RAM that the memory map lists is there, reads zero at
 * first touch, keeps what is written, is no other page's alias, and can be
 * executed; reading first or writing first makes no difference.
 *
 * Why: memory is populated on first touch: a page handed out unzeroed is another
 * domain's secret, one handed out twice is corruption.
 *
 * With "stride=" in MiB only some 2 MiB ranges are touched: so a domain of many
 * GiB can be tried on a small host.
 */
#include "guest.h"

#define RANGE 0x200000UL

static u64 ranges[4096];
static unsigned int nr_ranges;

/* The 2 MiB ranges to touch: all RAM above what the library uses, or some of it. */
static void ranges_find(void)
{
	u64 stride = opt_u64("stride", 2) << 20, a;
	u64 first = ALIGN_UP((u64)page_alloc_next() + 0x100000, (u64)RANGE);
	unsigned int i, n;
	const struct hvm_memmap_table_entry *m = mem_map(&n);

	for (i = 0; i < n; i++) {
		if (m[i].type != XEN_HVM_MEMMAP_TYPE_RAM)
			continue;
		a = m[i].addr < first ? first : ALIGN_UP(m[i].addr, (u64)RANGE);
		for (; a + RANGE <= m[i].addr + m[i].size; a += stride)
			if (nr_ranges < ARRAY_SIZE(ranges) &&
			    (sizeof(long) == 8 || a + RANGE <= 0x100000000ULL))
				ranges[nr_ranges++] = a;
	}
}

static u64 pattern(u64 addr)
{
	return addr * 0x9e3779b97f4a7c15ULL ^ 0x5bd1e995;
}

/* Which of the range's 512 pages is used, as an index of u64: different in each range. */
static unsigned int offset(u64 addr)
{
	return (addr >> 21) * 7 % 511 * 512;
}

static void zero_and_keep(void)
{
	unsigned int i;

	for (i = 0; i < nr_ranges; i++) {
		u64 a = ranges[i];
		unsigned int off = offset(a);
		volatile u64 *p = phys_map(a, RANGE);

		/* write first or read first */
		if (i & 1)
			p[off] = pattern(a);
		if (p[off] != (i & 1 ? pattern(a) : 0) || p[RANGE / 8 - 1])
			test_failed("%#llx reads %#llx, its end %#llx at first touch",
				    (unsigned long long)a, (unsigned long long)p[off],
				    (unsigned long long)p[RANGE / 8 - 1]);
		p[off] = pattern(a);
		p[off + 511] = ~pattern(a);
	}
	printf("# %u ranges of 2 MiB touched\n", nr_ranges);
	expect(nr_ranges, "nothing to touch");
	for (i = 0; i < nr_ranges; i++) {
		volatile u64 *p = (u64 *)(unsigned long)ranges[i];
		unsigned int off = offset(ranges[i]);

		if (p[off] != pattern(ranges[i]) || p[off + 511] != ~pattern(ranges[i]))
			test_failed("%#llx holds %#llx, not what was written",
				    (unsigned long long)ranges[i], (unsigned long long)p[off]);
	}
}

/* All of three ranges: nothing but what the first case wrote. */
static void whole_range_zero(void)
{
	unsigned int i, k, bad;

	for (i = 0; i < 3 && i < nr_ranges; i++) {
		const u64 *p = (u64 *)(unsigned long)ranges[i];
		unsigned int off = offset(ranges[i]);

		for (bad = k = 0; k < RANGE / 8; k++)
			bad += p[k] && k != off && k != off + 511;
		expect_eq(bad, 0, "non-zero words in %#llx", (unsigned long long)ranges[i]);
	}
}

static void low_memory(void)
{
	u8 *p;
	unsigned int bad = 0;

	/* below 1 MiB, where Linux puts its trampoline; the start info may be here elsewhere */
	for (p = (u8 *)0x1000; p < (u8 *)0x9f000; p += PAGE_SIZE) {
		if (start_info && (unsigned long)start_info < 0x100000)
			break;
		bad += mem_is(p, 0, PAGE_SIZE) != PAGE_SIZE;
	}
	expect_eq(bad, 0, "non-zero pages in low memory");
	p = (u8 *)0x1000;
	WRITE_ONCE(*p, 0x77);
	expect_eq(READ_ONCE(*p), 0x77, "a byte in low memory");
	WRITE_ONCE(*p, 0);
}

static void executable(void)
{
	static const u8 code[] = { 0xb8, 0x21, 0x43, 0x65, 0x07, 0xc3 };	/* mov, ret */
	u8 *p = (u8 *)page_alloc_untouched(1, PAGE_SIZE) + PAGE_SIZE - 3;
	u32 v;

	page_alloc_untouched(1, PAGE_SIZE);
	memcpy(p, code, sizeof(code));	/* crosses a page */
	__asm__ volatile("call *%1" : "=a"(v) : "r"(p) : "memory");
	expect_eq(v, 0x07654321, "value from code in fresh memory");
	/* changed code is seen at once */
	p[1] = 0x99;
	__asm__ volatile("call *%1" : "=a"(v) : "r"(p) : "memory");
	expect_eq(v, 0x07654399, "value from changed code");
}

static void atomics(void)
{
	/* first touch by locked and by wide instructions */
	unsigned long p = page_alloc_untouched(2048, LARGE_SIZE);
	u32 v;

	__asm__ volatile("lock; incl (%0)" : : "r"(p) : "memory", "cc");
	expect_eq(*(volatile u32 *)p, 1, "LOCK INC on fresh memory");
	v = 5;
	__asm__ volatile("xchgl %0, (%1)" : "+r"(v) : "r"(p + 0x200000) : "memory");
	expect_eq(v, 0, "XCHG on fresh memory");
	/* a word across two fresh ranges */
	*(volatile u32 *)(p + 0x400000 - 2) = 0x11223344;
	expect_eq(*(volatile u32 *)(p + 0x400000 - 2), 0x11223344, "word across 2 MiB");
	/* string move from fresh to fresh */
	memcpy((void *)(p + 0x600000), (void *)(p + 0x500000), 0x1000);
	expect_eq(mem_is((void *)(p + 0x600000), 0, 0x1000), 0x1000, "copy of fresh memory");
}

void test_setup(void)
{
	ranges_find();
}

TEST_CASES = {
	{ "zero at first touch, then keeps its own data", zero_and_keep },
	{ "whole ranges are zero", whole_range_zero },
	{ "low memory", low_memory },
	{ "locked, crossing and string first touches", atomics },
	{ "executable", executable },
	TEST_CASES_END
};
