// SPDX-License-Identifier: GPL-2.0-only
/*
 * Telling a vCPU: the upcall, and who waits in SCHEDOP_poll.
 *
 * vcpu_info->evtchn_upcall_pending is set by us and cleared by the guest.  When we
 * change it from 0, the vCPU is told in one of two ways.  With a vector of its own
 * (HVMOP_set_evtchn_upcall_vector) it gets an interrupt through its local APIC.  With
 * the domain's callback vector the byte itself is the interrupt line: the inner loop
 * looks at it before each entry, so the vCPU only has to be made to come by.
 *
 * A poller sets its bit in evtchn.polling and then looks at its ports; who raises an
 * event sets the pending bit and then looks at evtchn.polling.  Both are locked
 * operations, so one sees the other.
 */
#include <linux/bitmap.h>
#include <linux/preempt.h>
#include <linux/sched.h>

#include "evtchn/internal.h"
#include "lapic/lapic.h"

static void tell(struct vcpu *v)
{
	u8 vector = READ_ONCE(v->evtchn.upcall_vector);

	if (vector) {
		/* If it is off, the upcall is posted when it is switched on. */
		if (lapic_enabled(v))
			lapic_post(v, vector);
		return;
	}
	/* Itself is on its way to the look at the byte. */
	if (v->task == current && in_task())
		return;
	vcpu_request(v, VCPU_REQ_EVENT);
	vcpu_wake(v);
}

/**
 * evtchn_upcall() - mark an upcall pending, and tell the vCPU if it was not
 * @v: any vCPU
 *
 * Context: any but NMI.
 */
void evtchn_upcall(struct vcpu *v)
{
	struct vcpu_info *info = READ_ONCE(v->info);

	/* Without one, all is marked when it comes. */
	if (info && !xchg(&info->evtchn_upcall_pending, 1))
		tell(v);
}

/**
 * evtchn_upcall_changed() - the way to tell a vCPU changed: tell it of what waits
 * @v: any vCPU
 *
 * Context: any but NMI.
 */
void evtchn_upcall_changed(struct vcpu *v)
{
	if (vcpu_upcall_pending(v))
		tell(v);
}

/**
 * evtchn_info_moved() - the vCPU has another vcpu_info
 * @v: own thread, or down
 *
 * Something may have been written to the old one after it was copied, so everything
 * is marked.  The guest finds nothing in some of it and can cope.
 * Context: any but NMI.
 */
void evtchn_info_moved(struct vcpu *v)
{
	bool compat = shared_compat(v->domain);
	u32 *sel = shared_pending_sel(v->info, compat);
	unsigned int bit;

	for (bit = 0; bit < 32; bit++) {
		evtchn_word_test_and_set(sel, bit);
		if (!compat)
			evtchn_word_test_and_set(sel + 1, bit);
	}
	WRITE_ONCE(v->info->evtchn_upcall_pending, 1);
	tell(v);
}

/**
 * evtchn_port_pending() - is a port pending, masked or not?
 * @d: any domain
 * @port: any number
 *
 * Context: any.
 * Return: 0 or 1, -EINVAL for a port that is none.
 */
int evtchn_port_pending(struct domain *d, evtchn_port_t port)
{
	const struct evtchn *chn = evtchn_from_port(d, port);
	bool pending;

	if (!chn)
		return -EINVAL;
	rcu_read_lock();
	pending = READ_ONCE(d->evtchn.ops)->pending(d, chn);
	rcu_read_unlock();
	return pending;
}

/**
 * evtchn_poll_begin() - the vCPU is going to wait for ports
 * @v: own thread; looks at the ports after this
 * @port: the port, or EVTCHN_POLL_SEVERAL
 */
void evtchn_poll_begin(struct vcpu *v, int port)
{
	WRITE_ONCE(v->poll_port, port);
	smp_mb__before_atomic();	/* the port before the bit that asks to look at it */
	set_bit(v->id, v->domain->evtchn.polling);
	smp_mb__after_atomic();	/* the bit before the look at the port's word */
}

/**
 * evtchn_poll_over() - did a port become pending that the vCPU waits for?
 * @v: own thread
 *
 * Return: true if one of them is pending.
 */
bool evtchn_poll_over(const struct vcpu *v)
{
	return v->poll_port != EVTCHN_POLL_NONE && !test_bit(v->id, v->domain->evtchn.polling);
}

/**
 * evtchn_poll_end() - the vCPU does not wait for ports any more
 * @v: own thread; need not have waited
 */
void evtchn_poll_end(struct vcpu *v)
{
	if (v->poll_port == EVTCHN_POLL_NONE)
		return;
	clear_bit(v->id, v->domain->evtchn.polling);
	WRITE_ONCE(v->poll_port, EVTCHN_POLL_NONE);
}

/* A port became pending, and somebody polls. */
void evtchn_wake_pollers(struct domain *d, evtchn_port_t port)
{
	unsigned int id;

	for_each_set_bit(id, d->evtchn.polling, d->max_vcpus) {
		struct vcpu *v = d->vcpu[id];
		int waits_for = READ_ONCE(v->poll_port);

		if (waits_for != EVTCHN_POLL_SEVERAL && waits_for != port)
			continue;
		if (test_and_clear_bit(id, d->evtchn.polling))
			vcpu_wake(v);
	}
}
