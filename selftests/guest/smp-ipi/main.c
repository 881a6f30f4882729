// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claim: interrupts and events sent from one vCPU to others arrive, each once,
 * at the right ones, whether these run, sleep or have interrupts off.
 *
 * Why: a lost IPI hangs an SMP guest, a doubled one corrupts it.
 */
#include "evtchn.h"
#include "guest.h"

#include <xen/sched.h>
#include <xen/vcpu.h>

#define VEC 0x64

static u32 nr;
static volatile u32 hits[MAX_CPUS], nmis[MAX_CPUS];

static bool on_irq(struct cpu_regs *regs)
{
	hits[this_cpu()->id]++;
	lapic_eoi();
	return true;
}

static bool on_nmi(struct cpu_regs *regs)
{
	nmis[this_cpu()->id]++;
	return true;
}

static u32 sum(void)
{
	u32 i, s = 0;

	for (i = 0; i < nr; i++)
		s += hits[i];
	return s;
}

/* Waits the way an SMP guest on few host CPUs should: letting others run. */
#define wait_yield(cond, us)								\
	({										\
		u64 wy_end = rdtsc() + tsc_of_us(us);					\
		while (!(cond) && rdtsc() < wy_end)					\
			sched_op(SCHEDOP_yield, NULL);					\
		(bool)(cond);								\
	})

static void physical(void)
{
	u32 i, k;

	memset((void *)hits, 0, sizeof(hits));
	for (k = 1; k <= 20; k++) {
		for (i = 1; i < nr; i++)
			lapic_icr(ICR_ASSERT | VEC, smp_apic_id(i));
		for (i = 1; i < nr; i++)
			if (!expect(wait_yield(hits[i] == k, 200000), "vCPU %u: %u of %u", i,
				    hits[i], k))
				return;
	}
	expect_eq(hits[0], 0, "interrupts at the sender");
}

static void shorthands(void)
{
	memset((void *)hits, 0, sizeof(hits));
	lapic_icr(ICR_OTHERS | ICR_ASSERT | VEC, 0);
	wait_yield(sum() >= nr - 1, 200000);
	udelay(500);
	expect_eq(sum(), nr - 1, "interrupts by 'others'");
	expect_eq(hits[0], 0, "at the sender");
	memset((void *)hits, 0, sizeof(hits));
	lapic_icr(ICR_ALL | ICR_ASSERT | VEC, 0);
	irq_window();
	wait_yield(sum() >= nr, 200000);
	expect_eq(sum(), nr, "interrupts by 'all'");
	expect_eq(hits[0], 1, "at the sender");
}

static void logical(void)
{
	u32 i, mask = 0;

	memset((void *)hits, 0, sizeof(hits));
	skip_if(!lapic_x2, "xAPIC: each vCPU would have to set its LDR");
	/* a cluster is sixteen ids */
	for (i = 1; i < nr; i++)
		if (smp_apic_id(i) >> 4 == 0)
			mask |= 1 << (smp_apic_id(i) & 15);
	lapic_icr(ICR_LOGICAL | ICR_ASSERT | VEC, mask);
	wait_yield(sum() >= bits_set(mask), 200000);
	udelay(500);
	expect_eq(sum(), bits_set(mask), "interrupts by logical destination %#x", mask);
	expect_eq(hits[0], 0, "at the sender");
	/* lowest priority: exactly one of them */
	memset((void *)hits, 0, sizeof(hits));
	lapic_icr(ICR_LOGICAL | ICR_LOWEST | ICR_ASSERT | VEC, mask);
	wait_yield(sum(), 200000);
	udelay(500);
	expect_eq(sum(), 1, "interrupts by lowest priority");
}

static void nmi(void)
{
	u32 i;

	memset((void *)nmis, 0, sizeof(nmis));
	for (i = 1; i < nr; i++) {
		lapic_icr(ICR_NMI | ICR_ASSERT, smp_apic_id(i));
		if (!expect(wait_yield(nmis[i] == 1, 200000), "vCPU %u: %u NMIs", i, nmis[i]))
			return;
	}
	expect_eq(nmis[0], 0, "NMIs at the sender");
}

static volatile bool spinning, spin_stop, spin_cli;

static void spinner(void *arg)
{
	if (!spin_cli)
		sti();
	spinning = true;
	while (!spin_stop)
		cpu_relax();
	cli();
}

static void to_running(void)
{
	u32 k;

	/* the target never exits by itself: the sender's kick must bring it out */
	memset((void *)hits, 0, sizeof(hits));
	spin_stop = false;
	spin_cli = false;
	spinning = false;
	smp_call(1, spinner, NULL);
	require(wait_yield(spinning, 200000), "vCPU 1 does not spin");
	for (k = 1; k <= 10; k++) {
		lapic_icr(ICR_ASSERT | VEC, smp_apic_id(1));
		if (!expect(wait_yield(hits[1] >= k, 500000), "spinning vCPU: %u of %u", hits[1],
			    k))
			break;
	}
	spin_stop = true;
	smp_wait(1, 200000);
	/* with interrupts off there: held until it opens */
	memset((void *)hits, 0, sizeof(hits));
	spin_stop = false;
	spin_cli = true;
	spinning = false;
	smp_call(1, spinner, NULL);
	require(wait_yield(spinning, 200000), "vCPU 1 does not spin");
	lapic_icr(ICR_ASSERT | VEC, smp_apic_id(1));
	wait_yield(false, 5000);
	expect_eq(hits[1], 0, "interrupts at a vCPU with IF clear");
	spin_stop = true;
	expect(wait_yield(hits[1] == 1, 200000), "not delivered once it opened");
	smp_wait(1, 200000);
}

static volatile u32 events_at[MAX_CPUS];

static void on_event(evtchn_port_t port)
{
	events_at[this_cpu()->id]++;
}

static void events(void)
{
	long port[MAX_CPUS];
	u32 i, k;

	event_hook = on_event;
	memset((void *)events_at, 0, sizeof(events_at));
	for (i = 1; i < nr; i++) {
		port[i] = evtchn_bind_ipi(i);
		require(port[i] > 0, "bind_ipi(%u) gives %ld", i, port[i]);
		evtchn_unmask(port[i]);
	}
	for (k = 1; k <= 20; k++)
		for (i = 1; i < nr; i++) {
			u32 want = event_count[port[i]] + 1;

			evtchn_send(port[i]);
			if (!expect(wait_yield(event_count[port[i]] == want, 200000),
				    "event %u to vCPU %u did not come", k, i))
				return;
			expect_eq(event_cpu[port[i]], i, "vCPU that saw it");
		}
	expect_eq(events_at[0], 0, "events at the sender");
	for (i = 1; i < nr; i++)
		evtchn_close(port[i]);
}

static void rebind(void)
{
	long a = evtchn_alloc_unbound(DOMID_SELF, DOMID_SELF), b;
	u32 i;

	b = evtchn_bind_interdomain(DOMID_SELF, a);
	require(a > 0 && b > 0, "ports: %ld, %ld", a, b);
	evtchn_unmask(a);
	evtchn_unmask(b);
	irq_window();
	for (i = 0; i < nr; i++) {
		u32 want = event_count[a] + 1;

		expect_rc(evtchn_bind_vcpu(a, i), 0, "bind_vcpu %u", i);
		evtchn_send(b);
		irq_window();
		if (expect(wait_yield(event_count[a] == want, 200000), "nothing at vCPU %u", i))
			expect_eq(event_cpu[a], i, "vCPU that saw it");
	}
	evtchn_close(a);
	evtchn_close(b);
}

/* A vCPU in SCHEDOP_poll on a masked port, kicked from another: a PV spinlock. */
static volatile bool polled;
static long kick_port;

static void poller(void *arg)
{
	evtchn_port_t p = kick_port;
	struct sched_poll sp = { .nr_ports = 1 };

	set_xen_guest_handle(sp.ports, &p);
	while (!evtchn_2l_pending(p))
		sched_op(SCHEDOP_poll, &sp);
	evtchn_2l_clear(p);
	polled = true;
}

static void poll_kick(void)
{
	u32 i;

	kick_port = evtchn_bind_ipi(1);
	require(kick_port > 0, "bind_ipi gives %ld", kick_port);
	evtchn_2l_mask(kick_port, true);
	for (i = 0; i < 20; i++) {
		polled = false;
		smp_call(1, poller, NULL);
		udelay(500);
		expect(!polled, "poll came back by itself");
		evtchn_send(kick_port);
		if (!expect(smp_wait(1, 500000), "round %u: the poller does not wake", i))
			return;
	}
	evtchn_close(kick_port);
}

static void runstates(void)
{
	struct vcpu_runstate_info r;

	mdelay(1);
	expect_rc(vcpu_op(VCPUOP_get_runstate_info, 1, &r), 0, "get_runstate_info");
	expect(r.state == RUNSTATE_blocked || r.state == RUNSTATE_runnable ||
	       r.state == RUNSTATE_running, "an idle vCPU's state is %d", r.state);
	expect(r.time[RUNSTATE_running], "it has never run");
}

void test_setup(void)
{
	u32 i;

	nr = opt_u64("vcpus", 2);
	if (!xen.present)
		test_skip_all("no Xen here");
	trap_handler_set(VEC, on_irq);
	trap_handler_set(X86_NMI, on_nmi);
	if (shared_info_map() || upcall_init(UPCALL_GLOBAL))
		test_error("no events");
	for (i = 1; i < nr; i++)
		if (!smp_start(i, SMP_SIPI))
			test_error("vCPU %u does not start", i);
}

TEST_CASES = {
	{ "physical destination", physical },
	{ "shorthands", shorthands },
	{ "logical destination", logical },
	{ "NMI", nmi },
	{ "to a vCPU that never exits", to_running },
	{ "events", events },
	{ "events moved from vCPU to vCPU", rebind },
	{ "kick out of a poll", poll_kick },
	{ "runstate of another vCPU", runstates },
	TEST_CASES_END
};
