// SPDX-License-Identifier: GPL-2.0-only
/*
 * VPIDs: each vCPU has one of its own or none, and what a guest does to its control registers
 * reaches the CPU's translations as the SDM says.
 */
#include <linux/errno.h>
#include <linux/irqflags.h>
#include <linux/slab.h>

#include "unit.h"
#include "vmx/root/internal.h"
#include "vmx/root/vpid.h"
#include "vmx_machine.h"

#define CAP_INVVPID	BIT_ULL(32)
#define CAP_SINGLE	BIT_ULL(41)
#define CAP_ALL		BIT_ULL(42)
#define CAP_ALL_OF_IT	(CAP_INVVPID | CAP_SINGLE | CAP_ALL | BIT_ULL(40) | BIT_ULL(43))

/* A machine whose INVVPID can do that. */
static void start(u64 invvpid)
{
	vmx_machine_reset();
	unit_msr_set(MSR_IA32_VMX_EPT_VPID_CAP,
		     (vmx_machine_msr(MSR_IA32_VMX_EPT_VPID_CAP) & ~CAP_ALL_OF_IT) | invvpid);
	vmx_caps = (struct vmx_caps){ 0 };
	ASSERT_EQ(vmx_caps_init(), 0);
	unit_vmx_set_root(0, true);
	local_irq_disable();
}

TEST(each_has_its_own_until_there_are_none)
{
	unsigned int i;

	for (i = 0x8000; i <= 0xffff; i++)
		ASSERT_EQ(vmx_vpid_get(), i);
	EXPECT_EQ(vmx_vpid_get(), -ENOSPC);
	vmx_vpid_put(0x9000);
	EXPECT_EQ(vmx_vpid_get(), 0x9000);
	for (i = 0x8000; i <= 0xffff; i++)
		vmx_vpid_put(i);
	vmx_vpid_put(0);
	EXPECT_EQ(unit_alloc_count(), 0);
}

TEST(no_memory_for_one)
{
	EXPECT_TRUE(unit_alloc_failing(0));
	EXPECT_EQ(vmx_vpid_get(), -ENOMEM);
	while (unit_alloc_failing(1)) {
		EXPECT_EQ(vmx_vpid_get(), 0x8000);
		vmx_vpid_put(0x8000);
	}
}

TEST(who_has_none_does_not_enable_them)
{
	const u32 all = ~0U;

	EXPECT_EQ(vmx_vpid_controls(all, 0x8000), all);
	EXPECT_EQ(vmx_vpid_controls(all, 0), all & ~SECONDARY_EXEC_ENABLE_VPID);
	EXPECT_EQ(vmx_vpid_controls(0, 0x8000), 0);
}

TEST(a_flush_is_of_one_vpid)
{
	start(CAP_ALL_OF_IT);
	EXPECT_TRUE(vmx_has(XLHV_FEAT_VPID));
	unit_vmx_count[UNIT_INVVPID] = 0;
	vmx_vpid_flush(0x8123);
	EXPECT_EQ(unit_vmx_count[UNIT_INVVPID], 1);
	EXPECT_EQ(unit_vmx_flushed.extent, VMX_VPID_EXTENT_SINGLE_CONTEXT);
	EXPECT_EQ(unit_vmx_flushed.what, 0x8123);
	/* An entry with VPID 0 does it. */
	vmx_vpid_flush(0);
	EXPECT_EQ(unit_vmx_count[UNIT_INVVPID], 1);
}

TEST(or_of_all_where_the_cpu_knows_no_better)
{
	start(CAP_INVVPID | CAP_ALL);
	EXPECT_TRUE(vmx_has(XLHV_FEAT_VPID));
	unit_vmx_count[UNIT_INVVPID] = 0;
	vmx_vpid_flush(0x8123);
	EXPECT_EQ(unit_vmx_count[UNIT_INVVPID], 1);
	EXPECT_EQ(unit_vmx_flushed.extent, VMX_VPID_EXTENT_ALL_CONTEXT);
}

/* The bits stand in the upper half: those of the lower half are INVEPT's. */
TEST(without_invvpid_there_are_no_vpids)
{
	static const u64 too_little[] = {
		0, CAP_INVVPID, CAP_SINGLE | CAP_ALL, CAP_INVVPID | BIT_ULL(40),
		CAP_INVVPID | BIT_ULL(43),
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(too_little); i++) {
		unit_context("capabilities %#llx", (unsigned long long)too_little[i]);
		start(too_little[i]);
		EXPECT_FALSE(vmx_has(XLHV_FEAT_VPID));
		EXPECT_FALSE(vmx_caps.ctl[VMX_CTL_PROC2] & SECONDARY_EXEC_ENABLE_VPID);
	}
}

TEST(what_a_change_of_cr0_flushes)
{
	unsigned int bit;

	for (bit = 0; bit < 32; bit++) {
		unit_context("bit %u", bit);
		EXPECT_EQ(vmx_cr0_flushes(BIT_ULL(bit), 0), bit == 31);
		EXPECT_FALSE(vmx_cr0_flushes(BIT_ULL(bit), BIT_ULL(bit)));
	}
	EXPECT_FALSE(vmx_cr0_flushes(0x80050033, 0x8005003b));
	EXPECT_TRUE(vmx_cr0_flushes(0x80050033, 0x00050033));
}

TEST(what_a_change_of_cr4_flushes)
{
	unsigned int bit;
	bool flushes;

	for (bit = 0; bit < 32; bit++) {
		unit_context("bit %u", bit);
		/* PAE, PGE, PCIDE, SMEP */
		flushes = bit == 5 || bit == 7 || bit == 17 || bit == 20;
		EXPECT_EQ(vmx_cr4_flushes(0, BIT_ULL(bit)), flushes);
		EXPECT_EQ(vmx_cr4_flushes(~0ULL, ~BIT_ULL(bit)), flushes);
		EXPECT_FALSE(vmx_cr4_flushes(BIT_ULL(bit), BIT_ULL(bit)));
	}
}
