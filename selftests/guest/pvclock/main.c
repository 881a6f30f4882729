// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claim: the time record is valid the moment the shared info is mapped, its
 * scale is the TSC rate that CPUID tells, its version protocol is kept, system
 * time never runs backwards, also across vCPU sleeps, the record is renewed about
 * once a second without a step in time, and wall-clock time is consistent.
 *
 * Why: Linux divides by the multiplier during early boot, and takes clock,
 * timers and delays from this record alone.
 */
#include "evtchn.h"
#include "guest.h"

#include <xen/vcpu.h>

static volatile struct vcpu_time_info *ti;

static void valid_at_once(void)
{
	struct vcpu_time_info t;

	require(ti, "shared info could not be mapped");
	require(pvclock_copy(ti, &t), "the version stays odd");
	expect(t.tsc_to_system_mul, "multiplier is 0");
	expect(t.version, "version is 0");
	expect(t.tsc_timestamp <= rdtsc(), "TSC stamp %#llx lies in the future of %#llx",
	       (unsigned long long)t.tsc_timestamp, (unsigned long long)rdtsc());
	expect_eq(t.flags & ~3u, 0, "flags");
}

static void scale(void)
{
	struct vcpu_time_info t;
	struct cpuid_regs r = cpuid(xen.base + 3, 1);
	u32 khz = cpuid(xen.base + 3, 0).ecx;
	s64 d;

	require(pvclock_copy(ti, &t), "the version stays odd");
	d = (s64)pvclock_khz(&t) - khz;
	expect(d >= -1 && d <= 1, "scale says %u kHz, CPUID %u", pvclock_khz(&t), khz);
	expect_eq(t.tsc_to_system_mul, r.ecx, "multiplier against CPUID");
	expect_eq((u8)t.tsc_shift, (u8)r.edx, "shift against CPUID");
	expect(t.tsc_to_system_mul >> 31, "multiplier is not normalised");
}

static void rate(void)
{
	u64 t0, t1, n0, n1, want;

	t0 = rdtsc();
	n0 = system_time();
	mdelay(5);
	t1 = rdtsc();
	n1 = system_time();
	want = (t1 - t0) * 1000000 / tsc_khz;
	expect(n1 - n0 > want - want / 100 && n1 - n0 < want + want / 100,
	       "%llu ns of system time in %llu ns of TSC", (unsigned long long)(n1 - n0),
	       (unsigned long long)want);
}

static void monotonic(void)
{
	u64 last = system_time(), now;
	u32 odd = 0, changes = 0, v = ti->version;
	unsigned int i;

	for (i = 0; i < 20000; i++) {
		if (ti->version & 1)
			odd++;
		if (ti->version != v) {
			changes++;
			v = ti->version;
		}
		now = system_time();
		if (now < last) {
			test_failed("system time went back by %llu ns",
				    (unsigned long long)(last - now));
			break;
		}
		last = now;
		if (i % 1000 == 0)
			cpuid(0, 0);
	}
	printf("# version changed %u times\n", changes);
	/* seen by the very vCPU it belongs to, an update is never half done */
	expect_eq(odd, 0, "odd versions seen");
}

/* A guest may count from its record with 32 bits, or trust it for a second only. */
static void renewed(void)
{
	struct vcpu_time_info old, new;
	u64 oldest = 0, end, tsc, from;
	unsigned int changes = 0;

	require(pvclock_copy(ti, &old), "the version stays odd");
	end = system_time() + 1500 * NSEC_PER_MSEC;
	do {
		require(pvclock_copy(ti, &new), "the version stays odd");
		tsc = rdtsc();
		if (new.version != old.version) {
			changes++;
			from = pvclock_at(&old, tsc);
			expect_eq(pvclock_at(&new, tsc), from, "time by the new record");
			expect(new.tsc_timestamp > old.tsc_timestamp, "no newer than before");
			old = new;
		}
		if (pvclock_at(&new, tsc) - new.system_time > oldest)
			oldest = pvclock_at(&new, tsc) - new.system_time;
	} while (pvclock_at(&new, tsc) < end);
	printf("# renewed %u times, at most after %llu us\n", changes,
	       (unsigned long long)oldest / 1000);
	expect(oldest < 1000 * NSEC_PER_MSEC, "a record of %llu ns ago",
	       (unsigned long long)oldest);
	expect(changes >= 1, "never renewed");
}

static void across_sleep(void)
{
	struct vcpu_set_singleshot_timer s = { 0 };
	u64 before, after;
	unsigned int i;
	long port;

	require(!upcall_init(UPCALL_GLOBAL), "callback");
	port = evtchn_bind_virq(VIRQ_TIMER, 0);
	require(port > 0, "bind_virq gives %ld", port);
	evtchn_unmask(port);
	for (i = 0; i < 10; i++) {
		before = system_time();
		s.timeout_abs_ns = before + 3 * NSEC_PER_MSEC;
		vcpu_op(VCPUOP_set_singleshot_timer, 0, &s);
		sti_hlt();
		cli();
		after = system_time();
		after -= before;
		expect(after >= 3 * NSEC_PER_MSEC && after < 50 * NSEC_PER_MSEC,
		       "a sleep of 3 ms took %llu ns by the clock", (unsigned long long)after);
	}
	evtchn_close(port);
}

static void registered_copy(void)
{
	static u8 area_page[PAGE_SIZE] __aligned(PAGE_SIZE);
	struct vcpu_info *v = (void *)(area_page + 64);
	u64 a, b;

	a = system_time();
	expect_rc(vcpu_info_register(0, v), 0, "register_vcpu_info");
	b = system_time();
	expect(b >= a && b - a < 10 * NSEC_PER_MSEC, "the registered clock is off by %lld ns",
	       (long long)(b - a));
	ti = &v->time;
	monotonic();
}

static void secondary(void)
{
	static struct vcpu_time_info area __aligned(64);
	struct vcpu_register_time_memory_area arg;
	struct vcpu_time_info t;
	u64 a, b;

	memset(&arg, 0, sizeof(arg));
	arg.addr.p = (unsigned long)&area;
	expect_rc(vcpu_op(VCPUOP_register_vcpu_time_memory_area, 0, &arg), 0, "register");
	/* Linux looks at the flag right after the call */
	require(pvclock_copy(&area, &t), "the version stays odd");
	expect_eq(t.flags & 1, READ_ONCE(cpus[0].vcpu_info->time.flags) & 1, "TSC-stable flag");
	expect_eq(t.tsc_to_system_mul, READ_ONCE(cpus[0].vcpu_info->time.tsc_to_system_mul),
		  "multiplier");
	a = system_time();
	b = pvclock_read(&area);
	expect(b >= a && b - a < NSEC_PER_MSEC, "the two clocks differ by %lld ns",
	       (long long)(b - a));
	arg.addr.p = 0;
	vcpu_op(VCPUOP_register_vcpu_time_memory_area, 0, &arg);
}

static void wallclock(void)
{
	volatile struct shared_info *s = shared_info;
	u32 v, sec, nsec, hi;

	do {
		v = s->wc_version;
		sec = s->wc_sec;
		nsec = s->wc_nsec;
		hi = s->xen_wc_sec_hi;
	} while ((v & 1) || s->wc_version != v);
	printf("# wall clock at system time 0: %u.%09u\n", sec, nsec);
	expect(v, "version is 0: never written");
	expect(nsec < NSEC_PER_SEC, "nanoseconds %u", nsec);
	expect_eq(hi, 0, "high seconds");
	/* some time after the year 2000: the emulated machine starts there */
	expect(sec > 940000000, "wall clock %u is unset", sec);
}

void test_setup(void)
{
	if (!xen.present)
		test_skip_all("no Xen here");
	if (!shared_info_map())
		ti = &shared_info->vcpu_info[0].time;
}

TEST_CASES = {
	{ "valid when the shared info appears", valid_at_once },
	{ "scale", scale },
	{ "rate against the TSC", rate },
	{ "monotonic, versions even", monotonic },
	{ "renewed while it runs", renewed },
	{ "across sleeps", across_sleep },
	{ "registered vcpu_info", registered_copy },
	{ "secondary time area", secondary },
	{ "wall clock", wallclock },
	TEST_CASES_END
};
