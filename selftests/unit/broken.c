// SPDX-License-Identifier: GPL-2.0-only
/*
 * Not a test of ours: each of these tests has one thing wrong, and selftests/unit/selftest makes
 * sure that the framework, the shim or a sanitizer sees it.
 */
#include <linux/bug.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "unit.h"

static volatile int zero, five = 5;

TEST(good)
{
	EXPECT_EQ(five, 5);
}

TEST(unequal)
{
	unit_context("round %d", five);
	EXPECT_EQ(zero - 1, 0xffffffffu);
}

TEST(unequal_string)
{
	EXPECT_STREQ("left", "right");
}

TEST(unequal_memory)
{
	EXPECT_MEMEQ("abcd", "abXd", 4);
}

TEST(assertion_leaves)
{
	ASSERT_TRUE(zero);
	abort();
}

TEST(null_dereference)
{
	*(volatile int *)(long)zero = 1;
}

TEST(stray_abort)
{
	abort();
}

TEST(endless)
{
	while (!zero)
		;
}

/* More than one: a register or a word of the stack may still happen to have the last pointer. */
TEST(leak)
{
	int i;

	for (i = 0; i < 20; i++)
		*(volatile char *)kmalloc(100, GFP_KERNEL) = 1;
}

TEST(heap_overflow)
{
	volatile char *text = kmalloc(5, GFP_KERNEL);

	text[five] = 0;
	kfree((void *)text);
}

TEST(use_after_free)
{
	volatile char *text = kmalloc(5, GFP_KERNEL);

	kfree((void *)text);
	text[0] = 0;
}

TEST(signed_overflow)
{
	volatile int big = 0x7fffffff;

	big += five;
}

TEST(shift_too_far)
{
	EXPECT_EQ(1 << (five + 30), 0);
}

TEST(early_exit)
{
	exit(0);
}

TEST(warning)
{
	WARN_ON_ONCE(five == 5);
}

TEST(second_warning)
{
	unit_expect_warn(1);
	WARN_ON(five == 5);
	WARN_ON(five == 5);
}

TEST(lock_taken_twice)
{
	DEFINE_SPINLOCK(lock);

	spin_lock(&lock);
	spin_lock(&lock);
}

TEST(unlock_of_a_free_lock)
{
	DEFINE_MUTEX(mutex);

	mutex_unlock(&mutex);
}

TEST(lock_not_held)
{
	DEFINE_SPINLOCK(lock);

	lockdep_assert_held(&lock);
}

TEST(skipped)
{
	SKIP("no such CPU");
}

TEST(also_good)
{
	EXPECT_TRUE(five);
}
