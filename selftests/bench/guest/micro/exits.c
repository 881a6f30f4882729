// SPDX-License-Identifier: GPL-2.0-only
/* The plain exits: one instruction each. */
#include "bench.h"

#include <xen/sched.h>

void bench_exits(void)
{
	u32 a, b, c, d;
	unsigned long cr4 = read_cr4();

	BENCH("empty", 500, barrier());
	BENCH("cpuid", 500, __asm__ volatile("cpuid" : "=a"(a), "=b"(b), "=c"(c), "=d"(d)
					     : "a"(1), "c"(0)));
	BENCH("hypercall-version", 500, xen_version_op(0, NULL));
	BENCH("rdmsr", 500, rdmsr(MSR_MISC_ENABLE));
	BENCH("wrmsr", 500, wrmsr(MSR_UCODE_REV, 0));
	BENCH("out-port", 500, outb(0x80, 0));
	BENCH("in-port", 500, inb(0x80));
	BENCH("cr4-write", 500, write_cr4(cr4 ^ CR4_TSD));
	write_cr4(cr4);
	BENCH("yield", 500, sched_op(SCHEDOP_yield, NULL));
	(void)a;
	(void)b;
	(void)c;
	(void)d;
}
