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

static void micro(void)
{
	bench_exits();
	bench_events();
	bench_timers();
	bench_ipis();
	bench_grants();
	bench_memory();
}

/* By "what=NAME"; without one, single operations. */
static const struct {
	const char *name;
	void (*run)(void);
} programs[] = {
	{ "memory", bench_memory },
	{ "vcpus", bench_vcpus },
	{ "answer", bench_answer },
	{ "ask", bench_ask },
	{ "ports", bench_ports },
	{ "grants", bench_grants_many },
	{ "idle", bench_idle },
};

void guest_main(void)
{
	unsigned int i;

	if (!xen.present || shared_info_map() || upcall_init(UPCALL_GLOBAL)) {
		printf("# no Xen, or no events\n# verdict: error\n");
		guest_end(false);
	}
	printf("# TSC %u kHz, %s\n", tsc_khz, ENV_NAME);
	printf("# %-28s %9s %9s %6s\n", "", "min", "median", "rounds");
	/* Whoever made the domain is still at work, and would get what is yielded. */
	if (!opt_is("what", "idle"))
		mdelay(300);
	for (i = 0; i < ARRAY_SIZE(programs); i++)
		if (opt_is("what", programs[i].name))
			break;
	if (i == ARRAY_SIZE(programs))
		micro();
	else
		programs[i].run();
	bench_json();
	printf("# verdict: success\n");
	guest_end(true);
}
