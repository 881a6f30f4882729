/* SPDX-License-Identifier: GPL-2.0-only */
/* Arithmetic as the CPU does it, with its flags; alu.c. */
#ifndef XLHV_VMX_GUEST_ALU_H
#define XLHV_VMX_GUEST_ALU_H

#include <linux/types.h>
#include <asm/processor-flags.h>

/* As opcodes number them, in bits 5:3 or in ModRM. */
enum alu_op { ALU_ADD, ALU_OR, ALU_ADC, ALU_SBB, ALU_AND, ALU_SUB, ALU_XOR, ALU_CMP };

/* The flags that it changes. */
#define ALU_FLAGS	(X86_EFLAGS_CF | X86_EFLAGS_PF | X86_EFLAGS_AF | X86_EFLAGS_ZF |	\
			 X86_EFLAGS_SF | X86_EFLAGS_OF)

u64 alu_mask(unsigned int size);
u64 alu_compute(enum alu_op op, u64 left, u64 right, unsigned int size, u64 *flags);
bool alu_condition(unsigned int code, u64 flags);

#endif /* XLHV_VMX_GUEST_ALU_H */
