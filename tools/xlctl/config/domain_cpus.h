/* SPDX-License-Identifier: GPL-2.0-only */
/* domain_cpus - the cpus= key: host CPUs for vCPUs */
#ifndef XLCTL_DOMAIN_CPUS_H
#define XLCTL_DOMAIN_CPUS_H

#include "config/cfg.h"
#include "config/domain_config.h"

/**
 * domain_affinity_parse() - read a cpus= setting
 * @affinity: filled in; to be freed with domain_affinity_free() whatever came back
 * @cfg: where the setting comes from
 * @setting: the setting: one CPU list for all vCPUs, or a list of them
 * @max_vcpus: vCPUs of the domain
 *
 * CPUs and nodes are those of this host, see sysfs_set_root().
 *
 * Return: 0, -EINVAL after saying why, -ENOMEM.
 */
int domain_affinity_parse(struct domain_affinity *affinity, const struct cfg *cfg,
			  const struct cfg_setting *setting, unsigned int max_vcpus);

/**
 * domain_cpu_list_parse() - read one CPU list: "0-3,^2", "all,^node:1", ...
 * @set: filled in; to be freed with sysfs_set_free(); empty on error
 * @text: the list
 * @why: receives what is wrong with it, terminated
 * @size: bytes of @why
 *
 * Return: 0, -EINVAL with @why filled in, -ENOMEM.
 */
int domain_cpu_list_parse(struct sysfs_set *set, const char *text, char *why, size_t size);

/**
 * domain_affinity_free() - free the CPU sets
 * @affinity: what to free; empty afterwards
 */
void domain_affinity_free(struct domain_affinity *affinity);

#endif /* XLCTL_DOMAIN_CPUS_H */
