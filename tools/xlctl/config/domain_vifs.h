/* SPDX-License-Identifier: GPL-2.0-only */
/* domain_vifs - reads vif=; private to domain_config.c */
#ifndef XLCTL_DOMAIN_VIFS_H
#define XLCTL_DOMAIN_VIFS_H

#include "config/domain_read.h"

/**
 * domain_read_vifs() - read a list of network interfaces
 * @load: where they go, and a complaint is noted
 * @setting: the setting
 */
void domain_read_vifs(struct domain_load *load, const struct cfg_setting *setting);

#endif /* XLCTL_DOMAIN_VIFS_H */
