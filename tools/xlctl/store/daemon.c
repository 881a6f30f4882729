// SPDX-License-Identifier: GPL-2.0-only
/*
 * The stock XenStore daemon; see daemon.h. It is started in the foreground of a
 * session of its own: so its end before it answers is seen, and why it ended.
 */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <xen/io/xs_wire.h>

#include "common/msg.h"
#include "common/store_root.h"
#include "common/run_dir.h"
#include "store/daemon.h"

#define RUN_DIR		"/var/run/xenstored"
/* oxenstored ends without it, which a package that it does not depend on brings along. */
#define LOG_DIR		"/var/log/xen"

/* How long it may take to answer, or to end, and how often it is looked. */
#define PATIENCE_MS	15000
#define LOOK_EVERY_MS	5

/* What it needs; all of this is there when the module is loaded with dom0=1. */
static const char *const needs[] = {
	"/proc/xen/xsd_port", "/proc/xen/xsd_kva", "/dev/xen/evtchn", "/dev/xen/gntdev",
	"/dev/xen/privcmd",
};

static void pause_ms(long ms)
{
	nanosleep(&(struct timespec){ .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 }, NULL);
}

bool daemon_host_ready(void)
{
	for (size_t i = 0; i < sizeof(needs) / sizeof(needs[0]); i++) {
		char *path = msg_text("%s%s", store_root(), needs[i]);
		bool there = !access(path, F_OK);

		free(path);
		if (!there)
			return false;
	}
	return true;
}

static const char *folder(void)
{
	const char *own = getenv("XENSTORED_RUNDIR");

	return own ? own : RUN_DIR;
}

void daemon_socket(char *path, size_t size)
{
	const char *own = getenv("XENSTORED_PATH");

	if (own)
		snprintf(path, size, "%s", own);
	else
		snprintf(path, size, "%s/socket", folder());
}

/* Returns a descriptor or a negative errno. */
static int reach(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const struct timeval patience = { .tv_sec = store_patience() };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), error;

	if (fd < 0)
		return -errno;
	/* One that is stopped takes no connection: the queue of those that want one fills. */
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	daemon_socket(address.sun_path, sizeof(address.sun_path));
	if (!connect(fd, (struct sockaddr *)&address, sizeof(address)))
		return fd;
	error = -errno;
	close(fd);
	return error;
}

int daemon_connects(pid_t *pid)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);
	int fd = reach();

	if (fd < 0)
		return fd;
	if (pid)
		*pid = getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) ? 0 : peer.pid;
	close(fd);
	return 0;
}

/*
 * A daemon listens before it has what it needs of the kernel, and may fail then. One that
 * answers has got so far. Returns a descriptor on which the answer comes, or -1.
 */
static int ask(void)
{
	struct {
		struct xsd_sockmsg head;
		char path[2];
	} request = {
		.head = { .type = XS_DIRECTORY, .len = sizeof(request.path) }, .path = "/",
	};
	int fd = reach();

	if (fd >= 0 && send(fd, &request, sizeof(request.head) + sizeof(request.path),
			    MSG_NOSIGNAL) < 0) {
		close(fd);
		fd = -1;
	}
	return fd < 0 ? -1 : fd;
}

static int by_version(const void *a, const void *b)
{
	return strverscmp(*(char *const *)a, *(char *const *)b);
}

char *daemon_path(const char *name)
{
	char *pattern = msg_text("%s/usr/lib/xen-*/bin/%s", store_root(), name), *path = NULL;
	glob_t found;

	if (!glob(pattern, GLOB_NOSORT, NULL, &found)) {
		qsort(found.gl_pathv, found.gl_pathc, sizeof(*found.gl_pathv), by_version);
		path = msg_text("%s", found.gl_pathv[found.gl_pathc - 1]);
		globfree(&found);
	}
	free(pattern);
	return path;
}

/* Who becomes the daemon. */
static void __attribute__((noreturn)) become(const char *path, int log)
{
	int null = open("/dev/null", O_RDWR);
	char *pid_file;

	setsid();
	if (asprintf(&pid_file, "%s/xenstored.pid", folder()) < 0 || chdir("/"))
		_exit(127);
	umask(022);
	signal(SIGPIPE, SIG_DFL);
	dup2(null, STDIN_FILENO);
	dup2(log, STDOUT_FILENO);
	dup2(log, STDERR_FILENO);
	execl(path, path, "--no-fork", "--pid-file", pid_file, NULL);
	dprintf(STDERR_FILENO, "%s\n", strerror(errno));
	_exit(127);
}

/* The line with the reason: OCaml's goes before where it happened, others are the last. */
static char *last_words(int log)
{
	char text[4096], *line, *end;
	off_t size = lseek(log, 0, SEEK_END);
	ssize_t got = pread(log, text, sizeof(text) - 1,
			    size > (off_t)sizeof(text) - 1 ? size - (off_t)sizeof(text) + 1 : 0);

	if (got <= 0)
		return NULL;
	for (end = text + got; end > text && (end[-1] == '\n' || end[-1] == ' '); end--)
		;
	*end = '\0';
	line = strstr(text, "Fatal exception: ");
	if (line) {
		line[strcspn(line, "\n")] = '\0';
	} else {
		line = strrchr(text, '\n');
		line = line ? line + 1 : text;
	}
	return *line ? msg_text("%s", line) : NULL;
}

/* Waits for the first of its answer and its end. */
static int await(pid_t child, const char *path, int log)
{
	struct pollfd wait = { .fd = -1, .events = POLLIN };
	char *words, byte;
	int status;

	for (long waited = 0; waited < PATIENCE_MS; waited += LOOK_EVERY_MS) {
		if (wait.fd < 0)
			wait.fd = ask();
		if (poll(&wait, 1, LOOK_EVERY_MS) > 0) {
			status = recv(wait.fd, &byte, 1, MSG_DONTWAIT) == 1;
			close(wait.fd);
			wait.fd = -1;
			if (status)
				return 0;
		}
		if (waitpid(child, &status, WNOHANG) == child) {
			words = last_words(log);
			msg_error("%s ends at once%s%s", path, words ? ": " : "", words ? words : "");
			free(words);
			return DAEMON_FAILED;
		}
	}
	if (wait.fd >= 0)
		close(wait.fd);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	msg_error("%s does not answer within %d s", path, PATIENCE_MS / 1000);
	return DAEMON_FAILED;
}

static int launch(const char *path)
{
	int log = open(folder(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600), error;
	pid_t child;

	if (log < 0)
		return -errno;
	fflush(NULL);
	child = fork();
	if (!child)
		become(path, log);
	error = child < 0 ? -errno : await(child, path, log);
	close(log);
	return error;
}

/* Two commands at a time start one daemon. */
static int lock_start(void)
{
	int error = run_dir_make(), folder_fd, fd;

	if (error)
		return error;
	folder_fd = run_dir_open();
	if (folder_fd < 0)
		return folder_fd;
	fd = openat(folder_fd, "xenstored.lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	error = -errno;
	close(folder_fd);
	if (fd < 0)
		return error;
	if (flock(fd, LOCK_EX)) {
		error = -errno;
		close(fd);
		return error;
	}
	return fd;
}

/* The folders that it wants, where they are not there.  Return: 0 or -errno. */
static int make_folders(void)
{
	char *log = msg_text("%s%s", store_root(), LOG_DIR);
	int error = mkdir(folder(), 0755) && errno != EEXIST ? -errno : 0;

	/* One of the daemons does without. The other says so. */
	mkdir(log, 0750);
	free(log);
	return error;
}

int daemon_start(const char *name)
{
	char *path;
	int error, lock;

	error = daemon_connects(NULL);
	if (error != -ENOENT && error != -ECONNREFUSED)
		return error;
	path = daemon_path(name);
	if (!path)
		return -ENOENT;
	lock = lock_start();
	if (lock < 0) {
		free(path);
		return lock;
	}
	error = daemon_connects(NULL);
	if (error == -ENOENT || error == -ECONNREFUSED) {
		error = make_folders();
		if (!error)
			error = launch(path);
	}
	close(lock);
	free(path);
	return error;
}

/* Whether it is one of the two: a number alone may be anybody's by now. */
static bool is_daemon(pid_t pid)
{
	char *link = msg_text("/proc/%d/exe", (int)pid), target[4096];
	ssize_t length = readlink(link, target, sizeof(target) - 1);
	const char *base;

	free(link);
	if (length <= 0)
		return false;
	target[length] = '\0';
	base = strrchr(target, '/');
	return base && (strstr(base, DAEMON_DEFAULT) == base + 1 ||
			strstr(base, DAEMON_OTHER) == base + 1);
}

int daemon_stop(void)
{
	pid_t pid = 0;
	int error = daemon_connects(&pid);

	if (error == -ENOENT || error == -ECONNREFUSED)
		return 1;
	if (error) {
		msg_error("the socket of the XenStore daemon: %s", strerror(-error));
		return -1;
	}
	if (pid <= 1 || !is_daemon(pid)) {
		msg_error("the process behind the XenStore daemon's socket is not a xenstored that is visible here");
		return -1;
	}
	if (kill(pid, SIGTERM)) {
		msg_error("xenstored (process %d): %s", (int)pid, strerror(errno));
		return -1;
	}
	for (long waited = 0; waited < PATIENCE_MS; waited += LOOK_EVERY_MS) {
		if (kill(pid, 0) && errno == ESRCH)
			return 0;
		pause_ms(LOOK_EVERY_MS);
	}
	msg_error("xenstored (process %d) does not end", (int)pid);
	return -1;
}
