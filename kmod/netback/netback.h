/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Network interfaces of domains: the data path of a network backend.  User space negotiates with
 * the guest; here an interface is added, connected, disconnected and removed.
 * docs/netback.md has the whole.
 */
#ifndef XLHV_NETBACK_H
#define XLHV_NETBACK_H

#include "domain/parts.h"

extern const struct domain_part net_part;

#endif /* XLHV_NETBACK_H */
