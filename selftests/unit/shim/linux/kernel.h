/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UNIT_SHIM_LINUX_KERNEL_H
#define UNIT_SHIM_LINUX_KERNEL_H

#include <linux/align.h>
#include <linux/array_size.h>
#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/container_of.h>
#include <linux/limits.h>
#include <linux/log2.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/printk.h>
#include <linux/stddef.h>
#include <linux/types.h>

int scnprintf(char *text, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#define lower_32_bits(n)	((u32)((n) & 0xffffffff))
#define upper_32_bits(n)	((u32)((n) >> 32))
#define might_sleep()		do { } while (0)
#define cond_resched()		do { } while (0)

#endif /* UNIT_SHIM_LINUX_KERNEL_H */
