// SPDX-License-Identifier: GPL-2.0-only
/*
 * The guest's half of both event-channel ABIs, after the public headers: who
 * may write which bit is said in event_channel.h.
 */
#include "cpu.h"
#include "evtchn.h"
#include "lapic.h"
#include "mem.h"
#include "percpu.h"
#include "test.h"
#include "xen.h"

#include <xen/hvm/hvm_op.h>

#define FIFO_PAGE_WORDS (PAGE_SIZE / sizeof(u32))
#define FIFO_MAX_PAGES 8

volatile u32 event_count[EVENT_PORTS];
volatile u32 event_cpu[EVENT_PORTS];
volatile u32 upcall_count;
void (*volatile event_hook)(evtchn_port_t port);

volatile u32 *evtchn_fifo_words;
u32 evtchn_fifo_ports;
bool evtchn_fifo;

static struct evtchn_fifo_control_block *fifo_control[MAX_CPUS];
static u32 fifo_head[MAX_CPUS][EVTCHN_FIFO_MAX_QUEUES];
static enum upcall_mode upcall_mode;

bool evtchn_2l_pending(evtchn_port_t port)
{
	return test_bit(port, shared_info->evtchn_pending);
}

bool evtchn_2l_masked(evtchn_port_t port)
{
	return test_bit(port, shared_info->evtchn_mask);
}

void evtchn_2l_mask(evtchn_port_t port, bool masked)
{
	if (masked)
		test_and_set_bit(port, shared_info->evtchn_mask);
	else
		test_and_clear_bit(port, shared_info->evtchn_mask);
}

bool evtchn_2l_clear(evtchn_port_t port)
{
	return test_and_clear_bit(port, shared_info->evtchn_pending);
}

static void event_seen(evtchn_port_t port)
{
	if (port >= EVENT_PORTS)
		return;
	__atomic_fetch_add(&event_count[port], 1, __ATOMIC_SEQ_CST);
	event_cpu[port] = this_cpu()->id;
	if (event_hook)
		event_hook(port);
}

static unsigned int poll_2l(struct vcpu_info *v)
{
	unsigned long sel = xchg_long(&v->evtchn_pending_sel, 0);
	const unsigned int bits = 8 * sizeof(long);
	unsigned int seen = 0, i, b;

	for (i = 0; i < bits; i++) {
		unsigned long word;

		if (!(sel >> i & 1))
			continue;
		word = READ_ONCE(shared_info->evtchn_pending[i]) &
		       ~READ_ONCE(shared_info->evtchn_mask[i]);
		for (b = 0; b < bits; b++) {
			if (!(word >> b & 1) || !evtchn_2l_clear(i * bits + b))
				continue;
			event_seen(i * bits + b);
			seen++;
		}
	}
	return seen;
}

static u32 fifo_unlink(volatile u32 *word)
{
	u32 old;

	do {
		old = *word;
	} while (!cmpxchg32(word, old, old & ~(BIT(EVTCHN_FIFO_LINKED) | EVTCHN_FIFO_LINK_MASK)));
	return old & EVTCHN_FIFO_LINK_MASK;
}

static unsigned int fifo_queue(unsigned int cpu, unsigned int q)
{
	struct evtchn_fifo_control_block *cb = fifo_control[cpu];
	u32 port = fifo_head[cpu][q] ? fifo_head[cpu][q] : READ_ONCE(cb->head[q]);
	unsigned int seen = 0;

	while (port) {
		volatile u32 *word;
		u32 old;

		if (port >= evtchn_fifo_ports)
			test_error("FIFO queue %u names port %u, beyond the array", q, port);
		word = &evtchn_fifo_words[port];
		fifo_head[cpu][q] = fifo_unlink(word);
		do {
			old = *word;
		} while ((old & BIT(EVTCHN_FIFO_PENDING)) && !(old & BIT(EVTCHN_FIFO_MASKED)) &&
			 !cmpxchg32(word, old, old & ~BIT(EVTCHN_FIFO_PENDING)));
		if ((old & BIT(EVTCHN_FIFO_PENDING)) && !(old & BIT(EVTCHN_FIFO_MASKED))) {
			event_seen(port);
			seen++;
		}
		port = fifo_head[cpu][q];
	}
	return seen;
}

static unsigned int poll_fifo(void)
{
	unsigned int cpu = this_cpu()->id, seen = 0, q;
	u32 ready;

	if (!fifo_control[cpu])
		return 0;
	while ((ready = xchg32(&fifo_control[cpu]->ready, 0))) {
		for (q = 0; q < EVTCHN_FIFO_MAX_QUEUES; q++)
			if (ready >> q & 1)
				seen += fifo_queue(cpu, q);
	}
	return seen;
}

unsigned int events_poll(void)
{
	struct vcpu_info *v = this_cpu()->vcpu_info;
	unsigned int seen = 0;

	do {
		WRITE_ONCE(v->evtchn_upcall_pending, 0);
		mb();	/* an event set after this asserts the upcall anew */
		seen += evtchn_fifo ? poll_fifo() : poll_2l(v);
	} while (READ_ONCE(v->evtchn_upcall_pending));
	return seen;
}

static bool upcall(struct cpu_regs *regs)
{
	(void)regs;
	if (upcall_mode == UPCALL_PER_VCPU)
		lapic_eoi();
	__atomic_fetch_add(&upcall_count, 1, __ATOMIC_SEQ_CST);
	events_poll();
	return true;
}

long upcall_init(enum upcall_mode mode)
{
	long rc;

	trap_handler_set(UPCALL_VECTOR, upcall);
	if (mode == UPCALL_PER_VCPU) {
		struct xen_hvm_evtchn_upcall_vector arg = {
			.vcpu = this_cpu()->id, .vector = UPCALL_VECTOR,
		};

		rc = hvm_op(HVMOP_set_evtchn_upcall_vector, &arg);
	} else {
		rc = hvm_param_set(HVM_PARAM_CALLBACK_IRQ, 2ULL << 56 | UPCALL_VECTOR);
	}
	if (!rc)
		upcall_mode = mode;
	return rc;
}

void upcall_off(void)
{
	hvm_param_set(HVM_PARAM_CALLBACK_IRQ, 0);
}

long evtchn_fifo_init(u32 vcpu)
{
	struct evtchn_fifo_control_block *cb = page_alloc(1);
	struct evtchn_init_control arg = {
		.control_gfn = (unsigned long)cb >> PAGE_SHIFT, .vcpu = vcpu,
	};
	long rc = evtchn_op(EVTCHNOP_init_control, &arg);

	if (!rc) {
		if (arg.link_bits != EVTCHN_FIFO_LINK_BITS)
			test_failed("init_control says %u link bits", arg.link_bits);
		fifo_control[vcpu] = cb;
		memset(fifo_head[vcpu], 0, sizeof(fifo_head[vcpu]));
		evtchn_fifo = true;
	}
	return rc;
}

long evtchn_fifo_expand(void)
{
	struct evtchn_expand_array arg;
	unsigned int i;
	long rc;

	if (!evtchn_fifo_words)
		evtchn_fifo_words = page_alloc(FIFO_MAX_PAGES);
	if (evtchn_fifo_ports >= FIFO_MAX_PAGES * FIFO_PAGE_WORDS)
		return -XEN_ENOSPC;
	for (i = 0; i < FIFO_PAGE_WORDS; i++)
		evtchn_fifo_words[evtchn_fifo_ports + i] = BIT(EVTCHN_FIFO_MASKED);
	arg.array_gfn = (unsigned long)&evtchn_fifo_words[evtchn_fifo_ports] >> PAGE_SHIFT;
	rc = evtchn_op(EVTCHNOP_expand_array, &arg);
	if (!rc)
		evtchn_fifo_ports += FIFO_PAGE_WORDS;
	return rc;
}
