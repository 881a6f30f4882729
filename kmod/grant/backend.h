/* SPDX-License-Identifier: GPL-2.0-only */
/* Grants, for backends; see xlhv_backend.h. */
#ifndef XLHV_GRANT_BACKEND_H
#define XLHV_GRANT_BACKEND_H

#include "xlhv_backend_types.h"

void xlhv_gnttab_open(struct xlhv_gnttab *h, struct domain *d, domid_t domid, unsigned int max);
void xlhv_gnttab_close(struct xlhv_gnttab *h);
int xlhv_gnttab_get(struct xlhv_gnttab *h, grant_ref_t ref, unsigned int flags,
		    struct gnttab_pin *pin);
int xlhv_gnttab_get_many(struct xlhv_gnttab *h, const grant_ref_t *ref, unsigned int nr,
			 unsigned int flags, struct gnttab_pin *pins);
void xlhv_gnttab_put(struct xlhv_gnttab *h, struct gnttab_pin *pin);
void xlhv_gnttab_put_many(struct xlhv_gnttab *h, struct gnttab_pin *pins, unsigned int nr);

#endif /* XLHV_GRANT_BACKEND_H */
