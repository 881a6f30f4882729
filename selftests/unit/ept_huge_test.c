// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mappings of 1 GiB: where they can be had, what splits them and what is left then, and that a
 * domain that gets none, or no memory, is none the worse.
 */
#include <string.h>

#include "ept/internal.h"
#include "unit.h"
#include "vcpu/vcpu.h"
#include "vmx/root/mitigation_policy.h"
#include "vmx/root/insn.h"

#define MB		(1ULL << 20)
#define GB		(1ULL << 30)
#define GIB_GFNS	(GB >> 12)

/* Two gigabytes and an odd end; RAM beyond that is no gigabyte. */
static const struct xlhv_mem_range MAP[] = {
	{ .addr = 0, .size = 2 * GB + 2 * MB + 0x1000, .type = XLHV_MEM_RAM },
	{ .addr = 0x100000000, .size = 4 * MB, .type = XLHV_MEM_RAM },
};

#define ALL_PAGES	(2 * GIB_GFNS + 512 + 1 + 1024)

static struct vcpu vcpu;
static struct vcpu *vcpus[] = { &vcpu };
static struct domain dom;

static int start(void)
{
	int err;

	fake_memory_init();
	vmx_caps.features |= XLHV_FEAT_EPT_1G;
	memset(&dom, 0, sizeof(dom));
	dom.max_vcpus = 1;
	dom.vcpu = vcpus;
	vcpu = (struct vcpu){ .domain = &dom };
	err = ept_init(&dom, ALL_PAGES, true);
	return err ?: ept_set_memory_map(&dom, MAP, ARRAY_SIZE(MAP));
}

static void finish(unsigned int left)
{
	ept_free(&dom);
	rcu_barrier();
	EXPECT_EQ(fake_pages_used(), left);
	EXPECT_EQ(atomic64_read(&dom.ept.nr_pages), 0);
	EXPECT_EQ(atomic64_read(&dom.ept.nr_tables), 0);
	EXPECT_EQ(atomic64_read(&dom.ept.nr_1g), 0);
	EXPECT_EQ(unit_alloc_count(), 0);
}

#define PAGES()		atomic64_read(&dom.ept.nr_pages)
#define BIG()		atomic64_read(&dom.ept.nr_2m)
#define HUGE()		atomic64_read(&dom.ept.nr_1g)

static struct ept_pos at(u64 gfn)
{
	struct ept_pos pos = { .level = 0 };

	rcu_read_lock();
	EXPECT_TRUE(ept_walk(&dom.ept, gfn, 1, &pos));
	rcu_read_unlock();
	return pos;
}

static u64 frame(u64 gfn)
{
	struct ept_pos pos = at(gfn);

	return ept_entry_pfn(pos.entry, pos.level, gfn);
}

/* The first gfn that a mapping of 1 GiB has. */
static u64 find_gib(void)
{
	u64 gfn;

	for (gfn = 0; gfn < 2 * GIB_GFNS; gfn += GIB_GFNS)
		if (at(gfn).level == 3)
			return gfn;
	return ~0ULL;
}

TEST(gigabytes_are_found_among_blocks)
{
	struct ept_pos pos;
	u64 gfn;

	ASSERT_EQ(start(), 0);
	EXPECT_EQ(ept_populate_all(&dom), 0);
	EXPECT_EQ(PAGES(), ALL_PAGES);
	EXPECT_EQ(fake_pages_used(), ALL_PAGES);
	/* The arena's first page is used: one of the two gigabytes is in one piece. */
	EXPECT_EQ(HUGE(), 1);
	EXPECT_EQ(BIG(), 512 + 1 + 2);
	gfn = find_gib();
	ASSERT_TRUE(gfn != ~0ULL);
	pos = at(gfn + 0x12345);
	EXPECT_EQ(pos.level, 3);
	EXPECT_EQ(pos.entry & (EPT_FRAME | EPT_LARGE | EPT_PERM),
		  frame(gfn) << 12 | EPT_LARGE | EPT_PERM);
	EXPECT_EQ(frame(gfn) % GIB_GFNS, 0);
	EXPECT_EQ(ept_fault_atomic(&vcpu, (gfn + 0x3ffff) << 12, true, true), 0);
	/* Copies find their way. */
	EXPECT_EQ(guest_write_gpa(&dom, (gfn + 0x1ff) * 4096 + 4090, "gigabytes!", 10), 0);
	EXPECT_EQ(memcmp(page_address(pfn_to_page(frame(gfn) + 0x200)), "tes!", 4), 0);
	finish(0);
}

TEST(one_page_splits_one_block)
{
	struct page *special;
	u64 gfn, first;
	char text[4];

	ASSERT_EQ(start(), 0);
	EXPECT_EQ(ept_populate_all(&dom), 0);
	gfn = find_gib();
	ASSERT_TRUE(gfn != ~0ULL);
	first = frame(gfn);
	EXPECT_EQ(guest_write_gpa(&dom, (gfn + 0x401) << 12, "abc", 4), 0);
	EXPECT_EQ(ept_remove(&dom, gfn + 0x400, EPT_RAM), 0);
	EXPECT_EQ(HUGE(), 0);
	EXPECT_EQ(BIG(), 515 + 511);
	EXPECT_EQ(PAGES(), ALL_PAGES - 1);
	EXPECT_EQ(ept_get_type(&dom, gfn + 0x400), EPT_HOLE);
	/* All else is where it was. */
	EXPECT_EQ(frame(gfn), first);
	EXPECT_EQ(at(gfn).level, 2);
	EXPECT_EQ(frame(gfn + 0x401), first + 0x401);
	EXPECT_EQ(at(gfn + 0x401).level, 1);
	EXPECT_EQ(frame(gfn + GIB_GFNS - 1), first + GIB_GFNS - 1);
	EXPECT_EQ(guest_read_gpa(&dom, (gfn + 0x401) << 12, text, 4), 0);
	EXPECT_STREQ(text, "abc");
	special = alloc_pages(__GFP_ZERO, 0);
	EXPECT_EQ(ept_map_special(&dom, gfn + 0x3fff, special, EPT_SPECIAL), 0);
	EXPECT_EQ(BIG(), 515 + 510);
	EXPECT_EQ(frame(gfn + 0x3ffe), first + 0x3ffe);
	rcu_barrier();
	EXPECT_EQ(fake_pages_used(), ALL_PAGES - 2 + 1);
	fake_blocks_freed = 0;
	finish(1);
	EXPECT_EQ(fake_blocks_freed, 515 + 510);
	put_page(special);
}

TEST(code_runs_in_small_pages_where_that_is_wanted)
{
	u64 gfn;

	vmx_guards = XLHV_MITIGATION_NX_HUGE;
	ASSERT_EQ(start(), 0);
	EXPECT_EQ(ept_populate_all(&dom), 0);
	gfn = find_gib();
	ASSERT_TRUE(gfn != ~0ULL);
	EXPECT_EQ(at(gfn).entry & EPT_X, 0);
	EXPECT_EQ(ept_fault_atomic(&vcpu, (gfn + 7) << 12, false, true), -EAGAIN);
	EXPECT_EQ(ept_fault(&vcpu, (gfn + 7) << 12, false, true), 0);
	EXPECT_EQ(HUGE(), 0);
	EXPECT_EQ(BIG(), 515 + 511);
	EXPECT_EQ(at(gfn + 7).level, 1);
	EXPECT_NE(at(gfn + 7).entry & EPT_X, 0);
	EXPECT_EQ(at(gfn + 0x200).level, 2);
	EXPECT_EQ(at(gfn + 0x200).entry & EPT_X, 0);
	EXPECT_EQ(ept_fault_atomic(&vcpu, (gfn + 0x200) << 12, true, false), 0);
	finish(0);
	vmx_guards = 0;
}

TEST(without_the_feature_there_are_none)
{
	ASSERT_EQ(start(), 0);
	vmx_caps.features &= ~XLHV_FEAT_EPT_1G;
	EXPECT_EQ(ept_populate_all(&dom), 0);
	EXPECT_EQ(HUGE(), 0);
	EXPECT_EQ(BIG(), 1024 + 3);
	EXPECT_EQ(PAGES(), ALL_PAGES);
	finish(0);
}

TEST(a_page_of_others_is_in_the_way)
{
	struct page *theirs;
	unsigned int i;

	ASSERT_EQ(start(), 0);
	for (i = 0; i < 3; i++)
		put_page(alloc_pages(0, 0));
	theirs = &fake_pages[GIB_GFNS + 0x10000];
	theirs->refs = 1;
	EXPECT_EQ(ept_populate_all(&dom), 0);
	EXPECT_EQ(HUGE(), 0);
	EXPECT_EQ(BIG(), 1024 + 3);
	EXPECT_EQ(PAGES(), ALL_PAGES);
	finish(0);
	theirs->refs = 0;
}

TEST(too_little_memory_leaves_nothing)
{
	ASSERT_EQ(start(), 0);
	fake_pages_left = ALL_PAGES - 1000;
	EXPECT_EQ(ept_populate_all(&dom), -ENOMEM);
	EXPECT_EQ(PAGES(), 0);
	EXPECT_EQ(HUGE(), 0);
	EXPECT_EQ(fake_pages_used(), 0);
	/* Nor does it get any later. */
	fake_pages_left = ~0U;
	EXPECT_EQ(ept_populate_foreign(&dom, 0), -ESRCH);
	EXPECT_EQ(ept_populate_all(&dom), -ESRCH);
	finish(0);
	/* Small pieces only: no gigabytes, and no harm. */
	ASSERT_EQ(start(), 0);
	fake_max_order = 5;
	EXPECT_EQ(ept_populate_all(&dom), 0);
	fake_max_order = 10;
	EXPECT_EQ(HUGE() + BIG(), 0);
	EXPECT_EQ(PAGES(), ALL_PAGES);
	finish(0);
}

/* Tables, the list of blocks: each allocation fails once. */
TEST(every_allocation_fails_once)
{
	unsigned int i;
	int err;

	for (i = 0; unit_alloc_failing(i); i++) {
		err = start();
		if (!err)
			err = ept_populate_all(&dom);
		EXPECT_TRUE(!err || err == -ENOMEM);
		if (!err)
			EXPECT_EQ(PAGES(), ALL_PAGES);
		finish(0);
	}
	EXPECT_TRUE(i > 3);
}

#define LOOKS		16384		/* at held frames, when a guest wants memory */
#define NR_HELD		(LOOKS + 1000)

/* Who wants memory looks at a part of what is held, and the next one at the next. */
TEST(held_frames_are_looked_at_in_turn)
{
	static struct page *held[NR_HELD];
	struct ept_batch batch;
	unsigned int i;

	ASSERT_EQ(start(), 0);
	dom.ept.eager = false;
	for (i = 0; i < NR_HELD; i++) {
		held[i] = ept_get_page(&dom, i, EPT_WRITE | EPT_POPULATE, NULL);
		ASSERT_FALSE(IS_ERR(held[i]));
	}
	ept_batch_init(&batch, &dom);
	for (i = 0; i < NR_HELD; i++) {
		ASSERT_EQ(ept_remove_batched(&batch, i, EPT_RAM), 0);
		if (i % 1000 == 999)
			rcu_barrier();
	}
	ept_batch_finish(&batch);
	rcu_barrier();
	ASSERT_EQ(atomic64_read(&dom.ept.nr_held), NR_HELD);
	/* The last in the list is beyond the first look. */
	put_page(held[NR_HELD - 1]);
	EXPECT_EQ(ept_populate(&dom, 0, 0), -ENOMEM);
	EXPECT_EQ(atomic64_read(&dom.ept.nr_held), NR_HELD);
	EXPECT_EQ(ept_populate(&dom, 0, 0), 0);
	EXPECT_EQ(atomic64_read(&dom.ept.nr_held), NR_HELD - 1);
	for (i = 0; i < NR_HELD - 1; i++)
		put_page(held[i]);
	finish(0);
}
