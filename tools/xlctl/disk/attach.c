// SPDX-License-Identifier: GPL-2.0-only
/* A device or file given to a domain; see attach.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "common/msg.h"
#include "disk/attach.h"
#include "disk/in_use.h"
#include "module/dom.h"

static int fail(const struct disk_config *config, const char *why)
{
	msg_error("disk %s: %s: %s", config->vdev, config->target, why);
	return -1;
}

/*
 * What may be told from each other by it is there at the same time; a disk of a domain keeps its
 * device or file from going, and so its numbers from being another one's.
 */
static void identify(const struct stat *st, char *text, size_t size)
{
	if (S_ISBLK(st->st_mode))
		snprintf(text, size, "device %u:%u", major(st->st_rdev), minor(st->st_rdev));
	else
		snprintf(text, size, "file %u:%u %llu", major(st->st_dev), minor(st->st_dev),
			 (unsigned long long)st->st_ino);
}

static int check_target(const struct disk_config *config, const struct stat *st,
			struct disk_offer *offer)
{
	if (!S_ISBLK(st->st_mode) && !S_ISREG(st->st_mode))
		return fail(config, "neither a block device nor a file");
	identify(st, offer->identity, sizeof(offer->identity));
	if (config->identity && strcmp(config->identity, offer->identity))
		return fail(config, "another device or file has come in the place of the one that the domain had");
	return 0;
}

/*
 * To open a device may be to do something to it, such as to rewind a tape: what it is, is looked at
 * before, and what was looked at is opened.
 */
static int open_target(const struct disk_config *config, struct stat *st, struct disk_offer *offer)
{
	int place = open(config->target, O_PATH | O_CLOEXEC), fd = -1;
	char path[40];

	if (place < 0)
		return fail(config, strerror(errno));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", place);
	if (fstat(place, st)) {
		fail(config, strerror(errno));
	} else if (!check_target(config, st, offer)) {
		fd = open(path, (config->readonly ? O_RDONLY : O_RDWR) | O_CLOEXEC | O_NONBLOCK |
				O_NOCTTY);
		if (fd < 0)
			fail(config, strerror(errno));
	}
	close(place);
	return fd;
}

/* What the module cannot see, or refuses without knowing whose fault it is. */
static int refuse_shared(const struct disk_config *config, const struct stat *st)
{
	char *who = disk_users_find(st, config->readonly);

	if (!who)
		return 0;
	msg_error("disk %s: %s: %s; access w! attaches it all the same", config->vdev,
		  config->target, who);
	free(who);
	return -1;
}

static int attach(int domain, const struct disk_config *config, int fd, bool buffered,
		  struct xlhv_blk_attach *answer)
{
	memset(answer, 0, sizeof(*answer));
	answer->vdev = config->devid;
	answer->fd = fd;
	answer->flags = (config->readonly ? XLHV_BLK_READONLY : 0) |
			(config->forced ? XLHV_BLK_SHARED : 0) |
			(config->discard == DISK_DISCARD_OFF ? XLHV_BLK_NO_DISCARD : 0) |
			(buffered ? XLHV_BLK_BUFFERED : 0);
	return ioctl(domain, XLHV_BLK_ATTACH, answer);
}

int disk_attach(int domain, const struct disk_config *config, struct diag *diag,
		struct disk_offer *offer)
{
	bool buffered = false;
	struct stat st;
	int fd, error;

	fd = open_target(config, &st, offer);
	if (fd < 0)
		return -1;
	if (!config->forced && refuse_shared(config, &st)) {
		close(fd);
		return -1;
	}
	error = attach(domain, config, fd, false, &offer->answer);
	if (error && errno == EINVAL && S_ISREG(st.st_mode)) {
		/* Perhaps a file system that has no direct I/O: if not, that fails as well. */
		buffered = true;
		error = attach(domain, config, fd, true, &offer->answer);
	}
	if (error && errno == EEXIST)
		fail(config, "the domain has a disk of that number");
	else if (error && errno == ENOSPC)
		fail(config, "the domain has as many disks as it may have");
	else if (error)
		dom_report(domain, errno, "disk %s: %s", config->vdev, config->target);
	else if (buffered)
		diag_warning(diag, "warning: disk %s: %s: its file system has no direct I/O: the host's page cache is used",
			     config->vdev, config->target);
	close(fd);
	offer->config = config;
	offer->is_device = S_ISBLK(st.st_mode);
	offer->device = st.st_rdev;
	return error ? -1 : 0;
}

int disk_detach(int domain, uint32_t devid)
{
	struct xlhv_blk_detach end = {
		.vdev = devid,
		.queue = XLHV_BLK_ALL_QUEUES,
		.flags = XLHV_BLK_NO_WAIT,
	};

	return ioctl(domain, XLHV_BLK_DETACH, &end) ? -errno : 0;
}
