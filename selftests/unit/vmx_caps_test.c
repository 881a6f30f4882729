// SPDX-License-Identifier: GPL-2.0-only
/*
 * VMX capabilities on a CPU that lacks one thing at a time: what is required is refused by name,
 * what is optional is done without, and another CPU has to have what the first one has.
 */
#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/module.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <asm/processor.h>

#include <stdlib.h>

#include "unit.h"
#include "vmx_machine.h"
#include "vmx/root/internal.h"

static const u32 true_msr[VMX_NR_CTLS] = {
	[VMX_CTL_PIN] = MSR_IA32_VMX_TRUE_PINBASED_CTLS,
	[VMX_CTL_PROC] = MSR_IA32_VMX_TRUE_PROCBASED_CTLS,
	[VMX_CTL_PROC2] = MSR_IA32_VMX_PROCBASED_CTLS2,
	[VMX_CTL_EXIT] = MSR_IA32_VMX_TRUE_EXIT_CTLS,
	[VMX_CTL_ENTRY] = MSR_IA32_VMX_TRUE_ENTRY_CTLS,
};

/* As when the module is loaded for the first time. */
static int init(void)
{
	memset(&vmx_caps, 0, sizeof(vmx_caps));
	unit_log_clear();
	return vmx_caps_init();
}

static unsigned int log_lines(void)
{
	const char *at = unit_log();
	unsigned int lines = 0;

	for (; *at; at++)
		lines += *at == '\n';
	return lines;
}

#define EXPECT_LOG(text)							\
	do {									\
		if (!strstr(unit_log(), text))					\
			FAIL("the log has no \"%s\": %s", text, unit_log());	\
		EXPECT_EQ(log_lines(), 1);					\
	} while (0)

TEST(a_good_cpu_is_taken_without_a_word)
{
	unsigned int ctl;

	vmx_machine_reset();
	ASSERT_EQ(init(), 0);
	EXPECT_STREQ(unit_log(), "");
	EXPECT_EQ(vmx_caps.revision, 0x1234);
	EXPECT_EQ(vmx_caps.maxphyaddr, 39);
	EXPECT_EQ(vmx_caps.preemption_timer_rate, 7);
	for (ctl = 0; ctl < VMX_NR_CTLS; ctl++) {
		unit_context("control word %u", ctl);
		EXPECT_TRUE(vmx_ctl_allowed(vmx_machine_msr(true_msr[ctl]), vmx_caps.ctl[ctl]));
		EXPECT_EQ(vmx_caps_ctl_msr(ctl), vmx_machine_msr(true_msr[ctl]));
	}
	EXPECT_TRUE(vmx_has(XLHV_FEAT_EPT));
	EXPECT_TRUE(vmx_has(XLHV_FEAT_UNRESTRICTED_GUEST));
	EXPECT_TRUE(vmx_has(XLHV_FEAT_POSTED_INTERRUPTS));
	EXPECT_TRUE(vmx_has(XLHV_FEAT_PML));
	EXPECT_FALSE(vmx_caps.ctl[VMX_CTL_PROC] & CPU_BASED_CR8_LOAD_EXITING);
}

TEST(no_vmx_in_cpuid)
{
	vmx_machine_reset();
	unit_cpuid_1_ecx = 0;
	EXPECT_EQ(init(), -ENODEV);
	EXPECT_LOG("this CPU has no VMX");
}

TEST(not_a_vendor_with_vtx)
{
	vmx_machine_reset();
	boot_cpu_data.x86_vendor = X86_VENDOR_AMD;
	strscpy(boot_cpu_data.x86_vendor_id, "AuthenticAMD", sizeof(boot_cpu_data.x86_vendor_id));
	EXPECT_EQ(init(), -ENODEV);
	EXPECT_LOG("AuthenticAMD");
}

TEST(feature_control)
{
	static const struct {
		u64 value;
		int err;
	} row[] = {
		{ 0, 0 },
		{ FEAT_CTL_VMX_ENABLED_OUTSIDE_SMX, 0 },
		{ FEAT_CTL_LOCKED | FEAT_CTL_VMX_ENABLED_OUTSIDE_SMX, 0 },
		{ FEAT_CTL_LOCKED, -EOPNOTSUPP },
		{ FEAT_CTL_LOCKED | FEAT_CTL_VMX_ENABLED_INSIDE_SMX, -EOPNOTSUPP },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		unit_context("IA32_FEATURE_CONTROL %#llx", (unsigned long long)row[i].value);
		vmx_machine_reset();
		unit_msr_set(MSR_IA32_FEAT_CTL, row[i].value);
		EXPECT_EQ(init(), row[i].err);
		if (row[i].err)
			EXPECT_LOG("BIOS");
	}
}

TEST(an_msr_that_is_not_there)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(vmx_machine); i++) {
		const u32 msr = vmx_machine[i].msr;
		/* Read only where another one says that it is there. */
		const bool old = msr >= MSR_IA32_VMX_PINBASED_CTLS &&
				 msr <= MSR_IA32_VMX_ENTRY_CTLS;
		const bool optional = msr == MSR_IA32_VMX_PROCBASED_CTLS3;

		unit_context("MSR %#x", msr);
		vmx_machine_reset();
		unit_msr_remove(msr);
		if (old)
			EXPECT_EQ(init(), 0);
		else if (!optional)
			EXPECT_EQ(init(), -EIO);
	}
}

/* The bits without which we cannot work, as they are documented. */
static const struct {
	enum vmx_ctl ctl;
	unsigned int bit;
	const char *name;
} required[] = {
	{ VMX_CTL_PIN, 0, "external-interrupt exiting" },
	{ VMX_CTL_PIN, 3, "NMI exiting" },
	{ VMX_CTL_PIN, 5, "virtual NMIs" },
	{ VMX_CTL_PROC, 3, "use TSC offsetting" },
	{ VMX_CTL_PROC, 7, "HLT exiting" },
	{ VMX_CTL_PROC, 10, "MWAIT exiting" },
	{ VMX_CTL_PROC, 11, "RDPMC exiting" },
	{ VMX_CTL_PROC, 23, "MOV-DR exiting" },
	{ VMX_CTL_PROC, 24, "unconditional I/O exiting" },
	{ VMX_CTL_PROC, 28, "use MSR bitmaps" },
	{ VMX_CTL_PROC, 29, "MONITOR exiting" },
	{ VMX_CTL_PROC, 31, "activate secondary controls" },
	{ VMX_CTL_PROC2, 1, "EPT" },
	{ VMX_CTL_PROC2, 7, "unrestricted guest" },
	{ VMX_CTL_EXIT, 2, "save debug controls" },
	{ VMX_CTL_EXIT, 9, "host address-space size" },
	{ VMX_CTL_EXIT, 18, "save IA32_PAT" },
	{ VMX_CTL_EXIT, 19, "load IA32_PAT" },
	{ VMX_CTL_EXIT, 20, "save IA32_EFER" },
	{ VMX_CTL_EXIT, 21, "load IA32_EFER" },
	{ VMX_CTL_ENTRY, 2, "load debug controls" },
	{ VMX_CTL_ENTRY, 14, "load IA32_PAT" },
	{ VMX_CTL_ENTRY, 15, "load IA32_EFER" },
};

static const char *required_name(enum vmx_ctl ctl, unsigned int bit)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(required); i++)
		if (required[i].ctl == ctl && required[i].bit == bit)
			return required[i].name;
	return NULL;
}

/* A CPU for each control that it does not have. */
TEST(each_control_missing)
{
	unsigned int ctl, bit;

	for (ctl = 0; ctl < VMX_NR_CTLS; ctl++) {
		for (bit = 0; bit < 32; bit++) {
			const char *name = required_name(ctl, bit);
			u64 cap;

			unit_context("control word %u without bit %u", ctl, bit);
			vmx_machine_reset();
			cap = vmx_machine_msr(true_msr[ctl]);
			cap &= ~(BIT_ULL(bit) | BIT_ULL(bit) << 32);
			unit_msr_set(true_msr[ctl], cap);
			if (name) {
				EXPECT_EQ(init(), -EOPNOTSUPP);
				EXPECT_LOG(name);
				EXPECT_LOG("the CPU lacks");
			} else {
				EXPECT_EQ(init(), 0);
				EXPECT_STREQ(unit_log(), "");
				EXPECT_FALSE(vmx_caps.ctl[ctl] & BIT(bit));
				EXPECT_TRUE(vmx_ctl_allowed(cap, vmx_caps.ctl[ctl]));
			}
		}
	}
}

/* A CPU for each control that it insists on. */
TEST(each_control_stuck)
{
	static const u32 must_be_zero[VMX_NR_CTLS] = {
		[VMX_CTL_PROC] = BIT(9) | BIT(12) | BIT(15) | BIT(16),
		[VMX_CTL_ENTRY] = BIT(10) | BIT(11),
	};
	unsigned int ctl, bit;

	for (ctl = 0; ctl < VMX_NR_CTLS; ctl++) {
		for (bit = 0; bit < 32; bit++) {
			u64 cap;

			unit_context("control word %u with bit %u", ctl, bit);
			vmx_machine_reset();
			cap = vmx_machine_msr(true_msr[ctl]) | BIT_ULL(bit) | BIT_ULL(bit) << 32;
			unit_msr_set(true_msr[ctl], cap);
			if (must_be_zero[ctl] & BIT(bit)) {
				EXPECT_EQ(init(), -EOPNOTSUPP);
				EXPECT_LOG("the CPU insists on");
			} else {
				EXPECT_EQ(init(), 0);
				EXPECT_TRUE(vmx_caps.ctl[ctl] & BIT(bit));
			}
		}
	}
}

TEST(without_the_true_msrs_the_old_ones_count)
{
	vmx_machine_reset();
	unit_msr_set(MSR_IA32_VMX_BASIC, 0x005a040000001234);
	EXPECT_EQ(init(), -EOPNOTSUPP);
	/* Those CPUs insist on what they could not switch off then. */
	EXPECT_LOG("insists on");
	EXPECT_LOG("\"CR3-load exiting\"");
	EXPECT_LOG("\"CR3-store exiting\"");
}

TEST(vmcs_memory)
{
	vmx_machine_reset();
	unit_msr_set(MSR_IA32_VMX_BASIC, 0x00c2040000001234);
	EXPECT_EQ(init(), -EOPNOTSUPP);
	EXPECT_LOG("write-back");
	vmx_machine_reset();
	unit_msr_set(MSR_IA32_VMX_BASIC, 0x00da100100001234);
	EXPECT_EQ(init(), -EOPNOTSUPP);
	EXPECT_LOG("exceed a page");
}

TEST(ept_of_less_than_we_need)
{
	static const struct {
		u64 without;
		const char *text;
	} row[] = {
		{ VMX_EPT_PAGE_WALK_4_BIT, "4-level walk" },
		{ VMX_EPTP_WB_BIT, "write-back memory type" },
		{ VMX_EPT_INVEPT_BIT, "INVEPT" },
		{ VMX_EPT_EXTENT_CONTEXT_BIT | VMX_EPT_EXTENT_GLOBAL_BIT, "INVEPT" },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		unit_context("without %#llx", (unsigned long long)row[i].without);
		vmx_machine_reset();
		unit_msr_set(MSR_IA32_VMX_EPT_VPID_CAP,
			     vmx_machine_msr(MSR_IA32_VMX_EPT_VPID_CAP) & ~row[i].without);
		EXPECT_EQ(init(), -EOPNOTSUPP);
		EXPECT_LOG(row[i].text);
	}
}

TEST(what_hangs_on_the_tpr_shadow_goes_with_it)
{
	const u64 gone = XLHV_FEAT_TPR_SHADOW | XLHV_FEAT_APIC_REGISTER_VIRT |
			 XLHV_FEAT_VIRT_INTR_DELIVERY | XLHV_FEAT_X2APIC_VIRT |
			 XLHV_FEAT_POSTED_INTERRUPTS;
	u64 cap;

	vmx_machine_reset();
	cap = vmx_machine_msr(MSR_IA32_VMX_TRUE_PROCBASED_CTLS);
	unit_msr_set(MSR_IA32_VMX_TRUE_PROCBASED_CTLS,
		     cap & ~((u64)CPU_BASED_TPR_SHADOW << 32));
	ASSERT_EQ(init(), 0);
	EXPECT_EQ(vmx_caps.features & gone, 0);
	EXPECT_EQ(vmx_caps.ctl[VMX_CTL_PROC2] &
		  (SECONDARY_EXEC_APIC_REGISTER_VIRT | SECONDARY_EXEC_VIRTUAL_INTR_DELIVERY |
		   SECONDARY_EXEC_VIRTUALIZE_X2APIC_MODE), 0);
	EXPECT_EQ(vmx_caps.ctl[VMX_CTL_PIN] & PIN_BASED_POSTED_INTR, 0);
	EXPECT_TRUE(vmx_caps.ctl[VMX_CTL_PROC] & CPU_BASED_CR8_LOAD_EXITING);
	EXPECT_TRUE(vmx_caps.ctl[VMX_CTL_PROC] & CPU_BASED_CR8_STORE_EXITING);
}

TEST(features_are_switched_off_by_name)
{
	static const struct {
		const char *name;
		u64 off;
	} row[] = {
		{ "vpid", XLHV_FEAT_VPID },
		{ "ept_2m", XLHV_FEAT_EPT_2M | XLHV_FEAT_EPT_1G },
		{ "ept_1g", XLHV_FEAT_EPT_1G },
		{ "ept_ad", XLHV_FEAT_EPT_AD | XLHV_FEAT_PML },
		{ "posted_interrupts", XLHV_FEAT_POSTED_INTERRUPTS },
		{ "preemption_timer", XLHV_FEAT_PREEMPTION_TIMER },
		{ "pml", XLHV_FEAT_PML },
		{ "tsc_scaling", XLHV_FEAT_TSC_SCALING },
		{ "xsaves", XLHV_FEAT_XSAVES },
		{ "invpcid", XLHV_FEAT_INVPCID },
		{ "rdtscp", XLHV_FEAT_RDTSCP },
		{ "pause_loop", XLHV_FEAT_PAUSE_LOOP },
		{ ",,vpid,,pml,", XLHV_FEAT_VPID | XLHV_FEAT_PML },
	};
	char text[64];
	unsigned int i;
	u64 all;

	vmx_machine_reset();
	ASSERT_EQ(init(), 0);
	all = vmx_caps.features;
	for (i = 0; i < ARRAY_SIZE(row); i++) {
		unit_context("disable=%s", row[i].name);
		strscpy(text, row[i].name, sizeof(text));
		unit_param("disable", text);
		EXPECT_EQ(init(), 0);
		EXPECT_EQ(vmx_caps.features, all & ~row[i].off);
	}
}

TEST(an_unknown_feature_is_refused_by_name)
{
	vmx_machine_reset();
	unit_param("disable", (char *)"vpid,epd_1g");
	EXPECT_EQ(init(), -EINVAL);
	EXPECT_LOG("\"epd_1g\"");
	/* What cannot be done without is not optional. */
	unit_param("disable", (char *)"ept");
	EXPECT_EQ(init(), -EINVAL);
}

/* Whatever a CPU has and whatever is switched off, the words are ones that it takes. */
TEST(any_mix_of_features_gives_legal_words)
{
	/* Every CPU has these two: they are what there was before the TPR shadow. */
	const u32 cr8_exiting = CPU_BASED_CR8_LOAD_EXITING | CPU_BASED_CR8_STORE_EXITING;
	unsigned int round, ctl, bit;

	srand48(1);
	for (round = 0; round < 5000; round++) {
		vmx_machine_reset();
		for (ctl = 0; ctl < VMX_NR_CTLS; ctl++) {
			u64 cap = vmx_machine_msr(true_msr[ctl]);

			for (bit = 0; bit < 32; bit++)
				if (!required_name(ctl, bit) && !(cap & BIT_ULL(bit)) &&
				    !(ctl == VMX_CTL_PROC && (cr8_exiting & BIT(bit))) &&
				    drand48() < 0.4)
					cap &= ~(BIT_ULL(bit) << 32);
			unit_msr_set(true_msr[ctl], cap);
		}
		unit_context("round %u", round);
		ASSERT_EQ(init(), 0);
		for (ctl = 0; ctl < VMX_NR_CTLS; ctl++)
			ASSERT_TRUE(vmx_ctl_allowed(vmx_machine_msr(true_msr[ctl]),
						    vmx_caps.ctl[ctl]));
		if (!vmx_has(XLHV_FEAT_TPR_SHADOW)) {
			ASSERT_FALSE(vmx_has(XLHV_FEAT_APIC_REGISTER_VIRT));
			ASSERT_FALSE(vmx_has(XLHV_FEAT_X2APIC_VIRT));
		}
		if (!vmx_has(XLHV_FEAT_VIRT_INTR_DELIVERY))
			ASSERT_FALSE(vmx_has(XLHV_FEAT_POSTED_INTERRUPTS));
	}
}

TEST(another_cpu_like_the_first)
{
	vmx_machine_reset();
	unit_cpus(2);
	ASSERT_EQ(init(), 0);
	unit_cpu = 1;
	EXPECT_EQ(vmx_caps_check_cpu(), 0);
	EXPECT_STREQ(unit_log(), "");
}

TEST(another_cpu_may_have_more)
{
	vmx_machine_reset();
	unit_cpus(2);
	ASSERT_EQ(init(), 0);
	unit_msr_set_on(1, MSR_IA32_VMX_PROCBASED_CTLS2, 0xffffffff00000000);
	unit_msr_set_on(1, MSR_IA32_VMX_EPT_VPID_CAP, ~0ULL);
	unit_cpu = 1;
	EXPECT_EQ(vmx_caps_check_cpu(), 0);
}

TEST(another_cpu_that_is_less_is_refused)
{
	static const struct {
		u32 msr;
		u64 clear, set;
		const char *text;
	} row[] = {
		{ MSR_IA32_FEAT_CTL, FEAT_CTL_VMX_ENABLED_OUTSIDE_SMX, 0, "locked off" },
		{ MSR_IA32_VMX_BASIC, 4, 0, "VMCS revision 0x1230" },
		{ MSR_IA32_VMX_TRUE_PINBASED_CTLS, BIT_ULL(32 + 6), 0, "preemption timer" },
		{ MSR_IA32_VMX_TRUE_PROCBASED_CTLS, 0, BIT_ULL(12), "RDTSC exiting" },
		{ MSR_IA32_VMX_PROCBASED_CTLS2, BIT_ULL(32 + 5), 0, "VPID" },
		{ MSR_IA32_VMX_EPT_VPID_CAP, VMX_EPT_1GB_PAGE_BIT, 0, "EPT or VPID" },
	};
	unsigned int i;

	unit_cpus(2);
	for (i = 0; i < ARRAY_SIZE(row); i++) {
		unit_context("MSR %#x", row[i].msr);
		vmx_machine_reset();
		unit_cpu = 0;
		ASSERT_EQ(init(), 0);
		unit_cpu = 1;
		unit_msr_set_on(1, row[i].msr,
				(vmx_machine_msr(row[i].msr) & ~row[i].clear) | row[i].set);
		EXPECT_EQ(vmx_caps_check_cpu(), -EOPNOTSUPP);
		EXPECT_LOG("CPU 1");
		EXPECT_LOG(row[i].text);
	}
}

TEST(another_cpu_without_vmx)
{
	vmx_machine_reset();
	ASSERT_EQ(init(), 0);
	unit_cpuid_1_ecx = 0;
	EXPECT_EQ(vmx_caps_check_cpu(), -EOPNOTSUPP);
	EXPECT_LOG("has no VMX");
}
