// SPDX-License-Identifier: GPL-2.0-only
/*
 * xenconsoled and xenconsole, as Debian packages them; see consoled.h. The daemon goes into
 * the background by itself when it has what it needs, and says by its file who it is.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/msg.h"
#include "common/store_root.h"
#include "store/consoled.h"
#include "store/daemon.h"

#define PID_FILE	"/run/xenconsoled.pid"
#define CLIENT		"xenconsole"
#define LOOK_EVERY_MS	20

static void pause_ms(long ms)
{
	nanosleep(&(struct timespec){ .tv_nsec = ms * 1000000 }, NULL);
}

/* A number alone may be anybody's by now. */
static bool is_consoled(pid_t pid)
{
	char *link = msg_text("/proc/%d/comm", (int)pid), name[32] = "";
	FILE *file = fopen(link, "re");

	free(link);
	if (!file)
		return false;
	if (!fgets(name, sizeof(name), file))
		name[0] = '\0';
	fclose(file);
	return !strcmp(name, CONSOLED "\n");
}

pid_t consoled_pid(void)
{
	char *path = msg_text("%s" PID_FILE, store_root());
	FILE *file = fopen(path, "re");
	int pid = 0;

	free(path);
	if (!file)
		return 0;
	if (fscanf(file, "%d", &pid) != 1 || pid <= 1 || !is_consoled(pid))
		pid = 0;
	fclose(file);
	return pid;
}

static void __attribute__((noreturn)) become(const char *path, int log)
{
	int null = open("/dev/null", O_RDWR);
	char *option = msg_text("--pid-file=%s" PID_FILE, store_root());

	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	dup2(log, STDERR_FILENO);
	execl(path, path, option, NULL);
	dprintf(STDERR_FILENO, "%s\n", strerror(errno));
	_exit(127);
}

/* What it said last. */
static void complain(const char *path, int log)
{
	char text[1024], *line;
	ssize_t got = pread(log, text, sizeof(text) - 1, 0);

	text[got > 0 ? got : 0] = '\0';
	while (got > 0 && text[got - 1] == '\n')
		text[--got] = '\0';
	line = strrchr(text, '\n');
	line = line ? line + 1 : text;
	msg_error("%s ends at once%s%s", path, *line ? ": " : "", line);
}

/* Until the process that was started has gone, and the daemon is there. */
static int await(pid_t child, const char *path, int log)
{
	long left = (long)store_patience() * 1000;
	bool ended = false;
	int status = 0;

	for (; left > 0; left -= LOOK_EVERY_MS) {
		if (!ended && waitpid(child, &status, WNOHANG) == child)
			ended = true;
		if (ended && status) {
			complain(path, log);
			return -1;
		}
		if (ended && consoled_pid())
			return 0;
		pause_ms(LOOK_EVERY_MS);
	}
	if (!ended) {
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
	}
	msg_error("%s is not there within %u s", path, store_patience());
	return -1;
}

int consoled_start(void)
{
	char *path;
	int log, error = -1;
	pid_t child;

	if (consoled_pid())
		return 0;
	path = daemon_path(CONSOLED);
	if (!path) {
		msg_error("no %s is installed; it is in Debian's package " DAEMON_PACKAGE,
			  CONSOLED);
		return -1;
	}
	log = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	fflush(NULL);
	child = log < 0 ? -1 : fork();
	if (!child)
		become(path, log);
	if (child < 0)
		msg_error("%s: %s", path, strerror(errno));
	else
		error = await(child, path, log);
	if (log >= 0)
		close(log);
	free(path);
	return error;
}

int consoled_stop(void)
{
	pid_t pid = consoled_pid();

	if (!pid)
		return 0;
	if (kill(pid, SIGTERM)) {
		msg_error(CONSOLED " (process %d): %s", (int)pid, strerror(errno));
		return -1;
	}
	for (long left = (long)store_patience() * 1000; left > 0; left -= LOOK_EVERY_MS) {
		if (kill(pid, 0) && errno == ESRCH)
			return 0;
		pause_ms(LOOK_EVERY_MS);
	}
	msg_error(CONSOLED " (process %d) does not end", (int)pid);
	return -1;
}

int consoled_attach(uint32_t domid)
{
	char *path = daemon_path(CLIENT), *who = msg_text("%u", domid);

	if (path) {
		fflush(NULL);
		execl(path, path, who, NULL);
		msg_error("%s: %s", path, strerror(errno));
	} else {
		msg_error("no %s is installed; it is in Debian's package " DAEMON_PACKAGE,
			  CLIENT);
	}
	free(path);
	free(who);
	return -1;
}
