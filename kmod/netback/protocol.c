// SPDX-License-Identifier: GPL-2.0-only
/*
 * The network protocol's entries.  Both layouts of x86 are the same.
 *
 * A packet of the guest's is an entry for its first piece, then extra information, then an
 * entry for each other piece.  The first one says how long the packet is, so its own
 * length is what the others leave.  The ring's indices are looked at in base/shared_ring.h, the
 * headers and segments of a packet in send.c.
 *
 * Source: Xen, io/netif.h.
 */
#include <linux/build_bug.h>
#include <linux/kernel.h>
#include <linux/stddef.h>
#include <linux/string.h>
#include <xen/interface/xen.h>	/* the others need it first */
#include <xen/interface/grant_table.h>
#include <xen/interface/io/ring.h>
#include <xen/interface/io/netif.h>

#include "netback/protocol.h"

static_assert(sizeof(struct xen_netif_tx_request) == NET_TX_ENTRY);
static_assert(sizeof(struct xen_netif_tx_response) == NET_RSP_BYTES);
static_assert(sizeof(struct xen_netif_rx_request) == NET_RX_ENTRY);
static_assert(sizeof(struct xen_netif_rx_response) == NET_RX_ENTRY);
static_assert(sizeof(struct xen_netif_extra_info) == NET_RX_ENTRY);

/* Before the first entry of a packet. */
void net_packet_begin(struct net_packet *p)
{
	memset(p, 0, offsetof(struct net_packet, slot));
}

static enum net_step what_follows(struct net_packet *p, bool more)
{
	if (!more)
		return NET_DONE;
	p->next = NET_PIECE;
	return p->nr == NET_MAX_SLOTS ? NET_BROKEN : NET_MORE;
}

static enum net_step add_extra(struct net_packet *p, const u8 *entry)
{
	struct xen_netif_extra_info extra;

	memcpy(&extra, entry, sizeof(extra));
	p->nr_extras++;
	switch (extra.type) {
	case XEN_NETIF_EXTRA_TYPE_GSO:
		p->gso_type = extra.u.gso.type;
		p->gso_size = extra.u.gso.size;
		break;
	case XEN_NETIF_EXTRA_TYPE_HASH:	/* may be there, and tells us nothing */
		break;
	default:
		p->odd = true;
	}
	if (!(extra.flags & XEN_NETIF_EXTRA_FLAG_MORE))
		return what_follows(p, p->more);
	return p->nr_extras == NET_MAX_EXTRAS ? NET_BROKEN : NET_MORE;
}

static enum net_step add_piece(struct net_packet *p, const u8 *entry)
{
	struct net_slot *slot = &p->slot[p->nr];
	struct xen_netif_tx_request rq;

	memcpy(&rq, entry, sizeof(rq));
	slot->ref = rq.gref;
	slot->offset = rq.offset;
	slot->size = rq.size;
	slot->id = rq.id;
	if (!p->nr++) {
		p->size = rq.size;
		p->csum_blank = rq.flags & XEN_NETTXF_csum_blank;
		p->validated = rq.flags & XEN_NETTXF_data_validated;
		p->more = rq.flags & XEN_NETTXF_more_data;
		if (rq.flags & XEN_NETTXF_extra_info) {
			p->next = NET_EXTRA;
			return NET_MORE;
		}
	}
	return what_follows(p, rq.flags & XEN_NETTXF_more_data);
}

/**
 * net_packet_add() - another entry of a packet
 * @p: begun by net_packet_begin(); NET_MORE so far
 * @entry: private copy of NET_TX_ENTRY bytes
 *
 * Return: NET_DONE: net_packet_check() is next.
 */
enum net_step net_packet_add(struct net_packet *p, const u8 *entry)
{
	return p->next == NET_EXTRA ? add_extra(p, entry) : add_piece(p, entry);
}

static const char *check_gso(const struct net_packet *p)
{
	if (p->gso_type == XEN_NETIF_GSO_TYPE_NONE)
		return NULL;
	if (p->gso_type != XEN_NETIF_GSO_TYPE_TCPV4 && p->gso_type != XEN_NETIF_GSO_TYPE_TCPV6)
		return "a kind of segments that there is not";
	return p->gso_size ? NULL : "segments of no size";
}

/**
 * net_packet_check() - does it make sense?
 * @p: all of its entries have been added; the size of the first piece becomes its own
 *
 * Return: NULL if so, else what is wrong: the sum of the pieces is the packet's size, each lies in
 * its page.  Nothing is known of the grants and of the bytes in them.
 */
const char *net_packet_check(struct net_packet *p)
{
	u32 others = 0;
	unsigned int i;

	if (p->odd)
		return "extra information that was not offered";
	for (i = 1; i < p->nr; i++)
		others += p->slot[i].size;
	if (others > p->size)
		return "pieces that are longer than it is";
	p->slot[0].size = p->size - others;
	if (p->size < NET_MIN_PACKET)
		return "no header";
	for (i = 0; i < p->nr; i++)
		if ((u32)p->slot[i].offset + p->slot[i].size > NET_PAGE)
			return "a piece beyond its page";
	return check_gso(p);
}

/* The answer to an entry; @entry: room for NET_RSP_BYTES. */
void net_encode_sent(u16 id, s16 status, u8 *entry)
{
	memcpy(entry, &id, sizeof(id));
	memcpy(entry + offsetof(struct xen_netif_tx_response, status), &status, sizeof(status));
}

/* A page that the guest has for a piece; @entry: private copy of NET_RX_ENTRY bytes. */
void net_decode_room(const u8 *entry, u16 *id, u32 *ref)
{
	memcpy(id, entry, sizeof(*id));
	memcpy(ref, entry + offsetof(struct xen_netif_rx_request, gref), sizeof(*ref));
}

/* The answer to that, with what lies at the beginning of the page; @entry: NET_RX_ENTRY bytes. */
void net_encode_piece(const struct net_piece *piece, u8 *entry)
{
	const struct xen_netif_rx_response rsp = {
		.id = piece->id,
		.flags = piece->flags,
		.status = piece->status,
	};

	memcpy(entry, &rsp, sizeof(rsp));
}

/* The answer to one whose page stays empty: how to make segments of the packet. */
void net_encode_gso(u8 type, u16 size, u8 *entry)
{
	const struct xen_netif_extra_info extra = {
		.type = XEN_NETIF_EXTRA_TYPE_GSO,
		.u.gso = { .size = size, .type = type },
	};

	memcpy(entry, &extra, sizeof(extra));
}

/* Pages that so many bytes take in the guest; a packet has one at least. */
unsigned int net_pages(unsigned int bytes)
{
	return bytes ? DIV_ROUND_UP(bytes, NET_PAGE) : 1;
}
