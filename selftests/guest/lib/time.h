/* SPDX-License-Identifier: GPL-2.0-only */
/* TSC delays and Xen's clock. */
#ifndef GUEST_TIME_H
#define GUEST_TIME_H

#include "cpu.h"
#include "types.h"

#include <xen/xen.h>

#define NSEC_PER_MSEC 1000000ULL
#define NSEC_PER_SEC 1000000000ULL

/* By CPUID leaf base+3; a guess when there is no Xen. */
extern u32 tsc_khz;

static inline u64 tsc_of_us(u64 us)
{
	return us * tsc_khz / 1000;
}

void udelay(u32 us);
static inline void mdelay(u32 ms)
{
	udelay(1000 * ms);
}

/* Spin until a condition holds; false after @us microseconds without it. */
#define wait_for(cond, us)								\
	({										\
		u64 wait_end = rdtsc() + tsc_of_us(us);					\
		while (!(cond) && rdtsc() < wait_end)					\
			cpu_relax();							\
		(bool)(cond);								\
	})

/**
 * pvclock_read - system time by one time record
 * @t: record in a vcpu_info or a registered area
 * Return: nanoseconds since the domain's epoch, 0 if the record stays odd.
 */
u64 pvclock_read(const volatile struct vcpu_time_info *t);
/* The same for a TSC value, from a private copy of the record. */
u64 pvclock_at(const struct vcpu_time_info *t, u64 tsc);
/* A consistent copy. Return: false if the version stayed odd for long. */
bool pvclock_copy(const volatile struct vcpu_time_info *t, struct vcpu_time_info *out);
/* kHz that a record's scale says. */
u32 pvclock_khz(const struct vcpu_time_info *t);
/* System time of this vCPU; needs shared_info_map() or a registered vcpu_info. */
u64 system_time(void);

#endif
