// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claim: a hypercall reads each argument once. While another vCPU changes a word
 * of it all the time between a good value and another, the call does what one of
 * the two says, in all its effects and in what it answers.
 *
 * Why: a check of one value and a use of the other is the whole of XSA-155, and
 * writes beyond a page, ports of others or an unchecked index come of it.
 */
#include "evtchn.h"
#include "guest.h"
#include "peer.h"

#include <xen/memory.h>
#include <xen/sched.h>

#define ROUNDS	300
#define REF	10

/* What the other vCPU does: word is now a, now b. */
static struct flip {
	volatile u32 *word;
	u32 a, b;
	u32 on;
	u32 flips;
} flip;

static bool end;
static u32 seen_a, seen_b;	/* results that belong to the one and to the other */

static struct rng caller_rng, flipper_rng;

static void flipper(void *arg)
{
	while (!READ_ONCE(end)) {
		volatile u32 *word;
		u64 chance;
		u32 n;

		if (!READ_ONCE(flip.on)) {
			cpu_relax();
			continue;
		}
		barrier();	/* that it is on, then what */
		word = flip.word;
		/* By chance: nothing may be in step with the caller. */
		chance = rng_u64(&flipper_rng);
		for (n = 0; n < 32; n++, chance >>= 2)
			if (chance & 2)
				*word = chance & 1 ? flip.a : flip.b;
			else
				barrier();
		WRITE_ONCE(flip.flips, flip.flips + 1);
		if (READ_ONCE(flip.on) == 2)
			WRITE_ONCE(flip.on, 0);
	}
}

/* Before each call of the other: some time. */
static void pause_by_chance(void)
{
	u32 n = rng_below(&caller_rng, 200);

	while (n--)
		barrier();
}

static void flip_begin(void *word, u32 a, u32 b)
{
	flip.word = word;
	flip.a = a;
	flip.b = b;
	seen_a = 0;
	seen_b = 0;
	*flip.word = a;
	WRITE_ONCE(flip.flips, 0);
	barrier();	/* what, then that it is on */
	WRITE_ONCE(flip.on, 1);
}

/* Both have to have come, or nothing was tested: but chance may be against it. */
static void flip_end(void)
{
	WRITE_ONCE(flip.on, 2);
	if (!wait_for(!READ_ONCE(flip.on), 10000000))
		test_error("the other vCPU does not stop");
	printf("# %u of one, %u of the other, %u flips\n", seen_a, seen_b, flip.flips);
	expect(flip.flips, "nothing was changed");
}

/* A result that says which value was seen. */
static bool either(long rc, long of_a, long of_b, u32 round)
{
	if (rc == of_a)
		seen_a++;
	else if (rc == of_b)
		seen_b++;
	else
		return expect(false, "round %u: result %ld, neither %ld nor %ld", round, rc, of_a,
			      of_b);
	pause_by_chance();
	return true;
}

static void port_of_send(void)
{
	static struct evtchn_send arg;
	long p = evtchn_bind_ipi(0);
	u32 i;
	long rc;

	require(p > 0, "bind_ipi gives %ld", p);
	evtchn_2l_mask(p, true);
	flip_begin(&arg.port, p, 0x40000000);
	for (i = 0; i < ROUNDS; i++) {
		evtchn_2l_clear(p);
		rc = evtchn_op(EVTCHNOP_send, &arg);
		if (!either(rc, 0, -XEN_EINVAL, i) ||
		    !expect_eq(evtchn_2l_pending(p), rc == 0, "round %u: pending after %ld", i, rc))
			break;
	}
	flip_end();
	evtchn_close(p);
}

static void remote_of_alloc(void)
{
	static struct evtchn_alloc_unbound arg;
	struct evtchn_status st;
	long rc;
	u32 i;

	arg.dom = DOMID_SELF;
	/* dom and remote_dom are one word */
	flip_begin(&arg, DOMID_SELF | 5u << 16, DOMID_SELF | 6u << 16);
	for (i = 0; i < ROUNDS; i++) {
		rc = evtchn_op(EVTCHNOP_alloc_unbound, &arg);
		if (!expect_rc(rc, 0, "round %u", i))
			break;
		evtchn_status(arg.port, &st);
		if (!expect_eq(st.status, EVTCHNSTAT_unbound, "round %u: state", i) ||
		    !either(st.u.unbound.dom, 5, 6, i))
			break;
		expect_rc(evtchn_close(arg.port), 0, "close");
	}
	flip_end();
}

static void vcpu_of_bind(void)
{
	static struct evtchn_bind_vcpu arg;
	long p = evtchn_alloc_unbound(DOMID_SELF, 0);
	struct evtchn_status st;
	long rc;
	u32 i;

	arg.port = p;
	flip_begin(&arg.vcpu, 1, 0xfffffff0);
	for (i = 0; i < ROUNDS; i++) {
		evtchn_bind_vcpu(p, 0);
		rc = evtchn_op(EVTCHNOP_bind_vcpu, &arg);
		evtchn_status(p, &st);
		if (!either(rc, 0, -XEN_ENOENT, i) ||
		    !expect_eq(st.vcpu, rc ? 0 : 1, "round %u: vCPU after %ld", i, rc))
			break;
	}
	flip_end();
	evtchn_close(p);
}

/* The page behind the destination's is the one that an unchecked length would reach. */
static u8 *from, *to, *behind;

static void copy_with(u32 *word, u32 a, u32 b, struct gnttab_copy *c, unsigned int at,
		      unsigned int len)
{
	u32 i;

	flip_begin(word, a, b);
	for (i = 0; i < ROUNDS; i++) {
		memset(to, 0, PAGE_SIZE);
		c->status = 77;
		if (!expect_rc(grant_op(GNTTABOP_copy, c, 1), 0, "round %u", i) ||
		    !either(c->status, GNTST_okay, GNTST_bad_copy_arg, i))
			break;
		if (c->status == GNTST_okay ?
			    !expect(mem_is(to + at, 0x77, len) == len, "round %u: bytes", i) :
			    !expect(mem_is(to, 0, PAGE_SIZE) == PAGE_SIZE, "round %u: bytes", i))
			break;
		if (!expect_eq(mem_is(to + at + len, 0, PAGE_SIZE - at - len),
			       PAGE_SIZE - at - len, "round %u: zeros behind", i))
			break;
	}
	flip_end();
	expect_eq(mem_is(behind, 0x5a, PAGE_SIZE), PAGE_SIZE, "bytes of the page behind");
}

static void lengths_of_copy(void)
{
	static struct gnttab_copy c __aligned(64);
	u32 *word;

	c.source.domid = DOMID_SELF;
	c.source.u.gmfn = (unsigned long)from >> PAGE_SHIFT;
	c.dest.u.gmfn = (unsigned long)to >> PAGE_SHIFT;
	c.dest.domid = DOMID_SELF;
	c.len = 16;
	/* len and flags are one word */
	word = (u32 *)&c.len;
	copy_with(word, 16, 0xfff0, &c, 0, 16);
	*word = 16;
	/* domid and offset, too */
	word = (u32 *)&c.dest.domid;
	copy_with(word, DOMID_SELF | 64u << 16, DOMID_SELF | 4090u << 16, &c, 64, 16);
	*word = DOMID_SELF;
	word = (u32 *)&c.source.domid;
	copy_with(word, DOMID_SELF | 32u << 16, DOMID_SELF | 0xfff8u << 16, &c, 0, 16);
}

static void place_of_map(void)
{
	static struct gnttab_map_grant_ref m;
	u32 *first = map_address(0), *second = map_address(1), i;
	unsigned int n;

	WRITE_ONCE(*(u32 *)from, 0x11112222);
	grant_page(REF, xen.domid, from, true);
	flip_begin(&m.host_addr, (unsigned long)first, (unsigned long)second);
	for (i = 0; i < ROUNDS; i++) {
		m.flags = GNTMAP_host_map | GNTMAP_readonly;
		m.ref = REF;
		m.dom = xen.domid;
		m.status = 77;
		if (!expect_rc(grant_op(GNTTABOP_map_grant_ref, &m, 1), 0, "map") ||
		    !expect_rc(m.status, GNTST_okay, "round %u: status", i))
			break;
		n = READ_ONCE(*first) == 0x11112222 ? 0 : 1;
		if (!either(READ_ONCE(*first) == 0x11112222, true, false, i) ||
		    !expect_eq(READ_ONCE(*(u32 *)map_address(n)), 0x11112222, "round %u: word",
			       i) ||
		    !expect_eq(READ_ONCE(*(u32 *)map_address(!n)), 0xffffffff, "round %u: other",
			       i) ||
		    !expect_rc(grant_unmap(n, m.handle), GNTST_okay, "round %u: unmap", i))
			break;
	}
	flip_end();
	expect(grant_revoke(REF), "the entry is in use");
	memset(from, 0x77, PAGE_SIZE);
}

/* The entry of the table, which is shared by its nature. */
static void frame_of_entry(void)
{
	u8 buffer[16] __aligned(16);
	s16 st;
	u32 i;

	memset(to, 0x33, PAGE_SIZE);
	grant_page(REF, xen.domid, from, true);
	flip_begin(&grant_table[REF].frame, (unsigned long)from >> PAGE_SHIFT,
		   (unsigned long)to >> PAGE_SHIFT);
	for (i = 0; i < ROUNDS; i++) {
		st = grant_copy_from(buffer, xen.domid, REF, 0, sizeof(buffer));
		if (!expect_rc(st, GNTST_okay, "round %u: status", i) ||
		    !either(buffer[0], 0x77, 0x33, i) ||
		    !expect_eq(mem_is(buffer, buffer[0], sizeof(buffer)), sizeof(buffer),
			       "round %u: bytes of one page", i))
			break;
	}
	flip_end();
	expect(grant_revoke(REF), "the entry is in use");
	/* for whom it is: granted to us or to somebody else */
	grant_page(REF, xen.domid, from, true);
	flip_begin(&grant_table[REF], GTF_permit_access | GTF_readonly | (u32)xen.domid << 16,
		   GTF_permit_access | GTF_readonly | 0x7abcu << 16);
	for (i = 0; i < ROUNDS; i++) {
		memset(buffer, 0, sizeof(buffer));
		st = grant_copy_from(buffer, xen.domid, REF, 0, sizeof(buffer));
		if (!either(st, GNTST_okay, GNTST_general_error, i) ||
		    !expect_eq(mem_is(buffer, st ? 0 : 0x77, sizeof(buffer)), sizeof(buffer),
			       "round %u: bytes after %d", i, st))
			break;
	}
	flip_end();
	/* our own stores may have brought the in-use bits back: no use is left all the same */
	grant_page(REF, xen.domid, from, true);
	expect_rc(grant_copy_from(buffer, xen.domid, REF, 0, 1), GNTST_okay, "copy after it");
	expect(grant_revoke(REF), "the entry is in use");
}

static void op_of_multicall(void)
{
	static struct multicall_entry call;
	u32 i;

	flip_begin(&call.op, __HYPERVISOR_xen_version, 63);
	for (i = 0; i < ROUNDS; i++) {
		call.args[0] = 0;
		call.result = 77;
		if (!expect_rc(hypercall2(__HYPERVISOR_multicall, &call, 1), 0, "round %u", i) ||
		    !either((long)call.result, xen.version, -XEN_ENOSYS, i))
			break;
	}
	flip_end();
}

static void ports_of_poll(void)
{
	static evtchn_port_t ports[4];
	struct sched_poll poll = { .nr_ports = 4, .timeout = 1 };
	long p = evtchn_bind_ipi(0);
	u32 i;

	for (i = 0; i < ARRAY_SIZE(ports); i++)
		ports[i] = p;
	evtchn_2l_mask(p, true);
	set_xen_guest_handle(poll.ports, ports);
	flip_begin(&ports[3], p, 0x1234567);
	for (i = 0; i < ROUNDS; i++)
		if (!either(sched_op(SCHEDOP_poll, &poll), 0, -XEN_EINVAL, i))
			break;
	flip_end();
	evtchn_close(p);
}

static void frames_of_populate(void)
{
	static struct xen_memory_reservation r;
	static xen_pfn_t gfn;
	struct xen_memory_reservation back = { .nr_extents = 1, .domid = DOMID_SELF };
	unsigned long one = page_alloc_untouched(1, PAGE_SIZE) >> PAGE_SHIFT;
	unsigned long two = page_alloc_untouched(1, PAGE_SIZE) >> PAGE_SHIFT;
	xen_pfn_t list[2] = { one, two };
	u32 i, there;

	back.nr_extents = 2;
	set_xen_guest_handle(back.extent_start, list);
	set_xen_guest_handle(r.extent_start, &gfn);
	r.nr_extents = 1;
	r.domid = DOMID_SELF;
	require(memory_op(XENMEM_decrease_reservation, &back) == 2, "decrease_reservation");
	back.nr_extents = 1;
	flip_begin(&gfn, one, two);
	for (i = 0; i < ROUNDS; i++) {
		if (!expect_rc(memory_op(XENMEM_populate_physmap, &r), 1, "round %u", i))
			break;
		there = (READ_ONCE(*(u32 *)(one << PAGE_SHIFT)) == 0) |
			(READ_ONCE(*(u32 *)(two << PAGE_SHIFT)) == 0) << 1;
		if (!either(there, 1, 2, i))
			break;
		list[0] = there == 1 ? one : two;
		if (!expect_rc(memory_op(XENMEM_decrease_reservation, &back), 1, "round %u", i))
			break;
	}
	flip_end();
}

/* The last: it ends the other vCPU's part. */
static void over(void)
{
	WRITE_ONCE(end, true);
	expect(smp_wait(1, 1000000), "the other vCPU does not end");
}

void test_setup(void)
{
	if (!xen.present)
		test_skip_all("no Xen here");
	grants_init();
	from = page_alloc(1);
	to = page_alloc(2);
	behind = to + PAGE_SIZE;
	memset(from, 0x77, PAGE_SIZE);
	memset(behind, 0x5a, PAGE_SIZE);
	rng_seed(&caller_rng, opt_u64("seed", 0x5eed));
	rng_seed(&flipper_rng, opt_u64("seed", 0x5eed) + 1);
	if (smp_count() < 2 || !smp_start(1, SMP_SIPI))
		test_skip_all("one vCPU only");
	smp_call(1, flipper, NULL);
}

TEST_CASES = {
	{ "port of a send", port_of_send },
	{ "remote domain of alloc_unbound", remote_of_alloc },
	{ "vCPU of bind_vcpu", vcpu_of_bind },
	{ "length and offsets of a copy", lengths_of_copy },
	{ "place of a map", place_of_map },
	{ "frame and user of a grant entry", frame_of_entry },
	{ "number of a call in a multicall", op_of_multicall },
	{ "ports of a poll", ports_of_poll },
	{ "frame of populate_physmap", frames_of_populate },
	{ "the other vCPU ends", over },
	TEST_CASES_END
};
