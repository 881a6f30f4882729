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

/* As large as the code's. */
static inline u32 vmx_vcpu_ss_ar(struct vcpu *v)
{
	return v->big ? BIT(14) : 0;
}

static inline u64 vmx_rip_after(struct vcpu *v, u64 rip, u32 length)
{
	return v->long_mode ? rip + length : (u32)(rip + length);
}

static inline void vmx_inject_gp(struct vcpu *v)
{
	v->gps++;
}

static inline void vmx_fpu_get_xmm(const struct vmx_vcpu *x, unsigned int nr, u32 *words)
{
	__builtin_memcpy(words, x->xmm[nr], 16);
}

static inline void vmx_fpu_set_xmm(struct vmx_vcpu *x, unsigned int nr, const u32 *words)
{
	__builtin_memcpy(x->xmm[nr], words, 16);
}

static inline void vmx_skip_bytes(struct vcpu *v, u32 length)
{
	v->skipped = length;
}

/* Segments have a base of 0 and no limit. */
static inline int vmx_operand_linear(struct vcpu *v, unsigned int which, u64 offset,
				     unsigned int size, bool write, u64 *linear)
{
	(void)size;
	(void)write;
	v->data_segment = which;
	*linear = offset;
	return 0;
}

int vmx_mmio(struct vcpu *v, u64 gpa, bool write);

#endif /* UNIT_MMIO_FAKE_VMX_INTERNAL_H */
