/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UNIT_SHIM_LINUX_LIMITS_H
#define UNIT_SHIM_LINUX_LIMITS_H

#include_next <linux/limits.h>

#include <limits.h>
#include <stdint.h>

#define U8_MAX		UINT8_MAX
#define S8_MAX		INT8_MAX
#define U16_MAX		UINT16_MAX
#define S16_MAX		INT16_MAX
#define U32_MAX		UINT32_MAX
#define S32_MAX		INT32_MAX
#define S32_MIN		INT32_MIN
#define U64_MAX		((unsigned long long)UINT64_MAX)
#define S64_MAX		((long long)INT64_MAX)
#define S64_MIN		((long long)INT64_MIN)

#endif /* UNIT_SHIM_LINUX_LIMITS_H */
