/* SPDX-License-Identifier: GPL-2.0-only */
/* What the first vCPU looked like at its first instruction. */
#ifndef GUEST_ENTRY_H
#define GUEST_ENTRY_H

#include "types.h"

struct entry_state {
	u32 eax, ebx, ecx, edx, esi, edi, ebp, esp;
	u32 eflags;
	u32 cr0, cr2, cr3, cr4;
	u32 dr0, dr1, dr2, dr3, dr6, dr7;
	u32 efer_lo, efer_hi;
	u16 cs, ds, es, fs, gs, ss, tr, ldtr;
	u16 gdtr_limit;
	u32 gdtr_base;
	u16 idtr_limit;
	u32 idtr_base;
} __packed;

extern struct entry_state entry_state;
extern char start32[];

#endif
