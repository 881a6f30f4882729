/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Several CPUs, of which one runs at a time: the test says which. A function call on another one
 * happens at once.
 */
#ifndef UNIT_SHIM_LINUX_SMP_H
#define UNIT_SHIM_LINUX_SMP_H

#include <linux/cpumask.h>
#include <linux/irqflags.h>
#include <linux/preempt.h>
#include <linux/string.h>
#include <linux/types.h>

#define UNIT_MAX_CPUS	8

extern unsigned int unit_cpu;			/* the CPU that runs */
extern unsigned int unit_online;		/* bit n: CPU n is online */

void unit_cpus(unsigned int count);		/* online: 0 to count - 1, running: 0 */

#define smp_processor_id()	unit_cpu
#define raw_smp_processor_id()	unit_cpu
#define get_cpu()		(preempt_disable(), unit_cpu)
#define put_cpu()		preempt_enable()

int smp_call_function_single(int cpu, void (*func)(void *data), void *data, int wait);
void on_each_cpu(void (*func)(void *data), void *data, int wait);

#endif /* UNIT_SHIM_LINUX_SMP_H */
