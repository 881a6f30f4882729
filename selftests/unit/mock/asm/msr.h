/* SPDX-License-Identifier: GPL-2.0-only */
/* Model-specific registers: those that the test has set are there, on every CPU. */
#ifndef UNIT_MOCK_ASM_MSR_H
#define UNIT_MOCK_ASM_MSR_H

#include <linux/types.h>
#include <asm/msr-index.h>

void unit_msr_set(u32 msr, u64 value);		/* on all CPUs */
void unit_msr_set_on(unsigned int cpu, u32 msr, u64 value);
void unit_msr_remove(u32 msr);			/* from all CPUs */

int unit_rdmsr(u32 msr, u64 *value);
int unit_wrmsr(u32 msr, u64 value);

/* Of one that is not there: a fault, which fails the test. */
u64 unit_rdmsr_there(u32 msr);
void unit_wrmsr_there(u32 msr, u64 value);

#define rdmsrl(msr, value)	((value) = unit_rdmsr_there(msr))
#define wrmsrl(msr, value)	unit_wrmsr_there(msr, value)
#define rdmsrl_safe(msr, value)	unit_rdmsr(msr, value)
#define wrmsrl_safe(msr, value)	unit_wrmsr(msr, value)
#define rdmsrq_safe		rdmsrl_safe
#define wrmsrq_safe		wrmsrl_safe

#endif /* UNIT_MOCK_ASM_MSR_H */
