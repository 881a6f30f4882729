/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * attach - a device or file given to a domain as a disk, if nobody else has it
 *
 * What libxl's block script checks is checked here, and by the module: it claims a device that is
 * to be written, and knows what other domains have.
 */
#ifndef XLCTL_DISK_ATTACH_H
#define XLCTL_DISK_ATTACH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <xlhv.h>

#include "common/diag.h"
#include "config/disk.h"

/**
 * struct disk_offer - a disk that the module has for a domain
 * @config: as it was asked for
 * @answer: the module's: size, sectors, what may be offered to the guest
 * @identity: which device or file it is, by the host's numbers
 * @is_device: it is a block device
 * @device: its number, of a device
 */
struct disk_offer {
	const struct disk_config *config;
	struct xlhv_blk_attach answer;
	char identity[80];
	bool is_device;
	dev_t device;
};

/**
 * disk_attach() - give a domain a disk
 * @domain: its descriptor; it is being built, or lives
 * @config: the disk; has to outlive @offer
 * @diag: where it goes that a file is written by the page cache
 * @offer: filled in, for disk_nodes_add()
 *
 * A path may lead elsewhere by now: what has another identity than @config says is refused.
 *
 * Return: 0, or -1 after a message.
 */
int disk_attach(int domain, const struct disk_config *config, struct diag *diag,
		struct disk_offer *offer);

/**
 * disk_detach() - take it back at once, whatever the guest is doing with it
 * @domain: the domain's descriptor
 * @devid: number of the disk
 *
 * What is under way to it ends by itself.
 *
 * Return: 0, or a negative errno.
 */
int disk_detach(int domain, uint32_t devid);

#endif /* XLCTL_DISK_ATTACH_H */
