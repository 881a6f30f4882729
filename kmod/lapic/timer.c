// SPDX-License-Identifier: GPL-2.0-only
/*
 * The local APIC's timer.  It counts at the rate of the TSC, which is what
 * CPUID.15H says of its clock, divided by the divide configuration.  Armed, it is
 * nothing but a host TSC value: the stay in the guest is bounded by it, and a
 * blocked vCPU sleeps no longer.
 */
#include <linux/bits.h>
#include <linux/math64.h>
#include <linux/types.h>
#include <asm/tsc.h>

#include "base/host_tsc.h"
#include "lapic/deadline.h"
#include "lapic/internal.h"

#define MODE(lvtt)	((lvtt) & (3 << 17))
#define MODE_PERIODIC	BIT(17)
#define MODE_DEADLINE	BIT(18)

/* A period shorter than this would only make the host busy. */
#define MIN_PERIOD_US	50

static u32 lvtt(const struct vcpu *v)
{
	return lapic_reg(v->vmx.vapic, APIC_LVTT);
}

/* Bits 0, 1 and 3 say 2, 4, ... 128, 1. */
static unsigned int divide_shift(const struct vcpu *v)
{
	u32 tdcr = lapic_reg(v->vmx.vapic, APIC_TDCR);
	unsigned int code = (tdcr & 3) | (tdcr & 8) >> 1;

	return (code + 1) & 7;
}

void lapic_timer_reset(struct vcpu *v)
{
	v->lapic.timer_deadline_tsc = TIME_NEVER;
	v->lapic.timer_period_tsc = 0;
	v->lapic.tscdeadline = 0;
}

/* The initial count was written: count down from it.  0 stops the timer. */
void lapic_timer_start(struct vcpu *v, u32 initial)
{
	struct lapic *l = &v->lapic;
	u64 period = (u64)initial << divide_shift(v);
	u64 least = (u64)tsc_khz * MIN_PERIOD_US / 1000;

	if (MODE(lvtt(v)) == MODE_DEADLINE)
		return;
	l->timer_deadline_tsc = TIME_NEVER;
	l->timer_period_tsc = 0;
	if (!initial)
		return;
	l->timer_deadline_tsc = host_tsc_ordered() + period;
	if (MODE(lvtt(v)) == MODE_PERIODIC)
		l->timer_period_tsc = max(period, least);
	vcpu_request(v, VCPU_REQ_TIMER);
}

/* Another mode disarms the timer; another divisor starts it again. */
void lapic_timer_mode_changed(struct vcpu *v)
{
	struct lapic *l = &v->lapic;

	if (MODE(lvtt(v)) == MODE_DEADLINE) {
		lapic_timer_reset(v);
		lapic_set_reg(v, APIC_TMICT, 0);
		return;
	}
	l->tscdeadline = 0;
	lapic_timer_start(v, lapic_reg(v->vmx.vapic, APIC_TMICT));
}

/* The current count: what is left of the initial one. */
u32 lapic_timer_count(struct vcpu *v)
{
	struct lapic *l = &v->lapic;
	u64 now = host_tsc_ordered(), left;

	if (l->timer_deadline_tsc == TIME_NEVER || MODE(lvtt(v)) == MODE_DEADLINE)
		return 0;
	if (now >= l->timer_deadline_tsc) {
		if (!l->timer_period_tsc)
			return 0;
		left = l->timer_period_tsc -
		       (now - l->timer_deadline_tsc) % l->timer_period_tsc;
	} else {
		left = l->timer_deadline_tsc - now;
	}
	return left >> divide_shift(v);
}

u64 lapic_timer_get_deadline(struct vcpu *v)
{
	return MODE(lvtt(v)) == MODE_DEADLINE ? v->lapic.tscdeadline : 0;
}

/* IA32_TSC_DEADLINE against the guest's TSC as it is now: the past is due, 0 never comes. */
static void arm_deadline(struct vcpu *v)
{
	struct lapic *l = &v->lapic;

	l->timer_deadline_tsc = lapic_deadline_of(l->tscdeadline, host_tsc(), v->vmx.tsc_offset);
	vcpu_request(v, VCPU_REQ_TIMER);
}

/* The guest's TSC jumped: its deadline is as far away as the TSC says now. */
void lapic_timer_tsc_changed(struct vcpu *v)
{
	if (MODE(lvtt(v)) == MODE_DEADLINE && v->lapic.tscdeadline)
		arm_deadline(v);
}

void lapic_timer_set_deadline(struct vcpu *v, u64 guest_tsc)
{
	struct lapic *l = &v->lapic;

	/* In another mode the write does nothing. */
	if (MODE(lvtt(v)) != MODE_DEADLINE)
		return;
	l->tscdeadline = guest_tsc;
	arm_deadline(v);
}

/**
 * lapic_expire() - fire if due
 * @v: own thread
 * @host_tsc: now
 */
void lapic_expire(struct vcpu *v, u64 host_tsc)
{
	struct lapic *l = &v->lapic;
	u32 entry = lvtt(v);
	u64 periods;

	if (l->timer_deadline_tsc > host_tsc)
		return;
	if (l->timer_period_tsc) {
		periods = (host_tsc - l->timer_deadline_tsc) / l->timer_period_tsc + 1;
		l->timer_deadline_tsc += periods * l->timer_period_tsc;
	} else {
		l->timer_deadline_tsc = TIME_NEVER;
	}
	if (MODE(entry) == MODE_DEADLINE)
		l->tscdeadline = 0;
	if (!(entry & APIC_LVT_MASKED))
		lapic_fixed(v, entry & APIC_VECTOR_MASK);
}
