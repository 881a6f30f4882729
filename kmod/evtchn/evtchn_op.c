// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hypercall event_channel_op: a function for each sub-op.
 *
 * send, unmask and status are done where interrupts are off; the others take a mutex
 * and are done where they may sleep.  Each argument is read once.  Results are
 * written last: a guest that gives a bad address for them gets -EFAULT and keeps what
 * it made, as on Xen.
 *
 * Which error comes first where several apply is Xen's order.  Source: the comments
 * of Xen's public/event_channel.h.
 */
#include <linux/err.h>
#include <linux/types.h>

#include "domain/domid.h"
#include "ept/ept.h"
#include "evtchn/internal.h"
#include "hypercall/continuation.h"
#include "vcpu/regs.h"

/* Where a call that goes on keeps how often it has looked, in the number of the sub-op. */
#define LOOKED_SHIFT	16

/* By a port that has been given out once.  Interrupts off.  Return: 0 or -EINVAL. */
noinline long evtchn_send_locked(struct domain *d, struct evtchn *chn)
{
	struct evtchn *other;
	long rc = 0;

	raw_spin_lock(&chn->lock);
	switch (chn->state) {
	case EVTCHN_IPI:
		evtchn_raise(d, chn, evtchn_target(d, chn));
		break;
	case EVTCHN_INTERDOMAIN:
		d = chn->remote.domain;
		other = evtchn_from_port(d, chn->remote.port);
		evtchn_raise(d, other, evtchn_target(d, other));
		break;
	case EVTCHN_HOST:
		chn->host->notify(chn->host);
		break;
	case EVTCHN_UNBOUND:
		break;
	default:
		rc = -EINVAL;
	}
	raw_spin_unlock(&chn->lock);
	return rc;
}

/* Interrupts off. */
static __always_inline long send(struct vcpu *v, evtchn_port_t port)
{
	struct domain *d = v->domain;
	struct evtchn *chn = evtchn_from_port(d, port);

	if (unlikely(!chn))
		return -EINVAL;
	v->evtchn.sent++;
	if (READ_ONCE(chn->state) != EVTCHN_IPI)
		return evtchn_send_locked(d, chn);
	/*
	 * No other end to hold on to, and no lock for all who send to one vCPU to meet
	 * at.  Who closes the port at this moment may find it pending later, in its own
	 * domain.
	 */
	evtchn_raise(d, chn, evtchn_target(d, chn));
	return 0;
}

static noinline long send_outside(struct vcpu *v, evtchn_port_t port)
{
	unsigned long flags;
	long rc;

	local_irq_save(flags);
	rc = send(v, port);
	local_irq_restore(flags);
	return rc;
}

static noinline long op_send(struct vcpu *v, u64 arg)
{
	s64 port;

	BUILD_BUG_ON(sizeof(struct evtchn_send) != sizeof(u32));
	port = guest_read_u32(v, arg);
	if (unlikely(port < 0))
		return port;
	/* In the inner loop interrupts are off already. */
	return likely(vmx_vcpu_atomic(v)) ? send(v, port) : send_outside(v, port);
}

static noinline long op_unmask(struct vcpu *v, u64 arg)
{
	struct domain *d = v->domain;
	struct evtchn_unmask unmask;
	struct evtchn *chn;
	unsigned long flags;
	struct vcpu *target;
	long rc;

	rc = guest_copy_from(v, &unmask, arg, sizeof(unmask));
	if (rc)
		return rc;
	chn = evtchn_from_port(d, unmask.port);
	if (!chn)
		return -EINVAL;
	raw_spin_lock_irqsave(&chn->lock, flags);
	target = evtchn_target(d, chn);
	evtchn_raised(d, chn, target, READ_ONCE(d->evtchn.ops)->unmask(d, chn, target));
	raw_spin_unlock_irqrestore(&chn->lock, flags);
	return 0;
}

static void fill_status(struct evtchn_status *status, struct evtchn *chn)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&chn->lock, flags);
	switch (chn->state) {
	case EVTCHN_UNBOUND:
		status->status = EVTCHNSTAT_unbound;
		status->u.unbound.dom = chn->unbound;
		break;
	case EVTCHN_INTERDOMAIN:
		status->status = EVTCHNSTAT_interdomain;
		status->u.interdomain.dom = chn->remote.domain->domid;
		status->u.interdomain.port = chn->remote.port;
		break;
	case EVTCHN_HOST:
		/* The host's ports have no numbers of their own. */
		status->status = EVTCHNSTAT_interdomain;
		status->u.interdomain.dom = 0;
		status->u.interdomain.port = chn->port;
		break;
	case EVTCHN_VIRQ:
		status->status = EVTCHNSTAT_virq;
		status->u.virq = chn->virq;
		break;
	case EVTCHN_IPI:
		status->status = EVTCHNSTAT_ipi;
		break;
	default:
		status->status = EVTCHNSTAT_closed;
	}
	status->vcpu = chn->vcpu;
	raw_spin_unlock_irqrestore(&chn->lock, flags);
}

static noinline long op_status(struct vcpu *v, u64 arg)
{
	struct evtchn_status status;
	struct evtchn *chn;
	struct domain *d;
	long rc;

	rc = guest_copy_from(v, &status, arg, sizeof(status));
	if (rc)
		return rc;
	if (unlikely(status.dom != DOMID_SELF && status.dom != v->domain->domid) &&
	    vmx_vcpu_atomic(v))
		return -EAGAIN;
	d = domid_get(v, status.dom);
	if (IS_ERR(d))
		return PTR_ERR(d);
	chn = evtchn_from_port(d, status.port);
	if (chn)
		fill_status(&status, chn);
	domid_put(v, d);
	return chn ? guest_copy_to(v, arg, &status, sizeof(status)) : -EINVAL;
}

/**
 * evtchn_alloc_unbound() - give out a port for another domain to bind to
 * @d: any domain, whose port it is
 * @caller: the call of a vCPU, or NULL
 * @remote: domain that may bind; DOMID_SELF: @d
 * @sink: where events go, if @d is domain 0
 * @port: out
 *
 * Context: may sleep.
 * Return: 0; -ENOSPC, -ENOMEM, -ESRCH, HYPERCALL_GOES_ON: as evtchn_port_alloc_locked().
 */
int evtchn_alloc_unbound(struct domain *d, struct evtchn_caller *caller, domid_t remote,
			 struct evtchn_sink *sink, evtchn_port_t *port)
{
	struct evtchn *chn;
	int err = evtchn_lock(d, caller);

	if (err)
		return err;
	err = evtchn_port_alloc_locked(d, caller, &chn);
	if (!err) {
		if (sink)
			chn->sink = sink;
		*port = chn->port;	/* who binds to it may send at once */
		raw_spin_lock_irq(&chn->lock);
		chn->unbound = remote == DOMID_SELF ? d->domid : remote;
		chn->state = EVTCHN_UNBOUND;
		raw_spin_unlock_irq(&chn->lock);
	}
	mutex_unlock(&d->evtchn.lock);
	return err;
}

static long op_alloc_unbound(struct evtchn_caller *caller, u64 arg)
{
	struct evtchn_alloc_unbound alloc;
	struct vcpu *v = caller->v;
	struct domain *d;
	long rc;

	rc = guest_copy_from(v, &alloc, arg, sizeof(alloc));
	if (rc)
		return rc;
	d = domid_get(v, alloc.dom);
	if (IS_ERR(d))
		return PTR_ERR(d);
	/* See is_of_files(). */
	if (dom_is_host(d))
		return -EOPNOTSUPP;
	/* "Self" is the caller, whose port it may be or not. */
	if (alloc.remote_dom == DOMID_SELF)
		alloc.remote_dom = v->domain->domid;
	rc = evtchn_alloc_unbound(d, caller, alloc.remote_dom, NULL, &alloc.port);
	domid_put(v, d);
	return rc ?: guest_copy_to(v, arg, &alloc, sizeof(alloc));
}

/* Connect @chn of @d with a port that @peer offers to @d. */
static long connect(struct domain *d, struct evtchn *chn, struct domain *peer,
		    evtchn_port_t peer_port)
{
	struct evtchn *other = evtchn_from_port(peer, peer_port);
	long rc = -EINVAL;

	if (!other || other == chn)
		return -EINVAL;
	evtchn_lock_pair(d, chn, peer, other);
	if (other->state == EVTCHN_UNBOUND && !other->closing && other->unbound == d->domid) {
		other->remote.domain = d;
		other->remote.port = chn->port;
		other->state = EVTCHN_INTERDOMAIN;
		chn->remote.domain = peer;
		chn->remote.port = other->port;
		chn->state = EVTCHN_INTERDOMAIN;
		/* What the peer sent while it was unbound is lost: look for it. */
		evtchn_raise(d, chn, evtchn_target(d, chn));
		rc = 0;
	}
	evtchn_unlock_pair(chn, other);
	return rc;
}

/**
 * evtchn_bind_interdomain() - connect a new port with one that another domain offers
 * @d: any domain, whose the new port is
 * @caller: the call of a vCPU, or NULL
 * @remote: the other one; DOMID_SELF: @d
 * @remote_port: any number
 * @sink: where events go, if @d is domain 0
 * @port: out
 *
 * An event comes at once, as some may have been lost before.
 *
 * Context: may sleep.
 * Return: 0; -ESRCH: no such domain; -EINVAL: it offers no such port to @d; -ENOSPC, -ENOMEM,
 * HYPERCALL_GOES_ON: as evtchn_port_alloc_locked().
 */
int evtchn_bind_interdomain(struct domain *d, struct evtchn_caller *caller, domid_t remote,
			    evtchn_port_t remote_port, struct evtchn_sink *sink,
			    evtchn_port_t *port)
{
	struct domain *peer;
	struct evtchn *chn;
	int err;

	peer = xlhv_domain_get_by_id(remote == DOMID_SELF ? d->domid : remote);
	if (!peer)
		return -ESRCH;
	err = evtchn_lock(d, caller);
	if (err)
		goto out;
	err = evtchn_port_alloc_locked(d, caller, &chn);
	if (!err) {
		if (sink)
			chn->sink = sink;
		*port = chn->port;
		err = connect(d, chn, peer, remote_port);
		if (err)
			evtchn_port_release_locked(d, chn);
	}
	mutex_unlock(&d->evtchn.lock);
out:
	xlhv_domain_put(peer);
	return err;
}

static long op_bind_interdomain(struct evtchn_caller *caller, u64 arg)
{
	struct evtchn_bind_interdomain bind;
	struct vcpu *v = caller->v;
	long rc;

	rc = guest_copy_from(v, &bind, arg, sizeof(bind));
	if (!rc)
		rc = evtchn_bind_interdomain(v->domain, caller, bind.remote_dom, bind.remote_port,
					     NULL, &bind.local_port);
	return rc ?: guest_copy_to(v, arg, &bind, sizeof(bind));
}

/**
 * evtchn_bind_virq() - give out a port for a VIRQ
 * @d: any domain
 * @caller: the call of a vCPU, or NULL
 * @virq: any number
 * @vcpu: any number; 0 for a global VIRQ
 * @sink: where events go, if @d is domain 0
 * @port: out
 *
 * Context: may sleep.
 * Return: 0; -EINVAL: no such VIRQ, or not of that vCPU; -ENOENT: no such vCPU; -EEXIST: it
 * has a port; -ENOSPC, -ENOMEM, -ESRCH, HYPERCALL_GOES_ON: as evtchn_port_alloc_locked().
 */
int evtchn_bind_virq(struct domain *d, struct evtchn_caller *caller, u32 virq, u32 vcpu,
		     struct evtchn_sink *sink, evtchn_port_t *port)
{
	struct evtchn *chn;
	struct vcpu *target;
	int err;

	if (virq >= EVTCHN_NR_VIRQS)
		return -EINVAL;
	virq = array_index_nospec(virq, EVTCHN_NR_VIRQS);
	if (evtchn_virq_is_global(virq) && vcpu)
		return -EINVAL;
	target = dom_vcpu(d, vcpu);
	if (!target)
		return -ENOENT;

	err = evtchn_lock(d, caller);
	if (err)
		return err;
	if (READ_ONCE(target->evtchn.virq[virq])) {
		err = -EEXIST;
		goto out;
	}
	err = evtchn_port_alloc_locked(d, caller, &chn);
	if (err)
		goto out;
	if (sink)
		chn->sink = sink;
	raw_spin_lock_irq(&chn->lock);
	chn->virq = virq;
	chn->vcpu = target->id;
	chn->state = EVTCHN_VIRQ;
	raw_spin_unlock_irq(&chn->lock);
	*port = chn->port;
	raw_spin_lock_irq(&target->evtchn.virq_lock);
	target->evtchn.virq[virq] = chn->port;
	raw_spin_unlock_irq(&target->evtchn.virq_lock);
out:
	mutex_unlock(&d->evtchn.lock);
	return err;
}

static long op_bind_virq(struct evtchn_caller *caller, u64 arg)
{
	struct evtchn_bind_virq bind;
	struct vcpu *v = caller->v;
	long rc;

	rc = guest_copy_from(v, &bind, arg, sizeof(bind));
	if (!rc)
		rc = evtchn_bind_virq(v->domain, caller, bind.virq, bind.vcpu, NULL, &bind.port);
	return rc ?: guest_copy_to(v, arg, &bind, sizeof(bind));
}

/* There are no physical interrupts for a guest. */
static long op_bind_pirq(struct vcpu *v, u64 arg)
{
	struct evtchn_bind_pirq bind;

	return guest_copy_from(v, &bind, arg, sizeof(bind)) ?: -EINVAL;
}

static long op_bind_ipi(struct evtchn_caller *caller, u64 arg)
{
	struct evtchn_bind_ipi bind;
	struct vcpu *v = caller->v;
	struct domain *d = v->domain;
	struct evtchn *chn;
	struct vcpu *target;
	long rc;

	rc = guest_copy_from(v, &bind, arg, sizeof(bind));
	if (rc)
		return rc;
	target = dom_vcpu(d, bind.vcpu);
	if (!target)
		return -ENOENT;
	rc = evtchn_lock(d, caller);
	if (rc)
		return rc;
	rc = evtchn_port_alloc_locked(d, caller, &chn);
	if (!rc) {
		raw_spin_lock_irq(&chn->lock);
		chn->vcpu = target->id;
		chn->state = EVTCHN_IPI;
		raw_spin_unlock_irq(&chn->lock);
		bind.port = chn->port;
	}
	mutex_unlock(&d->evtchn.lock);
	return rc ?: guest_copy_to(v, arg, &bind, sizeof(bind));
}

static long op_close(struct evtchn_caller *caller, u64 arg)
{
	struct vcpu *v = caller->v;
	struct domain *d = v->domain;
	struct evtchn_close close;
	long rc;

	rc = guest_copy_from(v, &close, arg, sizeof(close));
	if (rc)
		return rc;
	rc = evtchn_lock(d, caller);
	if (rc)
		return rc;
	rc = evtchn_port_close_locked(d, close.port);
	mutex_unlock(&d->evtchn.lock);
	return rc;
}

static long op_bind_vcpu(struct evtchn_caller *caller, u64 arg)
{
	struct evtchn_bind_vcpu bind;
	struct vcpu *v = caller->v;
	struct domain *d = v->domain;
	struct evtchn *chn;
	struct vcpu *target;
	long rc;

	rc = guest_copy_from(v, &bind, arg, sizeof(bind));
	if (rc)
		return rc;
	target = dom_vcpu(d, bind.vcpu);
	if (!target)
		return -ENOENT;
	chn = evtchn_from_port(d, bind.port);
	if (!chn)
		return -EINVAL;
	rc = evtchn_lock(d, caller);
	if (rc)
		return rc;
	raw_spin_lock_irq(&chn->lock);
	switch (chn->state) {
	case EVTCHN_VIRQ:
		if (!evtchn_virq_is_global(chn->virq)) {
			rc = -EINVAL;
			break;
		}
		fallthrough;
	case EVTCHN_UNBOUND:
	case EVTCHN_INTERDOMAIN:
	case EVTCHN_HOST:
		WRITE_ONCE(chn->vcpu, target->id);
		break;
	default:
		rc = -EINVAL;
	}
	raw_spin_unlock_irq(&chn->lock);
	mutex_unlock(&d->evtchn.lock);
	return rc;
}

static long op_reset(struct evtchn_caller *caller, u64 arg)
{
	struct vcpu *v = caller->v;
	struct evtchn_reset reset;
	struct domain *d;
	long rc;

	rc = guest_copy_from(v, &reset, arg, sizeof(reset));
	if (rc)
		return rc;
	d = domid_get(v, reset.dom);
	if (IS_ERR(d))
		return PTR_ERR(d);
	rc = -EOPNOTSUPP;
	if (dom_is_host(d))
		goto out;
	/* Others may have been before it, each for a grace period. */
	rc = evtchn_lock(d, caller);
	if (rc)
		goto out;
	if (evtchn_close_all_locked(d, v))
		evtchn_fifo_leave_locked(d);
	else
		rc = HYPERCALL_GOES_ON;
	mutex_unlock(&d->evtchn.lock);
out:
	domid_put(v, d);
	return rc;
}

static long op_init_control(struct vcpu *v, u64 arg)
{
	struct evtchn_init_control init;
	struct vcpu *target;
	long rc;

	rc = guest_copy_from(v, &init, arg, sizeof(init));
	if (rc)
		return rc;
	target = dom_vcpu(v->domain, init.vcpu);
	if (!target)
		return -ENOENT;
	rc = evtchn_fifo_init_control(v, target, init.control_gfn, init.offset);
	if (rc)
		return rc;
	init.link_bits = EVTCHN_FIFO_LINK_BITS;
	return guest_copy_to(v, arg, &init, sizeof(init));
}

static long op_expand_array(struct vcpu *v, u64 arg)
{
	struct evtchn_expand_array expand;
	long rc;

	rc = guest_copy_from(v, &expand, arg, sizeof(expand));
	return rc ?: evtchn_fifo_expand(v, expand.array_gfn);
}

static noinline long op_set_priority(struct vcpu *v, u64 arg)
{
	struct evtchn_set_priority set;
	struct domain *d = v->domain;
	struct evtchn *chn;
	long rc;

	rc = guest_copy_from(v, &set, arg, sizeof(set));
	if (rc)
		return rc;
	chn = evtchn_from_port(d, set.port);
	if (!chn)
		return -EINVAL;
	if (!READ_ONCE(d->evtchn.fifo))
		return -ENOSYS;
	if (set.priority > EVTCHN_FIFO_PRIORITY_MIN)
		return -EINVAL;
	WRITE_ONCE(chn->fifo.priority,
		   array_index_nospec(set.priority, EVTCHN_FIFO_MAX_QUEUES));
	return 0;
}

static bool gives_port(u32 cmd)
{
	return cmd == EVTCHNOP_alloc_unbound || cmd == EVTCHNOP_bind_interdomain ||
	       cmd == EVTCHNOP_bind_virq || cmd == EVTCHNOP_bind_ipi;
}

/*
 * Domain 0's ports belong to files of /dev/xen/evtchn, which close them, or to the module.  One
 * that a hypercall made would be nobody's, and stay until the module goes; one that a hypercall
 * closes is somebody else's.  Its vCPU takes no interrupts, and its events have no words.
 */
static bool is_of_files(const struct vcpu *v, u32 cmd)
{
	return dom_is_host(v->domain) && cmd != EVTCHNOP_alloc_unbound && cmd != EVTCHNOP_reset;
}

/* What takes the mutex. */
static long sleeping_op(struct evtchn_caller *caller, u32 cmd, u64 arg)
{
	struct vcpu *v = caller->v;

	switch (cmd) {
	case EVTCHNOP_alloc_unbound:
		return op_alloc_unbound(caller, arg);
	case EVTCHNOP_bind_interdomain:
		return op_bind_interdomain(caller, arg);
	case EVTCHNOP_bind_virq:
		return op_bind_virq(caller, arg);
	case EVTCHNOP_bind_ipi:
		return op_bind_ipi(caller, arg);
	case EVTCHNOP_bind_vcpu:
		return op_bind_vcpu(caller, arg);
	case EVTCHNOP_close:
		return op_close(caller, arg);
	case EVTCHNOP_reset:
		return op_reset(caller, arg);
	case EVTCHNOP_init_control:
		return op_init_control(v, arg);
	case EVTCHNOP_expand_array:
		return op_expand_array(v, arg);
	case EVTCHNOP_bind_pirq:
		return op_bind_pirq(v, arg);
	}
	return -ENOSYS;
}

/*
 * A call that goes on says in the upper bits of its number how far it is, as those of memory_op do.
 * Whoever puts something there himself is told the earlier that there is no port.
 */
static noinline long long_op(struct vcpu *v, u32 cmd, u64 arg)
{
	struct evtchn_caller caller = { .v = v, .looked = cmd >> LOOKED_SHIFT };
	long rc;

	if (vmx_vcpu_atomic(v))
		return -EAGAIN;
	cmd &= BIT(LOOKED_SHIFT) - 1;
	if (unlikely(is_of_files(v, cmd)))
		return cmd <= EVTCHNOP_expand_array ? -EOPNOTSUPP : -ENOSYS;
	if (unlikely(caller.looked && !gives_port(cmd)))
		return -ENOSYS;
	rc = sleeping_op(&caller, cmd, arg);
	if (rc == HYPERCALL_GOES_ON)
		return hypercall_go_on(v, cmd | caller.looked << LOOKED_SHIFT, arg, 0);
	return rc;
}

/**
 * hc_event_channel_op() - hypercall event_channel_op
 * @v: own thread
 * @arg1: EVTCHNOP_*
 * @arg2: linear address of the argument
 * @arg3: not used
 *
 * Return: for the guest; -EAGAIN in the inner loop.
 */
long hc_event_channel_op(struct vcpu *v, u64 arg1, u64 arg2, u64 arg3)
{
	u32 cmd = arg1;
	u64 arg = arg2;

	if (likely(cmd == EVTCHNOP_send))
		return op_send(v, arg);
	switch (cmd) {
	case EVTCHNOP_unmask:
		return op_unmask(v, arg);
	case EVTCHNOP_status:
		return op_status(v, arg);
	case EVTCHNOP_set_priority:
		return op_set_priority(v, arg);
	}
	return long_op(v, cmd, arg);
}
