/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UNIT_SHIM_LINUX_COMPILER_H
#define UNIT_SHIM_LINUX_COMPILER_H

#include <linux/compiler_types.h>

#define barrier()	__asm__ __volatile__("" : : : "memory")

#define READ_ONCE(x)		(*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, value)						\
	do {								\
		*(volatile __typeof__(x) *)&(x) = (value);		\
	} while (0)

#define data_race(expr)		(expr)
#define OPTIMIZER_HIDE_VAR(var)	__asm__("" : "=r"(var) : "0"(var))

#endif /* UNIT_SHIM_LINUX_COMPILER_H */
