/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What xlhv.ko exports, in the namespace XLHV, to modules that serve a guest's frontends: domains,
 * the host's end of event channels, and grants. docs/backends.md says what may be called where, and
 * in which order a backend stops; what a function returns stands at its definition.
 *
 * Within the module these are declared in the header of the folder that has them. exports.c sees
 * both, so that they agree.
 */
#ifndef XLHV_BACKEND_H
#define XLHV_BACKEND_H

#include "xlhv_backend_types.h"

/* Domains */
struct domain *xlhv_domain_get_by_id(domid_t domid);
void xlhv_domain_get(struct domain *d);
void xlhv_domain_put(struct domain *d);

/* Event channels */
int xlhv_evtchn_alloc(struct domain *d, struct xlhv_evtchn *host,
		      void (*notify)(struct xlhv_evtchn *host));
int xlhv_evtchn_bind(struct domain *d, evtchn_port_t port, struct xlhv_evtchn *host,
		     void (*notify)(struct xlhv_evtchn *host));
int xlhv_evtchn_send(struct xlhv_evtchn *host);
void xlhv_evtchn_close(struct xlhv_evtchn *host);

/* Grants */
void xlhv_gnttab_open(struct xlhv_gnttab *h, struct domain *d, domid_t domid, unsigned int max);
void xlhv_gnttab_close(struct xlhv_gnttab *h);
int xlhv_gnttab_get(struct xlhv_gnttab *h, grant_ref_t ref, unsigned int flags,
		    struct gnttab_pin *pin);
int xlhv_gnttab_get_many(struct xlhv_gnttab *h, const grant_ref_t *ref, unsigned int nr,
			 unsigned int flags, struct gnttab_pin *pins);
void xlhv_gnttab_put(struct xlhv_gnttab *h, struct gnttab_pin *pin);
void xlhv_gnttab_put_many(struct xlhv_gnttab *h, struct gnttab_pin *pins, unsigned int nr);

#endif /* XLHV_BACKEND_H */
