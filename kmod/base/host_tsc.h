/* SPDX-License-Identifier: GPL-2.0-only */
/* The host's time-stamp counter, as all clocks and deadlines of domains count it. */
#ifndef XLHV_HOST_TSC_H
#define XLHV_HOST_TSC_H

#include <linux/compiler.h>
#include <linux/types.h>
#include <asm/msr.h>
#include <asm/tsc.h>	/* where RDTSC is from 6.16 on */

extern u64 host_tsc_lost;

/**
 * host_tsc() - the host's TSC, which never restarts
 *
 * The CPU's own TSC may begin anew when the machine has slept; this one goes on from where
 * it was.  Not ordered against other instructions, as RDTSC is not.
 *
 * Context: any.
 * Return: ticks.
 */
static __always_inline u64 host_tsc(void)
{
	return rdtsc() + READ_ONCE(host_tsc_lost);
}

/**
 * host_tsc_ordered() - host_tsc() that is not read before what is before it is done
 *
 * Context: any.
 * Return: ticks.
 */
static __always_inline u64 host_tsc_ordered(void)
{
	return rdtsc_ordered() + READ_ONCE(host_tsc_lost);
}

void host_tsc_sleep(void);
void host_tsc_wake(void);

#endif /* XLHV_HOST_TSC_H */
