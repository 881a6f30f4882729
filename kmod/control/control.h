/* SPDX-License-Identifier: GPL-2.0-only */
/* /dev/xlhv, netlink events, debugfs, counters: made when the module is loaded, and taken away. */
#ifndef XLHV_CONTROL_H
#define XLHV_CONTROL_H

#include "domain/parts.h"

/* dev.c */
int xlhv_dev_init(void);
void xlhv_dev_exit(void);

/* genl.c: changes of domains as events of generic netlink */

/* debugfs.c: the inside of domains as files for whoever looks for a fault */
void xlhv_debugfs_init(void);
void xlhv_debugfs_exit(void);

/* stats.c */
int stats_init(void);

extern const struct domain_part userdata_part;
extern const struct domain_part genl_part;
extern const struct domain_part debugfs_part;

#endif /* XLHV_CONTROL_H */
