/* SPDX-License-Identifier: GPL-2.0-only */
/* What a backend has of events and grants, in this module or in another: see xlhv_backend.h. */
#ifndef XLHV_BACKEND_TYPES_H
#define XLHV_BACKEND_TYPES_H

#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/types.h>
#include <xen/interface/xen.h>	/* the others need it first */
#include <xen/interface/event_channel.h>
#include <xen/interface/grant_table.h>

struct domain;
struct gnttab_active;
struct page;

/**
 * struct xlhv_evtchn - the host's end of a guest's channel
 * @domain: whose port it is; the owner of this holds a reference
 * @port: the guest's port
 * @notify: the guest sent an event
 *
 * @notify runs with interrupts off and the channel's lock held, perhaps in the
 * middle of the guest's hypercall, perhaps on several CPUs for several channels: it
 * may wake a task or queue work, and must neither sleep, take a lock that is not
 * raw, nor call anything of this header for the same channel.
 */
struct xlhv_evtchn {
	struct domain *domain;
	evtchn_port_t port;
	void (*notify)(struct xlhv_evtchn *host);
};

/**
 * struct gnttab_pin - one use of a granted page
 * @page: the granted page; there as long as the pin is, whatever becomes of the granter
 * @active: private
 * @ref: granter's reference
 * @start: first byte that is granted
 * @length: bytes that are granted
 * @write: for writing too
 *
 * The guest sees that its page is in use until the pin is given back, and the page may
 * be accessed by page_address() until then.
 */
struct gnttab_pin {
	struct page *page;
	struct gnttab_active *active;
	grant_ref_t ref;
	u16 start;
	u16 length;
	bool write;
};

/**
 * struct xlhv_gnttab - a backend in the host, as user of a domain's grants
 * @domain: granter, with a reference
 * @domid: the domain that the backend speaks for: 0
 * @max: most pins at a time
 * @held: private; pins, and 1 until it is closed
 * @closing: private
 * @idle: private; closed, and the last pin is gone
 */
struct xlhv_gnttab {
	struct domain *domain;
	domid_t domid;
	unsigned int max;
	atomic_t held;
	bool closing;
	struct completion idle;
};

/* Flags of xlhv_gnttab_get(). */
#define XLHV_GNTTAB_WRITE	1	/* for writing too */
#define XLHV_GNTTAB_SLEEP	2	/* the caller may sleep */
#define XLHV_GNTTAB_SUB_PAGE	4	/* part of a page will do */

/* Pins that @h has now. */
static inline unsigned int xlhv_gnttab_held(const struct xlhv_gnttab *h)
{
	return atomic_read(&h->held) - !READ_ONCE(h->closing);
}

#endif /* XLHV_BACKEND_TYPES_H */
