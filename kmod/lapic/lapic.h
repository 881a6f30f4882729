/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The local APIC.  Its registers are in the virtual-APIC page of the vCPU
 * (v->vmx.vapic), whether the CPU helps or not, in the layout of the SDM (a
 * 32-bit register each 16 bytes).  Interrupts from other CPUs come through the
 * mail-box v->vmx.pir and are moved to the IRR by the vCPU's own thread.
 */
#ifndef XLHV_LAPIC_H
#define XLHV_LAPIC_H

#include <linux/types.h>

#include "domain/parts.h"
#include "lapic/types.h"

struct vcpu;

extern const struct domain_part lapic_part;

void lapic_reset(struct vcpu *v, bool init);

/* Registers by offset (0x20, 0x30, ... 0x3f0).  Own thread.  -errno: #GP or ignored. */
int lapic_read(struct vcpu *v, u32 offset, u32 *value);
int lapic_write(struct vcpu *v, u32 offset, u32 value);
/* x2APIC MSRs 0x800 to 0x8ff, IA32_APIC_BASE, IA32_TSC_DEADLINE.  -EINVAL: #GP. */
int lapic_rdmsr(struct vcpu *v, u32 msr, u64 *value);
int lapic_wrmsr(struct vcpu *v, u32 msr, u64 value);

/* Post an edge-triggered fixed interrupt.  Any context. */
void lapic_post(struct vcpu *v, u8 vector);
/* The same for an NMI. */
void lapic_post_nmi(struct vcpu *v);
/* Move what was posted into the IRR.  Own thread. */
void lapic_sync(struct vcpu *v);
/* Highest interrupt that may be delivered now (priority above PPR), -1 for none.  Own thread. */
int lapic_pending(struct vcpu *v);
/* It is being injected: IRR to ISR.  Own thread. */
void lapic_accept(struct vcpu *v, u8 vector);
void lapic_return(struct vcpu *v, u8 vector);
/* Guest interrupt status (SVI, RVI) for the VMCS, from ISR and IRR.  Own thread. */
u16 lapic_intr_status(struct vcpu *v);
/* The CPU has written a register of the page for the guest: act on it.  Own thread. */
void lapic_written(struct vcpu *v, u32 offset);
/* TPR class below which the task priority has to fall for what it holds back, 0 for none. */
u32 lapic_tpr_threshold(struct vcpu *v);
bool lapic_enabled(const struct vcpu *v);	/* SVR bit 8 and APIC_BASE bit 11 */

/* The timer.  Own thread. */
void lapic_expire(struct vcpu *v, u64 host_tsc);
void lapic_timer_tsc_changed(struct vcpu *v);

static inline u32 lapic_reg(const void *vapic, u32 offset)
{
	return *(const u32 *)((const char *)vapic + offset);
}

#endif /* XLHV_LAPIC_H */
