/* SPDX-License-Identifier: GPL-2.0-only */
/* The inside of domains as files for whoever looks for a fault. */
#ifndef XLHV_DEBUGFS_H
#define XLHV_DEBUGFS_H

#include "domain/parts.h"

void xlhv_debugfs_init(void);
void xlhv_debugfs_exit(void);

extern const struct domain_part debugfs_part;

#endif /* XLHV_DEBUGFS_H */
