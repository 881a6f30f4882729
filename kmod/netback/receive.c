// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the guest receives: from the host's network to a queue of bounded size, and from there, by
 * the queue's thread, straight into the pages that the guest has posted.  What finds no room waits,
 * and all of it is dropped when the first has waited too long; from then on what comes is dropped
 * at once, until there is room again.
 */
#include <linux/if_ether.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/skbuff.h>
#include <net/sock.h>

#include "domain/domain.h"
#include "netback/internal.h"

/* The guest is told after so many, and somebody else may run. */
#define BATCH	64

/* What we know of a packet that waits. */
struct waiting {
	unsigned long until;	/* jiffies: so long */
};

static struct waiting *waiting_of(struct sk_buff *skb)
{
	BUILD_BUG_ON(sizeof(struct waiting) > sizeof(skb->cb));
	return (struct waiting *)skb->cb;
}

static u8 segments_of(const struct sk_buff *skb)
{
	if (!skb_is_gso(skb))
		return XEN_NETIF_GSO_TYPE_NONE;
	return skb_shinfo(skb)->gso_type & SKB_GSO_TCPV6 ? XEN_NETIF_GSO_TYPE_TCPV6 :
							   XEN_NETIF_GSO_TYPE_TCPV4;
}

/* Entries of the ring that it takes. */
static unsigned int entries_of(const struct sk_buff *skb)
{
	return net_pages(skb->len) + skb_is_gso(skb);
}

/*
 * Can the guest take it?  The network has seen to that, but perhaps for the one that was connected
 * before; and generic XDP redirects what nobody has looked at.
 */
static bool fits(const struct net_vif *vif, struct sk_buff *skb)
{
	u32 has = READ_ONCE(vif->features), csum = XLHV_VIF_CSUM4;
	unsigned int gso = skb_is_gso(skb) ? skb_shinfo(skb)->gso_type : 0;

	if (entries_of(skb) > (has & XLHV_VIF_SG ? NET_MAX_RECEIVED : 1))
		return false;
	if (gso & ~(SKB_GSO_TCPV4 | SKB_GSO_TCPV6 | SKB_GSO_DODGY))
		return false;
	if (gso)
		return has & (gso & SKB_GSO_TCPV4 ? XLHV_VIF_TSO4 : XLHV_VIF_TSO6);
	if (skb->protocol == htons(ETH_P_IPV6))
		csum = XLHV_VIF_CSUM6;
	return skb->ip_summed != CHECKSUM_PARTIAL || has & csum || !skb_checksum_help(skb);
}

/* Under the lock of @q->waiting. */
static bool is_full(const struct net_queue *q)
{
	return skb_queue_len(&q->waiting) >= NET_WAIT_PACKETS ||
	       q->waiting_bytes >= NET_WAIT_BYTES;
}

/* Return: it waits. */
static bool enqueue(struct net_queue *q, struct sk_buff *skb)
{
	unsigned long flags;
	bool full;

	/* With interrupts off, as netpoll may send from anywhere. */
	spin_lock_irqsave(&q->waiting.lock, flags);
	full = is_full(q);
	if (!full) {
		waiting_of(skb)->until = jiffies + NET_PATIENCE;
		__skb_queue_tail(&q->waiting, skb);
		q->waiting_bytes += skb->truesize;
	}
	spin_unlock_irqrestore(&q->waiting.lock, flags);
	if (!full)
		net_queue_kick(q);
	return !full;
}

/*
 * What waits does not count for its sender: a guest that does not receive is not to keep a server's
 * socket, or the host's own, from sending to others.  A connection's has no others, and waits with
 * more until this has gone.
 */
static void disown(struct sk_buff *skb)
{
	if (!skb->sk || !sk_fullsock(skb->sk) || !sk_is_tcp(skb->sk))
		skb_orphan(skb);
}

/**
 * net_start_xmit() - a packet for the guest
 * @skb: packet
 * @dev: the interface's
 *
 * The host's queue is never stopped.  What waits there would be bounded by nothing of ours, and for
 * as long as the guest likes.
 *
 * Context: the host's queue, bottom halves off; perhaps interrupts, too.
 * Return: NETDEV_TX_OK.
 */
netdev_tx_t net_start_xmit(struct sk_buff *skb, struct net_device *dev)
{
	unsigned int nr = skb_get_queue_mapping(skb);
	struct net_vif *vif = netdev_priv(dev);
	struct net_queue *q = NULL;

	rcu_read_lock();
	if (nr < XLHV_VIF_MAX_QUEUES)
		q = rcu_dereference(vif->queue[nr]);
	/* Pages of processes are not to wait here: they would be missed. */
	if (!q || READ_ONCE(q->stalled) || !fits(vif, skb) || skb_orphan_frags_rx(skb, GFP_ATOMIC))
		goto drop;
	skb_tx_timestamp(skb);
	disown(skb);
	nf_reset_ct(skb);
	if (!enqueue(q, skb))
		goto drop;
	rcu_read_unlock();
	return NETDEV_TX_OK;
drop:
	rcu_read_unlock();
	net_count(vif, received_dropped, 1);
	dev_kfree_skb_any(skb);
	return NETDEV_TX_OK;
}

static struct sk_buff *first(struct net_queue *q)
{
	struct sk_buff *skb;

	spin_lock_irq(&q->waiting.lock);
	skb = skb_peek(&q->waiting);
	spin_unlock_irq(&q->waiting.lock);
	return skb;
}

static struct sk_buff *dequeue(struct net_queue *q)
{
	struct sk_buff *skb;

	spin_lock_irq(&q->waiting.lock);
	skb = __skb_dequeue(&q->waiting);
	if (skb)
		q->waiting_bytes -= skb->truesize;
	spin_unlock_irq(&q->waiting.lock);
	return skb;
}

/**
 * net_receive_drop() - nothing waits any more
 * @q: queue
 *
 * Context: the queue's thread, or nobody has it.
 */
void net_receive_drop(struct net_queue *q)
{
	struct sk_buff *skb;

	while ((skb = dequeue(q))) {
		net_count(q->vif, received_dropped, 1);
		kfree_skb(skb);
	}
}

/*
 * Fill a page of the guest's.  @tries: how often one could not be had, of all pages of a packet
 * together: what is behind it waits as well.  Return: bytes, or XEN_NETIF_RSP_ERROR.
 */
static s16 fill(struct net_queue *q, u32 ref, const struct sk_buff *skb, u32 at, u32 len,
		unsigned int *tries)
{
	struct gnttab_pin pin;
	int err;

	for (;;) {
		/* Each page may take a while. */
		if (unlikely(kthread_should_stop()))
			return XEN_NETIF_RSP_ERROR;
		err = xlhv_gnttab_get(&q->grants, ref, XLHV_GNTTAB_WRITE | XLHV_GNTTAB_SLEEP, &pin);
		if (likely(err != -EAGAIN) || ++*tries >= NET_TRIES)
			break;
		net_queue_nap();
	}
	if (unlikely(err)) {
		net_count(q->vif, bad_grants, 1);
		return XEN_NETIF_RSP_ERROR;
	}
	err = skb_copy_bits(skb, at, page_address(pin.page), len);
	xlhv_gnttab_put(&q->grants, &pin);
	return err ? XEN_NETIF_RSP_ERROR : len;
}

/* Into the pages that are next; there are enough. */
static void deliver(struct net_queue *q, const struct sk_buff *skb)
{
	u8 gso = segments_of(skb), entry[NET_RX_ENTRY];
	struct net_piece piece;
	unsigned int tries = 0;
	bool good = true;
	u32 at = 0, len, ref;

	do {
		shared_ring_copy(&q->rx, q->rx_cons, entry);
		net_decode_room(entry, &piece.id, &ref);
		len = min_t(u32, skb->len - at, NET_PAGE);
		piece.status = fill(q, ref, skb, at, len, &tries);
		good &= piece.status >= 0;
		piece.flags = at + len < skb->len ? XEN_NETRXF_more_data : 0;
		if (!at && skb->ip_summed == CHECKSUM_PARTIAL)
			piece.flags |= XEN_NETRXF_csum_blank | XEN_NETRXF_data_validated;
		else if (!at && skb->ip_summed == CHECKSUM_UNNECESSARY)
			piece.flags |= XEN_NETRXF_data_validated;
		if (!at && gso)
			piece.flags |= XEN_NETRXF_extra_info;
		net_encode_piece(&piece, entry);
		shared_ring_answer(&q->rx, q->rx_cons++, entry, sizeof(entry));
		if (!at && gso) {
			net_encode_gso(gso, skb_shinfo(skb)->gso_size, entry);
			shared_ring_answer(&q->rx, q->rx_cons++, entry, sizeof(entry));
		}
		at += len;
	} while (at < skb->len);
	if (!good) {
		net_count(q->vif, received_dropped, 1);
		return;
	}
	net_count(q->vif, received_packets, 1);
	net_count(q->vif, received_bytes, skb->len);
}

static void push(struct net_queue *q)
{
	u32 from = q->rx_pushed;

	if (q->rx_cons == from)
		return;
	q->rx_pushed = q->rx_cons;
	if (shared_ring_push(&q->rx, from, q->rx_pushed))
		net_queue_event(q, q->split ? &q->rx_host : &q->tx_host);
}

/* Is there room?  0: no, and an event is wanted; 1; -EPROTO. */
static int look_for_room(struct net_queue *q, unsigned int nr)
{
	u32 avail;

	if (shared_ring_pull(&q->rx, q->rx_cons, &q->rx_cons, &avail))
		return -EPROTO;
	if (avail >= nr)
		return 1;
	/* What is there already has to be known before the guest is waited for. */
	push(q);
	WRITE_ONCE(q->want_room, true);
	if (!shared_ring_want_event(&q->rx, q->rx_cons, nr))
		return 0;
	return shared_ring_pull(&q->rx, q->rx_cons, &q->rx_cons, &avail) ? -EPROTO : avail >= nr;
}

/*
 * There is no room for @skb, the first.  However seldom the guest makes some, nothing waits longer
 * than it may.  Return: how long to wait.
 */
static long be_patient(struct net_queue *q, struct sk_buff *skb)
{
	long left = waiting_of(skb)->until - jiffies;

	if (left > 0)
		return left;
	if (!q->stalled)
		net_count(q->vif, stalls, 1);
	WRITE_ONCE(q->stalled, true);
	net_receive_drop(q);
	/* At once: for what comes next any room will do. */
	return 0;
}

/**
 * net_receive() - give the guest what waits for it
 * @q: queue
 *
 * Context: the queue's thread; may sleep.
 * Return: jiffies until it is to be called again, unless there is something to do before.
 */
long net_receive(struct net_queue *q)
{
	unsigned int done = 0, need;
	struct sk_buff *skb;
	int room;

	while (!READ_ONCE(q->broken) && !kthread_should_stop()) {
		/* However much there is for the guest: what it sends waits for this thread, too. */
		net_send_help(q);
		skb = first(q);
		if (!skb && !q->stalled)
			break;
		need = skb ? entries_of(skb) : 1;
		room = look_for_room(q, need);
		if (room < 0) {
			net_queue_break(q, "impossible indices in its ring");
			return MAX_SCHEDULE_TIMEOUT;
		}
		if (!room)
			return skb ? be_patient(q, skb) : MAX_SCHEDULE_TIMEOUT;
		WRITE_ONCE(q->want_room, false);
		WRITE_ONCE(q->stalled, false);
		if (!skb)
			break;
		dequeue(q);
		deliver(q, skb);
		consume_skb(skb);
		if (++done % BATCH == 0) {
			push(q);
			net_queue_breathe();
		}
	}
	if (!READ_ONCE(q->broken))
		push(q);
	return MAX_SCHEDULE_TIMEOUT;
}
