// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claim: an NMI that the host sends to a vCPU arrives there, once, whether the vCPU runs with
 * interrupts off or sleeps in HLT, and at no other vCPU; nobody gets one that was not sent.
 *
 * Why: it is for a guest that hears nothing else any more. What sends them is
 * selftests/vm/tests/machine/trigger.sh, which is told by "nmis=" how many the guest waits
 * for, one after the other: vCPU 1, which sleeps, takes each third.
 */
#include "guest.h"

static volatile u32 count[2];
static volatile u32 slept;

static bool on_nmi(struct cpu_regs *regs)
{
	(void)regs;
	count[this_cpu()->id & 1]++;
	return true;
}

static void sleep_for_ever(void *arg)
{
	(void)arg;
	for (;;) {
		slept = slept + 1;
		sti_hlt();
	}
}

static void waited_for(void)
{
	u32 n, nmis = opt_u64("nmis", 0), want[2] = {};
	bool both = smp_count() > 1;

	trap_handler_set(X86_NMI, on_nmi);
	if (both) {
		require(smp_start(1, SMP_SIPI), "vCPU 1 does not start");
		smp_call(1, sleep_for_ever, NULL);
		wait_for(slept, 10000);
	}
	for (n = 1; n <= nmis; n++) {
		want[both && n % 3 == 0]++;
		printf("# NMI %u, please\n", n);
		if (!wait_for(count[0] + count[1] >= n, 10000000))
			break;
	}
	/* no more than were sent, and none by themselves */
	mdelay(20);
	expect_eq(count[0], want[0], "NMIs of vCPU 0");
	expect_eq(count[1], want[1], "NMIs of vCPU 1");
	if (both && nmis >= 3)
		expect(slept > want[1], "vCPU 1 has not come out of HLT: %u times", slept);
}

/* While the domain is paused the host sends several. */
static void merged(void)
{
	skip_if(!opt_u64("nmis", 0), "nobody sends any");
	count[0] = 0;
	printf("# NMIs while paused, please\n");
	wait_for(count[0], 10000000);
	mdelay(20);
	expect_eq(count[0], 1, "NMIs of several sent at once");
}

TEST_CASES = {
	{ "each that was sent", waited_for },
	{ "several at once", merged },
	TEST_CASES_END
};
