/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UNIT_SHIM_LINUX_IO_H
#define UNIT_SHIM_LINUX_IO_H

#include <asm/page.h>

#endif /* UNIT_SHIM_LINUX_IO_H */
