/* SPDX-License-Identifier: GPL-2.0-only */
/* Event channels: one inline wrapper for each operation, and delivery by upcall. */
#ifndef GUEST_EVTCHN_H
#define GUEST_EVTCHN_H

#include "hypercall.h"
#include "types.h"

#include <xen/event_channel.h>

#define UPCALL_VECTOR 0xf3

static inline long evtchn_send(evtchn_port_t port)
{
	struct evtchn_send arg = { .port = port };

	return evtchn_op(EVTCHNOP_send, &arg);
}

static inline long evtchn_close(evtchn_port_t port)
{
	struct evtchn_close arg = { .port = port };

	return evtchn_op(EVTCHNOP_close, &arg);
}

static inline long evtchn_unmask(evtchn_port_t port)
{
	struct evtchn_unmask arg = { .port = port };

	return evtchn_op(EVTCHNOP_unmask, &arg);
}

/* The bind calls return the port, or the negative error. */
static inline long evtchn_bind_ipi(u32 vcpu)
{
	struct evtchn_bind_ipi arg = { .vcpu = vcpu };
	long rc = evtchn_op(EVTCHNOP_bind_ipi, &arg);

	return rc ? rc : (long)arg.port;
}

static inline long evtchn_bind_virq(u32 virq, u32 vcpu)
{
	struct evtchn_bind_virq arg = { .virq = virq, .vcpu = vcpu };
	long rc = evtchn_op(EVTCHNOP_bind_virq, &arg);

	return rc ? rc : (long)arg.port;
}

static inline long evtchn_alloc_unbound(domid_t dom, domid_t remote)
{
	struct evtchn_alloc_unbound arg = { .dom = dom, .remote_dom = remote };
	long rc = evtchn_op(EVTCHNOP_alloc_unbound, &arg);

	return rc ? rc : (long)arg.port;
}

static inline long evtchn_bind_interdomain(domid_t dom, evtchn_port_t remote)
{
	struct evtchn_bind_interdomain arg = { .remote_dom = dom, .remote_port = remote };
	long rc = evtchn_op(EVTCHNOP_bind_interdomain, &arg);

	return rc ? rc : (long)arg.local_port;
}

static inline long evtchn_bind_vcpu(evtchn_port_t port, u32 vcpu)
{
	struct evtchn_bind_vcpu arg = { .port = port, .vcpu = vcpu };

	return evtchn_op(EVTCHNOP_bind_vcpu, &arg);
}

static inline long evtchn_status(evtchn_port_t port, struct evtchn_status *st)
{
	memset(st, 0, sizeof(*st));
	st->dom = DOMID_SELF;
	st->port = port;
	return evtchn_op(EVTCHNOP_status, st);
}

static inline long evtchn_set_priority(evtchn_port_t port, u32 priority)
{
	struct evtchn_set_priority arg = { .port = port, .priority = priority };

	return evtchn_op(EVTCHNOP_set_priority, &arg);
}

static inline long evtchn_reset(void)
{
	struct evtchn_reset arg = { .dom = DOMID_SELF };

	return evtchn_op(EVTCHNOP_reset, &arg);
}

/* 2-level bits in the shared page. */
bool evtchn_2l_pending(evtchn_port_t port);
bool evtchn_2l_masked(evtchn_port_t port);
void evtchn_2l_mask(evtchn_port_t port, bool masked);
bool evtchn_2l_clear(evtchn_port_t port);	/* returns whether it was pending */

/* FIFO: words and control blocks that evtchn_fifo_init() and _expand() gave the hypervisor. */
extern volatile u32 *evtchn_fifo_words;		/* port n's word, pages allocated so far */
extern u32 evtchn_fifo_ports;
extern bool evtchn_fifo;

/**
 * evtchn_fifo_init - switch this vCPU to FIFO events
 * @vcpu: vCPU id; the first call switches the domain
 * Return: as EVTCHNOP_init_control.
 */
long evtchn_fifo_init(u32 vcpu);
/* Adds one page of 1024 words, all masked. */
long evtchn_fifo_expand(void);

enum upcall_mode {
	UPCALL_GLOBAL,		/* HVM_PARAM_CALLBACK_IRQ, vector type, no EOI */
	UPCALL_PER_VCPU,	/* HVMOP_set_evtchn_upcall_vector, through the local APIC */
};

/**
 * upcall_init - have events delivered on UPCALL_VECTOR
 * @mode: which mechanism
 * Return: 0 or the hypercall's error. For UPCALL_PER_VCPU only the calling vCPU.
 */
long upcall_init(enum upcall_mode mode);
/* The mechanism taken off again (global mode). */
void upcall_off(void);

/* Per port: how often the handler saw it. Sum: upcalls taken. */
#define EVENT_PORTS 4096
extern volatile u32 event_count[EVENT_PORTS];
extern volatile u32 upcall_count;
/* The vCPU that saw the port last, and a hook called for each event when set. */
extern volatile u32 event_cpu[EVENT_PORTS];
extern void (*volatile event_hook)(evtchn_port_t port);
/* Processes whatever is pending for this vCPU, as the upcall does. Return: events seen. */
unsigned int events_poll(void);

#endif
