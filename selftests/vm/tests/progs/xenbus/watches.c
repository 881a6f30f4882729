// SPDX-License-Identifier: GPL-2.0-only
/* Watches and transactions: each file's own. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "xenbus.h"

/* A file asks for a watch, the daemon grants it.  The token that the daemon knows it by. */
static void watch(int fd, const char *path, const char *token, char *daemons)
{
	char text[256];
	struct message m = {};

	snprintf(text, sizeof(text), "%.99s|%.99s|", path, token);
	is(put_string(fd, XS_WATCH, 77, 0, text), 0, "WATCH");
	is(daemon_get(&m), true, "it");
	is(m.head.type, XS_WATCH, "type");
	is(strcmp(m.body, path), 0, "path");
	snprintf(daemons, 16, "%.15s", m.body + strlen(path) + 1);
	daemon_put_text(XS_WATCH, m.head.req_id, 0, "OK|");
	expect(fd, XS_WATCH, 77, 0, "OK|");
}

/* An event as the daemon sends it. */
static void event(const char *path, const char *daemons)
{
	char text[256];

	snprintf(text, sizeof(text), "%.99s|%.20s|", path, daemons);
	daemon_put_text(XS_WATCH_EVENT, 0, 0, text);
}

static void of_files(void)
{
	int a = node_open(), b = node_open();
	char one[16], two[16], other[16], text[64];

	watch(a, "/x", "token", one);
	watch(b, "/x", "token", two);
	watch(b, "/y", "a longer token", other);
	is(!strcmp(one, two), false, "tokens of the daemon's");
	event("/x", one);
	expect(a, XS_WATCH_EVENT, 0, 0, "/x|token|");
	event("/x/below", two);
	expect(b, XS_WATCH_EVENT, 0, 0, "/x/below|token|");
	event("/y", other);
	expect(b, XS_WATCH_EVENT, 0, 0, "/y|a longer token|");
	is(quiet(a), true, "what is another's");

	is(put_string(a, XS_WATCH, 1, 0, "/x|token|"), 0, "the same again");
	expect(a, XS_ERROR, 1, 0, "EEXIST|");
	is(put_string(a, XS_UNWATCH, 2, 0, "/y|a longer token|"), 0, "another's UNWATCH");
	expect(a, XS_UNWATCH, 2, 0, "OK|");
	is(daemon_idle(), true, "none of it was asked");
	is(put_string(b, XS_UNWATCH, 3, 0, "/x|token|"), 0, "UNWATCH");
	snprintf(text, sizeof(text), "/x|%.20s|", two);
	daemon_put_text(XS_UNWATCH, daemon_expect(XS_UNWATCH, 0, text), 0, "OK|");
	expect(b, XS_UNWATCH, 3, 0, "OK|");
	event("/x", two);
	event("/x", one);
	expect(a, XS_WATCH_EVENT, 0, 0, "/x|token|");
	is(quiet(b), true, "an event of no watch");

	/* Events that are none. */
	event("/x", "nonsense");
	event("/x", "fffffff0");
	event("/x", "");
	daemon_put(XS_WATCH_EVENT, 0, 0, "", 0);
	daemon_put(XS_WATCH_EVENT, 0, 0, "no end at all", 13);
	is(quiet(a) && quiet(b), true, "events that are none");

	is(put_string(a, XS_WATCH, 4, 0, "/z|token|"), 0, "one that the daemon refuses");
	daemon_put_text(XS_ERROR, daemon_expect(XS_WATCH, 0, ""), 0, "EINVAL|");
	expect(a, XS_ERROR, 4, 0, "EINVAL|");
	watch(a, "/z", "token", other);
	close(a);
	daemon_answer(XS_UNWATCH, "OK|");
	daemon_answer(XS_UNWATCH, "OK|");
	is(put_string(b, XS_RESET_WATCHES, 5, 0, "|"), 0, "RESET_WATCHES");
	expect(b, XS_RESET_WATCHES, 5, 0, "OK|");
	daemon_answer(XS_UNWATCH, "OK|");
	close(b);
	is(daemon_idle(), true, "no more than that");
}

/* Closed, or taken back, before the daemon has answered. */
static void in_a_hurry(void)
{
	char text[64];
	struct message m = {};
	int fd = node_open();
	uint32_t end;

	is(put_string(fd, XS_WATCH, 1, 0, "/x|t|"), 0, "WATCH");
	is(put_string(fd, XS_UNWATCH, 2, 0, "/x|t|"), 0, "UNWATCH at once");
	is(daemon_get(&m), true, "WATCH");
	snprintf(text, sizeof(text), "/x|%.20s|", m.body + 3);
	end = daemon_expect(XS_UNWATCH, 0, text);
	daemon_put_text(XS_ERROR, m.head.req_id, 0, "ENOMEM|");
	daemon_put_text(XS_ERROR, end, 0, "ENOENT|");
	expect(fd, XS_ERROR, 1, 0, "ENOMEM|");
	expect(fd, XS_ERROR, 2, 0, "ENOENT|");
	is(put_string(fd, XS_WATCH, 3, 0, "/x|t|"), 0, "WATCH again");
	is(put_string(fd, XS_WRITE, 4, 0, "/x|v"), 0, "WRITE");
	is(put(fd, XS_READ, 5, 0, "", 0), 0, "READ");
	is(write(fd, "half", 4), 4, "half a message");
	close(fd);
	/* What was written is asked. */
	is(daemon_get(&m), true, "WATCH");
	daemon_answer(XS_WRITE, "OK|");
	daemon_answer(XS_READ, "x");
	daemon_put_text(XS_WATCH, m.head.req_id, 0, "OK|");
	snprintf(text, sizeof(text), "/x|%.20s|", m.body + 3);
	end = daemon_expect(XS_UNWATCH, 0, text);
	event("/x", m.body + 3);
	daemon_put_text(XS_UNWATCH, end, 0, "OK|");
	is(daemon_idle(), true, "no more than that");
}

static void begin(int fd, uint32_t tx_id)
{
	char text[16];

	snprintf(text, sizeof(text), "%u|", tx_id);
	is(put_string(fd, XS_TRANSACTION_START, 1, 0, "|"), 0, "START");
	daemon_answer(XS_TRANSACTION_START, text);
	expect(fd, XS_TRANSACTION_START, 1, 0, text);
}

static void transactions(void)
{
	int a = node_open(), b = node_open();
	uint32_t id;

	begin(a, 40);
	begin(b, 41);
	is(put_string(a, XS_READ, 2, 40, "/a|"), 0, "READ");
	daemon_put_text(XS_READ, daemon_expect(XS_READ, 40, "/a|"), 40, "v");
	expect(a, XS_READ, 2, 40, "v");
	is(put_string(a, XS_READ, 3, 41, "/a|"), 0, "in another's");
	expect(a, XS_ERROR, 3, 41, "ENOENT|");
	is(put_string(a, XS_TRANSACTION_END, 3, 41, "F|"), 0, "the end of another's");
	expect(a, XS_ERROR, 3, 41, "ENOENT|");
	is(put_string(a, XS_TRANSACTION_END, 4, 40, "X|"), 0, "an end that is none");
	expect(a, XS_ERROR, 4, 40, "EINVAL|");
	is(put_string(a, XS_TRANSACTION_END, 4, 40, "T"), 0, "another");
	expect(a, XS_ERROR, 4, 40, "EINVAL|");
	is(daemon_idle(), true, "none of it was asked");
	is(put_string(a, XS_TRANSACTION_END, 5, 40, "T|"), 0, "END");
	daemon_put_text(XS_ERROR, daemon_expect(XS_TRANSACTION_END, 40, "T|"), 40, "EAGAIN|");
	expect(a, XS_ERROR, 5, 40, "EAGAIN|");
	is(put_string(a, XS_TRANSACTION_END, 6, 40, "F|"), 0, "END again");
	expect(a, XS_ERROR, 6, 40, "ENOENT|");

	is(put_string(a, XS_TRANSACTION_START, 7, 0, "|"), 0, "START that is refused");
	daemon_put_text(XS_ERROR, daemon_expect(XS_TRANSACTION_START, 0, "|"), 0, "EBUSY|");
	expect(a, XS_ERROR, 7, 0, "EBUSY|");
	is(put_string(a, XS_TRANSACTION_START, 8, 0, "|"), 0, "START with a bad answer");
	daemon_answer(XS_TRANSACTION_START, "4x4|");
	expect(a, XS_ERROR, 8, 0, "EIO|");
	begin(a, 42);
	is(put_string(a, XS_TRANSACTION_START, 9, 0, "|"), 0, "START that comes late");
	close(a);
	id = daemon_expect(XS_TRANSACTION_START, 0, "|");
	daemon_put_text(XS_TRANSACTION_END, daemon_expect(XS_TRANSACTION_END, 42, "F|"), 42, "OK|");
	daemon_put_text(XS_TRANSACTION_START, id, 0, "43|");
	daemon_put_text(XS_TRANSACTION_END, daemon_expect(XS_TRANSACTION_END, 43, "F|"), 43, "OK|");
	close(b);
	daemon_put_text(XS_TRANSACTION_END, daemon_expect(XS_TRANSACTION_END, 41, "F|"), 41, "OK|");
	is(daemon_idle(), true, "no more than that");
}

/* A process that is killed while it waits for an answer. */
static void killed(void)
{
	int status, fd, through[2];
	char token[16], byte = 0;
	pid_t pid;

	is(pipe(through), 0, "pipe()");
	fflush(stdout);
	pid = fork();
	if (!pid) {
		fd = node_open();
		watch(fd, "/k", "t", token);
		begin(fd, 50);
		put_string(fd, XS_READ, 9, 50, "/k|");
		if (write(through[1], &byte, 1) != 1)
			_exit(1);
		fd = dup(fd);
		for (;;)
			if (read(fd, &byte, 1) < 0)
				usleep(1000);
	}
	/* The ring is the child's to serve until it is through with that. */
	is(read(through[0], &byte, 1), 1, "the child's word");
	close(through[0]);
	close(through[1]);
	is(daemon_expect(XS_READ, 50, "/k|") != 0, true, "READ");
	kill(pid, SIGKILL);
	is(waitpid(pid, &status, 0), pid, "the child");
	is(WIFSIGNALED(status), true, "killed");
	daemon_answer(XS_UNWATCH, "OK|");
	daemon_put_text(XS_TRANSACTION_END, daemon_expect(XS_TRANSACTION_END, 50, "F|"), 50, "OK|");
	is(daemon_idle(), true, "no more than that");
}

void cases_of_watches(void)
{
	daemon_start();
	run_case("watches are each file's own", of_files);
	run_case("watches whose file is in a hurry", in_a_hurry);
	daemon_stop();
}

void cases_of_transactions(void)
{
	daemon_start();
	run_case("transactions are each file's own", transactions);
	daemon_stop();
	daemon_start();
	run_case("a process that is killed leaves nothing", killed);
	daemon_stop();
}
