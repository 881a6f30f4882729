/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UNIT_SHIM_LINUX_CACHE_H
#define UNIT_SHIM_LINUX_CACHE_H

#include <linux/compiler_types.h>

#define L1_CACHE_BYTES	64
#define SMP_CACHE_BYTES	64

#endif /* UNIT_SHIM_LINUX_CACHE_H */
