// SPDX-License-Identifier: GPL-2.0-only
/* Domains take turns at a device; see share.h. */
#include <inttypes.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netlink/errno.h>
#include <netlink/netlink.h>
#include <netlink/route/class.h>
#include <netlink/route/classifier.h>
#include <netlink/route/link.h>
#include <netlink/route/qdisc.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/msg.h"
#include "net/netlink.h"
#include "net/share.h"
#include "net/tc.h"

/* Ours are known by these numbers: of the queues, and of the mark's upper half. */
#define QUEUE		0x786c0000U
#define LIMITER		0x786d0000U
#define MARK		0x786c0000U
#define NUMBERS		0xffffU

/* The class of what no domain has sent. */
#define ALL_ELSE	(QUEUE | NUMBERS)

/* Of filters: at an interface behind those of others, at a shared device there are no others. */
#define PRIORITY_MARK	0xff00
#define PRIORITY_CLASS	1
#define PRIORITY_ELSE	2

/* With the usual weight two packets of the usual size. */
#define QUANTUM		300U

/* How long the limiter may send without a pause: the less, the smoother. */
#define BURST_MS	5U
#define MIN_BURST	4096U

/* Of Ethernet, with two VLAN tags; and what a device may at most carry behind it. */
#define HEADER		22U
#define MAX_MTU		65535U

#define DRIVER		"xlhv-vif"

struct vif {
	int ifindex;
	uint32_t weight;
	char name[IF_NAMESIZE];
};

struct vifs {
	struct vif *all;
	size_t nr;
};

/* Numbers of devices are not given twice before all have been. */
static uint32_t class_of(int ifindex)
{
	return QUEUE | (1 + (uint32_t)ifindex % (NUMBERS - 1));
}

static uint32_t mark_of(int ifindex)
{
	return MARK | (class_of(ifindex) & NUMBERS);
}

/* The weight that an interface's filter was given as its number.  Return: 0: it has none. */
static uint32_t weight_of(struct nl_sock *sock, int ifindex)
{
	struct nl_cache *filters;
	uint32_t weight = 0;

	if (rtnl_cls_alloc_cache(sock, ifindex, TC_INGRESS, &filters))
		return 0;
	for (struct nl_object *o = nl_cache_get_first(filters); o; o = nl_cache_get_next(o)) {
		struct rtnl_cls *filter = (struct rtnl_cls *)o;

		if (rtnl_cls_get_prio(filter) == PRIORITY_MARK)
			weight = rtnl_tc_get_handle(TC_CAST(filter));
	}
	nl_cache_free(filters);
	return weight;
}

static bool is_vif(int fd, const char *name)
{
	struct ethtool_drvinfo info = { .cmd = ETHTOOL_GDRVINFO };
	struct ifreq request = { .ifr_data = (void *)&info };

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	return !ioctl(fd, SIOCETHTOOL, &request) && !strcmp(info.driver, DRIVER);
}

/* The interfaces of all domains, as far as they are in this network namespace. */
static int find_vifs(const char *who, struct nl_sock *sock, struct vifs *vifs)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), error;
	struct nl_cache *links;

	memset(vifs, 0, sizeof(*vifs));
	error = rtnl_link_alloc_cache(sock, AF_UNSPEC, &links);
	for (struct nl_object *o = error ? NULL : nl_cache_get_first(links); o;
	     o = nl_cache_get_next(o)) {
		struct rtnl_link *link = (struct rtnl_link *)o;
		const char *name = rtnl_link_get_name(link);
		struct vif *vif;

		if (!is_vif(fd, name))
			continue;
		vifs->all = reallocarray(vifs->all, vifs->nr + 1, sizeof(*vifs->all));
		if (!vifs->all)
			msg_out_of_memory();
		vif = &vifs->all[vifs->nr++];
		vif->ifindex = rtnl_link_get_ifindex(link);
		vif->weight = weight_of(sock, vif->ifindex);
		snprintf(vif->name, sizeof(vif->name), "%s", name);
	}
	if (!error)
		nl_cache_free(links);
	if (fd >= 0)
		close(fd);
	return error ? netlink_fail(who, "links", error) : 0;
}

static const struct vif *vif_of_class(const struct vifs *vifs, uint32_t class)
{
	for (size_t i = 0; i < vifs->nr; i++)
		if (class_of(vifs->all[i].ifindex) == class)
			return &vifs->all[i];
	return NULL;
}

/* Return: 0 or an error of libnl. */
static int set_mark(struct nl_sock *sock, int ifindex, uint32_t weight)
{
	int error = tc_add_hooks(sock, ifindex);

	if (!error)
		error = tc_remove_filters(sock, ifindex, TC_INGRESS, PRIORITY_MARK);
	if (!error)
		error = tc_add_mark(sock, ifindex, PRIORITY_MARK, weight, mark_of(ifindex));
	return error;
}

/* Return: 0 or an error of libnl. */
static int set_turn(struct nl_sock *sock, int device, int ifindex, uint32_t weight)
{
	uint32_t class = class_of(ifindex);
	int error = tc_set_class(sock, device, class, weight * QUANTUM);

	if (!error)
		error = tc_set_marked(sock, device, PRIORITY_CLASS, mark_of(ifindex), class);
	return error;
}

/* Classes of interfaces that have gone: they can have no packets any more. */
static void sweep(struct nl_sock *sock, int device, const struct vifs *vifs)
{
	struct nl_cache *classes;

	if (rtnl_class_alloc_cache(sock, device, &classes))
		return;
	for (struct nl_object *o = nl_cache_get_first(classes); o; o = nl_cache_get_next(o)) {
		uint32_t class = rtnl_tc_get_handle(TC_CAST(o));

		if ((class & ~NUMBERS) == QUEUE && class != ALL_ELSE && !vif_of_class(vifs, class))
			tc_remove_marked(sock, device, PRIORITY_CLASS, MARK | (class & NUMBERS),
					 class);
	}
	nl_cache_free(classes);
}

/* The devices that are shared.  Return: how many, or an error of libnl. */
static int find_shared(struct nl_sock *sock, int **devices)
{
	struct nl_cache *queues;
	int error = rtnl_qdisc_alloc_cache(sock, &queues), nr = 0;

	*devices = NULL;
	if (error)
		return error;
	for (struct nl_object *o = nl_cache_get_first(queues); o; o = nl_cache_get_next(o)) {
		struct rtnl_tc *queue = TC_CAST(o);

		if (rtnl_tc_get_handle(queue) != QUEUE || strcmp(rtnl_tc_get_kind(queue), "drr"))
			continue;
		*devices = reallocarray(*devices, (size_t)nr + 1, sizeof(**devices));
		if (!*devices)
			msg_out_of_memory();
		(*devices)[nr++] = rtnl_tc_get_ifindex(queue);
	}
	nl_cache_free(queues);
	return nr;
}

int share_join(const char *who, const char *name, uint32_t ifindex, uint32_t weight)
{
	struct nl_sock *sock = netlink_open(who);
	struct vifs vifs = { .nr = 0 };
	int *devices, nr, error = 0;

	if (!sock)
		return -1;
	nr = find_shared(sock, &devices);
	if (nr < 0)
		error = nr;
	/* Without any, packets need no mark; a weight is remembered by it. */
	if (nr > 0 || (!nr && weight))
		error = set_mark(sock, (int)ifindex, weight ? weight : SHARE_WEIGHT);
	if (nr > 0 && !error && find_vifs(who, sock, &vifs)) {
		nl_socket_free(sock);
		free(devices);
		return -1;
	}
	for (int i = 0; i < nr && !error; i++) {
		sweep(sock, devices[i], &vifs);
		error = set_turn(sock, devices[i], (int)ifindex, weight ? weight : SHARE_WEIGHT);
	}
	free(vifs.all);
	free(devices);
	nl_socket_free(sock);
	return error ? netlink_fail(who, name, error) : 0;
}

/*
 * What a device's packets wait in.  Return: 1: ours; 0: another, which @other names if somebody
 * made it; or an error of libnl.
 */
static int look_at_root(struct nl_sock *sock, int device, char *other, size_t size)
{
	struct nl_cache *queues;
	int error = rtnl_qdisc_alloc_cache(sock, &queues);
	bool ours = false;

	*other = '\0';
	if (error)
		return error;
	for (struct nl_object *o = nl_cache_get_first(queues); o; o = nl_cache_get_next(o)) {
		struct rtnl_tc *queue = TC_CAST(o);
		uint32_t handle = rtnl_tc_get_handle(queue);

		if (rtnl_tc_get_ifindex(queue) != device ||
		    rtnl_tc_get_parent(queue) != TC_H_ROOT)
			continue;
		/* Those that the kernel makes by itself have no number. */
		ours = handle == QUEUE || handle == LIMITER;
		if (handle && !ours)
			snprintf(other, size, "%s", rtnl_tc_get_kind(queue));
	}
	nl_cache_free(queues);
	return ours;
}

/* The largest packet that the device sends: what exceeds the burst is dropped. */
static uint32_t largest_packet(const char *device)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq request = { .ifr_mtu = 0 };
	int error;

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", device);
	error = fd < 0 ? -1 : ioctl(fd, SIOCGIFMTU, &request);
	if (fd >= 0)
		close(fd);
	return error || request.ifr_mtu < 0 ? MAX_MTU + HEADER : (uint32_t)request.ifr_mtu + HEADER;
}

static uint32_t burst_of(const char *device, uint64_t rate)
{
	uint64_t burst = rate * BURST_MS / 1000;
	uint32_t least = largest_packet(device);

	if (least < MIN_BURST)
		least = MIN_BURST;
	if (burst < least)
		return least;
	return burst < INT32_MAX ? (uint32_t)burst : INT32_MAX;
}

/* Return: 0 or an error of libnl. */
static int make_queue(const char *name, struct nl_sock *sock, int device, uint64_t rate)
{
	uint32_t parent = TC_H_ROOT;
	int error = 0;

	if (rate) {
		error = tc_add_tbf(sock, device, LIMITER, rate, burst_of(name, rate));
		parent = LIMITER | 1;
	}
	if (!error)
		error = tc_add_drr(sock, device, parent, QUEUE);
	if (!error)
		error = tc_set_class(sock, device, ALL_ELSE, SHARE_WEIGHT * QUANTUM);
	if (!error)
		error = tc_set_default(sock, device, PRIORITY_ELSE, ALL_ELSE);
	return error;
}

/* Return: 0 or an error of libnl. */
static int start(const char *name, struct nl_sock *sock, int device, uint64_t rate,
		 const struct vifs *vifs)
{
	int error = make_queue(name, sock, device, rate);

	for (size_t i = 0; i < vifs->nr && !error; i++) {
		const struct vif *vif = &vifs->all[i];
		uint32_t weight = vif->weight ? vif->weight : SHARE_WEIGHT;

		if (!vif->weight)
			error = set_mark(sock, vif->ifindex, weight);
		if (!error)
			error = set_turn(sock, device, vif->ifindex, weight);
		/* One that goes at this moment needs no turn. */
		if (error && !if_nametoindex(vif->name))
			error = 0;
	}
	return error;
}

static int replace(const char *device, struct nl_sock *sock, int ifindex, uint64_t rate)
{
	struct vifs vifs;
	char other[32];
	int ours = look_at_root(sock, ifindex, other, sizeof(other)), error = 0;

	if (ours < 0)
		return netlink_fail(device, "queues", ours);
	if (*other) {
		msg_error("%s: it has a queue of somebody else's (%s); 'tc qdisc del dev %s root' removes it",
			  device, other, device);
		return -1;
	}
	if (find_vifs(device, sock, &vifs))
		return -1;
	if (ours)
		error = tc_remove_root(sock, ifindex);
	if (!error) {
		error = start(device, sock, ifindex, rate, &vifs);
		if (error)
			tc_remove_root(sock, ifindex);
	}
	free(vifs.all);
	return error ? netlink_fail(device, "round robin", error) : 0;
}

/* Return: a socket; NULL after a message. */
static struct nl_sock *open_for(const char *device, int *ifindex)
{
	*ifindex = (int)if_nametoindex(device);
	if (*ifindex)
		return netlink_open(device);
	msg_error("%s: there is no such device", device);
	return NULL;
}

int share_start(const char *device, uint64_t rate)
{
	int ifindex, error;
	struct nl_sock *sock = open_for(device, &ifindex);

	if (!sock)
		return -1;
	error = replace(device, sock, ifindex, rate);
	nl_socket_free(sock);
	return error;
}

int share_stop(const char *device)
{
	int ifindex, error;
	struct nl_sock *sock = open_for(device, &ifindex);
	char other[32];

	if (!sock)
		return -1;
	error = look_at_root(sock, ifindex, other, sizeof(other));
	if (error > 0)
		error = tc_remove_root(sock, ifindex);
	nl_socket_free(sock);
	return error ? netlink_fail(device, "round robin", error) : 0;
}

static void show_class(struct rtnl_tc *class, const struct vifs *vifs)
{
	const struct vif *vif = vif_of_class(vifs, rtnl_tc_get_handle(class));
	bool all_else = rtnl_tc_get_handle(class) == ALL_ELSE;

	if (!vif && !all_else)
		return;
	printf("%-15s %6u %12" PRIu64 " %9" PRIu64 " %9" PRIu64 " %7" PRIu64 "\n",
	       all_else ? "-" : vif->name, all_else || !vif->weight ? SHARE_WEIGHT : vif->weight,
	       rtnl_tc_get_stat(class, RTNL_TC_BYTES), rtnl_tc_get_stat(class, RTNL_TC_PACKETS),
	       rtnl_tc_get_stat(class, RTNL_TC_DROPS), rtnl_tc_get_stat(class, RTNL_TC_QLEN));
}

static int show(const char *device, struct nl_sock *sock, int ifindex)
{
	struct nl_cache *classes;
	struct vifs vifs;
	char other[32];
	int error;

	error = look_at_root(sock, ifindex, other, sizeof(other));
	if (error < 0)
		return netlink_fail(device, "queues", error);
	if (!error) {
		msg_error("%s: it is not shared", device);
		return -1;
	}
	if (find_vifs(device, sock, &vifs))
		return -1;
	error = rtnl_class_alloc_cache(sock, ifindex, &classes);
	if (!error) {
		printf("%-15s %6s %12s %9s %9s %7s\n", "Interface", "Weight", "Bytes", "Packets",
		       "Dropped", "Waiting");
		for (struct nl_object *o = nl_cache_get_first(classes); o; o = nl_cache_get_next(o))
			show_class(TC_CAST(o), &vifs);
		nl_cache_free(classes);
	}
	free(vifs.all);
	return error ? netlink_fail(device, "classes", error) : 0;
}

int share_show(const char *device)
{
	int ifindex, error;
	struct nl_sock *sock = open_for(device, &ifindex);

	if (!sock)
		return -1;
	error = show(device, sock, ifindex);
	nl_socket_free(sock);
	return error;
}
