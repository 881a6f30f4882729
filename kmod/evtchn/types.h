/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What domains, vCPUs and backends have of event channels.
 *
 * Codes on the fields, besides those of domain.h: [m] the domain's evtchn.lock,
 * [e] the lock of the channel.
 */
#ifndef XLHV_EVTCHN_TYPES_H
#define XLHV_EVTCHN_TYPES_H

#include <linux/bitops.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <xen/interface/xen.h>	/* the others need it first */
#include <xen/interface/event_channel.h>

#include "xlhv.h"
#include "xlhv_backend_types.h"
#include "evtchn/portmap.h"

struct domain;
struct evtchn;
struct evtchn_fifo;
struct evtchn_port_ops;

#define EVTCHN_NR_VIRQS		24	/* Xen's NR_VIRQS */
#define EVTCHN_PER_BUCKET	64
#define EVTCHN_DEFAULT_MAX	1023

/* Instead of a port to poll: port 0 is one that a guest may name. */
#define EVTCHN_POLL_SEVERAL	(-1)
#define EVTCHN_POLL_NONE	(-2)

/**
 * struct evtchn_domain - event channels of a domain
 * @lock: allocation, binding and closing; may sleep, and is never held for two domains
 * @bucket: [c] ports in buckets that never move or go while the domain lives
 * @nr_ports: [a] ports that have memory; raised after the memory is there
 * @max_port: [c] highest port the domain may have
 * @free: [m] ports that can be given out
 * @busy: [m] closed ports that are still in a queue of the guest's
 * @busy_next: [m] where to look for one that is not any more
 * @closed: [m] no port is given out any more
 * @ops: [a] 2-level or FIFO; readers have interrupts off or hold an RCU read lock
 * @fifo: [a] FIFO state, NULL while 2-level; readers as of @ops
 * @compat: [a] shared_info has the layout for 32-bit guests
 * @polling: [a] vCPUs in SCHEDOP_poll whose ports are not pending yet
 */
struct evtchn_domain {
	struct mutex lock;	/* allocation, binding, closing */
	struct evtchn **bucket;
	unsigned int nr_ports;
	unsigned int max_port;
	struct evtchn_portmap free;
	struct evtchn_portmap busy;
	unsigned int busy_next;
	bool closed;

	const struct evtchn_port_ops *ops;
	struct evtchn_fifo *fifo;
	bool compat;
	DECLARE_BITMAP(polling, XLHV_MAX_VCPUS);
};

/**
 * struct evtchn_vcpu - event channels of a vCPU
 * @virq_lock: raw, with interrupts off: @virq against a concurrent close
 * @virq: [virq_lock] port of each VIRQ, 0 for none; vCPU 0 has the global ones too
 * @sent: [v] events that it sent by hypercall
 * @upcall_vector: [a] vector by HVMOP_set_evtchn_upcall_vector, 0 for none
 */
struct evtchn_vcpu {
	raw_spinlock_t virq_lock;
	u32 virq[EVTCHN_NR_VIRQS];
	u8 upcall_vector;
	u64 sent;
};

/**
 * struct evtchn_sink - where the events of a port of domain 0 go
 * @notify: an event for that port
 * @alone: the port and its other end have parted, whichever of them is closed, and no other has
 *	bound yet; may be NULL
 *
 * They run as that of struct xlhv_evtchn does: interrupts are off, and the lock of the
 * sender's channel, or of the VIRQ, is held.  No call runs or starts any more when the
 * port has been closed.
 */
struct evtchn_sink {
	void (*notify)(struct evtchn_sink *sink);
	void (*alone)(struct evtchn_sink *sink);
};

#endif /* XLHV_EVTCHN_TYPES_H */
