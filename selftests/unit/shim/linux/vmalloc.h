/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UNIT_SHIM_LINUX_VMALLOC_H
#define UNIT_SHIM_LINUX_VMALLOC_H

#include <linux/slab.h>

#endif /* UNIT_SHIM_LINUX_VMALLOC_H */
