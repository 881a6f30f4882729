// SPDX-License-Identifier: GPL-2.0-only
/*
 * What single operations cost, in TSC ticks: one RDTSC before, one after, many
 * times; the least and the median are told. In the emulated machine a tick is an
 * instruction, guest and hypervisor together.
 *
 * Output: a line "bench NAME MIN MEDIAN COUNT" for each, and one line that
 * begins with "json " for programs. The row "empty" is what the two RDTSC cost
 * by themselves; it is contained in all the others.
 */
#include "bench.h"
#include "evtchn.h"

void guest_main(void)
{
	if (!xen.present || shared_info_map() || upcall_init(UPCALL_GLOBAL)) {
		printf("# no Xen, or no events\n# verdict: error\n");
		guest_end(false);
	}
	printf("# TSC %u kHz, %s\n", tsc_khz, ENV_NAME);
	printf("# %-28s %9s %9s %6s\n", "", "min", "median", "rounds");
	/* Whoever made the domain is still at work, and would get what is yielded. */
	mdelay(300);
	if (opt_u64("vcpus", 1) > 1) {
		bench_vcpus();
	} else {
		bench_exits();
		bench_events();
		bench_timers();
		bench_ipis();
		bench_grants();
		bench_memory();
	}
	bench_json();
	printf("# verdict: success\n");
	guest_end(true);
}
