// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claim: yield, block and poll return 0 when they should and wait when they
 * should; poll looks at pending bits behind masks and refuses bad ports.
 *
 * Why: PV spinlocks sleep in poll on a port that is always masked, and Linux
 * BUGs on any error. XSA-221 was poll with ports it should have refused.
 */
#include "evtchn.h"
#include "guest.h"

#include <xen/sched.h>
#include <xen/vcpu.h>

static long timer, ipi;

static void arm(u64 ns)
{
	struct vcpu_set_singleshot_timer s = { .timeout_abs_ns = system_time() + ns };

	vcpu_op(VCPUOP_set_singleshot_timer, 0, &s);
}

static long poll(evtchn_port_t *ports, u32 n, u64 timeout)
{
	struct sched_poll p = { .nr_ports = n, .timeout = timeout };

	set_xen_guest_handle(p.ports, ports);
	return sched_op(SCHEDOP_poll, &p);
}

static void yield(void)
{
	unsigned int i;

	for (i = 0; i < 50; i++)
		if (!expect_rc(sched_op(SCHEDOP_yield, NULL), 0, "yield"))
			return;
	expect_rc(sched_op(SCHEDOP_yield, (void *)~0UL), 0, "yield with a wild pointer");
}

static void block(void)
{
	u64 before = system_time();
	u32 n = event_count[timer];

	arm(2 * NSEC_PER_MSEC);
	/* block leaves IF alone: an event must be deliverable for it to come back */
	sti();
	expect_rc(sched_op(SCHEDOP_block, NULL), 0, "block");
	cli();
	irq_window();
	expect(system_time() - before >= 2 * NSEC_PER_MSEC, "came back after %llu ns",
	       (unsigned long long)(system_time() - before));
	expect_eq(event_count[timer], n + 1, "timer events");
}

static void poll_pending(void)
{
	evtchn_port_t p[2] = { ipi, timer };
	u64 t = system_time();

	/* masked and pending: at once */
	evtchn_2l_mask(ipi, true);
	evtchn_send(ipi);
	expect(evtchn_2l_pending(ipi), "not pending");
	expect_rc(poll(p, 1, t + 500 * NSEC_PER_MSEC), 0, "poll of a masked pending port");
	expect_rc(poll(p, 2, t + 500 * NSEC_PER_MSEC), 0, "poll of two, one pending");
	expect(system_time() - t < 100 * NSEC_PER_MSEC, "slept with a port pending");
	evtchn_2l_clear(ipi);
	evtchn_unmask(ipi);
	irq_window();
}

static void poll_timeout(void)
{
	evtchn_port_t p[1] = { ipi };
	u64 t = system_time(), due = t + 2 * NSEC_PER_MSEC;

	evtchn_2l_mask(ipi, true);
	expect_rc(poll(p, 1, due), 0, "poll until a time-out");
	expect(system_time() >= due, "came back %llu ns early",
	       (unsigned long long)(due - system_time()));
	expect(system_time() < due + 20 * NSEC_PER_MSEC, "came back late");
	t = system_time();
	expect_rc(poll(p, 1, 1), 0, "poll with a time-out that has passed");
	expect(system_time() - t < 5 * NSEC_PER_MSEC, "slept with a passed time-out");
	due = system_time() + NSEC_PER_MSEC;
	expect_rc(poll(NULL, 0, due), 0, "poll of no port");
	expect(system_time() >= due, "poll of no port came back early");

	/* Port 0 is a port that nobody has: it is never pending. */
	p[0] = 0;
	due = system_time() + 5 * NSEC_PER_MSEC;
	expect_rc(poll(p, 1, due), 0, "poll of port 0");
	expect(system_time() >= due, "poll of port 0 came back early");
	evtchn_unmask(ipi);
}

static void poll_wakes(void)
{
	evtchn_port_t p[1] = { timer };
	u64 t = system_time();

	/* the port is masked and becomes pending while we sleep: no upcall, but awake */
	evtchn_2l_mask(timer, true);
	evtchn_2l_clear(timer);
	arm(2 * NSEC_PER_MSEC);
	expect_rc(poll(p, 1, 0), 0, "poll without time-out");
	expect(system_time() - t >= 2 * NSEC_PER_MSEC - 1000, "came back early");
	expect(system_time() - t < 50 * NSEC_PER_MSEC, "came back late");
	expect(evtchn_2l_pending(timer), "not pending");
	evtchn_2l_clear(timer);
	evtchn_unmask(timer);
	/* an unmasked event of another port ends it too, without interrupts being open */
	t = system_time();
	p[0] = ipi;
	evtchn_2l_mask(ipi, true);
	arm(2 * NSEC_PER_MSEC);
	expect_rc(poll(p, 1, t + 400 * NSEC_PER_MSEC), 0, "poll ended by another event");
	expect(system_time() - t < 100 * NSEC_PER_MSEC, "the other event did not end it");
	irq_window();
	evtchn_unmask(ipi);
}

static void poll_errors(void)
{
	static evtchn_port_t many[200];
	evtchn_port_t p[1];
	static const u32 bad[] = { 4096, 5000, 131072, 0x7fffffff, 0xffffffff };
	u64 soon = system_time() + 20 * NSEC_PER_MSEC;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		p[0] = bad[i];
		expect_rc(poll(p, 1, soon), -XEN_EINVAL, "port %#x", bad[i]);
	}
	for (i = 0; i < ARRAY_SIZE(many); i++)
		many[i] = ipi;
	expect_rc(poll(many, 129, soon), -XEN_EINVAL, "129 ports");
	expect_rc(poll(many, 0xffffffff, soon), -XEN_EINVAL, "-1 ports");
	evtchn_send(ipi);
	expect_rc(poll(many, 128, soon), 0, "128 ports");
	irq_window();
	/* a bad one behind good ones that are not pending */
	evtchn_2l_mask(ipi, true);
	many[5] = 0xffffffff;
	expect_rc(poll(many, 10, soon), -XEN_EINVAL, "a bad port among good ones");
	evtchn_unmask(ipi);
#if HAVE_PAGING
	page_set(VA_TEST, 0);
	expect_rc(poll((void *)VA_TEST, 1, soon), -XEN_EFAULT, "bad list");
	/* a list that runs from a good page into an absent one */
	page_set(VA_TEST - PAGE_SIZE, (unsigned long)page_alloc(1) | PTE_P | PTE_W);
	expect_rc(poll((void *)(VA_TEST - 4), 2, soon), -XEN_EFAULT,
		  "list running into an absent page");
#endif
}

static void others(void)
{
	struct sched_watchdog w = { .id = 0, .timeout = 60 };
	struct sched_remote_shutdown rs = { .domain_id = 0, .reason = SHUTDOWN_crash };
	s32 pin = -1;
	long id, rc;

	expect_rc(sched_op(SCHEDOP_remote_shutdown, &rs), -XEN_EPERM,
		  "remote_shutdown of domain 0");
	rs.domain_id = 0x7abc;
	expect_rc(sched_op(SCHEDOP_remote_shutdown, &rs), -XEN_ESRCH, "remote_shutdown of nobody");
	rc = sched_op(SCHEDOP_pin_override, &pin);
	expect(rc == -XEN_EPERM, "pin_override gives %ld", rc);
	id = sched_op(SCHEDOP_watchdog, &w);
	if (id == -XEN_ENOSYS) {
		printf("# no watchdog here\n");
	} else {
		expect(id == 1 || id == 2, "first watchdog is %ld", id);
		w.id = id;
		w.timeout = 90;
		expect_rc(sched_op(SCHEDOP_watchdog, &w), 0, "watchdog poked");
		w.timeout = 0;
		expect_rc(sched_op(SCHEDOP_watchdog, &w), 0, "watchdog destroyed");
		w.id = 7;
		expect_rc(sched_op(SCHEDOP_watchdog, &w), -XEN_EINVAL, "watchdog 7");
	}
	expect_rc(sched_op(50, &w), -XEN_ENOSYS, "sub-op 50");
}

void test_setup(void)
{
	if (!xen.present)
		test_skip_all("no Xen here");
	if (shared_info_map() || upcall_init(UPCALL_GLOBAL))
		test_error("no events");
	timer = evtchn_bind_virq(VIRQ_TIMER, 0);
	ipi = evtchn_bind_ipi(0);
	if (timer < 0 || ipi < 0)
		test_error("ports: %ld, %ld", timer, ipi);
	evtchn_unmask(timer);
	evtchn_unmask(ipi);
	irq_window();
}

TEST_CASES = {
	{ "yield", yield },
	{ "block", block },
	{ "poll, pending behind the mask", poll_pending },
	{ "poll, time-out", poll_timeout },
	{ "poll, woken", poll_wakes },
	{ "poll, errors", poll_errors },
	{ "other operations", others },
	TEST_CASES_END
};
