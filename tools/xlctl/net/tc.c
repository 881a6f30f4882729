// SPDX-License-Identifier: GPL-2.0-only
/* Traffic control; see tc.h. */
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <linux/tc_act/tc_skbedit.h>
#include <netlink/attr.h>
#include <netlink/errno.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <string.h>

#include "common/msg.h"
#include "net/tc.h"

/* The kernel's clock for rates. */
#define NS_PER_TICK	64ULL
#define NS_PER_SECOND	1000000000ULL

/* What the kernel reads rates with when they have 32 bits only. */
#define RATE_TABLE	1024

/* Packets in segments yet to be made are longer than any other. */
#define MAX_PACKET	1048576U

uint32_t tc_burst_ticks(uint64_t rate, uint32_t burst)
{
	uint64_t ticks = rate ? burst * NS_PER_SECOND / rate / NS_PER_TICK : UINT32_MAX;

	return ticks < UINT32_MAX ? (uint32_t)ticks : UINT32_MAX;
}

/* A message about a device; with what it is about, to be sent by send_off(). */
static struct nl_msg *begin(int type, int flags, const struct tcmsg *what, const char *kind)
{
	struct nl_msg *msg = nlmsg_alloc_simple(type, flags);

	if (!msg || nlmsg_append(msg, (void *)what, sizeof(*what), NLMSG_ALIGNTO) ||
	    (kind && nla_put_string(msg, TCA_KIND, kind)))
		msg_out_of_memory();
	return msg;
}

static void put(struct nl_msg *msg, int type, const void *data, size_t size)
{
	if (nla_put(msg, type, (int)size, data))
		msg_out_of_memory();
}

static struct nlattr *nest(struct nl_msg *msg, int type)
{
	struct nlattr *start = nla_nest_start(msg, type);

	if (!start)
		msg_out_of_memory();
	return start;
}

/* nl_send_sync() frees the message. */
static int send_off(struct nl_sock *sock, struct nl_msg *msg)
{
	int error = nl_send_sync(sock, msg);

	return error < 0 ? error : 0;
}

static struct tcmsg filter(int ifindex, uint32_t parent, uint16_t priority, uint32_t handle)
{
	return (struct tcmsg){
		.tcm_family = AF_UNSPEC, .tcm_ifindex = ifindex, .tcm_parent = parent,
		.tcm_handle = handle, .tcm_info = TC_H_MAKE((uint32_t)priority << 16,
							    htons(ETH_P_ALL)),
	};
}

static struct tc_ratespec rate_of(uint64_t rate)
{
	return (struct tc_ratespec){
		.rate = rate < UINT32_MAX ? (uint32_t)rate : UINT32_MAX,
		.linklayer = TC_LINKLAYER_ETHERNET, .cell_log = 3,
	};
}

int tc_add_hooks(struct nl_sock *sock, int ifindex)
{
	struct tcmsg what = {
		.tcm_family = AF_UNSPEC, .tcm_ifindex = ifindex, .tcm_parent = TC_H_CLSACT,
		.tcm_handle = TC_H_MAKE(TC_H_CLSACT, 0),
	};
	struct nl_msg *msg = begin(RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL, &what, "clsact");
	int error = send_off(sock, msg);

	return error == -NLE_EXIST ? 0 : error;
}

/* All packets, whatever they are; up to end_action(). */
static struct nl_msg *begin_action(int ifindex, uint16_t priority, uint32_t handle,
				   const char *kind, struct nlattr *nests[3])
{
	struct tcmsg what = filter(ifindex, TC_INGRESS, priority, handle);
	struct nl_msg *msg = begin(RTM_NEWTFILTER, NLM_F_CREATE | NLM_F_EXCL, &what, "matchall");

	nests[0] = nest(msg, TCA_OPTIONS);
	nests[1] = nest(msg, TCA_MATCHALL_ACT);
	nests[2] = nest(msg, 1);
	if (nla_put_string(msg, TCA_ACT_KIND, kind))
		msg_out_of_memory();
	return msg;
}

static void end_action(struct nl_msg *msg, struct nlattr *nests[3])
{
	for (int i = 2; i >= 0; i--)
		nla_nest_end(msg, nests[i]);
}

int tc_add_police(struct nl_sock *sock, int ifindex, uint16_t priority, uint64_t rate,
		  uint32_t burst)
{
	static const uint8_t table[RATE_TABLE];
	struct tc_police police = {
		.action = TC_POLICE_SHOT, .burst = tc_burst_ticks(rate, burst),
		.mtu = MAX_PACKET, .rate = rate_of(rate),
	};
	struct nlattr *nests[3], *options;
	struct nl_msg *msg = begin_action(ifindex, priority, 0, "police", nests);

	/* The hook sees packets without it. */
	police.rate.overhead = ETH_HLEN;
	options = nest(msg, TCA_ACT_OPTIONS);
	put(msg, TCA_POLICE_TBF, &police, sizeof(police));
	put(msg, TCA_POLICE_RATE, table, sizeof(table));
	if (rate > UINT32_MAX)
		put(msg, TCA_POLICE_RATE64, &rate, sizeof(rate));
	nla_nest_end(msg, options);
	end_action(msg, nests);
	return send_off(sock, msg);
}

int tc_add_mark(struct nl_sock *sock, int ifindex, uint16_t priority, uint32_t handle,
		uint32_t mark)
{
	struct tc_skbedit edit = { .action = TC_ACT_UNSPEC };
	struct nlattr *nests[3], *options;
	struct nl_msg *msg = begin_action(ifindex, priority, handle, "skbedit", nests);

	options = nest(msg, TCA_ACT_OPTIONS);
	put(msg, TCA_SKBEDIT_PARMS, &edit, sizeof(edit));
	put(msg, TCA_SKBEDIT_MARK, &mark, sizeof(mark));
	nla_nest_end(msg, options);
	end_action(msg, nests);
	return send_off(sock, msg);
}

int tc_remove_filters(struct nl_sock *sock, int ifindex, uint32_t parent, uint16_t priority)
{
	struct tcmsg what = filter(ifindex, parent, priority, 0);
	int error = send_off(sock, begin(RTM_DELTFILTER, 0, &what, NULL));

	return error == -NLE_OBJ_NOTFOUND ? 0 : error;
}

static struct tcmsg queue(int ifindex, uint32_t parent, uint32_t handle)
{
	return (struct tcmsg){
		.tcm_family = AF_UNSPEC, .tcm_ifindex = ifindex, .tcm_parent = parent,
		.tcm_handle = handle,
	};
}

int tc_add_tbf(struct nl_sock *sock, int ifindex, uint32_t handle, uint64_t rate, uint32_t burst)
{
	struct tcmsg what = queue(ifindex, TC_H_ROOT, handle);
	struct tc_tbf_qopt tbf = {
		.rate = rate_of(rate), .buffer = tc_burst_ticks(rate, burst), .limit = MAX_PACKET,
	};
	struct nl_msg *msg = begin(RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL, &what, "tbf");
	struct nlattr *options = nest(msg, TCA_OPTIONS);

	put(msg, TCA_TBF_PARMS, &tbf, sizeof(tbf));
	put(msg, TCA_TBF_BURST, &burst, sizeof(burst));
	if (rate > UINT32_MAX)
		put(msg, TCA_TBF_RATE64, &rate, sizeof(rate));
	nla_nest_end(msg, options);
	return send_off(sock, msg);
}

int tc_add_drr(struct nl_sock *sock, int ifindex, uint32_t parent, uint32_t handle)
{
	struct tcmsg what = queue(ifindex, parent, handle);

	return send_off(sock, begin(RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL, &what, "drr"));
}

int tc_set_class(struct nl_sock *sock, int ifindex, uint32_t class, uint32_t quantum)
{
	struct tcmsg what = queue(ifindex, TC_H_MAJ(class), class);
	struct nl_msg *msg = begin(RTM_NEWTCLASS, NLM_F_CREATE, &what, "drr");
	struct nlattr *options = nest(msg, TCA_OPTIONS);

	put(msg, TCA_DRR_QUANTUM, &quantum, sizeof(quantum));
	nla_nest_end(msg, options);
	return send_off(sock, msg);
}

int tc_set_default(struct nl_sock *sock, int ifindex, uint16_t priority, uint32_t class)
{
	struct tcmsg what = filter(ifindex, TC_H_MAJ(class), priority, 1);
	struct nl_msg *msg = begin(RTM_NEWTFILTER, NLM_F_CREATE | NLM_F_EXCL, &what, "matchall");
	struct nlattr *options = nest(msg, TCA_OPTIONS);

	put(msg, TCA_MATCHALL_CLASSID, &class, sizeof(class));
	nla_nest_end(msg, options);
	return send_off(sock, msg);
}

int tc_set_marked(struct nl_sock *sock, int ifindex, uint16_t priority, uint32_t mark,
		  uint32_t class)
{
	struct tcmsg what = filter(ifindex, TC_H_MAJ(class), priority, mark);
	struct nl_msg *msg = begin(RTM_NEWTFILTER, NLM_F_CREATE | NLM_F_REPLACE, &what, "fw");
	struct nlattr *options = nest(msg, TCA_OPTIONS);

	put(msg, TCA_FW_CLASSID, &class, sizeof(class));
	nla_nest_end(msg, options);
	return send_off(sock, msg);
}

int tc_remove_marked(struct nl_sock *sock, int ifindex, uint16_t priority, uint32_t mark,
		     uint32_t class)
{
	struct tcmsg what = filter(ifindex, TC_H_MAJ(class), priority, mark);
	struct tcmsg of_class = queue(ifindex, TC_H_MAJ(class), class);
	int error = send_off(sock, begin(RTM_DELTFILTER, 0, &what, "fw"));

	/* A class that somebody has emptied by hand may still be removed. */
	if (error && error != -NLE_OBJ_NOTFOUND)
		return error;
	return send_off(sock, begin(RTM_DELTCLASS, 0, &of_class, NULL));
}

int tc_remove_root(struct nl_sock *sock, int ifindex)
{
	struct tcmsg what = queue(ifindex, TC_H_ROOT, 0);

	return send_off(sock, begin(RTM_DELQDISC, 0, &what, NULL));
}
