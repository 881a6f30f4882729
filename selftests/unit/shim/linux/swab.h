/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UNIT_SHIM_SWAB_H
#define UNIT_SHIM_SWAB_H

#define swab64(x)	__builtin_bswap64(x)

#endif /* UNIT_SHIM_SWAB_H */
