// SPDX-License-Identifier: GPL-2.0-only
/*
 * The rule for VMX control words, on the capability words of real CPUs, on all words of a small
 * width, and on random ones against a bit-by-bit model.
 */
#include <linux/bits.h>
#include <linux/kernel.h>

#include "unit.h"
#include "vmx/root/controls.h"

/* What a capability MSR says: bits that have to be 1, bits that may be 1. */
#define CAP(required, allowed)	((u64)(allowed) << 32 | (u32)(required))

static struct vmx_ctl_result compute(u64 cap, u32 must_one, u32 want_one, u32 must_zero,
				     u32 want_zero)
{
	const struct vmx_ctl_rule rule = {
		.must_one = must_one,
		.want_one = want_one,
		.must_zero = must_zero,
		.want_zero = want_zero,
	};

	return vmx_ctl_compute(cap, &rule);
}

static u64 next_random(u64 *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

TEST(empty_rule_gives_the_required_bits)
{
	struct vmx_ctl_result r = compute(CAP(0x16, 0xff), 0, 0, 0, 0);

	EXPECT_EQ(r.value, 0x16);
	EXPECT_EQ(r.missing, 0);
	EXPECT_EQ(r.stuck, 0);
}

TEST(must_one_sets_and_reports_what_is_missing)
{
	struct vmx_ctl_result r = compute(CAP(0x16, 0x7f), 0x81, 0, 0, 0);

	EXPECT_EQ(r.missing, 0x80);
	EXPECT_EQ(r.stuck, 0);

	r = compute(CAP(0x16, 0xff), 0x81, 0, 0, 0);
	EXPECT_EQ(r.value, 0x97);
	EXPECT_EQ(r.missing, 0);
}

TEST(want_one_sets_only_what_is_allowed)
{
	struct vmx_ctl_result r = compute(CAP(0x16, 0x7f), 0, 0x81, 0, 0);

	EXPECT_EQ(r.value, 0x17);
	EXPECT_EQ(r.missing, 0);
	EXPECT_EQ(r.stuck, 0);
}

TEST(must_zero_reports_what_is_stuck)
{
	struct vmx_ctl_result r = compute(CAP(0x16, 0xff), 0, 0, 0x12, 0);

	EXPECT_EQ(r.stuck, 0x12);
	EXPECT_EQ(r.missing, 0);
	EXPECT_EQ(compute(CAP(0x16, 0xff), 0, 0, 0x60, 0).stuck, 0);
}

TEST(want_zero_gives_way_to_required)
{
	struct vmx_ctl_result r = compute(CAP(0x16, 0xff), 0, 0, 0, 0xf2);

	EXPECT_EQ(r.value, 0x16);
	EXPECT_EQ(r.stuck, 0);
}

TEST(bit_31_is_a_bit_like_any_other)
{
	struct vmx_ctl_result r = compute(CAP(0, 0x80000000), 0x80000000, 0, 0, 0);

	EXPECT_EQ(r.value, 0x80000000u);
	EXPECT_EQ(r.missing, 0);
	EXPECT_EQ(compute(CAP(0, 0x7fffffff), 0x80000000, 0, 0, 0).missing, 0x80000000u);
	EXPECT_EQ(compute(CAP(0x80000000, 0xffffffff), 0, 0, 0x80000000, 0).stuck, 0x80000000u);
}

TEST(unknown_bits_keep_their_required_value)
{
	/* Every control that the CPU knows beyond the rule: off where it may be off. */
	struct vmx_ctl_result r = compute(CAP(0x0401e172, 0xfff9fffe), BIT(7), BIT(21), 0, 0);

	EXPECT_EQ(r.value, 0x0401e172 | BIT(7) | BIT(21));
}

/* One bit: every legal state of the CPU (allowed >= required) and every class of the rule. */
TEST(truth_table_of_one_bit)
{
	static const struct {
		const char *name;
		u32 required, allowed;
		u32 class[4];	/* must one, want one, must zero, want zero */
		u32 value, missing, stuck;
	} row[] = {
		{ "free, unnamed", 0, 1, { 0, 0, 0, 0 }, 0, 0, 0 },
		{ "free, must one", 0, 1, { 1, 0, 0, 0 }, 1, 0, 0 },
		{ "free, want one", 0, 1, { 0, 1, 0, 0 }, 1, 0, 0 },
		{ "free, must zero", 0, 1, { 0, 0, 1, 0 }, 0, 0, 0 },
		{ "free, want zero", 0, 1, { 0, 0, 0, 1 }, 0, 0, 0 },
		{ "fixed 0, unnamed", 0, 0, { 0, 0, 0, 0 }, 0, 0, 0 },
		{ "fixed 0, must one", 0, 0, { 1, 0, 0, 0 }, 0, 1, 0 },
		{ "fixed 0, want one", 0, 0, { 0, 1, 0, 0 }, 0, 0, 0 },
		{ "fixed 0, must zero", 0, 0, { 0, 0, 1, 0 }, 0, 0, 0 },
		{ "fixed 0, want zero", 0, 0, { 0, 0, 0, 1 }, 0, 0, 0 },
		{ "fixed 1, unnamed", 1, 1, { 0, 0, 0, 0 }, 1, 0, 0 },
		{ "fixed 1, must one", 1, 1, { 1, 0, 0, 0 }, 1, 0, 0 },
		{ "fixed 1, want one", 1, 1, { 0, 1, 0, 0 }, 1, 0, 0 },
		{ "fixed 1, must zero", 1, 1, { 0, 0, 1, 0 }, 1, 0, 1 },
		{ "fixed 1, want zero", 1, 1, { 0, 0, 0, 1 }, 1, 0, 0 },
	};
	unsigned int i, bit;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		for (bit = 0; bit < 32; bit++) {
			struct vmx_ctl_result r;

			unit_context("%s, bit %u", row[i].name, bit);
			r = compute(CAP(row[i].required << bit, row[i].allowed << bit),
				    row[i].class[0] << bit, row[i].class[1] << bit,
				    row[i].class[2] << bit, row[i].class[3] << bit);
			EXPECT_EQ(r.value, row[i].value << bit);
			EXPECT_EQ(r.missing, row[i].missing << bit);
			EXPECT_EQ(r.stuck, row[i].stuck << bit);
		}
	}
}

/* The four sets of a rule are disjoint: give each bit one class at random. */
TEST(random_words_obey_the_cpu_and_the_rule)
{
	u64 state = 0x9e3779b97f4a7c15;
	unsigned int round, bit;

	for (round = 0; round < 20000; round++) {
		u32 set[5] = { 0 };
		u32 required = (u32)next_random(&state) & (u32)next_random(&state);
		u32 allowed = required | (u32)next_random(&state);
		u64 cap = CAP(required, allowed);
		struct vmx_ctl_result r;

		for (bit = 0; bit < 32; bit++)
			set[next_random(&state) % 5] |= 1u << bit;
		r = compute(cap, set[0], set[1], set[2], set[3]);
		unit_context("round %u, capability %#llx", round, (unsigned long long)cap);
		ASSERT_EQ(r.missing, set[0] & ~allowed);
		ASSERT_EQ(r.stuck, set[2] & required);
		/* Whatever the rule asks, the word itself is never one the CPU refuses. */
		ASSERT_TRUE(vmx_ctl_allowed(cap, r.value));
		ASSERT_EQ(r.value & set[0] & allowed, set[0] & allowed);
		ASSERT_EQ(r.value & set[1] & allowed, set[1] & allowed);
		ASSERT_EQ(r.value & set[2] & ~required, 0);
		ASSERT_EQ(r.value & set[3] & ~required, 0);
		ASSERT_EQ(r.value & set[4], required & set[4]);
	}
}

/* The primary processor-based controls of three generations, with what a hypervisor asks. */
TEST(words_of_real_cpus)
{
	static const struct {
		const char *name;
		u64 cap;
		u32 value, missing;
	} cpu[] = {
		{ "Haswell", 0xfff9fffe04006172, 0xb5a06dfa, 0 },
		{ "no secondary controls", 0x7ff9fffe04006172, 0x35a06dfa, BIT(31) },
		{ "no TPR shadow", 0xffd9fffe04006172, 0xb5806dfa, 0 },
		{ "CR3 exits cannot be switched off", 0xfff9fffe0401e172, 0xb5a1edfa, 0 },
	};
	const u32 must_one = BIT(3) | BIT(7) | BIT(10) | BIT(11) | BIT(23) | BIT(24) | BIT(28) |
			     BIT(29) | BIT(31);
	const u32 want_one = BIT(21);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cpu); i++) {
		struct vmx_ctl_result r = compute(cpu[i].cap, must_one, want_one, 0, BIT(30));

		unit_context("%s", cpu[i].name);
		EXPECT_EQ(r.value, cpu[i].value);
		EXPECT_EQ(r.missing, cpu[i].missing);
		EXPECT_EQ(r.stuck, 0);
	}
}

TEST(allowed_refuses_each_wrong_bit)
{
	const u64 cap = CAP(0x0401e172, 0xfff9fffe);
	const u32 good = 0x0401e172 | BIT(7);
	unsigned int bit;

	EXPECT_TRUE(vmx_ctl_allowed(cap, good));
	for (bit = 0; bit < 32; bit++) {
		const u32 flipped = good ^ (u32)BIT(bit);
		const bool required = 0x0401e172 & BIT(bit);
		const bool may_be_set = 0xfff9fffe & BIT(bit);

		unit_context("bit %u", bit);
		EXPECT_EQ(vmx_ctl_allowed(cap, flipped), !required && may_be_set);
	}
}

TEST(allowed_at_the_extremes)
{
	EXPECT_TRUE(vmx_ctl_allowed(CAP(0, 0), 0));
	EXPECT_FALSE(vmx_ctl_allowed(CAP(0, 0), 1));
	EXPECT_TRUE(vmx_ctl_allowed(CAP(0, ~0u), ~0u));
	EXPECT_TRUE(vmx_ctl_allowed(CAP(0, ~0u), 0));
	EXPECT_TRUE(vmx_ctl_allowed(CAP(~0u, ~0u), ~0u));
	EXPECT_FALSE(vmx_ctl_allowed(CAP(~0u, ~0u), ~0u - 1));
	EXPECT_FALSE(vmx_ctl_allowed(CAP(~0u, ~0u), 0));
}
