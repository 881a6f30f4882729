// SPDX-License-Identifier: GPL-2.0-only
/* Disks that are remembered and not served; see fake_disk.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fake_disk.h"

static struct fake_disk *find(struct fake_disks *disks, uint32_t vdev)
{
	for (uint32_t i = 0; i < disks->nr; i++)
		if (disks->disks[i].vdev == vdev)
			return &disks->disks[i];
	return NULL;
}

static int attach(struct fake_disks *disks, struct xlhv_blk_attach *a)
{
	char link[64];
	struct fake_disk *disk = &disks->disks[disks->nr];
	struct stat st;

	if (find(disks, a->vdev))
		return -EEXIST;
	if (disks->nr == FAKE_DISKS)
		return -ENOSPC;
	if (fstat(a->fd, &st))
		return -errno;
	/* As on a file system without direct I/O. */
	if (getenv("XLHV_FAKE_NO_DIRECT") && !(a->flags & XLHV_BLK_BUFFERED))
		return -EINVAL;
	memset(disk, 0, sizeof(*disk));
	snprintf(link, sizeof(link), "/proc/self/fd/%d", a->fd);
	if (readlink(link, disk->path, sizeof(disk->path) - 1) < 0)
		return -errno;
	disk->vdev = a->vdev;
	disk->flags = a->flags;
	a->sector_size = 512;
	a->physical_sector_size = 4096;
	a->features = XLHV_BLK_FLUSH | XLHV_BLK_BARRIER | XLHV_BLK_INDIRECT;
	if (!(a->flags & (XLHV_BLK_READONLY | XLHV_BLK_NO_DISCARD))) {
		a->features |= XLHV_BLK_DISCARD;
		a->discard_granularity = 4096;
	}
	a->sectors = (uint64_t)st.st_size / 512;
	disks->nr++;
	return 0;
}

/* A line for each attempt. */
static void count_attempt(void)
{
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s/connects", getenv("XLHV_FAKE"));
	file = fopen(path, "a");
	if (file) {
		fputs("connect\n", file);
		fclose(file);
	}
}

static int connect(struct fake_disks *disks, const struct xlhv_blk_connect *c)
{
	struct fake_disk *disk = find(disks, c->vdev);

	count_attempt();
	if (!disk)
		return -ENOENT;
	if (c->queue >= XLHV_BLK_MAX_QUEUES || c->order > XLHV_BLK_MAX_ORDER || !c->port)
		return -EINVAL;
	if (disk->connected & 1U << c->queue)
		return -EBUSY;
	for (uint32_t i = 0; i < 1U << c->order; i++) {
		if (!c->refs[i])
			return -EACCES;
		if (c->refs[i] == 777)
			return -EAGAIN;
	}
	disk->connected |= 1U << c->queue;
	return 0;
}

static int disconnect(struct fake_disks *disks, const struct xlhv_blk_detach *end)
{
	struct fake_disk *disk = find(disks, end->vdev);
	char hang[4096];

	/* Nobody may be kept waiting. */
	if (!(end->flags & XLHV_BLK_NO_WAIT))
		abort();
	if (!disk)
		return -ENOENT;
	snprintf(hang, sizeof(hang), "%s/hang", getenv("XLHV_FAKE"));
	if (access(hang, F_OK))
		disk->connected = 0;
	return 0;
}

static int detach(struct fake_disks *disks, const struct xlhv_blk_detach *end)
{
	struct fake_disk *disk = find(disks, end->vdev);

	if (!(end->flags & XLHV_BLK_NO_WAIT))
		abort();
	if (!disk)
		return -ENOENT;
	*disk = disks->disks[--disks->nr];
	return 0;
}

static int info(struct fake_disks *disks, struct xlhv_blk_info *i)
{
	struct fake_disk *disk = find(disks, i->vdev);
	struct stat st;

	if (!disk)
		return -ENOENT;
	i->flags = disk->flags;
	i->sector_size = 512;
	i->connected = disk->connected;
	i->sectors = stat(disk->path, &st) ? 0 : (uint64_t)st.st_size / 512;
	return 0;
}

int fake_disk_ioctl(struct fake_disks *disks, unsigned long request, void *arg)
{
	switch (request) {
	case XLHV_BLK_ATTACH:
		return attach(disks, arg);
	case XLHV_BLK_CONNECT:
		return connect(disks, arg);
	case XLHV_BLK_DISCONNECT:
		return disconnect(disks, arg);
	case XLHV_BLK_DETACH:
		return detach(disks, arg);
	case XLHV_BLK_INFO:
		return info(disks, arg);
	default:
		return -ENOTTY;
	}
}
