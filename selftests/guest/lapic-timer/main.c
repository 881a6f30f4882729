// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claim: the local APIC's timer counts at one constant rate, fires once or
 * periodically as told, not before its time, and by TSC deadline where CPUID
 * offers that.
 *
 * Why: Linux replaces it by Xen's timer, but other guests and kexec'ed kernels
 * calibrate and use it.
 */
#include "guest.h"

#define VEC 0x77
#define DIV1 0xb
#define DIV16 0x3

static volatile u32 fired;
static volatile u64 fired_tsc[64];

static bool on_timer(struct cpu_regs *regs)
{
	if (fired < ARRAY_SIZE(fired_tsc))
		fired_tsc[fired] = rdtsc();
	fired++;
	lapic_eoi();
	return true;
}

static u64 rate;	/* counts a second, divider 1 */

static void setup(u32 lvt, u32 div)
{
	trap_handler_set(VEC, on_timer);
	fired = 0;
	lapic_write(APIC_TMICT, 0);
	lapic_write(APIC_LVT_TIMER, lvt | VEC);
	lapic_write(APIC_TDCR, div);
}

static void stop(void)
{
	lapic_write(APIC_TMICT, 0);
	lapic_write(APIC_LVT_TIMER, LVT_MASKED);
	irq_window();
}

static u64 measure(u32 div, u32 us)
{
	u64 t0, t1;
	u32 c0, c1;

	setup(LVT_MASKED, div);
	lapic_write(APIC_TMICT, 0xffffffff);
	t0 = rdtsc();
	c0 = lapic_read(APIC_TMCCT);
	udelay(us);
	t1 = rdtsc();
	c1 = lapic_read(APIC_TMCCT);
	stop();
	return (u64)(c0 - c1) * tsc_khz * 1000 / (t1 - t0);
}

static void counts(void)
{
	u64 a = measure(DIV1, 2000), b = measure(DIV1, 5000), c = measure(DIV16, 5000);

	rate = b;
	printf("# timer runs at %llu kHz\n", (unsigned long long)rate / 1000);
	require(rate > 1000000, "rate is %llu Hz", (unsigned long long)rate);
	expect(a > rate - rate / 20 && a < rate + rate / 20,
	       "rate over 2 ms is %llu Hz, over 5 ms %llu",
	       (unsigned long long)a, (unsigned long long)rate);
	c *= 16;
	expect(c > rate - rate / 20 && c < rate + rate / 20, "rate by divider 16 is %llu Hz",
	       (unsigned long long)c);
	setup(LVT_MASKED, DIV1);
	expect_eq(lapic_read(APIC_TMCCT), 0, "count when stopped");
	lapic_write(APIC_TMICT, 100000);
	expect_eq(lapic_read(APIC_TMICT), 100000, "initial count reads back");
	lapic_write(APIC_TMICT, 0);
	expect_eq(lapic_read(APIC_TMCCT), 0, "count after writing 0");
	stop();
}

/* Return: how long one time-out of a millisecond took, in TSC counts. */
static u64 one_shot_once(u64 need)
{
	u64 start, took;

	setup(0, DIV1);
	start = rdtsc();
	lapic_write(APIC_TMICT, rate / 1000);
	sti();
	wait_for(fired, 20000);
	mdelay(3);
	cli();
	expect_eq(fired, 1, "interrupts");
	took = fired_tsc[0] - start;
	expect(took >= need - need / 50, "fired after %llu of %llu TSC counts",
	       (unsigned long long)took, (unsigned long long)need);
	expect_eq(lapic_read(APIC_TMCCT), 0, "count after firing");
	stop();
	return took;
}

static void one_shot(void)
{
	u64 need = tsc_of_us(1000), took, least = -1;
	int i;

	require(rate, "the rate is not known");
	/*
	 * Any of them may be late, as the host has other work, but not all: the pauses grow, so
	 * that they do not fall in step with the slices of another thread there.
	 */
	for (i = 0; i < 20 && (i < 5 || least >= 3 * need); i++) {
		took = one_shot_once(need);
		if (took < least)
			least = took;
		udelay(700 * i);
	}
	expect(least < 3 * need, "fired after %llu TSC counts at the earliest, %llu wanted",
	       (unsigned long long)least, (unsigned long long)need);
}

static void masked(void)
{
	u64 start;

	require(rate, "the rate is not known");
	setup(LVT_MASKED, DIV1);
	lapic_write(APIC_TMICT, rate / 2000);
	sti();
	mdelay(2);
	cli();
	expect_eq(fired, 0, "interrupts of a masked timer");
	/* re-armed before it is due: only the second time counts */
	setup(0, DIV1);
	lapic_write(APIC_TMICT, rate / 500);
	udelay(500);
	lapic_write(APIC_TMICT, rate / 50);
	start = rdtsc();
	sti();
	mdelay(4);
	cli();
	/* the vCPU may have been off its CPU so long that the second is due */
	if (rdtsc() - start < tsc_of_us(18000))
		expect_eq(fired, 0, "interrupts before the second time-out");
	sti();
	wait_for(fired, 100000);
	cli();
	expect_eq(fired, 1, "interrupts after it");
	stop();
}

static void periodic(void)
{
	u32 i, n = 20;
	u64 span, want;

	require(rate, "the rate is not known");
	setup(LVT_PERIODIC, DIV1);
	lapic_write(APIC_TMICT, rate / 2000);	/* 500 us */
	sti();
	wait_for(fired >= n, 200000);
	cli();
	stop();
	require(fired >= n, "only %u interrupts", fired);
	span = fired_tsc[n - 1] - fired_tsc[0];
	want = tsc_of_us(500) * (n - 1);
	/* a busy host may swallow periods, but none may come early */
	expect(span > want - want / 10 && span < 20 * want,
	       "%u periods took %llu TSC counts, %llu wanted", n - 1, (unsigned long long)span,
	       (unsigned long long)want);
	/* stopped for good */
	i = fired;
	sti();
	mdelay(2);
	cli();
	expect_eq(fired, i, "interrupts after the stop");
}

static void periodic_masked_if(void)
{
	require(rate, "the rate is not known");
	/* many periods pass while the guest has interrupts off: one interrupt waits, no storm */
	setup(LVT_PERIODIC, DIV1);
	lapic_write(APIC_TMICT, rate / 2000);
	mdelay(5);
	expect_eq(fired, 0, "interrupts with IF clear");
	expect(lapic_bit(APIC_IRR, VEC), "none waiting");
	irq_window();
	expect(fired >= 1 && fired <= 2, "%u interrupts after opening for a moment", fired);
	stop();
}

static void deadline(void)
{
	u64 due;

	skip_if(!(cpuid(1, 0).ecx & BIT(24)), "no TSC deadline");
	setup(LVT_DEADLINE, DIV1);
	due = rdtsc() + tsc_of_us(1000);
	wrmsr(MSR_TSC_DEADLINE, due);
	expect_eq(rdmsr(MSR_TSC_DEADLINE), due, "deadline reads back");
	sti();
	wait_for(fired, 20000);
	mdelay(2);
	cli();
	expect_eq(fired, 1, "interrupts");
	expect(fired_tsc[0] >= due, "fired %llu TSC counts early",
	       (unsigned long long)(due - fired_tsc[0]));
	expect_eq(rdmsr(MSR_TSC_DEADLINE), 0, "deadline after firing");
	/* in the past: at once; 0: never */
	fired = 0;
	wrmsr(MSR_TSC_DEADLINE, rdtsc() - 1000);
	irq_window();
	expect_eq(fired, 1, "interrupts of a past deadline");
	fired = 0;
	wrmsr(MSR_TSC_DEADLINE, rdtsc() + tsc_of_us(500));
	wrmsr(MSR_TSC_DEADLINE, 0);
	sti();
	mdelay(2);
	cli();
	expect_eq(fired, 0, "interrupts of a cancelled deadline");
	/* in the other modes the register reads 0 and ignores writes */
	setup(0, DIV1);
	wrmsr(MSR_TSC_DEADLINE, rdtsc() + 1000);
	expect_eq(rdmsr(MSR_TSC_DEADLINE), 0, "deadline in one-shot mode");
	stop();
}

static void both(void (*fn)(void))
{
	bool x2 = lapic_x2;

	fn();
	if (lapic_mode_set(!x2)) {
		fn();
		lapic_mode_set(x2);
	}
}

static void counts_both(void) { both(counts); }
static void one_shot_both(void) { both(one_shot); }
static void periodic_both(void) { both(periodic); }
static void deadline_both(void) { both(deadline); }

TEST_CASES = {
	{ "rate", counts_both },
	{ "one-shot", one_shot_both },
	{ "masked and re-armed", masked },
	{ "periodic", periodic_both },
	{ "periodic while interrupts are off", periodic_masked_if },
	{ "TSC deadline", deadline_both },
	TEST_CASES_END
};
