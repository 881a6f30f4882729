// SPDX-License-Identifier: GPL-2.0-only
/* 2-level events of a domain: shared_info and vcpu_info behind the words. */
#include <linux/types.h>

#include "evtchn/internal.h"

static struct evtchn_2l words(const struct domain *d)
{
	bool compat = shared_compat(d);

	return (struct evtchn_2l) {
		.pending = shared_pending(d, compat),
		.mask = shared_mask(d, compat),
		.compat = compat,
	};
}

static u32 *selector(const struct vcpu *v, bool compat)
{
	struct vcpu_info *info = READ_ONCE(v->info);

	return info ? shared_pending_sel(info, compat) : NULL;
}

static unsigned int max_ports(const struct domain *d)
{
	return evtchn_2l_ports(shared_compat(d));
}

unsigned int evtchn_2l_raise(struct domain *d, struct evtchn *chn, struct vcpu *v)
{
	struct evtchn_2l w = words(d);

	return evtchn_2l_words_raise(&w, chn->port, selector(v, w.compat));
}

static unsigned int unmask(struct domain *d, struct evtchn *chn, struct vcpu *v)
{
	struct evtchn_2l w = words(d);

	return evtchn_2l_words_unmask(&w, chn->port, selector(v, w.compat));
}

static void clear(struct domain *d, struct evtchn *chn)
{
	struct evtchn_2l w = words(d);

	evtchn_2l_words_clear(&w, chn->port);
}

static bool pending(struct domain *d, const struct evtchn *chn)
{
	struct evtchn_2l w = words(d);

	return evtchn_2l_words_pending(&w, chn->port);
}

static bool busy(const struct domain *d, const struct evtchn *chn)
{
	return false;
}

const struct evtchn_port_ops evtchn_2l_ops = {
	.max_ports = max_ports,
	.unmask = unmask,
	.clear = clear,
	.pending = pending,
	.busy = busy,
};
