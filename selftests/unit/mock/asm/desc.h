/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a VM exit spoils: descriptor tables, LDTR, IA32_DEBUGCTL, DR7. A CPU that does not get them
 * back has been left in a bad state.
 */
#ifndef UNIT_MOCK_ASM_DESC_H
#define UNIT_MOCK_ASM_DESC_H

#include <asm/desc_defs.h>

void native_store_gdt(struct desc_ptr *gdt);
void store_idt(struct desc_ptr *idt);
void native_load_gdt(const struct desc_ptr *gdt);
void native_load_idt(const struct desc_ptr *idt);
void invalidate_tss_limit(void);

void unit_desc_spoil(void);	/* as a VM exit leaves them, and a guest's addresses in DR0-3 */
void unit_desc_check(void);	/* fails unless they are as before */

#endif /* UNIT_MOCK_ASM_DESC_H */
