/* SPDX-License-Identifier: GPL-2.0-only */
/* The local APIC timer's deadline in the two counters.  Pure. */
#ifndef XLHV_LAPIC_DEADLINE_H
#define XLHV_LAPIC_DEADLINE_H

#include <linux/types.h>

#include "time/scale.h"

/**
 * lapic_deadline_of() - when a deadline of the guest comes
 * @deadline: IA32_TSC_DEADLINE: guest TSC; 0 is none
 * @now: host TSC
 * @offset: guest TSC less host TSC, modulo 2^64
 *
 * The guest may have set its TSC to any number, and the deadline to any other.
 *
 * Return: host TSC, @now for one that has passed; TIME_NEVER.
 * Source: SDM vol. 3, "TSC-Deadline Mode".
 */
static inline u64 lapic_deadline_of(u64 deadline, u64 now, u64 offset)
{
	u64 guest_now = now + offset;
	u64 ahead = deadline > guest_now ? deadline - guest_now : 0;

	return deadline && ahead < TIME_NEVER - now ? now + ahead : TIME_NEVER;
}

#endif /* XLHV_LAPIC_DEADLINE_H */
