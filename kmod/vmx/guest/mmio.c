// SPDX-License-Identifier: GPL-2.0-only
/*
 * Accesses to guest-physical addresses without memory: the page of the local
 * APIC, and holes, where reads give all ones and writes go nowhere (Xen's answer
 * to a PVH guest).  Not an emulator: it knows the moves and tests that drivers use
 * on device registers, and who comes with another instruction gets #GP.
 *
 * The instruction is fetched from guest memory once, into a buffer of ours, as the CPU
 * would fetch it at this privilege level.  That CPU has executed it, but the guest may
 * have changed code or page tables since, and the CPU need not know yet.  So there is
 * no trying again, which might never end: what cannot be fetched is a page fault, which
 * it may be at any time.
 */
#include <linux/bitops.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <linux/types.h>
#include <asm/apicdef.h>
#include <asm/vmx.h>

#include "ept/ept.h"
#include "lapic/lapic.h"
#include "vcpu/vcpu.h"
#include "vmx/guest/internal.h"

#define MAX_INSN	15

#define REX_W	8
#define REX_R	4
#define REX_B	1

/**
 * struct access - a decoded move
 * @write: to memory
 * @size: bytes in memory
 * @dest_size: bytes of the register it goes to, for reads
 * @sign: sign-extend to @dest_size
 * @gpr: register, or -1 for @value
 * @high: the register is AH, CH, DH or BH
 * @op: MOVE; flags are the only result of TEST and CMP (CMP_REG: register first);
 *	the others read, change and write
 * @value: immediate
 * @length: of the instruction
 */
struct access {
	bool write;
	u8 size;
	u8 dest_size;
	bool sign;
	s8 gpr;
	bool high;
	enum { MOVE, TEST, CMP, CMP_REG, XCHG, OR, AND, XOR } op;
	u64 value;
	u8 length;
};

/**
 * struct decoder - bytes of an instruction
 * @insn: as fetched
 * @len: how many were fetched
 * @at: next byte
 * @rex: REX prefix, 0 for none
 * @op16: 66H prefix
 * @addr_prefix: 67H prefix
 * @long_mode: 64-bit code
 * @big: default operand and address size of 32 bits
 */
struct decoder {
	u8 insn[MAX_INSN];
	u8 len;
	u8 at;
	u8 rex;
	bool op16, addr_prefix;
	bool long_mode, big;
};

static int next_byte(struct decoder *d, u8 *byte)
{
	if (d->at >= d->len)
		return -EFAULT;
	*byte = d->insn[d->at++];
	return 0;
}

/*
 * Fetch up to the end of the page, or from the next one what an instruction that is
 * not whole may have there.
 */
static int fetch(struct vcpu *v, struct decoder *d, struct guest_fault *fault)
{
	u64 linear = vmx_vcpu_rip(v) + (d->long_mode ? 0 : v->vmx.cs_base);
	u8 page = min_t(u64, MAX_INSN, PAGE_SIZE - offset_in_page(linear));
	u8 more = d->len ? MAX_INSN - d->len : page;
	int err;

	err = guest_access(v, linear + d->len, d->insn + d->len, more, GUEST_FETCH, fault);
	if (!err)
		d->len += more;
	return err;
}

static int skip_prefixes(struct decoder *d, u8 *opcode)
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
		case 0x26:
		case 0x2e:
		case 0x36:
		case 0x3e:
		case 0x64:
		case 0x65:
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

/* Step over ModRM, SIB and displacement.  The address is the exit's to tell. */
static int skip_modrm(struct decoder *d, u8 *reg)
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

static int immediate(struct decoder *d, unsigned int size, u64 *value)
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

static void byte_register(const struct decoder *d, struct access *a)
{
	/* Without REX, 4 to 7 are the high bytes of 0 to 3. */
	if (!d->rex && a->gpr >= 4 && a->gpr < 8) {
		a->gpr -= 4;
		a->high = true;
	}
}

static int decode(struct decoder *d, struct access *a)
{
	unsigned int operand;
	u8 opcode, reg;
	int err;

	memset(a, 0, sizeof(*a));
	d->at = 0;
	d->rex = 0;
	d->op16 = false;
	d->addr_prefix = false;
	if (skip_prefixes(d, &opcode))
		return -EFAULT;
	operand = d->rex & REX_W ? 8 : d->big != d->op16 ? 4 : 2;
	if (d->long_mode && !(d->rex & REX_W))
		operand = d->op16 ? 2 : 4;
	a->dest_size = operand;
	if (opcode == 0x0f) {
		if (next_byte(d, &opcode))
			return -EFAULT;
		if (opcode != 0xb6 && opcode != 0xb7 && opcode != 0xbe && opcode != 0xbf)
			return -EOPNOTSUPP;
		a->size = opcode & 1 ? 2 : 1;
		a->sign = opcode & 8;
		err = skip_modrm(d, &reg);
		a->gpr = reg | (d->rex & REX_R ? 8 : 0);
		a->length = d->at;
		return err;
	}
	switch (opcode) {
	case 0x88:
	case 0x89:
	case 0x8a:
	case 0x8b:
		a->write = !(opcode & 2);
		a->size = opcode & 1 ? operand : 1;
		a->dest_size = a->size;
		err = skip_modrm(d, &reg);
		if (err)
			return err;
		a->gpr = reg | (d->rex & REX_R ? 8 : 0);
		if (a->size == 1)
			byte_register(d, a);
		break;
	case 0xc6:
	case 0xc7:
		a->write = true;
		a->size = opcode & 1 ? operand : 1;
		a->gpr = -1;
		err = skip_modrm(d, &reg);
		if (err)
			return err;
		if (reg)
			return -EOPNOTSUPP;
		err = immediate(d, a->size, &a->value);
		if (err)
			return err;
		break;
	case 0xa0:
	case 0xa1:
	case 0xa2:
	case 0xa3:
		a->write = opcode & 2;
		a->size = opcode & 1 ? operand : 1;
		a->dest_size = a->size;
		a->gpr = 0;
		d->at += d->long_mode ? (d->addr_prefix ? 4 : 8) : d->big != d->addr_prefix ? 4 : 2;
		if (d->at > d->len)
			return -EFAULT;
		break;
	case 0x08:
	case 0x09:
	case 0x20:
	case 0x21:
	case 0x30:
	case 0x31:
	case 0x38 ... 0x3b:
	case 0x84 ... 0x87:
		/* OR, AND, XOR to memory; CMP either way; TEST; XCHG. */
		a->op = opcode >= 0x86 ? XCHG : opcode >= 0x84 ? TEST : opcode >= 0x3a ? CMP_REG :
			opcode >= 0x38 ? CMP : opcode >= 0x30 ? XOR : opcode >= 0x20 ? AND : OR;
		a->size = opcode & 1 ? operand : 1;
		err = skip_modrm(d, &reg);
		if (err)
			return err;
		a->gpr = reg | (d->rex & REX_R ? 8 : 0);
		a->dest_size = a->size;
		if (a->size == 1)
			byte_register(d, a);
		break;
	case 0x80:
	case 0x81:
	case 0x83:
	case 0xf6:
	case 0xf7:
		/* OR, AND, XOR, CMP and TEST with an immediate. */
		a->size = opcode & 1 ? operand : 1;
		a->gpr = -1;
		err = skip_modrm(d, &reg);
		if (err)
			return err;
		if (opcode & 0x40 ? reg : !(BIT(reg) & (BIT(1) | BIT(4) | BIT(6) | BIT(7))))
			return -EOPNOTSUPP;
		a->op = opcode & 0x40 ? TEST : reg == 1 ? OR : reg == 4 ? AND :
			reg == 6 ? XOR : CMP;
		err = immediate(d, opcode == 0x83 ? 1 : a->size, &a->value);
		if (err)
			return err;
		if (opcode == 0x83)
			a->value = (s64)(s8)a->value;
		break;
	default:
		return -EOPNOTSUPP;
	}
	a->length = d->at;
	return 0;
}

/* Flags of a comparison (@test: of @left AND @right), as the CPU computes them. */
static u64 flags_of(u64 left, u64 right, unsigned int size, bool test)
{
	unsigned int top = 8 * size - 1;
	u64 mask = size == 8 ? ~0ULL : (1ULL << (8 * size)) - 1;
	u64 result, flags = 0;

	left &= mask;
	right &= mask;
	result = (test ? left & right : left - right) & mask;
	if (!result)
		flags |= X86_EFLAGS_ZF;
	if (result >> top & 1)
		flags |= X86_EFLAGS_SF;
	if (!(hweight8(result) & 1))
		flags |= X86_EFLAGS_PF;
	if (test)
		return flags;
	if (left < right)
		flags |= X86_EFLAGS_CF;
	if ((left ^ right ^ result) & 0x10)
		flags |= X86_EFLAGS_AF;
	if ((left ^ right) & (left ^ result) & (1ULL << top))
		flags |= X86_EFLAGS_OF;
	return flags;
}

static u64 gpr_value(struct vcpu *v, const struct access *a)
{
	u64 value = a->gpr == 4 && !a->high ? v->vmx.rsp : v->vmx.sw.gpr[(u8)a->gpr];

	return a->high ? value >> 8 : value;
}

static void set_gpr(struct vcpu *v, const struct access *a, u64 value)
{
	u64 *r = a->gpr == 4 && !a->high ? &v->vmx.rsp : &v->vmx.sw.gpr[(u8)a->gpr];

	if (a->sign && a->size == 1)
		value = (s64)(s8)value;
	else if (a->sign && a->size == 2)
		value = (s64)(s16)value;
	switch (a->dest_size) {
	case 1:
		if (a->high)
			*r = (*r & ~0xff00ULL) | (value & 0xff) << 8;
		else
			*r = (*r & ~0xffULL) | (value & 0xff);
		break;
	case 2:
		*r = (*r & ~0xffffULL) | (value & 0xffff);
		break;
	case 4:
		*r = (u32)value;
		break;
	default:
		*r = value;
	}
	if (r == &v->vmx.rsp)
		v->vmx.dirty |= VMX_DIRTY_RSP;
}

static void set_flags(struct vcpu *v, u64 flags)
{
	v->vmx.rflags = (vmx_vcpu_rflags(v) & ~(X86_EFLAGS_CF | X86_EFLAGS_PF | X86_EFLAGS_AF |
						X86_EFLAGS_ZF | X86_EFLAGS_SF | X86_EFLAGS_OF)) |
			flags;
	v->vmx.dirty |= VMX_DIRTY_RFLAGS;
}

/* What an instruction that is no move makes of @memory: flags, and what to write. */
static u64 combine(struct vcpu *v, const struct access *a, u64 memory)
{
	u64 other = a->gpr < 0 ? a->value : gpr_value(v, a), result;

	switch (a->op) {
	case XCHG:
		set_gpr(v, a, memory);
		return other;
	case CMP:
		set_flags(v, flags_of(memory, other, a->size, false));
		return memory;
	case CMP_REG:
		set_flags(v, flags_of(other, memory, a->size, false));
		return memory;
	case TEST:
		set_flags(v, flags_of(memory, other, a->size, true));
		return memory;
	default:
		result = a->op == OR ? memory | other : a->op == AND ? memory & other :
			 memory ^ other;
		set_flags(v, flags_of(result, result, a->size, true));
		return result;
	}
}

static bool is_apic(const struct vcpu *v, u64 gpa)
{
	return (v->lapic.base & (XAPIC_ENABLE | X2APIC_ENABLE)) == XAPIC_ENABLE &&
	       gpa >> PAGE_SHIFT == v->lapic.base >> PAGE_SHIFT;
}

/* The APIC's registers are 32 bits wide, 16 bytes apart; the rest reads as 0. */
static u64 apic_read(struct vcpu *v, u32 offset)
{
	u32 value = 0;

	if (!(offset & 0xc))
		lapic_read(v, offset & 0xff0, &value);
	return value >> (8 * (offset & 3));
}

/* Return: 0; -EOPNOTSUPP; -EFAULT: see @fault; -ENOMEM. */
static int fetch_and_decode(struct vcpu *v, struct access *a, struct guest_fault *fault)
{
	struct decoder d = {
		.long_mode = vmx_vcpu_long_mode(v),
		.big = vmx_vcpu_cs_ar(v) & BIT(14),
	};
	int err;

	do {
		err = fetch(v, &d, fault);
		if (err)
			return err;
		err = decode(&d, a);
	} while (err == -EFAULT && d.len < MAX_INSN);
	return err ? -EOPNOTSUPP : 0;
}

/**
 * vmx_mmio() - an access where there is no memory
 * @v: own thread, outside of a stay; the caches are filled
 * @gpa: guest-physical address
 * @write: the CPU was about to write
 *
 * Return: 0: done, or a fault is to be injected; -EOPNOTSUPP: an instruction that is
 * not known here; -ENOMEM.
 */
int vmx_mmio(struct vcpu *v, u64 gpa, bool write)
{
	struct guest_fault fault;
	struct access a;
	u64 value;
	int err;

	err = fetch_and_decode(v, &a, &fault);
	if (err == -EFAULT) {
		vmx_inject_fault(v, &fault);
		return 0;
	}
	if (err)
		return err;
	/* Another instruction than the one whose rights the CPU has checked. */
	if (write != (a.write || a.op >= XCHG))
		return -EOPNOTSUPP;
	if (a.write) {
		value = a.gpr < 0 ? a.value : gpr_value(v, &a);
		if (is_apic(v, gpa) && !(gpa & 0xf))
			lapic_write(v, gpa & 0xff0, value);
	} else {
		value = is_apic(v, gpa) ? apic_read(v, gpa & 0xfff) : ~0ULL;
		if (a.size < 8)
			value &= (1ULL << (8 * a.size)) - 1;
		if (a.op == MOVE)
			set_gpr(v, &a, value);
		else
			value = combine(v, &a, value);
		if (a.op >= XCHG && is_apic(v, gpa) && !(gpa & 0xf))
			lapic_write(v, gpa & 0xff0, value);
	}
	/* The exit saved RF set, as for a fault; the instruction is done now, which clears it. */
	if (vmx_vcpu_rflags(v) & X86_EFLAGS_RF) {
		v->vmx.rflags &= ~X86_EFLAGS_RF;
		v->vmx.dirty |= VMX_DIRTY_RFLAGS;
	}
	vmx_skip_bytes(v, a.length);
	return 0;
}
