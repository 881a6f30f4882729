/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UNIT_SHIM_LINUX_RATELIMIT_H
#define UNIT_SHIM_LINUX_RATELIMIT_H

#include <linux/printk.h>

#endif /* UNIT_SHIM_LINUX_RATELIMIT_H */
