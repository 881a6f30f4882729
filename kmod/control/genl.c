// SPDX-License-Identifier: GPL-2.0-only
/*
 * Changes of domains as events of generic netlink: for tools that are not ours
 * and want to know without asking.  Nothing is queued for anybody who does not
 * listen, and an event that cannot be made is lost: the state can be read.
 *
 * Names and states of all domains are for those who may open the device.  A socket has
 * no file mode, so the group asks for what comes nearest, CAP_SYS_ADMIN in the first
 * user namespace; and events go to the first network namespace alone.
 */
#include <linux/ktime.h>
#include <linux/workqueue.h>
#include <net/genetlink.h>

#include "compat.h"
#include "domain/domain.h"
#include "control/genl.h"

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

	if (!head || nla_put_u32(skb, XLHV_GENL_ATTR_EVENT, event) ||
	    nla_put_u32(skb, XLHV_GENL_ATTR_DOMID, d->domid) ||
	    nla_put_string(skb, XLHV_GENL_ATTR_NAME, d->name) ||
	    nla_put(skb, XLHV_GENL_ATTR_UUID, sizeof(d->uuid), d->uuid) ||
	    nla_put_u32(skb, XLHV_GENL_ATTR_REASON, reason) ||
	    nla_put_u64_64bit(skb, XLHV_GENL_ATTR_TIME, ktime_get_boottime_ns(),
			      XLHV_GENL_ATTR_PAD))
		return -EMSGSIZE;
	genlmsg_end(skb, head);
	return 0;
}

/**
 * xlhv_genl_event() - tell whoever listens
 * @d: domain
 * @event: enum xlhv_event
 * @reason: SHUTDOWN_* or XLHV_PAUSE_*
 *
 * Context: may sleep.
 */
void xlhv_genl_event(struct domain *d, u32 event, u32 reason)
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

static struct workqueue_struct *queue;

static void tell(struct work_struct *work)
{
	struct domain *d = container_of(work, struct domain, shutdown_work);

	xlhv_genl_event(d, XLHV_EVENT_SHUTDOWN, d->shutdown_code);
	dom_put(d);
}

void xlhv_genl_domain_init(struct domain *d)
{
	INIT_WORK(&d->shutdown_work, tell);
}

/* Context: any but NMI. */
void xlhv_genl_event_later(struct domain *d)
{
	dom_get(d);
	if (!queue_work(queue, &d->shutdown_work))
		dom_put(d);
}

/* Until the shutdown, if there was one, has been told of.  May sleep. */
void xlhv_genl_flush(struct domain *d)
{
	flush_work(&d->shutdown_work);
}

int xlhv_genl_init(void)
{
	int err;

	queue = alloc_ordered_workqueue("xlhv-events", 0);
	if (!queue)
		return -ENOMEM;
	err = genl_register_family(&family);
	if (err)
		destroy_workqueue(queue);
	return err;
}

void xlhv_genl_exit(void)
{
	destroy_workqueue(queue);
	genl_unregister_family(&family);
}
