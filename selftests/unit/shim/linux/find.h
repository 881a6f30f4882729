/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UNIT_SHIM_LINUX_FIND_H
#define UNIT_SHIM_LINUX_FIND_H

#include <linux/bitops.h>

#endif /* UNIT_SHIM_LINUX_FIND_H */
