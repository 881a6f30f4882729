// SPDX-License-Identifier: GPL-2.0-only
/*
 * The rule for VMX control words against a model that goes bit by bit: any capability word, any
 * rule, also ones no CPU and no code of ours has. The input is the capability word and the rule.
 */
#include <linux/types.h>

#include <stdlib.h>
#include <string.h>

#include "vmx/root/controls.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct vmx_ctl_rule rule;
	struct vmx_ctl_result r;
	unsigned int bit;
	u64 cap;

	if (size != sizeof(cap) + sizeof(rule))
		return -1;
	memcpy(&cap, data, sizeof(cap));
	memcpy(&rule, data + sizeof(cap), sizeof(rule));
	/* The four sets of a rule are disjoint, and what a CPU requires it allows. */
	rule.want_one &= ~rule.must_one;
	rule.must_zero &= ~(rule.must_one | rule.want_one);
	rule.want_zero &= ~(rule.must_one | rule.want_one | rule.must_zero);
	cap |= cap << 32;

	r = vmx_ctl_compute(cap, &rule);
	for (bit = 0; bit < 32; bit++) {
		const bool required = cap >> bit & 1;
		const bool allowed = cap >> (32 + bit) & 1;
		const bool set = (rule.must_one | rule.want_one) >> bit & 1;
		const bool value = required || (set && allowed);

		if ((r.value >> bit & 1) != value)
			abort();
		if ((r.missing >> bit & 1) != ((rule.must_one >> bit & 1) && !allowed))
			abort();
		if ((r.stuck >> bit & 1) != ((rule.must_zero >> bit & 1) && required))
			abort();
	}
	if (!vmx_ctl_allowed(cap, r.value))
		abort();
	return 0;
}
