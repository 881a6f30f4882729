// SPDX-License-Identifier: GPL-2.0-only
/*
 * How much memory a domain may have and has: what happens without, what it gives back and what
 * others hold of that, the tables besides, and each allocation that can fail.
 */
#include "ept_domain.h"

TEST(no_memory)
{
	ASSERT_EQ(start(false), 0);
	fake_pages_left = 0;
	EXPECT_EQ(touch(0), -ENOMEM);
	EXPECT_EQ(touch(0xfc000), -ENOMEM);
	EXPECT_EQ(type_of(0), EPT_RAM_LAZY);
	EXPECT_PTR_EQ(ept_get_page(&dom, 0, EPT_POPULATE, NULL), ERR_PTR(-ENOMEM));
	EXPECT_EQ(ept_populate_all(&dom), -ENOMEM);
	EXPECT_EQ(PAGES(), 0);
	fake_pages_left = 33;
	EXPECT_EQ(touch(0), 0);
	EXPECT_EQ(PAGES(), 32);
	EXPECT_EQ(touch(32), 0);
	EXPECT_EQ(PAGES(), 33);
	EXPECT_EQ(touch(33), -ENOMEM);
	fake_pages_left = 2000;
	EXPECT_EQ(touch(0x200), 0);
	EXPECT_EQ(touch(0x400), 0);
	EXPECT_EQ(BIG(), 2);
	finish(0);
}

TEST(the_host_keeps_some_memory)
{
	long reserve = 16 << (20 - PAGE_SHIFT);

	/* 1/32 of so little is less than the least that it keeps. */
	host_memory_init();
	ASSERT_EQ(start(false), 0);
	fake_available = reserve + 511;
	EXPECT_EQ(touch(0), 0);
	EXPECT_EQ(PAGES(), 32);
	fake_available = reserve + 31;
	EXPECT_EQ(touch(32), 0);
	EXPECT_EQ(PAGES(), 33);
	fake_available = reserve;
	EXPECT_EQ(touch(33), -ENOMEM);
	EXPECT_EQ(ept_populate_all(&dom), -ENOMEM);
	fake_available = -1;
	EXPECT_EQ(touch(33), -ENOMEM);
	EXPECT_EQ(PAGES(), 0);
	fake_available = reserve + 512;
	EXPECT_EQ(touch(33), 0);
	EXPECT_EQ(BIG(), 1);
	finish(0);
}

TEST(ballooning)
{
	u64 gfn;

	ASSERT_EQ(start(false), 0);
	EXPECT_EQ(touch(0), 0);
	/* From a block, from nothing, twice, and where nothing is. */
	EXPECT_EQ(ept_remove(&dom, 100, EPT_RAM), 0);
	EXPECT_EQ(ept_remove(&dom, 100, EPT_RAM), -ENOENT);
	EXPECT_EQ(ept_remove(&dom, 0x300, EPT_RAM), 0);
	EXPECT_EQ(ept_remove(&dom, SPECIAL, EPT_RAM), -ENOENT);
	EXPECT_EQ(ept_remove(&dom, ~0ULL, EPT_RAM), -ENOENT);
	EXPECT_EQ(ept_remove(&dom, 101, EPT_SPECIAL), -EPERM);
	EXPECT_EQ(ept_remove(&dom, 101, EPT_GRANT), -EPERM);
	EXPECT_EQ(BIG(), 0);
	EXPECT_EQ(PAGES(), 511);
	EXPECT_EQ(RESERVED(), ALL_PAGES - 2);
	rcu_barrier();
	EXPECT_EQ(fake_pages_used(), 511);
	EXPECT_EQ(touch(100), -EFAULT);
	EXPECT_EQ(touch(0x300), -EFAULT);
	EXPECT_EQ(touch(0x301), 0);
	/* Back again, no more than there was. */
	EXPECT_EQ(ept_populate(&dom, 100, 0), 0);
	EXPECT_EQ(type_of(100), EPT_RAM_LAZY);
	EXPECT_EQ(touch(100), 0);
	EXPECT_EQ(ept_populate(&dom, FAR, 0), 0);
	EXPECT_EQ(type_of(FAR), EPT_RAM);
	EXPECT_EQ(RESERVED(), ALL_PAGES);
	EXPECT_EQ(ept_populate(&dom, FAR + 1, 0), -ENOMEM);
	EXPECT_EQ(ept_populate(&dom, 0x300, 0), -ENOMEM);
	EXPECT_EQ(ept_remove(&dom, FAR, EPT_HOLE), 0);
	EXPECT_EQ(ept_populate(&dom, 0x300, 0), 0);
	/* Many at once. */
	EXPECT_EQ(ept_populate_all(&dom), 0);
	for (gfn = 0x200; gfn < 0x600; gfn++)
		EXPECT_EQ(ept_remove(&dom, gfn, EPT_RAM), 0);
	rcu_barrier();
	EXPECT_EQ(fake_pages_used(), ALL_PAGES - 0x400);
	EXPECT_EQ(BIG(), 2);
	/* Where single pages were, a block can be again. */
	EXPECT_EQ(ept_populate(&dom, FAR, 9), 0);
	EXPECT_EQ(BIG(), 3);
	EXPECT_EQ(ept_populate(&dom, 0x200, 9), 0);
	EXPECT_EQ(RESERVED(), ALL_PAGES);
	EXPECT_EQ(ept_populate(&dom, FAR + 512, 9), -ENOMEM);
	EXPECT_EQ(ept_populate(&dom, 0x400, 4), -ENOMEM);
	EXPECT_EQ(RESERVED(), ALL_PAGES);
	EXPECT_EQ(touch(0x3ff), 0);
	EXPECT_EQ(BIG(), 4);
	EXPECT_EQ(count_table(dom.ept.root, 4), PAGES());
	finish(0);
}

#define HELD()		atomic64_read(&dom.ept.nr_held)

/* What left the p2m counts until nobody has it any more. */
TEST(a_held_page_is_charged)
{
	struct page *held[100], *page;
	unsigned int i;

	ASSERT_EQ(start(false), 0);
	for (i = 0; i < 100; i++) {
		held[i] = ept_get_page(&dom, i, EPT_WRITE | EPT_POPULATE, NULL);
		ASSERT_FALSE(IS_ERR(held[i]));
		EXPECT_EQ(ept_remove(&dom, i, EPT_RAM), 0);
	}
	EXPECT_EQ(atomic64_read(&dom.ept.nr_leaving), 100);
	rcu_barrier();
	EXPECT_EQ(atomic64_read(&dom.ept.nr_leaving), 0);
	EXPECT_EQ(HELD(), 100);
	EXPECT_EQ(RESERVED(), ALL_PAGES - 100);
	EXPECT_EQ(ept_pages(&dom.ept), ALL_PAGES);
	EXPECT_EQ(ept_populate(&dom, 0, 0), -ENOMEM);
	EXPECT_EQ(ept_populate(&dom, FAR, 0), -ENOMEM);
	/* One that is let go may be had again, also when it is the last that is looked at. */
	put_page(held[99]);
	EXPECT_EQ(ept_populate(&dom, FAR, 0), 0);
	EXPECT_EQ(ept_populate(&dom, 0, 0), -ENOMEM);
	EXPECT_EQ(HELD(), 99);
	/* By and by, without anybody asking. */
	for (i = 0; i < 50; i++)
		put_page(held[i]);
	EXPECT_EQ(HELD(), 99);
	fake_run_work(&dom.ept.held_work);
	EXPECT_EQ(HELD(), 49);
	EXPECT_TRUE(dom.ept.held_work.work.queued);
	for (; i < 99; i++)
		put_page(held[i]);
	fake_run_work(&dom.ept.held_work);
	EXPECT_EQ(HELD(), 0);
	EXPECT_FALSE(dom.ept.held_work.work.queued);
	EXPECT_EQ(fake_pages_used(), PAGES());
	/* A reference that came after the page had left, while lookups could still find it. */
	page = ept_get_page(&dom, 300, EPT_WRITE, NULL);
	put_page(page);
	EXPECT_EQ(ept_remove(&dom, 300, EPT_RAM), 0);
	get_page(page);
	rcu_barrier();
	EXPECT_EQ(HELD(), 1);
	/* And one that goes before its grace period is over is nothing to remember. */
	put_page(page);
	ept_look_at_held(&dom.ept, 10);
	EXPECT_EQ(HELD(), 0);
	page = ept_get_page(&dom, 301, EPT_WRITE, NULL);
	EXPECT_EQ(ept_remove(&dom, 301, EPT_RAM), 0);
	put_page(page);
	rcu_barrier();
	EXPECT_EQ(HELD(), 0);
	/* Held by a mapping of its own, which has ended but for the grace period. */
	page = ept_get_page(&dom, 304, EPT_WRITE, NULL);
	EXPECT_EQ(ept_map_special(&dom, FAR + 1, page, EPT_GRANT), 0);
	put_page(page);
	EXPECT_EQ(ept_remove(&dom, 304, EPT_RAM), 0);
	rcu_barrier();
	EXPECT_EQ(HELD(), 1);
	EXPECT_EQ(ept_remove(&dom, FAR + 1, EPT_GRANT), 0);
	for (i = 300; i <= 304; i++)
		if (i < 302 || i > 303)
			EXPECT_EQ(ept_populate(&dom, i, 0), 0);
	for (i = 0; i < 99; i++)
		EXPECT_EQ(ept_populate(&dom, i, 0), 0);
	EXPECT_EQ(RESERVED(), ALL_PAGES);
	/* The end of the domain waits for nobody. */
	page = ept_get_page(&dom, 302, EPT_WRITE, NULL);
	held[0] = ept_get_page(&dom, 303, EPT_WRITE, NULL);
	EXPECT_EQ(ept_remove(&dom, 302, EPT_RAM), 0);
	rcu_barrier();
	EXPECT_EQ(ept_remove(&dom, 303, EPT_RAM), 0);
	EXPECT_EQ(HELD(), 1);
	finish(2);
	EXPECT_EQ(page->refs, 1);
	EXPECT_EQ(held[0]->refs, 1);
	put_page(page);
	put_page(held[0]);
}

/* Never more than it may have, also while what it gave back waits for a grace period. */
TEST(no_more_while_pages_leave)
{
	unsigned int round, i;
	struct page *page;

	ASSERT_EQ(start(false), 0);
	EXPECT_EQ(ept_populate_all(&dom), 0);
	for (round = 0; round < 20; round++) {
		for (i = 0; i < 200; i++)
			EXPECT_EQ(ept_remove(&dom, round * 90 + i, EPT_RAM), 0);
		for (i = 0; i < 200; i++) {
			EXPECT_EQ(ept_populate(&dom, round * 90 + i, 0), 0);
			EXPECT_EQ(touch(round * 90 + i), 0);
			EXPECT_LE(fake_pages_used(), ALL_PAGES);
		}
	}
	/* Nor more small structures than there may be, however fast it calls. */
	for (i = 0; i < 5000; i++) {
		EXPECT_EQ(ept_remove(&dom, i % 2000, EPT_RAM), 0);
		EXPECT_EQ(ept_populate(&dom, i % 2000, 0), 0);
		EXPECT_LE(unit_alloc_count(), 1100);
	}
	/* Also of what is not its memory, and makes nobody wait for a grace period. */
	EXPECT_EQ(ept_remove(&dom, 7, EPT_RAM), 0);
	page = alloc_pages(__GFP_ZERO, 0);
	for (i = 0; i < 5000; i++) {
		EXPECT_EQ(ept_map_special(&dom, 7, page, EPT_GRANT), 0);
		EXPECT_EQ(ept_remove(&dom, 7, EPT_GRANT), 0);
		ASSERT_LE(unit_alloc_count(), 1100);
	}
	rcu_barrier();
	EXPECT_EQ(page->refs, 1);
	put_page(page);
	finish(0);
}

/* Room that comes with the end of a grace period: who wants it is not kept in there as long. */
TEST(room_that_is_on_its_way)
{
	ASSERT_EQ(start(false), 0);
	EXPECT_EQ(ept_populate_all(&dom), 0);
	EXPECT_EQ(ept_remove(&dom, 5, EPT_RAM), 0);
	fake_grace_lasts = ~0U;
	EXPECT_EQ(ept_populate(&dom, FAR, 0), -EINPROGRESS);
	EXPECT_EQ(ept_populate(&dom, 5, 0), -EINPROGRESS);
	/* With all that is on its way there would be no room for that. */
	EXPECT_EQ(ept_populate(&dom, FAR, 9), -ENOMEM);
	EXPECT_EQ(RESERVED(), ALL_PAGES - 1);
	fake_grace_lasts = 0;
	EXPECT_EQ(ept_populate(&dom, FAR, 0), 0);
	EXPECT_EQ(ept_populate(&dom, FAR + 1, 0), -ENOMEM);
	finish(0);
}

/* An extent of several pages waits longer, in all of its pages together, before it undoes them. */
TEST(an_extent_waits_longer)
{
	unsigned int i;

	ASSERT_EQ(start(false), 0);
	EXPECT_EQ(ept_populate_all(&dom), 0);
	for (i = 0; i < 4; i++)
		EXPECT_EQ(ept_remove(&dom, 4 + i, EPT_RAM), 0);
	fake_grace_lasts = ~0U;
	fake_waited = 0;
	EXPECT_EQ(ept_populate(&dom, FAR, 0), -EINPROGRESS);
	EXPECT_EQ(fake_waited, HZ / 100);
	fake_waited = 0;
	EXPECT_EQ(ept_populate(&dom, FAR, 2), -EINPROGRESS);
	EXPECT_EQ(fake_waited, HZ / 2 + HZ / 100);
	EXPECT_EQ(type_of(FAR), EPT_HOLE);
	EXPECT_EQ(RESERVED(), ALL_PAGES - 4);
	/* What comes with the last of these waits is in time. */
	fake_grace_lasts = 50;
	EXPECT_EQ(ept_populate(&dom, FAR, 2), 0);
	EXPECT_EQ(type_of(FAR + 3), EPT_RAM);
	EXPECT_EQ(fake_pages_used(), ALL_PAGES);
	finish(0);
}

#define TABLES()	atomic64_read(&dom.ept.nr_tables)
#define OUTSIDE()	atomic_read(&dom.ept.nr_outside)

/* A page that is put here and there leaves no tables behind. */
TEST(empty_tables_go_back)
{
	struct page *page, *other;
	s64 tables;
	u64 i;

	ASSERT_EQ(start(false), 0);
	page = alloc_pages(__GFP_ZERO, 0);
	other = alloc_pages(__GFP_ZERO, 0);
	EXPECT_EQ(ept_populate_all(&dom), 0);
	tables = TABLES();
	for (i = 0; i < 3000; i++) {
		ASSERT_EQ(ept_map_special(&dom, FAR + i * 512, page, EPT_SPECIAL), 0);
		EXPECT_LE(TABLES(), tables + 6);
		EXPECT_LE(OUTSIDE(), dom.ept.max_outside);
	}
	EXPECT_EQ(ept_remove(&dom, FAR + (i - 1) * 512, EPT_HOLE), 0);
	EXPECT_EQ(TABLES(), tables);
	rcu_barrier();
	EXPECT_EQ(OUTSIDE(), 0);
	EXPECT_EQ(type_of(FAR), EPT_HOLE);
	/* What fails leaves nothing either. */
	EXPECT_EQ(ept_populate(&dom, FAR, 0), -ENOMEM);
	EXPECT_EQ(ept_populate(&dom, FAR, 9), -ENOMEM);
	EXPECT_EQ(ept_move(&dom, SPECIAL, FAR), -EINVAL);
	EXPECT_EQ(TABLES(), tables);
	/* A neighbour keeps its table; memory moved away and back takes it along. */
	EXPECT_EQ(ept_map_special(&dom, FAR, page, EPT_SPECIAL), 0);
	EXPECT_EQ(ept_map_special(&dom, FAR + 511, other, EPT_GRANT), 0);
	EXPECT_EQ(ept_remove(&dom, FAR, EPT_SPECIAL), 0);
	EXPECT_EQ(type_of(FAR + 511), EPT_GRANT);
	EXPECT_EQ(TABLES(), tables + 3);
	EXPECT_EQ(ept_remove(&dom, FAR + 511, EPT_GRANT), 0);
	EXPECT_EQ(TABLES(), tables);
	EXPECT_EQ(ept_move(&dom, 5, FAR), 0);
	EXPECT_EQ(ept_move(&dom, FAR, 5), 0);
	EXPECT_EQ(TABLES(), tables + 1);	/* 5 is in a table of its own now */
	/* Tables for the memory map stay, whatever is in them. */
	for (i = 0x100000; i < 0x100200; i++)
		EXPECT_EQ(ept_remove(&dom, i, EPT_RAM), 0);
	EXPECT_EQ(TABLES(), tables + 2);
	EXPECT_EQ(type_of(0x100000), EPT_HOLE);
	rcu_barrier();
	EXPECT_EQ(page->refs, 1);
	EXPECT_EQ(other->refs, 1);
	put_page(page);
	put_page(other);
	finish(0);
}

/* Pages that stay where they are need tables that stay: so many and no more. */
TEST(tables_have_a_limit)
{
	unsigned int i, mapped = 0;
	struct page *page;
	s64 tables;

	ASSERT_EQ(start(false), 0);
	page = alloc_pages(__GFP_ZERO, 0);
	EXPECT_EQ(ept_populate_all(&dom), 0);
	tables = TABLES();
	ept_expect(&dom, 10 * 512);
	EXPECT_EQ(dom.ept.max_outside, 64 + RAM_PAGES / 256 + 10);
	for (i = 0; i < 500; i++) {
		int err = ept_map_special(&dom, FAR + i * 512, page, EPT_GRANT);

		if (!err)
			mapped++;
		else
			EXPECT_EQ(err, -ENOMEM);
	}
	EXPECT_EQ(OUTSIDE(), dom.ept.max_outside);
	EXPECT_EQ(TABLES(), tables + dom.ept.max_outside);
	EXPECT_EQ(mapped, dom.ept.max_outside - 2);
	/* Its own memory has nothing to do with it. */
	EXPECT_EQ(ept_remove(&dom, 0x7ff, EPT_RAM), 0);
	EXPECT_EQ(ept_populate(&dom, 0x7ff, 0), 0);
	EXPECT_EQ(touch(0x7ff), 0);
	/* Nor has what is near those that are there. */
	EXPECT_EQ(ept_map_special(&dom, FAR + 1, page, EPT_GRANT), 0);
	EXPECT_EQ(ept_remove(&dom, FAR + 1, EPT_GRANT), 0);
	/* One away, another there: also at once, before its grace period is over. */
	EXPECT_EQ(ept_remove(&dom, FAR, EPT_GRANT), 0);
	EXPECT_EQ(ept_map_special(&dom, FAR + 400 * 512, page, EPT_GRANT), 0);
	EXPECT_EQ(ept_map_special(&dom, FAR + 401 * 512, page, EPT_GRANT), -ENOMEM);
	/* The host may be short of memory. */
	fake_available = 0;
	EXPECT_EQ(ept_remove(&dom, FAR + 512, EPT_GRANT), 0);
	EXPECT_EQ(ept_map_special(&dom, FAR + 401 * 512, page, EPT_GRANT), -ENOMEM);
	EXPECT_EQ(ept_remove(&dom, 0x401, EPT_RAM), 0);
	fake_available = LONG_MAX;
	EXPECT_EQ(ept_map_special(&dom, FAR + 401 * 512, page, EPT_GRANT), 0);
	ept_free(&dom);
	rcu_barrier();
	EXPECT_EQ(page->refs, 1);
	put_page(page);
	finish(0);
}

TEST(the_most_it_may_have_changes)
{
	unsigned int outside;
	u64 gfn;

	ASSERT_EQ(start(false), 0);
	outside = dom.ept.max_outside;
	EXPECT_EQ(ept_set_max(&dom, 0), -EINVAL);
	EXPECT_EQ(ept_set_max(&dom, BIT_ULL(28) + 1), -E2BIG);
	/* Less than it has: it keeps that, and gets nothing for what it gives back. */
	EXPECT_EQ(ept_set_max(&dom, RAM_PAGES - 3), 0);
	EXPECT_EQ(RESERVED(), ALL_PAGES);
	EXPECT_EQ(touch(100), 0);
	for (gfn = 0; gfn < 3; gfn++) {
		EXPECT_EQ(ept_remove(&dom, gfn, EPT_RAM), 0);
		EXPECT_EQ(ept_populate(&dom, gfn, 0), -ENOMEM);
	}
	EXPECT_EQ(ept_remove(&dom, 3, EPT_RAM), 0);
	EXPECT_EQ(ept_populate(&dom, 0, 0), 0);
	EXPECT_EQ(ept_populate(&dom, 1, 0), -ENOMEM);
	EXPECT_EQ(dom.ept.max_outside, outside);
	/* More than it was made with, and the tables for that, once. */
	EXPECT_EQ(ept_set_max(&dom, RAM_PAGES + 1024), 0);
	EXPECT_EQ(dom.ept.max_outside, outside + 4);
	EXPECT_EQ(ept_set_max(&dom, RAM_PAGES), 0);
	EXPECT_EQ(ept_set_max(&dom, RAM_PAGES + 1024), 0);
	EXPECT_EQ(dom.ept.max_outside, outside + 4);
	EXPECT_EQ(ept_populate(&dom, FAR, 9), 0);
	EXPECT_EQ(ept_populate(&dom, FAR + 512, 9), 0);
	EXPECT_EQ(ept_populate(&dom, FAR + 1024, 0), 0);
	EXPECT_EQ(RESERVED(), ALL_PAGES - 3 + 1025);
	finish(0);
}

/* Each allocation of tables and small structures fails once. */
TEST(every_allocation_fails_once)
{
	struct page *page;
	unsigned int i;

	fake_memory_init();
	page = alloc_pages(__GFP_ZERO, 0);
	for (i = 0; unit_alloc_failing(i); i++) {
		bool failed = false;

		unit_context("allocation %u", i);
		prepare();
		failed |= ept_init(&dom, RAM_PAGES, false);
		if (!failed) {
			failed |= ept_set_memory_map(&dom, MAP, ARRAY_SIZE(MAP));
			failed |= touch(0);
			failed |= touch(0x801);
			failed |= ept_map_special(&dom, 1, page, EPT_SPECIAL);
			failed |= ept_map_special(&dom, FAR, page, EPT_SPECIAL);
			failed |= ept_remove(&dom, 0x400, EPT_RAM);
			failed |= ept_remove(&dom, 3, EPT_RAM);
			failed |= ept_move(&dom, 4, FAR + 1);
			failed |= ept_populate(&dom, 3, 0);
		}
		if (dom.ept.root)
			EXPECT_EQ(count_table(dom.ept.root, 4), PAGES());
		/* Only what waits for RCU has another way without memory. */
		EXPECT_TRUE(failed || !unit_alloc_failed() || i > 5);
		ept_free(&dom);
		rcu_barrier();
		EXPECT_EQ(fake_pages_used(), 1);
		EXPECT_EQ(unit_alloc_count(), 0);
		EXPECT_EQ(page->refs, 1);
	}
	EXPECT_GT(i, 8);
	put_page(page);
}
