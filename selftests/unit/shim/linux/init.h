/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UNIT_SHIM_LINUX_INIT_H
#define UNIT_SHIM_LINUX_INIT_H

#include <linux/compiler.h>

#endif /* UNIT_SHIM_LINUX_INIT_H */
