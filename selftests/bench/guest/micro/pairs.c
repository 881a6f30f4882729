// SPDX-License-Identifier: GPL-2.0-only
/*
 * Round trips by event: between two vCPUs of a domain, and between two domains.
 * The side that answers idles in HLT and sends back from its handler; the other
 * waits in HLT too ("asleep"), or looks ("spinning").
 */
#include "bench.h"
#include "evtchn.h"

#define ROUND_TRIPS 200

/* The first port of a domain that has bound none is one of these: some are its console's. */
#define PORTS_TRIED 16

static volatile u32 pong;
static long ping_port, pong_port;

static void on_event(evtchn_port_t port)
{
	if (port == (evtchn_port_t)ping_port)
		evtchn_send(pong_port);
	else if (port == (evtchn_port_t)pong_port)
		pong++;
}

static void round_trips(const char *name, long to, bool asleep)
{
	u64 t;

	bench_begin(name, ROUND_TRIPS);
	while (bench_more()) {
		u32 want = pong + 1;

		t = bench_start();
		if (!asleep)
			sti();
		evtchn_send(to);
		while (pong != want) {
			if (asleep) {
				sti_hlt();
				cli();
			} else {
				cpu_relax();
			}
		}
		cli();
		bench_sample(bench_now() - t);
	}
}

void bench_vcpus(void)
{
	if (!smp_start(1, SMP_SIPI)) {
		printf("# vCPU 1 does not start\n");
		return;
	}
	event_hook = on_event;
	ping_port = evtchn_bind_ipi(1);
	pong_port = evtchn_bind_ipi(0);
	if (ping_port < 0 || pong_port < 0) {
		printf("# no event channels: %ld, %ld\n", ping_port, pong_port);
		return;
	}
	evtchn_unmask(ping_port);
	evtchn_unmask(pong_port);
	irq_window();
	round_trips("vcpus-asleep", ping_port, true);
	round_trips("vcpus-spinning", ping_port, false);
}

/* "what=answer peer=DOMID": offers a port to the peer and answers until it is destroyed. */
void bench_answer(void)
{
	long port;

	event_hook = on_event;
	port = evtchn_alloc_unbound(DOMID_SELF, opt_u64("peer", 0));
	if (port < 0 || port > PORTS_TRIED) {
		printf("# the first port is %ld\n", port);
		return;
	}
	/* an event here goes back on the same channel */
	ping_port = port;
	pong_port = port;
	evtchn_unmask(port);
	for (;;) {
		sti_hlt();
		cli();
	}
}

static long bind_any(domid_t peer)
{
	evtchn_port_t remote;
	long port = 0;

	for (remote = 1; remote <= PORTS_TRIED; remote++) {
		port = evtchn_bind_interdomain(peer, remote);
		if (port >= 0)
			break;
	}
	return port;
}

/* "what=ask peer=DOMID": round trips to a domain that answers. */
void bench_ask(void)
{
	domid_t peer = opt_u64("peer", 0);
	u64 end = rdtsc() + tsc_of_us(5000000);
	long port;

	/* it may still be on its way */
	do {
		port = bind_any(peer);
	} while (port < 0 && rdtsc() < end);
	if (port < 0) {
		printf("# no channel to domain %u: %ld\n", peer, port);
		return;
	}
	event_hook = on_event;
	ping_port = -1;
	pong_port = port;
	evtchn_unmask(port);
	irq_window();
	/* binding may have raised the port once */
	mdelay(1);
	irq_window();
	round_trips("domains-asleep", port, true);
	round_trips("domains-spinning", port, false);
}
