// SPDX-License-Identifier: GPL-2.0-only
/*
 * Changes of domains as events of generic netlink, for tools that want to know
 * without polling; "xlctl events" is one.  Nothing is queued for anybody who does not
 * listen, and an event that cannot be made is lost: the state can be read.
 *
 * Names and states of all domains are for those who may open the device.  A socket has
 * no file mode, so the group asks for what comes nearest, CAP_SYS_ADMIN in the first
 * user namespace; and events go to the first network namespace alone.
 */
#include <linux/ktime.h>
#include <net/genetlink.h>

#include "compat.h"
#include "control/control.h"
#include "domain/domain.h"

static const struct genl_multicast_group groups[] = {
	{ .name = XLHV_GENL_GROUP, COMPAT_GENL_MCAST_CAP_SYS_ADMIN },
};

static struct genl_family family __ro_after_init = {
	.name = XLHV_GENL_NAME,
	.version = XLHV_GENL_VERSION,
	.maxattr = XLHV_GENL_ATTR_MAX,
	.netnsok = false,
	.module = THIS_MODULE,
	.mcgrps = groups,
	.n_mcgrps = ARRAY_SIZE(groups),
};

static int fill(struct sk_buff *skb, struct domain *d, u32 event, u32 reason)
{
	void *head = genlmsg_put(skb, 0, 0, &family, 0, XLHV_GENL_CMD_EVENT);
	char name[XLHV_NAME_LEN];
	u8 uuid[sizeof(d->uuid)];

	dom_identity(d, name, uuid);
	if (!head || nla_put_u32(skb, XLHV_GENL_ATTR_EVENT, event) ||
	    nla_put_u32(skb, XLHV_GENL_ATTR_DOMID, d->domid) ||
	    nla_put_string(skb, XLHV_GENL_ATTR_NAME, name) ||
	    nla_put(skb, XLHV_GENL_ATTR_UUID, sizeof(uuid), uuid) ||
	    nla_put_u32(skb, XLHV_GENL_ATTR_REASON, reason) ||
	    nla_put_u64_64bit(skb, XLHV_GENL_ATTR_TIME, ktime_get_boottime_ns(),
			      XLHV_GENL_ATTR_PAD))
		return -EMSGSIZE;
	genlmsg_end(skb, head);
	return 0;
}

static void tell(struct domain *d, u32 event, u32 reason)
{
	struct sk_buff *skb;

	if (!COMPAT_GENL_PRIVATE)
		return;
	skb = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL | __GFP_NORETRY);
	if (!skb)
		return;
	if (fill(skb, d, event, reason))
		nlmsg_free(skb);
	else
		genlmsg_multicast_netns(&family, &init_net, skb, 0, 0, GFP_KERNEL);
}

static int load(void)
{
	return genl_register_family(&family);
}

static void unload(void)
{
	genl_unregister_family(&family);
}

const struct domain_part genl_part = {
	.name = "netlink",
	.load = load,
	.unload = unload,
	.event = tell,
};
