// SPDX-License-Identifier: GPL-2.0-only
/*
 * The host's side: kernel code as the other end of a guest's channel.  The guest sees
 * an inter-domain channel to domain 0.
 *
 * A guest's event calls struct xlhv_evtchn.notify under the channel's lock, so that
 * whoever has had the lock after it took the host's end away knows that no call runs
 * or will start.  The guest may close its port at any time; then sending fails, and
 * closing our end is still due and still safe.
 */
#include <linux/types.h>

#include "evtchn/internal.h"

/**
 * xlhv_evtchn_alloc() - make a port in a domain, connected to the host
 * @d: any domain; the caller keeps a reference until xlhv_evtchn_close()
 * @host: written; its owner keeps it until xlhv_evtchn_close()
 * @notify: called for each event of the guest; see struct xlhv_evtchn
 *
 * Context: may sleep.
 * Return: 0; -ENOSPC: the domain may not have more ports; -ENOMEM; -ESRCH: dying.
 */
int xlhv_evtchn_alloc(struct domain *d, struct xlhv_evtchn *host,
		      void (*notify)(struct xlhv_evtchn *host))
{
	struct evtchn *chn;
	int err;

	mutex_lock(&d->evtchn.lock);
	err = evtchn_port_alloc_locked(d, NULL, &chn);
	if (!err) {
		host->domain = d;
		host->port = chn->port;
		host->notify = notify;
		raw_spin_lock_irq(&chn->lock);
		chn->host = host;
		chn->state = EVTCHN_HOST;
		raw_spin_unlock_irq(&chn->lock);
	}
	mutex_unlock(&d->evtchn.lock);
	return err;
}

/**
 * xlhv_evtchn_bind() - connect the host to a port that a guest made for it
 * @d: any domain; the caller keeps a reference until xlhv_evtchn_close()
 * @port: a port that is unbound towards domain 0
 * @host: written; its owner keeps it until xlhv_evtchn_close()
 * @notify: called for each event of the guest; see struct xlhv_evtchn
 *
 * The guest may have sent events before, which are lost: @notify is called once
 * before this returns.
 *
 * Context: may sleep.
 * Return: 0; -EINVAL: no such port, or it is not unbound towards domain 0.
 */
int xlhv_evtchn_bind(struct domain *d, evtchn_port_t port, struct xlhv_evtchn *host,
		     void (*notify)(struct xlhv_evtchn *host))
{
	struct evtchn *chn = evtchn_from_port(d, port);
	int err = -EINVAL;

	if (!chn)
		return -EINVAL;
	host->domain = d;
	host->port = port;
	host->notify = notify;
	raw_spin_lock_irq(&chn->lock);
	if (chn->state == EVTCHN_UNBOUND && !chn->closing && chn->unbound == 0) {
		chn->host = host;
		chn->state = EVTCHN_HOST;
		notify(host);
		err = 0;
	}
	raw_spin_unlock_irq(&chn->lock);
	return err;
}

/**
 * xlhv_evtchn_send() - send an event to the guest
 * @host: was open once; zeroed memory is nothing
 *
 * It may be closed before or meanwhile, as long as the caller has a reference on the
 * domain until this returns.
 *
 * Context: any but NMI, and not from @host's notify.
 * Return: 0; -ENOTCONN: the guest closed its port, or the host its end.
 */
int xlhv_evtchn_send(struct xlhv_evtchn *host)
{
	struct domain *d = READ_ONCE(host->domain);
	int err = -ENOTCONN;
	unsigned long flags;
	struct evtchn *chn;

	if (unlikely(!d))
		return -ENOTCONN;
	chn = evtchn_from_port(d, host->port);
	raw_spin_lock_irqsave(&chn->lock, flags);
	if (chn->state == EVTCHN_HOST && chn->host == host) {
		evtchn_raise(d, chn, evtchn_target(d, chn));
		err = 0;
	}
	raw_spin_unlock_irqrestore(&chn->lock, flags);
	return err;
}

/**
 * xlhv_evtchn_close() - let go of a guest's port
 * @host: open; zeroed memory and what was closed before are nothing
 *
 * No call of its notify runs or starts any more when this returns.  The guest's port
 * becomes unbound towards domain 0.
 *
 * Context: may sleep; not from @host's notify.
 */
void xlhv_evtchn_close(struct xlhv_evtchn *host)
{
	struct domain *d = host->domain;
	struct evtchn *chn;

	if (!d)
		return;
	chn = evtchn_from_port(d, host->port);
	raw_spin_lock_irq(&chn->lock);
	if (chn->state == EVTCHN_HOST && chn->host == host) {
		chn->state = EVTCHN_UNBOUND;
		chn->unbound = 0;
	}
	raw_spin_unlock_irq(&chn->lock);
	WRITE_ONCE(host->domain, NULL);
}

/**
 * xlhv_evtchn_free() - undo xlhv_evtchn_alloc() in all: the guest's port goes as well
 * @host: open, in a domain whose guest has not run since
 *
 * Context: may sleep; not from @host's notify.
 */
void xlhv_evtchn_free(struct xlhv_evtchn *host)
{
	struct domain *d = host->domain;

	mutex_lock(&d->evtchn.lock);
	evtchn_port_close_locked(d, host->port);
	mutex_unlock(&d->evtchn.lock);
	WRITE_ONCE(host->domain, NULL);
}
