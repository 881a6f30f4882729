/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside of netback.
 *
 *	vif	an interface: a network device of the host's, and queues while it is connected
 *	queue	two rings of the guest's, a NAPI context for the one by which it sends, and a
 *		thread that fills the frames of the other
 *
 * Which queues there are is under the network's own lock, rtnl, like all else about a device.  Who
 * makes a queue and who frees it does so without; in between it is put in place and taken out.
 */
#ifndef XLHV_NETBACK_INTERNAL_H
#define XLHV_NETBACK_INTERNAL_H

#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/irq_work.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/netdevice.h>
#include <linux/rcupdate.h>
#include <linux/skbuff.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <uapi/xlhv.h>
#include <xen/interface/xen.h>	/* the others need it first */
#include <xen/interface/grant_table.h>
#include <xen/interface/io/ring.h>
#include <xen/interface/io/netif.h>

#include "base/ioctl.h"
#include "base/shared_ring.h"
#include "evtchn/evtchn.h"
#include "grant/grant.h"
#include "netback/protocol.h"
#include "netback/types.h"

struct domain;
struct net_vif;

#define NET_FEATURES	(XLHV_VIF_SG | XLHV_VIF_TSO4 | XLHV_VIF_TSO6 | XLHV_VIF_CSUM4 | \
			 XLHV_VIF_CSUM6)

/* What may wait for a guest, of a queue; the last one may be more. */
#define NET_WAIT_PACKETS	1024
#define NET_WAIT_BYTES		(1024 * 1024)
/* How long each of them may wait. */
#define NET_PATIENCE		(10 * HZ)
/* The host was short of memory, or the guest changes its grant table. */
#define NET_NAP			DIV_ROUND_UP(HZ, 100)
#define NET_TRIES		4
/* Entries that a packet for the guest may take: as many as Linux's frontends accept. */
#define NET_MAX_RECEIVED	18

/**
 * struct net_queue - two rings that are served
 * @vif: [c]
 * @nr: [c] its number
 * @grants: [own] the guest's grants
 * @tx_page: [c] pin of the ring by which the guest sends
 * @rx_page: [c] of the other
 * @tx_host: [own] our end of the guest's port, of the first ring or of both
 * @rx_host: [own] of the second, if it has one of its own
 * @split: [c] it has
 * @napi: takes what the guest sends
 * @kick: schedules it, as an event must not
 * @task: [c] the thread
 * @live: [rtnl] it is in place: @napi may be scheduled
 * @polling: [rtnl] @napi is enabled
 * @broken: [a] the guest's indices made no sense: nothing more is done
 * @kicked: [a] there may be something to do for the thread
 * @tx: [c] the ring by which the guest sends
 * @tx_cons: [p] by @napi
 * @tx_tries: [p] by @napi: how often a page of the packet that is next could not be had
 * @tx_stuck: [p] by @napi: which of its pieces that was
 * @tx_warned: [p] by @napi: a packet made no sense, which was said
 * @packet: [p] by @napi: decoded
 * @help: [a] a grant of the packet needs somebody who may sleep: the thread, which clears it
 *	when it has done what it could; meanwhile @napi takes nothing
 * @help_ref: [p] that grant: by @napi until @help is set, then by the thread
 * @rx: [c] the ring by which it receives
 * @rx_cons: [p] by the thread; all before have been answered
 * @rx_pushed: [p] by the thread: those the guest has been told of
 * @want_room: [a] an event that is of both rings is for the thread as well
 * @stalled: [a] there has been no room for too long: what comes is dropped
 * @waiting: what waits, and its lock
 * @waiting_bytes: [waiting.lock] host memory of it
 */
struct net_queue {
	struct net_vif *vif;
	unsigned int nr;
	struct xlhv_gnttab grants;
	struct gnttab_pin tx_page;
	struct gnttab_pin rx_page;
	struct xlhv_evtchn tx_host;
	struct xlhv_evtchn rx_host;
	bool split;
	struct napi_struct napi;
	struct irq_work kick;
	struct task_struct *task;
	bool live;
	bool polling;
	bool broken;
	bool kicked;

	struct shared_ring tx;
	u32 tx_cons;
	unsigned int tx_tries;
	unsigned int tx_stuck;
	bool tx_warned;
	struct net_packet packet;
	bool help;
	u32 help_ref;

	struct shared_ring rx ____cacheline_aligned;
	u32 rx_cons;
	u32 rx_pushed;
	bool want_room;
	bool stalled;
	struct sk_buff_head waiting;
	size_t waiting_bytes;
};

/**
 * struct net_end - the end of an interface, on its way
 * @ref: [a] who does it, and who waits
 * @work: does it: no domain is entered
 * @done: the device is gone
 * @vif: [c] gone with it
 */
struct net_end {
	struct kref ref;
	struct work_struct work;
	struct completion done;
	struct net_vif *vif;
};

/**
 * struct net_vif - an interface of a domain; lies in its device
 * @domain: [c] with a reference
 * @dev: [c]
 * @link: [domain's net.lock]
 * @index: [c] number
 * @features: [rtnl] XLHV_VIF_* of the guest that is connected
 * @nr_queues: [rtnl] 0: not connected; read without it for information
 * @queue: [rtnl] those; read under RCU
 * @gone: [rtnl] it ends: nothing is connected any more
 * @broken: [a] it is to be disconnected, or was, because of what the guest did
 * @cut: disconnects it then
 * @leaving: [a] connections that were taken out, and whose queues are not freed yet
 * @left: woken when there is one less
 * @end: [c] its end
 * @counts: [c]
 */
struct net_vif {
	struct domain *domain;
	struct net_device *dev;
	struct list_head link;
	u32 index;
	u32 features;
	unsigned int nr_queues;
	struct net_queue __rcu *queue[XLHV_VIF_MAX_QUEUES];
	bool gone;
	bool broken;
	struct work_struct cut;
	atomic_t leaving;
	wait_queue_head_t left;
	struct net_end *end;
	struct net_counts __percpu *counts;
};

#define net_count(vif, what, n)							\
	do {									\
		this_cpu_add((vif)->counts->what, n);				\
		this_cpu_add((vif)->domain->net.counts->what, n);		\
	} while (0)

extern struct workqueue_struct *net_work;

/* ioctl.c: the last row has no number */
extern const struct ioctl_op net_ioctls[];

/* vif.c: each ioctl; they take the domain themselves, as rtnl is not to be taken with it entered */
int net_add(struct domain *d, struct xlhv_vif_attach *a, char *text);
int net_connect(struct domain *d, const struct xlhv_vif_connect *c, char *text);
int net_disconnect(struct domain *d, const struct xlhv_vif_detach *e);
int net_remove(struct domain *d, const struct xlhv_vif_detach *e);
int net_info(struct domain *d, struct xlhv_vif_info *info);

/* device.c */
extern const struct net_device_ops net_device_ops;
void net_device_setup(struct net_device *dev);
int net_device_connect(struct net_vif *vif, struct net_queue **queue, unsigned int nr,
		       u32 features);
void net_device_cut(struct net_vif *vif, bool for_good);
void net_device_cut_work(struct work_struct *work);

/* ethtool.c */
extern const struct ethtool_ops net_ethtool_ops;

/* queue.c */
struct net_queue *net_queue_make(struct net_vif *vif, unsigned int nr,
				 const struct xlhv_vif_queue *how, char *text);
void net_queue_breathe(void);
void net_queue_nap(void);
void net_queue_free(struct net_queue *q);
void net_queue_break(struct net_queue *q, const char *what);
void net_queue_kick(struct net_queue *q);
void net_queue_event(struct net_queue *q, struct xlhv_evtchn *host);

/* send.c */
int net_send_poll(struct napi_struct *napi, int budget);
void net_send_help(struct net_queue *q);

/* receive.c */
netdev_tx_t net_start_xmit(struct sk_buff *skb, struct net_device *dev);
long net_receive(struct net_queue *q);
void net_receive_drop(struct net_queue *q);

#endif /* XLHV_NETBACK_INTERNAL_H */
