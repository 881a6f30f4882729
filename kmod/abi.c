// SPDX-License-Identifier: GPL-2.0-only
/* The ioctl ABI is a promise: sizes and offsets, asserted at build time. */
#include <linux/build_bug.h>
#include <linux/stddef.h>
#include <uapi/xlhv.h>

#define ABI_SIZE(type, size)	static_assert(sizeof(struct type) == (size))
#define ABI_OFFSET(type, field, offset)	\
	static_assert(offsetof(struct type, field) == (offset))

ABI_SIZE(xlhv_version, 128);
ABI_OFFSET(xlhv_version, release, 32);
ABI_OFFSET(xlhv_version, kernel, 64);

ABI_SIZE(xlhv_info, 288);
ABI_OFFSET(xlhv_info, policy, 4);
ABI_OFFSET(xlhv_info, provider, 8);
ABI_OFFSET(xlhv_info, max_domains, 28);
ABI_OFFSET(xlhv_info, features, 48);
ABI_OFFSET(xlhv_info, cap_msr, 56);
ABI_OFFSET(xlhv_info, ctl, 184);
ABI_OFFSET(xlhv_info, guest_pages, 208);
ABI_OFFSET(xlhv_info, reserved, 224);

ABI_SIZE(xlhv_cpu_info, 56);
ABI_OFFSET(xlhv_cpu_info, feature_control, 8);
ABI_OFFSET(xlhv_cpu_info, active_vmcs, 16);

ABI_SIZE(xlhv_selfcheck, 72);
ABI_OFFSET(xlhv_selfcheck, exit_qualification, 24);
ABI_OFFSET(xlhv_selfcheck, ticks, 32);

ABI_SIZE(xlhv_hold, 24);
ABI_OFFSET(xlhv_hold, reserved, 8);

static_assert(XLHV_VERSION == 0x8080bd00);
static_assert(XLHV_INFO == 0xc120bd01);
static_assert(XLHV_CPU_INFO == 0xc038bd02);
static_assert(XLHV_SELFCHECK == 0xc048bd03);
static_assert(XLHV_HOLD == 0xc018bd04);
