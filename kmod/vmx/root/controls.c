// SPDX-License-Identifier: GPL-2.0-only
/*
 * How a VMX control word is chosen from a capability MSR.  Owns nothing, takes
 * no lock, trusts the MSR as read.
 */
#include "controls.h"

/**
 * vmx_ctl_compute() - choose a control word
 * @cap: the capability MSR: low half = bits that have to be 1, high half = bits
 *	 that may be 1
 * @rule: what we ask
 *
 * Bits that the rule does not name take the value from the low half of @cap:
 * for a control unknown to us that is the one documented to be without effect.
 *
 * Context: any.
 * Return: the word, and what stood in its way.  Source: Intel SDM vol. 3,
 * "VMX Capability Reporting Facility", "VM-Execution Controls".
 */
struct vmx_ctl_result vmx_ctl_compute(u64 cap, const struct vmx_ctl_rule *rule)
{
	u32 required = (u32)cap;
	u32 allowed = (u32)(cap >> 32);
	struct vmx_ctl_result result = {
		.missing = rule->must_one & ~allowed,
		.stuck = rule->must_zero & required,
	};

	result.value = required;
	result.value |= (rule->must_one | rule->want_one) & allowed;
	result.value &= ~((rule->must_zero | rule->want_zero) & ~required);
	return result;
}

/**
 * vmx_ctl_allowed() - would a CPU take this control word?
 * @cap: capability MSR of that CPU
 * @value: the word, possibly chosen on another CPU
 *
 * Context: any.
 * Return: true if every bit has a value that the CPU allows.
 */
bool vmx_ctl_allowed(u64 cap, u32 value)
{
	u32 required = (u32)cap;
	u32 allowed = (u32)(cap >> 32);

	return !(required & ~value) && !(value & ~allowed);
}
