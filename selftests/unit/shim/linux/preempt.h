/* SPDX-License-Identifier: GPL-2.0-only */
/* A test that ends with preemption or interrupts off has failed: unit_context_check(). */
#ifndef UNIT_SHIM_LINUX_PREEMPT_H
#define UNIT_SHIM_LINUX_PREEMPT_H

#include <linux/compiler.h>
#include <linux/types.h>

void preempt_disable(void);
void preempt_enable(void);
bool preemptible(void);
void unit_context_check(void);

#define preempt_disable_notrace	preempt_disable
#define preempt_enable_notrace	preempt_enable

#endif /* UNIT_SHIM_LINUX_PREEMPT_H */
