/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of kmod/evtchn share: a port, and the two ways to make it pending. */
#ifndef XLHV_EVTCHN_INTERNAL_H
#define XLHV_EVTCHN_INTERNAL_H

#include <linux/nospec.h>
#include <linux/spinlock.h>
#include <linux/stddef.h>
#include <linux/types.h>
#include <asm/barrier.h>
#include <xen/interface/xen.h>

#include "evtchn/evtchn.h"
#include "evtchn/fifo_queue.h"
#include "evtchn/shared_info.h"
#include "evtchn/two_level_words.h"
#include "trace.h"
#include "vcpu/vcpu.h"

/*
 * States of a port.  FREE and RESERVED are left and entered under the domain's
 * evtchn.lock, all others under the channel's lock, the changes of an inter-domain
 * pair under both channels' locks.
 */
enum evtchn_state {
	EVTCHN_FREE,
	EVTCHN_RESERVED,	/* given out, not in use yet; port 0 for ever */
	EVTCHN_UNBOUND,		/* waits for another domain */
	EVTCHN_INTERDOMAIN,
	EVTCHN_HOST,		/* inter-domain, the other end is struct xlhv_evtchn */
	EVTCHN_VIRQ,
	EVTCHN_IPI,
};

/**
 * struct evtchn - a port of a domain
 * @lock: raw, with interrupts off; a pair in the order of (domid, port)
 * @state: [e] enum evtchn_state
 * @closing: [e] on its way to FREE: nobody may bind to it
 * @vcpu: [e] for writing: vCPU that is told; less than the domain's max_vcpus
 * @port: [c]
 * @unbound: [e] UNBOUND: domain that may bind
 * @remote: [e] INTERDOMAIN: the other end; its domain lives at least as long as this
 *	state lasts
 * @virq: [e] VIRQ
 * @host: [e] HOST
 * @fifo: as its type says
 * @sink: [m] of domain 0, for writing, while no other end can raise it: where events go,
 *	NULL for nowhere
 */
struct evtchn {
	raw_spinlock_t lock;
	u8 state;
	bool closing;
	u16 vcpu;
	evtchn_port_t port;
	union {
		domid_t unbound;
		struct {
			struct domain *domain;
			evtchn_port_t port;
		} remote;
		u32 virq;
		struct xlhv_evtchn *host;
	};
	union {
		struct evtchn_fifo_port fifo;
		struct evtchn_sink *sink;
	};
};

/**
 * struct evtchn_port_ops - the ways to make a port pending
 *
 * All are called with interrupts off or under an RCU read lock, so that a change to
 * the other way can wait for them; none sleeps.
 *
 * @max_ports: ports that the guest can be told of
 * @unmask: unmask, deliver what is pending; returns EVTCHN_RAISED_*
 * @clear: not pending any more: the port is closed
 * @pending: is it pending, masked or not?
 * @busy: does the guest still have it in a queue?
 */
struct evtchn_port_ops {
	unsigned int (*max_ports)(const struct domain *d);
	unsigned int (*unmask)(struct domain *d, struct evtchn *chn, struct vcpu *v);
	void (*clear)(struct domain *d, struct evtchn *chn);
	bool (*pending)(struct domain *d, const struct evtchn *chn);
	bool (*busy)(const struct domain *d, const struct evtchn *chn);
};

extern const struct evtchn_port_ops evtchn_2l_ops;
extern const struct evtchn_port_ops evtchn_fifo_ops;
extern const struct evtchn_port_ops evtchn_sink_ops;

unsigned int evtchn_2l_raise(struct domain *d, struct evtchn *chn, struct vcpu *v);
unsigned int evtchn_fifo_raise(struct domain *d, struct evtchn *chn, struct vcpu *v);
unsigned int evtchn_sink_raise(const struct domain *d, struct evtchn *chn);
void evtchn_sink_alone(struct evtchn *chn);

/**
 * evtchn_from_port() - the memory of a port
 * @d: any domain
 * @port: any number
 *
 * Context: any.
 * Return: NULL for a port that never was given out.
 */
static inline struct evtchn *evtchn_from_port(const struct domain *d, evtchn_port_t port)
{
	/* The bucket was there before the count was raised. */
	unsigned int nr = smp_load_acquire(&d->evtchn.nr_ports);

	if (unlikely(port >= nr))
		return NULL;
	port = array_index_nospec(port, nr);
	return &d->evtchn.bucket[port / EVTCHN_PER_BUCKET][port % EVTCHN_PER_BUCKET];
}

static inline struct vcpu *evtchn_target(const struct domain *d, const struct evtchn *chn)
{
	return d->vcpu[READ_ONCE(chn->vcpu)];
}

void evtchn_wake_pollers(struct domain *d, evtchn_port_t port);

static inline bool evtchn_anybody_polls(const struct domain *d)
{
	unsigned long bits = 0;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(d->evtchn.polling); i++)
		bits |= READ_ONCE(d->evtchn.polling[i]);
	return bits;
}

/* upcall.c */
void evtchn_upcall(struct vcpu *v);

/* Tell the vCPU and who polls what raising or unmasking a port came to. */
static inline void evtchn_raised(struct domain *d, const struct evtchn *chn, struct vcpu *v,
				 unsigned int raised)
{
	if (raised & EVTCHN_RAISED_UPCALL)
		evtchn_upcall(v);
	if ((raised & EVTCHN_RAISED_NEW) && unlikely(evtchn_anybody_polls(d)))
		evtchn_wake_pollers(d, chn->port);
}

/* Make a port pending on a vCPU of its domain.  Interrupts off. */
static inline void evtchn_raise(struct domain *d, struct evtchn *chn, struct vcpu *v)
{
	unsigned int raised;

	/* Not by the pointer: an indirect call costs a retpoline. */
	if (READ_ONCE(d->evtchn.ops) == &evtchn_2l_ops)
		raised = evtchn_2l_raise(d, chn, v);
	else
		raised = evtchn_fifo_raise(d, chn, v);

	trace_xlhv_evtchn_raise(d, chn->port, v, raised);
	evtchn_raised(d, chn, v, raised);
}

/* Life of ports (evtchn.c). */
int evtchn_lock(struct domain *d, const struct evtchn_caller *caller);
int evtchn_port_alloc_locked(struct domain *d, struct evtchn_caller *caller, struct evtchn **chn);
void evtchn_port_release_locked(struct domain *d, struct evtchn *chn);
int evtchn_port_close_locked(struct domain *d, evtchn_port_t port);
bool evtchn_close_all_locked(struct domain *d, struct vcpu *v);
long evtchn_send_locked(struct domain *d, struct evtchn *chn);
void evtchn_lock_pair(const struct domain *d1, struct evtchn *chn1,
		      const struct domain *d2, struct evtchn *chn2)
	__acquires(&chn1->lock) __acquires(&chn2->lock);
void evtchn_unlock_pair(struct evtchn *chn1, struct evtchn *chn2)
	__releases(&chn1->lock) __releases(&chn2->lock);
bool evtchn_virq_is_global(unsigned int virq);

/* Where the bits of 2-level events are; source: Xen's public/xen.h compiled for 32 bits. */
#define SHARED_COMPAT_PENDING		2048
#define SHARED_COMPAT_MASK		2176
#define SHARED_COMPAT_SEL		4

static_assert(offsetof(struct vcpu_info, evtchn_pending_sel) == 8);
static_assert(offsetof(struct shared_info, evtchn_pending) == 2048);
static_assert(offsetof(struct shared_info, evtchn_mask) == 2560);

static inline u32 *shared_pending(const struct domain *d, bool compat)
{
	return (void *)d->shared_info +
	       (compat ? SHARED_COMPAT_PENDING : offsetof(struct shared_info, evtchn_pending));
}

static inline u32 *shared_mask(const struct domain *d, bool compat)
{
	return (void *)d->shared_info +
	       (compat ? SHARED_COMPAT_MASK : offsetof(struct shared_info, evtchn_mask));
}

/* As 32-bit words: one in the 32-bit layout, two in the other. */
static inline u32 *shared_pending_sel(struct vcpu_info *info, bool compat)
{
	return (void *)info +
	       (compat ? SHARED_COMPAT_SEL : offsetof(struct vcpu_info, evtchn_pending_sel));
}

/* FIFO (fifo.c). */
int evtchn_fifo_init_control(struct vcpu *caller, struct vcpu *v, u64 gfn, u32 offset);
int evtchn_fifo_expand(struct vcpu *caller, u64 gfn);
void evtchn_fifo_leave_locked(struct domain *d);
void evtchn_fifo_destroy(struct evtchn_fifo *fifo);

#endif /* XLHV_EVTCHN_INTERNAL_H */
