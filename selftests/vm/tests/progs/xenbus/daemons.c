// SPDX-License-Identifier: GPL-2.0-only
/* Daemons that come and go, and one that does what it must not. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "xenbus.h"

static void restarted(void)
{
	int fd = node_open(), other = node_open();
	struct message m = {}, again = {};
	char text[64];

	daemon_start();
	is(put_string(fd, XS_WATCH, 1, 0, "/r|t|"), 0, "WATCH");
	is(daemon_get(&m), true, "it");
	daemon_put_text(XS_WATCH, m.head.req_id, 0, "OK|");
	expect(fd, XS_WATCH, 1, 0, "OK|");
	is(put_string(fd, XS_TRANSACTION_START, 2, 0, "|"), 0, "START");
	daemon_answer(XS_TRANSACTION_START, "60|");
	expect(fd, XS_TRANSACTION_START, 2, 0, "60|");
	/* One in the daemon's hands, one in the ring, one that has no room there. */
	is(put_string(other, XS_READ, 3, 0, "/r|"), 0, "a request");
	is(daemon_expect(XS_READ, 0, "/r|") != 0, true, "it");
	memset(again.body, 'x', 1500);
	is(put(other, XS_WRITE, 4, 0, again.body, 1500), 0, "a long one");
	is(put_string(fd, XS_READ, 5, 60, "/r|"), 0, "another");
	/* And a part of an answer. */
	memcpy(ring->rsp + MASK_XENSTORE_IDX(ring->rsp_prod), "half", 4);
	ring->rsp_prod += 4;
	daemon_event();
	usleep(20000);
	daemon_stop();
	expect(other, XS_ERROR, 3, 0, "EIO|");
	expect(other, XS_ERROR, 4, 0, "EIO|");
	expect(fd, XS_ERROR, 5, 60, "EIO|");
	is(put_string(fd, XS_READ, 6, 0, "/r|"), 0, "a request without a daemon");
	expect(fd, XS_ERROR, 6, 0, "EIO|");

	daemon_start();
	is(ring->rsp_prod, 0, "the ring is empty");
	is(daemon_get(&again), true, "the watch, once more");
	is(again.head.type, XS_WATCH, "type");
	is(strcmp(again.body + 3, m.body + 3), 0, "its token");
	daemon_put_text(XS_WATCH, again.head.req_id, 0, "OK|");
	snprintf(text, sizeof(text), "/r|%.20s|", again.body + 3);
	daemon_put_text(XS_WATCH_EVENT, 0, 0, text);
	expect(fd, XS_WATCH_EVENT, 0, 0, "/r|t|");
	is(put_string(fd, XS_READ, 7, 60, "/r|"), 0, "in the old transaction");
	expect(fd, XS_ERROR, 7, 60, "ENOENT|");
	is(daemon_idle(), true, "it was not asked");
	close(fd);
	daemon_answer(XS_UNWATCH, "OK|");
	close(other);
	daemon_stop();
}

/* What a daemon must not do; @m is a request that it has taken. */

static void index_of_answers(const struct message *m)
{
	(void)m;
	ring->rsp_prod = ring->rsp_cons + XENSTORE_RING_SIZE + 1;
}

static void index_behind(const struct message *m)
{
	(void)m;
	ring->rsp_prod = ring->rsp_cons - 1;
}

static void index_of_requests(const struct message *m)
{
	(void)m;
	ring->req_cons = ring->req_prod + 1;
}

static void too_long(const struct message *m)
{
	struct xsd_sockmsg head = { XS_READ, m->head.req_id, 0, BODY_MAX + 1 };

	memcpy(ring->rsp + MASK_XENSTORE_IDX(ring->rsp_prod), &head, sizeof(head));
	ring->rsp_prod += sizeof(head);
}

static void unasked(const struct message *m)
{
	daemon_put_text(XS_READ, m->head.req_id + 12345, 0, "x");
}

static void another_type(const struct message *m)
{
	daemon_put_text(XS_WRITE, m->head.req_id, 0, "x");
}

static const struct {
	const char *name;
	void (*fn)(const struct message *m);
} mistakes[] = {
	{ "its index of answers is beyond the ring", index_of_answers },
	{ "its index of answers goes back", index_behind },
	{ "its index of requests is beyond ours", index_of_requests },
	{ "a message that is too long", too_long },
	{ "an answer to no request", unasked },
	{ "an answer of another type", another_type },
};

static unsigned int which;

/* The connection ends, and the next daemon has a new one. */
static void mistake(void)
{
	struct message m = {};
	int fd = node_open();

	daemon_start();
	is(put_string(fd, XS_READ, 1, 0, "/m|"), 0, "a request");
	is(daemon_get(&m), true, "it");
	mistakes[which].fn(&m);
	daemon_event();
	/* What is written is looked at, too. */
	is(put_string(fd, XS_READ, 2, 0, "/m|"), 0, "another");
	expect(fd, XS_ERROR, 1, 0, "EIO|");
	expect(fd, XS_ERROR, 2, 0, "EIO|");
	is(put_string(fd, XS_READ, 3, 0, "/m|"), 0, "a request then");
	expect(fd, XS_ERROR, 3, 0, "EIO|");
	daemon_stop();
	daemon_start();
	is(put_string(fd, XS_READ, 4, 0, "/m|"), 0, "a request of a new one");
	daemon_answer(XS_READ, "x");
	expect(fd, XS_READ, 4, 0, "x");
	close(fd);
	daemon_stop();
}

static void twice(void)
{
	struct message m = {};
	int fd = node_open();

	daemon_start();
	is(put_string(fd, XS_READ, 1, 0, "/m|"), 0, "a request");
	is(daemon_get(&m), true, "it");
	daemon_put_text(XS_READ, m.head.req_id, 0, "one");
	daemon_put_text(XS_READ, m.head.req_id, 0, "two");
	expect(fd, XS_READ, 1, 0, "one");
	is(quiet(fd), true, "no second answer");
	close(fd);
	daemon_stop();
}

/* Before the request is wholly in the ring. */
static void too_early(void)
{
	static char body[BODY_MAX];
	struct message m = {};
	int fd = node_open();

	daemon_start();
	is(put_string(fd, XS_READ, 1, 0, "/m|"), 0, "a request");
	is(daemon_get(&m), true, "it");
	is(put(fd, XS_WRITE, 2, 0, body, sizeof(body)), 0, "a long one");
	usleep(20000);
	daemon_put_text(XS_WRITE, m.head.req_id + 1, 0, "OK|");
	expect(fd, XS_ERROR, 1, 0, "EIO|");
	expect(fd, XS_ERROR, 2, 0, "EIO|");
	close(fd);
	daemon_stop();
}

/* Anything anywhere, while files come and go. */
static void rubbish(void)
{
	static const uint32_t types[] = {
		XS_READ, XS_WRITE, XS_WATCH, XS_UNWATCH, XS_TRANSACTION_START, XS_TRANSACTION_END,
		XS_RESET_WATCHES,
	};
	uint32_t *words = NULL;
	unsigned int i, j;
	int fd = -1;

	srandom(1);
	for (i = 0; i < 300; i++) {
		daemon_start();
		words = (void *)ring;
		if (fd < 0)
			fd = node_open();
		for (j = 0; j < 10; j++) {
			put_string(fd, types[random() % NR(types)], j, random() % 3,
				   random() % 2 ? "/a|t|" : "T|");
			switch (random() % 4) {
			case 0:
				words[random() % 1024] = random();
				break;
			case 1:
				/* Types, numbers and lengths that may be right. */
				words[256 + random() % 256] = random() % 24;
				ring->rsp_prod += random() % 64;
				break;
			case 2:
				ring->req_cons = ring->req_prod;
				break;
			default:
				words[512 + random() % 4] += random() % 32;
			}
			daemon_event();
		}
		if (random() % 2) {
			close(fd);
			fd = -1;
		}
		daemon_stop();
	}
	if (fd >= 0)
		close(fd);
}

void cases_of_daemons(void)
{
	run_case("a daemon goes, and another comes", restarted);
	for (which = 0; which < NR(mistakes); which++)
		run_case(mistakes[which].name, mistake);
	run_case("an answer twice", twice);
	run_case("an answer before its request", too_early);
	run_case("rubbish in the ring", rubbish);
}
