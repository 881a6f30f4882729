// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hypercall sched_op: giving up the CPU, waiting and ending.
 *
 * block and poll only set VCPU_BLOCKED; the vCPU's thread looks at it after the
 * hypercall.  Whoever makes an event pending does so before it looks for whom to
 * wake, and here the look at what is pending comes after VCPU_BLOCKED is set: one of
 * the two sees the other.
 */
#include <linux/nospec.h>
#include <linux/sched.h>
#include <linux/sched/stat.h>
#include <xen/interface/sched.h>

#include "base/host_tsc.h"
#include "domain/domid.h"
#include "ept/ept.h"
#include "evtchn/evtchn.h"
#include "evtchn/shared_info.h"
#include "hypercall/internal.h"
#include "hypercall/continuation.h"
#include "time/time.h"
#include "vcpu/regs.h"
#include "vcpu/vcpu.h"

#define MAX_POLL_PORTS	128

/* struct sched_poll of a 32-bit caller. */
struct poll_compat {
	u32 ports;
	u32 nr_ports;
	u32 timeout[2];
};

static long op_yield(struct vcpu *v)
{
	if (single_task_running())
		return 0;
	if (vmx_vcpu_atomic(v))
		return -EAGAIN;
	yield();
	return 0;
}

static void block(struct vcpu *v)
{
	set_bit(VCPU_BLOCKED, &v->flags);
	smp_mb__after_atomic();	/* blocked before the look for an event */
}

static long op_block(struct vcpu *v)
{
	struct vcpu_info *info = READ_ONCE(v->info);

	if (info)
		WRITE_ONCE(info->evtchn_upcall_mask, 0);
	block(v);
	if (vcpu_has_event(v))
		clear_bit(VCPU_BLOCKED, &v->flags);
	return 0;
}

static long copy_poll(struct vcpu *v, u64 arg, u64 *ports, u32 *nr_ports, u64 *timeout)
{
	struct sched_poll poll;
	struct poll_compat compat;
	long rc;

	if (likely(vmx_vcpu_long_mode(v))) {
		rc = guest_copy_from(v, &poll, arg, sizeof(poll));
		*ports = (unsigned long)poll.ports;
		*nr_ports = poll.nr_ports;
		*timeout = poll.timeout;
	} else {
		rc = guest_copy_from(v, &compat, arg, sizeof(compat));
		*ports = compat.ports;
		*nr_ports = compat.nr_ports;
		*timeout = compat.timeout[0] | (u64)compat.timeout[1] << 32;
	}
	return rc;
}

/* Is one of the ports pending?  -EINVAL: one is none. */
static int any_pending(struct domain *d, const evtchn_port_t *port, unsigned int nr)
{
	unsigned int i;
	int rc = 0;

	for (i = 0; i < nr && !rc; i++)
		rc = evtchn_port_pending(d, port[i]);
	return rc;
}

static noinline long op_poll(struct vcpu *v, u64 arg)
{
	evtchn_port_t port[MAX_POLL_PORTS];
	u64 ports, timeout, deadline;
	u32 nr_ports;
	bool one;
	long rc;

	rc = copy_poll(v, arg, &ports, &nr_ports, &timeout);
	if (rc)
		return rc;
	if (nr_ports > MAX_POLL_PORTS)
		return -EINVAL;
	nr_ports = array_index_nospec(nr_ports, MAX_POLL_PORTS + 1);
	rc = guest_copy_from(v, port, ports, nr_ports * sizeof(*port));
	if (rc)
		return rc;

	deadline = timeout ? time_tsc_of(v->domain, timeout) : TIME_NEVER;
	if (deadline <= host_tsc_ordered())
		return any_pending(v->domain, port, nr_ports) < 0 ? -EINVAL : 0;
	v->poll_deadline_tsc = deadline;
	block(v);
	/* A number that no port can have is refused below. */
	one = nr_ports == 1 && port[0] < EVTCHN_FIFO_NR_CHANNELS;
	evtchn_poll_begin(v, one ? (int)port[0] : EVTCHN_POLL_SEVERAL);
	rc = any_pending(v->domain, port, nr_ports);
	if (!rc && !vcpu_has_event(v))
		return 0;
	evtchn_poll_end(v);
	v->poll_deadline_tsc = TIME_NEVER;
	clear_bit(VCPU_BLOCKED, &v->flags);
	return rc < 0 ? rc : 0;
}

static long op_shutdown(struct vcpu *v, u64 arg)
{
	struct sched_shutdown shutdown;
	long rc;

	rc = guest_copy_from(v, &shutdown, arg, sizeof(shutdown));
	if (rc)
		return rc;
	/* A vCPU that stands behind the call when its domain is looked at or goes on. */
	if (vmx_vcpu_atomic(v))
		return -EAGAIN;
	dom_shutdown(v->domain, (u8)shutdown.reason);
	return 0;
}

static long op_shutdown_code(struct vcpu *v, u64 arg)
{
	struct sched_shutdown shutdown;
	long rc;

	rc = guest_copy_from(v, &shutdown, arg, sizeof(shutdown));
	if (rc)
		return rc;
	cmpxchg(&v->domain->shutdown_latch, DOMAIN_NOT_SHUTDOWN, (int)(u8)shutdown.reason);
	return 0;
}

static long op_remote_shutdown(struct vcpu *v, u64 arg)
{
	struct sched_remote_shutdown remote;
	long rc;

	if (vmx_vcpu_atomic(v))
		return -EAGAIN;
	rc = guest_copy_from(v, &remote, arg, sizeof(remote));
	if (rc)
		return rc;
	/* DOMID_SELF is no domain here; even one's own is for the toolstack only. */
	if (remote.domain_id == DOMID_SELF)
		return -ESRCH;
	return domid_check(v, remote.domain_id) ?: -EPERM;
}

static long op_watchdog(struct vcpu *v, u64 arg)
{
	struct sched_watchdog watchdog;
	long rc;

	rc = guest_copy_from(v, &watchdog, arg, sizeof(watchdog));
	if (rc)
		return rc;
	if (vmx_vcpu_atomic(v))
		return -EAGAIN;
	return time_watchdog(v->domain, watchdog.id, watchdog.timeout);
}

/**
 * hc_sched_op() - hypercall sched_op
 * @v: own thread
 * @arg1: SCHEDOP_*
 * @arg2: linear address of the argument
 * @arg3: not used
 *
 * Return: for the guest; -EAGAIN in the inner loop.
 */
long hc_sched_op(struct vcpu *v, u64 arg1, u64 arg2, u64 arg3)
{
	u64 arg = arg2;

	switch ((u32)arg1) {
	case SCHEDOP_yield:
		return op_yield(v);
	case SCHEDOP_block:
		return op_block(v);
	case SCHEDOP_poll:
		return op_poll(v, arg);
	case SCHEDOP_shutdown:
		return op_shutdown(v, arg);
	case SCHEDOP_shutdown_code:
		return op_shutdown_code(v, arg);
	case SCHEDOP_remote_shutdown:
		return op_remote_shutdown(v, arg);
	case SCHEDOP_watchdog:
		return op_watchdog(v, arg);
	case SCHEDOP_pin_override:
		return -EPERM;
	}
	return -ENOSYS;
}
