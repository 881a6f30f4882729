// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the host's TSC loses when the machine sleeps.
 *
 * S3 and S4 reset the TSC of most machines (SDM vol. 3, "Time-Stamp Counter"; the kernel
 * knows those that keep it as X86_FEATURE_NONSTOP_TSC_S3).  A domain's clocks and deadlines
 * are absolute TSCs: without more, its time would stand still for as long as the host had
 * been up.  So what was lost is added to each reading, and to the TSC offset of each guest,
 * whose TSC then never goes back either.
 *
 * As on Xen, and for the host's own monotonic clock, the sleep itself is no time. A TSC that
 * went on meanwhile is left as it is.
 */
#include <linux/cache.h>

#include "base/host_tsc.h"

/* Changes only while one CPU is on line, with interrupts off. */
u64 host_tsc_lost __read_mostly;

static u64 before_sleep;

/**
 * host_tsc_sleep() - the machine is about to sleep
 *
 * Context: syscore suspend: one CPU, interrupts off.
 */
void host_tsc_sleep(void)
{
	before_sleep = host_tsc_ordered();
}

/**
 * host_tsc_wake() - the machine is awake again
 *
 * Context: syscore resume: one CPU, interrupts off, nobody has read a clock yet.
 */
void host_tsc_wake(void)
{
	s64 back = before_sleep - host_tsc_ordered();

	if (back > 0)
		WRITE_ONCE(host_tsc_lost, host_tsc_lost + back);
}
