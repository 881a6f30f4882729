/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tc - traffic control of the kernel's, by rtnetlink
 *
 * libnl-route knows neither the policer nor DRR, so the messages are made here. All of what is
 * added belongs to a device and goes with it. Each function returns 0 or an error of libnl.
 */
#ifndef XLCTL_NET_TC_H
#define XLCTL_NET_TC_H

#include <stdint.h>

struct nl_sock;

/* The hook that packets pass when a device has received them. */
#define TC_INGRESS	0xfffffff2U

/**
 * tc_burst_ticks() - how long a burst takes at a rate, as the kernel counts it
 * @rate: bytes per second
 * @burst: bytes
 *
 * Return: units of 64 ns, no more than fit.
 */
uint32_t tc_burst_ticks(uint64_t rate, uint32_t burst);

/**
 * tc_add_hooks() - have a device's packets pass filters when they come in
 * @sock: of rtnetlink
 * @ifindex: the device; that it has the hooks already is no error
 */
int tc_add_hooks(struct nl_sock *sock, int ifindex);

/**
 * tc_add_police() - drop what comes in faster than a rate
 * @sock: of rtnetlink
 * @ifindex: a device with hooks
 * @priority: of the filter, which has to be the last one
 * @rate: bytes per second, with the headers of Ethernet
 * @burst: bytes that may come at once
 */
int tc_add_police(struct nl_sock *sock, int ifindex, uint16_t priority, uint64_t rate,
		  uint32_t burst);

/**
 * tc_add_mark() - mark what comes in, and go on with the next filter
 * @sock: of rtnetlink
 * @ifindex: a device with hooks
 * @priority: of the filter
 * @handle: number of the filter
 * @mark: the packets' mark
 */
int tc_add_mark(struct nl_sock *sock, int ifindex, uint16_t priority, uint32_t handle,
		uint32_t mark);

/**
 * tc_remove_filters() - remove the filters of a priority
 * @sock: of rtnetlink
 * @ifindex: the device
 * @parent: the queue or hook that they are at
 * @priority: theirs; that there is none is no error
 */
int tc_remove_filters(struct nl_sock *sock, int ifindex, uint32_t parent, uint16_t priority);

/**
 * tc_add_tbf() - have a device send no faster than a rate
 * @sock: of rtnetlink
 * @ifindex: the device
 * @handle: of the queue, which becomes the device's root. What waits in it has a queue of its own,
 *	with class 1 as its parent
 * @rate: bytes per second
 * @burst: bytes that may be sent at once; longer packets are divided
 */
int tc_add_tbf(struct nl_sock *sock, int ifindex, uint32_t handle, uint64_t rate, uint32_t burst);

/**
 * tc_add_drr() - deficit round robin
 * @sock: of rtnetlink
 * @ifindex: the device
 * @parent: of which it becomes the queue
 * @handle: of the queue
 */
int tc_add_drr(struct nl_sock *sock, int ifindex, uint32_t parent, uint32_t handle);

/**
 * tc_set_class() - make a class of DRR's, or change it
 * @sock: of rtnetlink
 * @ifindex: the device
 * @class: its number, with that of the queue
 * @quantum: bytes that it may send in a round
 */
int tc_set_class(struct nl_sock *sock, int ifindex, uint32_t class, uint32_t quantum);

/**
 * tc_set_default() - the class of what no other filter of a queue has taken
 * @sock: of rtnetlink
 * @ifindex: the device
 * @priority: of the filter, which has to be the last one
 * @class: the class
 */
int tc_set_default(struct nl_sock *sock, int ifindex, uint16_t priority, uint32_t class);

/**
 * tc_set_marked() - the class of what has a mark
 * @sock: of rtnetlink
 * @ifindex: the device
 * @priority: of the filter
 * @mark: the mark
 * @class: the class
 */
int tc_set_marked(struct nl_sock *sock, int ifindex, uint16_t priority, uint32_t mark,
		  uint32_t class);

/**
 * tc_remove_marked() - remove such a filter, and then its class
 * @sock: of rtnetlink
 * @ifindex: the device
 * @priority: of the filter
 * @mark: the mark
 * @class: the class
 */
int tc_remove_marked(struct nl_sock *sock, int ifindex, uint16_t priority, uint32_t mark,
		     uint32_t class);

/**
 * tc_remove_root() - have the kernel queue what a device sends as it does without being told
 * @sock: of rtnetlink
 * @ifindex: the device
 */
int tc_remove_root(struct nl_sock *sock, int ifindex);

#endif /* XLCTL_NET_TC_H */
