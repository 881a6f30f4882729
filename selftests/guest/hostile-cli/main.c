// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claim: a guest that spins for ever with interrupts off, never exiting of its
 * own accord, does not keep the host: it goes on, and can destroy the domain.
 *
 * Why: the simplest way to try and take the host's CPU. The runner lets it spin
 * (shutdown=running), looks whether the host's tools still answer, and destroys
 * it; nothing of that can be seen from inside.
 *
 * "how=" picks the loop.
 */
#include "guest.h"

static void ready(void)
{
	expect(true, "ready");
}

static volatile u32 spinning;

static void spin_on_cpu(void *arg)
{
	cli();
	spinning = spinning + 1;
	__asm__ volatile("1: jmp 1b");
}

void test_end(void)
{
	u32 i, n = opt_u64("vcpus", 1);

	for (i = 1; i < n; i++)
		if (smp_start(i, SMP_SIPI)) {
			smp_call(i, spin_on_cpu, NULL);
			/* it waits for the call with interrupts open */
			while (spinning < i)
				cpu_relax();
		}
	if (opt_is("how", "jmp"))
		__asm__ volatile("cli; 1: jmp 1b");
	if (opt_is("how", "pause"))
		__asm__ volatile("cli; 1: pause; jmp 1b");
	if (opt_is("how", "cpuid"))
		for (;;)
			cpuid(0, 0);
	if (opt_is("how", "vmcall"))
		for (;;)
			xen_version_op(0, NULL);
	if (opt_is("how", "ud"))	/* the handler's own instruction faults, and again */
		for (;;)
			expect_fault("ud2", : : );
	if (opt_is("how", "ipi"))
		for (;;)
			lapic_icr(ICR_ALL | ICR_ASSERT | 0x40, 0);
	for (;;)
		cpu_relax();
}

TEST_CASES = {
	{ "about to spin", ready },
	TEST_CASES_END
};
