// SPDX-License-Identifier: GPL-2.0-only
/*
 * Accesses to guest-physical addresses without memory: the page of the local
 * APIC, and holes, where reads give all ones and writes go nowhere (Xen's answer
 * to a PVH guest).  Carried out are the moves, the arithmetic and the strings that
 * mmio_decode.c knows; who comes with another instruction gets #GP.
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
#include <linux/swab.h>
#include <linux/types.h>
#include <asm/apicdef.h>
#include <asm/vmx.h>

#include "ept/ept.h"
#include "lapic/lapic.h"
#include "vcpu/regs.h"
#include "vcpu/vcpu.h"
#include "vmx/guest/alu.h"
#include "vmx/guest/mmio_decode.h"
#include "vmx/guest/internal.h"
#include "vmx/guest/segment.h"

enum { RAX = 0, RCX = 1, RSP = 4, RSI = 6, RDI = 7 };

/*
 * Fetch up to the end of the page, or from the next one what an instruction that is
 * not whole may have there.
 */
static int fetch(struct vcpu *v, struct mmio_code *d, struct guest_fault *fault)
{
	u64 linear = vmx_vcpu_rip(v) + (d->long_mode ? 0 : v->vmx.cs_base);
	u8 page = min_t(u64, MMIO_CODE_MAX, PAGE_SIZE - offset_in_page(linear));
	u8 more = d->len ? MMIO_CODE_MAX - d->len : page;
	int err;

	err = guest_access(v, linear + d->len, d->insn + d->len, more, GUEST_FETCH, fault);
	if (!err)
		d->len += more;
	return err;
}

/* Return: 0; -EOPNOTSUPP; -EFAULT: see @fault; -ENOMEM. */
static int fetch_and_decode(struct vcpu *v, struct mmio_insn *a, struct guest_fault *fault)
{
	struct mmio_code d = {
		.long_mode = vmx_vcpu_long_mode(v),
		.big = vmx_vcpu_cs_ar(v) & BIT(14),
	};
	int err;

	do {
		err = fetch(v, &d, fault);
		if (err)
			return err;
		err = mmio_decode(&d, a);
	} while (err == -EFAULT && d.len < MMIO_CODE_MAX);
	return err ? -EOPNOTSUPP : 0;
}

static u64 *gpr_of(struct vcpu *v, unsigned int gpr)
{
	return gpr == RSP ? &v->vmx.rsp : &v->vmx.sw.gpr[gpr];
}

/* A result of @size bytes, as registers take it. */
static void put_gpr(struct vcpu *v, unsigned int gpr, bool high, unsigned int size, u64 value)
{
	u64 *r = gpr_of(v, gpr);

	switch (size) {
	case 1:
		if (high)
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
	if (gpr == RSP)
		v->vmx.dirty |= VMX_DIRTY_RSP;
}

/* The operand that is not in memory. */
static u64 other_operand(struct vcpu *v, const struct mmio_insn *a)
{
	if (a->gpr < 0)
		return a->value;
	return a->high ? *gpr_of(v, a->gpr) >> 8 : *gpr_of(v, a->gpr);
}

static void set_register(struct vcpu *v, const struct mmio_insn *a, u64 value)
{
	if (a->sign)
		value = sign_extend64(value, 8 * a->size - 1);
	put_gpr(v, a->gpr, a->high, a->dest_size, value);
}

static void set_flags(struct vcpu *v, u64 flags)
{
	v->vmx.rflags = flags;
	v->vmx.dirty |= VMX_DIRTY_RFLAGS;
}

static u64 swap_bytes(u64 value, unsigned int size)
{
	return swab64(value) >> (64 - 8 * size);
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

static u64 read_place(struct vcpu *v, u64 gpa, unsigned int size)
{
	return (is_apic(v, gpa) ? apic_read(v, gpa & 0xfff) : ~0ULL) & alu_mask(size);
}

static void write_place(struct vcpu *v, u64 gpa, u64 value)
{
	if (is_apic(v, gpa) && !(gpa & 0xf))
		lapic_write(v, gpa & 0xff0, value);
}

/*
 * What an instruction that is no string makes of @memory, as far as it reads that: registers and
 * flags are changed.  Return: it is to be written, *@result.
 */
static bool execute(struct vcpu *v, const struct mmio_insn *a, u64 memory, u64 *result)
{
	u64 other = other_operand(v, a), flags = vmx_vcpu_rflags(v);
	unsigned int bit;
	u64 carry;

	*result = other;
	switch (a->op) {
	case MMIO_MOVE:
		if (a->read)
			set_register(v, a, memory);
		return a->write;
	case MMIO_MOVBE:
		if (a->read)
			set_register(v, a, swap_bytes(memory, a->size));
		*result = swap_bytes(other, a->size);
		return a->write;
	case MMIO_ALU:
		*result = a->to_reg ? alu_compute(a->code, other, memory, a->size, &flags) :
				      alu_compute(a->code, memory, other, a->size, &flags);
		set_flags(v, flags);
		if (a->to_reg && a->code != ALU_CMP)
			set_register(v, a, *result);
		return a->write;
	case MMIO_TEST:
		alu_compute(ALU_AND, memory, other, a->size, &flags);
		set_flags(v, flags);
		return false;
	case MMIO_INC:
	case MMIO_DEC:
		carry = flags & X86_EFLAGS_CF;
		*result = alu_compute(a->op == MMIO_INC ? ALU_ADD : ALU_SUB, memory, 1, a->size,
				      &flags);
		set_flags(v, (flags & ~(u64)X86_EFLAGS_CF) | carry);
		return true;
	case MMIO_NOT:
		*result = ~memory;
		return true;
	case MMIO_NEG:
		*result = alu_compute(ALU_SUB, 0, memory, a->size, &flags);
		set_flags(v, flags);
		return true;
	case MMIO_XCHG:
		set_register(v, a, memory);
		return true;
	case MMIO_XADD:
		*result = alu_compute(ALU_ADD, memory, other, a->size, &flags);
		set_flags(v, flags);
		set_register(v, a, memory);
		return true;
	case MMIO_CMPXCHG:
		alu_compute(ALU_CMP, v->vmx.sw.gpr[RAX], memory, a->size, &flags);
		set_flags(v, flags);
		if (flags & X86_EFLAGS_ZF)
			return true;
		put_gpr(v, RAX, false, a->size, memory);
		return false;
	case MMIO_BIT:
		bit = other & (8 * a->size - 1);
		flags &= ~(u64)X86_EFLAGS_CF;
		set_flags(v, flags | (memory >> bit & 1 ? X86_EFLAGS_CF : 0));
		*result = a->code == 1 ? memory | BIT_ULL(bit) :
			  a->code == 2 ? memory & ~BIT_ULL(bit) : memory ^ BIT_ULL(bit);
		return a->write;
	case MMIO_CMOV:
		/* One that is not met clears the upper half of a register nevertheless. */
		set_register(v, a, alu_condition(a->code, flags) ? memory : other);
		return false;
	case MMIO_SET:
		*result = alu_condition(a->code, flags);
		return true;
	default:
		return false;
	}
}

/* A register that an address is in moves by what was accessed. */
static void advance(struct vcpu *v, unsigned int gpr, const struct mmio_insn *a, s64 by)
{
	put_gpr(v, gpr, false, a->address_size, *gpr_of(v, gpr) + by);
}

/*
 * The other side of MOVS, which may be memory.  Return: 0; -EFAULT: a fault is to be injected;
 * -ENOMEM.
 */
static int other_side(struct vcpu *v, const struct mmio_insn *a, u64 *value, bool write)
{
	unsigned int which = write ? SEG_ES : a->segment < 0 ? SEG_DS : a->segment;
	u64 offset = v->vmx.sw.gpr[write ? RDI : RSI] & alu_mask(a->address_size), linear;
	struct guest_fault fault;
	int err;

	err = vmx_operand_linear(v, which, offset, a->size, write, &linear);
	if (!err) {
		err = guest_access(v, linear, value, a->size, write ? GUEST_WRITE : GUEST_READ,
				   &fault);
		if (err == -EFAULT)
			vmx_inject_fault(v, &fault);
	}
	return err;
}

/*
 * One round of a string instruction: with REP the guest stands before the same one again, and
 * comes back with the next round.
 */
static int string_round(struct vcpu *v, struct mmio_insn *a, u64 gpa, bool write)
{
	s64 step = vmx_vcpu_rflags(v) & X86_EFLAGS_DF ? -(s64)a->size : a->size;
	u64 mask = alu_mask(a->address_size), value = 0;
	int err = 0;

	if (a->rep && !(v->vmx.sw.gpr[RCX] & mask))
		return 0;
	switch (a->op) {
	case MMIO_STOS:
		write_place(v, gpa, v->vmx.sw.gpr[RAX]);
		break;
	case MMIO_LODS:
		put_gpr(v, RAX, false, a->size, read_place(v, gpa, a->size));
		break;
	default:
		if (write) {
			err = other_side(v, a, &value, false);
			if (!err)
				write_place(v, gpa, value);
		} else {
			value = read_place(v, gpa, a->size);
			err = other_side(v, a, &value, true);
		}
	}
	if (err)
		return err;
	if (a->op != MMIO_LODS)
		advance(v, RDI, a, step);
	if (a->op != MMIO_STOS)
		advance(v, RSI, a, step);
	if (a->rep) {
		advance(v, RCX, a, -1);
		if (v->vmx.sw.gpr[RCX] & mask)
			a->length = 0;
	}
	return 0;
}

static bool is_transfer(const struct mmio_insn *a)
{
	return a->op == MMIO_CALL || a->op == MMIO_JMP;
}

/*
 * PUSH, POP, CALL and JMP, whose other side is the stack or RIP: *@target, for the latter.
 * Return: 0; -EFAULT: a fault is to be injected; -ENOMEM.
 */
static int with_stack(struct vcpu *v, const struct mmio_insn *a, u64 gpa, u64 *target)
{
	bool wide = vmx_vcpu_long_mode(v), pop = a->op == MMIO_POP;
	u64 mask = wide ? ~0ULL : vmx_vcpu_ss_ar(v) & BIT(14) ? U32_MAX : 0xffff;
	u64 sp = (pop ? v->vmx.rsp : v->vmx.rsp - a->size) & mask;
	u64 value = a->read ? read_place(v, gpa, a->size) : 0, linear;
	struct guest_fault fault;
	int err;

	*target = value;
	if (is_transfer(a) && wide && sign_extend64(value, 47) != value) {
		vmx_inject_gp(v);
		return -EFAULT;
	}
	if (a->op == MMIO_JMP)
		return 0;
	if (a->op == MMIO_CALL)
		value = vmx_rip_after(v, vmx_vcpu_rip(v), a->length);
	err = vmx_operand_linear(v, SEG_SS, sp, a->size, !pop, &linear);
	if (err)
		return err;
	err = guest_access(v, linear, &value, a->size, pop ? GUEST_READ : GUEST_WRITE, &fault);
	if (err == -EFAULT)
		vmx_inject_fault(v, &fault);
	if (err)
		return err;
	if (pop) {
		write_place(v, gpa, value);
		sp = (sp + a->size) & mask;
	}
	v->vmx.rsp = (v->vmx.rsp & ~mask) | sp;
	v->vmx.dirty |= VMX_DIRTY_RSP;
	return 0;
}

/* What is shorter than the register clears the rest of it. */
static void move_xmm(struct vcpu *v, const struct mmio_insn *a, u64 gpa)
{
	u32 words[4] = {};
	unsigned int i;

	if (a->read) {
		for (i = 0; i < a->size / 4; i++)
			words[i] = read_place(v, gpa + 4 * i, 4);
		vmx_fpu_set_xmm(&v->vmx, a->gpr, words);
	} else {
		vmx_fpu_get_xmm(&v->vmx, a->gpr, words);
		write_place(v, gpa, words[0]);
	}
}

/* Return: 0; -EFAULT: a fault is to be injected; -ENOMEM. */
static int perform(struct vcpu *v, struct mmio_insn *a, u64 gpa, bool write, u64 *target)
{
	u64 result;

	switch (a->op) {
	case MMIO_STOS:
	case MMIO_LODS:
	case MMIO_MOVS:
		return string_round(v, a, gpa, write);
	case MMIO_PUSH:
	case MMIO_POP:
	case MMIO_CALL:
	case MMIO_JMP:
		return with_stack(v, a, gpa, target);
	case MMIO_XMM:
		move_xmm(v, a, gpa);
		return 0;
	default:
		if (execute(v, a, a->read ? read_place(v, gpa, a->size) : 0, &result))
			write_place(v, gpa, result);
		return 0;
	}
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
	struct mmio_insn a;
	u64 target;
	int err;

	err = fetch_and_decode(v, &a, &fault);
	if (err == -EFAULT) {
		vmx_inject_fault(v, &fault);
		return 0;
	}
	if (err)
		return err;
	/* Another instruction than the one whose rights the CPU has checked. */
	if (write ? !a.write : a.write && a.op != MMIO_MOVS)
		return -EOPNOTSUPP;
	err = perform(v, &a, gpa, write, &target);
	if (err)
		return err == -EFAULT ? 0 : err;
	/* The exit saved RF set, as for a fault; an instruction that is done clears it. */
	if (a.length && vmx_vcpu_rflags(v) & X86_EFLAGS_RF) {
		v->vmx.rflags &= ~X86_EFLAGS_RF;
		v->vmx.dirty |= VMX_DIRTY_RFLAGS;
	}
	vmx_skip_bytes(v, a.length);
	if (is_transfer(&a))
		v->vmx.rip = target;
	return 0;
}
