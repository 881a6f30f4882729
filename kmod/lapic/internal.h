/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of kmod/lapic share. */
#ifndef XLHV_LAPIC_INTERNAL_H
#define XLHV_LAPIC_INTERNAL_H

#include <asm/apicdef.h>

#include "base/ioctl.h"
#include "lapic/lapic.h"
#include "vcpu/vcpu.h"

static inline void lapic_set_reg(struct vcpu *v, u32 offset, u32 value)
{
	*(u32 *)(v->vmx.vapic + offset) = value;
}

static inline bool lapic_x2apic(const struct vcpu *v)
{
	return v->lapic.base & X2APIC_ENABLE;
}

extern const struct ioctl_op lapic_ioctls[];

void lapic_error(struct vcpu *v, u32 error);
void lapic_fixed(struct vcpu *v, u8 vector);

int lapic_send_icr(struct vcpu *v, u32 low, u32 high);

u32 lapic_timer_count(struct vcpu *v);
void lapic_timer_start(struct vcpu *v, u32 initial);
void lapic_timer_mode_changed(struct vcpu *v);
void lapic_timer_reset(struct vcpu *v);
u64 lapic_timer_get_deadline(struct vcpu *v);
void lapic_timer_set_deadline(struct vcpu *v, u64 guest_tsc);

#endif /* XLHV_LAPIC_INTERNAL_H */
