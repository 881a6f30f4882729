/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of kmod/control share among themselves. */
#ifndef XLHV_CONTROL_INTERNAL_H
#define XLHV_CONTROL_INTERNAL_H

#include <linux/types.h>
#include <uapi/xlhv.h>

#include "base/ioctl.h"
#include "base/log.h"

struct domain;
struct new_file;
struct seq_file;

/* ioctl.c: what the ioctls of /dev/xlhv and of a domain's descriptor have in common */

/* Enters what the file stands for and calls the operation's @work, or calls its @alone. */
typedef int ioctl_call_t(void *file, const struct ioctl_op *op, struct ioctl_call *c);

const struct ioctl_op *ioctl_find(const struct ioctl_op *ops, size_t nr, unsigned int cmd);
long ioctl_run(void *file, const struct ioctl_op *op, ioctl_call_t *call, unsigned long arg);

/* domfd.c: descriptors of domains */
int domfd_open(struct domain *d, struct new_file *new);
int log_read_user(struct dom_log *log, struct xlhv_log_read *r);

/* stats.c: counters, listed by name so that a tool need not know them; at most so many */
#define STATS_MAX	128

int stats_names(struct xlhv_stat_names *names);
unsigned int stats_collect(const struct domain *d, u32 vcpu, u64 *values);
void stats_show(struct seq_file *m, const struct domain *d, u32 vcpu);

#endif /* XLHV_CONTROL_INTERNAL_H */
