// SPDX-License-Identifier: GPL-2.0-only
/* Singleshot timers: setting one, and how late its handler runs. */
#include "bench.h"
#include "evtchn.h"

#include <xen/vcpu.h>

#define TIMER_ROUNDS 200

/* TSC at which a record's clock shows a system time. */
static u64 tsc_of_system_time(u64 ns)
{
	struct vcpu_time_info t;
	u64 d, lo, rem;

	pvclock_copy(&cpus[0].vcpu_info->time, &t);
	d = ns - t.system_time;
	d = t.tsc_shift < 0 ? d << -t.tsc_shift : d >> t.tsc_shift;
	/* (d << 32) / mul: the quotient fits while d is below 2^32 multiples of mul */
	__asm__("divq %4" : "=a"(lo), "=d"(rem) : "a"(d << 32), "d"(d >> 32),
		"r"((u64)t.tsc_to_system_mul) : "cc");
	return t.tsc_timestamp + lo;
}

/* From the moment the timer is set for to the handler's first instruction. */
static void lateness(const char *name, bool asleep)
{
	struct vcpu_set_singleshot_timer s = { 0 };
	u64 due, at;
	u32 i = 0;

	bench_begin(name, TIMER_ROUNDS);
	while (bench_more()) {
		bench_seen = 0;
		due = system_time() + 200000 + 1000 * i++;
		s.timeout_abs_ns = due;
		vcpu_op(VCPUOP_set_singleshot_timer, 0, &s);
		at = tsc_of_system_time(due);
		bench_start();
		if (!asleep)
			sti();
		while (!bench_seen) {
			if (asleep) {
				sti_hlt();
				cli();
			} else {
				cpu_relax();
			}
		}
		cli();
		bench_sample(bench_stamp > at ? bench_stamp - at : 0);
	}
}

void bench_timers(void)
{
	struct vcpu_set_singleshot_timer s = { 0 };
	long port = evtchn_bind_virq(VIRQ_TIMER, 0);

	if (port < 0) {
		printf("# no timer: %ld\n", port);
		return;
	}
	vcpu_op(VCPUOP_stop_periodic_timer, 0, NULL);
	evtchn_unmask(port);
	irq_window();
	s.timeout_abs_ns = system_time() + NSEC_PER_SEC;
	BENCH("timer-arm", 500, s.timeout_abs_ns += 1000;
	      vcpu_op(VCPUOP_set_singleshot_timer, 0, &s));
	bench_use_upcall(port);
	lateness("hlt-lateness", true);
	/* what the timer itself costs, without waking anybody */
	lateness("spin-lateness", false);
	vcpu_op(VCPUOP_stop_singleshot_timer, 0, NULL);
	evtchn_close(port);
}
