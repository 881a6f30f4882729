/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Packets of a network frontend: from the bytes of a ring's entries to something that has
 * been checked.  No pointer to the guest's memory comes in here, but private copies.
 */
#ifndef XLHV_NETBACK_PROTOCOL_H
#define XLHV_NETBACK_PROTOCOL_H

#include <linux/types.h>

#define NET_TX_ENTRY	12	/* bytes of an entry of the ring by which a guest sends */
#define NET_RX_ENTRY	8	/* of the other */
#define NET_RSP_BYTES	4	/* of the first one's responses */
#define NET_PAGE	4096
#define NET_RING_ENTRIES	256	/* that a page has room for, in either ring */
#define NET_MIN_PACKET	14	/* an Ethernet header */
#define NET_MAX_PACKET	65535
/*
 * Pieces of a packet.  A frontend may use 18, which is what every backend takes; those of Linux
 * are cut off if they use more than 20.
 */
#define NET_MAX_SLOTS	20
#define NET_MAX_EXTRAS	4

/**
 * struct net_slot - a piece of a packet
 * @ref: grant of its page
 * @offset: in the page
 * @size: of the first as it is in the request, the length of the packet, until net_packet_check()
 * @id: the frontend's, any value
 */
struct net_slot {
	u32 ref;
	u16 offset;
	u16 size;
	u16 id;
};

enum net_step {
	NET_MORE,	/* of the packet there is another entry */
	NET_DONE,	/* that was the last one */
	NET_BROKEN,	/* too many, or what cannot be: nobody knows where the next packet is */
};

/* What the next entry of a packet is. */
enum net_next {
	NET_FIRST,
	NET_EXTRA,
	NET_PIECE,
};

/**
 * struct net_packet - a packet of the guest's
 * @nr: pieces
 * @nr_extras: entries with extra information, behind the first piece
 * @next: what the next entry is
 * @more: the first piece said that there are others
 * @size: bytes of the packet
 * @csum_blank: the host is to fill in the checksum of TCP or UDP
 * @validated: it is known to be right
 * @odd: extra information that is not known, or was not offered
 * @gso_type: XEN_NETIF_GSO_TYPE_*
 * @gso_size: bytes of a segment
 * @slot: pieces
 */
struct net_packet {
	unsigned int nr;
	unsigned int nr_extras;
	enum net_next next;
	bool more;
	u32 size;
	bool csum_blank;
	bool validated;
	bool odd;
	u8 gso_type;
	u16 gso_size;
	struct net_slot slot[NET_MAX_SLOTS];
};

/* Entries of the ring that it takes. */
static inline unsigned int net_packet_entries(const struct net_packet *p)
{
	return p->nr + p->nr_extras;
}

/**
 * struct net_piece - what is said of a piece of a packet for the guest
 * @id: of the guest's request
 * @flags: XEN_NETRXF_*
 * @status: bytes, or XEN_NETIF_RSP_*
 */
struct net_piece {
	u16 id;
	u16 flags;
	s16 status;
};

void net_packet_begin(struct net_packet *p);
enum net_step net_packet_add(struct net_packet *p, const u8 *entry);
const char *net_packet_check(struct net_packet *p);

void net_encode_sent(u16 id, s16 status, u8 *entry);
void net_decode_room(const u8 *entry, u16 *id, u32 *ref);
void net_encode_piece(const struct net_piece *piece, u8 *entry);
void net_encode_gso(u8 type, u16 size, u8 *entry);
unsigned int net_pages(unsigned int bytes);

#endif /* XLHV_NETBACK_PROTOCOL_H */
