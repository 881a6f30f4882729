/* SPDX-License-Identifier: GPL-2.0-only */
/* Local APIC in either mode: registers are named by their xAPIC offset. */
#ifndef GUEST_LAPIC_H
#define GUEST_LAPIC_H

#include "types.h"

#define APIC_PAGE 0xfee00000UL

#define APIC_ID 0x20
#define APIC_LVR 0x30
#define APIC_TPR 0x80
#define APIC_PPR 0xa0
#define APIC_EOI 0xb0
#define APIC_LDR 0xd0
#define APIC_DFR 0xe0
#define APIC_SVR 0xf0
#define APIC_ISR 0x100
#define APIC_TMR 0x180
#define APIC_IRR 0x200
#define APIC_ESR 0x280
#define APIC_ICR 0x300
#define APIC_ICR2 0x310
#define APIC_LVT_CMCI 0x2f0
#define APIC_LVT_TIMER 0x320
#define APIC_LVT_THERMAL 0x330
#define APIC_LVT_PERF 0x340
#define APIC_LVT_LINT0 0x350
#define APIC_LVT_LINT1 0x360
#define APIC_LVT_ERROR 0x370
#define APIC_TMICT 0x380
#define APIC_TMCCT 0x390
#define APIC_TDCR 0x3e0
#define APIC_SELF_IPI 0x3f0

#define SVR_ENABLE 0x100
#define LVT_MASKED 0x10000
#define LVT_PERIODIC 0x20000
#define LVT_DEADLINE 0x40000

#define ICR_FIXED 0x000
#define ICR_LOWEST 0x100
#define ICR_NMI 0x400
#define ICR_INIT 0x500
#define ICR_STARTUP 0x600
#define ICR_LOGICAL 0x800
#define ICR_BUSY 0x1000
#define ICR_ASSERT 0x4000
#define ICR_LEVEL 0x8000
#define ICR_SELF 0x40000
#define ICR_ALL 0x80000
#define ICR_OTHERS 0xc0000

extern bool lapic_x2;		/* this mode is on now (all vCPUs alike) */

extern volatile u32 lapic_spurious;	/* spurious interrupts so far */

extern u64 lapic_base_at_entry;	/* IA32_APIC_BASE as the first vCPU found it */

/* On the first vCPU: x2APIC mode if there is one, then lapic_init(). */
void lapic_start(void);
/* Finds the mode, software-enables the APIC with spurious vector 0xff. */
void lapic_init(void);
/* On another vCPU: takes over the first one's mode, then the same. */
void lapic_init_ap(void);
u32 lapic_read(u32 reg);
void lapic_write(u32 reg, u32 v);
u32 lapic_id(void);
void lapic_eoi(void);

/**
 * lapic_icr - send an IPI
 * @lo: ICR_* and vector
 * @dest: APIC id or logical destination, unused with a shorthand
 */
void lapic_icr(u32 lo, u32 dest);
static inline void lapic_self_ipi(u8 vector)
{
	lapic_icr(ICR_SELF | ICR_ASSERT | vector, 0);
}

/* Whether a vector's bit is set in the 256-bit register at @base (APIC_ISR, _TMR, _IRR). */
bool lapic_bit(u32 base, u8 vector);

/**
 * lapic_mode_set - change the mode by the legal path
 * @x2: true for x2APIC
 * Return: false when the CPU has no x2APIC.
 */
bool lapic_mode_set(bool x2);

#endif
