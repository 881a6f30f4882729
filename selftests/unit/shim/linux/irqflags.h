/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UNIT_SHIM_LINUX_IRQFLAGS_H
#define UNIT_SHIM_LINUX_IRQFLAGS_H

#include <linux/types.h>

unsigned long unit_irq_save(void);
void unit_irq_restore(unsigned long flags);
bool irqs_disabled(void);
void unit_irqs_check(bool disabled, const char *file, int line);

#define local_irq_save(flags)		((flags) = unit_irq_save())
#define local_irq_restore(flags)	unit_irq_restore(flags)
#define local_irq_disable()		((void)unit_irq_save())
#define local_irq_enable()		unit_irq_restore(1)
#define lockdep_assert_irqs_disabled()	unit_irqs_check(true, __FILE__, __LINE__)
#define lockdep_assert_irqs_enabled()	unit_irqs_check(false, __FILE__, __LINE__)

#endif /* UNIT_SHIM_LINUX_IRQFLAGS_H */
