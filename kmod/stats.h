/* SPDX-License-Identifier: GPL-2.0-only */
/* Counters, listed by name so that a tool need not know them. */
#ifndef XLHV_STATS_H
#define XLHV_STATS_H

#include <uapi/xlhv.h>

struct domain;
struct seq_file;

int stats_names(struct xlhv_stat_names *names);
int stats_get(struct domain *d, struct xlhv_stats *stats);
int stats_show(struct seq_file *m, struct domain *d, u32 vcpu);

#endif /* XLHV_STATS_H */
