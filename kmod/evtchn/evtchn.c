// SPDX-License-Identifier: GPL-2.0-only
/*
 * The life of ports.
 *
 * A port's memory is made with its bucket of 64 and stays until the domain is freed,
 * so a port number that was valid once leads to valid memory for ever, whatever
 * became of the channel.  evtchn.lock of the domain (a mutex) serialises giving out,
 * binding and closing within the domain; the lock of the channel (raw) is what a
 * sender takes, and pins the state it found (an IPI needs none).  No lock is shared
 * between two domains.
 *
 * The two ends of an inter-domain channel change together, under both channels'
 * locks.  A domain that goes closes its ports before it is freed, for which it needs
 * the lock of each peer: so a channel in state INTERDOMAIN has a peer that lives.
 */
#include <linux/align.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "evtchn/internal.h"
#include "hypercall/continuation.h"
#include "time/scale.h"

/* Busy ports that are looked at for each one that is given out, and in one call at the limit. */
#define BUSY_LOOKS	16
#define BUSY_AT_ONCE	1024

/* Ports that a reset closes before it gives way: it looks at all of them each time. */
#define CLOSE_AT_ONCE	64

/**
 * free_channels() - free what init() and the guest made
 * @d: closed, nobody has a reference; or init() failed
 */
static void free_channels(struct domain *d)
{
	struct evtchn_domain *e = &d->evtchn;
	unsigned int i;

	evtchn_fifo_destroy(e->fifo);
	e->fifo = NULL;
	for (i = 0; i < e->nr_ports / EVTCHN_PER_BUCKET; i++)
		kvfree(e->bucket[i]);
	e->nr_ports = 0;
	evtchn_portmap_free(&e->free);
	evtchn_portmap_free(&e->busy);
	kvfree(e->bucket);
	e->bucket = NULL;
}

/* Until the guest says otherwise they are 2-level. */
static int init(struct domain *d, const struct xlhv_dom_create *c, char *text)
{
	unsigned int max_port = c->max_event_channels ?: EVTCHN_DEFAULT_MAX;
	struct evtchn_domain *e = &d->evtchn;
	unsigned int ports;
	int err;

	mutex_init(&e->lock);
	e->max_port = max_port;
	e->ops = dom_is_host(d) ? &evtchn_sink_ops : &evtchn_2l_ops;
	ports = ALIGN(max_port + 1, EVTCHN_PER_BUCKET);

	e->bucket = kvcalloc(ports / EVTCHN_PER_BUCKET, sizeof(*e->bucket), GFP_KERNEL_ACCOUNT);
	if (!e->bucket)
		return -ENOMEM;
	err = evtchn_portmap_init(&e->free, ports);
	if (!err)
		err = evtchn_portmap_init(&e->busy, ports);
	if (err)
		free_channels(d);
	return err;
}

/* Ports in use at this moment.  Any context. */
static u64 ports_open(const struct domain *d)
{
	unsigned int nr, port, open = 0;

	/* As in evtchn_from_port(). */
	nr = smp_load_acquire(&d->evtchn.nr_ports);
	for (port = 0; port < nr; port++)
		if (READ_ONCE(evtchn_from_port(d, port)->state) > EVTCHN_RESERVED)
			open++;
	return open;
}

/* Memory behind the domain's event channels; the guest's own pages are not counted. */
static size_t bytes(const struct domain *d)
{
	const struct evtchn_domain *e = &d->evtchn;
	size_t sum = READ_ONCE(e->nr_ports) * sizeof(struct evtchn);

	sum += e->free.size / EVTCHN_PER_BUCKET * sizeof(*e->bucket);
	sum += (e->free.size + e->busy.size) / BITS_PER_BYTE;
	if (READ_ONCE(e->fifo))
		sum += struct_size(e->fifo, vcpu, d->max_vcpus);
	return sum;
}

/**
 * close_all() - close every port, for good
 * @d: dying; its vCPUs do not run
 *
 * Context: may sleep.
 */
static void close_all(struct domain *d)
{
	/* Not even initialised: its creation failed before. */
	if (!d->evtchn.bucket)
		return;
	mutex_lock(&d->evtchn.lock);
	d->evtchn.closed = true;
	evtchn_close_all_locked(d, NULL);
	mutex_unlock(&d->evtchn.lock);
}

static int vcpu_init(struct vcpu *v)
{
	raw_spin_lock_init(&v->evtchn.virq_lock);
	v->poll_port = EVTCHN_POLL_NONE;
	v->poll_deadline_tsc = TIME_NEVER;
	return 0;
}

static int add_bucket_locked(struct domain *d)
{
	struct evtchn_domain *e = &d->evtchn;
	struct evtchn *bucket;
	unsigned int i;

	lockdep_assert_held(&e->lock);
	bucket = dom_zalloc(d, EVTCHN_PER_BUCKET * sizeof(*bucket));
	if (!bucket)
		return -ENOMEM;
	for (i = 0; i < EVTCHN_PER_BUCKET; i++) {
		raw_spin_lock_init(&bucket[i].lock);
		bucket[i].port = e->nr_ports + i;
		if (bucket[i].port)
			evtchn_portmap_add(&e->free, bucket[i].port);
		else
			bucket[i].state = EVTCHN_RESERVED;
	}
	e->bucket[e->nr_ports / EVTCHN_PER_BUCKET] = bucket;
	/* The bucket before the number that leads to it. */
	smp_store_release(&e->nr_ports, e->nr_ports + EVTCHN_PER_BUCKET);
	return 0;
}

/* Ports that the guest took out of its queues since they were closed are free. */
static void look_at_busy_locked(struct domain *d, unsigned int looks)
{
	struct evtchn_domain *e = &d->evtchn;
	unsigned int port;

	lockdep_assert_held(&e->lock);
	while (looks-- && e->busy.count) {
		port = evtchn_portmap_next(&e->busy, e->busy_next);
		if (port == EVTCHN_PORTMAP_NONE)
			port = evtchn_portmap_next(&e->busy, 0);
		e->busy_next = port + 1;
		if (!e->ops->busy(d, evtchn_from_port(d, port))) {
			evtchn_portmap_remove(&e->busy, port);
			evtchn_portmap_add(&e->free, port);
		}
		if (looks % 1024 == 0)
			cond_resched();
	}
}

/* At the limit.  Return: all busy ports have been looked at; false: a vCPU is to go on later. */
static bool look_further_locked(struct domain *d, struct evtchn_caller *caller)
{
	struct evtchn_domain *e = &d->evtchn;
	unsigned int done, left;

	lockdep_assert_held(&e->lock);
	if (!caller) {
		look_at_busy_locked(d, e->busy.count);
		return true;
	}
	done = caller->looked++ * BUSY_AT_ONCE;
	left = e->busy.count - min(e->busy.count, done);
	look_at_busy_locked(d, min_t(unsigned int, left, BUSY_AT_ONCE));
	return left <= BUSY_AT_ONCE;
}

/**
 * evtchn_lock() - lock what gives out and closes ports, for a call
 * @d: any domain
 * @caller: the call of a vCPU, NULL: it is not a vCPU's
 *
 * Context: may sleep.
 * Return: 0: it is locked; HYPERCALL_GOES_ON: others were before it, and the vCPU is wanted out of
 * the guest.
 */
int evtchn_lock(struct domain *d, const struct evtchn_caller *caller)
{
	mutex_lock(&d->evtchn.lock);
	if (!caller || !hypercall_must_stop(caller->v))
		return 0;
	mutex_unlock(&d->evtchn.lock);
	return HYPERCALL_GOES_ON;
}

/**
 * evtchn_port_alloc_locked() - give out the lowest port that is free
 * @d: any domain; the caller has its evtchn.lock
 * @caller: the call of a vCPU, NULL: it is not a vCPU's
 * @chn: out: the port, in state RESERVED
 *
 * Context: may sleep.
 * Return: 0; -ENOSPC: the domain may not have more; -ENOMEM; -ESRCH: it is dying;
 * HYPERCALL_GOES_ON: it may not have more unless one that was closed is out of the guest's queues
 * by now, of which some have been looked at.
 */
int evtchn_port_alloc_locked(struct domain *d, struct evtchn_caller *caller, struct evtchn **chn)
{
	struct evtchn_domain *e = &d->evtchn;
	unsigned int limit, port;
	struct evtchn *new;
	bool all;
	int err;

	lockdep_assert_held(&e->lock);
	if (e->closed)
		return -ESRCH;
	limit = min(e->max_port + 1, e->ops->max_ports(d));
	look_at_busy_locked(d, BUSY_LOOKS);
	port = evtchn_portmap_next(&e->free, 0);
	if (port == EVTCHN_PORTMAP_NONE && e->nr_ports < limit) {
		err = add_bucket_locked(d);
		if (err)
			return err;
		port = evtchn_portmap_next(&e->free, 0);
	}
	if (port >= limit) {
		all = look_further_locked(d, caller);
		port = evtchn_portmap_next(&e->free, 0);
		if (port >= limit)
			return all ? -ENOSPC : HYPERCALL_GOES_ON;
	}
	evtchn_portmap_remove(&e->free, port);
	new = evtchn_from_port(d, port);
	raw_spin_lock_irq(&new->lock);
	new->state = EVTCHN_RESERVED;
	new->closing = false;
	new->vcpu = 0;
	if (!dom_is_host(d))
		new->fifo.priority = EVTCHN_FIFO_PRIORITY_DEFAULT;
	/* What an IPI under way found open while it was closed. */
	e->ops->clear(d, new);
	raw_spin_unlock_irq(&new->lock);
	*chn = new;
	return 0;
}

/**
 * evtchn_port_release_locked() - a port is free again
 * @d: its domain; the caller has its evtchn.lock
 * @chn: in state RESERVED
 */
void evtchn_port_release_locked(struct domain *d, struct evtchn *chn)
{
	struct evtchn_domain *e = &d->evtchn;

	lockdep_assert_held(&e->lock);
	raw_spin_lock_irq(&chn->lock);
	e->ops->clear(d, chn);
	chn->state = EVTCHN_FREE;
	chn->vcpu = 0;
	raw_spin_unlock_irq(&chn->lock);
	evtchn_portmap_add(e->ops->busy(d, chn) ? &e->busy : &e->free, chn->port);
}

/**
 * evtchn_lock_pair() - lock two channels
 * @d1: domain of @chn1
 * @chn1: a channel
 * @d2: domain of @chn2
 * @chn2: another one
 *
 * Context: interrupts are off on return.
 */
void evtchn_lock_pair(const struct domain *d1, struct evtchn *chn1,
		      const struct domain *d2, struct evtchn *chn2)
	__acquires(&chn1->lock) __acquires(&chn2->lock)
{
	if (d1->domid > d2->domid || (d1 == d2 && chn1->port > chn2->port))
		swap(chn1, chn2);
	raw_spin_lock_irq(&chn1->lock);
	raw_spin_lock_nested(&chn2->lock, SINGLE_DEPTH_NESTING);
}

/**
 * evtchn_unlock_pair() - undo evtchn_lock_pair()
 * @chn1: one of the two
 * @chn2: the other
 */
void evtchn_unlock_pair(struct evtchn *chn1, struct evtchn *chn2)
	__releases(&chn1->lock) __releases(&chn2->lock)
{
	raw_spin_unlock(&chn1->lock);
	raw_spin_unlock_irq(&chn2->lock);
}

/**
 * evtchn_virq_is_global() - is a VIRQ the domain's, not a vCPU's?
 * @virq: less than EVTCHN_NR_VIRQS
 *
 * Return: true for a VIRQ of the domain.
 */
bool evtchn_virq_is_global(unsigned int virq)
{
	return virq != VIRQ_TIMER && virq != VIRQ_DEBUG && virq != VIRQ_XENOPROF &&
	       virq != VIRQ_XENPMU;
}

/* Nobody sends the VIRQ any more when this returns. */
static void unbind_virq(struct domain *d, const struct evtchn *chn, unsigned int virq)
{
	struct vcpu *v = evtchn_virq_is_global(virq) ? d->vcpu[0] : evtchn_target(d, chn);

	raw_spin_lock_irq(&v->evtchn.virq_lock);
	if (v->evtchn.virq[virq] == chn->port)
		v->evtchn.virq[virq] = 0;
	raw_spin_unlock_irq(&v->evtchn.virq_lock);
}

/* The other end waits for a new one of this domain. */
static void part_from(struct domain *d, struct evtchn *chn, struct domain *peer,
		      evtchn_port_t peer_port)
{
	struct evtchn *other = evtchn_from_port(peer, peer_port);

	evtchn_lock_pair(d, chn, peer, other);
	/* Unless it parted first; nobody bound to us since, as we are closing. */
	if (chn->state == EVTCHN_INTERDOMAIN) {
		other->state = EVTCHN_UNBOUND;
		other->unbound = d->domid;
		if (dom_is_host(peer))
			evtchn_sink_alone(other);
		if (dom_is_host(d))
			evtchn_sink_alone(chn);
	}
	chn->state = EVTCHN_RESERVED;
	evtchn_unlock_pair(chn, other);
}

/**
 * evtchn_port_close_locked() - close a port of a domain
 * @d: any domain; the caller has its evtchn.lock
 * @port: any number
 *
 * Context: may sleep.
 * Return: 0; -EINVAL: it is not open.
 */
int evtchn_port_close_locked(struct domain *d, evtchn_port_t port)
{
	struct evtchn *chn = evtchn_from_port(d, port);
	evtchn_port_t peer_port = 0;
	struct domain *peer = NULL;
	unsigned int virq = 0;
	u8 state;

	lockdep_assert_held(&d->evtchn.lock);
	if (!chn)
		return -EINVAL;
	raw_spin_lock_irq(&chn->lock);
	state = chn->state;
	switch (state) {
	case EVTCHN_FREE:
	case EVTCHN_RESERVED:
		raw_spin_unlock_irq(&chn->lock);
		return -EINVAL;
	case EVTCHN_INTERDOMAIN:
		peer = chn->remote.domain;
		peer_port = chn->remote.port;
		xlhv_domain_get(peer);
		chn->closing = true;
		break;
	case EVTCHN_VIRQ:
		virq = chn->virq;
		break;
	default:
		chn->closing = true;
		chn->state = EVTCHN_RESERVED;
	}
	raw_spin_unlock_irq(&chn->lock);

	if (state == EVTCHN_VIRQ)
		unbind_virq(d, chn, virq);
	if (peer) {
		part_from(d, chn, peer, peer_port);
		xlhv_domain_put(peer);
	}
	evtchn_port_release_locked(d, chn);
	return 0;
}

/**
 * evtchn_close_all_locked() - close every port of a domain
 * @d: any domain; the caller has its evtchn.lock
 * @v: the vCPU that asks for it, own thread; NULL: it is not a vCPU
 *
 * Context: may sleep.
 * Return: true: all are closed; false: some have been, the vCPU is to give way.
 */
bool evtchn_close_all_locked(struct domain *d, struct vcpu *v)
{
	unsigned int port, closed = 0;

	lockdep_assert_held(&d->evtchn.lock);
	for (port = 1; port < d->evtchn.nr_ports; port++) {
		if (!(port % EVTCHN_PER_BUCKET))
			cond_resched();
		/* Nobody opens one meanwhile. */
		if (READ_ONCE(evtchn_from_port(d, port)->state) <= EVTCHN_RESERVED)
			continue;
		if (v && closed >= CLOSE_AT_ONCE && hypercall_give_way(v))
			return false;
		evtchn_port_close_locked(d, port);
		closed++;
	}
	return true;
}

/**
 * evtchn_send_vcpu_virq() - raise a VIRQ of a vCPU
 * @v: any vCPU; vCPU 0 for a global one
 * @virq: the VIRQ
 *
 * Nothing happens if the guest did not bind it.  Context: any but NMI.
 */
void evtchn_send_vcpu_virq(struct vcpu *v, unsigned int virq)
{
	struct domain *d = v->domain;
	unsigned long flags;
	u32 port;

	raw_spin_lock_irqsave(&v->evtchn.virq_lock, flags);
	port = v->evtchn.virq[virq];
	if (port)
		evtchn_raise(d, evtchn_from_port(d, port), v);
	raw_spin_unlock_irqrestore(&v->evtchn.virq_lock, flags);
}

static int check(const struct xlhv_dom_create *c, char *text)
{
	return parts_too_large("max_event_channels", c->max_event_channels,
			       EVTCHN_FIFO_NR_CHANNELS - 1, text) ? -EINVAL : 0;
}

static const struct domain_counter counters[] = {
	VCPU_COUNTER("events.sent", "", evtchn.sent, "events sent by hypercall"),
	DOMAIN_COUNTER("events.ports", "", ports_open, XLHV_STAT_GAUGE,
		       "event channels that are open"),
	{}
};

const struct domain_part evtchn_part = {
	.name = "evtchn",
	.check = check,
	.init = init,
	.vcpu_init = vcpu_init,
	.close = close_all,
	.free = free_channels,
	.bytes = bytes,
	.counters = counters,
	.host = true,
};
