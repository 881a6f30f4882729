// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ring of a frontend that sends what it likes: indices and entries. The input is what it
 * writes between any two of our turns.
 *
 * Whatever it is: a packet ends within its limits, what is good keeps to its pages and has the
 * bytes that it says, and nothing outside of the ring is written.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/types.h>
#include <xen/interface/io/netif.h>

#include <stdlib.h>
#include <string.h>

#include "base/shared_ring.h"
#include "input.h"
#include "netback/protocol.h"

static struct guarded_page memory;

static void check_packet(struct net_packet *p)
{
	u32 sum = 0;
	unsigned int i;

	if (!p->nr || p->nr > NET_MAX_SLOTS || p->nr_extras > NET_MAX_EXTRAS)
		abort();
	if (net_packet_check(p))
		return;
	for (i = 0; i < p->nr; i++) {
		if (p->slot[i].offset > NET_PAGE || p->slot[i].size > NET_PAGE - p->slot[i].offset)
			abort();
		sum += p->slot[i].size;
	}
	if (sum != p->size || sum < NET_MIN_PACKET || sum > NET_MAX_PACKET ||
	    p->gso_type > XEN_NETIF_GSO_TYPE_TCPV6 || (p->gso_type && !p->gso_size))
		abort();
}

/* Return: entries of the ring; 0: there is no end of it. */
static u32 take(const struct shared_ring *s, u32 cons, u32 avail, struct net_packet *p)
{
	u8 entry[NET_TX_ENTRY];
	u32 i;

	net_packet_begin(p);
	for (i = 0; i < avail; i++) {
		shared_ring_copy(s, cons + i, entry);
		switch (net_packet_add(p, entry)) {
		case NET_DONE:
			if (net_packet_entries(p) != i + 1)
				abort();
			return i + 1;
		case NET_BROKEN:
			return 0;
		case NET_MORE:
			break;
		}
		if (i > NET_MAX_SLOTS + NET_MAX_EXTRAS)
			abort();
	}
	return 0;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct net_packet packet;
	struct shared_ring s;
	u32 cons, avail, n;
	u8 head[4], rsp[NET_RSP_BYTES];
	unsigned int i;

	if (size < 8)
		return -1;
	input_begin(data, size);
	guarded_page_begin(&memory);
	eat_into(head, sizeof(head));
	shared_ring_init(&s, memory.page, NET_PAGE, NET_TX_ENTRY);
	cons = head[0] * 0x01010101U;
	s.head->req_prod = cons;
	while (left) {
		eat_into(head, sizeof(head));
		/* The guest: some bytes of entries, a step of its index. */
		for (i = 0; i < head[1] % 32; i++)
			eat_into(s.entries + ((head[2] + i) & (s.nr - 1)) * s.size, s.size);
		s.head->req_prod += (s8)head[0];
		s.head->rsp_event = cons + (s8)head[3];
		if (shared_ring_pull(&s, cons, &cons, &avail)) {
			if (s.head->req_prod - cons <= s.nr)
				abort();
			break;
		}
		while (avail) {
			n = take(&s, cons, avail, &packet);
			if (!n || n > avail)
				goto out;
			check_packet(&packet);
			for (i = 0; i < n; i++) {
				net_encode_sent(packet.slot[0].id, 0, rsp);
				shared_ring_answer(&s, cons + i, rsp, sizeof(rsp));
			}
			shared_ring_push(&s, cons, cons + n);
			cons += n;
			avail -= n;
		}
		shared_ring_want_event(&s, cons, 1);
		if (s.head->req_event != cons + 1)
			abort();
	}
out:
	guarded_page_check(&memory);
	return 0;
}
