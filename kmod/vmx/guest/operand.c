// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where an operand of an instruction is that we carry out, by segment and offset, and whether
 * its segment allows the access.
 */
#include <linux/errno.h>
#include <linux/limits.h>
#include <asm/processor-flags.h>
#include <asm/trapnr.h>
#include <asm/vmx.h>

#include "vcpu/regs.h"
#include "vcpu/vcpu.h"
#include "vmx/guest/internal.h"
#include "vmx/guest/segment.h"

#define AR_EXPAND_DOWN	BIT(2)		/* of data */

/* 16-bit or 32-bit code of protected mode: segments have rights. */
static bool has_segment_rights(struct vcpu *v)
{
	return !vmx_vcpu_long_mode(v) && (vmx_vcpu_cr0(v) & X86_CR0_PE) &&
	       !(vmx_vcpu_rflags(v) & X86_EFLAGS_VM);
}

/* May data be there, as far as its segment says?  Nothing of this counts in 64-bit code. */
static bool segment_allows(struct vcpu *v, const struct segment *seg, u64 offset,
			   unsigned int size, bool write)
{
	u64 last = offset + size - 1;
	u32 ar = seg->ar;

	if (vmx_vcpu_long_mode(v))
		return true;
	if (has_segment_rights(v)) {
		if (ar & AR_UNUSABLE)
			return false;
		if (write ? ar & AR_CODE || !(ar & AR_RW) : ar & AR_CODE && !(ar & AR_RW))
			return false;
	}
	if ((ar & (AR_CODE | AR_EXPAND_DOWN)) == AR_EXPAND_DOWN)
		return offset > seg->limit && last <= (ar & AR_BIG ? U32_MAX : 0xffff);
	return last <= seg->limit;
}

/* Data of user mode that is not aligned, where user mode asked for a fault then. */
static bool alignment_fault(struct vcpu *v, u64 linear, unsigned int size)
{
	return linear & (size - 1) && vmx_vcpu_cpl(v) == 3 &&
	       (vmx_vcpu_cr0(v) & X86_CR0_AM) && (vmx_vcpu_rflags(v) & X86_EFLAGS_AC);
}

/**
 * vmx_segment_linear() - where an operand is in a segment that is at hand
 * @v: own thread, outside of a stay
 * @which: SEG_*
 * @seg: what the VMCS has of it
 * @offset: in it
 * @size: bytes, 1 to 8
 * @write: it is going to be written
 * @linear: receives the address
 *
 * Return: 0; -EFAULT: a fault is to be injected.
 */
int vmx_segment_linear(struct vcpu *v, unsigned int which, const struct segment *seg, u64 offset,
		       unsigned int size, bool write, u64 *linear)
{
	/* The bases of ES, CS, SS and DS do not count in 64-bit code. */
	u64 base = vmx_vcpu_long_mode(v) && which < SEG_FS ? 0 : seg->base;

	if (!segment_allows(v, seg, offset, size, write)) {
		vmx_inject_exception(v, which == SEG_SS ? X86_TRAP_SS : X86_TRAP_GP, true, 0);
		return -EFAULT;
	}
	*linear = base + offset;
	if (!vmx_vcpu_long_mode(v))
		*linear = (u32)*linear;
	if (alignment_fault(v, *linear, size)) {
		vmx_inject_exception(v, X86_TRAP_AC, true, 0);
		return -EFAULT;
	}
	return 0;
}

static void read_segment(struct vcpu *v, const void *arg)
{
	struct segment *seg = (struct segment *)arg;
	unsigned int which = seg->selector;

	seg->base = vmx_field_read(GUEST_ES_BASE + 2 * which);
	seg->limit = vmx_field_read(GUEST_ES_LIMIT + 2 * which);
	seg->ar = vmx_field_read(GUEST_ES_AR_BYTES + 2 * which);
}

/**
 * vmx_operand_linear() - the same, of a segment that has to be asked for
 * @v: own thread, outside of a stay
 * @which: SEG_*
 * @offset: in it
 * @size: bytes, 1 to 8
 * @write: it is going to be written
 * @linear: receives the address
 *
 * Return: as vmx_segment_linear(), or what vmx_vcpu_window() returns.
 */
int vmx_operand_linear(struct vcpu *v, unsigned int which, u64 offset, unsigned int size,
		       bool write, u64 *linear)
{
	struct segment seg = { .selector = which };
	int err;

	if (!vmx_vcpu_long_mode(v) || which >= SEG_FS) {
		err = vmx_vcpu_window(v, read_segment, &seg);
		if (err)
			return err;
	}
	return vmx_segment_linear(v, which, &seg, offset, size, write, linear);
}
