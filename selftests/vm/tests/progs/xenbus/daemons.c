// SPDX-License-Identifier: GPL-2.0-only
/* Daemons that come and go, and one that does what it must not. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../privcmd-abi.h"
#include "xenbus.h"

/* What the kernel's headers do not give to user space. */
#define BACKEND_EVTCHN		_IOC(_IOC_NONE, 'B', 0, 0)
#define BACKEND_SETUP		_IOC(_IOC_NONE, 'B', 1, 0)
#define EVENT_CHANNEL_OP	32
#define EVTCHNOP_CLOSE		3
#define EVTCHNOP_RESET		10

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

/* A watch that the next daemon does not grant: who has it reads that, others go on. */
static void refused(void)
{
	int fd = node_open(), other = node_open();
	struct message m = {};
	unsigned int i;
	char text[64];

	daemon_start();
	is(put_string(fd, XS_WATCH, 1, 0, "/r|t|"), 0, "WATCH");
	daemon_answer(XS_WATCH, "OK|");
	expect(fd, XS_WATCH, 1, 0, "OK|");
	is(put_string(other, XS_WATCH, 2, 0, "/s|t|"), 0, "another's");
	daemon_answer(XS_WATCH, "OK|");
	expect(other, XS_WATCH, 2, 0, "OK|");
	daemon_stop();
	/* No limit keeps it from asking. */
	xt_parameter_set("xenbus_limit", 2);
	daemon_start();
	for (i = 0; i < 2; i++) {
		is(daemon_get(&m), true, "a watch, once more");
		is(m.head.type, XS_WATCH, "its type");
		if (!strcmp(m.body, "/r"))
			daemon_put_text(XS_ERROR, m.head.req_id, 0, "E2BIG|");
		else
			daemon_put_text(XS_ERROR, m.head.req_id, 0, "EEXIST|");
		if (strcmp(m.body, "/r"))
			snprintf(text, sizeof(text), "/s|%.20s|", m.body + 3);
	}
	xt_parameter_set("xenbus_limit", 16384);
	is(get(fd, &m), EOVERFLOW, "read() of who had the first");
	daemon_answer(XS_UNWATCH, "ENOENT|");
	daemon_put_text(XS_WATCH_EVENT, 0, 0, text);
	expect(other, XS_WATCH_EVENT, 0, 0, "/s|t|");
	close(fd);
	is(daemon_idle(), true, "it has no more");
	close(other);
	daemon_answer(XS_UNWATCH, "OK|");
	daemon_stop();
}

/* Its file is closed, or the watch taken back, before the next daemon has answered. */
static void in_between(void)
{
	int fd = node_open(), other = node_open();
	struct message m = {};
	unsigned int i;

	daemon_start();
	is(put_string(fd, XS_WATCH, 1, 0, "/r|t|"), 0, "WATCH");
	daemon_answer(XS_WATCH, "OK|");
	expect(fd, XS_WATCH, 1, 0, "OK|");
	is(put_string(other, XS_WATCH, 2, 0, "/s|t|"), 0, "another's");
	daemon_answer(XS_WATCH, "OK|");
	expect(other, XS_WATCH, 2, 0, "OK|");
	for (i = 0; i < 3; i++) {
		/* The second one goes before it has answered anything. */
		daemon_stop();
		daemon_start();
		is(daemon_get(&m), true, "a watch, once more");
		is(m.head.type, XS_WATCH, "its type");
	}
	is(put_string(fd, XS_UNWATCH, 3, 0, "/r|t|"), 0, "UNWATCH");
	close(other);
	daemon_put_text(XS_ERROR, m.head.req_id, 0, "E2BIG|");
	daemon_answer(XS_WATCH, "OK|");
	daemon_answer(XS_UNWATCH, "OK|");
	daemon_answer(XS_UNWATCH, "OK|");
	expect(fd, XS_UNWATCH, 3, 0, "OK|");
	is(daemon_idle(), true, "no more than that");
	close(fd);
	daemon_stop();
}

/* No hypercall closes domain 0's own end. */
static void own_end(void)
{
	struct { uint64_t op, arg[5]; } call = { EVENT_CHANNEL_OP, { EVTCHNOP_CLOSE } };
	int priv = open("/dev/xen/privcmd", O_RDWR | O_CLOEXEC), fd = node_open();
	int backend = open("/dev/xen/xenbus_backend", O_RDWR | O_CLOEXEC);
	uint32_t port = ioctl(backend, BACKEND_EVTCHN);
	uint16_t self = 0x7ff0;

	daemon_start();
	is(put_string(fd, XS_READ, 1, 0, "/c|"), 0, "a request");
	call.arg[1] = (uintptr_t)&port;
	is(ioctl(priv, IOCTL_PRIVCMD_HYPERCALL, &call) ? errno : 0, EOPNOTSUPP, "EVTCHNOP_close");
	call.arg[0] = EVTCHNOP_RESET;
	call.arg[1] = (uintptr_t)&self;
	is(ioctl(priv, IOCTL_PRIVCMD_HYPERCALL, &call) ? errno : 0, EOPNOTSUPP, "EVTCHNOP_reset");
	daemon_answer(XS_READ, "x");
	expect(fd, XS_READ, 1, 0, "x");
	is(ioctl(backend, BACKEND_SETUP, 0) < 0 ? errno : 0, EEXIST, "another port");
	daemon_stop();
	is(ioctl(backend, BACKEND_SETUP, 0) > 0, true, "another without a daemon");
	daemon_start();
	is(put_string(fd, XS_READ, 2, 0, "/c|"), 0, "a request of a daemon there");
	daemon_answer(XS_READ, "x");
	expect(fd, XS_READ, 2, 0, "x");
	daemon_stop();
	close(fd);
	close(backend);
	close(priv);
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

static pid_t flood(void)
{
	struct xsd_sockmsg head = { XS_WATCH_EVENT, 0, 0, 0 };
	pid_t child = fork();

	/* Empty events, as many as there is room for. */
	while (!child) {
		uint32_t prod = ring->rsp_prod;

		while (prod - __atomic_load_n(&ring->rsp_cons, __ATOMIC_ACQUIRE) <=
		       XENSTORE_RING_SIZE - sizeof(head)) {
			for (uint32_t i = 0; i < sizeof(head); i++)
				ring->rsp[MASK_XENSTORE_IDX(prod + i)] = ((char *)&head)[i];
			prod += sizeof(head);
			__atomic_store_n(&ring->rsp_prod, prod, __ATOMIC_RELEASE);
		}
		daemon_event();
	}
	return child;
}

static unsigned long long jiffies(void)
{
	FILE *f = fopen("/proc/timer_list", "r");
	unsigned long long n = 0;
	char line[256];

	while (f && !n && fgets(line, sizeof(line), f))
		sscanf(line, "jiffies: %llu", &n);
	if (!n)
		xt_die("no jiffies in /proc/timer_list");
	fclose(f);
	return n;
}

/*
 * A daemon that is never silent: the worker listens to 64 parts of it, and sleeps for a jiffy.
 * If it is faster than the daemon, which then is silent for moments, 256 in a jiffy are the most.
 */
static void never_silent(void)
{
	unsigned long long from, most;
	uint32_t begun, heard;
	pid_t child;
	int fd;

	daemon_start();
	child = flood();
	usleep(20000);
	from = jiffies();
	begun = ring->rsp_cons;
	usleep(400000);
	heard = (ring->rsp_cons - begun) / sizeof(struct xsd_sockmsg);
	most = 256 * (jiffies() - from + 2);
	xt_note("%u messages, of at most %llu", heard, most);
	is(heard > 10, true, "it is heard");
	is(heard <= most, true, "and no more than that");
	/* Others are not kept from the lock; what they ask ends with the daemon. */
	fd = node_open();
	is(put_string(fd, XS_READ, 1, 0, "/n|"), 0, "a request");
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	daemon_stop();
	expect(fd, XS_ERROR, 1, 0, "EIO|");
	close(fd);
}

void cases_of_daemons(void)
{
	run_case("a daemon goes, and another comes", restarted);
	run_case("a watch that the next daemon refuses", refused);
	run_case("watches that end before the next daemon has answered", in_between);
	run_case("domain 0's own end of the port stays", own_end);
	for (which = 0; which < NR(mistakes); which++)
		run_case(mistakes[which].name, mistake);
	run_case("an answer twice", twice);
	run_case("an answer before its request", too_early);
	run_case("rubbish in the ring", rubbish);
	run_case("a daemon that is never silent", never_silent);
}
