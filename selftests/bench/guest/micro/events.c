// SPDX-License-Identifier: GPL-2.0-only
/* Events to the sender itself, and IPIs of the local APIC to itself. */
#include "bench.h"
#include "evtchn.h"

static void send_and_wait(const char *name, long port, bool to_handler)
{
	u64 t;

	bench_begin(name, 500);
	while (bench_more()) {
		bench_seen = 0;
		sti();
		t = bench_start();
		evtchn_send(port);
		while (!bench_seen)
			cpu_relax();
		bench_sample((to_handler ? bench_stamp : bench_now()) - t);
		cli();
	}
}

void bench_events(void)
{
	long port = evtchn_bind_ipi(0);

	if (port < 0) {
		printf("# no event channel: %ld\n", port);
		return;
	}
	evtchn_2l_mask(port, true);
	BENCH("send-masked-pending", 500, evtchn_send(port));
	bench_begin("send-masked", 500);
	while (bench_more()) {
		u64 t;

		evtchn_2l_clear(port);
		t = bench_start();
		evtchn_send(port);
		bench_sample(bench_now() - t);
	}
	evtchn_2l_clear(port);
	evtchn_unmask(port);
	events_poll();
	bench_use_upcall(port);
	send_and_wait("send-served", port, false);
	send_and_wait("send-to-handler", port, true);
	BENCH("unmask", 500, evtchn_unmask(port));
	evtchn_close(port);
}

static void ipi(const char *name, bool self_register)
{
	u64 t;

	bench_begin(name, 500);
	while (bench_more()) {
		bench_seen = 0;
		sti();
		t = bench_start();
		if (self_register)
			wrmsr(0x83f, 0x60);
		else
			lapic_icr(ICR_SELF | ICR_ASSERT | 0x60, 0);
		while (!bench_seen)
			cpu_relax();
		bench_sample(bench_stamp - t);
		cli();
	}
}

void bench_ipis(void)
{
	if (!lapic_x2 && !lapic_mode_set(true)) {
		printf("# no x2APIC\n");
		return;
	}
	trap_gate_address(0x60, bench_ipi_entry);
	ipi("self-ipi", true);
	ipi("icr-self-ipi", false);
}
