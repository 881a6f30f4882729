// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claim: the FIFO ABI: switching over keeps pending events, queues deliver in
 * order and by priority, masks and links behave as the header says, mistakes
 * get Xen's errors, reset goes back to 2-level.
 *
 * Why: Linux uses this ABI by default. XSA-107, -188, -358 and -359 are faults
 * around exactly these structures.
 */
#include "evtchn.h"
#include "guest.h"

static evtchn_port_t seen[256];
static unsigned int nr_seen;

static void on_event(evtchn_port_t port)
{
	if (nr_seen < ARRAY_SIZE(seen))
		seen[nr_seen] = port;
	nr_seen++;
}

static long init(u64 gfn, u32 offset, u32 vcpu)
{
	struct evtchn_init_control a = { .control_gfn = gfn, .offset = offset, .vcpu = vcpu };

	return evtchn_op(EVTCHNOP_init_control, &a);
}

static void init_errors(void)
{
	unsigned long gfn = (unsigned long)page_alloc(1) >> PAGE_SHIFT;
	long rc;

	expect_rc(init(gfn, 4, 0), -XEN_EINVAL, "offset not aligned");
	expect_rc(init(gfn, PAGE_SIZE - 64, 0), -XEN_EINVAL, "block running over the page");
	expect_rc(init(gfn, PAGE_SIZE, 0), -XEN_EINVAL, "offset at the page's end");
	expect_rc(init(gfn, 0xfffffff8, 0), -XEN_EINVAL, "wild offset");
	expect_rc(init(gfn, 0, 77), -XEN_ENOENT, "vCPU 77");
	rc = init(0xfd000, 0, 0);
	expect(rc == -XEN_EINVAL, "a frame without memory gives %ld", rc);
	rc = init(~0ULL >> 8, 0, 0);
	expect(rc == -XEN_EINVAL, "a wild frame gives %ld", rc);
	expect(!evtchn_fifo, "the mode changed");
}

/* Pending before the switch: delivered once the port's word exists. */
static void switch_over(void)
{
	u8 *cb_page = page_alloc(1);
	long p;

	p = evtchn_bind_ipi(0);
	require(p > 0, "bind_ipi gives %ld", p);
	evtchn_2l_mask(p, true);
	expect_rc(evtchn_send(p), 0, "send in 2-level mode");
	expect_rc(evtchn_fifo_init(0), 0, "init_control");
	expect_rc(init((unsigned long)cb_page >> PAGE_SHIFT, 0, 0), -XEN_EINVAL,
		  "init_control of the same vCPU again");
	expect_rc(evtchn_send(p), 0, "send without an array");
	expect_rc(evtchn_fifo_expand(), 0, "expand_array");
	expect(evtchn_fifo_words[p] & BIT(EVTCHN_FIFO_PENDING), "the event from before is lost");
	expect(evtchn_fifo_words[p] & BIT(EVTCHN_FIFO_MASKED), "mask");
	nr_seen = 0;
	expect_rc(evtchn_unmask(p), 0, "unmask");
	expect(evtchn_fifo_words[p] & BIT(EVTCHN_FIFO_LINKED), "not linked after unmask");
	events_poll();
	expect_eq(nr_seen, 1, "events");
	expect_eq(seen[0], p, "port");
	expect_eq(evtchn_fifo_words[p], 0, "word after it was served");
	evtchn_close(p);
}

static void states(void)
{
	struct evtchn_status st;
	long p;

	expect(evtchn_fifo, "not in FIFO mode");
	p = evtchn_bind_ipi(0);
	require(p > 0, "bind_ipi");
	expect_rc(evtchn_status(p, &st), 0, "status");
	expect_eq(st.status, EVTCHNSTAT_ipi, "state");
	evtchn_close(p);
}

static void order(void)
{
	long p[20];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(p); i++) {
		p[i] = evtchn_bind_ipi(0);
		require(p[i] > 0, "bind_ipi gives %ld", p[i]);
		evtchn_unmask(p[i]);
	}
	events_poll();
	nr_seen = 0;
	/* sent downwards: the queue keeps the order of sending, not of ports */
	for (i = ARRAY_SIZE(p); i-- > 0;)
		evtchn_send(p[i]);
	events_poll();
	expect_eq(nr_seen, ARRAY_SIZE(p), "events");
	for (i = 0; i < ARRAY_SIZE(p) && i < nr_seen; i++)
		expect_eq(seen[i], p[ARRAY_SIZE(p) - 1 - i], "event %u", i);
	/* twice before it is served: once */
	nr_seen = 0;
	evtchn_send(p[3]);
	evtchn_send(p[3]);
	events_poll();
	expect_eq(nr_seen, 1, "events of a port sent twice");
	/* priorities: the lower number first */
	expect_rc(evtchn_set_priority(p[5], 0), 0, "set_priority 0");
	expect_rc(evtchn_set_priority(p[6], 15), 0, "set_priority 15");
	expect_rc(evtchn_set_priority(p[7], 16), -XEN_EINVAL, "set_priority 16");
	expect_rc(evtchn_set_priority(4090, 3), -XEN_EINVAL, "set_priority of a free port");
	nr_seen = 0;
	evtchn_send(p[6]);
	evtchn_send(p[7]);
	evtchn_send(p[5]);
	events_poll();
	expect_eq(nr_seen, 3, "events");
	expect_eq(seen[0], p[5], "most urgent");
	expect_eq(seen[1], p[7], "in between");
	expect_eq(seen[2], p[6], "least urgent");
	for (i = 0; i < ARRAY_SIZE(p); i++)
		evtchn_close(p[i]);
}

static void masked(void)
{
	long p = evtchn_bind_ipi(0);
	struct vcpu_info *v = this_cpu()->vcpu_info;

	require(p > 0, "bind_ipi gives %ld", p);
	events_poll();
	evtchn_fifo_words[p] = BIT(EVTCHN_FIFO_MASKED);
	v->evtchn_upcall_pending = 0;
	expect_rc(evtchn_send(p), 0, "send");
	expect_eq(evtchn_fifo_words[p], BIT(EVTCHN_FIFO_MASKED) | BIT(EVTCHN_FIFO_PENDING), "word");
	expect_eq(v->evtchn_upcall_pending, 0, "upcall");
	expect_rc(evtchn_unmask(p), 0, "unmask");
	expect_eq(evtchn_fifo_words[p], BIT(EVTCHN_FIFO_LINKED) | BIT(EVTCHN_FIFO_PENDING), "word");
	expect_eq(v->evtchn_upcall_pending, 1, "upcall");
	nr_seen = 0;
	events_poll();
	expect_eq(nr_seen, 1, "events");
	/* closed while linked: the guest finds a word that is not pending, and ignores it */
	evtchn_send(p);
	evtchn_close(p);
	expect(!(evtchn_fifo_words[p] & BIT(EVTCHN_FIFO_PENDING)), "a closed port is pending");
	nr_seen = 0;
	events_poll();
	expect_eq(nr_seen, 0, "events of a closed port");
	expect(!(evtchn_fifo_words[p] & BIT(EVTCHN_FIFO_LINKED)), "still linked");
}

static void many_ports(void)
{
	static u16 ports[1200];
	unsigned int i, n = 0, again;
	long p;

	/* more than a page of words: the array has to grow */
	expect_rc(evtchn_fifo_expand(), 0, "second page");
	for (n = 0; n < ARRAY_SIZE(ports); n++) {
		p = evtchn_bind_ipi(0);
		if (p < 0)
			break;
		ports[n] = p;
		evtchn_fifo_words[p] &= ~BIT(EVTCHN_FIFO_MASKED);
	}
	printf("# %u ports\n", n);
	events_poll();
	for (again = 0; again < 3; again++) {
		nr_seen = 0;
		for (i = 0; i < n; i++)
			evtchn_send(ports[i]);
		events_poll();
		if (!expect_eq(nr_seen, n, "events of round %u", again))
			break;
	}
	for (i = 0; i < n; i++)
		evtchn_close(ports[i]);
}

/* The guest writes nonsense over words and control block: its own loss, nobody else's. */
static void hostile(void)
{
	struct rng r;
	unsigned int i;
	long p[8];

	rng_seed(&r, opt_u64("seed", 0x5eed));
	for (i = 0; i < ARRAY_SIZE(p); i++) {
		p[i] = evtchn_bind_ipi(0);
		require(p[i] > 0, "bind_ipi gives %ld", p[i]);
	}
	for (i = 0; i < 20000; i++) {
		u32 w = rng_below(&r, evtchn_fifo_ports);

		switch (rng_below(&r, 5)) {
		case 0:
			evtchn_fifo_words[w] = rng_u64(&r);
			break;
		case 1:
			evtchn_fifo_words[p[w % ARRAY_SIZE(p)]] = rng_u64(&r);
			break;
		case 2:
			evtchn_unmask(p[w % ARRAY_SIZE(p)]);
			break;
		case 3:
			evtchn_set_priority(p[w % ARRAY_SIZE(p)], rng_below(&r, 16));
			break;
		default:
			evtchn_send(p[w % ARRAY_SIZE(p)]);
		}
	}
	expect_rc(xen_version_op(0, NULL), xen.version, "hypercalls after the storm");
	for (i = 0; i < ARRAY_SIZE(p); i++)
		evtchn_close(p[i]);
}

static void expand_errors(void)
{
	struct evtchn_expand_array e = { .array_gfn = 0xfd000 };
	long rc = evtchn_op(EVTCHNOP_expand_array, &e);

	expect(rc == -XEN_EINVAL, "expand_array with a frame without memory gives %ld", rc);
	e.array_gfn = ~0ULL >> 8;
	rc = evtchn_op(EVTCHNOP_expand_array, &e);
	expect(rc == -XEN_EINVAL, "expand_array with a wild frame gives %ld", rc);
}

static void expand_limit(void)
{
	struct evtchn_expand_array e = { .array_gfn = (unsigned long)page_alloc(1) >> PAGE_SHIFT };
	unsigned int n = evtchn_fifo_ports / 1024;
	long rc = 0;

	/* the same page again and again is the guest's business; 128 pages are the limit */
	while (n < 200) {
		rc = evtchn_op(EVTCHNOP_expand_array, &e);
		if (rc)
			break;
		n++;
	}
	expect_rc(rc, -XEN_ENOSPC, "one page too many");
	expect_eq(n, 128, "pages");
}

static void back(void)
{
	long p;

	expect_rc(evtchn_reset(), 0, "reset");
	evtchn_fifo = false;
	p = evtchn_bind_ipi(0);
	require(p > 0, "bind_ipi gives %ld", p);
	evtchn_2l_clear(p);
	evtchn_2l_mask(p, true);
	expect_rc(evtchn_send(p), 0, "send");
	expect(evtchn_2l_pending(p), "not pending in the 2-level bits");
	expect_rc(evtchn_set_priority(p, 3), -XEN_ENOSYS, "set_priority");
	evtchn_close(p);
	evtchn_2l_mask(p, false);
}

void test_setup(void)
{
	struct evtchn_init_control a = { .control_gfn = 1, .offset = 4 };

	if (!xen.present)
		test_skip_all("no Xen here");
	if (evtchn_op(EVTCHNOP_init_control, &a) == -XEN_ENOSYS)
		test_skip_all("no FIFO events offered");
	if (shared_info_map())
		test_error("no shared info");
	event_hook = on_event;
}

TEST_CASES = {
	{ "init_control errors", init_errors },
	{ "switching over keeps what is pending", switch_over },
	{ "ports in FIFO mode", states },
	{ "order and priority", order },
	{ "masks and links", masked },
	{ "many ports", many_ports },
	{ "nonsense in the shared words", hostile },
	{ "expand_array errors", expand_errors },
	{ "expand_array limit", expand_limit },
	{ "reset goes back", back },
	TEST_CASES_END
};
