/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of kmod/vcpu share among themselves. */
#ifndef XLHV_VCPU_INTERNAL_H
#define XLHV_VCPU_INTERNAL_H

#include "vcpu/vcpu.h"

/* owner.c */
void vcpu_owner_init(struct vcpu *v);
void vcpu_take_own(struct vcpu *v);
void vcpu_note_waiting(struct vcpu *v);

/* May the vCPU be in the guest, as far as others have a say? */
static inline bool vcpu_may_run(const struct vcpu *v)
{
	const struct domain *d = v->domain;

	return !(READ_ONCE(v->flags) & (BIT(VCPU_DOWN) | BIT(VCPU_WAIT_SIPI) |
					BIT(VCPU_NO_MEMORY))) &&
	       !atomic_read(&v->pause_count) && !atomic_read(&d->pause_count) &&
	       !dom_is_shut_down(d) && READ_ONCE(d->state) == DOMAIN_LIVE;
}

#endif /* XLHV_VCPU_INTERNAL_H */
