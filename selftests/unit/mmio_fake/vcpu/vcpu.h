/* SPDX-License-Identifier: GPL-2.0-only */
/* As much of a vCPU as kmod/vmx/guest/mmio.c looks at. Takes the place of kmod/vcpu/vcpu.h. */
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
	struct vmx_vcpu {
		u64 rip, rsp, rflags, cs_base;
		struct {
			u64 gpr[16];
		} sw;
		u32 xmm[16][4];
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
	int fetch_error;
	int fetches, faults, gps;
	u64 fault_linear;
	u8 *data;			/* at DATA_LINEAR, for the other side of a string */
	unsigned int data_size;
	int data_error;
	unsigned int data_segment;
	u32 apic_value;
	int apic_reads, apic_writes;
	u32 apic_offset, apic_written;
	u32 skipped;
};

/* See kmod/ept/ept.h. */
enum guest_access {
	GUEST_READ,
	GUEST_WRITE,
	GUEST_FETCH,
};

struct guest_fault {
	u64 linear;
};

#define DATA_LINEAR	0x500000

/* What is not there has a fault. */
static inline int guest_access_data(struct vcpu *v, u64 linear, void *buffer, size_t size,
				    bool write, struct guest_fault *fault)
{
	u64 at = linear - DATA_LINEAR;

	if (v->data_error)
		return v->data_error;
	if (at > v->data_size || size > v->data_size - at) {
		fault->linear = linear;
		return -EFAULT;
	}
	if (write)
		__builtin_memcpy(v->data + at, buffer, size);
	else
		__builtin_memcpy(buffer, v->data + at, size);
	return 0;
}

/* Of a range that has a fault nothing is given. */
static inline int guest_access(struct vcpu *v, u64 linear, void *to, size_t size,
			       enum guest_access what, struct guest_fault *fault)
{
	u64 at = (v->long_mode ? linear : (u32)linear) - v->insn_linear;

	if (what != GUEST_FETCH)
		return guest_access_data(v, linear, to, size, what == GUEST_WRITE, fault);
	v->fetches++;
	if (v->fetch_error)
		return v->fetch_error;
	if (at > v->insn_size || size > v->insn_size - at) {
		fault->linear = linear;
		return -EFAULT;
	}
	__builtin_memcpy(to, v->insn + at, size);
	return 0;
}

static inline void vmx_inject_fault(struct vcpu *v, const struct guest_fault *fault)
{
	v->faults++;
	v->fault_linear = fault->linear;
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
