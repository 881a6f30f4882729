/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Event channels: 2-level and FIFO, and the host's side of them.
 *
 * Codes on the fields, besides those of domain.h: [m] the domain's evtchn.lock,
 * [e] the lock of the channel.
 */
#ifndef XLHV_EVTCHN_H
#define XLHV_EVTCHN_H

#include <linux/bitops.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <xen/interface/event_channel.h>
#include <xen/interface/xen.h>

#include "domain/parts.h"
#include "evtchn/backend.h"
#include "evtchn/types.h"

struct domain;
struct vcpu;

extern const struct domain_part evtchn_part;

long hc_event_channel_op(struct vcpu *v, u64 arg1, u64 arg2, u64 arg3);

void evtchn_send_vcpu_virq(struct vcpu *v, unsigned int virq);

void evtchn_upcall_changed(struct vcpu *v);
void evtchn_info_moved(struct vcpu *v);

int evtchn_port_pending(struct domain *d, evtchn_port_t port);
void evtchn_poll_begin(struct vcpu *v, int port);
bool evtchn_poll_over(const struct vcpu *v);
void evtchn_poll_end(struct vcpu *v);

void xlhv_evtchn_free(struct xlhv_evtchn *host);

/**
 * struct evtchn_caller - a hypercall that gives way and goes on later
 * @v: own thread
 * @looked: how often it has looked whether ports that were closed are free by now
 */
struct evtchn_caller {
	struct vcpu *v;
	unsigned int looked;
};

/*
 * A domain's ports without a hypercall around them: what event_channel_op does, and what
 * the files of domain 0 do.  @sink: where the events go if @d is domain 0, else NULL.
 * @caller: of event_channel_op, else NULL.
 */
int evtchn_alloc_unbound(struct domain *d, struct evtchn_caller *caller, domid_t remote,
			 struct evtchn_sink *sink, evtchn_port_t *port);
int evtchn_bind_interdomain(struct domain *d, struct evtchn_caller *caller, domid_t remote,
			    evtchn_port_t remote_port, struct evtchn_sink *sink,
			    evtchn_port_t *port);
int evtchn_bind_virq(struct domain *d, struct evtchn_caller *caller, u32 virq, u32 vcpu,
		     struct evtchn_sink *sink, evtchn_port_t *port);
int evtchn_send(struct domain *d, evtchn_port_t port);
bool evtchn_sink_is_bound(struct domain *d, evtchn_port_t port, const struct evtchn_sink *sink);
struct evtchn_sink *evtchn_channel_sink(struct domain *d, evtchn_port_t port);
struct domain *evtchn_peer_get(struct domain *d, evtchn_port_t port, evtchn_port_t *peer_port);
bool evtchn_change_sink(struct domain *d, evtchn_port_t port, struct evtchn_sink *from,
			struct evtchn_sink *to);
void evtchn_take_back(struct domain *d, evtchn_port_t port);
void evtchn_close_sink(struct domain *d, evtchn_port_t port, struct evtchn_sink *sink);
bool evtchn_close_unbound(struct domain *d, evtchn_port_t port, struct evtchn_sink *sink);

#endif /* XLHV_EVTCHN_H */
