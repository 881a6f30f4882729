/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Grant tables: pages that a domain lets another use.
 *
 * Who calls what, when:
 *
 *   building		gnttab_seed() for the console's and the store's ring
 *   hypercalls		hc_grant_table_op(); gnttab_frame() for add_to_physmap
 *   backends		gnttab_host_open(), then gnttab_host_get() and _put() for each
 *			grant of a request, gnttab_host_close()
 *	domain 0	the same for what its processes map, gnttab_host_copy()
 *   dying		the part's close when no vCPU runs any more, before the p2m's
 */
#ifndef XLHV_GRANT_H
#define XLHV_GRANT_H

#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/workqueue.h>
#include <xen/interface/xen.h>	/* the others need it first */
#include <xen/interface/grant_table.h>

#include "domain/parts.h"
#include "grant/types.h"

struct domain;
struct vcpu;
struct page;
struct gnttab_active;

extern const struct domain_part gnttab_part;

long hc_grant_table_op(struct vcpu *v, u64 arg1, u64 arg2, u64 arg3);
/* XENMAPSPACE_grant_table: the page to be mapped, grown if needed, with a reference. */
struct page *gnttab_frame(struct domain *d, u64 idx);
unsigned int gnttab_max_frames(const struct domain *d, bool status);
/* Toolstack seeding: a permit_access entry in a reserved slot. */
int gnttab_seed(struct domain *d, grant_ref_t ref, domid_t to, u64 gfn);

/* dom0_grants.c: what domain 0 grants */
int gnttab_own_grant(struct domain *d, grant_ref_t ref, domid_t to, u64 gfn, bool readonly);
bool gnttab_own_withdraw(struct domain *d, grant_ref_t ref);

/**
 * struct gnttab_pin - a use of an entry
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
 * struct gnttab_host - a backend in the host, as user of a domain's grants
 * @domain: [c] granter, with a reference
 * @domid: [c] the domain that the backend speaks for: 0
 * @max: [c] most pins at a time
 * @held: [a] pins, and 1 until it is closed
 * @closing: [a]
 * @idle: closed, and the last pin is gone
 */
struct gnttab_host {
	struct domain *domain;
	domid_t domid;
	unsigned int max;
	atomic_t held;
	bool closing;
	struct completion idle;
};

/* Flags of gnttab_host_get(). */
#define GNTTAB_HOST_WRITE	1	/* for writing too */
#define GNTTAB_HOST_SLEEP	2	/* the caller may sleep */
#define GNTTAB_HOST_SUB_PAGE	4	/* part of a page will do */

void gnttab_host_open(struct gnttab_host *h, struct domain *d, domid_t domid, unsigned int max);
void gnttab_host_close(struct gnttab_host *h);
int gnttab_host_get(struct gnttab_host *h, grant_ref_t ref, unsigned int flags,
		    struct gnttab_pin *pin);
int gnttab_host_get_many(struct gnttab_host *h, const grant_ref_t *ref, unsigned int nr,
			 unsigned int flags, struct gnttab_pin *pins);
void gnttab_host_put(struct gnttab_host *h, struct gnttab_pin *pin);
void gnttab_host_put_many(struct gnttab_host *h, struct gnttab_pin *pins, unsigned int nr);
s16 gnttab_host_copy(struct domain *host, struct domain **peer, const struct gnttab_copy *op,
		     struct page *source, struct page *dest);

/* Is the domain at its end?  Nobody looks at its table any more. */
bool gnttab_host_is_over(const struct gnttab_host *h);

bool gnttab_host_wait(struct gnttab_host *h, unsigned int nr, unsigned int most);
void gnttab_host_wait_end(struct gnttab_host *h, unsigned int nr);

/* Pins that @h has now. */
static inline unsigned int gnttab_host_held(const struct gnttab_host *h)
{
	return atomic_read(&h->held) - !READ_ONCE(h->closing);
}

#endif /* XLHV_GRANT_H */
