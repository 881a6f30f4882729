// SPDX-License-Identifier: GPL-2.0-only
/* A process's end: messages by a file. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "xenbus.h"

int node_open(void)
{
	int fd = open(NODE, O_RDWR | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		xt_die("cannot open %s: %s", NODE, xt_errno_name(errno));
	return fd;
}

int put(int fd, uint32_t type, uint32_t req_id, uint32_t tx_id, const void *body, uint32_t len)
{
	struct message m = { .head = { type, req_id, tx_id, len } };
	ssize_t n;

	memcpy(m.body, body, len);
	n = write(fd, &m, sizeof(m.head) + len);
	if (n < 0)
		return errno;
	return n == (ssize_t)(sizeof(m.head) + len) ? 0 : EIO;
}

static uint32_t of_text(char *body, const char *text)
{
	uint32_t i;

	for (i = 0; text[i]; i++)
		body[i] = text[i] == '|' ? 0 : text[i];
	return i;
}

int put_string(int fd, uint32_t type, uint32_t req_id, uint32_t tx_id, const char *text)
{
	char body[BODY_MAX];
	uint32_t len = of_text(body, text);

	return put(fd, type, req_id, tx_id, body, len);
}

void daemon_put_text(uint32_t type, uint32_t req_id, uint32_t tx_id, const char *text)
{
	char body[BODY_MAX];
	uint32_t len = of_text(body, text);

	daemon_put(type, req_id, tx_id, body, len);
}

/* All of that, which may come in pieces. */
static int get_bytes(int fd, void *to, size_t len)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	size_t done = 0;
	int late = ETIME;
	ssize_t n;

	while (done < len) {
		if (poll(&p, 1, 5000) == 0)
			return late;
		n = read(fd, to + done, len - done);
		if (n < 0)
			return errno;
		done += n;
	}
	return 0;
}

int get(int fd, struct message *m)
{
	int err = get_bytes(fd, &m->head, sizeof(m->head));

	if (err)
		return err;
	return m->head.len > BODY_MAX ? EMSGSIZE : get_bytes(fd, m->body, m->head.len);
}

bool is_text(const struct message *m, const char *text)
{
	char body[BODY_MAX];
	uint32_t len = of_text(body, text), i;

	if (m->head.len == len && !memcmp(m->body, body, len))
		return true;
	printf("# got \"");
	for (i = 0; i < m->head.len && i < 80; i++)
		printf("%c", m->body[i] >= 32 && m->body[i] < 127 ? m->body[i] : '|');
	printf("\", want \"%s\"\n", text);
	return false;
}

void expect(int fd, uint32_t type, uint32_t req_id, uint32_t tx_id, const char *text)
{
	struct message m = {};
	int err = get(fd, &m);

	is(err, 0, "a message");
	if (err)
		return;
	is(m.head.type, type, "type");
	is(m.head.req_id, req_id, "request");
	is(m.head.tx_id, tx_id, "transaction");
	is(is_text(&m, text), true, "text");
}

bool quiet(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 50) == 0;
}
