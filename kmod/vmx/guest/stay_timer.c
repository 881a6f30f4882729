// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bounds a stay in the guest where the CPU has no VMX-preemption timer, as nested ones
 * may not: a timer of the host's whose interrupt is the exit.  The host's tick would end the
 * stay late, and on a CPU without a tick (nohz_full) never.
 */
#include <linux/hrtimer.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <asm/tsc.h>

#include "compat.h"
#include "vmx/guest/internal.h"
#include "vmx/root/caps.h"

/*
 * The interrupt was all: the inner loop looks at the clock itself.  By that it may be a little
 * early, and the timer is set again.  On the CPU of the stay, between two of its windows.
 */
static enum hrtimer_restart fired(struct hrtimer *timer)
{
	struct vmx_vcpu *x = container_of(timer, struct vmx_vcpu, stay_timer);

	WRITE_ONCE(x->stay_until, 0);
	return HRTIMER_NORESTART;
}

/* Also for a vCPU that will not need it. */
void vmx_stay_timer_init(struct vmx_vcpu *x)
{
	compat_hrtimer_setup(&x->stay_timer, fired, CLOCK_MONOTONIC, HRTIMER_MODE_ABS_HARD);
	x->stay_timer_made = true;
}

/*
 * An interrupt comes here at host_tsc() @until; it is @now.  In a window: interrupts off.
 * At most a window ahead, so the product below fits.
 */
void vmx_stay_timer_set(struct vmx_vcpu *x, u64 now, u64 until)
{
	u64 ns;

	if (READ_ONCE(x->stay_until) == until)
		return;
	WRITE_ONCE(x->stay_until, until);
	ns = until > now ? mul_u64_u32_div(until - now, USEC_PER_SEC, tsc_khz) : 0;
	hrtimer_start(&x->stay_timer, ktime_add_ns(ktime_get(), ns), HRTIMER_MODE_ABS_PINNED_HARD);
}

/* At the end of a stay: nobody else is to be interrupted.  Interrupts on, preemption off. */
void vmx_stay_timer_stop(struct vmx_vcpu *x)
{
	if (likely(!READ_ONCE(x->stay_until)))
		return;
	hrtimer_cancel(&x->stay_timer);
	x->stay_until = 0;
}

/* The thread has ended, or never was; zeroed memory is no timer. */
void vmx_stay_timer_free(struct vmx_vcpu *x)
{
	if (!x->stay_timer_made)
		return;
	hrtimer_cancel(&x->stay_timer);
}
