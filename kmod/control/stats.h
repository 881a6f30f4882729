/* SPDX-License-Identifier: GPL-2.0-only */
/* Counters, listed by name so that a tool need not know them. */
#ifndef XLHV_STATS_H
#define XLHV_STATS_H

#include <uapi/xlhv.h>

/* At most so many counters. */
#define STATS_MAX	128

struct domain;
struct seq_file;

int stats_init(void);
int stats_names(struct xlhv_stat_names *names);
unsigned int stats_collect(const struct domain *d, u32 vcpu, u64 *values);
void stats_show(struct seq_file *m, const struct domain *d, u32 vcpu);

#endif /* XLHV_STATS_H */
