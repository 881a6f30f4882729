// SPDX-License-Identifier: GPL-2.0-only
/* The host's line of those that make split locks: one vCPU of each domain stands in it. */
#include "unit.h"
#include "vmx/guest/split_lock.h"

#define RIP	0x1234UL

static unsigned long line[2];		/* of two domains */
static unsigned int in_line, ticks;
static bool allowed = true;

static void others(void);

long schedule_timeout_idle(long timeout)
{
	ticks += timeout;
	return 0;
}

/* Whoever stands in the line stays there for a while, and others come. */
bool handle_guest_split_lock(unsigned long ip)
{
	EXPECT_EQ(ip, RIP);
	in_line++;
	others();
	in_line--;
	return allowed;
}

static void others(void)
{
	if (in_line > 1)
		return;
	/* Of the same domain: it sleeps for a tick each time, and the access is made again. */
	for (unsigned int i = 1; i <= 3; i++) {
		EXPECT_TRUE(vmx_split_lock_passes(&line[0], RIP + i));
		EXPECT_EQ(ticks, i);
	}
	EXPECT_EQ(in_line, 1);
	/* Another domain's answer is its own. */
	EXPECT_EQ(vmx_split_lock_passes(&line[1], RIP), allowed);
	EXPECT_EQ(ticks, 3);
}

TEST(one_of_a_domain_at_a_time)
{
	EXPECT_TRUE(vmx_split_lock_passes(&line[0], RIP));
	EXPECT_EQ(line[0] | line[1], 0);
	ticks = 0;
	EXPECT_TRUE(vmx_split_lock_passes(&line[0], RIP));
	EXPECT_EQ(ticks, 3);
}

TEST(what_the_host_does_not_allow)
{
	allowed = false;
	EXPECT_FALSE(vmx_split_lock_passes(&line[0], RIP));
	EXPECT_EQ(line[0] | line[1], 0);
	EXPECT_EQ(ticks, 3);
}
