// SPDX-License-Identifier: GPL-2.0-only
/*
 * System time, pvclock and the wall clock.
 *
 * Each vCPU has a record (TSC, ns, factor) in its vcpu_info and perhaps in a second
 * place, from which the guest computes the time without us.  They are written when the
 * offset of the vCPU's TSC changes, when they move, and, as on Xen, about once a second
 * while the vCPU runs, for guests that count from them with 32 bits.  All records of a
 * domain, old and new, say the same time to the nanosecond: each begins at a moment from
 * which counting on rounds nothing off (struct time_scale, @step).
 *
 * A reader sees a version before and after; an odd one says that we are writing.
 * The version is ours: what the guest may have made of it is never read.
 */
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <asm/barrier.h>
#include <asm/pvclock-abi.h>
#include <asm/tsc.h>

#include "base/host_tsc.h"
#include "evtchn/shared_info.h"
#include "time/internal.h"
#include "vcpu/vcpu.h"

/* The wall clock is told again when it is off by this much... */
#define WALL_SLACK_NS		1000000
/* ...and looked at no more often than this. */
#define WALL_CHECK_JIFFIES	HZ

static int init(struct domain *d, const struct xlhv_dom_create *unused, char *text)
{
	struct time_domain *t = &d->time;
	int err;

	raw_spin_lock_init(&t->wall_lock);
	time_watchdog_init(d);
	err = time_scale_init(&t->scale, tsc_khz);
	if (err)
		return -ENODEV;
	t->tsc_khz = tsc_khz;
	t->stable = !check_tsc_unstable();
	if (!t->stable)
		dom_warn(d, "the TSC of this host is unstable: clocks and timers of the domain go wrong by as much\n");

	t->boot_tsc = host_tsc_ordered();
	time_update_wallclock(d);
	return 0;
}

/**
 * time_system_ns() - system time of a domain
 * @d: any domain
 *
 * Context: any.
 * Return: ns since it was made, as the guest computes it from its TSC.
 */
u64 time_system_ns(const struct domain *d)
{
	return time_scale_ns(&d->time.scale, host_tsc_ordered() - d->time.boot_tsc);
}

/**
 * time_tsc_of() - when a moment of system time comes
 * @d: any domain
 * @system_ns: system time, ns
 *
 * Context: any.
 * Return: host's TSC, TIME_NEVER for one that is more than 70 years ahead.
 */
u64 time_tsc_of(const struct domain *d, u64 system_ns)
{
	if (unlikely(system_ns >> 61))
		return TIME_NEVER;
	return d->time.boot_tsc + time_scale_ticks(&d->time.scale, system_ns);
}

static void write_record(struct pvclock_vcpu_time_info *to,
			 const struct pvclock_vcpu_time_info *from)
{
	WRITE_ONCE(to->version, from->version - 1);
	smp_wmb();	/* the odd version before anything changes */
	WRITE_ONCE(to->tsc_timestamp, from->tsc_timestamp);
	WRITE_ONCE(to->system_time, from->system_time);
	WRITE_ONCE(to->tsc_to_system_mul, from->tsc_to_system_mul);
	WRITE_ONCE(to->tsc_shift, from->tsc_shift);
	WRITE_ONCE(to->flags, from->flags);
	smp_wmb();	/* all of it before the even version */
	WRITE_ONCE(to->version, from->version);
}

/* The same for an area that may cross a page and be badly aligned. */
static void write_area(const struct time_area *area, const struct pvclock_vcpu_time_info *record)
{
	struct pvclock_vcpu_time_info copy = *record;

	if (area->split >= sizeof(copy) && IS_ALIGNED((unsigned long)area->part[0], 8)) {
		write_record(area->part[0], record);
		return;
	}
	copy.version--;
	time_area_write(area, 0, &copy.version, sizeof(copy.version));
	smp_wmb();	/* as in write_record() */
	time_area_write(area, 0, &copy, sizeof(copy));
	smp_wmb();	/* as in write_record() */
	time_area_write(area, 0, &record->version, sizeof(record->version));
}

static void write_records_locked(struct vcpu *v)
{
	const struct time_domain *t = &v->domain->time;
	/* A TSC that is behind where the domain began is no age. */
	u64 age = max_t(s64, host_tsc_ordered() - t->boot_tsc, 0) & ~(t->scale.step - 1);
	struct pvclock_vcpu_time_info record = {
		.tsc_timestamp = t->boot_tsc + age + v->vmx.tsc_offset,
		.system_time = time_scale_ns(&t->scale, age),
		.tsc_to_system_mul = t->scale.mul,
		.tsc_shift = t->scale.shift,
		.flags = t->stable ? PVCLOCK_TSC_STABLE_BIT : 0,
	};
	struct vcpu_info *info = READ_ONCE(v->info);

	lockdep_assert_held(&v->time.lock);
	WRITE_ONCE(v->time.renew_tsc, t->boot_tsc + age + t->scale.step);
	v->time.version += 2;
	record.version = v->time.version;
	if (info)
		write_record(shared_vcpu_time(info), &record);
	if (time_area_there(&v->time.clock_area))
		write_area(&v->time.clock_area, &record);
}

/**
 * time_update_vcpu() - tell the guest the time of a vCPU anew
 * @v: own thread, or it does not run
 *
 * For when the offset of its TSC changed, or the place of its vcpu_info, or when what
 * it has is old (time_vcpu.renew_tsc).
 * Context: any.
 */
void time_update_vcpu(struct vcpu *v)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&v->time.lock, flags);
	write_records_locked(v);
	raw_spin_unlock_irqrestore(&v->time.lock, flags);
}

/**
 * time_register_clock() - VCPUOP_register_vcpu_time_memory_area
 * @caller: own thread
 * @v: any vCPU of the same domain
 * @linear: linear address of struct pvclock_vcpu_time_info, 0 to give it up
 *
 * Context: may sleep.
 * Return: 0, -EFAULT, -ENOMEM.
 */
int time_register_clock(struct vcpu *caller, struct vcpu *v, u64 linear)
{
	struct time_area area = {}, old;
	unsigned long flags;
	int err;

	if (linear) {
		err = time_area_pin(caller, linear, sizeof(struct pvclock_vcpu_time_info), &area);
		if (err)
			return err;
	}
	raw_spin_lock_irqsave(&v->time.lock, flags);
	old = v->time.clock_area;
	v->time.clock_area = area;
	if (linear)
		write_records_locked(v);
	raw_spin_unlock_irqrestore(&v->time.lock, flags);
	time_area_unpin(&old);
	return 0;
}

static void write_wallclock(struct domain *d, u64 slack_ns)
{
	struct time_domain *t = &d->time;
	struct shared_wallclock to;
	unsigned long flags;
	u64 wall, seconds;
	u32 ns;

	if (!d->shared_info)
		return;
	raw_spin_lock_irqsave(&t->wall_lock, flags);
	wall = ktime_get_real_ns() - time_system_ns(d);
	WRITE_ONCE(t->wall_checked, jiffies);
	if (wall - t->wall_ns + slack_ns > 2 * slack_ns || !slack_ns) {
		t->wall_ns = wall;
		t->wall_version += 2;
		seconds = div_u64_rem(wall, NSEC_PER_SEC, &ns);
		shared_wallclock(d, &to);
		WRITE_ONCE(*to.version, t->wall_version - 1);
		smp_wmb();	/* as in write_record() */
		WRITE_ONCE(*to.sec, (u32)seconds);
		WRITE_ONCE(*to.sec_hi, seconds >> 32);
		WRITE_ONCE(*to.nsec, ns);
		smp_wmb();	/* the fields before the version that makes them good */
		WRITE_ONCE(*to.version, t->wall_version);
	}
	raw_spin_unlock_irqrestore(&t->wall_lock, flags);
}

/**
 * time_update_wallclock() - write the wall clock into shared_info
 * @d: any domain
 *
 * Context: any but NMI.
 */
void time_update_wallclock(struct domain *d)
{
	write_wallclock(d, 0);
}

/* Follow the host's wall clock where it was set or slewed, now and then. */
void time_wallclock_check(struct domain *d)
{
	if (time_after(jiffies, READ_ONCE(d->time.wall_checked) + WALL_CHECK_JIFFIES))
		write_wallclock(d, WALL_SLACK_NS);
}

static int vcpu_init(struct vcpu *v)
{
	raw_spin_lock_init(&v->time.lock);
	time_timer_init(v);
	time_runstate_init(v);
	time_update_vcpu(v);
	return 0;
}

static void vcpu_free(struct vcpu *v)
{
	time_area_unpin(&v->time.runstate_area);
	time_area_unpin(&v->time.clock_area);
}

const struct domain_part time_part = {
	.name = "time",
	.init = init,
	.vcpu_init = vcpu_init,
	.close = time_watchdog_close,
	.vcpu_free = vcpu_free,
	.vcpu_describe = time_describe,
};
