/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UNIT_SHIM_LINUX_CPUMASK_H
#define UNIT_SHIM_LINUX_CPUMASK_H

#include <linux/bitops.h>

extern unsigned int unit_online;

#define nr_cpu_ids		8u
#define cpu_possible(cpu)	((cpu) < nr_cpu_ids)
#define cpu_online(cpu)		((unit_online >> (cpu)) & 1)
#define num_online_cpus()	((unsigned int)__builtin_popcount(unit_online))
#define for_each_possible_cpu(cpu)	for ((cpu) = 0; (cpu) < nr_cpu_ids; (cpu)++)
#define for_each_online_cpu(cpu)	for_each_possible_cpu(cpu) if (cpu_online(cpu))

#endif /* UNIT_SHIM_LINUX_CPUMASK_H */
