/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UNIT_SHIM_LINUX_MODULEPARAM_H
#define UNIT_SHIM_LINUX_MODULEPARAM_H

#include <linux/module.h>

#endif /* UNIT_SHIM_LINUX_MODULEPARAM_H */
