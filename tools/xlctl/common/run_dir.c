// SPDX-License-Identifier: GPL-2.0-only
/*
 * The directory whose path is in run_path.c; see run_dir.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/msg.h"
#include "common/run_dir.h"

/* Members write files of their own and remove no others; new files belong to the group. */
#define RUN_DIR_MODE	03770

/* For a lock, and for a file that two make at the same moment. */
#define LOOK_EVERY_NS	20000000L
#define TRIES		100

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

static void wait_a_moment(void)
{
	nanosleep(&(struct timespec){ .tv_nsec = LOOK_EVERY_NS }, NULL);
}

/*
 * Kernels may refuse O_CREAT for a file of somebody else's in such a directory
 * (fs.protected_regular), so what is there is opened without it.
 */
static int open_lock(int folder, const char *name)
{
	const int flags = O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	struct stat st;
	int fd = -1;

	for (int tries = 0; fd < 0 && tries < TRIES; tries++) {
		fd = openat(folder, name, flags);
		if (fd >= 0 || errno != ENOENT)
			break;
		fd = openat(folder, name, flags | O_CREAT | O_EXCL, 0660);
		/* Whatever the umask says: the others lock it, too. */
		if (fd >= 0)
			fchmod(fd, 0660);
		else if (errno != EEXIST)
			break;
	}
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) || !S_ISREG(st.st_mode)) {
		close(fd);
		return -EINVAL;
	}
	return fd;
}

int run_dir_lock(const char *name, unsigned int seconds)
{
	int error = run_dir_make(), folder, fd;

	if (error)
		return error;
	folder = run_dir_open();
	if (folder < 0)
		return folder;
	fd = open_lock(folder, name);
	close(folder);
	if (fd < 0)
		return fd;
	for (long left = seconds * (1000000000L / LOOK_EVERY_NS); flock(fd, LOCK_EX | LOCK_NB);
	     left--) {
		error = errno == EWOULDBLOCK ? -ETIMEDOUT : -errno;
		if (left <= 0 || (errno != EWOULDBLOCK && errno != EINTR)) {
			close(fd);
			return error;
		}
		wait_a_moment();
	}
	return fd;
}

int run_dir_draft(int folder, unsigned int mode, char **name)
{
	uint64_t random[2];
	int fd;

	for (int tries = 0; tries < TRIES; tries++) {
		if (getrandom(random, sizeof(random), 0) != sizeof(random))
			return -EIO;
		*name = msg_text(".%016jx%016jx", (uintmax_t)random[0], (uintmax_t)random[1]);
		fd = openat(folder, *name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
			    mode);
		if (fd >= 0)
			return fd;
		free(*name);
		*name = NULL;
		if (errno != EEXIST)
			return -errno;
	}
	return -EEXIST;
}
