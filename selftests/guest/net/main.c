// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claim: a network interface of the host's can be used by the network protocol's rings, and what is
 * wrong with a packet is an error of that packet alone.
 *
 * Why: this is how every guest gets to its network.
 *
 * What the host has to do is in selftests/vm/tests/machine/net.sh: it sends each frame back as it
 * got it, with what was said of its checksum and segments.
 */
#include "front.h"
#include "frames.h"

static u8 *got_frame;

/* The host has sent back what it got: what was sent is at @frame. */
static void expect_back(struct front *f, const u8 *frame, unsigned int len, struct got *g)
{
	memset(got_frame, 0, len);
	require(front_receive(f, got_frame, g, PATIENCE_MS), "%u bytes: nothing comes back", len);
	expect_eq(g->status, 0, "status of what came back");
	expect_eq(g->len, len, "length of what came back");
	expect(!memcmp(got_frame + HEADER, frame + HEADER, len - HEADER), "%u bytes came back wrong",
	       len);
}

/*
 * The host may have no way back yet when it takes the first ones: so no two are the same, and when
 * the last one has come back, none is under way any more.
 */
static void connected(void)
{
	unsigned int q, i;
	struct got g;

	ethernet(send_page(0), ETH_TEST);
	for (q = 0; q < nr_queues; q++) {
		pattern(send_page(0) + HEADER, 46, q);
		if (!queue[q].rx_prod)
			front_post(&queue[q], NR_ROOM);
		if (front_frame(&queue[q], 0, 60, 0, NULL) == NO_ANSWER)
			test_error("queue %u: the host does not answer", q);
	}
	if (nr_queues > 1)
		return;
	for (i = 0; i < 40; i++) {
		pattern(send_page(0) + HEADER, 46, 100 + i);
		if (!expect_rc(front_frame(&queue[0], 0, 60, 0, NULL), 0, "frame %u", i))
			return;
		while (front_receive(&queue[0], got_frame, &g, 500)) {
			expect_eq(g.len, 60, "length of what came back");
			if (!memcmp(got_frame + HEADER, send_page(0) + HEADER, 46))
				return;
		}
	}
	test_error("nothing comes back");
}

static void sizes(void)
{
	static const unsigned int lens[] = { 15, 60, 61, 1514, 1600, 1601, 4096, 4097, 8192, 9014,
					     16384, 65000 };
	static const unsigned int offsets[] = { 0, 2, 100, 4090 };
	struct got g;
	unsigned int i, j;

	for (j = 0; j < sizeof(offsets) / sizeof(offsets[0]); j++) {
		u8 *frame = send_page(0) + offsets[j];

		for (i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
			ethernet(frame, ETH_TEST);
			pattern(frame + HEADER, lens[i] - HEADER, lens[i] + j);
			if (!expect_rc(front_frame(&queue[0], offsets[j], lens[i], 0, NULL), 0,
				       "%u bytes at %u", lens[i], offsets[j]))
				return;
			expect_back(&queue[0], frame, lens[i], &g);
			if (test_has_failed())
				return;
			expect_eq(g.pieces, (lens[i] + PAGE_SIZE - 1) / PAGE_SIZE, "pieces");
		}
	}
	for (i = 0; i < NR_SEND; i++)
		expect_eq(grant_in_use(REF_SEND + i), 0, "page %u is in use", i);
}

/* The first one of nothing, small ones, in another order than that of memory. */
static void pieces(void)
{
	static const struct piece piece[] = {
		{ REF_SEND, 10, 0 }, { REF_SEND + 3, 4000, 96 }, { REF_SEND + 1, 0, 1 },
		{ REF_SEND + 2, 7, 300 }, { REF_SEND + 3, 0, 0 }, { REF_SEND + 4, 1, 2000 },
	};
	u8 *whole = send_page(8), *at = whole;
	struct packet p = { .piece = piece, .nr = 6 };
	struct got g;
	unsigned int i;

	ethernet(whole, ETH_TEST);
	pattern(whole + HEADER, 96 + 1 + 300 + 2000 - HEADER, 5);
	for (i = 0; i < 6; i++) {
		memcpy(send_page(piece[i].ref - REF_SEND) + piece[i].offset, at, piece[i].size);
		at += piece[i].size;
	}
	expect_rc(front_send(&queue[0], &p), 0, "pieces");
	expect_back(&queue[0], whole, at - whole, &g);
}

static void as_many_pieces_as_there_may_be(void)
{
	struct piece piece[21];
	struct packet p = { .piece = piece, .nr = 20 };
	u8 *whole = send_page(8);
	struct got g;
	unsigned int i;

	ethernet(whole, ETH_TEST);
	pattern(whole + HEADER, 20 * 50 - HEADER, 6);
	for (i = 0; i < 20; i++)
		piece[i] = (struct piece){ REF_SEND + 8, i * 50, 50 };
	expect_rc(front_send(&queue[0], &p), 0, "20 pieces");
	expect_back(&queue[0], whole, 20 * 50, &g);
}

/* The host needs somebody who may sleep for it. */
static void untouched_page(void)
{
	static const struct piece piece[] = { { REF_SEND, 0, 60 }, { REF_UNTOUCHED, 0, 1000 } };
	struct packet p = { .piece = piece, .nr = 2 };
	struct got g;

	ethernet(send_page(0), ETH_TEST);
	pattern(send_page(0) + HEADER, 46, 7);
	expect_rc(front_send(&queue[0], &p), 0, "a page that nobody has touched");
	require(front_receive(&queue[0], got_frame, &g, PATIENCE_MS), "nothing comes back");
	expect_eq(g.len, 1060, "length");
	expect(!memcmp(got_frame + HEADER, send_page(0) + HEADER, 46), "the first piece");
	expect_eq(got_frame[500], 0, "in the untouched page");
}

/* More than there are tries for one of them. */
static void untouched_pages(void)
{
	struct piece piece[NR_UNTOUCHED] = { { REF_SEND, 0, 60 } };
	struct packet p = { .piece = piece, .nr = NR_UNTOUCHED };
	struct got g;
	unsigned int i;

	ethernet(send_page(0), ETH_TEST);
	pattern(send_page(0) + HEADER, 46, 8);
	for (i = 1; i < NR_UNTOUCHED; i++)
		piece[i] = (struct piece){ REF_UNTOUCHED + i, 0, 1000 };
	expect_rc(front_send(&queue[0], &p), 0, "pages that nobody has touched");
	require(front_receive(&queue[0], got_frame, &g, PATIENCE_MS), "nothing comes back");
	expect_eq(g.len, 60 + (NR_UNTOUCHED - 1) * 1000, "length");
	for (i = 60; i < g.len; i++)
		if (!expect_eq(got_frame[i], 0, "byte %u", i))
			return;
}

/* So many headers of so many bytes between those of IPv6 and TCP.  Return: all of it. */
static unsigned int options(u8 *frame, unsigned int nr, unsigned int bytes)
{
	unsigned int len = nr * bytes, i;
	u8 *h = frame + HEADER, tcp[20];

	headers(frame, 0, true, true);
	memcpy(tcp, h + 40, sizeof(tcp));
	put16(h + 4, len + sizeof(tcp));
	h[6] = 60;
	memset(h + 40, 0, len);
	for (i = 0; i < nr; i++) {
		h[40 + i * bytes] = i + 1 < nr ? 60 : 6;
		h[40 + i * bytes + 1] = bytes / 8 - 1;
	}
	memcpy(h + 40 + len, tcp, sizeof(tcp));
	return HEADER + 40 + len + sizeof(tcp);
}

static void checksums(void)
{
	u8 *frame = send_page(0) + 2;
	unsigned int i, len;
	struct got g;

	for (i = 0; i < 4; i++) {
		len = headers(frame, 1000, i & 1, i & 2) + 1000;
		expect_rc(front_frame(&queue[0], 2, len, NETTXF_csum_blank | NETTXF_data_validated,
				      NULL), 0, "%s, IPv%u", i & 2 ? "TCP" : "UDP", i & 1 ? 6 : 4);
		expect_back(&queue[0], frame, len, &g);
		expect_eq(g.flags & (NETRXF_csum_blank | NETRXF_data_validated),
			  NETRXF_csum_blank | NETRXF_data_validated, "flags");
	}
	/* Known to be right: that is not said of what comes from a socket. */
	len = headers(frame, 100, false, false) + 100;
	expect_rc(front_frame(&queue[0], 2, len, NETTXF_data_validated, NULL), 0, "validated");
	expect_back(&queue[0], frame, len, &g);
	expect_eq(g.flags & NETRXF_csum_blank, 0, "flags");
	/* Whether the host makes the sum of such a packet is the kernel's to decide. */
	len = options(frame, 8, 8);
	expect_rc(front_frame(&queue[0], 2, len, NETTXF_csum_blank, NULL), 0, "options");
	expect(front_receive(&queue[0], got_frame, &g, PATIENCE_MS) && g.len == len,
	       "options: %u bytes come back", g.len);
}

static void segments(void)
{
	struct netif_extra_info extra = { .type = XEN_NETIF_EXTRA_TYPE_GSO };
	u8 *frame = send_page(0) + 2;
	unsigned int v6, len;
	struct got g;

	for (v6 = 0; v6 < 2; v6++) {
		extra.u.gso.type = v6 ? XEN_NETIF_GSO_TYPE_TCPV6 : XEN_NETIF_GSO_TYPE_TCPV4;
		extra.u.gso.size = 1400;
		len = headers(frame, 40000, v6, true) + 40000;
		expect_rc(front_frame(&queue[0], 2, len, NETTXF_csum_blank | NETTXF_data_validated,
				      &extra), 0, "TCPv%u", v6 ? 6 : 4);
		expect_back(&queue[0], frame, len, &g);
		expect(g.flags & NETRXF_extra_info, "no extra information");
		expect_eq(g.extra.type, XEN_NETIF_EXTRA_TYPE_GSO, "type");
		expect_eq(g.extra.u.gso.type, extra.u.gso.type, "kind of segments");
		expect_eq(g.extra.u.gso.size, 1400, "size of segments");
		/* Not longer than a segment: an ordinary packet. */
		len = headers(frame, 1400, v6, true) + 1400;
		expect_rc(front_frame(&queue[0], 2, len, NETTXF_csum_blank, &extra), 0, "one segment");
		expect_back(&queue[0], frame, len, &g);
		expect(!(g.flags & NETRXF_extra_info), "extra information");
		/* As for a peer that takes no more at once. */
		extra.u.gso.size = 36;
		len = headers(frame, 1000, v6, true) + 1000;
		expect_rc(front_frame(&queue[0], 2, len, NETTXF_csum_blank, &extra), 0, "small segments");
		expect_back(&queue[0], frame, len, &g);
		expect_eq(g.extra.u.gso.size, 36, "size of segments");
		len = headers(frame, 16500, v6, true) + 16500;
		extra.u.gso.size = 8;
		expect_rc(front_frame(&queue[0], 2, len, NETTXF_csum_blank, &extra),
			  NETIF_RSP_ERROR, "too many segments");
	}
}

static void full_ring(void)
{
	static const struct piece piece = { REF_SEND, 0, 60 };
	struct packet p = { .piece = &piece, .nr = 1 };
	unsigned int round, i;
	u64 events = queue[0].events;
	struct got g;

	ethernet(send_page(0), ETH_TEST);
	pattern(send_page(0) + HEADER, 46, 9);
	for (round = 0; round < 3; round++) {
		for (i = 0; i < NR_ENTRIES; i++)
			front_put(&queue[0], &p);
		front_push(&queue[0]);
		expect_rc(front_answers(&queue[0], NR_ENTRIES, PATIENCE_MS), 0, "a full ring");
		/* The socket at the other end has a bound: at least some of them. */
		for (i = 0; i < NR_ENTRIES && front_receive(&queue[0], got_frame, &g, 500); i++)
			expect(g.len == 60 &&
			       !memcmp(got_frame + HEADER, send_page(0) + HEADER, 46),
			       "frame %u of %u bytes", i, g.len);
		expect(i >= 64, "%u frames come back", i);
	}
	printf("# %llu events for %u packets\n", (unsigned long long)(queue[0].events - events),
	       3 * NR_ENTRIES);
}

#define AT(ref, offset, size)	.piece = { { ref, offset, size } }, .nr = 1
#define ONE(offset, size)	AT(REF_SEND, offset, size)
#define TWO(ref, offset, size)	.piece = { { REF_SEND, 0, 60 }, { ref, offset, size } }, .nr = 2
#define EXTRA(of)		.nr_extras = 1, .extra = { .type = (of) }
#define GSO(kind, bytes)								\
	.nr_extras = 1,									\
	.extra = { .type = XEN_NETIF_EXTRA_TYPE_GSO,					\
		   .u.gso = { .type = (kind), .size = (bytes) } }

static void refused(void)
{
	static const struct {
		const char *what;
		struct piece piece[2];
		u16 nr, flags, size, nr_extras;
		struct netif_extra_info extra;
	} bad[] = {
		{ "13 bytes", ONE(0, 13) },
		{ "nothing", ONE(0, 0) },
		{ "a page and a byte", ONE(0, 4097) },
		{ "beyond its page", ONE(4000, 97) },
		{ "far beyond its page", ONE(65535, 60) },
		{ "a later piece beyond its page", TWO(REF_SEND, 4096, 1) },
		{ "pieces longer than it is", TWO(REF_SEND, 0, 200), .size = 100 },
		{ "65535 bytes in a page", ONE(0, 60), .size = 65535 },
		{ "reference -1", AT(~0U, 0, 60) },
		{ "nothing granted", AT(REF_NONE, 0, 60) },
		{ "granted to another", AT(REF_OTHER, 0, 60) },
		{ "the second not granted", TWO(REF_NONE, 0, 60) },
		{ "a checksum of nothing", AT(REF_SEND + 1, 0, 60), .flags = NETTXF_csum_blank },
		{ "half a header", ONE(2, 40), .flags = NETTXF_csum_blank },
		{ "nine headers before that of TCP", AT(REF_SEND + 5, 2, 146),
		  .flags = NETTXF_csum_blank },
		{ "headers that are long", AT(REF_SEND + 6, 2, 242), .flags = NETTXF_csum_blank },
		{ "long headers for each segment", AT(REF_SEND + 7, 2, 2000), GSO(2, 500) },
		{ "extra information 0", ONE(2, 60), EXTRA(0) },
		{ "extra information 255", ONE(2, 60), EXTRA(255) },
		{ "a group, which was not offered", ONE(2, 60),
		  EXTRA(XEN_NETIF_EXTRA_TYPE_MCAST_ADD) },
		{ "segments of an unknown kind", ONE(2, 2000), GSO(3, 500) },
		{ "segments of no size", ONE(2, 2000), GSO(1, 0) },
		{ "segments of 7 bytes", ONE(2, 2000), GSO(1, 7) },
		{ "segments of the other IP", ONE(2, 2000), GSO(2, 500) },
		{ "segments of UDP", AT(REF_SEND + 2, 2, 2000), GSO(1, 500) },
		{ "segments of nothing", AT(REF_SEND + 1, 0, 2000), GSO(1, 500) },
		{ "a header longer than it is", AT(REF_SEND + 3, 2, 60), GSO(1, 500) },
		{ "a header that is too short", AT(REF_SEND + 4, 2, 2000), GSO(1, 500) },
	};
	struct got g;
	unsigned int i;

	headers(send_page(0) + 2, 1946, false, true);
	ethernet(send_page(1), ETH_TEST);
	headers(send_page(2) + 2, 1958, false, false);
	headers(send_page(3) + 2, 6, false, true);
	send_page(3)[2 + HEADER + 20 + 12] = 0xf0;
	headers(send_page(4) + 2, 1946, false, true);
	send_page(4)[2 + HEADER + 20 + 12] = 0x40;
	options(send_page(5) + 2, 9, 8);
	options(send_page(6) + 2, 1, 168);
	options(send_page(7) + 2, 1, 168);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct packet p = {
			.piece = bad[i].piece, .nr = bad[i].nr, .flags = bad[i].flags,
			.size = bad[i].size, .extra = &bad[i].extra, .nr_extras = bad[i].nr_extras,
		};

		expect_rc(front_send(&queue[0], &p), NETIF_RSP_ERROR, "%s", bad[i].what);
	}
	printf("# refused %u\n", i);
	expect(!front_receive(&queue[0], got_frame, &g, 200), "one of them came back");
	for (i = 0; i < NR_SEND; i++)
		expect_eq(grant_in_use(REF_SEND + i), 0, "page %u is in use", i);
	connected();
}

/* The page that is next for the host to fill is not granted. */
static void no_page(void)
{
	unsigned int next = queue[0].posted[queue[0].rx_cons & (NR_ENTRIES - 1)];
	struct got g;

	require(grant_revoke(REF_ROOM(0) + next), "page %u is in use", next);
	ethernet(send_page(0), ETH_TEST);
	pattern(send_page(0) + HEADER, 46, 3);
	expect_rc(front_frame(&queue[0], 0, 60, 0, NULL), 0, "send");
	require(front_receive(&queue[0], got_frame, &g, PATIENCE_MS), "nothing comes");
	expect_rc(g.status, NETIF_RSP_ERROR, "into a page that is not granted");
	grant_page(REF_ROOM(0) + next, 0, queue[0].room + next * PAGE_SIZE, false);
	expect_rc(front_frame(&queue[0], 0, 60, 0, NULL), 0, "send");
	expect_back(&queue[0], send_page(0), 60, &g);
}

/* A host with addresses: what it asks is answered, until it asks no more. */
static void ping(void)
{
	u8 *frame = send_page(0), addr[4];
	unsigned int pings = 0;
	struct got g;

	skip_if(!opt_u64("ping", 0), "not asked for");
	front_post(&queue[0], NR_ROOM);
	while (pings < opt_u64("ping", 0) && front_receive(&queue[0], got_frame, &g, PATIENCE_MS)) {
		memcpy(frame, got_frame, g.len);
		memcpy(frame, got_frame + 6, 6);
		memcpy(frame + 6, our_mac, 6);
		if (get16(frame + 12) == ETH_ARP && frame[21] == 1 &&
		    !memcmp(frame + 38, "\x0a\x09\x00\x02", 4)) {
			frame[21] = 2;
			memcpy(frame + 32, got_frame + 22, 10);
			memcpy(frame + 22, our_mac, 6);
			memcpy(frame + 28, "\x0a\x09\x00\x02", 4);
		} else if (get16(frame + 12) == ETH_IP && frame[23] == 1 && frame[34] == 8) {
			memcpy(addr, frame + 26, 4);
			memcpy(frame + 26, frame + 30, 4);
			memcpy(frame + 30, addr, 4);
			frame[34] = 0;
			put16(frame + 36, 0);
			put16(frame + 36, 0xffff ^ sum16(frame + 34, get16(frame + 16) - 20, 0));
			pings++;
		} else {
			continue;
		}
		expect_rc(front_frame(&queue[0], 0, g.len, 0, NULL), 0, "answer");
	}
	expect_eq(pings, opt_u64("ping", 0), "pings");
}

static void sleep_until(u64 end)
{
	struct sched_poll poll = { .timeout = end };

	while (system_time() < end)
		sched_op(SCHEDOP_poll, &poll);
}

/*
 * No room for a while, but for one page in the middle, which makes the others wait no longer: the
 * host drops what is for us, and goes on when there is room.
 */
static void deaf(void)
{
	u64 ns = opt_u64("deaf", 0) * NSEC_PER_MSEC, begin = system_time();
	struct got g;

	skip_if(!ns, "not asked for");
	sleep_until(begin + ns / 2);
	front_post(&queue[0], 1);
	sleep_until(begin + ns);
	expect(front_receive(&queue[0], got_frame, &g, PATIENCE_MS), "nothing came");
	front_post(&queue[0], NR_ROOM);
	expect(front_receive(&queue[0], got_frame, &g, PATIENCE_MS), "nothing comes");
	expect_eq(g.status, 0, "status");
}

/* All queues full all the time, until the host ends it. */
static void load(void)
{
	struct piece piece[4] = {
		{ REF_SEND, 0, 60 }, { REF_SEND, 0, 1000 }, { REF_SEND + 1, 0, 4096 },
		{ REF_SEND + 2, 0, 3000 },
	};
	unsigned long long sent = 0, received = 0;
	unsigned int q, i;
	struct got g;

	skip_if(!opt_u64("load", 0), "not asked for");
	ethernet(send_page(0), ETH_TEST);
	for (q = 0; q < nr_queues; q++)
		front_post(&queue[q], NR_ROOM);
	for (q = 0;; q = (q + 1) % nr_queues) {
		for (i = 0; i < 32; i++) {
			struct packet p = { .piece = piece, .nr = 1 + (sent + i) % 4 };

			front_put(&queue[q], &p);
		}
		front_push(&queue[q]);
		if (front_answers(&queue[q], queue[q].tx_prod - queue[q].tx_cons, 2000) ==
		    NO_ANSWER)
			break;
		sent += 32;
		while (front_receive(&queue[q], got_frame, &g, 0))
			received++;
		if (sent == 32 * nr_queues)
			printf("# all queues are full\n");
	}
	printf("# sent %llu, received %llu\n", sent, received);
	for (i = 0; i < NR_SEND; i++)
		expect_eq(grant_in_use(REF_SEND + i), 0, "page %u", i);
	for (q = 0; q < nr_queues; q++) {
		expect_eq(grant_in_use(REF_TX(q)), 0, "ring to send");
		expect_eq(grant_in_use(REF_RX(q)), 0, "ring to receive");
		for (i = 0; i < NR_ROOM; i++)
			expect_eq(grant_in_use(REF_ROOM(q) + i), 0, "page %u of queue %u", i, q);
	}
}

static void endless(struct front *f, u16 flags, bool extras)
{
	unsigned int i;

	for (i = 0; i < 100; i++) {
		netif_tx_request_t rq = { .gref = REF_SEND, .size = 60, .flags = flags };
		struct netif_extra_info more = { .type = XEN_NETIF_EXTRA_TYPE_GSO,
						 .flags = XEN_NETIF_EXTRA_FLAG_MORE };
		u8 *at = (u8 *)f->tx + 64 + (f->tx_prod++ & (NR_ENTRIES - 1)) * sizeof(rq);

		if (i && extras)
			memcpy(at, &more, sizeof(more));
		else
			memcpy(at, &rq, sizeof(rq));
	}
}

/* What cannot be: the connection ends, and nothing else. */
static void lie(struct front *f, const char *how)
{
	u32 tx = f->tx_prod;

	if (!strcmp(how, "far")) {
		tx += NR_ENTRIES + 1;
	} else if (!strcmp(how, "back")) {
		tx -= 1;
	} else if (!strcmp(how, "wild")) {
		tx += 0x80000000;
	} else if (!strcmp(how, "endless")) {
		endless(f, NETTXF_more_data, false);
		tx = f->tx_prod;
	} else if (!strcmp(how, "extras")) {
		endless(f, NETTXF_extra_info, true);
		tx = f->tx_prod;
	} else if (!strcmp(how, "half")) {
		endless(f, NETTXF_more_data, false);
		tx += 1;
	} else {
		/* It looks for room when it has something for us: what it sends back. */
		WRITE_ONCE(f->rx->req_prod, !strcmp(how, "room-far") ?
			   f->rx_cons + NR_ENTRIES + 1 : f->rx_cons - 1);
		expect_rc(front_frame(f, 0, 60, 0, NULL), 0, "send");
		tx = f->tx_prod;
	}
	WRITE_ONCE(f->tx->req_prod, tx);
	mb();	/* there before the event */
	expect_rc(evtchn_send(f->tx_port), 0, "send");
	expect(wait_peer(!grant_in_use(REF_TX(0)) && !grant_in_use(REF_RX(0)), 20000),
	       "the host still has the rings");
}

/* One after the other; the host connects anew when we are ready. */
static void lies(void)
{
	static const char *const all[] = {
		"far", "back", "wild", "endless", "extras", "half", "room-far", "room-back"
	};
	struct front *f = &queue[0];
	unsigned int i, page;

	skip_if(!opt_u64("lies", 0), "not asked for");
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		front_renew(f);
		printf("# ready: %s\n", all[i]);
		connected();
		lie(f, all[i]);
		for (page = 0; page < NR_ROOM; page++)
			expect_eq(grant_in_use(REF_ROOM(0) + page), 0, "page %u", page);
		printf("# over: %s\n", all[i]);
	}
}

void test_setup(void)
{
	if (!opt_u64("net", 0))
		test_skip_all("no host that serves an interface");
	if (!xen.present)
		test_skip_all("no Xen here");
	got_frame = page_alloc(NR_SEND);
	front_init();
}

TEST_CASES = {
	{ "connected", connected },
	{ "sizes", sizes },
	{ "pieces", pieces },
	{ "as many pieces as there may be", as_many_pieces_as_there_may_be },
	{ "an untouched page", untouched_page },
	{ "several untouched pages", untouched_pages },
	{ "checksums", checksums },
	{ "segments", segments },
	{ "a full ring", full_ring },
	{ "refused packets", refused },
	{ "no page", no_page },
	{ "ping", ping },
	{ "deaf", deaf },
	{ "load", load },
	{ "lies", lies },
	{ "bench", bench },
	TEST_CASES_END
};
