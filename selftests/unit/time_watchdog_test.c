// SPDX-License-Identifier: GPL-2.0-only
/*
 * Watchdogs: the kernel's timers go off at what a wheel reaches, which is weeks; a guest may say
 * years.  And one that is fed or given back while it goes off does not bite.
 */
#include <string.h>

#include <linux/errno.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/workqueue.h>
#include <xen/interface/xen.h>	/* the other needs it first */
#include <xen/interface/sched.h>

#include "domain/domain.h"
#include "time/internal.h"
#include "unit.h"

#define NOT_SHUT	(-1)
/* What the least of the kernel's wheels reaches (HZ = 100), in jiffies. */
#define WHEEL		(63UL << 21)

u64 fake_jiffies = ~0U - 10;	/* 32 bits of it wrap soon, as after a boot */

static struct domain dom;

static void start(void)
{
	memset(&dom, 0, sizeof(dom));
	dom.shutdown_code = NOT_SHUT;
	time_watchdog_init(&dom);
}

/* The timer's time comes, as the wheel has it; but not later than @end.  Return: it was set. */
static bool goes_off(unsigned int n, u64 end)
{
	struct delayed_work *work = &dom.time.watchdog[n].work;

	if (!work->queued || fake_jiffies + min(work->delay, WHEEL) > end)
		return false;
	work->queued = false;
	fake_jiffies += min(work->delay, WHEEL);
	work->work.func(&work->work);
	return true;
}

TEST(it_bites_when_it_was_told_to)
{
	static const u32 seconds[] = { 1, 60, 86400, 86401, 4294968, 100000000, 0xffffffff };
	unsigned int i, turns;
	u64 end;

	for (i = 0; i < ARRAY_SIZE(seconds); i++) {
		start();
		end = fake_jiffies + (u64)seconds[i] * HZ;
		ASSERT_EQ(time_watchdog(&dom, 0, seconds[i]), 1);
		for (turns = 0; goes_off(0, end - 1); turns++)
			EXPECT_EQ(dom.shutdown_code, NOT_SHUT);
		EXPECT_TRUE(turns <= seconds[i] / 86400 + 1);
		EXPECT_TRUE(goes_off(0, end));
		EXPECT_EQ(fake_jiffies, end);
		EXPECT_EQ(dom.shutdown_code, SHUTDOWN_watchdog);
		time_watchdog_close(&dom);
	}
	start();
	ASSERT_EQ(time_watchdog(&dom, 0, 0), 1);
	EXPECT_TRUE(goes_off(0, fake_jiffies));
	EXPECT_EQ(dom.shutdown_code, SHUTDOWN_watchdog);
	time_watchdog_close(&dom);
}

TEST(not_one_that_was_fed_or_given_back_meanwhile)
{
	struct delayed_work *work;

	start();
	ASSERT_EQ(time_watchdog(&dom, 0, 10), 1);
	ASSERT_EQ(time_watchdog(&dom, 0, 10), 2);
	EXPECT_EQ(time_watchdog(&dom, 0, 10), -ENOSPC);
	fake_jiffies += 10 * HZ;
	/* It has begun, and not looked yet. */
	work = &dom.time.watchdog[0].work;
	EXPECT_EQ(time_watchdog(&dom, 1, 5), 0);
	work->work.func(&work->work);
	EXPECT_EQ(dom.shutdown_code, NOT_SHUT);
	EXPECT_TRUE(work->queued && work->delay == 5 * HZ);
	work = &dom.time.watchdog[1].work;
	EXPECT_EQ(time_watchdog(&dom, 2, 0), 0);
	work->work.func(&work->work);
	EXPECT_EQ(dom.shutdown_code, NOT_SHUT);
	EXPECT_FALSE(work->queued);
	/* Nor is one wound up again while the domain ends. */
	time_watchdog_close(&dom);
	work = &dom.time.watchdog[0].work;
	work->work.func(&work->work);
	EXPECT_FALSE(work->queued);
	EXPECT_EQ(time_watchdog(&dom, 1, 5), -ESRCH);
}
