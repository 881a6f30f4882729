/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UNIT_SHIM_LINUX_MATH64_H
#define UNIT_SHIM_LINUX_MATH64_H

#include <linux/math.h>
#include <linux/types.h>

#define do_div(n, base) ({						\
	u32 remainder_ = (n) % (base);					\
	(n) /= (base);							\
	remainder_;							\
})

static inline u64 div_u64(u64 dividend, u32 divisor)
{
	return dividend / divisor;
}

static inline u64 div_u64_rem(u64 dividend, u32 divisor, u32 *remainder)
{
	*remainder = dividend % divisor;
	return dividend / divisor;
}

static inline u64 div64_u64(u64 dividend, u64 divisor)
{
	return dividend / divisor;
}

static inline u64 mul_u64_u32_shr(u64 a, u32 mul, unsigned int shift)
{
	return (u64)(((unsigned __int128)a * mul) >> shift);
}

static inline u64 mul_u64_u64_shr(u64 a, u64 mul, unsigned int shift)
{
	return (u64)(((unsigned __int128)a * mul) >> shift);
}

static inline u64 mul_u64_u64_div_u64(u64 a, u64 mul, u64 divisor)
{
	return (u64)((unsigned __int128)a * mul / divisor);
}

#endif /* UNIT_SHIM_LINUX_MATH64_H */
