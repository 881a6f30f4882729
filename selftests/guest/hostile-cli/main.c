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

#include "evtchn.h"

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

/* INIT and start-up IPI to vCPU 1 without an end; what it starts there is "jmp .". */
static void init_storm(void *arg)
{
	u32 id = smp_apic_id(1);

	(void)arg;
	for (;;) {
		lapic_icr(ICR_INIT | ICR_ASSERT | ICR_LEVEL, id);
		lapic_icr(ICR_STARTUP | ICR_ASSERT | TRAMPOLINE >> PAGE_SHIFT, id);
	}
}

/* A deadline that is so far away that it does not fit in the host's nanoseconds. */
static void far_deadline(void)
{
	lapic_write(APIC_LVT_TIMER, LVT_DEADLINE | 0x40);
	wrmsr(MSR_TSC_DEADLINE, 1ULL << opt_u64("bit", 63));
	for (;;)
		sti_hlt();
}

/* Into FIFO events and out of them. */
static void fifo_and_back(void)
{
	struct evtchn_init_control control = {
		.control_gfn = (unsigned long)page_alloc(1) >> PAGE_SHIFT,
	};

	for (;;) {
		expect_rc(evtchn_op(EVTCHNOP_init_control, &control), 0, "init_control");
		expect_rc(evtchn_reset(), 0, "reset");
	}
}

void test_end(void)
{
	u32 i, n = opt_u64("vcpus", 1);

	if (opt_is("how", "fifo"))
		fifo_and_back();
	if (opt_is("how", "far"))
		far_deadline();
	if (opt_is("how", "init")) {
		for (i = 2; i < n; i++)
			expect(smp_start(i, SMP_SIPI), "vCPU %u does not start", i);
		memcpy((void *)TRAMPOLINE, "\xeb\xfe", 2);
		for (i = 2; i < n; i++)
			smp_call(i, init_storm, NULL);
		init_storm(NULL);
	}
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
