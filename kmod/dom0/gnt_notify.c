// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ports of domain 0 that are to tell of the end of a mapping.
 *
 * A process may close the port before the mapping goes, and it does when it is killed: then the
 * port stays open, deaf, until the event has been sent.  Only ports that lead to somebody
 * stay like that: a VIRQ, or a port that nobody has bound to, would be kept from others for
 * nothing.
 *
 * Any port of any file can be named, also those of the daemons of store and consoles.  Their ends
 * of a ring never stay: nobody could bind to the other end then, and the store would be dead, for
 * domain 0 or for a guest, for as long as somebody has a mapping.
 */
#include <linux/errno.h>
#include <linux/hashtable.h>
#include <linux/lockdep.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <xen/interface/hvm/params.h>

#include "dom0/gnt_notify.h"
#include "dom0/internal.h"
#include "dom0/xs.h"
#include "domain/domain.h"
#include "evtchn/evtchn.h"
#include "hypercall/hvm_params.h"
#include "xlhv.h"

/**
 * struct gntport - a port that is kept
 * @node: [ports_lock] in ports, while it has a sink
 * @port: [c] its number
 * @users: [ports_lock] who wants to tell of something by it
 * @sink: [ports_lock] its file's; &deaf: the file has let go of it; NULL: it is closed, and its
 *	number may be another port's
 */
struct gntport {
	struct hlist_node node;
	evtchn_port_t port;
	unsigned int users;
	struct evtchn_sink *sink;
};

static DEFINE_MUTEX(ports_lock);	/* which ports are kept, and closing them */
static DEFINE_HASHTABLE(ports, 10);	/* [ports_lock] those with a sink, by number */

static void hear_nothing(struct evtchn_sink *sink)
{
}

/* Where the events of deaf ports go: it also says whose the port is. */
static struct evtchn_sink deaf = { .notify = hear_nothing };

/* It is closed. */
static void lose_locked(struct gntport *p)
{
	lockdep_assert_held(&ports_lock);
	hash_del(&p->node);
	p->sink = NULL;
}

static struct gntport *find_locked(evtchn_port_t port)
{
	struct gntport *p;

	lockdep_assert_held(&ports_lock);
	hash_for_each_possible(ports, p, node, port) {
		if (p->port == port)
			return p;
	}
	return NULL;
}

/* A port of a file's to keep, perhaps with no user yet: the one there is, or @fresh. */
static struct gntport *keep_locked(evtchn_port_t port, struct evtchn_sink *sink,
				   struct gntport *fresh)
{
	struct gntport *p = find_locked(port);

	if (p && p->sink == sink)
		return p;
	/* That one has been closed, and it is another file's by now. */
	if (p)
		lose_locked(p);
	fresh->port = port;
	fresh->sink = sink;
	hash_add(ports, &fresh->node, port);
	return fresh;
}

static bool is_param(struct domain *d, u32 param, evtchn_port_t port)
{
	u64 value;

	return !hvm_param_get(d, param, &value) && value == port;
}

/* Does it lead to where a daemon is asked by the ring that goes with it? */
static bool is_of_daemon(struct domain *host, evtchn_port_t port)
{
	evtchn_port_t peer_port;
	struct domain *peer;
	bool is;

	peer = evtchn_peer_get(host, port, &peer_port);
	if (!peer)
		return false;
	if (peer == host)
		is = evtchn_channel_sink(host, peer_port) == &xs_sink;
	else
		is = is_param(peer, HVM_PARAM_STORE_EVTCHN, peer_port) ||
		     is_param(peer, HVM_PARAM_CONSOLE_EVTCHN, peer_port);
	xlhv_domain_put(peer);
	return is;
}

/**
 * gntport_get() - keep a port
 * @port: any number
 * @kept: result
 *
 * Context: may sleep.
 * Return: 0: gntport_put() or gntport_send_and_put() has to follow; -EINVAL: no file of
 * domain 0's has such a port, it tells nobody of anything, or it is a daemon's end of a ring;
 * -ENOMEM.
 */
int gntport_get(u32 port, struct gntport **kept)
{
	struct domain *host = dom0_domain();
	struct gntport *fresh, *p;
	struct evtchn_sink *sink;
	int err = -EINVAL;

	/* Not under the lock, on which each close() of a port waits. */
	fresh = kzalloc(sizeof(*fresh), GFP_KERNEL_ACCOUNT);
	if (!fresh)
		return -ENOMEM;
	mutex_lock(&ports_lock);
	sink = evtchn_channel_sink(host, port);
	/* The store's own is no file's.  What leads to a ring has done so since it was bound. */
	if (sink && sink != &deaf && sink != &xs_sink && !is_of_daemon(host, port)) {
		p = keep_locked(port, sink, fresh);
		p->users++;
		if (p == fresh)
			fresh = NULL;
		*kept = p;
		err = 0;
	}
	mutex_unlock(&ports_lock);
	kfree(fresh);
	return err;
}

static void put_locked(struct gntport *p)
{
	bool is_deaf = p->sink == &deaf;

	lockdep_assert_held(&ports_lock);
	if (--p->users)
		return;
	if (p->sink)
		lose_locked(p);
	if (is_deaf)
		evtchn_close_sink(dom0_domain(), p->port, &deaf);
	kfree(p);
}

/**
 * gntport_put() - a port is not wanted any more
 * @p: that was got
 *
 * Context: may sleep.
 */
void gntport_put(struct gntport *p)
{
	mutex_lock(&ports_lock);
	put_locked(p);
	mutex_unlock(&ports_lock);
}

/* Its event, and then no more.  May sleep. */
void gntport_send_and_put(struct gntport *p)
{
	struct domain *host = dom0_domain();

	mutex_lock(&ports_lock);
	/* By another that has its number nobody is told. */
	if (p->sink && evtchn_channel_sink(host, p->port) == p->sink)
		evtchn_send(host, p->port);
	put_locked(p);
	mutex_unlock(&ports_lock);
}

/**
 * gntport_close() - a file lets go of a port: evtchn_close_sink(), unless somebody keeps it
 * @host: domain 0
 * @port: as it was given out
 * @sink: with which it was; not called any more when this returns
 *
 * Context: may sleep.
 */
void gntport_close(struct domain *host, evtchn_port_t port, struct evtchn_sink *sink)
{
	bool stays = false;
	struct gntport *p;

	mutex_lock(&ports_lock);
	p = find_locked(port);
	if (p && p->sink == sink) {
		stays = evtchn_sink_is_bound(host, port, sink) &&
			evtchn_change_sink(host, port, sink, &deaf);
		if (stays)
			p->sink = &deaf;
		else
			lose_locked(p);
	}
	if (!stays)
		evtchn_close_sink(host, port, sink);
	mutex_unlock(&ports_lock);
}
