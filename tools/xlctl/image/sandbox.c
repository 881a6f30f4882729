// SPDX-License-Identifier: GPL-2.0-only
/*
 * A computation in a process without privileges; see sandbox.h.
 *
 * The child gives up what it has, one thing after the other, says that it did,
 * and only then looks at its input. It never returns from here: nothing of its
 * copy of the parent's memory is flushed, freed or seen again.
 */
#include "image/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/memfd.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/privs.h"

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL	0x0008U		/* Linux 6.3 */
#endif

/* Comes before the answer, from a child that has not seen its input yet. */
struct box_ready {
	int32_t error;		/* 0: it is ready */
	char step[28];		/* what failed */
};

int box_area(size_t size)
{
	int fd = memfd_create("xlctl", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);

	if (fd < 0 && errno == EINVAL)
		fd = memfd_create("xlctl", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return -errno;
	/* Whoever has it, it can neither be cut off under a mapping nor grow. */
	if (ftruncate(fd, (off_t)size) ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK)) {
		int error = errno;

		close(fd);
		return -error;
	}
	return fd;
}

void *box_area_map(int area, size_t size)
{
	/* Fails while anybody could still write. */
	if (fcntl(area, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SEAL))
		return MAP_FAILED;
	return mmap(NULL, size, PROT_READ, MAP_PRIVATE, area, 0);
}

/* Bytes of addresses that this process has. */
static uint64_t box_address_space(void)
{
	char text[64] = "";
	int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return 0;
	if (read(fd, text, sizeof(text) - 1) < 0)
		text[0] = '\0';
	close(fd);
	return strtoull(text, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE);
}

static bool box_limit(int resource, uint64_t soft, uint64_t hard)
{
	struct rlimit limit, now;

	if (getrlimit(resource, &now))
		return false;
	limit.rlim_max = now.rlim_max < hard ? now.rlim_max : hard;
	limit.rlim_cur = limit.rlim_max < soft ? limit.rlim_max : soft;
	return !setrlimit(resource, &limit);
}

static const char *box_limits(const struct box *box)
{
	uint64_t space = box_address_space() + box->memory;

	if (!box_limit(RLIMIT_CPU, box->cpu_seconds, box->cpu_seconds + 1))
		return "CPU time";
	if (!box_limit(RLIMIT_AS, space, space))
		return "address space";
	if (!box_limit(RLIMIT_FSIZE, box->area_size, box->area_size) ||
	    !box_limit(RLIMIT_NPROC, 0, 0) || !box_limit(RLIMIT_NOFILE, 0, 0) ||
	    !box_limit(RLIMIT_CORE, 0, 0) || !box_limit(RLIMIT_MEMLOCK, 0, 0) ||
	    !box_limit(RLIMIT_MSGQUEUE, 0, 0))
		return "limits";
	return NULL;
}

/* Leaves three descriptors, with known numbers. */
static bool box_descriptors(const struct box *box, int output)
{
	int input = fcntl(box->input, F_DUPFD, BOX_AREA + 1);
	int area = fcntl(box->area, F_DUPFD, BOX_AREA + 1);

	output = fcntl(output, F_DUPFD, BOX_AREA + 1);
	return input >= 0 && area >= 0 && output >= 0 && dup2(input, BOX_INPUT) >= 0 &&
	       dup2(output, BOX_OUTPUT) >= 0 && dup2(area, BOX_AREA) >= 0 &&
	       !close_range(BOX_AREA + 1, ~0U, 0);
}

/*
 * What the caller ignores or blocks is not inherited: a parser that goes beyond its limits is to
 * end, and in the way that is told.
 */
static void box_signals(void)
{
	sigset_t none;
	int number;

	for (number = 1; number < NSIG; number++)
		signal(number, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Returns what failed; @output is where to say that. */
static const char *box_enter(const struct box *box, int *output, pid_t parent)
{
	const char *failed;

	box_signals();
	if (!box_descriptors(box, *output))
		return "descriptors";
	*output = BOX_OUTPUT;
	failed = box_limits(box);
	if (!failed)
		failed = privs_drop();
	/* After the change of the user, which takes it back. */
	if (!failed && prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0))
		failed = "parent";
	if (!failed && getppid() != parent)
		_exit(EXIT_FAILURE);
	return failed ? failed : privs_filter(BOX_INPUT, BOX_OUTPUT, BOX_AREA);
}

/* The filter allows this way out only: exit() and _exit() may want to do more before. */
static void box_exit(int status)
{
	syscall(SYS_exit_group, status);
}

static void box_write(int fd, const void *data, size_t size)
{
	const char *bytes = data;

	while (size) {
		ssize_t written = write(fd, bytes, size);

		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0) {
			box_exit(EXIT_FAILURE);
			return;
		}
		bytes += written;
		size -= (size_t)written;
	}
}

__attribute__((noreturn))
static void box_child(const struct box *box, int output, pid_t parent)
{
	struct box_ready ready = { 0 };
	const char *failed;

	memset(box->answer, 0, box->answer_size);
	failed = box_enter(box, &output, parent);
	if (failed) {
		ready.error = errno ? errno : EPERM;
		snprintf(ready.step, sizeof(ready.step), "%s", failed);
	}
	box_write(output, &ready, sizeof(ready));
	if (failed)
		_exit(EXIT_FAILURE);
	box->work(box->ctx, box->answer);
	box_write(BOX_OUTPUT, box->answer, box->answer_size);
	for (;;)
		box_exit(EXIT_SUCCESS);
}

static int64_t box_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/*
 * Reads until the other end is closed. Returns how much there was, @size at
 * most; -ETIMEDOUT when that does not happen in time, or another negative errno.
 */
static ssize_t box_read(int fd, char *buffer, size_t size, unsigned int seconds)
{
	int64_t end = box_now_ms() + (int64_t)seconds * 1000;
	struct pollfd wait = { .fd = fd, .events = POLLIN };
	size_t len = 0;

	while (len < size) {
		int64_t left = end - box_now_ms();
		ssize_t got;
		int ready;

		if (left <= 0)
			return -ETIMEDOUT;
		ready = poll(&wait, 1, left < 60000 ? (int)left : 60000);
		if (!ready || (ready < 0 && errno == EINTR))
			continue;
		if (ready < 0)
			return -errno;
		got = read(fd, buffer + len, size - len);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (!got)
			break;
		len += (size_t)got;
	}
	return (ssize_t)len;
}

/* The child's end, as far as it is known: a status that nobody may have is a good one. */
static int box_reap(pid_t child)
{
	int status = 0;

	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return 0;
	return status;
}

/* What to say of a child that has ended without an answer. */
static int box_ended(const struct box *box, int status, char *why, size_t size)
{
	int number = WIFSIGNALED(status) ? WTERMSIG(status) : 0;

	switch (number) {
	case 0:
		snprintf(why, size, "the process that reads it ended without a result");
		break;
	case SIGXCPU:
		snprintf(why, size, "reading it took more than %u seconds of CPU time",
			 box->cpu_seconds);
		break;
	case SIGSYS:
		snprintf(why, size, "the process that reads it made a forbidden system call");
		break;
	case SIGKILL:
		snprintf(why, size, "the process that reads it was killed");
		break;
	default:
		snprintf(why, size, "the process that reads it crashed (%s)", strsignal(number));
		break;
	}
	return -ENOEXEC;
}

static int box_wait(const struct box *box, pid_t child, int fd, char *why, size_t size)
{
	/* A byte more than there may be. */
	size_t room = sizeof(struct box_ready) + box->answer_size + 1;
	char *buffer = malloc(room);
	ssize_t len = buffer ? box_read(fd, buffer, room, box->seconds) : -ENOMEM;
	struct box_ready ready;
	int status, rc = 0;

	/* It has ended by itself where its end of the pipe is closed; nobody waits for another. */
	if (len < 0 || (size_t)len == room)
		kill(child, SIGKILL);
	status = box_reap(child);
	/* Whether it was still there then does not matter. */
	if ((size_t)len == room)
		status = 0;
	if (len == -ETIMEDOUT) {
		snprintf(why, size, "reading it took more than %u seconds", box->seconds);
		rc = -ETIMEDOUT;
		goto out;
	}
	if (len < 0) {
		snprintf(why, size, "%s", strerror((int)-len));
		rc = (int)len;
		goto out;
	}
	if ((size_t)len >= sizeof(ready)) {
		memcpy(&ready, buffer, sizeof(ready));
		ready.step[sizeof(ready.step) - 1] = '\0';
		if (ready.error) {
			snprintf(why, size, "privileges cannot be dropped to read it (%s: %s)",
				 ready.step, strerror(ready.error));
			rc = -EPERM;
			goto out;
		}
	}
	if (status || (size_t)len != room - 1)
		rc = box_ended(box, status, why, size);
	else
		memcpy(box->answer, buffer + sizeof(ready), box->answer_size);
out:
	free(buffer);
	return rc;
}

int box_run(const struct box *box, char *why, size_t why_size)
{
	pid_t parent = getpid(), child;
	int ends[2], rc;

	if (pipe2(ends, O_CLOEXEC)) {
		rc = -errno;
		snprintf(why, why_size, "%s", strerror(errno));
		return rc;
	}
	child = fork();
	if (!child)
		box_child(box, ends[1], parent);
	rc = child < 0 ? -errno : 0;
	close(ends[1]);
	if (child < 0)
		snprintf(why, why_size, "no process to read it: %s", strerror(-rc));
	else
		rc = box_wait(box, child, ends[0], why, why_size);
	close(ends[0]);
	return rc;
}
