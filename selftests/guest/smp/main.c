// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claim: every vCPU of the MADT comes up, by INIT and start-up IPI or by
 * VCPUOP_initialise and VCPUOP_up, in the architecture's start state, with its
 * own identity, and goes down and comes up again.
 *
 * Why: Linux uses the first path, FreeBSD and others parts of the second.
 */
#include "guest.h"

#include <xen/vcpu.h>

static u32 nr;
static enum smp_path path;

static void up(void)
{
	u32 i;

	for (i = 1; i < nr; i++) {
		expect_rc(vcpu_op(VCPUOP_is_up, i, NULL), 0, "is_up of vCPU %u before", i);
		/* a vCPU beyond the legacy area needs its own vcpu_info for the second path */
		if (!expect(smp_start(i, path), "vCPU %u does not start", i))
			return;
		expect_rc(vcpu_op(VCPUOP_is_up, i, NULL), 1, "is_up of vCPU %u after", i);
	}
}

static struct seen {
	u32 apic_id, cpuid_id, leaf_b_id, xen_id;
	u64 apic_base, mtrr, pat, efer, sysenter;
	unsigned long cr0, cr4, dr6, dr7;
} seen[MAX_CPUS];

static void look(void *arg)
{
	struct seen *s = arg;

	s->apic_id = lapic_id();
	s->cpuid_id = cpuid(1, 0).ebx >> 24;
	s->leaf_b_id = cpuid(0xb, 0).edx;
	s->xen_id = cpuid(xen.base + 4, 0).ebx;
	s->apic_base = rdmsr(MSR_APIC_BASE);
	s->mtrr = rdmsr(MSR_MTRR_DEF_TYPE);
	s->pat = rdmsr(MSR_PAT);
	s->efer = rdmsr(MSR_EFER);
	s->sysenter = rdmsr(MSR_SYSENTER_EIP);
	s->cr0 = read_cr0();
	s->cr4 = read_cr4();
	s->dr6 = read_dr6();
	s->dr7 = read_dr7();
}

static void identity(void)
{
	u32 i;

	for (i = 1; i < nr; i++) {
		struct seen *s = &seen[i];

		if (!cpus[i].online)
			continue;
		smp_call(i, look, s);
		if (!expect(smp_wait(i, 100000), "vCPU %u does not answer", i))
			continue;
		expect_eq(s->apic_id, smp_apic_id(i), "vCPU %u: APIC id", i);
		expect_eq(s->cpuid_id, smp_apic_id(i) & 0xff, "vCPU %u: CPUID's APIC id", i);
		expect_eq(s->leaf_b_id, smp_apic_id(i), "vCPU %u: leaf 0xb's id", i);
		expect_eq(s->xen_id, i, "vCPU %u: Xen's id", i);
		expect_eq(s->apic_base & ~(u64)APIC_BASE_EXTD, APIC_PAGE | APIC_BASE_EN,
			  "vCPU %u: APIC_BASE", i);
		expect_eq(s->mtrr, 0x806, "vCPU %u: MTRR default type", i);
		expect_eq(s->pat, 0x0007040600070406ULL, "vCPU %u: PAT", i);
		expect_eq(s->sysenter, 0, "vCPU %u: SYSENTER_EIP", i);
		expect_eq(s->cr0, read_cr0(), "vCPU %u: CR0", i);
		expect_eq(s->dr7, 0x400, "vCPU %u: DR7", i);
	}
}

static volatile u32 counter;

static void count(void *arg)
{
	unsigned int i;

	for (i = 0; i < 1000; i++)
		__atomic_fetch_add(&counter, 1, __ATOMIC_SEQ_CST);
}

static void parallel(void)
{
	u32 i, n = 0;

	counter = 0;
	for (i = 1; i < nr; i++)
		if (cpus[i].online) {
			smp_call(i, count, NULL);
			n++;
		}
	for (i = 1; i < nr; i++)
		if (cpus[i].online)
			expect(smp_wait(i, 500000), "vCPU %u does not finish", i);
	expect_eq(counter, n * 1000, "increments");
}

static void second_sipi(void)
{
	skip_if(nr < 2 || !cpus[1].online, "one vCPU only");
	/* a running vCPU ignores it */
	lapic_icr(ICR_STARTUP | ICR_ASSERT | 0x09, smp_apic_id(1));
	mdelay(1);
	smp_call(1, look, &seen[1]);
	expect(smp_wait(1, 100000), "vCPU 1 does not answer after another start-up IPI");
}

static void die(void *arg)
{
	cpus[this_cpu()->id].fn = NULL;
	for (;;)
		__asm__ volatile("cli; hlt");
}

/* Off as Linux does it, HLT with interrupts off, and on again by INIT. */
static void off_and_on(void)
{
	u32 i;

	skip_if(nr < 2 || !cpus[1].online, "one vCPU only");
	for (i = 0; i < 3; i++) {
		smp_call(1, die, NULL);
		smp_wait(1, 100000);
		expect(wait_for(vcpu_op(VCPUOP_is_up, 1, NULL) == 0, 50000) || path == SMP_SIPI,
		       "vCPU 1 is still up after HLT with interrupts off");
		if (!expect(smp_start(1, SMP_SIPI), "round %u: vCPU 1 does not start again", i))
			return;
		smp_call(1, look, &seen[1]);
		expect(smp_wait(1, 100000), "round %u: vCPU 1 does not answer", i);
		expect_eq(seen[1].xen_id, 1, "identity after round %u", i);
	}
}

static void down_op(void)
{
	skip_if(nr < 2 || !cpus[1].online, "one vCPU only");
	smp_wait(1, 100000);
	expect_rc(vcpu_op(VCPUOP_down, 1, NULL), 0, "down");
	expect_rc(vcpu_op(VCPUOP_is_up, 1, NULL), 0, "is_up after down");
	smp_call(1, look, &seen[1]);
	expect(!smp_wait(1, 5000), "a vCPU that is down answered");
	/* it goes on where it was */
	expect_rc(vcpu_op(VCPUOP_up, 1, NULL), 0, "up");
	expect_rc(vcpu_op(VCPUOP_is_up, 1, NULL), 1, "is_up after up");
	expect(smp_wait(1, 100000), "vCPU 1 does not go on after up");
}

void test_setup(void)
{
	nr = opt_u64("vcpus", 2);
	path = opt_is("path", "vcpuop") ? SMP_VCPUOP : SMP_SIPI;
	if (!xen.present && path == SMP_VCPUOP)
		test_skip_all("no Xen here");
	if (nr < 2)
		test_skip_all("one vCPU only");
}

TEST_CASES = {
	{ "all come up", up },
	{ "each has its identity and start state", identity },
	{ "all work", parallel },
	{ "a start-up IPI to a running vCPU", second_sipi },
	{ "off and on again", off_and_on },
	{ "VCPUOP_down and up", down_op },
	TEST_CASES_END
};
