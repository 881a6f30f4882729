/* SPDX-License-Identifier: GPL-2.0-only */
/* domain_disks - reads disk=; private to domain_config.c */
#ifndef XLCTL_DOMAIN_DISKS_H
#define XLCTL_DOMAIN_DISKS_H

#include "config/domain_read.h"

/**
 * domain_read_disks() - read a list of disks
 * @load: where they go, and a complaint is noted
 * @setting: the setting
 */
void domain_read_disks(struct domain_load *load, const struct cfg_setting *setting);

#endif /* XLCTL_DOMAIN_DISKS_H */
