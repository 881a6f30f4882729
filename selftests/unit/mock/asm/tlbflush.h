/* SPDX-License-Identifier: GPL-2.0-only */
/* CR4, of each CPU. */
#ifndef UNIT_MOCK_ASM_TLBFLUSH_H
#define UNIT_MOCK_ASM_TLBFLUSH_H

#include <asm/processor.h>

unsigned long *unit_cr4(void);

#define cr4_set_bits(mask)	((void)(*unit_cr4() |= (mask)))
#define cr4_clear_bits(mask)	((void)(*unit_cr4() &= ~(unsigned long)(mask)))
#define cr4_read_shadow()	(*unit_cr4())
#define __read_cr4()		(*unit_cr4())

#endif /* UNIT_MOCK_ASM_TLBFLUSH_H */
