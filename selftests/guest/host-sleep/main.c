// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claim: whatever the host does meanwhile, system time and TSC never go back, and
 * a timer comes at its time, by the singleshot timer and by the TSC deadline alike.
 *
 * Why: hosts sleep, and the TSC of most of them begins anew then
 * (machine/sleep-clock.sh, which says by "for=" how many milliseconds to look).
 */
#include "evtchn.h"
#include "guest.h"

#include <xen/vcpu.h>

#define VEC	0x40
#define STEP_NS	(5 * NSEC_PER_MSEC)

static long port;
static bool has_deadline;

static bool on_timer(struct cpu_regs *regs)
{
	lapic_eoi();
	return true;
}

static bool sleep_by_xen(void)
{
	struct vcpu_set_singleshot_timer s = { .timeout_abs_ns = system_time() + STEP_NS };

	event_count[port] = 0;
	if (!expect_rc(vcpu_op(VCPUOP_set_singleshot_timer, 0, &s), 0, "set_singleshot_timer"))
		return false;
	while (!event_count[port]) {
		sti_hlt();
		cli();
	}
	return true;
}

static bool sleep_by_deadline(void)
{
	u64 due = rdtsc() + tsc_of_us(STEP_NS / 1000);

	wrmsr(MSR_TSC_DEADLINE, due);
	while (rdmsr(MSR_TSC_DEADLINE)) {
		sti_hlt();
		cli();
	}
	return true;
}

static void forward_only(void)
{
	u64 end, now, last = system_time(), tsc, last_tsc = rdtsc(), latest = 0;
	unsigned int rounds = 0;

	end = last + opt_u64("for", 200) * NSEC_PER_MSEC;
	do {
		if (!(has_deadline && (rounds & 1) ? sleep_by_deadline() : sleep_by_xen()))
			break;
		now = system_time();
		tsc = rdtsc();
		if (!expect(now >= last + STEP_NS, "round %u: system time went from %llu to %llu",
			    rounds, (unsigned long long)last, (unsigned long long)now) ||
		    !expect(tsc > last_tsc, "round %u: the TSC went from %#llx to %#llx", rounds,
			    (unsigned long long)last_tsc, (unsigned long long)tsc))
			break;
		if (now - last > latest)
			latest = now - last;
		last = now;
		last_tsc = tsc;
		rounds++;
	} while (now < end);
	printf("# %u rounds, the longest took %llu us\n", rounds,
	       (unsigned long long)latest / 1000);
	/* Of a sleep of the host, its way down and up is time. */
	expect(latest < 3 * NSEC_PER_SEC, "a timer of 5 ms took %llu ns",
	       (unsigned long long)latest);
}

static void wall_clock(void)
{
	volatile struct shared_info *s = shared_info;
	u64 ns;
	u32 v, sec;

	do {
		v = s->wc_version;
		sec = s->wc_sec;
		ns = s->wc_nsec;
	} while ((v & 1) || s->wc_version != v);
	ns += system_time();
	expect(v, "never written");
	printf("# wall clock at the end: %llu\n",
	       (unsigned long long)(sec + ns / NSEC_PER_SEC));
}

void test_setup(void)
{
	if (!xen.present)
		test_skip_all("no Xen here");
	require(!shared_info_map(), "no shared info");
	require(!upcall_init(UPCALL_GLOBAL), "callback");
	port = evtchn_bind_virq(VIRQ_TIMER, 0);
	require(port > 0, "bind_virq gives %ld", port);
	evtchn_unmask(port);
	has_deadline = cpuid(1, 0).ecx & BIT(24);
	trap_handler_set(VEC, on_timer);
	lapic_write(APIC_LVT_TIMER, LVT_DEADLINE | VEC);
}

TEST_CASES = {
	{ "forward only", forward_only },
	{ "wall clock", wall_clock },
	TEST_CASES_END
};
