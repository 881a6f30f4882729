/* SPDX-License-Identifier: GPL-2.0-only */
/* What each CPU counts by itself, in a struct of nothing but u64. */
#ifndef XLHV_PERCPU_COUNTS_H
#define XLHV_PERCPU_COUNTS_H

#include <linux/compiler.h>
#include <linux/cpumask.h>
#include <linux/percpu.h>
#include <linux/string.h>
#include <linux/types.h>

/**
 * percpu_counts_sum() - all fields, over all CPUs, as of about now
 * @counts: a struct for each CPU
 * @sum: result: one such struct
 * @size: of the struct, in bytes
 *
 * Context: any.
 */
static inline void percpu_counts_sum(const void __percpu *counts, u64 *sum, size_t size)
{
	unsigned int i;
	int cpu;

	memset(sum, 0, size);
	for_each_possible_cpu(cpu) {
		const u64 *from = (const u64 *)per_cpu_ptr(counts, cpu);

		for (i = 0; i < size / sizeof(u64); i++)
			sum[i] += READ_ONCE(from[i]);
	}
}

#endif /* XLHV_PERCPU_COUNTS_H */
