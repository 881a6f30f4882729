/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * Network interfaces of domains: the data path of a Xen network backend (docs/netback.md); a part
 * of the ABI of xlhv.h, whose rules hold here.  Who negotiates with the guest by XenStore adds an
 * interface, which is a network device of the host's, tells the guest what it offers, connects the
 * rings that the guest names, and removes it in the end.  A domain's end removes all.
 */
#ifndef _UAPI_XLHV_NET_H
#define _UAPI_XLHV_NET_H

#include <linux/types.h>

#define XLHV_VIF_MAX		32	/* of a domain */
#define XLHV_VIF_MAX_INDEX	65535
#define XLHV_VIF_MAX_QUEUES	8	/* of an interface */
#define XLHV_VIF_NAME_LEN	16	/* as the host's IFNAMSIZ */

/* struct xlhv_vif_connect.features: what the guest takes, by what it wrote to XenStore */
#define XLHV_VIF_SG		(1U << 0)	/* feature-sg: packets of several pages */
#define XLHV_VIF_TSO4		(1U << 1)	/* feature-gso-tcpv4 */
#define XLHV_VIF_TSO6		(1U << 2)	/* feature-gso-tcpv6 */
#define XLHV_VIF_CSUM4		(1U << 3)	/* not feature-no-csum-offload */
#define XLHV_VIF_CSUM6		(1U << 4)	/* feature-ipv6-csum-offload */

/**
 * struct xlhv_vif_attach - give a domain a network interface
 * @index: in: its number, unique in the domain
 * @flags: in: zero
 * @mtu: in: bytes, 0 for 1500
 * @ifindex: out: of the device, in the caller's network namespace
 * @mac: in: of the host's end; zero for the one that all backends of Xen have
 * @pad: zero
 * @name: in: NUL-terminated, or empty for vif<domid>.<index>; out: the device's
 * @reserved: zero
 *
 * The device is in the network namespace of the caller, without a carrier.  It can be moved to
 * another one; it goes by XLHV_VIF_DETACH and by the domain's end alone.
 *
 * -EEXIST: the domain has an interface of that number, or the namespace a device of that name;
 * -ENOSPC: as many as it, or the host, may have; -EINVAL: no name, MTU or address that a device
 * can have; -EPERM: the caller has no CAP_NET_ADMIN.
 */
struct xlhv_vif_attach {
	__u32 index;
	__u32 flags;
	__u32 mtu;
	__u32 ifindex;
	__u8 mac[6];
	__u8 pad[2];
	char name[XLHV_VIF_NAME_LEN];
	__u64 reserved[4];
};

/**
 * struct xlhv_vif_queue - the rings of a queue
 * @tx_ref: grant of the page, for writing, of the ring by which the guest sends
 * @rx_ref: of the one by which it receives
 * @tx_port: event channel that the guest offers to domain 0, for the first
 * @rx_port: for the second; may be the same
 */
struct xlhv_vif_queue {
	__u32 tx_ref;
	__u32 rx_ref;
	__u32 tx_port;
	__u32 rx_port;
};

/**
 * struct xlhv_vif_connect - serve the rings of the guest's
 * @index: in: the interface
 * @nr_queues: in: 1 to XLHV_VIF_MAX_QUEUES
 * @features: in: XLHV_VIF_*
 * @pad: zero
 * @queue: in: so many; those beyond are zero
 * @reserved: zero
 *
 * Each queue has a thread, xlhv/<domid>/n<index>.<queue>, in the cgroups of the caller, which fills
 * the guest's frames.  The device's carrier is on until XLHV_VIF_DISCONNECT, or until
 * the guest breaks a ring.  Without XLHV_VIF_SG its MTU is at most 4078, and is made so.
 *
 * -ENOENT: no such interface; -EBUSY: it is connected, or the end of its last connection is still
 * under way; -EACCES, -EFAULT: a grant is not what it has to be; -EPROTO: the indices in a ring are
 * wrong; -ENOSPC: as many queues as the host may have; -EINVAL; -ENOMEM; -EAGAIN.
 */
struct xlhv_vif_connect {
	__u32 index;
	__u32 nr_queues;
	__u32 features;
	__u32 pad;
	struct xlhv_vif_queue queue[XLHV_VIF_MAX_QUEUES];
	__u64 reserved[4];
};

/**
 * struct xlhv_vif_detach - disconnect, or remove
 * @index: in: the interface
 * @flags: in: zero
 * @reserved: zero
 *
 * What waits to be received is dropped and counted.  The guest has all its pages back on return;
 * XLHV_VIF_DETACH waits until the device is gone, and can be killed meanwhile (-EINTR: it goes on
 * without the caller).
 */
struct xlhv_vif_detach {
	__u32 index;
	__u32 flags;
	__u64 reserved[2];
};

/* struct xlhv_vif_info.select */
#define XLHV_VIF_NEXT		(1U << 0)	/* the first of @index and those above it */

/**
 * struct xlhv_vif_info - an interface as it is now
 * @index: in: number; out: the same, or with XLHV_VIF_NEXT that of the one that was found
 * @select: in: XLHV_VIF_NEXT
 * @ifindex: out: of the device, in the namespace where it is
 * @queues: out: those that are served
 * @features: out: as it was connected
 * @broken: out: 1: it was disconnected because of what the guest did
 * @sent_packets: out: the guest's, that the host's network has got
 * @sent_bytes: out: of them
 * @received_packets: out: those that the guest has got
 * @received_bytes: out: of them
 * @malformed: out: packets of the guest's that made no sense
 * @sent_dropped: out: packets of the guest's that the host had no memory for
 * @received_dropped: out: for the guest, which had no room for them
 * @bad_grants: out: for the guest, whose pages were not what they have to be
 * @stalls: out: how often it has had no room for so long that what waited was dropped
 * @events: out: sent to the guest
 * @reserved: zero
 */
struct xlhv_vif_info {
	__u32 index;
	__u32 select;
	__u32 ifindex;
	__u32 queues;
	__u32 features;
	__u32 broken;
	__u64 sent_packets;
	__u64 sent_bytes;
	__u64 received_packets;
	__u64 received_bytes;
	__u64 malformed;
	__u64 sent_dropped;
	__u64 received_dropped;
	__u64 bad_grants;
	__u64 stalls;
	__u64 events;
	__u64 reserved[4];
};

#endif /* _UAPI_XLHV_NET_H */
