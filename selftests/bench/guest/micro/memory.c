// SPDX-License-Identifier: GPL-2.0-only
/* Grant copies within the domain, and memory at its first touch. */
#include "bench.h"

#include <xen/grant_table.h>

void bench_grants(void)
{
	u8 *a = page_alloc(1), *b = page_alloc(1);
	struct gnttab_copy c;

	memset(&c, 0, sizeof(c));
	c.source.u.gmfn = (unsigned long)a >> PAGE_SHIFT;
	c.source.domid = DOMID_SELF;
	c.dest.u.gmfn = (unsigned long)b >> PAGE_SHIFT;
	c.dest.domid = DOMID_SELF;
	c.len = PAGE_SIZE;
	if (grant_op(GNTTABOP_copy, &c, 1) || c.status) {
		printf("# no grant copy: status %d\n", c.status);
		return;
	}
	BENCH("grant-copy-4k", 300, grant_op(GNTTABOP_copy, &c, 1));
	c.len = 8;
	BENCH("grant-copy-8", 300, grant_op(GNTTABOP_copy, &c, 1));
}

/* Fresh 2 MiB ranges, and all pages of the same ranges again. */
void bench_memory(void)
{
	u32 n = opt_u64("touch", 24), ranges, i, k;
	unsigned long base;
	u64 t;

	if (!n)
		return;
	/* bench_more() lets some rounds pass before the first that counts. */
	ranges = n + 8;
	base = page_alloc_untouched(ranges * 512, LARGE_SIZE);
	i = 0;
	bench_begin("first-touch-2m", n);
	while (bench_more()) {
		volatile u64 *p = (u64 *)(base + (i++ % ranges) * LARGE_SIZE);

		t = bench_start();
		*p = 1;
		bench_sample(bench_now() - t);
	}
	i = 0;
	bench_begin("second-touch-512", n);
	while (bench_more()) {
		volatile u64 *p = (u64 *)(base + (i++ % ranges) * LARGE_SIZE);

		t = bench_start();
		for (k = 0; k < LARGE_SIZE / 8; k += PAGE_SIZE / 8)
			p[k] = 1;
		bench_sample(bench_now() - t);
	}
}
