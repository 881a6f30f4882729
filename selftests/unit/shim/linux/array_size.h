/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UNIT_SHIM_LINUX_ARRAY_SIZE_H
#define UNIT_SHIM_LINUX_ARRAY_SIZE_H

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

#endif /* UNIT_SHIM_LINUX_ARRAY_SIZE_H */
