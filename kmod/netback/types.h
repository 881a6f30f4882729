/* SPDX-License-Identifier: GPL-2.0-only */
/* What a domain has of network interfaces; see netback.h. */
#ifndef XLHV_NETBACK_TYPES_H
#define XLHV_NETBACK_TYPES_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/types.h>

/**
 * struct net_counts - what happened; of each CPU, so that queues share nothing
 * @sent_packets: by the guest, to the host's network
 * @sent_bytes: of them
 * @sent_dropped: the host had no memory
 * @malformed: packets that made no sense
 * @received_packets: that the guest has got
 * @received_bytes: of them
 * @received_dropped: the guest had no room
 * @bad_grants: for the guest, whose pages were not granted
 * @stalls: how often all that waited for the guest was dropped
 * @events: sent to the guest
 */
struct net_counts {
	u64 sent_packets;
	u64 sent_bytes;
	u64 sent_dropped;
	u64 malformed;
	u64 received_packets;
	u64 received_bytes;
	u64 received_dropped;
	u64 bad_grants;
	u64 stalls;
	u64 events;
};

/**
 * struct net_domain - interfaces of a domain
 * @lock: which there are
 * @vifs: [lock] in the order of their numbers
 * @nr: [lock] how many
 * @closed: [lock] the domain dies: there will be no more
 * @counts: [c] of all of them, and of those that are gone; NULL before it is made
 * @bytes: [a] memory of queues
 */
struct net_domain {
	struct mutex lock;	/* which interfaces there are */
	struct list_head vifs;
	unsigned int nr;
	bool closed;
	struct net_counts __percpu *counts;
	atomic64_t bytes;
};

#endif /* XLHV_NETBACK_TYPES_H */
