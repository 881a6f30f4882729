// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claim: a guest that switches tasks by hardware crashes, alone, and its log says what
 * it did; what goes before, and what faults instead, is as on any CPU.
 *
 * Why: each such switch exits, and is not carried out: nothing but the report of a
 * double fault uses one. "how=" picks what asks for it.
 */
#include "guest.h"

static struct tss32 other;

static u16 other_tss(void)
{
	/* an available 32-bit TSS */
	return gdt_spare_set(0, gdt_desc((unsigned long)&other, sizeof(other) - 1, 0x89));
}

static struct {
	u32 ip;
	u16 sel;
} __packed far;

static void faults(void)
{
	/* a TSS that is too short, and one that is in use: no switch, but faults */
	far.sel = gdt_spare_set(1, gdt_desc((unsigned long)&other, 0x20, 0x89));
	expect_trap(expect_fault("ljmp *%0", : : "m"(far)), X86_TS, far.sel, "JMP to a short TSS");
	far.sel = SEL_TSS;
	expect_trap(expect_fault("ljmp *%0", : : "m"(far)), X86_GP, SEL_TSS, "JMP to a busy TSS");
}

void test_end(void)
{
	far.sel = other_tss();
	if (opt_is("how", "gate")) {
		trap_gate_task(0x70, far.sel);
		__asm__ volatile("int $0x70" : : : "memory");
	} else if (opt_is("how", "call")) {
		__asm__ volatile("lcall *%0" : : "m"(far) : "memory");
	} else {
		__asm__ volatile("ljmp *%0" : : "m"(far) : "memory");
	}
	printf("# back from a task switch\n# verdict: failure\n");
}

TEST_CASES = {
	{ "what is no task switch", faults },
	TEST_CASES_END
};
