// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claim: a call that takes a list gives way to interrupts between two of its
 * operations, soon after they are due; it goes on where it was, does each
 * operation once and gives the result that it would have given in one piece.
 *
 * Why: a list can be as long as the guest's memory. While it is worked at the
 * vCPU can be neither paused nor ended, and takes no events; Xen had its share
 * of calls that could not be interrupted (XSA-226, 318, 344, 410).
 *
 * With loop=NAME it makes one of the calls without end, with the longest list
 * there is room for, for tests of pausing and destroying.
 */
#include "giving-way.h"

#include <xen/vcpu.h>

#define VEC 0x78

/* An interrupt again and again, at moments that do not fit to anything. */
static struct rng rng;
static u64 due, longest, stolen;
u32 taken;
static bool on;

/* Time that the host's scheduler gave to others, so far. */
static u64 stolen_ns(void)
{
	struct vcpu_runstate_info info;

	if (vcpu_op(VCPUOP_get_runstate_info, 0, &info))
		test_error("no runstate");
	return info.time[RUNSTATE_runnable];
}

static void arm(void)
{
	stolen = stolen_ns();
	due = rdtsc() + 20000 + rng_below(&rng, 20000);
	wrmsr(MSR_TSC_DEADLINE, due);
}

static bool on_timer(struct cpu_regs *regs)
{
	u64 late = rdtsc() - due, lost = (stolen_ns() - stolen) * tsc_khz / 1000000;

	late -= late < lost ? late : lost;
	lapic_eoi();
	if (late > longest)
		longest = late;
	taken++;
	if (on)
		arm();
	return true;
}

void irq_enable(void)
{
	__asm__ volatile("sti" : : : "memory");
}

void irq_disable(void)
{
	__asm__ volatile("cli" : : : "memory");
}

void interrupts_begin(void)
{
	longest = 0;
	taken = 0;
	on = true;
	arm();
	irq_enable();
}

void interrupts_end(const char *what, u32 least, u64 wait)
{
	irq_disable();
	interrupts_stop();
	printf("# %s: %u interrupts, the latest after %llu ticks\n", what, taken,
	       (unsigned long long)longest);
	expect(taken >= least, "%s: %u interrupts meanwhile", what, taken);
	expect(longest <= wait, "%s: an interrupt waited for %llu ticks", what,
	       (unsigned long long)longest);
}

bool interrupt_is_due(void)
{
	return rdtsc() > due + 10000;
}

void interrupts_stop(void)
{
	on = false;
	wrmsr(MSR_TSC_DEADLINE, 0);
}

void test_setup(void)
{
	rng_seed(&rng, opt_u64("seed", 1));
	trap_handler_set(VEC, on_timer);
	lapic_write(APIC_LVT_TIMER, LVT_DEADLINE | VEC);
	if (!(cpuid(1, 0).ecx & BIT(24)))
		test_skip_all("no TSC deadline");
}

void *pages_for(size_t bytes)
{
	return page_alloc((bytes + PAGE_SIZE - 1) / PAGE_SIZE);
}

TEST_CASES = {
	{ "without end, if asked for", loop },
	{ "copy", copy },
	{ "copy with interrupts off", interrupts_off },
	{ "right after STI", sti_before },
	{ "single step over a list", single_step },
	{ "multicall", multicalls },
	{ "registers in the middle", registers },
	{ "decrease and populate", reservations },
	{ "extents of 2 MiB", large_extents },
	{ "pages that move", moves },
	{ "multicall of lists", multicall_of_lists },
	{ "multicall that waits", multicall_that_waits },
	{ "a table that grows", grown },
	{ "swap_grant_ref", swaps },
	{ "map and unmap", maps },
	{ "set_version", versions },
	{ "console_io", console },
	{ "EVTCHNOP_reset", ports_reset },
	{ "ports at the limit", ports_at_limit },
	{ "string I/O", string_io },
	TEST_CASES_END
};
