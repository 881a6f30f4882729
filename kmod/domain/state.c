// SPDX-License-Identifier: GPL-2.0-only
/*
 * The states of a domain, and all that changes them.
 *
 * enum domain_state is changed by dom_state_set() alone, with domain->lock held:
 *
 *	BUILDING --finish--> LIVE --destroy--> DYING --> gone
 *	    `------- destroy, or its last descriptor is closed ---^
 *
 * While it is LIVE three things decide whether vCPUs run, each on its own:
 *
 *	pause_count	the tool's pause (set at first, so that a finished domain is
 *			paused), and whoever else wants all vCPUs out for a moment
 *	shutdown_code	set once and for all by the first shutdown or crash
 *	vcpu.flags	the vCPU is down, blocked, or waits for memory
 *
 * What is seen from outside (XLHV_DOM_*) comes from these, here as well:
 *
 *	BUILDING, DYING	the state
 *	PAUSED		by the tool, or because a vCPU waits for memory
 *	SHUTDOWN	shutdown_code, with its reason; CRASHED: the reason is crash
 *	RUNNING		LIVE, no pause, no shutdown, and not all vCPUs that are up blocked
 *	BLOCKED		the same with all of them blocked
 *
 * What is asked of it, and the answer:
 *
 *			BUILDING	LIVE		shut down	DYING
 *	finish		LIVE, paused	-EBUSY		-EBUSY		-ESRCH
 *	pause, unpause	-EINVAL		done		done		-ESRCH
 *	shutdown	nothing runs	code is set	first one stays	no effect
 *	destroy		DYING		DYING		DYING		waits
 */
#include <linux/bits.h>
#include <linux/string.h>
#include <xen/interface/sched.h>

#include "domain/internal.h"
#include "trace.h"
#include "vcpu/vcpu.h"

/* From which states a state can be entered. */
static const u8 state_from[] = {
	[DOMAIN_BUILDING] = 0,
	[DOMAIN_LIVE] = BIT(DOMAIN_BUILDING),
	[DOMAIN_DYING] = BIT(DOMAIN_BUILDING) | BIT(DOMAIN_LIVE),
};

/**
 * dom_state_set() - the domain enters another state
 * @d: locked
 * @to: state
 *
 * Return: false if it is in none that leads there; nothing has changed then.
 */
bool dom_state_set(struct domain *d, enum domain_state to)
{
	enum domain_state from = d->state;

	lockdep_assert_held(&d->lock);
	if (!(state_from[to] & BIT(from)))
		return false;
	WRITE_ONCE(d->state, to);
	trace_xlhv_domain_state(d, from, to);
	dom_changed(d);
	return true;
}

static void tell(struct work_struct *work)
{
	struct domain *d = container_of(pace_begin(work), struct domain, tell);

	wake_up_all(&d->wait);
}

/**
 * dom_event() - tell whoever wants to know
 * @d: domain
 * @event: enum xlhv_event
 * @reason: SHUTDOWN_* or XLHV_PAUSE_*
 *
 * Whoever listens hears of steps in the order in which they were taken: what takes one and what
 * tells of it are one for others, under @d->lock.  The end alone is told without it, when nobody
 * can enter the domain any more.
 *
 * Context: may sleep.
 */
void dom_event(struct domain *d, u32 event, u32 reason)
{
	parts_event(d, event, reason);
}

/* One after the other, in the order in which domains shut down. */
static struct workqueue_struct *events;

static void tell_shutdown(struct work_struct *work)
{
	struct domain *d = container_of(work, struct domain, shutdown_work);

	mutex_lock(&d->lock);
	dom_event(d, XLHV_EVENT_SHUTDOWN, d->shutdown_code);
	mutex_unlock(&d->lock);
	xlhv_domain_put(d);
}

/* Context: any but NMI. */
static void tell_shutdown_later(struct domain *d)
{
	xlhv_domain_get(d);
	if (!queue_work(events, &d->shutdown_work))
		xlhv_domain_put(d);
}

/* Until the shutdown, if there was one, has been told of.  May sleep. */
void dom_event_flush(struct domain *d)
{
	flush_work(&d->shutdown_work);
}

int dom_events_init(void)
{
	events = alloc_ordered_workqueue("xlhv-events", 0);
	return events ? 0 : -ENOMEM;
}

/* No domain is left to tell of. */
void dom_events_exit(void)
{
	destroy_workqueue(events);
}

void dom_state_init(struct domain *d)
{
	INIT_WORK(&d->shutdown_work, tell_shutdown);
	init_waitqueue_head(&d->wait);
	init_waitqueue_head(&d->out);
	pace_init(&d->tell, tell);
}

/**
 * dom_changed() - something that can be seen from outside has changed
 * @d: any
 *
 * A guest can do that as often as it likes: who waits is woken by a worker, at a pace.
 *
 * Context: any but NMI.
 */
void dom_changed(struct domain *d)
{
	atomic_inc(&d->changes);
	pace_kick(&d->tell);
}

/**
 * dom_request_out() - all vCPUs leave the inner loop, and long calls, soon
 * @d: any
 *
 * Before the first of them is waited for, so that none goes on with what that one may be
 * waiting for.
 *
 * Context: any but NMI; does not wait.
 */
void dom_request_out(struct domain *d)
{
	unsigned int i;

	for (i = 0; i < d->max_vcpus; i++)
		if (d->vcpu[i])
			vcpu_request(d->vcpu[i], VCPU_REQ_OUT);
}

/* Return: 0; -EINTR: the caller was killed. */
static int wait_out(struct domain *d)
{
	unsigned int i;
	int err = 0;

	dom_request_out(d);
	for (i = 0; i < d->max_vcpus && !err; i++)
		err = vcpu_wait_out(d->vcpu[i]);
	return err;
}

static void wake_all(struct domain *d)
{
	unsigned int i;

	for (i = 0; i < d->max_vcpus; i++)
		vcpu_wake(d->vcpu[i]);
}

/**
 * dom_pause() - the tool's pause
 * @d: entered by dom_enter()
 *
 * A caller who is killed while he waits leaves the domain paused: others may rely on it
 * by then, and vCPUs leave the guest by themselves.
 *
 * Context: may sleep; the wait ends when the caller is killed.
 * Return: 0: no vCPU is in the guest; -EINVAL: it is still being built; -EINTR: killed.
 */
int dom_pause(struct domain *d)
{
	bool was;
	int err;

	mutex_lock(&d->lock);
	if (d->state != DOMAIN_LIVE) {
		mutex_unlock(&d->lock);
		return -EINVAL;
	}
	was = d->paused_by_tool;
	if (!was) {
		d->paused_by_tool = true;
		atomic_inc(&d->pause_count);
		/* Before the wait, in which others may unpause it. */
		dom_event(d, XLHV_EVENT_PAUSED, XLHV_PAUSE_TOOL);
	}
	mutex_unlock(&d->lock);
	err = wait_out(d);
	if (!was)
		dom_changed(d);
	return err;
}

/**
 * dom_unpause() - end the tool's pause, let vCPUs that wait for memory try again
 * @d: entered by dom_enter()
 *
 * Context: may sleep.
 * Return: 0, also if it was not paused; -EINVAL: it is still being built.
 */
int dom_unpause(struct domain *d)
{
	unsigned int i;
	bool was;

	mutex_lock(&d->lock);
	if (d->state != DOMAIN_LIVE) {
		mutex_unlock(&d->lock);
		return -EINVAL;
	}
	was = d->paused_by_tool || d->no_memory;
	/*
	 * Before anything lets it run: a thread may be awake and look, the guest end at once, and
	 * that is told by a worker.
	 */
	if (was)
		dom_event(d, XLHV_EVENT_UNPAUSED, 0);
	WRITE_ONCE(d->no_memory, false);
	for (i = 0; i < d->max_vcpus; i++)
		clear_bit(VCPU_NO_MEMORY, &d->vcpu[i]->flags);
	if (d->paused_by_tool) {
		d->paused_by_tool = false;
		atomic_dec(&d->pause_count);
	}
	mutex_unlock(&d->lock);
	wake_all(d);
	/* Who still waits for the pause to take effect. */
	wake_up_all(&d->out);
	if (was)
		dom_changed(d);
	return 0;
}

/**
 * dom_shutdown() - the guest is through, or has to be
 * @d: any
 * @code: SHUTDOWN_*
 *
 * The first code counts.  The vCPUs stop; the domain stays until it is destroyed.
 *
 * Context: any but NMI; does not wait.
 */
void dom_shutdown(struct domain *d, unsigned int code)
{
	int latch = READ_ONCE(d->shutdown_latch);

	if (latch != DOMAIN_NOT_SHUTDOWN)
		code = latch;
	if (cmpxchg(&d->shutdown_code, DOMAIN_NOT_SHUTDOWN, (int)(u8)code) != DOMAIN_NOT_SHUTDOWN)
		return;
	trace_xlhv_domain_shutdown(d, (u8)code);
	dom_request_out(d);
	xlhv_note("d%u: shut down, reason %u\n", d->domid, (u8)code);
	dom_changed(d);
	tell_shutdown_later(d);
}

/**
 * dom_crash() - shut a domain down with reason crash, and say why
 * @d: any
 * @fmt: one phrase
 *
 * Context: any but NMI; does not wait.
 */
void dom_crash(struct domain *d, const char *fmt, ...)
{
	char text[160];
	va_list args;

	if (dom_is_shut_down(d))
		return;
	va_start(args, fmt);
	vscnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	log_printf(&d->log, "crash: %s\n", text);
	dom_err(d, "crashed: %s\n", text);
	dom_shutdown(d, SHUTDOWN_crash);
}

/* Whether it runs, as seen from outside. */
static u32 running_flags(struct domain *d, u32 *online)
{
	unsigned int i, blocked = 0, waiting = 0;

	*online = 0;
	for (i = 0; i < d->max_vcpus; i++) {
		unsigned long flags = READ_ONCE(d->vcpu[i]->flags);

		if (flags & BIT(VCPU_DOWN))
			continue;
		++*online;
		if (flags & BIT(VCPU_NO_MEMORY))
			waiting++;
		else if (flags & BIT(VCPU_BLOCKED))
			blocked++;
	}
	if (dom_is_shut_down(d) || atomic_read(&d->pause_count) || (waiting && waiting == *online))
		return 0;
	return blocked + waiting == *online ? XLHV_DOM_BLOCKED : XLHV_DOM_RUNNING;
}

/**
 * dom_info() - a domain as seen from outside
 * @d: entered by dom_enter()
 * @info: filled in
 */
void dom_info(struct domain *d, struct xlhv_dom_info *info)
{
	int code = READ_ONCE(d->shutdown_code);
	unsigned int i;

	memset(info, 0, sizeof(*info));
	info->domid = d->domid;
	info->shutdown_reason = XLHV_NO_REASON;
	if (d->state == DOMAIN_BUILDING)
		info->flags |= XLHV_DOM_BUILDING;
	if (d->state == DOMAIN_DYING)
		info->flags |= XLHV_DOM_DYING;
	if (d->paused_by_tool) {
		info->flags |= XLHV_DOM_PAUSED;
		info->pause_reason = XLHV_PAUSE_TOOL;
	} else if (READ_ONCE(d->no_memory)) {
		info->flags |= XLHV_DOM_PAUSED;
		info->pause_reason = XLHV_PAUSE_NO_MEMORY;
	}
	if (code != DOMAIN_NOT_SHUTDOWN) {
		info->flags |= XLHV_DOM_SHUTDOWN;
		info->shutdown_reason = code;
		if (code == SHUTDOWN_crash)
			info->flags |= XLHV_DOM_CRASHED;
	}
	info->flags |= running_flags(d, &info->online_vcpus);
	info->max_vcpus = d->max_vcpus;
	info->creator_uid = d->creator_uid;
	info->creator_pid = d->creator_pid;
	parts_info(d, info);
	info->overhead_pages = dom_overhead_pages(d);
	info->created_ns = d->created_ns;
	for (i = 0; i < d->max_vcpus; i++)
		info->cpu_time_ns += READ_ONCE(d->vcpu[i]->cpu_time_ns);
	dom_identity(d, info->name, info->uuid);
}
