// SPDX-License-Identifier: GPL-2.0-only
/*
 * The directory whose path is in run_path.c; see run_dir.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/run_dir.h"

/* Members write files of their own and remove no others; new files belong to the group. */
#define RUN_DIR_MODE	03770

int run_dir_make(void)
{
	const char *path = run_dir();
	struct group *group;

	if (!mkdir(path, 0700)) {
		group = getgrnam("xlhv");
		/* Without the group, or the right to give it away, it is the user's alone. */
		if (group && !chown(path, (uid_t)-1, group->gr_gid) && chmod(path, RUN_DIR_MODE))
			return -errno;
	} else if (errno != EEXIST) {
		return -errno;
	}
	return 0;
}

int run_dir_open(void)
{
	int fd = open(run_dir(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return fd;
}
