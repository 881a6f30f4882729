// SPDX-License-Identifier: GPL-2.0-only
/* Turns and drafts in a directory that others may write to. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/run_dir.h"
#include "unit.h"

static char path[64];

/* In the tool it is a constant (run_path.c). */
const char *run_dir(void)
{
	return path;
}

static void in_new_dir(void)
{
	strcpy(path, "/tmp/run-dir-test.XXXXXX");
	if (!mkdtemp(path))
		abort();
}

static void forget_dir(const char *file)
{
	int folder = run_dir_open();

	unlinkat(folder, file, 0);
	close(folder);
	rmdir(path);
}

TEST(lock_is_waited_for_so_long)
{
	struct timespec begin, end;
	int lock;

	in_new_dir();
	lock = run_dir_lock("lock", 0);
	ASSERT_TRUE(lock >= 0);
	EXPECT_EQ(run_dir_lock("lock", 0), -ETIMEDOUT);
	clock_gettime(CLOCK_MONOTONIC, &begin);
	EXPECT_EQ(run_dir_lock("lock", 1), -ETIMEDOUT);
	clock_gettime(CLOCK_MONOTONIC, &end);
	EXPECT_TRUE(end.tv_sec - begin.tv_sec >= 1);
	close(lock);
	lock = run_dir_lock("lock", 0);
	EXPECT_TRUE(lock >= 0);
	close(lock);
	forget_dir("lock");
}

TEST(lock_ends_with_its_process)
{
	pid_t child;
	int lock;

	in_new_dir();
	child = fork();
	if (!child)
		_exit(run_dir_lock("lock", 0) < 0);
	ASSERT_EQ(waitpid(child, NULL, 0), child);
	lock = run_dir_lock("lock", 0);
	EXPECT_TRUE(lock >= 0);
	close(lock);
	forget_dir("lock");
}

/* Others lock it, too, whatever the umask of its maker. */
TEST(lock_is_for_the_group)
{
	mode_t mask = umask(077);
	struct stat st;
	int lock;

	in_new_dir();
	lock = run_dir_lock("lock", 0);
	umask(mask);
	ASSERT_TRUE(lock >= 0);
	ASSERT_EQ(fstat(lock, &st), 0);
	EXPECT_EQ(st.st_mode & 07777, 0660);
	close(lock);
	forget_dir("lock");
}

TEST(lock_is_a_file)
{
	char *link = NULL, *pipe = NULL;

	in_new_dir();
	if (asprintf(&link, "%s/link", path) < 0 || asprintf(&pipe, "%s/pipe", path) < 0)
		abort();
	ASSERT_EQ(symlink("/etc/passwd", link), 0);
	EXPECT_EQ(run_dir_lock("link", 0), -ELOOP);
	ASSERT_EQ(mkfifo(pipe, 0600), 0);
	EXPECT_EQ(run_dir_lock("pipe", 0), -EINVAL);
	unlink(link);
	free(link);
	free(pipe);
	forget_dir("pipe");
}

TEST(drafts_have_names_of_their_own)
{
	char *names[2];
	int folder, fds[2];
	struct stat st;

	in_new_dir();
	folder = run_dir_open();
	for (int i = 0; i < 2; i++) {
		fds[i] = run_dir_draft(folder, 0600, &names[i]);
		ASSERT_TRUE(fds[i] >= 0);
		EXPECT_EQ(strlen(names[i]), 33);
		ASSERT_EQ(fstatat(folder, names[i], &st, AT_SYMLINK_NOFOLLOW), 0);
		EXPECT_EQ(st.st_mode & 07777, 0600);
	}
	EXPECT_TRUE(strcmp(names[0], names[1]));
	for (int i = 0; i < 2; i++) {
		unlinkat(folder, names[i], 0);
		close(fds[i]);
		free(names[i]);
	}
	close(folder);
	forget_dir("");
}

TEST(no_directory)
{
	strcpy(path, "/nowhere/at/all");
	EXPECT_EQ(run_dir_lock("lock", 0), -ENOENT);
}
