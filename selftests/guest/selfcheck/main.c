// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claim: the test library itself works: formatted output, caught exceptions,
 * ring 3, page mapping, interrupts through the local APIC.
 *
 * Why: every other test trusts these. Needs no hypercall, so it runs on any
 * machine that can start a PVH kernel.
 */
#include "guest.h"

static void formats(void)
{
	char b[64];

	snprintf(b, sizeof(b), "%d|%5u|%-4x|%#lx|%08llx|%s|%c", -42, 7u, 0xabu, 0x10UL,
		 0xdeadbeefULL, "text", 'z');
	expect(!strcmp(b, "-42|    7|ab  |0x10|deadbeef|text|z"), "printed \"%s\"", b);
	expect_eq(snprintf(b, 4, "%s", "too long"), 8, "length of cut output");
	expect(!strcmp(b, "too"), "cut output is \"%s\"", b);
	expect_eq(parse_u64("0x1fF "), 0x1ff, "hexadecimal");
	expect_eq(parse_u64("120k"), 120, "decimal");
	expect_eq(0xfedcba9876543210ULL / (u64)opt_u64("x", 1000000007), 18364758415ULL,
		  "64-bit division");
}

static void faults(void)
{
	struct fault f = expect_fault("ud2", : : : "memory");

	expect_trap(f, X86_UD, 0, "ud2");
	f = expect_fault("int3", : : : "memory");
	expect_trap(f, X86_BP, 0, "int3");
	f = probe_load_fs(0x1000);
	expect_trap(f, X86_GP, 0x1000, "selector beyond the GDT");
	f = expect_fault("nop", : : : "memory");
	expect_no_trap(f, "nop");
}

static __user_text void user_ok(unsigned long arg)
{
	USER_RETURN(arg + 1);
}

static __user_text void user_bad(unsigned long arg)
{
	__asm__ volatile("cli");
	USER_RETURN(arg);
}

static void ring3(void)
{
	struct fault f;

	expect_eq(user_call(user_ok, 41, &f), 42, "value from ring 3");
	expect_no_trap(f, "ring 3 round trip");
	user_call(user_bad, 0, &f);
	expect_trap(f, X86_GP, 0, "cli in ring 3");
	expect_eq(f.cs, SEL_UCS | 3, "fault came from ring 3");
}

#if HAVE_PAGING
static void mapping(void)
{
	u32 *a = page_alloc(1), *b = (u32 *)VA_TEST;
	struct fault f;
	u32 v;

	page_map((unsigned long)b, (unsigned long)a, PTE_P | PTE_W | PTE_A | PTE_D);
	WRITE_ONCE(*b, 0x12345678);
	expect_eq(READ_ONCE(*a), 0x12345678, "write through another mapping");
	page_set((unsigned long)b, 0);
	f = probe_read32(b, &v);
	expect_trap(f, X86_PF, 0, "read of an absent page");
	expect_eq(f.cr2, (unsigned long)b, "CR2");
	page_set((unsigned long)b, (unsigned long)a | PTE_P);
	f = probe_write32(b, 1);
	expect_trap(f, X86_PF, PFEC_P | PFEC_W, "write to a read-only page");
}
#else
static void mapping(void)
{
	test_skip("no paging in this environment");
}
#endif

static volatile u32 got;

static bool on_irq(struct cpu_regs *regs)
{
	got = regs->vector;
	lapic_eoi();
	return true;
}

static void interrupts(void)
{
	trap_handler_set(0x55, on_irq);
	lapic_self_ipi(0x55);
	irq_window();
	expect_eq(got, 0x55, "vector of the self IPI");
}

TEST_CASES = {
	{ "formatted output and numbers", formats },
	{ "exceptions are caught and told", faults },
	{ "ring 3 and back", ring3 },
	{ "page mapping", mapping },
	{ "interrupt through the local APIC", interrupts },
	TEST_CASES_END
};
