/* SPDX-License-Identifier: GPL-2.0-only */
/* domain_cpuid - the cpuid= key: changes to what CPUID tells a domain */
#ifndef XLCTL_DOMAIN_CPUID_H
#define XLCTL_DOMAIN_CPUID_H

#include <stddef.h>
#include <stdint.h>

#include "config/cfg.h"

#define CPUID_ANY_SUBLEAF	UINT32_MAX

enum cpuid_reg {
	CPUID_EAX,
	CPUID_EBX,
	CPUID_ECX,
	CPUID_EDX,
	CPUID_NR_REGS,
};

/**
 * struct cpuid_bits - what to do with the 32 bits of a register
 * @set: bits forced to 1
 * @clear: bits forced to 0
 * @host: bits taken from the host, as far as they can be virtualized: the default
 *
 * No bit is in two of them; bits in none are left to the default policy.
 */
struct cpuid_bits {
	uint32_t set;
	uint32_t clear;
	uint32_t host;
};

/**
 * struct cpuid_change - changes to one leaf
 * @leaf: EAX on the way in
 * @subleaf: ECX on the way in, or CPUID_ANY_SUBLEAF
 * @reg: by enum cpuid_reg
 */
struct cpuid_change {
	uint32_t leaf;
	uint32_t subleaf;
	struct cpuid_bits reg[CPUID_NR_REGS];
};

/**
 * struct cpuid_policy - all changes
 * @changes: one for each leaf that the configuration names
 * @nr: how many
 */
struct cpuid_policy {
	struct cpuid_change *changes;
	size_t nr;
};

/**
 * cpuid_policy_parse() - read a cpuid= setting, either syntax of xl.cfg(5)
 * @policy: filled in; to be freed with cpuid_policy_free() whatever came back
 * @cfg: where the setting comes from
 * @setting: the setting
 *
 * Return: 0, -EINVAL after saying why, -ENOMEM.
 */
int cpuid_policy_parse(struct cpuid_policy *policy, const struct cfg *cfg,
		       const struct cfg_setting *setting);

/**
 * cpuid_policy_free() - free the changes
 * @policy: the policy; empty afterwards
 */
void cpuid_policy_free(struct cpuid_policy *policy);

/**
 * cpuid_bits_text() - a register's changes as 32 of 0, 1, k and x
 * @bits: the changes
 * @text: receives them, most significant bit first, terminated
 */
void cpuid_bits_text(const struct cpuid_bits *bits, char text[33]);

#endif /* XLCTL_DOMAIN_CPUID_H */
