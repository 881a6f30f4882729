// SPDX-License-Identifier: GPL-2.0-only
/*
 * A decoder of instructions that access memory: what they do, not where, which is the exit's to
 * tell.  Pure.  What it does not know it says so of, and it never looks beyond the bytes it was
 * given.
 */
#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "vmx/guest/alu.h"
#include "vmx/guest/mmio_decode.h"
#include "vmx/guest/segment.h"

#define REX_W	8
#define REX_R	4

static int next_byte(struct mmio_code *d, u8 *byte)
{
	if (d->at >= d->len)
		return -EFAULT;
	*byte = d->insn[d->at++];
	return 0;
}

static int skip_prefixes(struct mmio_code *d, struct mmio_insn *a, u8 *opcode)
{
	u8 byte;

	for (;;) {
		if (next_byte(d, &byte))
			return -EFAULT;
		switch (byte) {
		case 0x66:
			d->op16 = true;
			break;
		case 0x67:
			d->addr_prefix = true;
			break;
		case 0xf0:
			a->lock = true;
			break;
		case 0xf2:
		case 0xf3:
			d->repeat = byte;
			break;
		case 0x26:
		case 0x2e:
		case 0x36:
		case 0x3e:
			a->segment = SEG_ES + (byte >> 3 & 3);
			break;
		case 0x64:
		case 0x65:
			a->segment = SEG_FS + (byte & 1);
			break;
		default:
			if (d->long_mode && (byte & 0xf0) == 0x40) {
				d->rex = byte;
				if (next_byte(d, &byte))
					return -EFAULT;
			}
			*opcode = byte;
			return 0;
		}
	}
}

/* Step over ModRM, SIB and displacement. */
static int skip_modrm(struct mmio_code *d, u8 *reg)
{
	bool addr16 = !d->long_mode && d->big == d->addr_prefix;
	u8 modrm, sib, mod, rm, displacement = 0;

	if (next_byte(d, &modrm))
		return -EFAULT;
	mod = modrm >> 6;
	rm = modrm & 7;
	*reg = modrm >> 3 & 7;
	if (mod == 3)
		return -EINVAL;
	if (addr16) {
		displacement = mod == 1 ? 1 : mod == 2 || rm == 6 ? 2 : 0;
	} else {
		displacement = mod == 1 ? 1 : mod == 2 || (mod == 0 && rm == 5) ? 4 : 0;
		if (rm == 4) {
			if (next_byte(d, &sib))
				return -EFAULT;
			if (mod == 0 && (sib & 7) == 5)
				displacement = 4;
		}
	}
	d->at += displacement;
	return d->at > d->len ? -EFAULT : 0;
}

static int immediate(struct mmio_code *d, unsigned int size, u64 *value)
{
	unsigned int bytes = min(size, 4U), i;
	u8 byte;

	*value = 0;
	for (i = 0; i < bytes; i++) {
		if (next_byte(d, &byte))
			return -EFAULT;
		*value |= (u64)byte << (8 * i);
	}
	if (size == 8)
		*value = (s64)(s32)*value;
	return 0;
}

/* ModRM, with a register as the other operand. */
static int modrm_register(struct mmio_code *d, struct mmio_insn *a)
{
	u8 reg;
	int err = skip_modrm(d, &reg);

	if (err)
		return err;
	a->gpr = reg | (d->rex & REX_R ? 8 : 0);
	/* Without REX, 4 to 7 are the high bytes of 0 to 3. */
	if (a->dest_size == 1 && !d->rex && a->gpr >= 4 && a->gpr < 8) {
		a->gpr -= 4;
		a->high = true;
	}
	return 0;
}

static void set_size(struct mmio_insn *a, unsigned int size)
{
	a->size = size;
	a->dest_size = size;
}

/* 0F 38: MOVBE; with F2 before it, it is CRC32. */
static int decode_0f38(struct mmio_code *d, struct mmio_insn *a)
{
	u8 opcode;

	if (next_byte(d, &opcode))
		return -EFAULT;
	if ((opcode & 0xfe) != 0xf0 || d->repeat || a->lock || a->size == 1)
		return -EOPNOTSUPP;
	a->op = MMIO_MOVBE;
	a->write = opcode & 1;
	a->read = !a->write;
	return modrm_register(d, a);
}

/* BT and its kind with the number of the bit in the instruction. */
static int decode_bit_immediate(struct mmio_code *d, struct mmio_insn *a)
{
	u8 reg;
	int err = skip_modrm(d, &reg);

	if (err)
		return err;
	if (reg < 4)
		return -EOPNOTSUPP;
	a->op = MMIO_BIT;
	a->code = reg & 3;
	a->read = true;
	a->write = a->code;
	a->gpr = -1;
	return immediate(d, 1, &a->value);
}

/* Bytes that a move between memory and an XMM register has, 0 for none of those. */
static unsigned int xmm_size(const struct mmio_code *d, u8 opcode)
{
	unsigned int word = d->rex & REX_W ? 8 : 4;

	/* The last of the prefixes that choose is F2 or F3, if there is one. */
	switch (d->repeat ?: d->op16 ? 0x66 : 0) {
	case 0:
		return opcode == 0x10 || opcode == 0x11 || opcode == 0x28 || opcode == 0x29 ||
		       opcode == 0x2b ? 16 : 0;
	case 0x66:
		if (opcode == 0x6e || opcode == 0x7e)
			return word;
		if (opcode == 0xd6)
			return 8;
		if (opcode == 0x6f || opcode == 0x7f || opcode == 0xe7)
			return 16;
		return opcode == 0x10 || opcode == 0x11 || opcode == 0x28 || opcode == 0x29 ||
		       opcode == 0x2b ? 16 : 0;
	case 0xf3:
		if (opcode == 0x10 || opcode == 0x11)
			return 4;
		if (opcode == 0x7e)
			return 8;
		return opcode == 0x6f || opcode == 0x7f ? 16 : 0;
	default:
		return opcode == 0x10 || opcode == 0x11 ? 8 : 0;
	}
}

static int decode_xmm(struct mmio_code *d, struct mmio_insn *a, u8 opcode, unsigned int size)
{
	/* 66 0F 7E stores, F3 0F 7E loads. */
	bool load = opcode == 0x10 || opcode == 0x28 || opcode == 0x6e || opcode == 0x6f ||
		    (opcode == 0x7e && d->repeat);

	a->op = MMIO_XMM;
	a->read = load;
	a->write = !load;
	set_size(a, size);
	return modrm_register(d, a);
}

static int decode_0f(struct mmio_code *d, struct mmio_insn *a)
{
	unsigned int size;
	u8 opcode;

	if (next_byte(d, &opcode))
		return -EFAULT;
	if (opcode == 0x38)
		return decode_0f38(d, a);
	size = xmm_size(d, opcode);
	if (size)
		return decode_xmm(d, a, opcode, size);
	if (d->repeat)
		return -EOPNOTSUPP;
	switch (opcode) {
	case 0x40 ... 0x4f:
		a->op = MMIO_CMOV;
		a->code = opcode & 0xf;
		a->read = true;
		break;
	case 0x90 ... 0x9f:
		a->op = MMIO_SET;
		a->code = opcode & 0xf;
		a->write = true;
		set_size(a, 1);
		break;
	case 0xa3:
	case 0xab:
	case 0xb3:
	case 0xbb:
		a->op = MMIO_BIT;
		a->code = opcode >> 3 & 3;
		a->read = true;
		a->write = a->code;
		break;
	case 0xba:
		return decode_bit_immediate(d, a);
	case 0xb0:
	case 0xb1:
	case 0xc0:
	case 0xc1:
		a->op = opcode & 0x40 ? MMIO_XADD : MMIO_CMPXCHG;
		a->read = true;
		a->write = true;
		if (!(opcode & 1))
			set_size(a, 1);
		break;
	case 0xb6:
	case 0xb7:
	case 0xbe:
	case 0xbf:
		a->read = true;
		a->size = opcode & 1 ? 2 : 1;
		a->sign = opcode & 8;
		break;
	case 0xc3:		/* MOVNTI */
		if (a->size == 2)
			return -EOPNOTSUPP;
		a->write = true;
		break;
	default:
		return -EOPNOTSUPP;
	}
	return modrm_register(d, a);
}

static int decode_string(struct mmio_code *d, struct mmio_insn *a, u8 opcode)
{
	a->op = opcode < 0xa6 ? MMIO_MOVS : opcode < 0xac ? MMIO_STOS : MMIO_LODS;
	/* Which side of MOVS is meant the exit knows. */
	a->read = a->op != MMIO_STOS;
	a->write = a->op != MMIO_LODS;
	a->gpr = 0;
	a->rep = d->repeat;
	return 0;
}

/* FF, the other ones: what reads where to go or what to push. */
static int decode_with_stack(struct mmio_code *d, struct mmio_insn *a, u8 reg)
{
	static const u8 ops[8] = { [2] = MMIO_CALL, [4] = MMIO_JMP, [6] = MMIO_PUSH };

	if (!ops[reg])
		return -EOPNOTSUPP;
	a->op = ops[reg];
	a->write = false;
	/* In 64-bit code there is no transfer by less, and nothing of 32 bits is pushed. */
	if (d->long_mode)
		set_size(a, d->op16 && a->op == MMIO_PUSH ? 2 : 8);
	return 0;
}

static int decode_pop(struct mmio_code *d, struct mmio_insn *a)
{
	u8 reg;
	int err = skip_modrm(d, &reg);

	if (err)
		return err;
	a->op = MMIO_POP;
	a->write = true;
	if (d->long_mode)
		set_size(a, d->op16 ? 2 : 8);
	return reg ? -EOPNOTSUPP : 0;
}

/* FE and FF: INC and DEC; F6 and F7: TEST, NOT, NEG. */
static int decode_unary(struct mmio_code *d, struct mmio_insn *a, u8 opcode)
{
	u8 reg;
	int err = skip_modrm(d, &reg);

	if (err)
		return err;
	a->read = true;
	a->write = true;
	a->gpr = -1;
	if (opcode >= 0xfe) {
		if (reg > 1)
			return opcode & 1 ? decode_with_stack(d, a, reg) : -EOPNOTSUPP;
		a->op = reg ? MMIO_DEC : MMIO_INC;
		return 0;
	}
	if (!reg) {
		a->op = MMIO_TEST;
		a->write = false;
		return immediate(d, a->size, &a->value);
	}
	if (reg != 2 && reg != 3)
		return -EOPNOTSUPP;
	a->op = reg == 3 ? MMIO_NEG : MMIO_NOT;
	return 0;
}

static int decode_immediate(struct mmio_code *d, struct mmio_insn *a, u8 opcode)
{
	u8 reg;
	int err = skip_modrm(d, &reg);

	if (err)
		return err;
	a->gpr = -1;
	if (opcode >= 0xc6) {
		a->write = true;
		return reg ? -EOPNOTSUPP : immediate(d, a->size, &a->value);
	}
	a->op = MMIO_ALU;
	a->code = reg;
	a->read = true;
	a->write = reg != ALU_CMP;
	err = immediate(d, opcode == 0x83 ? 1 : a->size, &a->value);
	if (opcode == 0x83)
		a->value = (s64)(s8)a->value;
	return err;
}

/* An absolute address, and AL, AX, EAX or RAX. */
static int decode_absolute(struct mmio_code *d, struct mmio_insn *a, u8 opcode)
{
	a->write = opcode & 2;
	a->read = !a->write;
	a->gpr = 0;
	d->at += a->address_size;
	return d->at > d->len ? -EFAULT : 0;
}

static int decode_one(struct mmio_code *d, struct mmio_insn *a, u8 opcode)
{
	if (!(opcode & 1))
		set_size(a, 1);
	if (opcode >= 0xa4 && opcode <= 0xad)
		return (BIT(opcode - 0xa4) & 0x3c3) ? decode_string(d, a, opcode) : -EOPNOTSUPP;
	if (d->repeat)
		return -EOPNOTSUPP;
	switch (opcode) {
	case 0x00 ... 0x3f:
		if (opcode & 4)
			return -EOPNOTSUPP;
		a->op = MMIO_ALU;
		a->code = opcode >> 3;
		a->read = true;
		a->to_reg = opcode & 2;
		a->write = !a->to_reg && a->code != ALU_CMP;
		return modrm_register(d, a);
	case 0x63:		/* MOVSXD */
		if (!d->long_mode)
			return -EOPNOTSUPP;
		a->read = true;
		a->size = min_t(unsigned int, a->dest_size, 4);
		a->sign = true;
		return modrm_register(d, a);
	case 0x80:
	case 0x81:
	case 0x83:
	case 0xc6:
	case 0xc7:
		return decode_immediate(d, a, opcode);
	case 0x84:
	case 0x85:
		a->op = MMIO_TEST;
		a->read = true;
		return modrm_register(d, a);
	case 0x86:
	case 0x87:
		a->op = MMIO_XCHG;
		a->read = true;
		a->write = true;
		return modrm_register(d, a);
	case 0x88 ... 0x8b:
		a->write = !(opcode & 2);
		a->read = !a->write;
		return modrm_register(d, a);
	case 0x8f:
		return decode_pop(d, a);
	case 0xa0 ... 0xa3:
		return decode_absolute(d, a, opcode);
	case 0xf6:
	case 0xf7:
	case 0xfe:
	case 0xff:
		return decode_unary(d, a, opcode);
	default:
		return -EOPNOTSUPP;
	}
}

/* May it have a LOCK prefix?  With others the CPU would have raised #UD. */
static bool may_lock(const struct mmio_insn *a)
{
	switch (a->op) {
	case MMIO_ALU:
	case MMIO_INC:
	case MMIO_DEC:
	case MMIO_NOT:
	case MMIO_NEG:
	case MMIO_XCHG:
	case MMIO_XADD:
	case MMIO_CMPXCHG:
	case MMIO_BIT:
		return a->write;
	default:
		return false;
	}
}

/**
 * mmio_decode() - take an instruction apart
 * @d: its bytes, and the mode that it is executed in
 * @a: written
 *
 * Return: 0; -EFAULT: more bytes are needed; -EOPNOTSUPP, -EINVAL: not known here.
 */
int mmio_decode(struct mmio_code *d, struct mmio_insn *a)
{
	u8 opcode;
	int err;

	*a = (struct mmio_insn){ .segment = -1 };
	d->at = 0;
	d->rex = 0;
	d->op16 = false;
	d->addr_prefix = false;
	d->repeat = 0;
	if (skip_prefixes(d, a, &opcode))
		return -EFAULT;
	if (d->long_mode) {
		set_size(a, d->rex & REX_W ? 8 : d->op16 ? 2 : 4);
		a->address_size = d->addr_prefix ? 4 : 8;
	} else {
		set_size(a, d->big != d->op16 ? 4 : 2);
		a->address_size = d->big != d->addr_prefix ? 4 : 2;
	}
	err = opcode == 0x0f ? decode_0f(d, a) : decode_one(d, a, opcode);
	if (err)
		return err;
	if (a->lock && !may_lock(a))
		return -EOPNOTSUPP;
	a->length = d->at;
	return 0;
}
