// SPDX-License-Identifier: GPL-2.0-only
/*
 * Domain 0's ports.  It has no shared_info and no vCPU that could be interrupted: an event
 * for a port of its goes to the sink that the port was made with.
 *
 * Whether a port is masked, and whether an event came meanwhile, is the sink's business.
 */
#include <linux/types.h>

#include "evtchn/internal.h"

static unsigned int max_ports(const struct domain *d)
{
	return EVTCHN_FIFO_NR_CHANNELS;
}

/* Interrupts off; who closes the port waits for this. */
unsigned int evtchn_sink_raise(const struct domain *d, struct evtchn *chn)
{
	struct evtchn_sink *sink;

	if (dom_is_host(d)) {
		sink = READ_ONCE(chn->sink);
		if (sink)
			sink->notify(sink);
	}
	return 0;
}

/* It is parted from its other end.  Interrupts off, the locks of both held. */
void evtchn_sink_alone(struct evtchn *chn)
{
	struct evtchn_sink *sink = READ_ONCE(chn->sink);

	if (sink && sink->alone)
		sink->alone(sink);
}

static unsigned int unmask(struct domain *d, struct evtchn *chn, struct vcpu *v)
{
	return 0;
}

/* Nobody raises it: it is not in use yet, or not any more. */
static void clear(struct domain *d, struct evtchn *chn)
{
	chn->sink = NULL;
}

static bool pending(struct domain *d, const struct evtchn *chn)
{
	return false;
}

static bool busy(const struct domain *d, const struct evtchn *chn)
{
	return false;
}

const struct evtchn_port_ops evtchn_sink_ops = {
	.max_ports = max_ports,
	.unmask = unmask,
	.clear = clear,
	.pending = pending,
	.busy = busy,
};

/**
 * evtchn_send() - send an event by a port of a domain
 * @d: any domain
 * @port: any number
 *
 * Context: any but NMI, and not from a notify.
 * Return: 0; -EINVAL: no port that could be sent by.
 */
int evtchn_send(struct domain *d, evtchn_port_t port)
{
	struct evtchn *chn = evtchn_from_port(d, port);
	unsigned long flags;
	int err;

	if (!chn)
		return -EINVAL;
	local_irq_save(flags);
	err = evtchn_send_locked(d, chn);
	local_irq_restore(flags);
	return err;
}

/*
 * Has a port of domain 0 another end at this moment, and is it still the one that was given out
 * with @sink?  Context: any but NMI.
 */
bool evtchn_sink_is_bound(struct domain *d, evtchn_port_t port, const struct evtchn_sink *sink)
{
	const struct evtchn *chn = evtchn_from_port(d, port);

	return chn && READ_ONCE(chn->state) == EVTCHN_INTERDOMAIN && READ_ONCE(chn->sink) == sink;
}

/**
 * evtchn_channel_sink() - the sink of a port of domain 0 by which somebody may be told of something
 * @d: domain 0
 * @port: any number
 *
 * Context: any but NMI.  As of this moment.
 * Return: NULL: there is no such port, it has none, or it is no channel to anybody, as that of a
 * VIRQ.
 */
struct evtchn_sink *evtchn_channel_sink(struct domain *d, evtchn_port_t port)
{
	const struct evtchn *chn = evtchn_from_port(d, port);
	u8 state = chn ? READ_ONCE(chn->state) : EVTCHN_FREE;

	if (state != EVTCHN_UNBOUND && state != EVTCHN_INTERDOMAIN)
		return NULL;
	return READ_ONCE(chn->sink);
}

/**
 * evtchn_peer_get() - the other end of a domain's port
 * @d: any domain
 * @port: any number
 * @peer_port: result, where there is one
 *
 * Context: any but NMI.  As of this moment.
 * Return: whose it is, with a reference; NULL: there is none.
 */
struct domain *evtchn_peer_get(struct domain *d, evtchn_port_t port, evtchn_port_t *peer_port)
{
	struct evtchn *chn = evtchn_from_port(d, port);
	struct domain *peer = NULL;
	unsigned long flags;

	if (!chn)
		return NULL;
	raw_spin_lock_irqsave(&chn->lock, flags);
	if (chn->state == EVTCHN_INTERDOMAIN) {
		peer = chn->remote.domain;
		*peer_port = chn->remote.port;
		xlhv_domain_get(peer);
	}
	raw_spin_unlock_irqrestore(&chn->lock, flags);
	return peer;
}

/*
 * Nobody who began to raise a port before is still at it when this returns.  Raised it is under a
 * lock: that of its other end, or of the VIRQ.  An end that is bound later is bound under the
 * port's own, after what the caller has changed.
 */
static void wait_for_raisers(struct domain *d, struct evtchn *chn)
{
	struct domain *peer = NULL;
	struct vcpu *v = NULL;
	struct evtchn *other;
	evtchn_port_t port;

	raw_spin_lock_irq(&chn->lock);
	if (chn->state == EVTCHN_INTERDOMAIN) {
		peer = chn->remote.domain;
		port = chn->remote.port;
		xlhv_domain_get(peer);
	} else if (chn->state == EVTCHN_VIRQ) {
		v = evtchn_virq_is_global(chn->virq) ? d->vcpu[0] : evtchn_target(d, chn);
	}
	raw_spin_unlock_irq(&chn->lock);
	if (v) {
		raw_spin_lock_irq(&v->evtchn.virq_lock);
		raw_spin_unlock_irq(&v->evtchn.virq_lock);
	}
	if (peer) {
		/* If it parts meanwhile, it does so under this lock, too. */
		other = evtchn_from_port(peer, port);
		raw_spin_lock_irq(&other->lock);
		raw_spin_unlock_irq(&other->lock);
		xlhv_domain_put(peer);
	}
}

/**
 * evtchn_change_sink() - have the events of a port of domain 0 go elsewhere
 * @d: domain 0
 * @port: as it was given out
 * @from: with which it was
 * @to: where they go now
 *
 * No call of @from's runs or starts any more when this has returned true.
 *
 * Context: may sleep; not from a notify.
 * Return: false: it is not that port any more, and nothing was done.
 */
bool evtchn_change_sink(struct domain *d, evtchn_port_t port, struct evtchn_sink *from,
			struct evtchn_sink *to)
{
	struct evtchn *chn = evtchn_from_port(d, port);
	bool changed;

	mutex_lock(&d->evtchn.lock);
	changed = chn->state > EVTCHN_RESERVED && chn->sink == from;
	if (changed) {
		WRITE_ONCE(chn->sink, to);
		wait_for_raisers(d, chn);
	}
	mutex_unlock(&d->evtchn.lock);
	return changed;
}

/**
 * evtchn_take_back() - close a port that has just been made for a domain
 * @d: being built: nothing of it runs, and nobody else closes its ports
 * @port: of d
 *
 * Context: may sleep.
 */
void evtchn_take_back(struct domain *d, evtchn_port_t port)
{
	mutex_lock(&d->evtchn.lock);
	evtchn_port_close_locked(d, port);
	mutex_unlock(&d->evtchn.lock);
}

/**
 * evtchn_close_sink() - close a port of domain 0, if it still is whose it was
 * @d: domain 0
 * @port: as it was given out
 * @sink: with which it was
 *
 * It may be closed, and be another's by now.  No call of @sink's runs or starts any more when
 * this returns.
 *
 * Context: may sleep; not from a notify.
 */
void evtchn_close_sink(struct domain *d, evtchn_port_t port, struct evtchn_sink *sink)
{
	struct evtchn *chn = evtchn_from_port(d, port);

	mutex_lock(&d->evtchn.lock);
	if (chn->state > EVTCHN_RESERVED && chn->sink == sink)
		evtchn_port_close_locked(d, port);
	mutex_unlock(&d->evtchn.lock);
}

/**
 * evtchn_close_unbound() - close a port of domain 0 that nobody has bound to
 * @d: domain 0
 * @port: as it was given out
 * @sink: with which it was
 *
 * Context: may sleep; not from a notify.
 * Return: false: it has another end, and stays.  If it is that port no more, there is nothing to
 * close.
 */
bool evtchn_close_unbound(struct domain *d, evtchn_port_t port, struct evtchn_sink *sink)
{
	struct evtchn *chn = evtchn_from_port(d, port);
	bool ours, bound;

	mutex_lock(&d->evtchn.lock);
	raw_spin_lock_irq(&chn->lock);
	ours = chn->state > EVTCHN_RESERVED && chn->sink == sink;
	bound = ours && chn->state == EVTCHN_INTERDOMAIN;
	/* Nobody binds to it from here on. */
	if (ours && !bound)
		chn->closing = true;
	raw_spin_unlock_irq(&chn->lock);
	if (ours && !bound)
		evtchn_port_close_locked(d, port);
	mutex_unlock(&d->evtchn.lock);
	return !bound;
}
