/* SPDX-License-Identifier: GPL-2.0-only */
/* Instructions that access memory, taken apart; mmio_decode.c. */
#ifndef XLHV_VMX_GUEST_MMIO_DECODE_H
#define XLHV_VMX_GUEST_MMIO_DECODE_H

#include <linux/types.h>

#define MMIO_CODE_MAX	15

/* What an instruction does with its operand in memory. */
enum mmio_op {
	MMIO_MOVE,		/* to or from a register, or an immediate */
	MMIO_MOVBE,		/* the same with the bytes the other way round */
	MMIO_ALU,		/* enum alu_op in @code */
	MMIO_TEST,
	MMIO_INC, MMIO_DEC, MMIO_NOT, MMIO_NEG,
	MMIO_XCHG, MMIO_XADD, MMIO_CMPXCHG,
	MMIO_BIT,		/* BT, BTS, BTR, BTC: 0 to 3 in @code */
	MMIO_CMOV, MMIO_SET,	/* the condition in @code */
	MMIO_STOS, MMIO_LODS, MMIO_MOVS,
	MMIO_PUSH, MMIO_POP, MMIO_CALL, MMIO_JMP,
	MMIO_XMM,		/* to or from such a register, up to 16 bytes */
};

/**
 * struct mmio_insn - a decoded instruction
 * @op: what it does
 * @code: which of several
 * @read: its operand
 * @write: its operand
 * @to_reg: the result goes to the register, not to memory
 * @size: bytes in memory
 * @dest_size: bytes of the register it goes to, for reads
 * @sign: sign-extend to @dest_size
 * @gpr: register, of XMM for MMIO_XMM, or -1 for @value
 * @high: the register is AH, CH, DH or BH
 * @lock: has the prefix
 * @rep: has the prefix
 * @segment: override, as enum SEG_* numbers them, or -1
 * @address_size: bytes
 * @value: immediate
 * @length: bytes
 */
struct mmio_insn {
	enum mmio_op op;
	u8 code;
	bool read, write, to_reg;
	u8 size;
	u8 dest_size;
	bool sign;
	s8 gpr;
	bool high;
	bool lock, rep;
	s8 segment;
	u8 address_size;
	u64 value;
	u8 length;
};

/**
 * struct mmio_code - bytes of an instruction
 * @insn: as fetched
 * @len: how many were fetched
 * @long_mode: 64-bit code
 * @big: default operand and address size of 32 bits
 * @at: next byte
 * @rex: REX prefix, 0 for none
 * @op16: 66H prefix
 * @addr_prefix: 67H prefix
 * @repeat: F2H or F3H prefix, 0 for none
 *
 * From @at on it is mmio_decode()'s.
 */
struct mmio_code {
	u8 insn[MMIO_CODE_MAX];
	u8 len;
	bool long_mode, big;
	u8 at;
	u8 rex;
	bool op16, addr_prefix;
	u8 repeat;
};

int mmio_decode(struct mmio_code *d, struct mmio_insn *a);

#endif /* XLHV_VMX_GUEST_MMIO_DECODE_H */
