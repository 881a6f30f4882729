/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UNIT_SHIM_LINUX_CTYPE_H
#define UNIT_SHIM_LINUX_CTYPE_H

#include <ctype.h>

#endif /* UNIT_SHIM_LINUX_CTYPE_H */
