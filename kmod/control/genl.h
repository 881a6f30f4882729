/* SPDX-License-Identifier: GPL-2.0-only */
/* Changes of domains as events of generic netlink. */
#ifndef XLHV_GENL_H
#define XLHV_GENL_H

#include <linux/types.h>

struct domain;

int xlhv_genl_init(void);
void xlhv_genl_exit(void);

void xlhv_genl_domain_init(struct domain *d);
/* Tell whoever listens.  May sleep. */
void xlhv_genl_event(struct domain *d, u32 event, u32 reason);
/* Tell of a shutdown, from where it may not sleep. */
void xlhv_genl_event_later(struct domain *d);
void xlhv_genl_flush(struct domain *d);

#endif /* XLHV_GENL_H */
