// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claim: a vCPU may go back to real mode and work there: interrupts and
 * exceptions through the low table, without error codes, CPUID, ports, MSRs,
 * hypercalls, HLT; and return.
 *
 * Why: every other vCPU starts in real mode (start-up IPI), and Xen allows
 * hypercalls there. Events that the hypervisor injects take another form.
 */
#include "guest.h"

#define REAL_BASE 0x7000

extern char real_blob[], real_blob_end[], real_results[], real_vmcall[], real_x2apic[];
void real_run(void);

static volatile u32 *res;

static void trip(void)
{
	static u8 saved[0x400];

	memcpy(saved, NULL, sizeof(saved));
	memcpy((void *)REAL_BASE, real_blob, real_blob_end - real_blob);
	*(u8 *)(REAL_BASE + (real_vmcall - real_blob)) = xen.present;
	*(u8 *)(REAL_BASE + (real_x2apic - real_blob)) = lapic_x2;
	res = (u32 *)(REAL_BASE + (real_results - real_blob));
	gdt_spare_set(0, gdt_desc(REAL_BASE, 0xffff, 0x009b));
	gdt_spare_set(1, gdt_desc(REAL_BASE, 0xffff, 0x0093));
	real_run();
	traps_load();
	memcpy(NULL, saved, sizeof(saved));
	expect(true, "came back");
}

static void machine(void)
{
	require(res, "no trip");
	expect_eq(res[0] & CR0_PE, 0, "CR0.PE in real mode");
	expect_eq(res[1], cpuid(0x40000000, 0).ebx, "CPUID");
	expect_eq(res[2], 0xff, "port");
	if (xen.present)
		expect_eq(res[3], xen.version, "version by hypercall");
}

static void exceptions(void)
{
	require(res, "no trip");
	expect_eq(res[4], 1, "INT n");
	expect_eq(res[5], 1, "#DE");
	expect_eq(res[6], 1, "#UD");
	expect_eq(res[7], 1, "#GP of an absent MSR");
	expect_eq(res[8], 0xff0, "stack pointer: somebody pushed an error code");
}

static void interrupts(void)
{
	require(res, "no trip");
	skip_if(!lapic_x2, "xAPIC's page is out of reach of real mode");
	expect_eq(res[9], 1, "interrupts after STI");
	expect_eq(res[10], 2, "interrupts after HLT");
}

static void again(void)
{
	unsigned int i;

	for (i = 0; i < 20; i++)
		trip();
	exceptions();
}

TEST_CASES = {
	{ "to real mode and back", trip },
	{ "CPUID, ports, hypercall", machine },
	{ "exceptions", exceptions },
	{ "interrupts and HLT", interrupts },
	{ "many times", again },
	TEST_CASES_END
};
