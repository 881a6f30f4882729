/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Grant tables: pages that a domain lets another use.
 *
 * Who calls what, when:
 *
 *   building		gnttab_seed() for the console's and the store's ring
 *   hypercalls		hc_grant_table_op(); gnttab_frame() for add_to_physmap
 *   backends		xlhv_gnttab_open(), then xlhv_gnttab_get() and _put() for each
 *			grant of a request, xlhv_gnttab_close()
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
#include "grant/backend.h"
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

s16 gnttab_host_copy(struct domain *host, struct domain **peer, const struct gnttab_copy *op,
		     struct page *source, struct page *dest);

/* Is the domain at its end?  Nobody looks at its table any more. */
bool xlhv_gnttab_is_over(const struct xlhv_gnttab *h);

bool xlhv_gnttab_wait(struct xlhv_gnttab *h, unsigned int nr, unsigned int most);
void xlhv_gnttab_wait_end(struct xlhv_gnttab *h, unsigned int nr);

#endif /* XLHV_GRANT_H */
