// SPDX-License-Identifier: GPL-2.0-only
/*
 * The timers of a vCPU, and the sub-ops of vcpu_op that are about time.
 *
 * A deadline is nothing but a number: the vCPU's thread leaves the guest, or wakes,
 * when it has come, and calls time_expire().  Setting a timer costs no timer of the
 * host's.
 *
 * The periodic timer may be set by other vCPUs, hence under the lock.
 */
#include <linux/math64.h>
#include <linux/time64.h>
#include <asm/tsc.h>

#include "base/host_tsc.h"
#include "ept/ept.h"
#include "evtchn/evtchn.h"
#include "time/internal.h"
#include "vcpu/regs.h"
#include "vcpu/vcpu.h"

#define PERIOD_MIN_NS		NSEC_PER_MSEC
#define PERIOD_MAX_NS		(30ULL * 24 * 3600 * NSEC_PER_SEC)

/* set_timer_op: a guest that names such a far future wrapped around. */
#define FAR_FUTURE_NS		(1ULL << 50)
#define INSTEAD_OF_FAR_NS	(100 * NSEC_PER_MSEC)

void time_timer_init(struct vcpu *v)
{
	v->time.deadline_tsc = TIME_NEVER;
	v->time.periodic_tsc = TIME_NEVER;
}

/* VIRQ_TIMER at a moment of system time; what is past, or negative, is due at once.  Own thread. */
static void set_singleshot(struct vcpu *v, u64 system_ns)
{
	v->time.deadline_tsc = (s64)system_ns < 0 ? 0 : time_tsc_of(v->domain, system_ns);
}

/* No VIRQ_TIMER by that.  Own thread. */
static void stop_singleshot(struct vcpu *v)
{
	v->time.deadline_tsc = TIME_NEVER;
}

/* VIRQ_TIMER again and again, at least a millisecond apart; 0 for off.  Context: any but NMI. */
static void set_periodic(struct vcpu *v, u64 period_ns)
{
	struct time_vcpu *t = &v->time;
	u64 next = TIME_NEVER;
	unsigned long flags;

	if (!period_ns && !READ_ONCE(t->period_ns))
		return;
	if (period_ns)
		next = host_tsc_ordered() + time_scale_ticks(&v->domain->time.scale, period_ns);
	raw_spin_lock_irqsave(&t->lock, flags);
	WRITE_ONCE(t->period_ns, period_ns);
	WRITE_ONCE(t->periodic_tsc, next);
	raw_spin_unlock_irqrestore(&t->lock, flags);
	if (period_ns) {
		vcpu_request(v, VCPU_REQ_TIMER);
		vcpu_wake(v);
	}
}

/* The periodic timer is due: on to the first tick that is not past.  Was it still due? */
static bool periodic_tick(struct vcpu *v, u64 host_tsc)
{
	struct time_vcpu *t = &v->time;
	unsigned long flags;
	bool due = false;
	u64 period;

	raw_spin_lock_irqsave(&t->lock, flags);
	if (t->periodic_tsc <= host_tsc) {
		due = true;
		period = time_scale_ticks(&v->domain->time.scale, t->period_ns);
		WRITE_ONCE(t->periodic_tsc, t->periodic_tsc + period *
			   (div64_u64(host_tsc - t->periodic_tsc, period) + 1));
	}
	raw_spin_unlock_irqrestore(&t->lock, flags);
	return due;
}

/**
 * time_expire() - raise VIRQ_TIMER for what is due
 * @v: own thread
 * @host_tsc: now
 *
 * Context: any.
 */
void time_expire(struct vcpu *v, u64 host_tsc)
{
	bool due = false;

	if (v->time.deadline_tsc <= host_tsc) {
		v->time.deadline_tsc = TIME_NEVER;
		due = true;
	}
	if (unlikely(READ_ONCE(v->time.periodic_tsc) <= host_tsc))
		due |= periodic_tick(v, host_tsc);
	if (due)
		evtchn_send_vcpu_virq(v, VIRQ_TIMER);
}

/**
 * hc_set_timer_op() - hypercall set_timer_op
 * @v: own thread
 * @arg1: system time of the singleshot timer, ns; 0 stops it
 * @arg2: its other half, for a 32-bit caller
 * @arg3: not used
 *
 * Return: 0.  Source: Xen's public/xen.h, HYPERVISOR_set_timer_op.
 */
long hc_set_timer_op(struct vcpu *v, u64 arg1, u64 arg2, u64 arg3)
{
	u64 ns = arg1, now;

	if (!vmx_vcpu_long_mode(v))
		ns = (u32)arg1 | arg2 << 32;
	if (!ns) {
		stop_singleshot(v);
		return 0;
	}
	now = time_system_ns(v->domain);
	if ((s64)ns < 0 || (ns > now && ns - now >= FAR_FUTURE_NS))
		ns = now + INSTEAD_OF_FAR_NS;
	set_singleshot(v, ns);
	return 0;
}

static long op_set_periodic(struct vcpu *caller, struct vcpu *v, u64 arg)
{
	struct vcpu_set_periodic_timer set;
	int err;

	err = guest_copy_from(caller, &set, arg, sizeof(set));
	if (err)
		return err;
	if (set.period_ns < PERIOD_MIN_NS || set.period_ns > PERIOD_MAX_NS)
		return -EINVAL;
	set_periodic(v, set.period_ns);
	return 0;
}

/**
 * time_op_singleshot() - VCPUOP_set_singleshot_timer for the caller itself
 * @v: own thread
 * @arg: linear address of struct vcpu_set_singleshot_timer
 *
 * Return: for the guest; -EAGAIN in the inner loop.
 */
long time_op_singleshot(struct vcpu *v, u64 arg)
{
	/* The flags behind it mean nothing any more, and are not there for all callers. */
	u64 timeout_ns;
	int err;

	err = guest_copy_u64_from(v, &timeout_ns, arg);
	if (unlikely(err))
		return err;
	set_singleshot(v, timeout_ns);
	return 0;
}

static long op_register(struct vcpu *caller, struct vcpu *v, u64 arg, unsigned int cmd)
{
	/* A handle: as wide as the caller's pointers. */
	size_t size = vmx_vcpu_long_mode(caller) ? 8 : 4;
	u64 linear = 0;
	int err;

	if (vmx_vcpu_atomic(caller))
		return -EAGAIN;
	err = guest_copy_from(caller, &linear, arg, size);
	if (err)
		return err;
	if (cmd == VCPUOP_register_runstate_memory_area)
		return time_register_runstate(caller, v, linear);
	return time_register_clock(caller, v, linear);
}

static noinline long op_get_runstate(struct vcpu *caller, struct vcpu *v, u64 arg)
{
	struct vcpu_runstate_info info;
	struct time_runstate_compat compat;

	time_runstate_get(v, &info);
	if (vmx_vcpu_long_mode(caller))
		return guest_copy_to(caller, arg, &info, sizeof(info));
	time_runstate_narrow(&compat, &info);
	return guest_copy_to(caller, arg, &compat, sizeof(compat));
}

/**
 * time_vcpu_op() - the sub-ops of vcpu_op that are about time
 * @caller: own thread
 * @cmd: VCPUOP_*
 * @v: the vCPU meant, of the same domain
 * @arg: linear address of the argument
 *
 * Return: for the guest; -EAGAIN in the inner loop; -ENOSYS for another sub-op.
 */
long time_vcpu_op(struct vcpu *caller, unsigned int cmd, struct vcpu *v, u64 arg)
{
	switch (cmd) {
	case VCPUOP_set_singleshot_timer:
		return v == caller ? time_op_singleshot(v, arg) : -EINVAL;
	case VCPUOP_stop_singleshot_timer:
		if (v != caller)
			return -EINVAL;
		stop_singleshot(v);
		return 0;
	case VCPUOP_set_periodic_timer:
		return op_set_periodic(caller, v, arg);
	case VCPUOP_stop_periodic_timer:
		set_periodic(v, 0);
		return 0;
	case VCPUOP_register_runstate_memory_area:
	case VCPUOP_register_vcpu_time_memory_area:
		return op_register(caller, v, arg, cmd);
	case VCPUOP_get_runstate_info:
		return op_get_runstate(caller, v, arg);
	}
	return -ENOSYS;
}
