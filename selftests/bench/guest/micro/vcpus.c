// SPDX-License-Identifier: GPL-2.0-only
/* Round trips by event between two vCPUs; the answering one idles in HLT. */
#include "bench.h"
#include "evtchn.h"

static volatile u32 pong;
static long ping_port, pong_port;

static void on_event(evtchn_port_t port)
{
	if (port == (evtchn_port_t)ping_port)
		evtchn_send(pong_port);
	else if (port == (evtchn_port_t)pong_port)
		pong++;
}

static void round_trips(const char *name, bool asleep)
{
	u64 t;

	bench_begin(name, 200);
	while (bench_more()) {
		u32 want = pong + 1;

		t = bench_start();
		if (!asleep)
			sti();
		evtchn_send(ping_port);
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
	upcall_init(UPCALL_GLOBAL);
	bench_use_library_upcall();
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
	round_trips("ping-pong-asleep", true);
	round_trips("ping-pong-spinning", false);
}
