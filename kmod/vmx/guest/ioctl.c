// SPDX-License-Identifier: GPL-2.0-only
/* Virtual CPUs in ioctls of a domain's descriptor: where the first starts, how each does. */
#include <linux/kernel.h>
#include <linux/mutex.h>
#include <linux/sched.h>

#include "time/time.h"
#include "vcpu/vcpu.h"
#include "vmx/guest/internal.h"

static int do_vcpu_entry(void *of, struct ioctl_call *call)
{
	struct xlhv_vcpu_entry *e = (void *)call->arg;
	struct vcpu_start how = { .from = VCPU_START_PVH };
	struct domain *d = of;
	int err;

	if (!RESERVED_ZERO(e))
		return -EINVAL;
	if (e->entry >> 32 || e->start_info >> 32) {
		scnprintf(call->text, XLHV_TEXT_LEN,
			  "entry point or start info is not below 4 GiB");
		return -EINVAL;
	}
	how.entry = e->entry;
	how.start_info = e->start_info;
	mutex_lock(&d->lock);
	err = dom_may_build(d, call->text);
	if (!err) {
		vcpu_take_building(d->vcpu[0]);
		err = vcpu_start(d->vcpu[0], &how);
		if (!err)
			set_bit(VCPU_INITIALISED, &d->vcpu[0]->flags);
		vcpu_give(d->vcpu[0]);
	}
	mutex_unlock(&d->lock);
	return err;
}

static int do_vcpu_info(void *of, struct ioctl_call *call)
{
	struct xlhv_vcpu_info *info = (void *)call->arg;
	struct domain *d = of;
	struct vcpu_runstate_info runstate;
	struct vcpu *v;
	unsigned long flags;
	unsigned int i;

	if (memchr_inv(&info->flags, 0,
		       sizeof(*info) - offsetof(struct xlhv_vcpu_info, flags)))
		return -EINVAL;
	v = dom_vcpu(d, info->vcpu);
	if (!v)
		return -ENOENT;
	flags = READ_ONCE(v->flags);
	if (!(flags & BIT(VCPU_DOWN)))
		info->flags |= XLHV_VCPU_ONLINE;
	if (flags & BIT(VCPU_BLOCKED))
		info->flags |= XLHV_VCPU_BLOCKED;
	else if (v->task && READ_ONCE(v->owner) == v->task)
		info->flags |= XLHV_VCPU_RUNNING;
	if (atomic_read(&v->pause_count) || atomic_read(&d->pause_count))
		info->flags |= XLHV_VCPU_PAUSED;
	info->cpu = READ_ONCE(v->cpu);
	info->tid = v->task ? task_pid_vnr(v->task) : 0;
	info->cpu_time_ns = READ_ONCE(v->cpu_time_ns);
	time_runstate_get(v, &runstate);
	for (i = 0; i < ARRAY_SIZE(runstate.time); i++)
		info->runstate_ns[i] = runstate.time[i];
	for (i = 0; i < VMX_NR_EXITS; i++)
		info->exits += READ_ONCE(v->vmx.exits[i]);
	return 0;
}

/* As debugfs looks at a vCPU: its thread is made to leave the guest, and kept off. */
static int do_vcpu_regs(void *of, struct ioctl_call *call)
{
	struct xlhv_vcpu_regs *r = (void *)call->arg;
	struct domain *d = of;
	struct vcpu *v;
	int err;

	if (memchr_inv(&r->flags, 0, sizeof(*r) - offsetof(struct xlhv_vcpu_regs, flags)))
		return -EINVAL;
	err = dom_may_look_into(d);
	if (err)
		return err;
	v = dom_vcpu(d, r->vcpu);
	if (!v)
		return -ENOENT;
	vcpu_pause(v);
	err = vcpu_take_killable(v);
	if (!err) {
		if (!test_bit(VCPU_DOWN, &v->flags))
			r->flags |= XLHV_VCPU_ONLINE;
		err = vmx_vcpu_regs(v, r);
		vcpu_give(v);
	}
	vcpu_unpause(v);
	return err;
}

const struct ioctl_op vmx_ioctls[] = {
	{ XLHV_DOM_VCPU_ENTRY, .work = do_vcpu_entry },
	{ XLHV_DOM_VCPU_INFO, .work = do_vcpu_info },
	{ XLHV_DOM_VCPU_REGS, .work = do_vcpu_regs },
	{}
};
