// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claim: an alignment check that comes up while an interrupt or an exception is
 * delivered is the guest's, comes first, and loses nothing: the interrupt comes after
 * it. With "how=endless" its own delivery raises it, without end: the host goes on,
 * and can destroy the domain.
 *
 * Why: in 32-bit code an event of ring 3 can be handled in ring 3, on its own stack;
 * where that is not aligned and alignment is checked, the CPU raises #AC in the middle.
 * The hypervisor has to see #AC, or the host hangs (CVE-2015-5307), and so has to
 * deliver what the CPU would have.
 */
#include "guest.h"

#define VEC_USER 0x62

static volatile u32 ac_count, ac_error;
static volatile unsigned long ac_ip;
static __user_data volatile u32 user_events;

extern const u8 user_handler[], user_shadow_end[], user_int3[];

__asm__(".pushsection .user.text, \"ax\"\n"
	"user_handler: incl user_events\n"
	"iret\n"
	".popsection");

/* The stack is aligned now: what was broken off can be delivered. */
static bool on_ac(struct cpu_regs *regs)
{
	ac_count++;
	ac_ip = regs->ip;
	ac_error = regs->error;
	regs->sp &= ~3UL;
	return true;
}

/* With IOPL 3: opens interrupts on a stack that is not aligned. */
static __user_text void user_sti(unsigned long arg)
{
	(void)arg;
	__asm__ volatile("mov %%esp, %%ebx\n"
			 "dec %%esp\n"
			 "sti\n"
			 "nop\n"
			 "user_shadow_end: nop\n"
			 "cli\n"
			 "mov %%ebx, %%esp" : : : "ebx", "memory");
	USER_RETURN(0x600d);
}

static __user_text void user_breakpoint(unsigned long arg)
{
	(void)arg;
	__asm__ volatile("mov %%esp, %%ebx\n"
			 "dec %%esp\n"
			 "user_int3: int3\n"
			 "mov %%ebx, %%esp" : : : "ebx", "memory");
	USER_RETURN(0x600d);
}

/* Ring 3 handles @vector itself. */
static void to_user(unsigned int vector)
{
	trap_gate_set(vector, 3, true, 0);
	trap_gate_selector(vector, SEL_UCS | 3);
	trap_gate_address(vector, user_handler);
	user_events = 0;
	ac_count = 0;
	trap_handler_set(X86_AC, on_ac);
	write_cr0(read_cr0() | CR0_AM);
}

static void to_kernel(unsigned int vector)
{
	trap_gate_set(vector, vector == X86_BP ? 3 : 0, true, 0);
	trap_handler_set(X86_AC, NULL);
	write_cr0(read_cr0() & ~CR0_AM);
}

static void interrupt(void)
{
	struct fault f;
	u32 i;

	for (i = 0; i < 3; i++) {
		to_user(VEC_USER);
		lapic_self_ipi(VEC_USER);
		expect_eq(user_call_flags(user_sti, 0, &f, FL_AC | 3 * FL_IOPL | 2), 0x600d,
			  "round %u: ring 3", i);
		expect_eq(ac_count, 1, "round %u: alignment checks", i);
		expect_eq(ac_error, 1, "round %u: error code: EXT", i);
		expect_eq(ac_ip, (unsigned long)user_shadow_end, "round %u: where", i);
		expect_eq(user_events, 1, "round %u: interrupts", i);
		expect(lapic_bit(APIC_ISR, VEC_USER), "round %u: not in service", i);
		expect(!lapic_bit(APIC_IRR, VEC_USER), "round %u: requested again", i);
		lapic_eoi();
		expect(!lapic_bit(APIC_ISR, VEC_USER), "round %u: in service twice", i);
		to_kernel(VEC_USER);
	}
}

/* While the check is handled a second interrupt arrives, which goes first or after it. */
static bool on_ac_another(struct cpu_regs *regs)
{
	lapic_self_ipi(VEC_USER + 0x10);
	return on_ac(regs);
}

static volatile u32 others;

static bool on_other(struct cpu_regs *regs)
{
	(void)regs;
	others += !user_events;
	lapic_eoi();
	return true;
}

static void by_priority(void)
{
	struct fault f;

	to_user(VEC_USER);
	trap_handler_set(X86_AC, on_ac_another);
	trap_handler_set(VEC_USER + 0x10, on_other);
	others = 0;
	lapic_self_ipi(VEC_USER);
	user_call_flags(user_sti, 0, &f, FL_AC | 3 * FL_IOPL | 2);
	expect_eq(others, 1, "the higher vector comes first");
	expect_eq(user_events, 1, "interrupts");
	lapic_eoi();
	trap_handler_set(VEC_USER + 0x10, NULL);
	to_kernel(VEC_USER);
}

static void exception(void)
{
	struct fault f;

	to_user(X86_BP);
	expect_eq(user_call_flags(user_breakpoint, 0, &f, FL_AC | 2), 0x600d, "ring 3");
	expect_eq(ac_count, 1, "alignment checks");
	expect_eq(ac_error, 0, "error code");
	expect_eq(ac_ip, (unsigned long)user_int3, "where");
	expect_eq(user_events, 1, "breakpoints");
	to_kernel(X86_BP);
}

void test_setup(void)
{
	lapic_init();
}

void test_end(void)
{
	struct fault f;

	if (!opt_is("how", "endless"))
		return;
	to_user(X86_BP);
	trap_gate_set(X86_AC, 3, true, 0);
	trap_gate_selector(X86_AC, SEL_UCS | 3);
	user_call_flags(user_breakpoint, 0, &f, FL_AC | 2);
}

TEST_CASES = {
	{ "in the delivery of an interrupt", interrupt },
	{ "another interrupt comes in between", by_priority },
	{ "in the delivery of an exception", exception },
	TEST_CASES_END
};
