/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where things are in shared_info and vcpu_info.  Both have one layout for 64-bit
 * guests and one for 32-bit guests; which it is was latched when the guest last
 * wrote the hypercall page's MSR or set HVM_PARAM_CALLBACK_IRQ.
 *
 * All of it is guest-writable [G].
 */
#ifndef XLHV_EVTCHN_SHARED_INFO_H
#define XLHV_EVTCHN_SHARED_INFO_H

#include <linux/build_bug.h>
#include <linux/stddef.h>
#include <linux/types.h>
#include <xen/interface/xen.h>

#include "domain/domain.h"

/* 32-bit layout; source: Xen's public/xen.h compiled for 32 bits. */
#define SHARED_COMPAT_WC		2304
#define SHARED_COMPAT_WC_SEC_HI		2340
/* 64-bit layout, for what the kernel's header does not name. */
#define SHARED_WC			3072
#define SHARED_WC_SEC_HI		3084

static_assert(sizeof(struct vcpu_info) == 64);
static_assert(offsetof(struct vcpu_info, time) == 32);
static_assert(offsetof(struct shared_info, wc) == SHARED_WC);

static inline bool shared_compat(const struct domain *d)
{
	return READ_ONCE(d->evtchn.compat);
}

/* In the same place for both. */
static inline struct pvclock_vcpu_time_info *shared_vcpu_time(struct vcpu_info *info)
{
	return &info->time;
}

struct shared_wallclock {
	u32 *version, *sec, *nsec, *sec_hi;
};

static inline void shared_wallclock(const struct domain *d, struct shared_wallclock *w)
{
	void *base = d->shared_info;
	bool compat = shared_compat(d);
	u32 *wc = base + (compat ? SHARED_COMPAT_WC : SHARED_WC);

	w->version = wc;
	w->sec = wc + 1;
	w->nsec = wc + 2;
	w->sec_hi = base + (compat ? SHARED_COMPAT_WC_SEC_HI : SHARED_WC_SEC_HI);
}

#endif /* XLHV_EVTCHN_SHARED_INFO_H */
