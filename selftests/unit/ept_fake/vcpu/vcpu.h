/* SPDX-License-Identifier: GPL-2.0-only */
/* As much of a vCPU as kmod/ept looks at; a test may play the guest that runs on it. */
#ifndef EPT_FAKE_VCPU_H
#define EPT_FAKE_VCPU_H

#include <linux/bitops.h>

#include "domain/domain.h"

#define VCPU_REQ_TLB_FLUSH	1

struct vcpu {
	struct domain *domain;
	bool process;
	struct ept_vcpu *ept;
	unsigned int id;
	unsigned long requests;
	bool in_guest;
	u64 cr0, cr3, cr4, efer, rflags;
	u64 pkru, cpl;
	bool compat;		/* 32-bit code in long mode */
	struct vmx_vcpu {
		bool atomic;
		u64 *cr0, *cr4, *efer;
		unsigned long have;
		u64 cr3;
	} vmx;
};

/* The register of the one vCPU of a test, for who reads it from the VMCS; never remembered. */
#define VMX_HAVE_CR3	0
#define GUEST_CR3	0x681c
extern const u64 *fake_guest_cr3;

static inline bool vmx_cache_missed(struct vmx_vcpu *x, int what)
{
	x->have |= BIT(what);
	return true;
}

static inline int vmcs_read_safe(unsigned long field, unsigned long *value)
{
	*value = *fake_guest_cr3;
	return field == GUEST_CR3 ? 0 : -1;
}

/* See kmod/vmx/guest/guest.h. */
static inline u64 vmx_paging_mode(const struct vmx_vcpu *x)
{
	return (*x->cr0 & 1ULL << 31) | (*x->cr4 & 0x701030) | (*x->efer & 0xc00);
}

/* What a vCPU is told when it is made: after ept_init(). */
static inline void fake_vcpus_made(struct domain *d)
{
	unsigned int i;

	for (i = 0; i < d->max_vcpus; i++)
		d->vcpu[i]->ept = &d->ept.vcpu[i];
}

static inline bool vcpu_in_guest(const struct vcpu *v)
{
	return READ_ONCE(v->in_guest);
}

/* The guests of the tests leave by themselves very soon: no need to kick them. */
static inline void vcpu_request(struct vcpu *v, unsigned int request)
{
	set_bit(request, &v->requests);
}

static inline bool vmx_vcpu_atomic(const struct vcpu *v)
{
	return v->vmx.atomic;
}

#define FAKE_REGISTER(name)				\
static inline u64 vmx_vcpu_##name(struct vcpu *v)	\
{							\
	return v->name;					\
}

FAKE_REGISTER(cr0)
FAKE_REGISTER(cr3)
FAKE_REGISTER(cr4)
FAKE_REGISTER(efer)
FAKE_REGISTER(rflags)
FAKE_REGISTER(pkru)
FAKE_REGISTER(cpl)

static inline bool vmx_vcpu_long_mode(struct vcpu *v)
{
	return (v->efer & 1ULL << 10) && !v->compat;
}

#define X86_EFLAGS_AC	(1 << 18)

#endif /* EPT_FAKE_VCPU_H */
