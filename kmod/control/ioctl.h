/* SPDX-License-Identifier: GPL-2.0-only */
/* What the ioctls of /dev/xlhv and of a domain's descriptor have in common. */
#ifndef XLHV_IOCTL_H
#define XLHV_IOCTL_H

#include <linux/types.h>

#include "base/ioctl.h"

/* Enters what the file stands for and calls the operation's @work, or calls its @alone. */
typedef int ioctl_call_t(void *file, const struct ioctl_op *op, struct ioctl_call *c);

const struct ioctl_op *ioctl_find(const struct ioctl_op *ops, size_t nr, unsigned int cmd);
long ioctl_run(void *file, const struct ioctl_op *op, ioctl_call_t *call, unsigned long arg);

#endif /* XLHV_IOCTL_H */
