/* SPDX-License-Identifier: GPL-2.0-only */
/* As much of a vCPU as kmod/vmx/mmio.c looks at. Takes the place of kmod/vcpu.h. */
#ifndef UNIT_MMIO_FAKE_VCPU_H
#define UNIT_MMIO_FAKE_VCPU_H

#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/types.h>
#include <asm/apicdef.h>
#include <uapi/asm/processor-flags.h>

#ifndef X86_EFLAGS_FIXED
#define X86_EFLAGS_FIXED	2
#endif

enum vmx_dirty {
	VMX_DIRTY_RSP = 16,
	VMX_DIRTY_RFLAGS = 32,
};

struct vcpu {
	struct {
		u64 rip, rsp, rflags, cs_base;
		struct {
			u64 gpr[16];
		} sw;
		unsigned int dirty;
	} vmx;
	struct {
		u64 base;
	} lapic;

	/* The test's. */
	bool long_mode, big;
	u8 insn[32];
	unsigned int insn_size;		/* bytes that can be fetched, from rip on */
	u64 insn_linear;		/* where the first of them is */
	u32 apic_value;
	int apic_reads, apic_writes;
	u32 apic_offset, apic_written;
	u32 skipped;
};

static inline int guest_copy_from(struct vcpu *v, void *to, u64 linear, size_t size)
{
	u64 at = linear - v->insn_linear;

	if (at > v->insn_size || size > v->insn_size - at)
		return -EFAULT;
	__builtin_memcpy(to, v->insn + at, size);
	return 0;
}

static inline int lapic_read(struct vcpu *v, u32 offset, u32 *value)
{
	v->apic_reads++;
	v->apic_offset = offset;
	*value = v->apic_value;
	return 0;
}

static inline int lapic_write(struct vcpu *v, u32 offset, u32 value)
{
	v->apic_writes++;
	v->apic_offset = offset;
	v->apic_written = value;
	return 0;
}

#endif /* UNIT_MMIO_FAKE_VCPU_H */
