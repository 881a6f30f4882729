/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Real and virtual time: pvclock, wall clock, timers, runstate, watchdogs.
 *
 * System time of a domain is its age in nanoseconds, and a fixed function of the
 * host's TSC (struct time_scale), the same on every CPU.  The guest computes it
 * from its own TSC with the same factors.
 */
#ifndef XLHV_TIME_H
#define XLHV_TIME_H

#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/workqueue.h>
#include <xen/interface/xen.h>	/* the others need it first */
#include <xen/interface/vcpu.h>

#include "domain/parts.h"
#include "time/types.h"

struct domain;
struct vcpu;

extern const struct domain_part time_part;

u64 time_system_ns(const struct domain *d);
u64 time_tsc_of(const struct domain *d, u64 system_ns);
void time_update_vcpu(struct vcpu *v);
void time_update_wallclock(struct domain *d);

void time_expire(struct vcpu *v, u64 host_tsc);

void time_runstate(struct vcpu *v, int state);
void time_runstate_get(struct vcpu *v, struct vcpu_runstate_info *info);

long time_watchdog(struct domain *d, u32 id, u32 timeout_s);

long hc_set_timer_op(struct vcpu *v, u64 arg1, u64 arg2, u64 arg3);
long time_op_singleshot(struct vcpu *v, u64 arg);
long time_vcpu_op(struct vcpu *caller, unsigned int cmd, struct vcpu *v, u64 arg);

#endif /* XLHV_TIME_H */
