// SPDX-License-Identifier: GPL-2.0-only
/* What ethtool shows of an interface. */
#include <linux/ethtool.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "base/percpu_counts.h"
#include "netback/internal.h"
#include "xlhv.h"

/* As names of the fields of struct net_counts, in their order. */
static const char names[][ETH_GSTRING_LEN] = {
	"guest_sent_packets",
	"guest_sent_bytes",
	"guest_sent_dropped",
	"guest_malformed",
	"guest_received_packets",
	"guest_received_bytes",
	"guest_received_dropped",
	"guest_bad_grants",
	"guest_stalls",
	"guest_events",
};

static_assert(ARRAY_SIZE(names) == sizeof(struct net_counts) / sizeof(u64));

static void get_drvinfo(struct net_device *dev, struct ethtool_drvinfo *info)
{
	strscpy(info->driver, "xlhv-vif", sizeof(info->driver));
	strscpy(info->version, XLHV_RELEASE, sizeof(info->version));
}

static int get_sset_count(struct net_device *dev, int set)
{
	return set == ETH_SS_STATS ? ARRAY_SIZE(names) : -EOPNOTSUPP;
}

static void get_strings(struct net_device *dev, u32 set, u8 *to)
{
	if (set == ETH_SS_STATS)
		memcpy(to, names, sizeof(names));
}

static void get_stats(struct net_device *dev, struct ethtool_stats *unused, u64 *to)
{
	const struct net_vif *vif = netdev_priv(dev);

	percpu_counts_sum(vif->counts, to, sizeof(struct net_counts));
}

static void get_channels(struct net_device *dev, struct ethtool_channels *c)
{
	const struct net_vif *vif = netdev_priv(dev);

	c->max_combined = XLHV_VIF_MAX_QUEUES;
	c->combined_count = vif->nr_queues;
}

/* The guest made them as they are. */
static void get_ringparam(struct net_device *dev, struct ethtool_ringparam *r,
			  struct kernel_ethtool_ringparam *unused, struct netlink_ext_ack *extack)
{
	r->rx_max_pending = NET_RING_ENTRIES;
	r->tx_max_pending = NET_RING_ENTRIES;
	r->rx_pending = r->rx_max_pending;
	r->tx_pending = r->tx_max_pending;
}

const struct ethtool_ops net_ethtool_ops = {
	.get_drvinfo = get_drvinfo,
	.get_link = ethtool_op_get_link,
	.get_ts_info = ethtool_op_get_ts_info,
	.get_sset_count = get_sset_count,
	.get_strings = get_strings,
	.get_ethtool_stats = get_stats,
	.get_channels = get_channels,
	.get_ringparam = get_ringparam,
};
