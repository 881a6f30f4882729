// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claim: two domains can talk through a shared ring with events, the data in
 * pages that the other side maps, or copies, by grants; nothing is lost, nothing
 * comes twice, and in the end every grant and port is free again.
 *
 * Why: this is a frontend and a backend, with a domain as the backend.
 */
#include "guest.h"
#include "peer.h"

/* What the ring's macros need: loads and stores of this CPU keep their order among themselves. */
#define xen_mb() mb()
#define xen_rmb() barrier()
#define xen_wmb() barrier()
#include <xen/io/ring.h>

#define REF_RING	8
#define REF_DATA	9	/* one for each slot */
#define ROUNDS		400
#define PATIENCE	20000	/* ms */

enum { DO_MAP = 1, DO_COPY, DO_BAD_REF, DO_END };

struct demo_request {
	u32 id;
	u32 what;
	u32 ref;
	u32 sum;
};

struct demo_response {
	u32 id;
	s32 status;
	u32 sum;
};

DEFINE_RING_TYPES(demo, struct demo_request, struct demo_response);

static struct demo_sring *sring;
static u8 *data[128];	/* as many as the ring has slots */
static evtchn_port_t port;
static u32 server;

static u32 sum_of(const u8 *p)
{
	u32 sum = 0, i;

	for (i = 0; i < PAGE_SIZE; i++)
		sum = sum * 31 + p[i];
	return sum;
}

/*
 * The side that asks.
 */

static struct demo_front_ring front;
static u32 asked, answered;

static void ask(u32 what, u32 ref, u8 fill)
{
	u32 slot = front.req_prod_pvt & (RING_SIZE(&front) - 1);
	struct demo_request *req = RING_GET_REQUEST(&front, front.req_prod_pvt);
	int notify;

	memset(data[slot], fill, PAGE_SIZE);
	data[slot][asked % PAGE_SIZE] ^= 0x55;
	req->id = asked++;
	req->what = what;
	req->ref = ref ? ref : REF_DATA + slot;
	req->sum = sum_of(data[slot]);
	front.req_prod_pvt++;
	RING_PUSH_REQUESTS_AND_CHECK_NOTIFY(&front, notify);
	if (notify)
		evtchn_send(port);
}

/* Everything that was answered.  Return: the status of the last. */
static s32 take(void)
{
	struct demo_response rsp;
	s32 status = 77;
	int more;

	do {
		while (front.rsp_cons != front.sring->rsp_prod) {
			xen_rmb();	/* how many, then what */
			rsp = *RING_GET_RESPONSE(&front, front.rsp_cons);
			front.rsp_cons++;
			expect_eq(rsp.id, answered, "order of the answers");
			answered++;
			status = rsp.status;
		}
		RING_FINAL_CHECK_FOR_RESPONSES(&front, more);
	} while (more);
	return status;
}

static bool wait_all(s32 *status)
{
	while (answered != asked) {
		if (!peer_wait(port, PATIENCE) && answered != asked) {
			test_failed("no answer: %u of %u", answered, asked);
			return false;
		}
		*status = take();
	}
	return true;
}

static void connect(void)
{
	u32 i;

	if (server) {
		long rc = peer_bind(peer_domid(0), PATIENCE);

		if (rc < 0)
			test_error("no port of the first domain: %ld", rc);
		port = rc;
		return;
	}
	sring = page_alloc(1);
	SHARED_RING_INIT(sring);
	FRONT_RING_INIT(&front, sring, PAGE_SIZE);
	if (RING_SIZE(&front) > ARRAY_SIZE(data))
		test_error("the ring has %u slots", RING_SIZE(&front));
	grant_page(REF_RING, peer_domid(1), sring, false);
	for (i = 0; i < RING_SIZE(&front); i++) {
		data[i] = page_alloc(1);
		grant_page(REF_DATA + i, peer_domid(1), data[i], false);
	}
	port = peer_offer(peer_domid(1));
}

static void one_by_one(u32 what)
{
	s32 status = 0;
	u32 i;

	for (i = 0; i < ROUNDS; i++) {
		u32 slot = front.req_prod_pvt & (RING_SIZE(&front) - 1);

		ask(what, 0, i);
		if (!wait_all(&status) || !expect_rc(status, 0, "request %u", i))
			break;
		/* the server turned every byte over */
		if (!expect_eq(data[slot][7], (u8)~(i ^ (asked - 1 == 7 ? 0x55 : 0)), "byte 7"))
			break;
		if (!expect_eq(grant_in_use(REF_DATA + slot), 0, "grant in use after the answer"))
			break;
	}
}

static void by_map(void)
{
	one_by_one(DO_MAP);
}

static void by_copy(void)
{
	one_by_one(DO_COPY);
}

static void full_ring(void)
{
	u32 round, i;
	s32 status;

	for (round = 0; round < 20; round++) {
		for (i = 0; i < RING_SIZE(&front); i++)
			ask(i & 1 ? DO_MAP : DO_COPY, 0, round + i);
		if (!wait_all(&status) || !expect_rc(status, 0, "last of round %u", round))
			break;
	}
}

static void bad_reference(void)
{
	s32 status = 0;

	ask(DO_BAD_REF, 200, 0);
	if (wait_all(&status))
		expect_rc(status, 0, "server and a reference that grants nothing");
}

static void the_end(void)
{
	struct evtchn_status st;
	s32 status;
	u32 i;

	expect(!grant_revoke(REF_RING), "the ring could be taken back while it is mapped");
	ask(DO_END, 0, 0);
	require(wait_all(&status), "end");
	/* it unmaps the ring after its last answer, and closes its port after that */
	require(wait_peer(port_state(port) == EVTCHNSTAT_unbound, PATIENCE),
		"the port was not closed");
	evtchn_status(port, &st);
	expect_eq(st.u.unbound.dom, peer_domid(1), "who may bind");
	expect(grant_revoke(REF_RING), "the ring is in use");
	for (i = 0; i < RING_SIZE(&front); i++)
		expect(grant_revoke(REF_DATA + i), "page %u is in use", i);
	expect_rc(evtchn_close(port), 0, "close");
}

/*
 * The side that serves.
 */

static s32 serve_one(struct demo_back_ring *back, const struct demo_request *req)
{
	static u8 bounce[PAGE_SIZE] __aligned(PAGE_SIZE);
	domid_t dom = peer_domid(0);
	u8 *page = map_address(1);
	u32 handle, i;
	s16 st;

	switch (req->what) {
	case DO_MAP:
		st = grant_map(dom, req->ref, 1, false, &handle);
		if (!expect_rc(st, GNTST_okay, "map of request %u", req->id))
			return st;
		expect_eq(sum_of(page), req->sum, "sum of request %u", req->id);
		for (i = 0; i < PAGE_SIZE; i++)
			page[i] = ~page[i];
		return grant_unmap(1, handle);
	case DO_COPY:
		st = grant_copy_from(bounce, dom, req->ref, 0, PAGE_SIZE);
		if (!expect_rc(st, GNTST_okay, "copy of request %u", req->id))
			return st;
		expect_eq(sum_of(bounce), req->sum, "sum of request %u", req->id);
		for (i = 0; i < PAGE_SIZE; i++)
			bounce[i] = ~bounce[i];
		return grant_copy_to(dom, req->ref, 0, bounce, PAGE_SIZE);
	case DO_BAD_REF:
		expect_rc(grant_map(dom, req->ref, 1, false, &handle), GNTST_general_error,
			  "map of what is not granted");
		expect_rc(grant_copy_from(bounce, dom, req->ref, 0, 1), GNTST_general_error,
			  "copy of what is not granted");
		return 0;
	}
	return 0;
}

static void serve(void)
{
	struct demo_back_ring back;
	struct demo_request req;
	struct demo_response *rsp;
	u32 handle, served = 0;
	bool end = false;
	int more, notify;

	require(grant_map(peer_domid(0), REF_RING, 0, false, &handle) == GNTST_okay,
		"map of the ring");
	sring = map_address(0);
	BACK_RING_INIT(&back, sring, PAGE_SIZE);
	while (!end) {
		RING_FINAL_CHECK_FOR_REQUESTS(&back, more);
		if (!more) {
			if (!peer_wait(port, PATIENCE) && !RING_HAS_UNCONSUMED_REQUESTS(&back)) {
				test_failed("no request after %u", served);
				break;
			}
			continue;
		}
		req = *RING_GET_REQUEST(&back, back.req_cons);
		back.req_cons++;
		end = req.what == DO_END;
		rsp = RING_GET_RESPONSE(&back, back.rsp_prod_pvt);
		rsp->status = serve_one(&back, &req);
		rsp->id = req.id;
		back.rsp_prod_pvt++;
		RING_PUSH_RESPONSES_AND_CHECK_NOTIFY(&back, notify);
		if (notify)
			evtchn_send(port);
		served++;
	}
	printf("# %u requests\n", served);
	expect_rc(grant_unmap(0, handle), GNTST_okay, "unmap of the ring");
	expect_rc(evtchn_close(port), 0, "close");
}

/* One list of cases for both sides. */
static void asking(void (*fn)(void))
{
	if (server)
		test_skip("the other domain's");
	else
		fn();
}

#define ASKING(name) static void name##_case(void) { asking(name); }
ASKING(by_map)
ASKING(by_copy)
ASKING(full_ring)
ASKING(bad_reference)
ASKING(the_end)

static void serve_case(void)
{
	if (server)
		serve();
	else
		test_skip("the other domain's");
}

void test_setup(void)
{
	if (!xen.present)
		test_skip_all("no Xen here");
	server = opt_u64("index", 0);
	grants_init();
	connect();
}

TEST_CASES = {
	{ "requests by map, one by one", by_map_case },
	{ "requests by copy, one by one", by_copy_case },
	{ "the ring full", full_ring_case },
	{ "a bad reference", bad_reference_case },
	{ "parting", the_end_case },
	{ "serving", serve_case },
	TEST_CASES_END
};
