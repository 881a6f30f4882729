// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claim: hypercalls with random numbers, sub-operations, pointers and contents
 * are answered with a plausible value, touch nothing but the buffer they were
 * given, and leave hypervisor and host as they were.
 *
 * Why: the hypercall interface is what a hostile guest has. "seed=" repeats a
 * run, "rounds=" makes it longer.
 *
 * Left out is what would end or stop the test itself: shutdown, block, endless
 * polls, watchdogs, taking the vCPU down, and giving away the memory it runs in.
 */
#include "guest.h"

#include <xen/grant_table.h>
#include <xen/memory.h>
#include <xen/sched.h>
#include <xen/vcpu.h>

static struct rng rng;
static u8 *buf, *inner, *canary;	/* one page each */

/* Rounds with new contents for the front of the buffer only, before a whole page again. */
#define PAGE_EVERY	32
#define FRONT		256

static u32 hist_zero, hist_pos, hist_neg, hist_nosys, hist_fault;

/* Numbers that mistakes like: small, around limits, huge, negative. */
static u64 any_number(void)
{
	switch (rng_below(&rng, 12)) {
	case 0:
		return 0;
	case 1:
	case 2:
	case 3:
		return rng_below(&rng, 16);
	case 4:
		return rng_below(&rng, 256);
	case 5:
		return 1ULL << rng_below(&rng, 64);
	case 6:
		return (1ULL << rng_below(&rng, 64)) - 1;
	case 7:
		return -(u64)rng_below(&rng, 64);
	case 8:
		return DOMID_FIRST_RESERVED + rng_below(&rng, 16);
	case 9:
		return 0xfd000000ULL + (rng_below(&rng, 256) << PAGE_SHIFT);
	case 10:
		return (unsigned long)inner + rng_below(&rng, PAGE_SIZE);
	default:
		return rng_u64(&rng);
	}
}

static unsigned long any_pointer(void)
{
	switch (rng_below(&rng, 8)) {
	case 0:
		return any_number();
	case 1:
		return (unsigned long)buf + PAGE_SIZE - 4 * rng_below(&rng,
								      16);	/* runs over */
	case 2:
		return (unsigned long)buf + rng_below(&rng, 64);
	default:
		return (unsigned long)buf;
	}
}

static void fill(u8 *p, unsigned int bytes)
{
	unsigned int i = 0;

	while (i < bytes) {
		u64 v = any_number();
		unsigned int n = 1u << rng_below(&rng, 4);

		memcpy(p + i, &v, n);
		i += n;
	}
}

/* True for a call that would end the test, see above. */
static bool left_out(u32 nr, u64 cmd)
{
	switch (nr) {
	case __HYPERVISOR_sched_op:
		return cmd != SCHEDOP_yield && cmd != SCHEDOP_remote_shutdown && cmd < 8;
	case __HYPERVISOR_vcpu_op:
		return cmd == VCPUOP_down || cmd == VCPUOP_register_runstate_memory_area ||
		       cmd == VCPUOP_register_vcpu_time_memory_area ||
		       cmd == VCPUOP_register_vcpu_info || cmd == VCPUOP_send_nmi;
	case __HYPERVISOR_console_io:
		return rng_below(&rng, 50) != 0;
	case __HYPERVISOR_multicall:
		return true;
	}
	return false;
}

/*
 * Frame numbers in the memory calls must not name the frames we run in: low
 * numbers name the first MiB, which is free, and orders above that are cut.
 */
static void tame_memory(u64 cmd)
{
	unsigned int i;
	u64 v;

	for (i = 0; i + 8 <= PAGE_SIZE; i += 8) {
		memcpy(&v, buf + i, 8);
		if (v >= 0x100 && v < 0x100000)
			v = 0xfd000;
		memcpy(buf + i, &v, 8);
	}
	/* the list that extents point to */
	for (i = 0; i + 8 <= PAGE_SIZE; i += 8) {
		memcpy(&v, inner + i, 8);
		if ((v & 0xffffffff) >= 0x100 && (v & 0xffffffff) < 0x100000)
			v = 0xfd000;
		memcpy(inner + i, &v, 8);
	}
	if ((cmd & 0x3f) <= XENMEM_populate_physmap) {
		/* extent_order is the third word group of a reservation in both layouts */
		buf[8 + sizeof(long)] = rng_below(&rng, 2) ? 0 : 40;
	}
}

static void account(long rc)
{
	if (!rc)
		hist_zero++;
	else if (rc > 0)
		hist_pos++;
	else if (rc == -XEN_ENOSYS)
		hist_nosys++;
	else if (rc == -XEN_EFAULT)
		hist_fault++;
	else
		hist_neg++;
}

static void storm(void)
{
	u32 i, rounds = opt_u64("rounds", 20000);
	u64 seed = opt_u64("seed", 0xf022);

	rng_seed(&rng, seed);
	printf("# seed %#llx, %u rounds\n", (unsigned long long)seed, rounds);
	for (i = 0; i < rounds; i++) {
		u32 nr = rng_below(&rng, 8) ? rng_below(&rng, 50) : (u32)any_number();
		unsigned long cmd = rng_below(&rng, 4) ? rng_below(&rng, 40) : any_number();
		unsigned long a2, a3;
		long rc;

		/* Few calls read more, and to make it up takes longer than all of them. */
		fill(buf, i % PAGE_EVERY ? FRONT : PAGE_SIZE);
		fill(inner, FRONT);
		a2 = rng_below(&rng, 8) ? any_pointer() : any_number();
		a3 = rng_below(&rng, 2) ? rng_below(&rng, 8) : any_number();
		if (nr == __HYPERVISOR_vcpu_op) {
			a3 = a2;
			a2 = rng_below(&rng, 2) ? 0 : any_number();
		}
		if (nr == __HYPERVISOR_memory_op)
			tame_memory(cmd);
		if (nr == __HYPERVISOR_grant_table_op)
			a3 &= 0xff;
		if (left_out(nr, cmd))
			continue;
		rc = hypercall5(nr, cmd, a2, a3, any_number(), any_number());
		account(rc);
		if (rc < 0 && rc < -4095 && nr != __HYPERVISOR_memory_op &&
		    !expect(false, "round %u: hypercall %u, %#lx, %#lx, %#lx gives %ld", i, nr, cmd,
			    a2, a3, rc))
			break;
	}
	printf("# %u zero, %u positive, %u negative, %u ENOSYS, %u EFAULT\n", hist_zero, hist_pos,
	       hist_neg, hist_nosys, hist_fault);
}

static void still_sane(void)
{
	char extra[16];

	expect_eq(mem_is(canary, 0x5a, PAGE_SIZE), PAGE_SIZE, "bytes of a page nobody was told of");
	expect_rc(xen_version_op(0, NULL), xen.version, "version");
	expect_rc(xen_version_op(1, extra), 0, "extraversion");
	expect_rc(sched_op(SCHEDOP_yield, NULL), 0, "yield");
	expect(cpuid(xen.base, 0).ebx, "CPUID");
}

void test_setup(void)
{
	if (!xen.present)
		test_skip_all("no Xen here");
	/* nothing of ours in the first MiB, and guards around the buffers */
	page_alloc(4);
	buf = page_alloc(1);
	page_alloc(2);
	inner = page_alloc(1);
	page_alloc(4);
	canary = page_alloc(1);
	memset(canary, 0x5a, PAGE_SIZE);
}

TEST_CASES = {
	{ "random hypercalls", storm },
	{ "everything still answers", still_sane },
	TEST_CASES_END
};
