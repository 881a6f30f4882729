/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * share - domains take turns at a device by which several of them send
 *
 * The device gets the kernel's deficit round robin, with a class for each interface of a domain
 * that the host has, and one for all else. What comes in by an interface is marked, and the mark
 * decides about the class: it stays with a packet that is bridged or routed.
 */
#ifndef XLCTL_NET_SHARE_H
#define XLCTL_NET_SHARE_H

#include <stdint.h>

/* As in weight= of an interface. */
#define SHARE_WEIGHT		10U
#define SHARE_MAX_WEIGHT	1000U

/**
 * share_join() - an interface takes its turns at the devices that are shared
 * @who: whose, for messages
 * @name: of the host's end
 * @ifindex: its number
 * @weight: how much it sends in a turn; 0: nothing was said
 *
 * Goes with the interface; at a shared device its class is removed when the next interface
 * joins. Return: 0, or -1 after a message.
 */
int share_join(const char *who, const char *name, uint32_t ifindex, uint32_t weight);

/**
 * share_start() - share a device
 * @device: its name
 * @rate: bytes per second that all together send; 0: as fast as it can
 *
 * One that is shared already is shared anew. Return: 0, or -1 after a message.
 */
int share_start(const char *device, uint64_t rate);

/**
 * share_stop() - share it no longer
 * @device: its name
 *
 * Return: 0, also if it was not shared; or -1 after a message.
 */
int share_stop(const char *device);

/**
 * share_show() - print a table of who has sent how much by a device
 * @device: its name
 *
 * Return: 0, or -1 after a message.
 */
int share_show(const char *device);

#endif /* XLCTL_NET_SHARE_H */
