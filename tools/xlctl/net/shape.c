// SPDX-License-Identifier: GPL-2.0-only
/* How fast a guest may send; see shape.h. */
#include <netlink/socket.h>

#include "net/netlink.h"
#include "net/shape.h"
#include "net/tc.h"

/* Behind all filters of others. */
#define PRIORITY	0xff01

/* A packet in segments yet to be made may have 64 KiB, and would never pass a smaller burst. */
#define MIN_BURST	131072U

uint32_t shape_burst(const struct vif_rate *rate)
{
	uint64_t credit = vif_rate_credit(rate);

	if (credit < MIN_BURST)
		return MIN_BURST;
	return credit < UINT32_MAX ? (uint32_t)credit : UINT32_MAX;
}

int shape_limit(const char *who, const char *name, uint32_t ifindex, const struct vif_rate *rate)
{
	struct nl_sock *sock = netlink_open(who);
	int error;

	if (!sock)
		return -1;
	error = tc_add_hooks(sock, (int)ifindex);
	if (!error)
		error = tc_add_police(sock, (int)ifindex, PRIORITY, rate->bytes_per_second,
				      shape_burst(rate));
	nl_socket_free(sock);
	return error ? netlink_fail(who, name, error) : 0;
}
