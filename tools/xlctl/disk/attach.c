// SPDX-License-Identifier: GPL-2.0-only
/* A device or file given to a domain; see attach.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/msg.h"
#include "disk/attach.h"
#include "disk/users.h"
#include "module/dom.h"

static int fail(const struct disk_config *config, const char *why)
{
	msg_error("disk %s: %s: %s", config->vdev, config->target, why);
	return -1;
}

/* Neither a pipe nor a terminal makes it wait. */
static int open_target(const struct disk_config *config, struct stat *st)
{
	int fd = open(config->target, (config->readonly ? O_RDONLY : O_RDWR) | O_CLOEXEC |
		      O_NONBLOCK | O_NOCTTY);

	if (fd < 0 || fstat(fd, st))
		fail(config, strerror(errno));
	else if (!S_ISBLK(st->st_mode) && !S_ISREG(st->st_mode))
		fail(config, "neither a block device nor a file");
	else
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
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

	fd = open_target(config, &st);
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
	struct xlhv_blk_end end = {
		.vdev = devid,
		.queue = XLHV_BLK_ALL_QUEUES,
		.flags = XLHV_BLK_NO_WAIT,
	};

	return ioctl(domain, XLHV_BLK_DETACH, &end) ? -errno : 0;
}
