/* SPDX-License-Identifier: GPL-2.0-only */
/* The disks of the module that is none: see fake.c. */
#ifndef XLCTL_FAKE_DISK_H
#define XLCTL_FAKE_DISK_H

#include <stdint.h>

#include <xlhv.h>

#define FAKE_DISKS	4

struct fake_disk {
	uint32_t vdev, flags, connected;
	uint64_t sectors;
	char path[256];
};

struct fake_disks {
	struct fake_disk disks[FAKE_DISKS];
	uint32_t nr;
};

/**
 * fake_disk_ioctl() - XLHV_BLK_*
 * @disks: of the domain
 * @request: which
 * @arg: of the caller; answered
 *
 * A grant of 0 is none, one of 777 is never ready. Rings do not end while there is a file "hang"
 * in the folder of the play.
 *
 * Return: 0, or a negative errno.
 */
int fake_disk_ioctl(struct fake_disks *disks, unsigned long request, void *arg);

#endif /* XLCTL_FAKE_DISK_H */
