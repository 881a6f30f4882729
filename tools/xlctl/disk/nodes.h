/* SPDX-License-Identifier: GPL-2.0-only */
/* nodes - what XenStore has of a disk, besides what it has of all devices */
#ifndef XLCTL_DISK_NODES_H
#define XLCTL_DISK_NODES_H

#include <stdint.h>

#include "config/domain_config.h"
#include "device/nodes.h"
#include "disk/attach.h"

#define DISK_KIND	"vbd"

/**
 * disk_id() - a disk, among all devices
 * @domid: the domain
 * @devid: number of the disk
 *
 * Return: what the functions for devices know it by.
 */
struct device_id disk_id(uint32_t domid, uint32_t devid);

/**
 * disk_nodes_add() - tell XenStore, and so the guest, of a disk
 * @xs: connection
 * @domid: the domain; known to the store
 * @offer: from disk_attach()
 *
 * Return: 0, or -1 after a message.
 */
int disk_nodes_add(struct xs_handle *xs, uint32_t domid, const struct disk_offer *offer);

/**
 * disk_nodes_resize() - tell a guest that has the disk how large it is
 * @xs: connection
 * @domid: the domain
 * @devid: number of the disk
 * @sectors: in units of 512 bytes
 *
 * Return: 1: it was told; 0: it is not connected, and reads it when it is; -1 with errno set.
 */
int disk_nodes_resize(struct xs_handle *xs, uint32_t domid, uint32_t devid, uint64_t sectors);

/**
 * disk_follow() - have a configuration name a disk that a domain has
 * @xs: connection
 * @t: transaction
 * @id: the disk
 * @config: the configuration
 *
 * It has to be the same device or file then as it is now.
 *
 * Return: 0, also of what is no disk of ours; or an errno.
 */
int disk_follow(struct xs_handle *xs, xs_transaction_t t, const struct device_id *id,
		struct domain_config *config);

#endif /* XLCTL_DISK_NODES_H */
