// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is done against side channels, on hosts that are not here: what their kernels report of
 * themselves, and the guards that have to follow.
 */
#include <linux/bits.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "unit.h"
#include "vmx/root/mitigation_policy.h"

#define ALL_OPEN	(XLHV_MITIGATION_OPEN_SMT | XLHV_MITIGATION_OPEN_ITLB)
#define ITLB		(XLHV_MITIGATION_NX_HUGE | XLHV_MITIGATION_OPEN_ITLB)

TEST(a_cpu_without_faults_only_clears_registers)
{
	const struct vmx_guard_facts f = { 0 };

	EXPECT_EQ(vmx_guard_decide(&f), XLHV_MITIGATION_REGISTERS);
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
		  XLHV_MITIGATION_REGISTERS | XLHV_MITIGATION_RSB_FILL | XLHV_MITIGATION_SPEC_CTRL |
		  XLHV_MITIGATION_IBRS | XLHV_MITIGATION_BUFFERS | XLHV_MITIGATION_L1D_FLUSH |
		  XLHV_MITIGATION_IBPB | XLHV_MITIGATION_IBPB_USER | XLHV_MITIGATION_NX_HUGE |
		  XLHV_MITIGATION_OPEN_SMT);
}

TEST(without_the_flush_command_the_cache_is_filled)
{
	struct vmx_guard_facts f = skylake;
	u64 g;

	f.l1d_flush = false;
	g = vmx_guard_decide(&f);
	EXPECT_EQ(g & (XLHV_MITIGATION_L1D_FLUSH | XLHV_MITIGATION_L1D_FILL),
		  XLHV_MITIGATION_L1D_FILL);
	f.l1tf = VMX_L1TF_ALWAYS;
	g = vmx_guard_decide(&f);
	EXPECT_EQ(g & (XLHV_MITIGATION_L1D_ALWAYS | XLHV_MITIGATION_L1D_FILL),
		  XLHV_MITIGATION_L1D_ALWAYS | XLHV_MITIGATION_L1D_FILL);
	f.l1tf = VMX_L1TF_OFF;
	g = vmx_guard_decide(&f);
	EXPECT_EQ(g & (XLHV_MITIGATION_L1D_ALWAYS | XLHV_MITIGATION_L1D_FILL), 0);
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

	EXPECT_EQ(vmx_guard_decide(&f) & ITLB, XLHV_MITIGATION_NX_HUGE);
	f.nx_huge = VMX_NX_HUGE_OFF;
	EXPECT_EQ(vmx_guard_decide(&f) & ITLB, XLHV_MITIGATION_OPEN_ITLB);
	f.itlb_bug = false;
	EXPECT_EQ(vmx_guard_decide(&f) & ITLB, 0);
	f.nx_huge = VMX_NX_HUGE_AUTO;
	EXPECT_EQ(vmx_guard_decide(&f) & ITLB, 0);
	f.nx_huge = VMX_NX_HUGE_FORCE;
	EXPECT_EQ(vmx_guard_decide(&f) & ITLB, XLHV_MITIGATION_NX_HUGE);
	/* It is none of the world switch's: that stays the plain one. */
	f = (struct vmx_guard_facts){ .mitigations_off = true, .nx_huge = VMX_NX_HUGE_FORCE };
	EXPECT_EQ(vmx_guard_decide(&f), XLHV_MITIGATION_OFF | XLHV_MITIGATION_NX_HUGE);
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
		  XLHV_MITIGATION_REGISTERS | XLHV_MITIGATION_RSB_CALL | XLHV_MITIGATION_SPEC_CTRL |
		  XLHV_MITIGATION_HISTORY | XLHV_MITIGATION_IBPB);
}

TEST(filling_the_return_stack_includes_the_call)
{
	const struct vmx_guard_facts f = { .rsb_fill = true, .rsb_call = true };

	EXPECT_EQ(vmx_guard_decide(&f), XLHV_MITIGATION_REGISTERS | XLHV_MITIGATION_RSB_FILL);
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
		  XLHV_MITIGATION_OFF | XLHV_MITIGATION_SPEC_CTRL | XLHV_MITIGATION_OPEN_ITLB);
	/* One that is switched on again: then registers are cleared too. */
	f.rsb_fill = true;
	EXPECT_EQ(vmx_guard_decide(&f) & ~ALL_OPEN,
		  XLHV_MITIGATION_REGISTERS | XLHV_MITIGATION_RSB_FILL | XLHV_MITIGATION_SPEC_CTRL);
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

/* Vcpus of ours; only their addresses count. */
static const char vcpu_a, vcpu_b;

/* A window of ours where nobody else has VMCSs. */
static bool alone(struct vmx_guard_cpu *c, const void *x)
{
	return vmx_guard_before_guest(c, x);
}

static bool found_ours(struct vmx_guard_cpu *c, const void *x)
{
	vmx_guard_found(c, true, false);
	return vmx_guard_before_guest(c, x);
}

static bool found_none(struct vmx_guard_cpu *c, const void *x)
{
	vmx_guard_found(c, false, false);
	return vmx_guard_before_guest(c, x);
}

static bool found_his(struct vmx_guard_cpu *c, const void *x)
{
	vmx_guard_found(c, false, true);
	return vmx_guard_before_guest(c, x);
}

TEST(a_barrier_between_vcpus)
{
	struct vmx_guard_cpu c = { 0 };

	EXPECT_TRUE(alone(&c, &vcpu_a));
	EXPECT_FALSE(alone(&c, &vcpu_a));
	EXPECT_FALSE(vmx_guard_after_guest(&c, false));
	EXPECT_FALSE(alone(&c, &vcpu_a));
	EXPECT_TRUE(alone(&c, &vcpu_b));
	EXPECT_TRUE(alone(&c, &vcpu_a));
}

TEST(a_barrier_after_a_guest_of_kvm)
{
	struct vmx_guard_cpu c = { 0 };

	EXPECT_TRUE(found_his(&c, &vcpu_a));
	/* The same stay: he cannot have run. */
	EXPECT_FALSE(found_his(&c, &vcpu_a));
	vmx_guard_after_guest(&c, false);
	EXPECT_TRUE(found_his(&c, &vcpu_a));
	/* His guest ran, and has gone to another CPU. */
	vmx_guard_after_guest(&c, false);
	EXPECT_TRUE(found_none(&c, &vcpu_a));
	/* Ours is current still: he has none here. */
	EXPECT_FALSE(found_ours(&c, &vcpu_a));
	vmx_guard_after_guest(&c, false);
	EXPECT_FALSE(found_ours(&c, &vcpu_a));
	/* A window for something else came after his guest, and left ours current. */
	vmx_guard_after_guest(&c, false);
	vmx_guard_found(&c, false, false);
	EXPECT_TRUE(found_ours(&c, &vcpu_a));
}

TEST(a_barrier_before_a_guest_of_kvm)
{
	struct vmx_guard_cpu c = { 0 };

	/* Nothing ran yet. */
	EXPECT_FALSE(vmx_guard_after_guest(&c, false));
	/* None of his is current: he makes one himself. */
	found_none(&c, &vcpu_a);
	EXPECT_FALSE(vmx_guard_after_guest(&c, false));
	found_his(&c, &vcpu_a);
	EXPECT_TRUE(vmx_guard_after_guest(&c, false));
	/* One is enough, until a guest of ours runs again. */
	EXPECT_FALSE(vmx_guard_after_guest(&c, false));
	found_his(&c, &vcpu_a);
	EXPECT_TRUE(vmx_guard_after_guest(&c, false));
}

TEST(a_barrier_for_a_task_that_wants_one)
{
	struct vmx_guard_cpu c = { 0 };

	alone(&c, &vcpu_a);
	EXPECT_TRUE(vmx_guard_after_guest(&c, true));
	EXPECT_FALSE(vmx_guard_after_guest(&c, true));
	EXPECT_FALSE(alone(&c, &vcpu_a));
	EXPECT_TRUE(vmx_guard_after_guest(&c, true));
}
