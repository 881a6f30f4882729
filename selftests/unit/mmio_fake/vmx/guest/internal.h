/* SPDX-License-Identifier: GPL-2.0-only */
/* Takes the place of kmod/vmx/guest/internal.h for kmod/vmx/guest/mmio.c. */
#ifndef UNIT_MMIO_FAKE_VMX_INTERNAL_H
#define UNIT_MMIO_FAKE_VMX_INTERNAL_H

#include "vcpu/vcpu.h"

static inline u64 vmx_vcpu_rip(struct vcpu *v)
{
	return v->vmx.rip;
}

static inline u64 vmx_vcpu_rflags(struct vcpu *v)
{
	return v->vmx.rflags;
}

static inline bool vmx_vcpu_long_mode(struct vcpu *v)
{
	return v->long_mode;
}

static inline u32 vmx_vcpu_cs_ar(struct vcpu *v)
{
	return v->big ? BIT(14) : 0;
}

static inline void vmx_skip_bytes(struct vcpu *v, u32 length)
{
	v->skipped = length;
}

int vmx_mmio(struct vcpu *v, u64 gpa, bool write);

#endif /* UNIT_MMIO_FAKE_VMX_INTERNAL_H */
