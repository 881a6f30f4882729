/* SPDX-License-Identifier: GPL-2.0-only */
/* Descriptor tables: a CPU whose tables were not put back has been left in a bad state. */
#ifndef UNIT_MOCK_ASM_DESC_H
#define UNIT_MOCK_ASM_DESC_H

#include <asm/desc_defs.h>

void native_store_gdt(struct desc_ptr *gdt);
void store_idt(struct desc_ptr *idt);
void native_load_gdt(const struct desc_ptr *gdt);
void native_load_idt(const struct desc_ptr *idt);
void invalidate_tss_limit(void);

void unit_desc_spoil(void);	/* the limits as a VM exit leaves them */
void unit_desc_check(void);	/* fails unless they are as before */

#endif /* UNIT_MOCK_ASM_DESC_H */
