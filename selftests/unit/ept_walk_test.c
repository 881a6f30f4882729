// SPDX-License-Identifier: GPL-2.0-only
/*
 * The walker of guest page tables: known answers in every paging mode, every reserved bit, every
 * combination of rights, tables that a hostile guest might make, entries that change during the
 * walk, and random tables against a second walker.
 */
#include <linux/bits.h>
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/kernel.h>

#include <pthread.h>

#include "unit.h"
#include "walk_model.h"

#define P	0x1ULL
#define RW	0x2ULL
#define US	0x4ULL
#define A	0x20ULL
#define D	0x40ULL
#define PS	0x80ULL
#define NX	BIT_ULL(63)

#define PG	WALK_CR0_PG
#define WP	WALK_CR0_WP

static struct model_memory memory;

static const struct walk_mode LONG4 = {
	.cr0 = PG | WP, .cr3 = 0x1000, .cr4 = WALK_CR4_PAE | WALK_CR4_PSE,
	.efer = WALK_EFER_LMA | WALK_EFER_NXE, .maxphyaddr = 40, .gbpages = true,
};

static const struct walk_mode LEGACY = {
	.cr0 = PG | WP, .cr3 = 0x1000, .cr4 = WALK_CR4_PSE, .maxphyaddr = 40,
};

static const struct walk_mode PAE = {
	.cr0 = PG | WP, .cr3 = 0x1020, .cr4 = WALK_CR4_PAE, .efer = WALK_EFER_NXE,
	.maxphyaddr = 40,
};

static void set64(u64 table, unsigned int index, u64 value)
{
	memcpy(memory.byte + table + index * 8, &value, 8);
}

static void set32(u64 table, unsigned int index, u32 value)
{
	memcpy(memory.byte + table + index * 4, &value, 4);
}

static u64 get64(u64 table, unsigned int index)
{
	u64 value;

	memcpy(&value, memory.byte + table + index * 8, 8);
	return value;
}

static u32 get32(u64 table, unsigned int index)
{
	u32 value;

	memcpy(&value, memory.byte + table + index * 4, 4);
	return value;
}

static int walk(const struct walk_mode *mode, u64 linear, unsigned int access,
		struct walk_result *result)
{
	const struct walk_memory reach = { .entry = model_entry, .ctx = &memory };

	memory.size = mode->efer & WALK_EFER_LMA || mode->cr4 & WALK_CR4_PAE ? 8 : 4;
	return walk_linear(mode, &reach, linear, access, result);
}

/* The address, or all ones for a fault. */
static u64 where(const struct walk_mode *mode, u64 linear, unsigned int access)
{
	struct walk_result result;

	return walk(mode, linear, access, &result) ? ~0ULL : result.gpa;
}

#define FAULT	(~0ULL)

/* 4 levels at pages 1 to 4: linear 0x7f8040201000 + x to the leaf, by its entries. */
#define LINEAR4	((255ULL << 39) | (1ULL << 30) | (1ULL << 21) | (1ULL << 12))

static void build4(u64 pml4e, u64 pdpte, u64 pde, u64 pte)
{
	memset(&memory, 0, sizeof(memory));
	set64(0x1000, 255, 0x2000 | pml4e);
	set64(0x2000, 1, 0x3000 | pdpte);
	set64(0x3000, 1, 0x4000 | pde);
	set64(0x4000, 1, pte);
}

TEST(paging_off_is_identity)
{
	struct walk_mode mode = { .maxphyaddr = 40 };
	struct walk_result result;

	EXPECT_EQ(walk(&mode, 0x12345678, WALK_WRITE, &result), 0);
	EXPECT_EQ(result.gpa, 0x12345678);
	EXPECT_EQ(result.nr, 0);
	EXPECT_EQ(where(&mode, 0xffffffff12345678, 0), 0x12345678);
}

TEST(long_mode_4k)
{
	struct walk_result result;

	build4(P | RW, P | RW, P | RW, 0xabcde12000 | P | RW);
	EXPECT_EQ(walk(&LONG4, LINEAR4 + 0x345, 0, &result), 0);
	EXPECT_EQ(result.gpa, 0xabcde12345);
	EXPECT_EQ(result.nr, 4);
	EXPECT_TRUE(result.wide);
	EXPECT_FALSE(result.user);
	EXPECT_PTR_EQ(result.entry[0], memory.byte + 0x1000 + 255 * 8);
	EXPECT_PTR_EQ(result.entry[3], memory.byte + 0x4000 + 8);
	EXPECT_EQ(result.value[3], 0xabcde12000 | P | RW | A);
	EXPECT_EQ(where(&LONG4, LINEAR4 + 0x1000, 0), FAULT);
	EXPECT_EQ(where(&LONG4, LINEAR4 ^ BIT_ULL(47), 0), FAULT);
}

TEST(long_mode_large_pages)
{
	build4(P | RW, P | RW, P | RW, 0);
	set64(0x3000, 1, 0xab00200000 | P | RW | PS | BIT_ULL(12));
	EXPECT_EQ(where(&LONG4, LINEAR4 + 0x1234, 0), 0xab00202234);
	set64(0x2000, 1, 0xab40000000 | P | RW | PS | BIT_ULL(12));
	EXPECT_EQ(where(&LONG4, LINEAR4 + 0x1234, 0), 0xab40202234);
}

TEST(five_levels)
{
	struct walk_mode mode = LONG4;
	struct walk_result result;

	mode.cr4 |= WALK_CR4_LA57;
	mode.cr3 = 0x5000;
	build4(P | RW, P | RW, P | RW, 0x77000 | P | RW);
	set64(0x5000, 3, 0x1000 | P | RW);
	EXPECT_EQ(walk(&mode, LINEAR4 | 3ULL << 48, 0, &result), 0);
	EXPECT_EQ(result.gpa, 0x77000);
	EXPECT_EQ(result.nr, 5);
	EXPECT_EQ(where(&mode, LINEAR4, 0), FAULT);
}

TEST(not_canonical_is_a_fault)
{
	struct walk_mode mode = LONG4;

	/* Whatever the address, there is a translation. */
	memset(&memory, 0, sizeof(memory));
	for (int i = 0; i < 512; i++) {
		set64(0x1000, i, 0x2000 | P | RW);
		set64(0x2000, i, 0x40000000 | P | RW | PS);
		set64(0x5000, i, 0x1000 | P | RW);
	}
	EXPECT_NE(where(&mode, 0x00007fffffffffff, 0), FAULT);
	EXPECT_NE(where(&mode, 0xffff800000000000, 0), FAULT);
	EXPECT_EQ(where(&mode, 0x0000800000000000, 0), FAULT);
	EXPECT_EQ(where(&mode, 0xffff7fffffffffff, 0), FAULT);
	EXPECT_EQ(where(&mode, 0x1000000000000000, 0), FAULT);
	mode.cr4 |= WALK_CR4_LA57;
	mode.cr3 = 0x5000;
	EXPECT_NE(where(&mode, 0x0000800000000000, 0), FAULT);
	EXPECT_NE(where(&mode, 0xff00000000000000, 0), FAULT);
	EXPECT_EQ(where(&mode, 0x0100000000000000, 0), FAULT);
	EXPECT_EQ(where(&mode, 0x8000000000000000, 0), FAULT);
}

TEST(legacy_4k_and_4m)
{
	struct walk_mode mode = LEGACY;
	struct walk_result result;

	memset(&memory, 0, sizeof(memory));
	set32(0x1000, 3, 0x2000 | P | RW);
	set32(0x2000, 5, 0xfee00000 | P | RW);
	EXPECT_EQ(walk(&mode, 3 << 22 | 5 << 12 | 0x123, WALK_WRITE, &result), 0);
	EXPECT_EQ(result.gpa, 0xfee00123);
	EXPECT_FALSE(result.wide);
	EXPECT_EQ(get32(0x2000, 5), 0xfee00000 | P | RW | A | D);
	EXPECT_EQ(get32(0x1000, 3), 0x2000 | P | RW | A);
	/* Addresses have 32 bits. */
	EXPECT_EQ(where(&mode, 0xabc00000000 | 3 << 22 | 5 << 12, 0), 0xfee00000);

	set32(0x1000, 4, 0x12400000 | P | RW | PS);
	EXPECT_EQ(where(&mode, 4 << 22 | 0x3fedcb, 0), 0x127fedcb);
	/* PSE-36 */
	set32(0x1000, 4, 0x12400000 | P | RW | PS | 0xab << 13);
	EXPECT_EQ(where(&mode, 4 << 22 | 0x3fedcb, 0), 0xab127fedcb);
	mode.maxphyaddr = 36;
	EXPECT_EQ(where(&mode, 4 << 22, 0), FAULT);
	set32(0x1000, 4, 0x12400000 | P | RW | PS | 0xb << 13);
	EXPECT_EQ(where(&mode, 4 << 22, 0), 0xb12400000);
	set32(0x1000, 4, 0x12400000 | P | RW | PS | 1 << 21);
	EXPECT_EQ(where(&mode, 4 << 22, 0), FAULT);
	/* Without CR4.PSE the bit means nothing. */
	mode.cr4 = 0;
	set32(0x1000, 4, 0x2000 | P | RW | PS);
	EXPECT_EQ(where(&mode, 4 << 22 | 5 << 12, 0), 0xfee00000);
}

TEST(pae)
{
	struct walk_result result;

	memset(&memory, 0, sizeof(memory));
	/* The four entries may be anywhere on 32 bytes. */
	set64(0x1020, 2, 0x2000 | P);
	set64(0x2000, 7, 0x3000 | P | RW);
	set64(0x3000, 9, 0xff12345000 | P | RW);
	EXPECT_EQ(walk(&PAE, 2ULL << 30 | 7 << 21 | 9 << 12 | 0xfff, WALK_WRITE, &result), 0);
	EXPECT_EQ(result.gpa, 0xff12345fff);
	EXPECT_EQ(result.nr, 3);
	EXPECT_EQ(get64(0x1020, 2), 0x2000 | P);
	EXPECT_EQ(get64(0x2000, 7), 0x3000 | P | RW | A);
	set64(0x2000, 8, 0xff12200000 | P | RW | PS);
	EXPECT_EQ(where(&PAE, 2ULL << 30 | 8 << 21 | 0x12345, 0), 0xff12212345);
	/* A top entry that looks large is none. */
	set64(0x1020, 3, 0x40000000 | P | PS);
	EXPECT_EQ(where(&PAE, 3ULL << 30, 0), FAULT);
}

static void expect_as_model(const struct walk_mode *mode, u64 linear, unsigned int access)
{
	const char *differs = model_compare(mode, &memory, linear, access);

	if (differs)
		FAIL("%s", differs);
}

static const u8 WIDTH[] = { 32, 36, 39, 40, 46, 51, 52 };

/* A good translation with one bit of one entry changed, against the model. */
static void one_bit_long(unsigned int variant, unsigned int width, unsigned int level,
			 unsigned int bit)
{
	u64 table = 0x1000 * (level + 1);
	unsigned int index = level ? 1 : 255;
	struct walk_mode mode = LONG4;

	mode.maxphyaddr = width;
	mode.gbpages = variant & 1;
	if (variant & 2)
		mode.efer &= ~WALK_EFER_NXE;
	build4(P | RW, P | RW, P | RW, 0x12000 | P | RW);
	if (variant & 4)
		set64(0x3000, 1, 0x200000 | P | RW | PS);
	set64(table, index, get64(table, index) ^ BIT_ULL(bit));
	unit_context("variant %u, width %u, level %u, bit %u", variant, width, level, bit);
	expect_as_model(&mode, LINEAR4, WALK_WRITE);
}

static void one_bit_pae(unsigned int variant, unsigned int width, unsigned int level,
			unsigned int bit)
{
	struct walk_mode mode = PAE;

	mode.maxphyaddr = width;
	if (variant & 1)
		mode.efer = 0;
	memset(&memory, 0, sizeof(memory));
	set64(0x1020, 0, (0x2000 | P) ^ (level == 0 ? BIT_ULL(bit) : 0));
	set64(0x2000, 0, (variant & 2 ? 0x200000 | P | RW | PS : 0x3000 | P | RW) ^
			 (level == 1 ? BIT_ULL(bit) : 0));
	set64(0x3000, 0, (0x5000 | P | RW) ^ (level == 2 ? BIT_ULL(bit) : 0));
	unit_context("PAE variant %u, width %u, level %u, bit %u", variant, width, level, bit);
	expect_as_model(&mode, 0, 0);
}

static void one_bit_legacy(unsigned int variant, unsigned int width, unsigned int level,
			   unsigned int bit)
{
	struct walk_mode mode = LEGACY;

	mode.maxphyaddr = width;
	if (variant & 1)
		mode.cr4 = 0;
	memset(&memory, 0, sizeof(memory));
	set32(0x1000, 0, (variant & 2 ? 0x12400000 | P | RW | PS : 0x2000 | P | RW) ^
			 (level == 0 ? 1U << bit : 0));
	set32(0x2000, 0, (0x5000 | P | RW) ^ (level == 1 ? 1U << bit : 0));
	unit_context("32-bit variant %u, width %u, level %u, bit %u", variant, width, level, bit);
	expect_as_model(&mode, 0, WALK_WRITE);
}

TEST(every_bit_of_every_entry)
{
	unsigned int i, level, bit;

	for (i = 0; i < 8 * ARRAY_SIZE(WIDTH); i++) {
		for (level = 0; level < 4; level++)
			for (bit = 0; bit < 64; bit++)
				one_bit_long(i % 8, WIDTH[i / 8], level, bit);
		for (level = 0; level < 3; level++)
			for (bit = 0; bit < 64; bit++)
				one_bit_pae(i % 8, WIDTH[i / 8], level, bit);
		for (level = 0; level < 2; level++)
			for (bit = 0; bit < 32; bit++)
				one_bit_legacy(i % 8, WIDTH[i / 8], level, bit);
	}
}

/* @bits: U/S, R/W, NX and key of entries; @set: what of the CPU's state matters. */
static void one_right(unsigned int bits, unsigned int set, unsigned int access)
{
	struct walk_mode mode = LONG4;

	mode.cr0 = PG | (set & 1 ? WP : 0);
	mode.cr4 |= (set & 2 ? WALK_CR4_SMEP : 0) | (set & 4 ? WALK_CR4_SMAP : 0) |
		    (set & 8 ? WALK_CR4_PKE : 0);
	mode.ac = set & 16;
	/* Key 0 may do all, key 1 nothing, key 2 read. */
	mode.pkru = 2 << 4 | 1 << 2;
	build4(P | (bits & 1 ? RW : 0) | (bits & 2 ? US : 0), P | RW | US,
	       P | RW | US | (bits & 4 ? NX : 0),
	       0x12000 | P | (bits & 8 ? RW : 0) | (bits & 16 ? US : 0) |
	       (bits & 32 ? NX : 0) | (u64)(bits >> 6) << 59);
	if (set & 32)
		memory.readonly = BIT(4);
	unit_context("entries %#x, CPU %#x, access %u", bits, set, access);
	expect_as_model(&mode, LINEAR4, access);
}

TEST(every_combination_of_rights)
{
	unsigned int bits, set, access;

	for (bits = 0; bits < 1 << 8; bits++)
		for (set = 0; set < 1 << 6; set++)
			for (access = 0; access < 8; access++)
				one_right(bits, set, access);
}

TEST(smap_says_that_it_was_the_reason)
{
	struct walk_mode mode = LONG4;
	struct walk_result result;

	mode.cr4 |= WALK_CR4_SMAP;
	build4(P | RW | US, P | RW | US, P | RW | US, 0x12000 | P | RW | US);
	EXPECT_EQ(walk(&mode, LINEAR4, 0, &result), -EFAULT);
	EXPECT_TRUE(result.smap);
	EXPECT_EQ(get64(0x4000, 1) & A, 0);
	mode.ac = true;
	EXPECT_EQ(walk(&mode, LINEAR4, 0, &result), 0);
	EXPECT_FALSE(result.smap);
	EXPECT_TRUE(result.user);
	/* AC does not help where something else forbids. */
	mode.ac = false;
	set64(0x4000, 1, 0x12000 | P | US);
	EXPECT_EQ(walk(&mode, LINEAR4, WALK_WRITE, &result), -EFAULT);
	EXPECT_FALSE(result.smap);
}

TEST(accessed_and_dirty)
{
	build4(P | RW, P | RW, P | RW, 0x12000 | P | RW);
	EXPECT_EQ(where(&LONG4, LINEAR4, 0), 0x12000);
	EXPECT_EQ(get64(0x4000, 1), 0x12000 | P | RW | A);
	EXPECT_EQ(get64(0x1000, 255), 0x2000 | P | RW | A);
	EXPECT_EQ(where(&LONG4, LINEAR4, WALK_WRITE), 0x12000);
	EXPECT_EQ(get64(0x4000, 1), 0x12000 | P | RW | A | D);
	EXPECT_EQ(get64(0x3000, 1), 0x4000 | P | RW | A);
	/* A leaf that may not be used is left alone. */
	set64(0x4000, 1, 0x12000 | P);
	EXPECT_EQ(where(&LONG4, LINEAR4, WALK_WRITE), FAULT);
	EXPECT_EQ(get64(0x4000, 1), 0x12000 | P);
}

TEST(tables_that_may_only_be_read)
{
	build4(P | RW | A, P | RW | A, P | RW | A, 0x12000 | P | RW | A);
	memory.readonly = ~0ULL;
	EXPECT_EQ(where(&LONG4, LINEAR4, 0), 0x12000);
	EXPECT_EQ(where(&LONG4, LINEAR4, WALK_WRITE), FAULT);
	EXPECT_EQ(get64(0x4000, 1), 0x12000 | P | RW | A);
	set64(0x3000, 1, 0x4000 | P | RW);
	EXPECT_EQ(where(&LONG4, LINEAR4, 0), FAULT);
}

TEST(tables_that_are_not_there)
{
	struct walk_mode mode = LONG4;

	build4(P | RW, P | RW, P | RW, 0x12000 | P | RW);
	set64(0x3000, 1, MODEL_BYTES | P | RW);
	EXPECT_EQ(where(&LONG4, LINEAR4, 0), FAULT);
	set64(0x3000, 1, 0xfffffff000 | P | RW);
	EXPECT_EQ(where(&LONG4, LINEAR4, 0), FAULT);
	mode.cr3 = ~0ULL;
	EXPECT_EQ(where(&mode, LINEAR4, 0), FAULT);
	mode = LEGACY;
	mode.cr3 = ~0ULL;
	EXPECT_EQ(where(&mode, 0, 0), FAULT);
	mode = PAE;
	mode.cr3 = ~0ULL;
	EXPECT_EQ(where(&mode, 0, 0), FAULT);
}

/* A table that is its own child: each level reads it again, and the walk ends. */
TEST(loops_end)
{
	struct walk_result result;

	memset(&memory, 0, sizeof(memory));
	set64(0x1000, 0, 0x1000 | P | RW | US);
	EXPECT_EQ(walk(&LONG4, 0x123, WALK_WRITE, &result), 0);
	EXPECT_EQ(result.gpa, 0x1123);
	EXPECT_EQ(result.nr, 4);
	/* The same entry was a table and a leaf: dirty once it was the leaf. */
	EXPECT_EQ(get64(0x1000, 0), 0x1000 | P | RW | US | A | D);

	memset(&memory, 0, sizeof(memory));
	set32(0x1000, 0, 0x1000 | P | RW);
	EXPECT_EQ(walk(&LEGACY, 0x123, 0, &result), 0);
	EXPECT_EQ(result.gpa, 0x1123);
}

/* Another CPU of the guest writes the leaf all the time. */
static int stop;

static void *flip(void *arg)
{
	u64 *leaf = arg;
	u64 i = 0;

	for (; !READ_ONCE(stop); i++)
		WRITE_ONCE(*leaf, (i & 1 ? 0x12000 | US : 0x13000) | P | RW | (i & 0x7ff) << 52);
	return NULL;
}

TEST(entries_that_change_meanwhile)
{
	u64 *leaf = (u64 *)(memory.byte + 0x4000 + 8);
	struct walk_result result;
	unsigned int i, good = 0;
	pthread_t thread;
	int err;

	build4(P | RW | US, P | RW | US, P | RW | US, 0x12000 | P | RW | US);
	WRITE_ONCE(stop, 0);
	ASSERT_EQ(pthread_create(&thread, NULL, flip, leaf), 0);
	for (i = 0; i < 20000; i++) {
		err = walk(&LONG4, LINEAR4, WALK_WRITE, &result);
		if (err) {
			EXPECT_EQ(err, -EFAULT);
			continue;
		}
		good++;
		/* One value of the entry, not a mixture; and it was marked. */
		if (result.gpa != (result.value[3] & 0xff000) ||
		    (result.gpa != 0x12000 && result.gpa != 0x13000) ||
		    result.user != !!(result.value[3] & US) ||
		    (result.value[3] & (A | D)) != (A | D)) {
			FAIL("%llx from %llx", result.gpa, result.value[3]);
			break;
		}
	}
	WRITE_ONCE(stop, 1);
	pthread_join(thread, NULL);
	EXPECT_GT(good, 0);
}

static u64 next_random(u64 *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

TEST(random_tables)
{
	u64 state = 0x9e3779b97f4a7c15;
	unsigned int round, i, found = 0;

	for (round = 0; round < 20000; round++) {
		struct walk_mode mode = {
			.cr0 = PG | (next_random(&state) & WP),
			.cr3 = next_random(&state) & 0xffff,
			.cr4 = next_random(&state) & 0x701030,
			.efer = next_random(&state) & 0xc00,
			.pkru = next_random(&state),
			.maxphyaddr = 32 + next_random(&state) % 21,
			.gbpages = next_random(&state) & 1,
			.ac = next_random(&state) & 1,
		};
		u64 linear = next_random(&state);
		unsigned int access = next_random(&state) & 7;

		/* A few bits in each entry, so that some walks get through. */
		for (i = 0; i < MODEL_BYTES / 8; i++) {
			u64 value = next_random(&state);
			u64 entry = (value & 0xf067) | P;

			if (!(value >> 60))
				entry |= BIT_ULL(value >> 20 & 63);
			memcpy(memory.byte + i * 8, &entry, 8);
		}
		memory.readonly = next_random(&state) & next_random(&state) &
				  next_random(&state);
		if (mode.efer & WALK_EFER_LMA)
			linear = (s64)linear >> (mode.cr4 & WALK_CR4_LA57 ? 7 : 16);
		unit_context("round %u", round);
		expect_as_model(&mode, linear, access);
		found += where(&mode, linear, access) != FAULT;
	}
	/* It tests little if hardly anything is mapped. */
	EXPECT_GT(found, 2000);
}
