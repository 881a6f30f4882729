// SPDX-License-Identifier: GPL-2.0-only
/*
 * Connections to the daemon; see connect.h. The alarm shuts the library's socket down, whose
 * number it does not tell: it is the lowest that was free, which is looked at before it is
 * believed. What is kept is a descriptor of our own of that socket: the library closes its own as
 * soon as anything goes wrong, and the number may be anybody's then.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/store_root.h"
#include "store/connect.h"
#include "store/daemon.h"

static volatile sig_atomic_t watched = -1;
static volatile sig_atomic_t late;

static void give_up(int number)
{
	int saved = errno;

	(void)number;
	late = 1;
	if (watched >= 0)
		shutdown(watched, SHUT_RDWR);
	errno = saved;
}

void store_busy(void)
{
	alarm(store_patience());
}

void store_idle(void)
{
	alarm(0);
}

/* Whether a descriptor is a connection to the daemon. */
static bool is_ours(int fd)
{
	struct sockaddr_un peer, wanted;
	socklen_t size = sizeof(peer);

	memset(&peer, 0, sizeof(peer));
	daemon_socket(wanted.sun_path, sizeof(wanted.sun_path));
	return !getpeername(fd, (struct sockaddr *)&peer, &size) && peer.sun_family == AF_UNIX &&
	       !strcmp(peer.sun_path, wanted.sun_path);
}

struct xs_handle *store_connect(void)
{
	/* Without SA_RESTART: a connect() that waits ends with it. */
	struct sigaction action = { .sa_handler = give_up };
	struct xs_handle *xs;
	int error, fd;

	sigaction(SIGALRM, &action, NULL);
	watched = -1;
	late = 0;
	store_busy();
	error = daemon_connects(NULL);
	/* libxenstore would go on to the kernel's device, where nobody answers either. */
	if (error) {
		store_idle();
		errno = -error;
		return NULL;
	}
	fd = open("/", O_PATH | O_CLOEXEC);
	if (fd >= 0)
		close(fd);
	errno = EIO;
	xs = xs_open(XS_OPEN_SOCKETONLY);
	if (!xs)
		store_idle();
	else if (fd >= 0 && is_ours(fd))
		watched = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	return xs;
}

void store_close(struct xs_handle *xs)
{
	int saved = errno, ours = watched;

	store_idle();
	watched = -1;
	if (ours >= 0)
		close(ours);
	xs_close(xs);
	errno = saved;
}

int store_socket(void)
{
	return watched;
}

/*
 * What the library has to be polled for is a pipe of its own, which says nothing of an end: the
 * thread that reads closes the socket, no more. Then there is no event, and no later one either.
 */
char **store_event(struct xs_handle *xs, bool *there)
{
	struct pollfd end = { .fd = watched };
	char **event = xs_check_watch(xs);

	*there = event || (errno == EAGAIN && poll(&end, 1, 0) <= 0);
	return event;
}

const char *store_error(int error)
{
	static char text[64];

	if (!late && error != EAGAIN && error != ETIMEDOUT)
		return strerror(error);
	snprintf(text, sizeof(text), "its daemon does not answer within %u s", store_patience());
	return text;
}
