/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The local APIC.  Its registers are in the virtual-APIC page of the vCPU
 * (v->vmx.vapic), whether the CPU helps or not, in the layout of the SDM (a
 * 32-bit register each 16 bytes).  Interrupts from other CPUs come through the
 * mail-box v->vmx.pir and are moved to the IRR by the vCPU's own thread.
 */
#ifndef XLHV_LAPIC_H
#define XLHV_LAPIC_H

#include <linux/hrtimer.h>
#include <linux/types.h>

struct vcpu;

/**
 * struct lapic - local APIC of a vCPU
 * @base: [v] IA32_APIC_BASE
 * @id: [c] APIC ID (2 * vCPU number)
 * @timer_deadline_tsc: [v] host TSC when the timer fires, ~0 for never
 * @tscdeadline: [v] IA32_TSC_DEADLINE, guest TSC
 * @timer_period_tsc: [v] of a periodic timer
 * @timer_start_tsc: [v] host TSC when its count was last reloaded
 * @mail: [a] enum lapic_mail, from other CPUs
 * @sipi_vector: [a] with LAPIC_MAIL_SIPI
 */
struct lapic {
	u64 base;
	u32 id;
	u64 timer_deadline_tsc;
	u64 timer_start_tsc;
	u64 timer_period_tsc;
	u64 tscdeadline;
	unsigned long mail;
	u8 sipi_vector;
};

/* Bits of lapic.mail: what other vCPUs sent besides fixed interrupts. */
enum lapic_mail {
	LAPIC_MAIL_NMI,
	LAPIC_MAIL_INIT,
	LAPIC_MAIL_SIPI,
};

/*
 * Posted-interrupt descriptor (SDM vol. 3, "Posted-Interrupt Processing"), 64
 * bytes, aligned.  Used as mail-box also where the CPU does not post.
 */
struct pi_desc {
	unsigned long pir[4];
	u32 control;		/* bit 0: outstanding notification, bit 1: suppress */
	u32 reserved[7];
} __aligned(64);

int lapic_init(struct vcpu *v);
void lapic_reset(struct vcpu *v, bool init);

/* Registers by offset (0x20, 0x30, ... 0x3f0).  Own thread.  -errno: #GP or ignored. */
int lapic_read(struct vcpu *v, u32 offset, u32 *value);
int lapic_write(struct vcpu *v, u32 offset, u32 value);
/* x2APIC MSRs 0x800 to 0x8ff, IA32_APIC_BASE, IA32_TSC_DEADLINE.  -EINVAL: #GP. */
int lapic_rdmsr(struct vcpu *v, u32 msr, u64 *value);
int lapic_wrmsr(struct vcpu *v, u32 msr, u64 value);

/* Post an edge-triggered fixed interrupt.  Any context. */
void lapic_post(struct vcpu *v, u8 vector);
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
/* Host TSC when the timer fires, ~0 for never. */
#define lapic_next_tsc(v)	((v)->lapic.timer_deadline_tsc)
void lapic_expire(struct vcpu *v, u64 host_tsc);

static inline u32 lapic_reg(const void *vapic, u32 offset)
{
	return *(const u32 *)((const char *)vapic + offset);
}

#endif /* XLHV_LAPIC_H */
