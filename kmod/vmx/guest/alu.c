// SPDX-License-Identifier: GPL-2.0-only
/* Arithmetic of instructions that are carried out for a guest: result and flags. */
#include <linux/bitops.h>
#include <linux/kernel.h>

#include "vmx/guest/alu.h"

/* The bits of an operand of @size bytes: 1, 2, 4 or 8. */
u64 alu_mask(unsigned int size)
{
	return size == 8 ? ~0ULL : (1ULL << (8 * size)) - 1;
}

/**
 * alu_compute() - one of the eight operations
 * @op: which
 * @left: operand; higher bits do not count
 * @right: operand
 * @size: of both, bytes
 * @flags: RFLAGS before it; those of ALU_FLAGS are changed.  AF, which the logical ones leave
 *	undefined, is cleared
 *
 * Return: the result; of ALU_CMP, of the subtraction.
 */
u64 alu_compute(enum alu_op op, u64 left, u64 right, unsigned int size, u64 *flags)
{
	u64 mask = alu_mask(size), top = 1ULL << (8 * size - 1);
	u64 carry = (op == ALU_ADC || op == ALU_SBB) && *flags & X86_EFLAGS_CF;
	u64 result, out = 0;

	left &= mask;
	right &= mask;
	switch (op) {
	case ALU_ADD:
	case ALU_ADC:
		result = (left + right + carry) & mask;
		if (result < left || (carry && result == left))
			out |= X86_EFLAGS_CF;
		if (~(left ^ right) & (left ^ result) & top)
			out |= X86_EFLAGS_OF;
		break;
	case ALU_SUB:
	case ALU_SBB:
	case ALU_CMP:
		result = (left - right - carry) & mask;
		if (left < right || (carry && left == right))
			out |= X86_EFLAGS_CF;
		if ((left ^ right) & (left ^ result) & top)
			out |= X86_EFLAGS_OF;
		break;
	case ALU_OR:
		result = left | right;
		break;
	case ALU_AND:
		result = left & right;
		break;
	default:
		result = left ^ right;
		break;
	}
	if (op != ALU_OR && op != ALU_AND && op != ALU_XOR && (left ^ right ^ result) & 0x10)
		out |= X86_EFLAGS_AF;
	if (!result)
		out |= X86_EFLAGS_ZF;
	if (result & top)
		out |= X86_EFLAGS_SF;
	if (!(hweight8(result) & 1))
		out |= X86_EFLAGS_PF;
	*flags = (*flags & ~(u64)ALU_FLAGS) | out;
	return result;
}

/**
 * alu_condition() - is a condition of SETcc, CMOVcc or Jcc met?
 * @code: the low four bits of the opcode
 * @flags: RFLAGS
 *
 * Return: so.
 */
bool alu_condition(unsigned int code, u64 flags)
{
	bool less = !(flags & X86_EFLAGS_SF) != !(flags & X86_EFLAGS_OF), met;

	switch (code >> 1 & 7) {
	case 0:
		met = flags & X86_EFLAGS_OF;
		break;
	case 1:
		met = flags & X86_EFLAGS_CF;
		break;
	case 2:
		met = flags & X86_EFLAGS_ZF;
		break;
	case 3:
		met = flags & (X86_EFLAGS_CF | X86_EFLAGS_ZF);
		break;
	case 4:
		met = flags & X86_EFLAGS_SF;
		break;
	case 5:
		met = flags & X86_EFLAGS_PF;
		break;
	case 6:
		met = less;
		break;
	default:
		met = less || flags & X86_EFLAGS_ZF;
		break;
	}
	return met != (code & 1);
}
