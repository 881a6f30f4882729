// SPDX-License-Identifier: GPL-2.0-only
/* What a process can have the kernel keep, and the daemon keep for it. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "xenbus.h"

#define MESSAGES	32
#define TRANSACTIONS	32
#define WATCHES		1024
#define EVENT_BYTES	(256 << 10)	/* of memory */
#define LEAST		128		/* that an event takes at least */
#define TOKEN		9

static void drain(int fd, unsigned int n)
{
	struct message m;

	while (n--)
		is(get(fd, &m), 0, "an answer");
}

static void messages(void)
{
	struct pollfd p = { .events = POLLOUT };
	int fd = node_open(), other = node_open();
	unsigned int i;

	p.fd = fd;
	for (i = 0; i < MESSAGES; i++)
		is(put_string(fd, XS_READ, i, 0, "/a|"), 0, "a request");
	is(put_string(fd, XS_READ, i, 0, "/a|"), EAGAIN, "one too many");
	is(poll(&p, 1, 0), 0, "room");
	is(put_string(other, XS_READ, 99, 0, "/b|"), 0, "another file's");
	for (i = 0; i <= MESSAGES; i++)
		daemon_answer(XS_READ, "x");
	expect(other, XS_READ, 99, 0, "x");
	/* Answers that are not read count. */
	is(put_string(fd, XS_READ, i, 0, "/a|"), EAGAIN, "one too many still");
	expect(fd, XS_READ, 0, 0, "x");
	is(poll(&p, 1, 0), 1, "room after a read()");
	is(put_string(fd, XS_READ, 50, 0, "/c|"), 0, "a request then");
	daemon_answer(XS_READ, "x");
	drain(fd, MESSAGES - 1);
	expect(fd, XS_READ, 50, 0, "x");
	close(fd);
	close(other);
}

static void transactions(void)
{
	int fd = node_open();
	char text[16];
	unsigned int i;

	for (i = 0; i < TRANSACTIONS; i++) {
		is(put_string(fd, XS_TRANSACTION_START, i, 0, "|"), 0, "START");
		snprintf(text, sizeof(text), "%u|", 1000 + i);
		daemon_answer(XS_TRANSACTION_START, text);
		expect(fd, XS_TRANSACTION_START, i, 0, text);
	}
	is(put_string(fd, XS_TRANSACTION_START, 1, 0, "|"), 0, "START, one too many");
	expect(fd, XS_ERROR, 1, 0, "ENOSPC|");
	is(daemon_idle(), true, "it was not asked");
	close(fd);
	for (i = 0; i < TRANSACTIONS; i++)
		daemon_put_text(XS_TRANSACTION_END, daemon_expect(XS_TRANSACTION_END, 1000 + i,
								  "F|"), 1000 + i, "OK|");
}

static void watches(void)
{
	int fd = node_open();
	char text[32];
	unsigned int i;

	for (i = 0; i < WATCHES; i++) {
		snprintf(text, sizeof(text), "/w/%u|t|", i);
		is(put_string(fd, XS_WATCH, i, 0, text), 0, "WATCH");
		daemon_answer(XS_WATCH, "OK|");
		expect(fd, XS_WATCH, i, 0, "OK|");
	}
	is(put_string(fd, XS_WATCH, 1, 0, "/w|t|"), 0, "WATCH, one too many");
	expect(fd, XS_ERROR, 1, 0, "E2BIG|");
	is(daemon_idle(), true, "it was not asked");
	is(put_string(fd, XS_RESET_WATCHES, 2, 0, "|"), 0, "RESET_WATCHES");
	expect(fd, XS_RESET_WATCHES, 2, 0, "OK|");
	for (i = 0; i < WATCHES; i++)
		daemon_answer(XS_UNWATCH, "OK|");
	close(fd);
}

/* A file asks for a watch; the daemon's token of it. */
static void watch_for_events(int fd, char *token)
{
	struct message m = {};

	is(put_string(fd, XS_WATCH, 1, 0, "/e|t|"), 0, "WATCH");
	is(daemon_get(&m), true, "it");
	daemon_put_text(XS_WATCH, m.head.req_id, 0, "OK|");
	expect(fd, XS_WATCH, 1, 0, "OK|");
	snprintf(token, TOKEN, "%.8s", m.body + 3);
}

/* Read events until there is an error.  Return: it, and how many there were. */
static int read_events(int fd, unsigned int *n)
{
	struct message m;
	int err;

	*n = 0;
	while (!(err = get(fd, &m)))
		++*n;
	return err;
}

/* Small ones take memory, too: much more than their few bytes. */
static void small_events(void)
{
	int fd = node_open();
	char token[TOKEN], text[32];
	unsigned int i, n;

	watch_for_events(fd, token);
	snprintf(text, sizeof(text), "/e|%s|", token);
	for (i = 0; i < EVENT_BYTES / LEAST + 1; i++)
		daemon_put_text(XS_WATCH_EVENT, 0, 0, text);
	daemon_answer(XS_UNWATCH, "OK|");
	is(read_events(fd, &n), EOVERFLOW, "read() in the end");
	is(n <= EVENT_BYTES / LEAST && n >= EVENT_BYTES / LEAST / 4, true, "events that were kept");
	close(fd);
	is(daemon_idle(), true, "nothing is left");
}

/* Events for who does not read: others go on, and it is told. */
static void events(void)
{
	static char body[3072];
	int fd = node_open(), other = node_open();
	char token[TOKEN];
	unsigned int i, n;
	size_t len;

	watch_for_events(fd, token);
	memset(body, 'p', sizeof(body));
	memcpy(body, "/e/", 3);
	len = sizeof(body);
	memcpy(body + len - 10, "", 1);
	memcpy(body + len - 9, token, 9);
	for (i = 0; i < EVENT_BYTES / sizeof(body) + 3; i++)
		daemon_put(XS_WATCH_EVENT, 0, 0, body, len);
	daemon_answer(XS_UNWATCH, "OK|");
	is(put_string(other, XS_READ, 5, 0, "/o|"), 0, "another's request");
	daemon_answer(XS_READ, "x");
	expect(other, XS_READ, 5, 0, "x");
	is(read_events(fd, &n), EOVERFLOW, "read() in the end");
	/* Each has a page. */
	is(n, EVENT_BYTES / 4096, "events that were kept");
	is(put_string(fd, XS_READ, 6, 0, "/o|"), EOVERFLOW, "a request then");
	close(fd);
	close(other);
	is(daemon_idle(), true, "nothing is left");
}

/* What closed files leave to a daemon that answers nothing. */
static void left_behind(void)
{
	unsigned int i, j;
	int fd;

	xt_parameter_set("xenbus_limit", 100);
	for (i = 0; i < 3; i++) {
		fd = node_open();
		for (j = 0; j < MESSAGES; j++)
			is(put_string(fd, XS_READ, j, 0, "/l|"), 0, "a request");
		close(fd);
	}
	fd = node_open();
	is(put_string(fd, XS_WATCH, 1, 0, "/l|t|"), 0, "a watch");
	is(put_string(fd, XS_TRANSACTION_START, 2, 0, "|"), 0, "a transaction");
	is(put_string(fd, XS_READ, 3, 0, "/l|"), ENOBUFS, "one too many of all");
	xt_parameter_set("xenbus_limit", 99);
	for (i = 0; i < 3 * MESSAGES; i++)
		daemon_answer(XS_READ, "x");
	daemon_answer(XS_WATCH, "OK|");
	daemon_answer(XS_TRANSACTION_START, "7|");
	expect(fd, XS_WATCH, 1, 0, "OK|");
	expect(fd, XS_TRANSACTION_START, 2, 0, "7|");
	xt_parameter_set("xenbus_limit", 3);
	is(put_string(fd, XS_WATCH, 4, 0, "/m|t|"), 0, "a watch too many");
	expect(fd, XS_ERROR, 4, 0, "EBUSY|");
	is(put_string(fd, XS_TRANSACTION_START, 5, 0, "|"), 0, "a transaction too many");
	expect(fd, XS_ERROR, 5, 0, "EBUSY|");
	xt_parameter_set("xenbus_limit", 16384);
	close(fd);
	daemon_answer(XS_UNWATCH, "OK|");
	daemon_answer(XS_TRANSACTION_END, "OK|");
}

void cases_of_limits(void)
{
	daemon_start();
	run_case("messages of a file", messages);
	run_case("transactions of a file", transactions);
	run_case("watches of a file", watches);
	run_case("events that a file does not read", events);
	run_case("small events that a file does not read", small_events);
	run_case("what closed files leave", left_behind);
	daemon_stop();
}
