/* SPDX-License-Identifier: GPL-2.0-only */
/* What domains and vCPUs have of time; see time.h. */
#ifndef XLHV_TIME_TYPES_H
#define XLHV_TIME_TYPES_H

#include <linux/minmax.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/workqueue.h>
#include <xen/interface/xen.h>	/* the others need it first */
#include <xen/interface/vcpu.h>

#include "time/scale.h"

struct domain;
struct page;

#define TIME_NR_WATCHDOGS	2

/**
 * struct time_watchdog - a watchdog timer of a domain
 * @domain: [c]
 * @deadline: [watchdog_lock] jiffies, of 64 bits, at which it bites
 * @work: shuts the domain down when it was not fed in time
 */
struct time_watchdog {
	struct domain *domain;
	u64 deadline;
	struct delayed_work work;
};

/**
 * struct time_domain - clocks of a domain
 * @boot_tsc: [c] host's TSC at system time 0
 * @tsc_khz: [c] frequency of the guest's TSC
 * @scale: [c] between TSC and system time; the guest gets mul and shift
 * @stable: [c] the host's TSC ticks alike on all CPUs
 * @wall_lock: raw, leaf, with interrupts off: the wall clock
 * @wall_version: [wall_lock] version the guest sees, even
 * @wall_ns: [wall_lock] wall time at system time 0, as the guest sees it
 * @wall_checked: [a] jiffies when it was compared with the host's last
 * @watchdog: [watchdog_lock] timers of SCHEDOP_watchdog
 * @watchdog_used: [watchdog_lock] bits: given to the guest
 * @watchdog_lock: raw, with interrupts off
 * @watchdog_closed: [watchdog_lock] none is started any more
 */
struct time_domain {
	u64 boot_tsc;
	u32 tsc_khz;
	struct time_scale scale;
	bool stable;

	raw_spinlock_t wall_lock;
	u32 wall_version;
	u64 wall_ns;
	unsigned long wall_checked;

	raw_spinlock_t watchdog_lock;
	struct time_watchdog watchdog[TIME_NR_WATCHDOGS];
	unsigned long watchdog_used;
	bool watchdog_closed;
};

/**
 * struct time_area - guest memory that is kept up to date, by linear address
 * @page: pages behind it, with a reference each; the second only if it crosses a page
 * @part: [G] kernel addresses of its two parts; NULL for an area that is not there
 * @split: bytes in the first part
 * @len: bytes of both
 */
struct time_area {
	struct page *page[2];
	void *part[2];
	unsigned int split;
	unsigned int len;
};

/**
 * struct time_vcpu - clocks of a vCPU
 *
 * @deadline_tsc: [v] host's TSC when the singleshot timer fires, TIME_NEVER for off
 * @periodic_tsc: [lock] the same for the periodic timer; read without the lock
 * @period_ns: [lock] period, 0 for off
 * @lock: raw, leaf, with interrupts off: may be taken under a run queue's lock
 * @version: [lock] version of pvclock, even
 * @renew_tsc: [lock] host's TSC from which pvclock is to be written again; read without
 * @runstate: [lock] what the vCPU was doing and for how long
 * @runstate_area: [lock] registered by the guest
 * @clock_area: [lock] registered by the guest: a second copy of pvclock
 */
struct time_vcpu {
	u64 deadline_tsc;
	u64 periodic_tsc;
	u64 period_ns;

	raw_spinlock_t lock;
	u32 version;
	u64 renew_tsc;
	struct vcpu_runstate_info runstate;
	struct time_area runstate_area;
	struct time_area clock_area;
};

/**
 * time_next_tsc() - until when the vCPU may stay in the guest, or sleep
 * @v: own thread
 *
 * Return: host's TSC of the next deadline, TIME_NEVER for none.
 */
#define time_next_tsc(v)	min(READ_ONCE((v)->time.deadline_tsc), \
				    READ_ONCE((v)->time.periodic_tsc))

#endif /* XLHV_TIME_TYPES_H */
