/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UNIT_SHIM_LINUX_CPU_H
#define UNIT_SHIM_LINUX_CPU_H

#include <linux/smp.h>

static inline void cpus_read_lock(void)
{
}

static inline void cpus_read_unlock(void)
{
}

#endif /* UNIT_SHIM_LINUX_CPU_H */
