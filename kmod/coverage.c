// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which code has run.  Only in a module that is built with COVERAGE=1: there the
 * compiler puts a call into each branch of every other file, and what has called is
 * a bit in a map, by its distance from the function that is called.  The map is the
 * file xlhv_coverage of debugfs; scripts/coverage tells what the bits stand for.
 *
 * Distributions' kernels have none of what the kernel offers for this.
 */
#include <linux/bitops.h>
#include <linux/debugfs.h>
#include <linux/kernel.h>
#include <linux/types.h>

#include "coverage.h"

/* A module's code is not larger; the callee stands in its middle. */
#define MAP_BITS	BIT(22)

static DECLARE_BITMAP(map, MAP_BITS);
static struct debugfs_blob_wrapper blob = { .data = map, .size = sizeof(map) };
static struct dentry *file;

/* Called in any context, also in the middle of an NMI. */
notrace void __sanitizer_cov_trace_pc(void)
{
	unsigned long at = (unsigned long)__builtin_return_address(0) -
			   (unsigned long)__sanitizer_cov_trace_pc + MAP_BITS / 2;

	/* Most have called before: no locked operation for them. */
	if (at < MAP_BITS && !test_bit(at, map))
		set_bit(at, map);
}

void xlhv_coverage_init(void)
{
	file = debugfs_create_blob("xlhv_coverage", 0400, NULL, &blob);
}

void xlhv_coverage_exit(void)
{
	debugfs_remove(file);
}
