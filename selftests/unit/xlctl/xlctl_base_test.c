// SPDX-License-Identifier: GPL-2.0-only
/*
 * The small parts of xlctl: guesses at words, lists of CPUs, features out of
 * capability registers, the agreement on the ABI, names of numbers.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "module/device.h"
#include "host/hostcpu.h"
#include "common/msg.h"
#include "common/sysfs.h"
#include "unit.h"
#include "host/vmxtext.h"

static const char *const words[] = { "create", "console", "list", "vcpu-list", "vcpu-pin", "on" };

static const char *nearest(const char *word)
{
	return msg_nearest(word, words, sizeof(words) / sizeof(words[0]), sizeof(words[0]));
}

TEST(nearest_word)
{
	EXPECT_STREQ(nearest("create"), "create");
	EXPECT_STREQ(nearest("craete"), "create");
	EXPECT_STREQ(nearest("creat"), "create");
	EXPECT_STREQ(nearest("VCPU_LIST"), "vcpu-list");
	EXPECT_STREQ(nearest("conosle"), "console");
	EXPECT_STREQ(nearest("lst"), "list");
	EXPECT_STREQ(nearest("no"), "on");
	EXPECT_NULL(nearest("xyzzy"));
	EXPECT_NULL(nearest(""));
	EXPECT_NULL(nearest("xx"));
	EXPECT_NULL(nearest("a word that is a good deal longer than any command or key can be"));
}

TEST(sets)
{
	struct sysfs_set set;

	ASSERT_EQ(sysfs_set_parse(&set, "0-3,8"), 0);
	EXPECT_EQ(sysfs_set_count(&set), 5);
	EXPECT_TRUE(sysfs_set_has(&set, 3));
	EXPECT_FALSE(sysfs_set_has(&set, 4));
	EXPECT_FALSE(sysfs_set_has(&set, 1U << 31));
	EXPECT_EQ(sysfs_set_next(&set, 4), 8);
	EXPECT_EQ(sysfs_set_next(&set, 9), -1);
	EXPECT_EQ(sysfs_set_next(&set, -5), 0);
	EXPECT_EQ(sysfs_set_last(&set), 8);
	sysfs_set_free(&set);
	ASSERT_EQ(sysfs_set_parse(&set, "0-7,^3,^5-6"), 0);
	EXPECT_EQ(sysfs_set_count(&set), 5);
	sysfs_set_free(&set);
	ASSERT_EQ(sysfs_set_parse(&set, "65535"), 0);
	EXPECT_EQ(sysfs_set_last(&set), 65535);
	sysfs_set_free(&set);
	EXPECT_EQ(sysfs_set_last(&set), -1);
}

TEST(bad_sets)
{
	static const struct {
		const char *text;
		int error;
	} bad[] = {
		{ "", -EINVAL }, { ",", -EINVAL }, { "1,", -EINVAL }, { "-1", -EINVAL },
		{ "1-", -EINVAL }, { "1--2", -EINVAL }, { "a", -EINVAL }, { "1 2", -EINVAL },
		{ " 1", -EINVAL }, { "^", -EINVAL }, { "3-1", -ERANGE }, { "65536", -ERANGE },
		{ "0-99999999999999999999", -ERANGE }, { "0x10", -EINVAL }, { "+1", -EINVAL },
	};
	struct sysfs_set set;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		unit_context("'%s'", bad[i].text);
		EXPECT_EQ(sysfs_set_parse(&set, bad[i].text), bad[i].error);
		EXPECT_NULL(set.bits);
	}
}

TEST(features_of_capability_registers)
{
	/* Secondary controls of a Skylake server as the emulator has it. */
	uint64_t msr[XLHV_NR_CAPS] = {
		[XLHV_CAP_PINBASED] = 0x7full << 32,
		[XLHV_CAP_PROCBASED] = 0xf7f9fffeull << 32,
		[XLHV_CAP_PROCBASED2] = 0x02177fffull << 32,
		[XLHV_CAP_EPT_VPID] = 0xf0106334141ull,
	};
	uint64_t all = (1ULL << 21) - 1;

	/* No posted interrupts there: bit 7 of the pin-based controls. */
	EXPECT_EQ(hostcpu_decode_features(msr), all & ~XLHV_FEAT_POSTED_INTERRUPTS);
	msr[XLHV_CAP_PINBASED] = 0xffull << 32;
	EXPECT_EQ(hostcpu_decode_features(msr), all);
	/* Without EPT its register means nothing. */
	msr[XLHV_CAP_PROCBASED2] = 0;
	EXPECT_EQ(hostcpu_decode_features(msr),
		  XLHV_FEAT_POSTED_INTERRUPTS | XLHV_FEAT_PREEMPTION_TIMER |
		  XLHV_FEAT_TPR_SHADOW | XLHV_FEAT_MSR_BITMAP);
	memset(msr, 0, sizeof(msr));
	EXPECT_EQ(hostcpu_decode_features(msr), 0);
}

TEST(every_feature_has_a_name)
{
	uint64_t named = 0;

	for (const struct vmxtext_feature *f = vmxtext_features; f->name; f++) {
		EXPECT_EQ(named & f->bit, 0);
		EXPECT_NOT_NULL(f->gain);
		named |= f->bit;
	}
	EXPECT_EQ(named, (1ULL << 21) - 1);
	for (int i = 0; i < XLHV_NR_CAPS; i++)
		EXPECT_NOT_NULL(vmxtext_cap_msr[i]);
}

TEST(abi_versions)
{
	struct xlhv_version version = { .abi_major = XLHV_ABI_MAJOR, .release = "9.9" };
	char *why;

	EXPECT_TRUE(device_judge_version(&version, &why));
	EXPECT_NULL(why);
	version.abi_minor = XLHV_ABI_MINOR + 5;
	EXPECT_TRUE(device_judge_version(&version, &why));
	version.abi_major++;
	version.abi_minor = 3;
	EXPECT_FALSE(device_judge_version(&version, &why));
	ASSERT_NOT_NULL(why);
	EXPECT_STREQ(why, "the loaded module (9.9) speaks ABI 2.3, this xlctl (0.0) ABI 1.2");
	free(why);
	/* A release that does not end is not read beyond its end. */
	memset(version.release, 'x', sizeof(version.release));
	EXPECT_FALSE(device_judge_version(&version, &why));
	free(why);
}

TEST(devices_that_are_not_ours)
{
	static const struct {
		const char *path;
		bool loaded;
		enum device_state state;
		const char *why;
	} devices[] = {
		{ "/nowhere/xlhv", false, DEVICE_NOT_LOADED, "the xlhv module is not loaded" },
		{ "/nowhere/xlhv", true, DEVICE_NO_NODE,
		  "the module is loaded, but /nowhere/xlhv: No such file or directory" },
		{ "/dev/null", true, DEVICE_BROKEN,
		  "/dev/null is not the device of the xlhv module" },
		{ "/", true, DEVICE_BROKEN, "/: Is a directory" },
	};

	for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++) {
		struct xlhv_version version;
		const char *advice;
		char *why;
		int fd;

		unit_context("%s", devices[i].path);
		EXPECT_EQ(device_probe_at(devices[i].path, devices[i].loaded, &fd, &version,
					  &why, &advice), devices[i].state);
		EXPECT_EQ(fd, -1);
		EXPECT_STREQ(why, devices[i].why);
		EXPECT_NOT_NULL(advice);
		free(why);
	}
}

TEST(words_for_numbers)
{
	EXPECT_STREQ(vmxtext_exit_reason(10), "CPUID");
	EXPECT_STREQ(vmxtext_exit_reason(0x80000021), "invalid guest state");
	EXPECT_NULL(vmxtext_exit_reason(35));
	EXPECT_NULL(vmxtext_exit_reason(0xffff));
	EXPECT_STREQ(vmxtext_instruction_error(7), "VM entry with invalid control fields");
	EXPECT_NULL(vmxtext_instruction_error(0));
	EXPECT_NULL(vmxtext_instruction_error(4000000000U));
	EXPECT_STREQ(vmxtext_check(XLHV_CHECK_ENTRY), "VM entry failed");
	EXPECT_STREQ(vmxtext_check(77), "a result this xlctl does not know");
	EXPECT_STREQ(vmxtext_provider(XLHV_PROVIDER_KVM), "kvm");
	EXPECT_STREQ(vmxtext_provider(9), "unknown");
	EXPECT_STREQ(vmxtext_policy(XLHV_POLICY_AUTO), "auto");
	EXPECT_STREQ(vmxtext_policy(9), "unknown");
}
