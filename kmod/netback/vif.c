// SPDX-License-Identifier: GPL-2.0-only
/*
 * Interfaces of a domain: added, connected, looked at, removed, and what the domain's end does to
 * them.
 *
 * rtnl is never taken with a domain entered: who has it may wait for memory of a process.  So the
 * end of an interface is a work, which who ends the domain waits for only so long.
 */
#include <linux/capability.h>
#include <linux/err.h>
#include <linux/etherdevice.h>
#include <linux/ethtool.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/nsproxy.h>
#include <linux/percpu.h>
#include <linux/rtnetlink.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <net/net_namespace.h>

#include "base/host_limit.h"
#include "base/percpu_counts.h"
#include "domain/domain.h"
#include "netback/internal.h"
#include "netback/netback.h"

/* How long the end of a domain waits for its interfaces.  They go on without it. */
#define END_PATIENCE	(5 * HZ)

static_assert(XLHV_VIF_NAME_LEN == IFNAMSIZ);

/* Each is a device of the host's, which no limit of its domain's creator counts. */
static unsigned int max_vifs = 8192;
module_param(max_vifs, uint, 0644);
MODULE_PARM_DESC(max_vifs, "most network interfaces of all domains together (default: 8192)");

static atomic_t nr_vifs;	/* that were not freed yet */

/* Ends of interfaces and of their connections: each may wait, for itself alone. */
struct workqueue_struct *net_work;

static void end_free(struct kref *ref)
{
	kfree(container_of(ref, struct net_end, ref));
}

static void free_vif(struct net_vif *vif)
{
	free_percpu(vif->counts);
	xlhv_domain_put(vif->domain);
	free_netdev(vif->dev);
	host_limit_put(&nr_vifs);
}

static void end_work(struct work_struct *work)
{
	struct net_end *end = container_of(work, struct net_end, work);
	struct net_vif *vif = end->vif;

	net_device_cut(vif, true);
	/* There are no queues any more, in place or on their way out, that would ask for it. */
	cancel_work_sync(&vif->cut);
	unregister_netdev(vif->dev);
	free_vif(vif);
	complete_all(&end->done);
	kref_put(&end->ref, end_free);
	/* The work queue is waited for when the module goes. */
	module_put(THIS_MODULE);
}

/* Begin its end; it is in no list any more.  Return: with a reference, to be waited for. */
static struct net_end *begin_end(struct net_vif *vif)
{
	struct net_end *end = vif->end;

	kref_get(&end->ref);
	queue_work(net_work, &end->work);
	return end;
}

static struct net_vif *find_locked(struct domain *d, u32 index)
{
	struct net_vif *vif;

	lockdep_assert_held(&d->net.lock);
	list_for_each_entry(vif, &d->net.vifs, link)
		if (vif->index == index)
			return vif;
	return NULL;
}

/* With a reference on its device: it does not go before dev_put(). */
static struct net_vif *find(struct domain *d, u32 index)
{
	struct net_vif *vif;

	mutex_lock(&d->net.lock);
	vif = find_locked(d, index);
	if (vif)
		dev_hold(vif->dev);
	mutex_unlock(&d->net.lock);
	return vif;
}

static struct net_end *alloc_end(struct net_vif *vif)
{
	struct net_end *end = kzalloc(sizeof(*end), GFP_KERNEL_ACCOUNT);

	if (!end)
		return NULL;
	kref_init(&end->ref);
	INIT_WORK(&end->work, end_work);
	init_completion(&end->done);
	end->vif = vif;
	return end;
}

static struct net_vif *alloc_vif(struct domain *d, const struct xlhv_vif_attach *a)
{
	struct net_device *dev = alloc_netdev_mqs(sizeof(struct net_vif), a->name, NET_NAME_USER,
						  net_device_setup, XLHV_VIF_MAX_QUEUES,
						  XLHV_VIF_MAX_QUEUES);
	static const u8 usual[ETH_ALEN] = { 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff };
	struct net_vif *vif;

	if (!dev)
		return NULL;
	vif = netdev_priv(dev);
	vif->dev = dev;
	vif->index = a->index;
	INIT_WORK(&vif->cut, net_device_cut_work);
	init_waitqueue_head(&vif->left);
	vif->counts = alloc_percpu_gfp(struct net_counts, GFP_KERNEL_ACCOUNT);
	vif->end = alloc_end(vif);
	if (!vif->counts || !vif->end) {
		free_percpu(vif->counts);
		kfree(vif->end);
		free_netdev(dev);
		return NULL;
	}
	xlhv_domain_get(d);
	vif->domain = d;
	if (a->mtu)
		dev->mtu = a->mtu;
	eth_hw_addr_set(dev, is_zero_ether_addr(a->mac) ? usual : a->mac);
	dev_net_set(dev, current->nsproxy->net_ns);
	netif_carrier_off(dev);
	return vif;
}

/* In the order of their numbers.  Return: 0; -EEXIST; -ENOSPC; -ESRCH. */
static int add_locked(struct domain *d, struct net_vif *vif)
{
	struct net_vif *next;

	lockdep_assert_held(&d->net.lock);
	if (d->net.closed)
		return -ESRCH;
	if (d->net.nr == XLHV_VIF_MAX)
		return -ENOSPC;
	list_for_each_entry(next, &d->net.vifs, link) {
		if (next->index == vif->index)
			return -EEXIST;
		if (next->index > vif->index)
			break;
	}
	list_add_tail(&vif->link, &next->link);
	d->net.nr++;
	return 0;
}

/* From here on it can be found, and ends by its work alone. */
static int add(struct domain *d, struct net_vif *vif)
{
	int err = dom_enter(d);

	if (err)
		return err;
	mutex_lock(&d->net.lock);
	err = add_locked(d, vif);
	mutex_unlock(&d->net.lock);
	dom_leave(d);
	return err;
}

static int register_device(struct net_vif *vif, struct xlhv_vif_attach *a)
{
	int err;

	rtnl_lock();
	err = register_netdevice(vif->dev);
	if (!err) {
		a->ifindex = vif->dev->ifindex;
		strscpy_pad(a->name, vif->dev->name, sizeof(a->name));
	}
	rtnl_unlock();
	return err;
}

static int check_add(struct domain *d, struct xlhv_vif_attach *a, char *text)
{
	if (a->index > XLHV_VIF_MAX_INDEX || a->flags || a->ifindex || a->pad[0] || a->pad[1] ||
	    memchr_inv(a->reserved, 0, sizeof(a->reserved)) ||
	    !memchr(a->name, 0, sizeof(a->name)))
		return -EINVAL;
	if (a->mtu && (a->mtu < ETH_MIN_MTU || a->mtu > ETH_MAX_MTU - ETH_HLEN)) {
		scnprintf(text, XLHV_TEXT_LEN, "mtu: %u to %u", ETH_MIN_MTU,
			  ETH_MAX_MTU - ETH_HLEN);
		return -EINVAL;
	}
	if (!is_zero_ether_addr(a->mac) && !is_valid_ether_addr(a->mac)) {
		scnprintf(text, XLHV_TEXT_LEN, "mac: an address of a group");
		return -EINVAL;
	}
	/*
	 * Who was given a domain's descriptor may be somebody who may not make devices.  To be root
	 * of a container is not enough: it is the host's when the container's network ends.
	 */
	if (!capable(CAP_NET_ADMIN)) {
		scnprintf(text, XLHV_TEXT_LEN, "only CAP_NET_ADMIN makes network devices");
		return -EPERM;
	}
	if (!a->name[0])
		scnprintf(a->name, sizeof(a->name), "vif%u.%u", d->domid, a->index);
	return 0;
}

/**
 * net_add() - XLHV_VIF_ATTACH
 * @d: with a reference; not entered
 * @a: of the caller; answered
 * @text: XLHV_TEXT_LEN bytes for what was wrong
 *
 * Context: may sleep.
 * Return: 0 or -errno.
 */
int net_add(struct domain *d, struct xlhv_vif_attach *a, char *text)
{
	int err = check_add(d, a, text);
	unsigned int most = READ_ONCE(max_vifs);
	struct net_vif *vif;

	if (err)
		return err;
	if (!host_limit_get(&nr_vifs, most)) {
		scnprintf(text, XLHV_TEXT_LEN,
			  "there are %u vifs on this host (module parameter max_vifs)", most);
		return -ENOSPC;
	}
	vif = alloc_vif(d, a);
	if (!vif) {
		host_limit_put(&nr_vifs);
		return -ENOMEM;
	}
	err = register_device(vif, a);
	if (err) {
		scnprintf(text, XLHV_TEXT_LEN, "a device %s cannot be had", a->name);
		goto err_free;
	}
	__module_get(THIS_MODULE);
	err = add(d, vif);
	if (!err)
		return 0;
	module_put(THIS_MODULE);
	unregister_netdev(vif->dev);
err_free:
	kfree(vif->end);
	free_vif(vif);
	return err;
}

static int check_connect(const struct xlhv_vif_connect *c)
{
	if (!c->nr_queues || c->nr_queues > XLHV_VIF_MAX_QUEUES || c->features & ~NET_FEATURES ||
	    c->pad || memchr_inv(c->reserved, 0, sizeof(c->reserved)) ||
	    memchr_inv(&c->queue[c->nr_queues], 0,
		       (XLHV_VIF_MAX_QUEUES - c->nr_queues) * sizeof(c->queue[0])))
		return -EINVAL;
	return 0;
}

static void free_queues(struct net_queue **queue, unsigned int nr)
{
	while (nr)
		net_queue_free(queue[--nr]);
}

/* All of them or none. */
static int make_queues(struct net_vif *vif, const struct xlhv_vif_connect *c,
		       struct net_queue **queue, char *text)
{
	unsigned int i;

	/* As it is now; net_device_connect() looks again. */
	if (READ_ONCE(vif->nr_queues) || atomic_read(&vif->leaving))
		return -EBUSY;
	for (i = 0; i < c->nr_queues; i++) {
		queue[i] = net_queue_make(vif, i, &c->queue[i], text);
		if (IS_ERR(queue[i])) {
			free_queues(queue, i);
			return PTR_ERR(queue[i]);
		}
	}
	return 0;
}

/**
 * net_connect() - XLHV_VIF_CONNECT
 * @d: with a reference; not entered
 * @c: of the caller
 * @text: XLHV_TEXT_LEN bytes for what was wrong
 *
 * Context: may sleep, but not for a guest.
 * Return: 0 or -errno.
 */
int net_connect(struct domain *d, const struct xlhv_vif_connect *c, char *text)
{
	struct net_queue *queue[XLHV_VIF_MAX_QUEUES];
	struct net_vif *vif;
	int err = check_connect(c);

	if (err)
		return err;
	err = dom_enter(d);
	if (err)
		return err;
	vif = find(d, c->index);
	err = vif ? make_queues(vif, c, queue, text) : -ENOENT;
	dom_leave(d);
	if (!vif)
		return err;
	if (!err) {
		err = net_device_connect(vif, queue, c->nr_queues, c->features);
		if (err)
			free_queues(queue, c->nr_queues);
	}
	dev_put(vif->dev);
	return err;
}

static int check_end(const struct xlhv_vif_detach *e)
{
	return e->flags || memchr_inv(e->reserved, 0, sizeof(e->reserved)) ? -EINVAL : 0;
}

/**
 * net_disconnect() - XLHV_VIF_DISCONNECT
 * @d: with a reference; not entered
 * @e: of the caller
 *
 * Context: may sleep.
 * Return: 0 or -errno.
 */
int net_disconnect(struct domain *d, const struct xlhv_vif_detach *e)
{
	struct net_vif *vif;
	int err = check_end(e);

	if (err)
		return err;
	err = dom_enter(d);
	if (err)
		return err;
	vif = find(d, e->index);
	dom_leave(d);
	if (!vif)
		return -ENOENT;
	net_device_cut(vif, false);
	dev_put(vif->dev);
	return 0;
}

/**
 * net_remove() - XLHV_VIF_DETACH
 * @d: with a reference; not entered
 * @e: of the caller
 *
 * Context: may sleep; the wait ends when the caller is killed.
 * Return: 0 or -errno.
 */
int net_remove(struct domain *d, const struct xlhv_vif_detach *e)
{
	struct net_end *end = NULL;
	struct net_vif *vif;
	int err = check_end(e);

	if (err)
		return err;
	err = dom_enter(d);
	if (err)
		return err;
	mutex_lock(&d->net.lock);
	vif = find_locked(d, e->index);
	if (vif) {
		list_del(&vif->link);
		d->net.nr--;
		end = begin_end(vif);
	}
	mutex_unlock(&d->net.lock);
	dom_leave(d);
	if (!end)
		return -ENOENT;
	if (wait_for_completion_killable(&end->done))
		err = -EINTR;
	kref_put(&end->ref, end_free);
	return err;
}

static void tell(const struct net_vif *vif, struct xlhv_vif_info *info)
{
	struct net_counts sum;

	percpu_counts_sum(vif->counts, (u64 *)&sum, sizeof(sum));
	info->index = vif->index;
	info->ifindex = READ_ONCE(vif->dev->ifindex);
	info->queues = READ_ONCE(vif->nr_queues);
	info->features = READ_ONCE(vif->features);
	info->broken = READ_ONCE(vif->broken);
	info->sent_packets = sum.sent_packets;
	info->sent_bytes = sum.sent_bytes;
	info->received_packets = sum.received_packets;
	info->received_bytes = sum.received_bytes;
	info->malformed = sum.malformed;
	info->sent_dropped = sum.sent_dropped;
	info->received_dropped = sum.received_dropped;
	info->bad_grants = sum.bad_grants;
	info->stalls = sum.stalls;
	info->events = sum.events;
}

static struct net_vif *select_locked(struct domain *d, u32 index, u32 select)
{
	struct net_vif *vif;

	lockdep_assert_held(&d->net.lock);
	if (!(select & XLHV_VIF_NEXT))
		return find_locked(d, index);
	list_for_each_entry(vif, &d->net.vifs, link)
		if (vif->index >= index)
			return vif;
	return NULL;
}

/**
 * net_info() - XLHV_VIF_INFO
 * @d: entered by dom_enter()
 * @info: of the caller; answered
 *
 * Return: 0; -ENOENT: there is no such interface; -EINVAL.
 */
int net_info(struct domain *d, struct xlhv_vif_info *info)
{
	struct net_vif *vif;

	if (info->select & ~XLHV_VIF_NEXT ||
	    memchr_inv(&info->ifindex, 0, sizeof(*info) - offsetof(struct xlhv_vif_info, ifindex)))
		return -EINVAL;
	mutex_lock(&d->net.lock);
	vif = select_locked(d, info->index, info->select);
	if (vif)
		tell(vif, info);
	mutex_unlock(&d->net.lock);
	if (!vif)
		return -ENOENT;
	info->select = 0;
	return 0;
}

static int init(struct domain *d, const struct xlhv_dom_create *create, char *text)
{
	mutex_init(&d->net.lock);
	INIT_LIST_HEAD(&d->net.vifs);
	d->net.counts = alloc_percpu_gfp(struct net_counts, GFP_KERNEL_ACCOUNT);
	return d->net.counts ? 0 : -ENOMEM;
}

/* All of them begin to end before the first is waited for. */
static void close_domain(struct domain *d)
{
	struct net_end *end[XLHV_VIF_MAX];
	unsigned long until = jiffies + END_PATIENCE;
	struct net_vif *vif, *next;
	unsigned int nr = 0, late = 0, i;

	if (!d->net.counts)
		return;
	mutex_lock(&d->net.lock);
	d->net.closed = true;
	d->net.nr = 0;
	list_for_each_entry_safe(vif, next, &d->net.vifs, link) {
		list_del(&vif->link);
		end[nr++] = begin_end(vif);
	}
	mutex_unlock(&d->net.lock);
	for (i = 0; i < nr; i++) {
		long left = until - jiffies;

		late += !wait_for_completion_timeout(&end[i]->done, max(left, 0L));
		kref_put(&end[i]->ref, end_free);
	}
	if (late)
		dom_warn(d, "%u vifs are still there at the domain's end\n", late);
}

static void free_domain(struct domain *d)
{
	free_percpu(d->net.counts);
}

static size_t bytes(const struct domain *d)
{
	size_t vif = sizeof(struct net_device) + sizeof(struct net_vif) +
		     num_possible_cpus() * sizeof(struct net_counts);

	return atomic64_read(&d->net.bytes) + READ_ONCE(d->net.nr) * vif +
	       num_possible_cpus() * sizeof(struct net_counts);
}

static void describe_domain(struct seq_file *m, struct domain *d)
{
	struct net_vif *vif;

	mutex_lock(&d->net.lock);
	list_for_each_entry(vif, &d->net.vifs, link) {
		struct xlhv_vif_info i = {};

		tell(vif, &i);
		seq_printf(m, "vif %u: ifindex %u, queues %u, features %#x, broken %u, sent %llu, received %llu, malformed %llu, dropped %llu and %llu, stalls %llu\n",
			   i.index, i.ifindex, i.queues, i.features, i.broken, i.sent_packets,
			   i.received_packets, i.malformed, i.sent_dropped, i.received_dropped,
			   i.stalls);
	}
	mutex_unlock(&d->net.lock);
}

#define COUNTER(what)							\
static u64 what##_of(const struct domain *d)				\
{									\
	u64 sum = 0;							\
	int cpu;							\
									\
	for_each_possible_cpu(cpu)					\
		sum += READ_ONCE(per_cpu_ptr(d->net.counts, cpu)->what);	\
	return sum;							\
}

COUNTER(sent_packets)
COUNTER(sent_bytes)
COUNTER(sent_dropped)
COUNTER(malformed)
COUNTER(received_packets)
COUNTER(received_bytes)
COUNTER(received_dropped)
COUNTER(bad_grants)
COUNTER(stalls)
COUNTER(events)

static const struct domain_counter counters[] = {
	DOMAIN_COUNTER("vifs.sent", "", sent_packets_of, 0, "packets that the host has got"),
	DOMAIN_COUNTER("vifs.sent_bytes", "bytes", sent_bytes_of, 0, "of them"),
	DOMAIN_COUNTER("vifs.sent_dropped", "", sent_dropped_of, 0,
		       "packets that the host had no memory for"),
	DOMAIN_COUNTER("vifs.malformed", "", malformed_of, 0, "packets that made no sense"),
	DOMAIN_COUNTER("vifs.received", "", received_packets_of, 0,
		       "packets that the guest has got"),
	DOMAIN_COUNTER("vifs.received_bytes", "bytes", received_bytes_of, 0, "of them"),
	DOMAIN_COUNTER("vifs.received_dropped", "", received_dropped_of, 0,
		       "packets that the guest had no room for"),
	DOMAIN_COUNTER("vifs.bad_grants", "", bad_grants_of, 0,
		       "pages for packets that were not granted"),
	DOMAIN_COUNTER("vifs.stalls", "", stalls_of, 0,
		       "how often all that waited for the guest was dropped"),
	DOMAIN_COUNTER("vifs.events", "", events_of, 0, "events of interfaces to the guest"),
	{}
};

static int load(void)
{
	net_work = alloc_workqueue("xlhv-net", WQ_UNBOUND, WQ_MAX_ACTIVE);
	return net_work ? 0 : -ENOMEM;
}

/* No interface is left, but the end of one may still be on its last lines. */
static void unload(void)
{
	destroy_workqueue(net_work);
}

const struct domain_part net_part = {
	.name = "vifs",
	.load = load,
	.unload = unload,
	.init = init,
	.close = close_domain,
	.free = free_domain,
	.bytes = bytes,
	.describe = describe_domain,
	.counters = counters,
	.ioctls = net_ioctls,
};
