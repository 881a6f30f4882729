// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claim: each operation on event channels, in the 2-level ABI, does what it does
 * on Xen and answers each mistake with Xen's error.
 *
 * Why: frontends are written against these rules; port states that drift apart
 * from Xen's are XSA-338, -340 and -343's neighbours.
 */
#include "evtchn.h"
#include "guest.h"

#define NOBODY 0x7abc

static void expect_status(evtchn_port_t port, u32 status, const char *what)
{
	struct evtchn_status st;

	expect_rc(evtchn_status(port, &st), 0, "%s: status", what);
	expect_eq(st.status, status, "%s: state", what);
}

static void bind_ipi(void)
{
	long p = evtchn_bind_ipi(0);

	require(p > 0, "bind_ipi gives %ld", p);
	expect_status(p, EVTCHNSTAT_ipi, "after bind_ipi");
	expect_rc(evtchn_bind_ipi(77), -XEN_ENOENT, "vCPU 77");
	expect_rc(evtchn_bind_ipi(0xffffffff), -XEN_ENOENT, "vCPU -1");
	expect_rc(evtchn_bind_vcpu(p, 0), -XEN_EINVAL, "bind_vcpu of an IPI");
	expect_rc(evtchn_close(p), 0, "close");
	expect_status(p, EVTCHNSTAT_closed, "after close");
	expect_rc(evtchn_close(p), -XEN_EINVAL, "close again");
}

static void bind_virq(void)
{
	struct evtchn_status st;
	long t, d, g;

	t = evtchn_bind_virq(VIRQ_TIMER, 0);
	require(t > 0, "VIRQ_TIMER gives %ld", t);
	expect_rc(evtchn_status(t, &st), 0, "status");
	expect_eq(st.status, EVTCHNSTAT_virq, "state");
	expect_eq(st.u.virq, VIRQ_TIMER, "virq in the status");
	expect_eq(st.vcpu, 0, "vCPU in the status");
	expect_rc(evtchn_bind_virq(VIRQ_TIMER, 0), -XEN_EEXIST, "VIRQ_TIMER twice");
	d = evtchn_bind_virq(VIRQ_DEBUG, 0);
	expect(d > 0 && d != t, "VIRQ_DEBUG gives %ld", d);
	expect_rc(evtchn_bind_virq(24, 0), -XEN_EINVAL, "VIRQ 24");
	expect_rc(evtchn_bind_virq(0xffffffff, 0), -XEN_EINVAL, "VIRQ -1");
	expect_rc(evtchn_bind_virq(VIRQ_TIMER, 77), -XEN_ENOENT, "VIRQ_TIMER on vCPU 77");
	g = evtchn_bind_virq(VIRQ_ARGO, 77);
	expect(g == -XEN_EINVAL || g == -XEN_ENOENT, "global VIRQ on vCPU 77 gives %ld", g);
	g = evtchn_bind_virq(VIRQ_ARGO, 0);
	expect(g > 0 || g == -XEN_EPERM, "global VIRQ gives %ld", g);
	if (g > 0) {
		expect_rc(evtchn_bind_virq(VIRQ_ARGO, 0), -XEN_EEXIST, "global VIRQ twice");
		expect_rc(evtchn_bind_vcpu(g, 0), 0, "bind_vcpu of a global VIRQ");
		evtchn_close(g);
	}
	expect_rc(evtchn_bind_vcpu(t, 0), -XEN_EINVAL, "bind_vcpu of a per-vCPU VIRQ");
	expect_rc(evtchn_send(t), -XEN_EINVAL, "send on a VIRQ");
	evtchn_close(t);
	if (d > 0)
		evtchn_close(d);
	t = evtchn_bind_virq(VIRQ_TIMER, 0);
	expect(t > 0, "VIRQ_TIMER after close gives %ld", t);
	if (t > 0)
		evtchn_close(t);
}

static void unbound(void)
{
	struct evtchn_status st;
	long p = evtchn_alloc_unbound(DOMID_SELF, 0);

	require(p > 0, "alloc_unbound gives %ld", p);
	expect_rc(evtchn_status(p, &st), 0, "status");
	expect_eq(st.status, EVTCHNSTAT_unbound, "state");
	expect_eq(st.u.unbound.dom, 0, "remote in the status");
	expect_rc(evtchn_send(p), 0, "send on an unbound port is silently lost");
	expect_rc(evtchn_bind_vcpu(p, 0), 0, "bind_vcpu");
	expect_rc(evtchn_bind_vcpu(p, 77), -XEN_ENOENT, "bind_vcpu to vCPU 77");
	expect_rc(evtchn_bind_interdomain(DOMID_SELF, p), -XEN_EINVAL,
		  "bind to a port offered to another domain");
	expect_rc(evtchn_alloc_unbound(0, DOMID_SELF), -XEN_EPERM, "alloc_unbound for domain 0");
	expect_rc(evtchn_alloc_unbound(NOBODY, 0), -XEN_ESRCH, "alloc_unbound for nobody");
	expect_rc(evtchn_bind_interdomain(0, 1), -XEN_EINVAL, "bind to a port of domain 0");
	evtchn_close(p);
}

/* Both ends in this domain: that is allowed, and is how one learns one's number. */
static void interdomain_self(void)
{
	struct evtchn_status st;
	long a, b;

	a = evtchn_alloc_unbound(DOMID_SELF, DOMID_SELF);
	require(a > 0, "alloc_unbound gives %ld", a);
	expect_rc(evtchn_status(a, &st), 0, "status");
	expect_eq(st.u.unbound.dom, xen.domid, "own number in the status");
	expect_rc(evtchn_bind_interdomain(DOMID_SELF, 0), -XEN_EINVAL, "bind to port 0");
	expect_rc(evtchn_bind_interdomain(DOMID_SELF, 4000), -XEN_EINVAL, "bind to a free port");
	expect_rc(evtchn_bind_interdomain(DOMID_SELF, 0xffffffff), -XEN_EINVAL, "bind to port -1");
	expect_rc(evtchn_bind_interdomain(NOBODY, a), -XEN_ESRCH, "bind to nobody's port");
	b = evtchn_bind_interdomain(DOMID_SELF, a);
	require(b > 0 && b != a, "bind_interdomain gives %ld", b);
	expect(evtchn_2l_pending(b), "the new local port is not pending at once");
	evtchn_2l_clear(b);
	expect_rc(evtchn_status(a, &st), 0, "status");
	expect_eq(st.status, EVTCHNSTAT_interdomain, "state");
	expect_eq(st.u.interdomain.dom, xen.domid, "remote domain");
	expect_eq(st.u.interdomain.port, b, "remote port");
	expect_rc(evtchn_bind_interdomain(DOMID_SELF, a), -XEN_EINVAL, "bind to a bound port");
	evtchn_2l_clear(a);
	expect_rc(evtchn_send(b), 0, "send");
	expect(evtchn_2l_pending(a), "the other end is not pending");
	expect(!evtchn_2l_pending(b), "the sender's own end is pending");
	evtchn_2l_clear(a);
	expect_rc(evtchn_send(a), 0, "send back");
	expect(evtchn_2l_pending(b), "the first end's peer is not pending");
	evtchn_2l_clear(b);
	/* one end closed: the other is unbound again, unnotified, and can be bound anew */
	expect_rc(evtchn_close(b), 0, "close");
	expect_status(a, EVTCHNSTAT_unbound, "peer of a closed port");
	expect(!evtchn_2l_pending(a), "the peer was notified");
	b = evtchn_bind_interdomain(DOMID_SELF, a);
	expect(b > 0, "second bind gives %ld", b);
	evtchn_close(a);
	if (b > 0) {
		expect_status(b, EVTCHNSTAT_unbound, "peer after the other end closed");
		evtchn_close(b);
	}
}

static void bad_ports(void)
{
	static const u32 bad[] = { 0, 3000, 4095, 4096, 5000, 131071, 131072, 0x7fffffff,
				  0x80000000,
				   0xffffffff };
	struct evtchn_status st;
	unsigned int i;
	long rc;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		expect_rc(evtchn_send(bad[i]), -XEN_EINVAL, "send %#x", bad[i]);
		expect_rc(evtchn_close(bad[i]), -XEN_EINVAL, "close %#x", bad[i]);
		rc = evtchn_bind_vcpu(bad[i], 0);
		expect(rc == -XEN_EINVAL, "bind_vcpu %#x gives %ld", bad[i], rc);
		rc = evtchn_status(bad[i], &st);
		if (rc)
			expect_rc(rc, -XEN_EINVAL, "status %#x", bad[i]);
		else
			expect_eq(st.status, EVTCHNSTAT_closed, "status of %#x", bad[i]);
	}
	expect_rc(evtchn_unmask(0xffffffff), -XEN_EINVAL, "unmask -1");
	expect_rc(evtchn_unmask(200000), -XEN_EINVAL, "unmask 200000");
}

static void foreign(void)
{
	struct evtchn_status st = { .dom = 0, .port = 1 };
	struct evtchn_reset r = { .dom = 0 };

	expect_rc(evtchn_op(EVTCHNOP_status, &st), -XEN_EPERM, "status of domain 0's port");
	st.dom = NOBODY;
	expect_rc(evtchn_op(EVTCHNOP_status, &st), -XEN_ESRCH, "status of nobody's port");
	expect_rc(evtchn_op(EVTCHNOP_reset, &r), -XEN_EPERM, "reset of domain 0");
	r.dom = NOBODY;
	expect_rc(evtchn_op(EVTCHNOP_reset, &r), -XEN_ESRCH, "reset of nobody");
}

static void masks(void)
{
	struct vcpu_info *v = this_cpu()->vcpu_info;
	long p = evtchn_bind_ipi(0);

	require(p > 0, "bind_ipi gives %ld", p);
	v->evtchn_upcall_pending = 0;
	v->evtchn_pending_sel = 0;
	evtchn_2l_mask(p, true);
	expect_rc(evtchn_send(p), 0, "send, masked");
	expect(evtchn_2l_pending(p), "pending bit");
	expect_eq(v->evtchn_pending_sel, 0, "selector while masked");
	expect_eq(v->evtchn_upcall_pending, 0, "upcall pending while masked");
	expect_rc(evtchn_unmask(p), 0, "unmask");
	expect(!evtchn_2l_masked(p), "mask bit");
	expect_eq(v->evtchn_pending_sel, BIT(p / (8 * sizeof(long))), "selector after unmask");
	expect_eq(v->evtchn_upcall_pending, 1, "upcall pending after unmask");
	/* unmask of one that is not masked: no second event */
	v->evtchn_upcall_pending = 0;
	v->evtchn_pending_sel = 0;
	expect_rc(evtchn_unmask(p), 0, "unmask again");
	expect_eq(v->evtchn_upcall_pending, 0, "upcall pending after a second unmask");
	/* sent twice, pending once: the second finds the bit set and stops */
	expect_rc(evtchn_send(p), 0, "send while pending");
	expect_eq(v->evtchn_upcall_pending, 0, "upcall pending after a send while pending");
	evtchn_2l_clear(p);
	expect_rc(evtchn_send(p), 0, "send");
	expect_eq(v->evtchn_upcall_pending, 1, "upcall pending");
	evtchn_2l_clear(p);
	v->evtchn_upcall_pending = 0;
	v->evtchn_pending_sel = 0;
	/* closing takes the pending bit along */
	evtchn_2l_mask(p, true);
	evtchn_send(p);
	evtchn_close(p);
	expect(!evtchn_2l_pending(p), "pending bit of a closed port");
	evtchn_2l_mask(p, false);
}

static void pirqs(void)
{
	struct evtchn_bind_pirq b = { .pirq = 5 };
	long rc = evtchn_op(EVTCHNOP_bind_pirq, &b);

	expect_rc(rc, -XEN_EINVAL, "bind_pirq");
	b.pirq = 0xffffffff;
	rc = evtchn_op(EVTCHNOP_bind_pirq, &b);
	expect(rc == -XEN_EINVAL, "bind_pirq -1 gives %ld", rc);
}

static void not_fifo(void)
{
	struct evtchn_expand_array e = { .array_gfn = 0x100 };
	long p = evtchn_bind_ipi(0);

	expect_rc(evtchn_op(EVTCHNOP_expand_array, &e), -XEN_EOPNOTSUPP, "expand_array");
	if (p > 0) {
		expect_rc(evtchn_set_priority(p, 3), -XEN_ENOSYS, "set_priority");
		evtchn_close(p);
	}
	expect_rc(evtchn_op(14, &e), -XEN_ENOSYS, "sub-op 14");
	expect_rc(evtchn_op(63, &e), -XEN_ENOSYS, "sub-op 63");
}

/* An address where no memory is, for each argument. */
static void bad_arguments(void)
{
	void *bad = (void *)0xf1180000UL;
	unsigned int cmd;

	for (cmd = EVTCHNOP_bind_interdomain; cmd <= EVTCHNOP_set_priority; cmd++)
		expect_rc(evtchn_op(cmd, bad), -XEN_EFAULT, "sub-op %u", cmd);
	expect_rc(evtchn_op(14, bad), -XEN_ENOSYS, "sub-op 14");
}

/* XSA-317: every port there is, then one more, then all back. */
static void exhaustion(void)
{
	long rc = 0, first = 0, n = 0, again, i;
	static u16 ports[4200];

	while (n < (long)ARRAY_SIZE(ports)) {
		rc = evtchn_alloc_unbound(DOMID_SELF, 0);
		if (rc < 0)
			break;
		if (!n)
			first = rc;
		ports[n++] = rc;
	}
	printf("# %ld ports from %ld on\n", n, first);
	expect_rc(rc, -XEN_ENOSPC, "one port too many");
	expect(n >= 500, "only %ld ports", n);
	expect_rc(evtchn_bind_ipi(0), -XEN_ENOSPC, "bind_ipi without a port");
	expect_rc(evtchn_bind_virq(VIRQ_DEBUG, 0), -XEN_ENOSPC, "bind_virq without a port");
	expect_rc(evtchn_bind_interdomain(DOMID_SELF, ports[0]), -XEN_ENOSPC,
		  "bind_interdomain without a port");
	if (n) {
		evtchn_close(ports[n / 2]);
		again = evtchn_alloc_unbound(DOMID_SELF, 0);
		expect_eq(again, ports[n / 2], "the one port that is free");
	}
	for (i = 0; i < n; i++)
		if (!expect_rc(evtchn_close(ports[i]), 0, "close of port %u", ports[i]))
			break;
}

static void reset(void)
{
	long a = evtchn_bind_ipi(0), b = evtchn_alloc_unbound(DOMID_SELF, 0);

	expect_rc(evtchn_reset(), 0, "reset");
	expect_status(a, EVTCHNSTAT_closed, "an IPI port after reset");
	expect_status(b, EVTCHNSTAT_closed, "an unbound port after reset");
	a = evtchn_bind_ipi(0);
	expect(a > 0, "bind_ipi after reset gives %ld", a);
	evtchn_close(a);
}

void test_setup(void)
{
	if (!xen.present)
		test_skip_all("no Xen here");
	if (shared_info_map())
		test_error("no shared info");
}

TEST_CASES = {
	{ "bind_ipi and close", bind_ipi },
	{ "bind_virq", bind_virq },
	{ "alloc_unbound", unbound },
	{ "interdomain, both ends here", interdomain_self },
	{ "ports that are not there", bad_ports },
	{ "other domains", foreign },
	{ "pending, masked, selector, upcall", masks },
	{ "physical interrupts", pirqs },
	{ "FIFO operations in 2-level mode", not_fifo },
	{ "bad arguments", bad_arguments },
	{ "all ports taken", exhaustion },
	{ "reset", reset },
	TEST_CASES_END
};
