// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is done against side channels, on hosts that are not here: what their kernels report of
 * themselves, and the guards that have to follow.
 */
#include <linux/bits.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "unit.h"
#include "vmx/root/guard_policy.h"

#define ALL_OPEN	(XLHV_GUARD_OPEN_SMT | XLHV_GUARD_OPEN_ITLB)
#define ITLB		(XLHV_GUARD_NX_HUGE | XLHV_GUARD_OPEN_ITLB)

TEST(a_cpu_without_faults_only_clears_registers)
{
	const struct vmx_guard_facts f = { 0 };

	EXPECT_EQ(vmx_guard_decide(&f), XLHV_GUARD_REGISTERS);
}

/* Skylake server with microcode, Linux with IBRS (retbleed), hyper-threads on. */
static const struct vmx_guard_facts skylake = {
	.spec_ctrl = true,
	.kernel_ibrs = true,
	.rsb_fill = true,
	.clear_buffers = true,
	.ibpb = true,
	.ibpb_to_user = true,
	.l1tf_bug = true,
	.l1tf = VMX_L1TF_WINDOW,
	.l1d_flush = true,
	.sampling_bug = true,
	.itlb_bug = true,
	.smt = true,
};

TEST(skylake_has_nearly_everything)
{
	EXPECT_EQ(vmx_guard_decide(&skylake),
		  XLHV_GUARD_REGISTERS | XLHV_GUARD_RSB_FILL | XLHV_GUARD_SPEC_CTRL |
		  XLHV_GUARD_IBRS | XLHV_GUARD_BUFFERS | XLHV_GUARD_L1D_FLUSH | XLHV_GUARD_IBPB |
		  XLHV_GUARD_IBPB_USER | XLHV_GUARD_NX_HUGE | XLHV_GUARD_OPEN_SMT);
}

TEST(without_the_flush_command_the_cache_is_filled)
{
	struct vmx_guard_facts f = skylake;
	u64 g;

	f.l1d_flush = false;
	g = vmx_guard_decide(&f);
	EXPECT_EQ(g & (XLHV_GUARD_L1D_FLUSH | XLHV_GUARD_L1D_FILL), XLHV_GUARD_L1D_FILL);
	f.l1tf = VMX_L1TF_ALWAYS;
	g = vmx_guard_decide(&f);
	EXPECT_EQ(g & (XLHV_GUARD_L1D_ALWAYS | XLHV_GUARD_L1D_FILL),
		  XLHV_GUARD_L1D_ALWAYS | XLHV_GUARD_L1D_FILL);
	f.l1tf = VMX_L1TF_OFF;
	g = vmx_guard_decide(&f);
	EXPECT_EQ(g & (XLHV_GUARD_L1D_ALWAYS | XLHV_GUARD_L1D_FILL), 0);
}

TEST(smt_off_closes_what_it_opens)
{
	struct vmx_guard_facts f = skylake;

	f.smt = false;
	EXPECT_EQ(vmx_guard_decide(&f) & ALL_OPEN, 0);
}

TEST(large_mappings_follow_the_parameter)
{
	struct vmx_guard_facts f = skylake;

	EXPECT_EQ(vmx_guard_decide(&f) & ITLB, XLHV_GUARD_NX_HUGE);
	f.nx_huge = VMX_NX_HUGE_OFF;
	EXPECT_EQ(vmx_guard_decide(&f) & ITLB, XLHV_GUARD_OPEN_ITLB);
	f.itlb_bug = false;
	EXPECT_EQ(vmx_guard_decide(&f) & ITLB, 0);
	f.nx_huge = VMX_NX_HUGE_AUTO;
	EXPECT_EQ(vmx_guard_decide(&f) & ITLB, 0);
	f.nx_huge = VMX_NX_HUGE_FORCE;
	EXPECT_EQ(vmx_guard_decide(&f) & ITLB, XLHV_GUARD_NX_HUGE);
	/* It is none of the world switch's: that stays the plain one. */
	f = (struct vmx_guard_facts){ .mitigations_off = true, .nx_huge = VMX_NX_HUGE_FORCE };
	EXPECT_EQ(vmx_guard_decide(&f), XLHV_GUARD_OFF | XLHV_GUARD_NX_HUGE);
}

/* Ice Lake server: eIBRS, history cleared by software. */
TEST(eibrs_retires_one_call)
{
	const struct vmx_guard_facts f = {
		.spec_ctrl = true,
		.rsb_call = true,
		.clear_history = true,
		.ibpb = true,
		.l1tf = VMX_L1TF_WINDOW,
		.smt = true,
	};

	EXPECT_EQ(vmx_guard_decide(&f),
		  XLHV_GUARD_REGISTERS | XLHV_GUARD_RSB_CALL | XLHV_GUARD_SPEC_CTRL |
		  XLHV_GUARD_HISTORY | XLHV_GUARD_IBPB);
}

TEST(filling_the_return_stack_includes_the_call)
{
	const struct vmx_guard_facts f = { .rsb_fill = true, .rsb_call = true };

	EXPECT_EQ(vmx_guard_decide(&f), XLHV_GUARD_REGISTERS | XLHV_GUARD_RSB_FILL);
}

/* The kernel then reports none of its own; the CPU's faults are still there. */
TEST(mitigations_off_does_nothing)
{
	struct vmx_guard_facts f = {
		.mitigations_off = true,
		.spec_ctrl = true,
		.l1tf_bug = true,
		.l1tf = VMX_L1TF_OFF,
		.sampling_bug = true,
		.itlb_bug = true,
		.smt = true,
	};

	EXPECT_EQ(vmx_guard_decide(&f),
		  XLHV_GUARD_OFF | XLHV_GUARD_SPEC_CTRL | XLHV_GUARD_OPEN_ITLB);
	/* One that is switched on again: then registers are cleared too. */
	f.rsb_fill = true;
	EXPECT_EQ(vmx_guard_decide(&f) & ~ALL_OPEN,
		  XLHV_GUARD_REGISTERS | XLHV_GUARD_RSB_FILL | XLHV_GUARD_SPEC_CTRL);
}

TEST(every_guard_has_words)
{
	char text[1024], one[128];
	unsigned int bit;
	u64 all = 0;

	for (bit = 0; bit < 64; bit++) {
		if (bit > 13 && bit < 62)
			continue;
		all |= BIT_ULL(bit);
		EXPECT_TRUE(vmx_guard_text(BIT_ULL(bit), one, sizeof(one)) > 5);
	}
	EXPECT_TRUE(vmx_guard_text(all, text, sizeof(text)) < 512);
	EXPECT_EQ(vmx_guard_text(0, text, sizeof(text)), 0);
	EXPECT_EQ(text[0], 0);
	/* Cut, never overrun. */
	EXPECT_EQ(vmx_guard_text(all, text, 10), 9);
	EXPECT_EQ(strlen(text), 9);
}

TEST(spec_ctrl_has_the_bits_that_cpuid_shows)
{
	EXPECT_EQ(vmx_guard_spec_ctrl_bits(0, ~0U), 0);
	EXPECT_EQ(vmx_guard_spec_ctrl_bits(BIT(26), 0), 3);
	EXPECT_EQ(vmx_guard_spec_ctrl_bits(BIT(27), 0), 2);
	EXPECT_EQ(vmx_guard_spec_ctrl_bits(BIT(26) | BIT(27) | BIT(31), 0), 7);
	EXPECT_EQ(vmx_guard_spec_ctrl_bits(BIT(31), BIT(4)), 6 | BIT(10));
	EXPECT_EQ(vmx_guard_spec_ctrl_bits(BIT(26), 0x1f), 0x5fb);
}
