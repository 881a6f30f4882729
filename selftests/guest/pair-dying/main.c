// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claim: whatever two domains have of each other (ports, mappings in both
 * directions, copies), one of them can end at any moment: the other's channel
 * is unbound again, its own pages are not in use any more, what it mapped stays
 * readable until it unmaps it, and the dead one's number names nobody.
 *
 * Why: a guest can crash its peer's state machine at any step; Xen's advisories
 * 218, 224, 228, 230 and 338 are about such moments.
 *
 * The first domain stays. For each step a new one is made, which does all steps
 * up to its own, crashes, and is destroyed by the runner.
 */
#include "guest.h"
#include "peer.h"

/* References of either side's table. */
#define REF_WORDS	20	/* struct words, of the one that stays, for writing */
#define REF_READ	21	/* a page of its, for reading */
#define REF_THEIRS	8	/* a page of the other's, for writing */

#define PATIENCE	30000	/* ms */
#define MAGIC		0x5eed0000u
#define THEIRS		0xc0ffee00u

/* What the short-lived domain wants done. */
enum want { NOTHING, MAP_YOURS, UNMAP_YOURS, COPY_YOURS, BIND_YOURS, SIGNAL_YOURS, STATUS_YOURS };

struct words {
	u32 hello;		/* of the other's */
	u32 number;		/* raised with each wish */
	u32 want;
	u32 port;		/* the other's, to be bound */
	u32 done;		/* of the one that stays: number that is done */
	s32 result;
};

static u32 step;		/* 0: the one that stays */

static void wait_word(volatile u32 *word, u32 value, const char *what)
{
	if (!wait_peer(*word == value, PATIENCE))
		test_error("no %s: %#x, not %#x", what, *word, value);
}

/*
 * The one that stays.
 */

struct view {
	domid_t dom;
	evtchn_port_t port;	/* offered to it */
	long own_port;		/* bound to one of its, or 0 */
	u32 handle;
	bool mapped;
};

static volatile struct words *words;
static u8 *read_page;

static s32 fulfil(struct view *v, u32 want, u32 port)
{
	static u8 copy[PAGE_SIZE] __aligned(PAGE_SIZE);
	struct evtchn_status st;
	u32 *theirs = map_address(0);
	s16 status;

	switch (want) {
	case MAP_YOURS:
		status = grant_map(v->dom, REF_THEIRS, 0, false, &v->handle);
		v->mapped = status == GNTST_okay;
		if (v->mapped)
			theirs[1] = MAGIC;
		return status;
	case UNMAP_YOURS:
		v->mapped = false;
		return grant_unmap(0, v->handle);
	case COPY_YOURS:
		status = grant_copy_from(copy, v->dom, REF_THEIRS, 0, 16);
		expect_eq(*(u32 *)copy, THEIRS, "copied word");
		return status;
	case BIND_YOURS:
		v->own_port = evtchn_bind_interdomain(v->dom, port);
		if (v->own_port > 0)
			evtchn_2l_mask(v->own_port, true);
		return v->own_port;
	case SIGNAL_YOURS:
		return evtchn_send(v->own_port);
	case STATUS_YOURS:
		evtchn_status(v->port, &st);
		return st.status;
	}
	return 0;
}

/* It is gone: everything of ours is ours again, and nothing of its can be had. */
static void aftermath(struct view *v, u32 n)
{
	volatile u32 *theirs = map_address(0);
	struct evtchn_status st;
	u32 handle, i;

	/* Its teardown may still be on the way. */
	expect(wait_peer(!grant_in_use(REF_WORDS) && !grant_in_use(REF_READ), PATIENCE),
	       "step %u: our pages are in use: %#x %#x", n, grant_in_use(REF_WORDS),
	       grant_in_use(REF_READ));
	expect(wait_peer(port_state(v->port) == EVTCHNSTAT_unbound, PATIENCE),
	       "step %u: our port's state", n);
	evtchn_status(v->port, &st);
	expect_eq(st.u.unbound.dom, v->dom, "step %u: who may bind to our port", n);
	expect_rc(evtchn_send(v->port), 0, "step %u: send to nobody", n);
	if (v->own_port > 0) {
		expect(wait_peer(port_state(v->own_port) == EVTCHNSTAT_unbound, PATIENCE),
		       "step %u: our end of its port has state %u", n, port_state(v->own_port));
		expect_rc(evtchn_send(v->own_port), 0, "step %u: send to its port", n);
		expect_rc(evtchn_close(v->own_port), 0, "step %u: close of that", n);
	}
	if (v->mapped) {
		expect_eq(theirs[0], THEIRS, "step %u: word of its page", n);
		expect_eq(theirs[1], MAGIC, "step %u: word that we wrote there", n);
		theirs[2] = MAGIC;
		expect_eq(theirs[2], MAGIC, "step %u: its page can be written", n);
		expect_rc(grant_unmap(0, v->handle), GNTST_okay, "step %u: unmap", n);
	}
	expect_eq(theirs[0], 0xffffffff, "step %u: where its page was", n);
	expect_rc(grant_map(v->dom, REF_THEIRS, 0, false, &handle), GNTST_bad_domain,
		  "step %u: map of nobody's", n);
	expect_rc(grant_copy_from(read_page, v->dom, REF_THEIRS, 0, 4), GNTST_bad_domain,
		  "step %u: copy of nobody's", n);
	expect_rc(evtchn_bind_interdomain(v->dom, 1), -XEN_ESRCH, "step %u: bind to nobody", n);
	for (i = 0; i < PAGE_SIZE; i++)
		if (!expect_eq(read_page[i], (u8)(i * 3), "step %u: byte %u", n, i))
			break;
	expect(grant_revoke(REF_WORDS) && grant_revoke(REF_READ), "step %u: revoke", n);
	expect_rc(evtchn_close(v->port), 0, "step %u: close", n);
}

static void attend(u32 n)
{
	struct view v = { .dom = xen.domid + n };
	u32 last = 0;

	memset((void *)words, 0, sizeof(*words));
	v.port = peer_offer(v.dom);
	grant_page(REF_READ, v.dom, read_page, true);
	grant_page(REF_WORDS, v.dom, (void *)words, false);
	if (!wait_peer(peer_exists(v.dom), PATIENCE))
		test_error("there never was a domain %u", v.dom);
	while (peer_exists(v.dom)) {
		if (words->number == last) {
			sched_op(SCHEDOP_yield, NULL);
			continue;
		}
		last = words->number;
		words->result = fulfil(&v, words->want, words->port);
		words->done = last;
	}
	aftermath(&v, n);
}

/*
 * The one that ends.
 */

static volatile struct words *their_words;	/* mapped */

static s32 wish(enum want want, u32 port)
{
	their_words->port = port;
	their_words->want = want;
	their_words->number = their_words->number + 1;
	wait_word(&their_words->done, their_words->number, "answer");
	return their_words->result;
}

static void reached(u32 n)
{
	if (n != step)
		return;
	printf("# reached step %u\n", n);
	guest_end(false);
}

static void all_steps(void)
{
	static u8 buffer[PAGE_SIZE] __aligned(PAGE_SIZE);
	domid_t dom = xen.domid - step;
	u32 *own = page_alloc(1);
	u32 words_handle, handle, second, port;
	struct words hello = { .hello = MAGIC };
	evtchn_port_t offer;
	long rc;

	reached(1);
	rc = peer_bind(dom, PATIENCE);
	if (rc < 0)
		test_error("no port: %ld", rc);
	port = rc;
	reached(2);
	expect_rc(evtchn_send(port), 0, "send");
	reached(3);
	expect_rc(grant_copy_to(dom, REF_WORDS, 0, &hello, 4), GNTST_okay, "copy to it");
	reached(4);
	expect_rc(grant_map(dom, REF_WORDS, 0, false, &words_handle), GNTST_okay, "map");
	their_words = map_address(0);
	expect_eq(their_words->hello, MAGIC, "word that was copied");
	reached(5);
	expect_rc(grant_map(dom, REF_READ, 1, true, &handle), GNTST_okay, "map for reading");
	reached(6);
	expect_rc(grant_map(dom, REF_READ, 2, true, &second), GNTST_okay, "map again");
	reached(7);
	expect_rc(grant_unmap(1, handle), GNTST_okay, "unmap of the first");
	reached(8);
	expect_rc(wish(STATUS_YOURS, 0), EVTCHNSTAT_interdomain, "its port's state");
	reached(9);
	own[0] = THEIRS;
	grant_page(REF_THEIRS, dom, own, false);
	reached(10);
	expect_rc(wish(COPY_YOURS, 0), GNTST_okay, "its copy");
	reached(11);
	expect_rc(wish(MAP_YOURS, 0), GNTST_okay, "its map");
	reached(12);
	expect_eq(own[1], MAGIC, "word that it wrote");
	expect(!grant_revoke(REF_THEIRS), "revoked while it is mapped");
	reached(13);
	expect_rc(wish(COPY_YOURS, 0), GNTST_okay, "its copy while it is mapped");
	reached(14);
	offer = peer_offer(dom);
	reached(15);
	expect(wish(BIND_YOURS, offer) > 0, "its bind");
	reached(16);
	expect_rc(wish(SIGNAL_YOURS, 0), 0, "its send");
	reached(17);
	expect(evtchn_2l_clear(offer), "no event");
	expect_rc(evtchn_close(offer), 0, "close while it is bound");
	reached(18);
	expect_rc(grant_copy_from(buffer, dom, REF_READ, 100, 200), GNTST_okay, "copy from it");
	expect_eq(buffer[0], (u8)300, "byte that was copied");
	reached(19);
	/* the frame under its mapping becomes another */
	expect_rc(physmap_add(XENMAPSPACE_grant_table, 1, (unsigned long)own >> PAGE_SHIFT), 0,
		  "a table frame over the granted page");
	reached(20);
	expect_rc(wish(UNMAP_YOURS, 0), GNTST_okay, "its unmap");
	reached(21);
	expect(grant_revoke(REF_THEIRS), "revoke");
	reached(22);
	expect_rc(evtchn_close(port), 0, "close");
	reached(23);
	expect_rc(evtchn_reset(), 0, "reset");
	reached(24);
	expect_rc(grant_unmap(2, second), GNTST_okay, "unmap for reading");
	expect_rc(grant_unmap(0, words_handle), GNTST_okay, "unmap of the words");
	reached(25);
	test_failed("there is no step %u", step);
}

static void survive(void)
{
	u32 n, steps = opt_u64("steps", 0), i;

	if (step) {
		all_steps();
		return;
	}
	words = page_alloc(1);
	read_page = page_alloc(1);
	for (i = 0; i < PAGE_SIZE; i++)
		read_page[i] = i * 3;
	for (n = 1; n <= steps && !test_has_failed(); n++)
		attend(n);
	printf("# outlived %u domains\n", n - 1);
}

void test_setup(void)
{
	if (!xen.present)
		test_skip_all("no Xen here");
	step = opt_u64("step", 0);
	grants_init();
}

TEST_CASES = {
	{ "a peer that ends at each step", survive },
	TEST_CASES_END
};
