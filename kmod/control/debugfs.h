/* SPDX-License-Identifier: GPL-2.0-only */
/* The inside of domains as files for whoever looks for a fault. */
#ifndef XLHV_DEBUGFS_H
#define XLHV_DEBUGFS_H

struct domain;

void xlhv_debugfs_init(void);
void xlhv_debugfs_exit(void);
void xlhv_debugfs_add(struct domain *d);
void xlhv_debugfs_remove(struct domain *d);

#endif /* XLHV_DEBUGFS_H */
