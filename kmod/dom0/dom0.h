/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The host as domain 0: the device nodes by which Xen's own user space knows it.
 *
 * Domain 0 itself is a struct domain, dom0_domain(), of which only event channels, the
 * grant table and an empty p2m are in use: dom_is_host(), dom_create_host().  What a guest is to
 * reach by a grant of domain 0's is put into that p2m by ept_map_special(); the number of the
 * grant does for its gfn.
 */
#ifndef XLHV_DOM0_H
#define XLHV_DOM0_H

#include "domain/parts.h"

extern const struct domain_part dom0_part;

int dom0_init(void);
void dom0_exit(void);

#endif /* XLHV_DOM0_H */
