/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UNIT_SHIM_LINUX_ERRNO_H
#define UNIT_SHIM_LINUX_ERRNO_H

#include_next <linux/errno.h>

/* Known inside the kernel only. */
#define ERESTARTSYS	512
#define ENOIOCTLCMD	515
#define EOPENSTALE	518
#define ENOTSUPP	524

#endif /* UNIT_SHIM_LINUX_ERRNO_H */
