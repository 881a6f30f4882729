/* SPDX-License-Identifier: GPL-2.0-only */
/* Changes of domains as events of generic netlink. */
#ifndef XLHV_GENL_H
#define XLHV_GENL_H

#include "domain/parts.h"

int xlhv_genl_init(void);
void xlhv_genl_exit(void);

extern const struct domain_part genl_part;

#endif /* XLHV_GENL_H */
