// SPDX-License-Identifier: GPL-2.0-only
/*
 * The shim itself: what the tests of kernel code rest on, at the edges where our versions of the
 * kernel's helpers could differ from them.
 */
#include <linux/atomic.h>
#include <linux/bitmap.h>
#include <linux/bug.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/nospec.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "unit.h"

TEST(types_have_the_kernels_sizes)
{
	EXPECT_EQ(sizeof(u8), 1);
	EXPECT_EQ(sizeof(u16), 2);
	EXPECT_EQ(sizeof(u32), 4);
	EXPECT_EQ(sizeof(u64), 8);
	EXPECT_EQ(sizeof(long), 8);
	EXPECT_EQ(sizeof(phys_addr_t), 8);
}

TEST(masks)
{
	EXPECT_EQ(GENMASK(3, 0), 0xf);
	EXPECT_EQ(GENMASK(63, 63), 1ULL << 63);
	EXPECT_EQ(GENMASK_ULL(63, 0), ~0ULL);
	EXPECT_EQ(GENMASK(53, 50), 0xfULL << 50);
}

TEST(rounding)
{
	EXPECT_EQ(ALIGN(4097u, 4096u), 8192);
	EXPECT_EQ(ALIGN_DOWN(8191u, 4096u), 4096);
	EXPECT_TRUE(IS_ALIGNED(0, 4096));
	EXPECT_EQ(round_up(1u, 8u), 8);
	EXPECT_EQ(DIV_ROUND_UP(9, 4), 3);
	EXPECT_EQ(roundup_pow_of_two(5), 8);
	EXPECT_EQ(ilog2(4096), 12);
	EXPECT_EQ(order_base_2(4097), 13);
	EXPECT_EQ(mul_u64_u32_shr(~0ULL, ~0u, 32), 0xfffffffeffffffffULL);
}

TEST(bits_are_found)
{
	DECLARE_BITMAP(map, 130) = { 0 };
	unsigned long bit, sum = 0;

	EXPECT_EQ(find_first_bit(map, 130), 130);
	__set_bit(0, map);
	__set_bit(64, map);
	set_bit(129, map);
	for_each_set_bit(bit, map, 130)
		sum += bit;
	EXPECT_EQ(sum, 193);
	EXPECT_EQ(find_next_bit(map, 130, 65), 129);
	EXPECT_EQ(find_next_bit(map, 129, 65), 129);
	EXPECT_EQ(find_first_zero_bit(map, 130), 1);
	EXPECT_TRUE(test_and_clear_bit(129, map));
	EXPECT_FALSE(test_and_set_bit(129, map));
	EXPECT_EQ(bitmap_weight(map, 130), 3);
	bitmap_fill(map, 130);
	EXPECT_EQ(find_first_zero_bit(map, 130), 130);
	EXPECT_EQ(fls(0), 0);
	EXPECT_EQ(fls(0x80000000), 32);
	EXPECT_EQ(fls64(1ULL << 63), 64);
	EXPECT_EQ(ffz(0xff), 8);
	EXPECT_EQ(sign_extend64(0x800000000000, 47), 0xffff800000000000ULL);
}

TEST(an_index_out_of_bounds_becomes_zero)
{
	EXPECT_EQ(array_index_nospec(4u, 5u), 4);
	EXPECT_EQ(array_index_nospec(5u, 5u), 0);
	EXPECT_EQ(array_index_nospec(~0ul, 5ul), 0);
}

TEST(errors_travel_in_pointers)
{
	EXPECT_TRUE(IS_ERR(ERR_PTR(-ENOMEM)));
	EXPECT_EQ(PTR_ERR(ERR_PTR(-ENOMEM)), -ENOMEM);
	EXPECT_FALSE(IS_ERR(NULL));
	EXPECT_TRUE(IS_ERR_OR_NULL(NULL));
}

TEST(sizes_saturate)
{
	struct { int n; long item[]; } *array = NULL;

	EXPECT_EQ(struct_size(array, item, 2), 24);
	EXPECT_EQ(struct_size(array, item, SIZE_MAX / 4), SIZE_MAX);
	EXPECT_NULL(kcalloc(SIZE_MAX / 2, 4, GFP_KERNEL));
}

TEST(strings_are_cut_and_closed)
{
	char text[4];

	EXPECT_EQ(strscpy(text, "abc", sizeof(text)), 3);
	EXPECT_STREQ(text, "abc");
	EXPECT_EQ(strscpy(text, "abcd", sizeof(text)), -E2BIG);
	EXPECT_STREQ(text, "abc");
	EXPECT_NULL(memchr_inv("aaaa", 'a', 4));
	EXPECT_EQ(*(char *)memchr_inv("aaba", 'a', 4), 'b');
}

TEST(lists)
{
	struct item {
		int value;
		struct list_head link;
	} item[3] = { { .value = 1 }, { .value = 2 }, { .value = 4 } };
	struct item *pos, *next;
	LIST_HEAD(head);
	int sum = 0;

	EXPECT_NULL(list_first_entry_or_null(&head, struct item, link));
	list_add_tail(&item[0].link, &head);
	list_add_tail(&item[1].link, &head);
	list_add(&item[2].link, &head);
	EXPECT_EQ(list_first_entry(&head, struct item, link)->value, 4);
	list_move_tail(&item[2].link, &head);
	EXPECT_EQ(list_last_entry(&head, struct item, link)->value, 4);
	list_for_each_entry(pos, &head, link)
		sum = sum * 10 + pos->value;
	EXPECT_EQ(sum, 124);
	list_for_each_entry_safe(pos, next, &head, link)
		list_del(&pos->link);
	EXPECT_TRUE(list_empty(&head));
}

TEST(atomics)
{
	atomic_t a = ATOMIC_INIT(1);
	u32 word = 5;

	EXPECT_FALSE(atomic_add_unless(&a, 1, 1));
	EXPECT_TRUE(atomic_inc_not_zero(&a));
	EXPECT_EQ(atomic_cmpxchg(&a, 3, 9), 2);
	EXPECT_EQ(atomic_cmpxchg(&a, 2, 9), 2);
	EXPECT_EQ(atomic_read(&a), 9);
	atomic_set(&a, 1);
	EXPECT_TRUE(atomic_dec_and_test(&a));
	EXPECT_FALSE(atomic_inc_not_zero(&a));
	EXPECT_EQ(cmpxchg(&word, 5u, 6u), 5);
	EXPECT_EQ(cmpxchg(&word, 5u, 7u), 6);
	EXPECT_EQ(xchg(&word, 8u), 6);
}

/* Two allocations that have to be undone when the second fails. */
static int pair_create(void **first, void **second)
{
	*first = kmalloc(10, GFP_KERNEL);
	if (!*first)
		return -ENOMEM;
	*second = (void *)get_zeroed_page(GFP_KERNEL);
	if (!*second) {
		kfree(*first);
		return -ENOMEM;
	}
	return 0;
}

TEST(every_allocation_can_fail)
{
	unsigned int i, failures = 0;
	void *first, *second;

	for (i = 0; unit_alloc_failing(i); i++) {
		if (pair_create(&first, &second)) {
			failures++;
		} else {
			kfree(first);
			free_page((unsigned long)second);
		}
		EXPECT_EQ(unit_alloc_count(), 0);
	}
	EXPECT_EQ(failures, 2);
	EXPECT_EQ(i, 3);
}

TEST(memory_is_dirty_unless_zeroed)
{
	u8 *dirty = kmalloc(32, GFP_KERNEL);
	u8 *clean = kzalloc(32, GFP_KERNEL);
	unsigned long page = get_zeroed_page(GFP_KERNEL);

	EXPECT_NOT_NULL(memchr_inv(dirty, 0, 32));
	EXPECT_NULL(memchr_inv(clean, 0, 32));
	EXPECT_NULL(memchr_inv((void *)page, 0, PAGE_SIZE));
	EXPECT_TRUE(PAGE_ALIGNED(page));
	kfree(dirty);
	kfree(clean);
	free_page(page);
}

TEST(an_expected_warning_is_no_failure)
{
	unit_expect_warn(1);
	EXPECT_TRUE(WARN_ON_ONCE(1 + 1 == 2));
	EXPECT_FALSE(WARN_ON(1 + 1 == 3));
}

TEST(locks_are_held_or_not)
{
	DEFINE_SPINLOCK(spin);
	DEFINE_MUTEX(mutex);

	lockdep_assert_not_held(&spin);
	spin_lock(&spin);
	lockdep_assert_held(&spin);
	EXPECT_FALSE(spin_trylock(&spin));
	spin_unlock(&spin);
	mutex_lock(&mutex);
	lockdep_assert_held(&mutex);
	mutex_unlock(&mutex);
	EXPECT_TRUE(mutex_trylock(&mutex));
	mutex_unlock(&mutex);
}
