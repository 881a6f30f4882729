// SPDX-License-Identifier: GPL-2.0-only
/*
 * The socket of a monitor; see contact.h. Datagrams: to connect says nothing to
 * the monitor, but fails when it is gone.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "common/msg.h"
#include "common/run_dir.h"
#include "module/dom.h"
#include "monitor/contact.h"

/* What is sent. */
static const char *const words[] = { [CONTACT_LEAVE] = "leave", [CONTACT_END] = "end" };

#define WORD_BYTES	8

/* Who looks for a monitor and is it then does so before the next looks. */
#define LOCK		"monitors.lock"
#define LOCK_SECONDS	10

/* A monitor that is reading images may take so long to hear. */
#define PATIENCE_SECONDS	30
#define LOOK_EVERY_NS		20000000L

static bool address_of(struct sockaddr_un *address, const char *name)
{
	int length;

	memset(address, 0, sizeof(*address));
	address->sun_family = AF_UNIX;
	length = snprintf(address->sun_path, sizeof(address->sun_path), "%s/%s.monitor", run_dir(),
			  name);
	return length > 0 && (size_t)length < sizeof(address->sun_path);
}

/* Returns a socket, or -1: nobody is there. */
static int reach(const char *name)
{
	struct sockaddr_un address;
	int fd;

	/* Other words are no domain's name, and might be a path. */
	if (dom_valid_name(name) || !address_of(&address, name))
		return -1;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address))) {
		close(fd);
		fd = -1;
	}
	return fd;
}

bool contact_exists(const char *name)
{
	int fd = reach(name);

	if (fd < 0)
		return false;
	close(fd);
	return true;
}

static void complain(const char *name, int error)
{
	msg_warning("monitor: no socket in %s: %s: 'xlctl destroy %s' does not reach it while the domain is restarted",
		    run_dir(), strerror(error), name);
}

/* Returns 0 or an errno. */
static int make_socket(struct contact *contact, const struct sockaddr_un *address)
{
	mode_t mask;
	int error;

	contact->socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (contact->socket < 0)
		return errno;
	/* One that a killed monitor left: nobody listens to it. */
	unlink(address->sun_path);
	/* Whoever may destroy domains may say so. */
	mask = umask(0117);
	error = bind(contact->socket, (const struct sockaddr *)address, sizeof(*address)) ?
		errno : 0;
	umask(mask);
	if (error) {
		close(contact->socket);
		contact->socket = -1;
	}
	return error;
}

int contact_open(struct contact *contact, const char *name)
{
	struct sockaddr_un address;
	int lock = run_dir_lock(LOCK, LOCK_SECONDS), error;

	snprintf(contact->name, sizeof(contact->name), "%s", name);
	contact->socket = -1;
	if (contact_exists(name)) {
		if (lock >= 0)
			close(lock);
		return -1;
	}
	if (lock < 0)
		error = -lock;
	else
		error = address_of(&address, name) ? make_socket(contact, &address) : ENAMETOOLONG;
	if (error)
		complain(name, error);
	if (lock >= 0)
		close(lock);
	return 0;
}

void contact_close(struct contact *contact)
{
	struct sockaddr_un address;

	if (contact->socket < 0)
		return;
	if (address_of(&address, contact->name))
		unlink(address.sun_path);
	close(contact->socket);
	contact->socket = -1;
}

void contact_follow(struct contact *contact, const char *name)
{
	if (!strcmp(contact->name, name))
		return;
	contact_close(contact);
	if (contact_open(contact, name))
		complain(name, EADDRINUSE);
}

enum contact_wish contact_asked(struct contact *contact)
{
	enum contact_wish wish = CONTACT_NOTHING;
	char word[WORD_BYTES];
	ssize_t length;

	if (contact->socket < 0)
		return wish;
	while ((length = recv(contact->socket, word, sizeof(word) - 1, 0)) >= 0) {
		word[length] = '\0';
		if (!strcmp(word, words[CONTACT_END]))
			return CONTACT_END;
		if (!strcmp(word, words[CONTACT_LEAVE]))
			wish = CONTACT_LEAVE;
	}
	return wish;
}

void contact_rest(const struct contact *contact, unsigned long long ns)
{
	struct pollfd wait = { .fd = contact->socket, .events = POLLIN };

	poll(&wait, 1, (int)((ns + 999999) / 1000000));
}

int contact_end(const char *name, enum contact_wish wish)
{
	int fd = reach(name), sent;

	if (fd < 0)
		return 0;
	sent = send(fd, words[wish], strlen(words[wish]), MSG_DONTWAIT | MSG_NOSIGNAL);
	sent = sent < 0 ? errno : 0;
	close(fd);
	/* It has ended meanwhile; or others have asked it so often that it will hear it. */
	if (sent && sent != ECONNREFUSED && sent != EAGAIN) {
		msg_error("the monitor of domain '%s' cannot be reached: %s", name,
			  strerror(sent));
		return -1;
	}
	for (long tries = 0; tries < PATIENCE_SECONDS * (1000000000 / LOOK_EVERY_NS); tries++) {
		if (!contact_exists(name))
			return 1;
		nanosleep(&(struct timespec){ .tv_nsec = LOOK_EVERY_NS }, NULL);
	}
	msg_error("the monitor of domain '%s' does not answer", name);
	return -1;
}
