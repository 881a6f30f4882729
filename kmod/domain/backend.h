/* SPDX-License-Identifier: GPL-2.0-only */
/* Domains, for backends; see xlhv_backend.h. */
#ifndef XLHV_DOMAIN_BACKEND_H
#define XLHV_DOMAIN_BACKEND_H

#include "xlhv_backend_types.h"

struct domain *xlhv_domain_get_by_id(domid_t domid);
void xlhv_domain_get(struct domain *d);
void xlhv_domain_put(struct domain *d);

#endif /* XLHV_DOMAIN_BACKEND_H */
