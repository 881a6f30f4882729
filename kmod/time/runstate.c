// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runstate: what a vCPU does and for how long it did what, in system time.  The
 * guest sees it in an area that it registered, and takes its steal time from there.
 *
 * The area is written at each change, from the thread or from the scheduler's hooks
 * under a run queue's lock: so nothing here sleeps or wakes.  If the guest asked for
 * it (VMASST_TYPE_runstate_update_flag), the top bit of state_entry_time is set while
 * we write, and other vCPUs can read the area consistently.
 */
#include <linux/seq_file.h>
#include <linux/string.h>
#include <asm/barrier.h>

#include "evtchn/shared_info.h"
#include "time/internal.h"
#include "trace.h"
#include "vcpu/vcpu.h"

/**
 * time_runstate_narrow() - in the layout for 32-bit guests
 * @to: written
 * @from: in the layout for 64-bit guests
 */
void time_runstate_narrow(struct time_runstate_compat *to, const struct vcpu_runstate_info *from)
{
	to->state = from->state;
	to->state_entry_time = from->state_entry_time;
	memcpy(to->time, from->time, sizeof(to->time));
}

void time_runstate_init(struct vcpu *v)
{
	v->time.runstate.state = RUNSTATE_offline;
	v->time.runstate.state_entry_time = time_system_ns(v->domain);
}

static void write_area_locked(struct vcpu *v)
{
	const struct time_area *area = &v->time.runstate_area;
	struct vcpu_runstate_info info = v->time.runstate;
	size_t flag_at = offsetofend(struct vcpu_runstate_info, state_entry_time) - 1;
	struct time_runstate_compat compat;
	const void *from = &info;
	bool flag;
	u8 top;

	lockdep_assert_held(&v->time.lock);
	if (!time_area_there(area))
		return;
	flag = test_bit(VMASST_TYPE_runstate_update_flag, &v->domain->vm_assist);
	if (flag)
		info.state_entry_time |= XEN_RUNSTATE_UPDATE;
	if (area->len == sizeof(compat)) {
		time_runstate_narrow(&compat, &info);
		from = &compat;
		flag_at = offsetofend(struct time_runstate_compat, state_entry_time) - 1;
	}
	if (!flag) {
		time_area_write(area, 0, from, area->len);
		return;
	}
	/* The flag is in the last byte of state_entry_time: one byte is never torn. */
	top = info.state_entry_time >> 56;
	time_area_write(area, flag_at, &top, 1);
	smp_wmb();	/* the flag before anything changes */
	time_area_write(area, 0, from, area->len);
	smp_wmb();	/* all of it before the flag goes */
	top &= ~(XEN_RUNSTATE_UPDATE >> 56);
	time_area_write(area, flag_at, &top, 1);
}

static void account_locked(struct vcpu *v)
{
	struct vcpu_runstate_info *r = &v->time.runstate;
	u64 now = time_system_ns(v->domain);

	lockdep_assert_held(&v->time.lock);
	if (now > r->state_entry_time)
		r->time[r->state] += now - r->state_entry_time;
	r->state_entry_time = now;
}

/**
 * time_runstate() - the vCPU does something else from now on
 * @v: own thread, or its thread is being scheduled, or it does not run
 * @state: RUNSTATE_*
 *
 * Context: any but NMI; also under a run queue's lock.
 */
void time_runstate(struct vcpu *v, int state)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&v->time.lock, flags);
	if (v->time.runstate.state != state) {
		trace_xlhv_vcpu_state(v, v->time.runstate.state, state);
		account_locked(v);
		v->time.runstate.state = state;
		write_area_locked(v);
	}
	raw_spin_unlock_irqrestore(&v->time.lock, flags);
	if (state == RUNSTATE_running)
		time_wallclock_check(v->domain);
}

/**
 * time_runstate_get() - runstate of a vCPU at this moment
 * @v: any vCPU
 * @info: written; the times include what the present state lasted so far
 *
 * Context: any but NMI.
 */
void time_runstate_get(struct vcpu *v, struct vcpu_runstate_info *info)
{
	unsigned long flags;
	u64 now;

	raw_spin_lock_irqsave(&v->time.lock, flags);
	*info = v->time.runstate;
	raw_spin_unlock_irqrestore(&v->time.lock, flags);
	now = time_system_ns(v->domain);
	if (now > info->state_entry_time)
		info->time[info->state] += now - info->state_entry_time;
}

/* Text for debugfs. */
int time_describe(struct seq_file *m, struct vcpu *v)
{
	static const char * const names[] = {
		[RUNSTATE_running] = "running",
		[RUNSTATE_runnable] = "runnable",
		[RUNSTATE_blocked] = "blocked",
		[RUNSTATE_offline] = "offline",
	};
	struct vcpu_runstate_info info;
	unsigned int i;

	time_runstate_get(v, &info);
	seq_printf(m, "state: %s\n", names[info.state]);
	seq_printf(m, "since: %lluns\n", info.state_entry_time);
	for (i = 0; i < ARRAY_SIZE(names); i++)
		seq_printf(m, "%s: %lluns\n", names[i], info.time[i]);
	return 0;
}

/**
 * time_register_runstate() - VCPUOP_register_runstate_memory_area
 * @caller: own thread
 * @v: any vCPU of the same domain
 * @linear: linear address of the area in the guest, 0 to give it up
 *
 * Context: may sleep.
 * Return: 0, -EFAULT, -ENOMEM.
 */
int time_register_runstate(struct vcpu *caller, struct vcpu *v, u64 linear)
{
	struct time_area area = {}, old;
	unsigned long flags;
	int err;

	if (linear) {
		/* The layout of the moment stays that of this area. */
		err = time_area_pin(caller, linear, shared_compat(v->domain) ?
				    sizeof(struct time_runstate_compat) :
				    sizeof(struct vcpu_runstate_info), &area);
		if (err)
			return err;
	}
	raw_spin_lock_irqsave(&v->time.lock, flags);
	old = v->time.runstate_area;
	v->time.runstate_area = area;
	write_area_locked(v);
	raw_spin_unlock_irqrestore(&v->time.lock, flags);
	time_area_unpin(&old);
	return 0;
}
