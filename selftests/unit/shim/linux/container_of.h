/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UNIT_SHIM_LINUX_CONTAINER_OF_H
#define UNIT_SHIM_LINUX_CONTAINER_OF_H

#include <stddef.h>

#define container_of(ptr, type, member)	\
	((type *)((char *)(ptr) - offsetof(type, member)))

#endif /* UNIT_SHIM_LINUX_CONTAINER_OF_H */
