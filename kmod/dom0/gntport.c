// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ports of domain 0 that are to tell of the end of a mapping.
 *
 * A process may close the port before the mapping goes, and it does when it is killed: then the
 * port stays open, deaf, until the event has been sent.
 */
#include <linux/errno.h>
#include <linux/mutex.h>
#include <linux/xarray.h>

#include "xlhv.h"
#include "dom0/dom0.h"
#include "dom0/gntport.h"
#include "dom0/store.h"
#include "evtchn/evtchn.h"

/* What is remembered of a port: twice the number of its users, and whether it is deaf. */
#define USER	2UL
#define DEAF	1UL

static DEFINE_MUTEX(ports_lock);	/* which ports are kept, and closing them */
static DEFINE_XARRAY(ports);		/* [ports_lock] values, by port */

static void hear_nothing(struct evtchn_sink *sink)
{
}

/* Where the events of deaf ports go: it also says whose the port is. */
static struct evtchn_sink deaf = { .notify = hear_nothing };

static unsigned long load_locked(evtchn_port_t port)
{
	lockdep_assert_held(&ports_lock);
	return xa_to_value(xa_load(&ports, port) ?: xa_mk_value(0));
}

/* Return: 0 or -ENOMEM, which there cannot be for a port that is known already. */
static int store_locked(evtchn_port_t port, unsigned long value)
{
	lockdep_assert_held(&ports_lock);
	if (value < USER) {
		xa_erase(&ports, port);
		return 0;
	}
	return xa_err(xa_store(&ports, port, xa_mk_value(value), GFP_KERNEL_ACCOUNT));
}

/**
 * gntport_get() - keep a port
 * @port: any number
 *
 * Context: may sleep.
 * Return: 0: gntport_put() or gntport_send_and_put() has to follow; -EINVAL: no file of
 * domain 0's has such a port; -ENOMEM.
 */
int gntport_get(u32 port)
{
	struct domain *host = dom0_domain();
	unsigned long value;
	int err = -EINVAL;

	mutex_lock(&ports_lock);
	value = load_locked(port);
	/* The store's is no file's. */
	if (port == store_port())
		err = -EINVAL;
	else if (value ? !(value & DEAF) : evtchn_has_sink(host, port))
		err = store_locked(port, value + USER);
	mutex_unlock(&ports_lock);
	return err;
}

/**
 * gntport_put() - a port is not wanted any more
 * @port: that was got
 *
 * Context: may sleep.
 */
void gntport_put(evtchn_port_t port)
{
	unsigned long value;

	mutex_lock(&ports_lock);
	value = load_locked(port) - USER;
	store_locked(port, value);
	if (value == DEAF)
		evtchn_close_sink(dom0_domain(), port, &deaf);
	mutex_unlock(&ports_lock);
}

/* Its event, and then no more.  May sleep. */
void gntport_send_and_put(evtchn_port_t port)
{
	evtchn_send(dom0_domain(), port);
	gntport_put(port);
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
	unsigned long value;

	mutex_lock(&ports_lock);
	value = load_locked(port);
	if (value && !(value & DEAF) && evtchn_change_sink(host, port, sink, &deaf))
		store_locked(port, value | DEAF);
	else
		evtchn_close_sink(host, port, sink);
	mutex_unlock(&ports_lock);
}
