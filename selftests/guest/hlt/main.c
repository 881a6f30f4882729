// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claim: HLT with interrupts open sleeps until an interrupt or event, wakes at
 * once when one is already waiting, goes on after the HLT, and the clock goes
 * on meanwhile. Nothing wakes it that the guest does not see.
 *
 * Why: this is how every idle guest spends its life.
 */
#include "evtchn.h"
#include "guest.h"

#include <xen/vcpu.h>

#define VEC 0x78

static volatile u32 irqs;
static volatile unsigned long irq_ip;

static bool on_irq(struct cpu_regs *regs)
{
	irqs++;
	irq_ip = regs->ip;
	lapic_eoi();
	return true;
}

static void pending_already(void)
{
	extern char hlt_after[];
	u64 t;

	trap_handler_set(VEC, on_irq);
	irqs = 0;
	lapic_self_ipi(VEC);
	t = rdtsc();
	__asm__ volatile("sti; hlt\nhlt_after: cli" : : : "memory");
	t = rdtsc() - t;
	expect_eq(irqs, 1, "interrupts");
	expect_eq(irq_ip, (unsigned long)hlt_after, "IP: after the HLT");
	expect(t < tsc_of_us(40000), "woke only after %llu TSC counts", (unsigned long long)t);
}

static void lapic_timer(void)
{
	unsigned int i;

	trap_handler_set(VEC, on_irq);
	lapic_write(APIC_TDCR, 0xb);
	lapic_write(APIC_LVT_TIMER, VEC);
	for (i = 0; i < 5; i++) {
		u64 t = rdtsc();

		irqs = 0;
		lapic_write(APIC_TMICT, 100000);
		sti_hlt();
		cli();
		t = rdtsc() - t;
		expect_eq(irqs, 1, "interrupts of round %u", i);
		expect(t > 1000, "HLT did not sleep: %llu TSC counts", (unsigned long long)t);
	}
	lapic_write(APIC_LVT_TIMER, LVT_MASKED);
}

static void xen_timer(void)
{
	struct vcpu_set_singleshot_timer arg = { 0 };
	unsigned int i;
	long port;
	u64 due, now;

	skip_if(!xen.present, "no hypercalls here");
	require(!shared_info_map(), "shared_info");
	require(!upcall_init(UPCALL_GLOBAL), "callback");
	port = evtchn_bind_virq(VIRQ_TIMER, 0);
	require(port > 0, "bind_virq gives %ld", port);
	evtchn_unmask(port);
	irq_window();
	for (i = 0; i < 10; i++) {
		u32 before = event_count[port];

		due = system_time() + 2 * NSEC_PER_MSEC;
		arg.timeout_abs_ns = due;
		expect_rc(vcpu_op(VCPUOP_set_singleshot_timer, 0, &arg), 0, "set_singleshot_timer");
		sti_hlt();
		cli();
		now = system_time();
		expect_eq(event_count[port], before + 1, "timer events of round %u", i);
		expect(now >= due, "woke %llu ns early", (unsigned long long)(due - now));
		expect(now - due < 40 * NSEC_PER_MSEC, "woke %llu ns late",
		       (unsigned long long)(now - due));
	}
	evtchn_close(port);
}

static void event(void)
{
	long port;

	skip_if(!xen.present, "no hypercalls here");
	require(!shared_info_map(), "shared_info");
	require(!upcall_init(UPCALL_GLOBAL), "callback");
	port = evtchn_bind_ipi(0);
	require(port > 0, "bind_ipi gives %ld", port);
	evtchn_unmask(port);
	irq_window();
	event_count[port] = 0;
	expect_rc(evtchn_send(port), 0, "send");
	sti_hlt();
	cli();
	expect_eq(event_count[port], 1, "events");
	evtchn_close(port);
}

TEST_CASES = {
	{ "interrupt already waiting", pending_already },
	{ "woken by the local APIC's timer", lapic_timer },
	{ "woken by Xen's timer, on time", xen_timer },
	{ "woken by an event", event },
	TEST_CASES_END
};
