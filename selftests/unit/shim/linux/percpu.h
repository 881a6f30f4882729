/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Per-CPU variables: each CPU has its copy of a section of the program. The first CPU has the
 * section itself.
 */
#ifndef UNIT_SHIM_LINUX_PERCPU_H
#define UNIT_SHIM_LINUX_PERCPU_H

#include <linux/compiler.h>
#include <linux/smp.h>
#include <linux/types.h>

void *unit_percpu(const volatile void *ptr, unsigned int cpu);

#define DECLARE_PER_CPU(type, name)	extern type name
#define DEFINE_PER_CPU(type, name)	type name __attribute__((section("percpu_data")))

#define per_cpu_ptr(ptr, cpu)	((__typeof__(ptr))unit_percpu(ptr, cpu))
#define per_cpu(var, cpu)	(*per_cpu_ptr(&(var), cpu))
#define this_cpu_ptr(ptr)	per_cpu_ptr(ptr, smp_processor_id())
#define raw_cpu_ptr(ptr)	this_cpu_ptr(ptr)
#define get_cpu_ptr(ptr)	(preempt_disable(), this_cpu_ptr(ptr))
#define put_cpu_ptr(ptr)	((void)(ptr), preempt_enable())

#define this_cpu_read(var)		(*this_cpu_ptr(&(var)))
#define this_cpu_write(var, value)	(*this_cpu_ptr(&(var)) = (value))
#define this_cpu_add(var, value)	(*this_cpu_ptr(&(var)) += (value))
#define this_cpu_inc(var)		this_cpu_add(var, 1)
#define this_cpu_dec(var)		this_cpu_add(var, -1)
#define raw_cpu_read			this_cpu_read
#define raw_cpu_write			this_cpu_write
#define __this_cpu_read			this_cpu_read
#define __this_cpu_write		this_cpu_write

#endif /* UNIT_SHIM_LINUX_PERCPU_H */
