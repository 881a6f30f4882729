// SPDX-License-Identifier: GPL-2.0-only
/*
 * The device of the host's: what the network asks of it, and how queues are put in place and taken
 * out, under rtnl.
 */
#include <linux/etherdevice.h>
#include <linux/ethtool.h>
#include <linux/if_vlan.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/rtnetlink.h>

#include "base/percpu_counts.h"
#include "domain/domain.h"
#include "netback/internal.h"

#define OFFLOADS	(NETIF_F_SG | NETIF_F_IP_CSUM | NETIF_F_IPV6_CSUM | NETIF_F_TSO | \
			 NETIF_F_TSO6 | NETIF_F_FRAGLIST)

/* One of our queues; rtnl is held. */
static struct net_queue *queue_of(struct net_vif *vif, unsigned int i)
{
	return rtnl_dereference(vif->queue[i]);
}

static void start(struct net_queue *q)
{
	ASSERT_RTNL();
	if (q->polling)
		return;
	q->polling = true;
	napi_enable(&q->napi);
	/* What the guest has sent before is told of by no event. */
	local_bh_disable();
	napi_schedule(&q->napi);
	local_bh_enable();
}

static void stop(struct net_queue *q)
{
	ASSERT_RTNL();
	if (!q->polling)
		return;
	napi_disable(&q->napi);
	q->polling = false;
}

static int device_open(struct net_device *dev)
{
	struct net_vif *vif = netdev_priv(dev);
	unsigned int i;

	for (i = 0; i < vif->nr_queues; i++)
		start(queue_of(vif, i));
	netif_tx_start_all_queues(dev);
	return 0;
}

static int device_stop(struct net_device *dev)
{
	struct net_vif *vif = netdev_priv(dev);
	unsigned int i;

	for (i = 0; i < vif->nr_queues; i++)
		stop(queue_of(vif, i));
	return 0;
}

/* Without a guest all of them: what is chosen meanwhile is kept, and shows when one takes it. */
static netdev_features_t fix_features(struct net_device *dev, netdev_features_t features)
{
	const struct net_vif *vif = netdev_priv(dev);
	u32 has = vif->features;

	if (!vif->nr_queues)
		return features;
	if (!(has & XLHV_VIF_SG))
		features &= ~(NETIF_F_SG | NETIF_F_FRAGLIST);
	if (!(has & XLHV_VIF_CSUM4))
		features &= ~NETIF_F_IP_CSUM;
	if (!(has & XLHV_VIF_CSUM6))
		features &= ~NETIF_F_IPV6_CSUM;
	if (!(has & XLHV_VIF_TSO4))
		features &= ~NETIF_F_TSO;
	if (!(has & XLHV_VIF_TSO6))
		features &= ~NETIF_F_TSO6;
	return features;
}

static void get_stats64(struct net_device *dev, struct rtnl_link_stats64 *stats)
{
	const struct net_vif *vif = netdev_priv(dev);
	struct net_counts sum;

	percpu_counts_sum(vif->counts, (u64 *)&sum, sizeof(sum));
	/* What the guest sends the host receives. */
	stats->rx_packets = sum.sent_packets;
	stats->rx_bytes = sum.sent_bytes;
	stats->rx_dropped = sum.sent_dropped;
	stats->rx_errors = sum.malformed;
	stats->tx_packets = sum.received_packets;
	stats->tx_bytes = sum.received_bytes;
	stats->tx_dropped = sum.received_dropped;
	stats->tx_errors = sum.bad_grants;
}

const struct net_device_ops net_device_ops = {
	.ndo_open = device_open,
	.ndo_stop = device_stop,
	.ndo_start_xmit = net_start_xmit,
	.ndo_fix_features = fix_features,
	.ndo_get_stats64 = get_stats64,
	.ndo_set_mac_address = eth_mac_addr,
	.ndo_validate_addr = eth_validate_addr,
};

/* The longest packet without its header that the guest takes. */
static unsigned int max_mtu(u32 features)
{
	return features & XLHV_VIF_SG ? ETH_MAX_MTU - ETH_HLEN : NET_PAGE - VLAN_ETH_HLEN;
}

/* As a device is to be before it is registered. */
void net_device_setup(struct net_device *dev)
{
	ether_setup(dev);
	dev->netdev_ops = &net_device_ops;
	dev->ethtool_ops = &net_ethtool_ops;
	/* A packet that waits is in a list: it cannot be sent a second time meanwhile. */
	dev->priv_flags &= ~IFF_TX_SKB_SHARING;
	/* No queue of the host's, unless tc makes one: what waits is bounded by us. */
	dev->priv_flags |= IFF_LIVE_ADDR_CHANGE | IFF_NO_QUEUE;
	dev->hw_features = OFFLOADS;
	dev->features = OFFLOADS;
	dev->min_mtu = ETH_MIN_MTU;
	dev->max_mtu = max_mtu(XLHV_VIF_SG);
}

static void put_in_place(struct net_vif *vif, struct net_queue *q)
{
	ASSERT_RTNL();
	netif_napi_add(vif->dev, &q->napi, net_send_poll);
	/* Pairs with kick_napi(). */
	smp_store_release(&q->live, true);
	rcu_assign_pointer(vif->queue[q->nr], q);
}

static int connect_locked(struct net_vif *vif, struct net_queue **queue, unsigned int nr,
			  u32 features)
{
	struct net_device *dev = vif->dev;
	unsigned int i;
	int err;

	ASSERT_RTNL();
	if (vif->gone)
		return -ENOENT;
	/* Queues that are still on their way out may say that the guest broke them. */
	if (vif->nr_queues || atomic_read(&vif->leaving))
		return -EBUSY;
	err = netif_set_real_num_tx_queues(dev, nr);
	if (!err)
		err = netif_set_real_num_rx_queues(dev, nr);
	if (err)
		return err;
	WRITE_ONCE(vif->broken, false);
	WRITE_ONCE(vif->features, features);
	WRITE_ONCE(vif->nr_queues, nr);
	dev->max_mtu = max_mtu(features);
	/* If somebody does not let us, what is too long is dropped and counted. */
	if (dev->mtu > dev->max_mtu)
		dev_set_mtu(dev, dev->max_mtu);
	netdev_update_features(dev);
	for (i = 0; i < nr; i++) {
		put_in_place(vif, queue[i]);
		if (netif_running(dev))
			start(queue[i]);
	}
	netif_carrier_on(dev);
	return 0;
}

/**
 * net_device_connect() - put queues in place
 * @vif: interface; not connected
 * @queue: the queues; on success they are the interface's
 * @nr: how many
 * @features: XLHV_VIF_* of the guest
 *
 * Context: nothing is held; may sleep.
 * Return: 0; -ENOENT: it ends; -EBUSY: it is connected, or was a moment ago; -ENOMEM.
 */
int net_device_connect(struct net_vif *vif, struct net_queue **queue, unsigned int nr,
		       u32 features)
{
	int err;

	rtnl_lock();
	err = connect_locked(vif, queue, nr, features);
	rtnl_unlock();
	return err;
}

/*
 * Return: how many, which are the caller's to be given to free_queues(): nobody finds them any more
 * but the guest's events and their own threads.
 */
static unsigned int take_out_locked(struct net_vif *vif, struct net_queue **queue)
{
	unsigned int nr = vif->nr_queues, i;

	ASSERT_RTNL();
	if (!nr)
		return 0;
	atomic_inc(&vif->leaving);
	netif_carrier_off(vif->dev);
	WRITE_ONCE(vif->nr_queues, 0);
	for (i = 0; i < nr; i++) {
		queue[i] = queue_of(vif, i);
		RCU_INIT_POINTER(vif->queue[i], NULL);
		stop(queue[i]);
		/* It stays as it is when disabled: to schedule it does nothing. */
		WRITE_ONCE(queue[i]->live, false);
		__netif_napi_del(&queue[i]->napi);
	}
	/* Until the next one says what it takes. */
	netdev_update_features(vif->dev);
	return nr;
}

static void free_queues(struct net_vif *vif, struct net_queue **queue, unsigned int nr)
{
	unsigned int i;

	if (!nr)
		return;
	/*
	 * Nobody sends to them any more, and nobody looks at their NAPI.  Without rtnl, as with it
	 * the network would interrupt all CPUs for this, and a guest decides how often it is.
	 */
	synchronize_rcu();
	for (i = 0; i < nr; i++)
		net_queue_free(queue[i]);
	/* Who waits does not free the interface: it waits for us in another way as well. */
	atomic_dec(&vif->leaving);
	wake_up_all(&vif->left);
}

/**
 * net_device_cut() - disconnect
 * @vif: interface, connected or not; the caller is its end or has a reference on the device
 * @for_good: it ends
 *
 * When this returns, no queue is left, whoever has taken it out.
 *
 * Context: nothing is held; may sleep.
 */
void net_device_cut(struct net_vif *vif, bool for_good)
{
	struct net_queue *queue[XLHV_VIF_MAX_QUEUES];
	unsigned int nr;

	rtnl_lock();
	if (for_good)
		vif->gone = true;
	nr = take_out_locked(vif, queue);
	rtnl_unlock();
	free_queues(vif, queue, nr);
	wait_event(vif->left, !atomic_read(&vif->leaving));
}

/* The guest has broken a ring.  Somebody may have connected it anew since: that stays. */
void net_device_cut_work(struct work_struct *work)
{
	struct net_vif *vif = container_of(work, struct net_vif, cut);
	struct net_queue *queue[XLHV_VIF_MAX_QUEUES];
	unsigned int nr = 0;

	rtnl_lock();
	if (READ_ONCE(vif->broken))
		nr = take_out_locked(vif, queue);
	rtnl_unlock();
	free_queues(vif, queue, nr);
	dom_changed(vif->domain);
}
