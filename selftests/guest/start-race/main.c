// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claim: a vCPU may be started by INIT and start-up IPI and by VCPUOP_initialise at the
 * same moment. It gets one of the two states, whole; nobody but the guest notices.
 *
 * Why: three host CPUs are then about to use one VMCS: that of the thread that takes the
 * IPIs, that of the vCPU that calls, and that of the thread that is in the guest by now.
 * The host's tools may want to look at it besides (storms.sh).
 *
 * vCPU 1 sends INIT and start-up IPI to k while vCPU 0 calls VCPUOP_initialise(k), a little
 * later each time, then up and down, for all k from 2 on. What they start there ends at once.
 */
#include "guest.h"

#include <xen/hvm/hvm_vcpu.h>
#include <xen/sched.h>
#include <xen/vcpu.h>

static u32 nr, rounds;
static volatile u32 turn_of[2];

/* Not where the library starts vCPUs: some may get to it later than they were told to. */
#define START (TRAMPOLINE + PAGE_SIZE)

/* The same in 16 and in 32 bits: cli; 1: hlt; jmp 1b */
static const u8 code[] = { 0xfa, 0xf4, 0xeb, 0xfd };

/* vCPUs 0 and 1 go on together; they may share one host CPU. */
static void meet(u32 me, u32 turn)
{
	u32 spins = 0;

	turn_of[me] = turn;
	mb();	/* said before it is waited for the other */
	while (turn_of[!me] < turn) {
		if (++spins % 10000 == 0)
			sched_op(SCHEDOP_yield, NULL);
		cpu_relax();
	}
}

static void storm(void *arg)
{
	u32 i, k, n, turn = 0;

	(void)arg;
	for (i = 0; i < rounds; i++)
		for (k = 2; k < nr; k++) {
			u32 id = smp_apic_id(k);

			meet(1, ++turn);
			/* VCPUOP_initialise is first once, on whatever CPUs the two are. */
			for (n = turn == 1 ? 500 : 0; n; n--)
				sched_op(SCHEDOP_yield, NULL);
			lapic_icr(ICR_INIT | ICR_ASSERT | ICR_LEVEL, id);
			lapic_icr(ICR_STARTUP | ICR_ASSERT | START >> PAGE_SHIFT, id);
		}
}

static long initialise(u32 vcpu)
{
	struct vcpu_hvm_context ctx;

	smp_context32(&ctx, START);
	return vcpu_op(VCPUOP_initialise, vcpu, &ctx);
}

static void race(void)
{
	u32 i, k, n, done = 0, had = 0, turn = 0;
	u32 step = opt_u64("step", 8000);
	long rc;

	require(smp_start(1, SMP_SIPI), "vCPU 1 does not start");
	memcpy((void *)START, code, sizeof(code));
	smp_call(1, storm, NULL);
	for (i = 0; i < rounds; i++)
		for (k = 2; k < nr; k++) {
			meet(0, ++turn);
			/* One of them comes at the moment in which the thread takes the IPIs. */
			for (n = (k * 7 + i) % 32 * step / 16; n; n--)
				cpu_relax();
			rc = initialise(k);
			done += !rc;
			had += rc == -XEN_EEXIST;
			if (rc && rc != -XEN_EEXIST)
				expect_rc(rc, 0, "initialise vCPU %u", k);
			rc = vcpu_op(VCPUOP_up, k, NULL);
			if (rc && rc != -XEN_EINVAL)
				expect_rc(rc, 0, "up of vCPU %u", k);
			if (turn % 3 == 0)
				expect_rc(vcpu_op(VCPUOP_down, k, NULL), 0, "down of vCPU %u", k);
		}
	expect(smp_wait(1, 1000000), "vCPU 1 does not come to an end");
	printf("# initialised %u times, had a state %u times\n", done, had);
	expect(done, "VCPUOP_initialise was never first");
}

/* After all that each of them starts as ever. */
static void still_start(void)
{
	u32 k;

	for (k = 2; k < nr; k++) {
		vcpu_op(VCPUOP_down, k, NULL);
		if (!expect(smp_start(k, SMP_SIPI), "vCPU %u does not start", k))
			return;
	}
}

/* After an INIT there is no state: VCPUOP_initialise gives one, and no IPI is awaited. */
static void after_init(void)
{
	skip_if(nr < 3, "two vCPUs only");
	expect_rc(initialise(2), -XEN_EEXIST, "initialise of one that runs");
	lapic_icr(ICR_INIT | ICR_ASSERT | ICR_LEVEL, smp_apic_id(2));
	expect(wait_for(!vcpu_op(VCPUOP_is_up, 2, NULL), 100000), "vCPU 2 is up after INIT");
	expect(wait_for(vcpu_op(VCPUOP_up, 2, NULL) == -XEN_EINVAL, 100000),
	       "up of one without a state");
	expect(smp_start(2, SMP_VCPUOP), "initialise and up after INIT");
}

void test_setup(void)
{
	if (!xen.present)
		test_skip_all("no Xen here");
	nr = opt_u64("vcpus", 1);
	rounds = opt_u64("rounds", 20);
}

TEST_CASES = {
	{ "two ways to start at once", race },
	{ "each starts after that", still_start },
	{ "initialise after INIT", after_init },
	TEST_CASES_END
};
