// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claim: many domains at once, each with a channel and a page to its neighbour,
 * see each event and each word exactly as often as it was sent.
 *
 * Why: what is shared by all domains shows when there are many of them.
 *
 * They form a ring. A token goes round: an event, and a counter in a page that
 * the one before it granted.
 */
#include "guest.h"
#include "peer.h"

#define REF_COUNTER	8
#define PATIENCE	90000	/* ms */

static void round_and_round(void)
{
	u32 index = opt_u64("index", 0), n = opt_u64("domains", 1), rounds = opt_u64("rounds", 20);
	domid_t next = peer_domid((index + 1) % n), before = peer_domid((index + n - 1) % n);
	volatile u32 *mine = page_alloc(1), *theirs = map_address(0);
	evtchn_port_t to_next;
	u32 round, handle;
	long from_before;

	grant_page(REF_COUNTER, next, (void *)mine, false);
	to_next = peer_offer(next);
	from_before = peer_bind(before, PATIENCE);
	require(from_before > 0, "no port of domain %u: %ld", before, from_before);
	require(grant_map(before, REF_COUNTER, 0, false, &handle) == GNTST_okay, "map");
	/* binding has made it pending, which is not the token */
	evtchn_2l_clear(from_before);
	for (round = 1; round <= rounds; round++) {
		if (index) {
			require(peer_wait(from_before, PATIENCE), "no token in round %u", round);
			require(theirs[0] == round, "the token of round %u is %u", round,
				theirs[0]);
		}
		mine[0] = round;
		expect_rc(evtchn_send(to_next), 0, "send");
		if (!index) {
			require(peer_wait(from_before, PATIENCE), "no token back in round %u",
				round);
			require(theirs[0] == round, "the token back in round %u is %u", round,
				theirs[0]);
		}
	}
	/* said to the one before that its page is free */
	expect_rc(grant_unmap(0, handle), GNTST_okay, "unmap");
	expect(wait_peer(!grant_in_use(REF_COUNTER), PATIENCE), "our page is in use");
	expect(grant_revoke(REF_COUNTER), "revoke");
}

void test_setup(void)
{
	if (!xen.present)
		test_skip_all("no Xen here");
	grants_init();
}

TEST_CASES = {
	{ "a token round the ring", round_and_round },
	TEST_CASES_END
};
