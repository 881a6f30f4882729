/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef XLCTL_VMXTEXT_H
#define XLCTL_VMXTEXT_H

#include <stdint.h>

/**
 * vmxtext_exit_reason - name of a basic VM-exit reason
 * @reason: exit reason; only its low 16 bits count
 *
 * Returns a constant string, NULL for a reason without a name.
 */
const char *vmxtext_exit_reason(uint32_t reason);

/**
 * vmxtext_instruction_error - meaning of a VM-instruction error number
 * @error: as in the VMCS
 *
 * Returns a constant string, NULL for a number without a meaning.
 */
const char *vmxtext_instruction_error(uint32_t error);

/**
 * vmxtext_check - meaning of the result of a self-check
 * @result: XLHV_CHECK_*
 *
 * Returns a constant string, never NULL.
 */
const char *vmxtext_check(uint32_t result);

/**
 * vmxtext_provider - name of a provider of VMX root operation
 * @provider: XLHV_PROVIDER_*
 *
 * Returns a constant string, never NULL.
 */
const char *vmxtext_provider(uint32_t provider);

/**
 * vmxtext_policy - name of a policy, as in the module parameter vmx=
 * @policy: XLHV_POLICY_*
 *
 * Returns a constant string, never NULL.
 */
const char *vmxtext_policy(uint32_t policy);

/**
 * struct vmxtext_feature - a feature of the CPU that the module would use
 * @bit: XLHV_FEAT_*
 * @name: for people and JSON
 * @flag: its word in the "vmx flags" line of /proc/cpuinfo, NULL if it has none
 * @gain: what it is good for, or what is missed without it
 */
struct vmxtext_feature {
	uint64_t bit;
	const char *name;
	const char *flag;
	const char *gain;
};

/* Ends with a NULL name. */
extern const struct vmxtext_feature vmxtext_features[];

/**
 * struct vmxtext_guard - something done, or left open, against side channels
 * @bit: XLHV_MITIGATION_*
 * @name: for people and JSON
 * @open: nothing is done: what it means
 */
struct vmxtext_guard {
	uint64_t bit;
	const char *name;
	const char *open;
};

/* Ends with a NULL name. */
extern const struct vmxtext_guard vmxtext_guards[];

/* Without these no domain runs. */
#define VMXTEXT_REQUIRED	(XLHV_FEAT_EPT | XLHV_FEAT_UNRESTRICTED_GUEST)

/* Names of struct xlhv_info.cap_msr, by index. */
extern const char *const vmxtext_cap_msr[];

#endif /* XLCTL_VMXTEXT_H */
