/* SPDX-License-Identifier: GPL-2.0-only */
/* shape - how fast a guest may send, kept by the kernel's policer */
#ifndef XLCTL_NET_SHAPE_H
#define XLCTL_NET_SHAPE_H

#include <stdint.h>

#include "config/vif_rate.h"

/**
 * shape_burst() - what a guest may send at once
 * @rate: how fast it may send
 *
 * Return: bytes: what it has in an interval, but at least as much as Xen's netback allows.
 */
uint32_t shape_burst(const struct vif_rate *rate);

/**
 * shape_limit() - limit what a guest sends
 * @who: whose, for messages
 * @name: of the host's end
 * @ifindex: its number
 * @rate: how fast it may send
 *
 * Goes with the device. Return: 0, or -1 after a message.
 */
int shape_limit(const char *who, const char *name, uint32_t ifindex, const struct vif_rate *rate);

#endif /* XLCTL_NET_SHAPE_H */
