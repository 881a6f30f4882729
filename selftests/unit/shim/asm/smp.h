/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UNIT_SHIM_ASM_SMP_H
#define UNIT_SHIM_ASM_SMP_H

struct smp_ops {
	void (*smp_send_reschedule)(int cpu);
};

extern struct smp_ops smp_ops;
extern unsigned int unit_rescheduled;	/* bit n: CPU n was sent one; for the test to clear */

#endif /* UNIT_SHIM_ASM_SMP_H */
