// SPDX-License-Identifier: GPL-2.0-only
/*
 * XLHV_DOM_TRIGGER: events that the host sends to a vCPU.  A domain has no buttons, no sleep
 * states and no reset line; an NMI it can take at any time.
 */
#include <linux/errno.h>

#include "domain/domain.h"
#include "lapic/internal.h"

static int do_trigger(void *of, struct ioctl_call *call)
{
	const struct xlhv_trigger *t = (const void *)call->arg;
	struct domain *d = of;
	struct vcpu *v;
	int err = 0;

	if (!RESERVED_ZERO(t))
		return -EINVAL;
	if (t->kind != XLHV_TRIGGER_NMI) {
		scnprintf(call->text, XLHV_TEXT_LEN, "there is no event %u", t->kind);
		return -EOPNOTSUPP;
	}
	v = dom_vcpu(d, t->vcpu);
	if (!v) {
		scnprintf(call->text, XLHV_TEXT_LEN, "the domain has vCPUs 0 to %u",
			  d->max_vcpus - 1);
		return -ENOENT;
	}
	mutex_lock(&d->lock);
	if (d->state == DOMAIN_BUILDING) {
		scnprintf(call->text, XLHV_TEXT_LEN, "the domain is being built");
		err = -EBUSY;
	} else {
		lapic_post_nmi(v);
	}
	mutex_unlock(&d->lock);
	return err;
}

const struct ioctl_op lapic_ioctls[] = {
	{ XLHV_DOM_TRIGGER, .work = do_trigger },
	{}
};
