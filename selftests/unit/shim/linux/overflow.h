/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UNIT_SHIM_LINUX_OVERFLOW_H
#define UNIT_SHIM_LINUX_OVERFLOW_H

#include <linux/compiler.h>
#include <linux/types.h>

#define check_add_overflow(a, b, sum)	__builtin_add_overflow(a, b, sum)
#define check_sub_overflow(a, b, diff)	__builtin_sub_overflow(a, b, diff)
#define check_mul_overflow(a, b, prod)	__builtin_mul_overflow(a, b, prod)

static inline size_t size_mul(size_t a, size_t b)
{
	size_t bytes;

	return check_mul_overflow(a, b, &bytes) ? SIZE_MAX : bytes;
}

static inline size_t size_add(size_t a, size_t b)
{
	size_t bytes;

	return check_add_overflow(a, b, &bytes) ? SIZE_MAX : bytes;
}

#define array_size(a, b)	size_mul(a, b)
#define struct_size(ptr, member, count)	\
	size_add(sizeof(*(ptr)), size_mul(sizeof(*(ptr)->member), count))

#endif /* UNIT_SHIM_LINUX_OVERFLOW_H */
