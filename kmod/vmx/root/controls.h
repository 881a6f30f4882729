/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How a VMX control word is chosen.  Pure: also compiled for user space by the
 * unit tests.
 */
#ifndef XLHV_VMX_CONTROLS_H
#define XLHV_VMX_CONTROLS_H

#include <linux/types.h>

/**
 * struct vmx_ctl_rule - what we ask of one control word
 * @must_one: bits without which we cannot work
 * @want_one: bits we set where the CPU allows it
 * @must_zero: bits that have to be clear
 * @want_zero: bits we clear where the CPU allows it
 *
 * The four sets are disjoint.  A bit in none of them keeps the value that the
 * CPU requires of software that does not know it.
 */
struct vmx_ctl_rule {
	u32 must_one;
	u32 want_one;
	u32 must_zero;
	u32 want_zero;
};

/**
 * struct vmx_ctl_result - a computed control word
 * @value: the word; valid only if @missing and @stuck are zero
 * @missing: bits of must_one that the CPU does not allow to be 1
 * @stuck: bits of must_zero that the CPU does not allow to be 0
 */
struct vmx_ctl_result {
	u32 value;
	u32 missing;
	u32 stuck;
};

struct vmx_ctl_result vmx_ctl_compute(u64 cap, const struct vmx_ctl_rule *rule);
bool vmx_ctl_allowed(u64 cap, u32 value);

#endif /* XLHV_VMX_CONTROLS_H */
