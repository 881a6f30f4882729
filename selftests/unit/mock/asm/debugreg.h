/* SPDX-License-Identifier: GPL-2.0-only */
/* Debug registers, of each CPU; those of a guest are in the way of none that is armed. */
#ifndef UNIT_MOCK_ASM_DEBUGREG_H
#define UNIT_MOCK_ASM_DEBUGREG_H

#define DR_LOCAL_ENABLE_MASK	0x55
#define DR_GLOBAL_ENABLE_MASK	0xaa

unsigned long unit_debugreg(unsigned int nr);
/* Fails for the address of a breakpoint that is on. */
void unit_debugreg_set(unsigned int nr, unsigned long value);

#define get_debugreg(var, nr)	((var) = unit_debugreg(nr))
#define set_debugreg(value, nr)	unit_debugreg_set(nr, value)

#endif /* UNIT_MOCK_ASM_DEBUGREG_H */
