// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claim: a domain whose every vCPU sits in HLT with interrupts off is powered
 * off; one that is merely idle with interrupts on is not.
 *
 * Why: this, and no hypercall, is how a PVH Linux powers off.
 */
#include "guest.h"

static void stop_cpu(void *arg)
{
	for (;;)
		__asm__ volatile("cli; hlt");
}

static void others(void)
{
	u32 n = opt_u64("vcpus", 1), i;

	for (i = 1; i < n; i++) {
		require(smp_start(i, SMP_SIPI), "vCPU %u does not start", i);
		smp_call(i, stop_cpu, NULL);
	}
	mdelay(5);
	/* the last one still runs: so does the domain */
	expect(true, "still here");
}

void test_end(void)
{
	if (test_has_failed())
		guest_end(false);
	for (;;)
		__asm__ volatile("cli; hlt");
}

TEST_CASES = {
	{ "all but the last vCPU are halted", others },
	TEST_CASES_END
};
