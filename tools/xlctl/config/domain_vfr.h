/* SPDX-License-Identifier: GPL-2.0-only */
/* domain_vfr - reads vfr=; private to domain_config.c */
#ifndef XLCTL_DOMAIN_VFR_H
#define XLCTL_DOMAIN_VFR_H

#include "config/domain_read.h"

/**
 * domain_load_vfr() - read the rules for network interfaces
 * @load: where they go, and a complaint is noted; the interfaces are there already
 */
void domain_load_vfr(struct domain_load *load);

#endif /* XLCTL_DOMAIN_VFR_H */
