// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the guest sends, from its ring to the host's network.
 *
 * Each entry is copied once and checked on the copy; then the bytes are copied, once, and
 * nothing of the guest's is looked at any more: it has its pages back before the host's network
 * sees the packet.  What a packet says of itself, headers and segments, is checked on our copy.
 */
#include <linux/etherdevice.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/tcp.h>
#include <net/ipv6.h>

#include "base/host_memory.h"
#include "domain/domain.h"
#include "netback/internal.h"

/* Up to this the whole packet is in one piece of memory; of longer ones so much is. */
#define WHOLE	1600
#define HEAD	256
/* Linux's are no smaller; and what more segments cost is more than a packet is worth. */
#define MIN_SEGMENT	8
#define MAX_SEGMENTS	2048
/* Headers that IPv6 may have before that of TCP or UDP, and bytes of them and its own. */
#define MAX_HEADERS	8
#define MAX_BEFORE	160
static_assert(ETH_HLEN + MAX_BEFORE + 60 <= HEAD);

enum taken {
	TAKEN,
	LATER,
	CUT_OFF,
};

/* The packet that is next, copied and decoded.  0; -EPROTO: nobody knows where it ends. */
static int decode(struct net_queue *q, u32 avail)
{
	struct net_packet *p = &q->packet;
	u8 entry[NET_TX_ENTRY];
	enum net_step step;
	u32 i;

	net_packet_begin(p);
	for (i = 0; i < avail; i++) {
		shared_ring_copy(&q->tx, q->tx_cons + i, entry);
		step = net_packet_add(p, entry);
		if (step == NET_DONE)
			return 0;
		if (step == NET_BROKEN)
			return -EPROTO;
	}
	/* Frontends tell of whole packets. */
	return -EPROTO;
}

/* Answer all entries of the packet; told of by push(). */
static void answer(struct net_queue *q, s16 status)
{
	const struct net_packet *p = &q->packet;
	u8 entry[NET_RSP_BYTES];
	unsigned int i, j;

	for (i = 0; i < p->nr; i++) {
		net_encode_sent(p->slot[i].id, status, entry);
		shared_ring_answer(&q->tx, q->tx_cons++, entry, sizeof(entry));
		for (j = 0; !i && j < p->nr_extras; j++) {
			net_encode_sent(0, XEN_NETIF_RSP_NULL, entry);
			shared_ring_answer(&q->tx, q->tx_cons++, entry, sizeof(entry));
		}
	}
	q->tx_tries = 0;
	q->tx_stuck = 0;
}

static void malformed(struct net_queue *q, const char *what)
{
	net_count(q->vif, malformed, 1);
	if (q->tx_warned)
		return;
	q->tx_warned = true;
	dom_warn(q->vif->domain, "vif %u queue %u: packet with %s\n", q->vif->index, q->nr, what);
}

/* What is sent is memory of the host's network until somebody has taken it: no cgroup's. */
static struct sk_buff *alloc(struct net_queue *q, u32 size)
{
	struct sk_buff *skb;
	int err;

	if (unlikely(!host_can_spare(DIV_ROUND_UP(size, PAGE_SIZE))))
		return NULL;
	if (size <= WHOLE) {
		skb = napi_alloc_skb(&q->napi, size);
		if (skb)
			skb_put(skb, size);
		return skb;
	}
	skb = alloc_skb_with_frags(NET_SKB_PAD + NET_IP_ALIGN + HEAD, size - HEAD,
				   PAGE_ALLOC_COSTLY_ORDER, &err, GFP_ATOMIC | __GFP_NOWARN);
	if (!skb)
		return NULL;
	skb_reserve(skb, NET_SKB_PAD + NET_IP_ALIGN);
	skb_put(skb, HEAD);
	skb->data_len = size - HEAD;
	skb->len += skb->data_len;
	return skb;
}

/*
 * 0; -EAGAIN: not without sleeping; other -errno: a page that is not granted.  @stuck: the piece
 * that it was.
 */
static int copy_in(struct net_queue *q, struct sk_buff *skb, unsigned int *stuck)
{
	const struct net_packet *p = &q->packet;
	struct gnttab_pin pin;
	unsigned int i, at = 0;
	int err;

	for (i = 0; i < p->nr; i++) {
		const struct net_slot *slot = &p->slot[i];

		err = xlhv_gnttab_get(&q->grants, slot->ref, 0, &pin);
		if (!err) {
			err = skb_store_bits(skb, at, page_address(pin.page) + slot->offset,
					     slot->size);
			xlhv_gnttab_put(&q->grants, &pin);
		}
		if (unlikely(err)) {
			*stuck = i;
			return err;
		}
		at += slot->size;
	}
	return 0;
}

/* After the checksum's place has been found.  Return: it can be made segments of. */
static bool set_segments(struct sk_buff *skb, const struct net_packet *p)
{
	bool v4 = p->gso_type == XEN_NETIF_GSO_TYPE_TCPV4;
	unsigned int header, segments;

	if (skb->protocol != htons(v4 ? ETH_P_IP : ETH_P_IPV6) ||
	    skb->csum_offset != offsetof(struct tcphdr, check) || p->gso_size < MIN_SEGMENT ||
	    !pskb_may_pull(skb, skb_transport_offset(skb) + sizeof(struct tcphdr)))
		return false;
	if (tcp_hdrlen(skb) < sizeof(struct tcphdr))
		return false;
	header = skb_transport_offset(skb) + tcp_hdrlen(skb);
	if (header >= skb->len || !pskb_may_pull(skb, header))
		return false;
	/* One that is not longer than a segment is none. */
	if (skb->len - header <= p->gso_size)
		return true;
	segments = DIV_ROUND_UP(skb->len - header, p->gso_size);
	if (segments > MAX_SEGMENTS)
		return false;
	skb_shinfo(skb)->gso_size = p->gso_size;
	skb_shinfo(skb)->gso_segs = segments;
	/* The network checks it again before anything relies on it. */
	skb_shinfo(skb)->gso_type = (v4 ? SKB_GSO_TCPV4 : SKB_GSO_TCPV6) | SKB_GSO_DODGY;
	return true;
}

/*
 * Are the headers before that of TCP or UDP few and short?  The kernel follows any number of those
 * that IPv6 may have, and each segment of a packet gets a copy of all.
 */
static bool is_short(const struct sk_buff *skb)
{
	unsigned int at = sizeof(struct ipv6hdr), i;
	const struct ipv6_opt_hdr *h;
	u8 next;

	if (skb->protocol != htons(ETH_P_IPV6))
		return true;
	if (skb_headlen(skb) < at)
		return false;
	next = ((const struct ipv6hdr *)skb->data)->nexthdr;
	for (i = 0; i <= MAX_HEADERS; i++) {
		if (next != NEXTHDR_HOP && next != NEXTHDR_ROUTING && next != NEXTHDR_DEST &&
		    next != NEXTHDR_AUTH && next != NEXTHDR_FRAGMENT)
			return true;
		if (skb_headlen(skb) < at + sizeof(*h))
			return false;
		h = (const struct ipv6_opt_hdr *)(skb->data + at);
		at += next == NEXTHDR_AUTH ? ipv6_authlen(h) : ipv6_optlen(h);
		next = h->nexthdr;
		if (at > MAX_BEFORE)
			return false;
	}
	return false;
}

/* What the network has to know of it.  Return: its headers are what the entry says. */
static bool describe(struct net_queue *q, struct sk_buff *skb)
{
	const struct net_packet *p = &q->packet;
	bool segments = p->gso_type != XEN_NETIF_GSO_TYPE_NONE;

	skb->protocol = eth_type_trans(skb, q->vif->dev);
	skb_reset_network_header(skb);
	skb_record_rx_queue(skb, q->nr);
	if (p->csum_blank || segments) {
		skb->ip_summed = CHECKSUM_PARTIAL;
		/* Segments have their checksums made anew: then the sum is to be a blank one. */
		if (!is_short(skb) || skb_checksum_setup(skb, segments && !p->csum_blank))
			return false;
		if (segments && !set_segments(skb, p))
			return false;
	} else if (p->validated) {
		skb->ip_summed = CHECKSUM_UNNECESSARY;
	}
	skb_probe_transport_header(skb);
	return true;
}

/* A piece cannot be had now: the thread may sleep.  Each piece has as many tries as the first. */
static enum taken ask_for_help(struct net_queue *q, unsigned int stuck)
{
	if (stuck > q->tx_stuck) {
		q->tx_stuck = stuck;
		q->tx_tries = 0;
	}
	if (++q->tx_tries == NET_TRIES)
		return TAKEN;
	q->help_ref = q->packet.slot[stuck].ref;
	/* Pairs with net_send_help(): which grant, before the thread looks at it. */
	smp_store_release(&q->help, true);
	net_queue_kick(q);
	return LATER;
}

static enum taken take(struct net_queue *q, u32 avail, struct list_head *list)
{
	struct net_packet *p = &q->packet;
	unsigned int stuck = 0;
	struct sk_buff *skb;
	const char *what;
	int err;

	if (decode(q, avail)) {
		net_queue_break(q, "a packet without an end");
		return CUT_OFF;
	}
	what = net_packet_check(p);
	if (what)
		goto malformed;
	skb = alloc(q, p->size);
	if (!skb)
		goto drop;
	err = copy_in(q, skb, &stuck);
	if (unlikely(err == -EAGAIN)) {
		kfree_skb(skb);
		if (ask_for_help(q, stuck) == LATER)
			return LATER;
		goto drop;
	}
	what = "a page that is not granted";
	if (!err) {
		what = "headers that are not what it says";
		if (describe(q, skb)) {
			net_count(q->vif, sent_packets, 1);
			net_count(q->vif, sent_bytes, p->size);
			list_add_tail(&skb->list, list);
			answer(q, XEN_NETIF_RSP_OKAY);
			return TAKEN;
		}
	}
	kfree_skb(skb);
malformed:
	malformed(q, what);
	answer(q, XEN_NETIF_RSP_ERROR);
	return TAKEN;
drop:
	/* The host has no memory, or the guest changes its grant table all the time. */
	net_count(q->vif, sent_dropped, 1);
	answer(q, XEN_NETIF_RSP_DROPPED);
	return TAKEN;
}

static void push(struct net_queue *q, u32 from)
{
	if (q->tx_cons != from && shared_ring_push(&q->tx, from, q->tx_cons))
		net_queue_event(q, &q->tx_host);
}

/**
 * net_send_poll() - take what the guest sends
 * @napi: of a queue
 * @budget: so many packets, good ones and others
 *
 * Context: the queue's NAPI.
 * Return: packets taken.
 */
int net_send_poll(struct napi_struct *napi, int budget)
{
	struct net_queue *q = container_of(napi, struct net_queue, napi);
	u32 from = q->tx_cons, avail;
	enum taken taken = TAKEN;
	LIST_HEAD(list);
	int done = 0;

	while (done < budget && !READ_ONCE(q->broken)) {
		/* The thread schedules this anew; an event that comes before makes it no faster. */
		if (unlikely(smp_load_acquire(&q->help))) {
			taken = LATER;
			break;
		}
		if (shared_ring_pull(&q->tx, q->tx_cons, &q->tx_cons, &avail)) {
			net_queue_break(q, "impossible indices in its ring");
			break;
		}
		if (!avail)
			break;
		taken = take(q, avail, &list);
		if (taken != TAKEN)
			break;
		done++;
	}
	if (!READ_ONCE(q->broken))
		push(q, from);
	/* All of them have been copied. */
	netif_receive_skb_list(&list);
	if (done < budget && napi_complete_done(napi, done) && taken == TAKEN &&
	    !READ_ONCE(q->broken) && shared_ring_want_event(&q->tx, q->tx_cons, 1))
		napi_schedule(napi);
	return done;
}

/**
 * net_send_help() - have a page that the guest never touched, or that has to be waited for
 * @q: queue
 *
 * Context: the queue's thread; may sleep.
 */
void net_send_help(struct net_queue *q)
{
	struct gnttab_pin pin;
	int err;

	/* Pairs with ask_for_help(). */
	if (likely(!smp_load_acquire(&q->help)))
		return;
	err = xlhv_gnttab_get(&q->grants, q->help_ref, XLHV_GNTTAB_SLEEP, &pin);
	if (!err)
		xlhv_gnttab_put(&q->grants, &pin);
	else if (err == -EAGAIN)
		net_queue_nap();
	/* Pairs with net_send_poll(): from here on the next grant may be asked for. */
	smp_store_release(&q->help, false);
	local_bh_disable();
	napi_schedule(&q->napi);
	local_bh_enable();
}
