// SPDX-License-Identifier: GPL-2.0-only
/* Requests and answers, and what is no request. */
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../late.h"
#include "xenbus.h"

/* The compiler is not to know. */
static void *volatile bad = (void *)8;

static void without_daemon(void)
{
	int fd = node_open();
	char byte;

	is(read(fd, &byte, 1) < 0 ? errno : 0, EAGAIN, "read()");
	is(put_string(fd, XS_READ, 7, 0, "/a|"), 0, "a request");
	expect(fd, XS_ERROR, 7, 0, "EIO|");
	is(put_string(fd, XS_WATCH, 8, 0, "/a|token|"), 0, "a watch");
	expect(fd, XS_ERROR, 8, 0, "EIO|");
	is(put_string(fd, XS_TRANSACTION_START, 9, 0, "|"), 0, "a transaction");
	expect(fd, XS_ERROR, 9, 0, "EIO|");
	close(fd);
}

static void round_trip(void)
{
	int a = node_open(), b = node_open();
	uint32_t first, second;

	is(put_string(a, XS_WRITE, 5, 0, "/a|x"), 0, "a request");
	is(put_string(b, XS_WRITE, 5, 0, "/b|y"), 0, "of another file, of the same number");
	first = daemon_expect(XS_WRITE, 0, "/a|x");
	second = daemon_expect(XS_WRITE, 0, "/b|y");
	is(first != second, true, "the daemon sees different numbers");
	is(quiet(a), true, "no answer yet");
	daemon_put_text(XS_WRITE, second, 0, "OK|");
	daemon_put_text(XS_ERROR, first, 0, "EACCES|");
	expect(b, XS_WRITE, 5, 0, "OK|");
	expect(a, XS_ERROR, 5, 0, "EACCES|");
	is(put(a, XS_TRANSACTION_START, 0, 0, "", 1), 0, "a request");
	daemon_answer(XS_TRANSACTION_START, "12|");
	expect(a, XS_TRANSACTION_START, 0, 0, "12|");
	/* What no library asks for is the daemon's to judge. */
	is(put_string(b, 4711, 1, 0, "?"), 0, "a type that is none");
	daemon_put_text(XS_ERROR, daemon_expect(4711, 0, "?"), 0, "ENOSYS|");
	expect(b, XS_ERROR, 1, 0, "ENOSYS|");
	close(a);
	daemon_answer(XS_TRANSACTION_END, "OK|");
	close(b);
}

static void pieces(void)
{
	struct { struct message m; struct xsd_sockmsg next; } two = {};
	static char body[BODY_MAX];
	struct message m = {};
	int fd = node_open();
	uint32_t id, i;

	/* Byte by byte, and two at once. */
	two.m.head = (struct xsd_sockmsg){ XS_READ, 3, 0, 3 };
	memcpy(two.m.body, "/a", 3);
	for (i = 0; i < sizeof(two.m.head) + 3; i++)
		is(write(fd, (char *)&two.m + i, 1), 1, "a byte");
	memcpy(two.m.body + 3, &two.m.head, sizeof(two.m.head));
	memcpy(two.m.body + 3 + sizeof(two.m.head), "/b", 3);
	is(write(fd, &two.m, 2 * (sizeof(two.m.head) + 3)), 2 * (sizeof(two.m.head) + 3),
	   "two messages");
	is(write(fd, &two.m, 0), 0, "nothing");
	id = daemon_expect(XS_READ, 0, "/a|");
	daemon_put_text(XS_READ, id, 0, "one");
	id = daemon_expect(XS_READ, 0, "/a|");
	daemon_put_text(XS_READ, id, 0, "two");
	id = daemon_expect(XS_READ, 0, "/b|");
	/* The longest there are, four times what the ring holds, and an empty one. */
	for (i = 0; i < sizeof(body); i++)
		body[i] = i * 7 + i / 256;
	daemon_put(XS_READ, id, 0, body, sizeof(body));
	expect(fd, XS_READ, 3, 0, "one");
	is(read(fd, &m, 5), 5, "a part of a header");
	is(read(fd, (char *)&m + 5, sizeof(m.head) - 5 + 1), sizeof(m.head) - 5 + 1, "a byte more");
	is(read(fd, m.body + 1, 2), 2, "the rest");
	is(is_text(&m, "two"), true, "the text");
	is(get(fd, &m), 0, "the long one");
	is(m.head.len == sizeof(body) && !memcmp(m.body, body, sizeof(body)), true, "its bytes");
	is(put(fd, XS_WRITE, 4, 0, body, sizeof(body)), 0, "a long request");
	is(daemon_get(&m), true, "it");
	is(m.head.len == sizeof(body) && !memcmp(m.body, body, sizeof(body)), true, "its bytes");
	daemon_put(XS_WRITE, m.head.req_id, 0, "", 0);
	expect(fd, XS_WRITE, 4, 0, "");
	close(fd);
}

static void errors(void)
{
	char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct xsd_sockmsg huge = { XS_WRITE, 1, 0, BODY_MAX + 1 };
	struct xsd_sockmsg *edge = (void *)(page + 4096) - sizeof(*edge);
	struct pollfd p = { .events = POLLIN };
	int fd = node_open();
	char byte;

	p.fd = fd;
	is(write(fd, bad, 16) < 0 ? errno : 0, EFAULT, "write() from nowhere");
	is(write(fd, &huge, sizeof(huge)) < 0 ? errno : 0, E2BIG, "too long");
	huge.len = ~0U;
	is(write(fd, &huge, sizeof(huge)) < 0 ? errno : 0, E2BIG, "much too long");
	/* Behind its header nothing is: it is dropped. */
	mprotect(page + 4096, 4096, PROT_NONE);
	*edge = (struct xsd_sockmsg){ XS_WRITE, 1, 0, 4 };
	is(write(fd, edge, sizeof(*edge) + 4) < 0 ? errno : 0, EFAULT, "no body");
	is(put_string(fd, XS_READ, 2, 0, "/a|"), 0, "a request after all that");
	daemon_answer(XS_READ, "b");
	is(poll(&p, 1, 5000), 1, "its answer");
	is(read(fd, bad, 1) < 0 ? errno : 0, EFAULT, "read() to nowhere");
	is(read(fd, page + 4096 - 8, 17) < 0 ? errno : 0, EFAULT, "read() to half a page");
	is(read(fd, &byte, 0), 0, "read() of nothing");
	expect(fd, XS_READ, 2, 0, "b");
	is(put_string(fd, XS_WATCH, 3, 0, "no end"), 0, "a watch");
	expect(fd, XS_ERROR, 3, 0, "EINVAL|");
	is(put_string(fd, XS_WATCH, 3, 0, "/a|"), 0, "a watch without a token");
	expect(fd, XS_ERROR, 3, 0, "EINVAL|");
	is(put_string(fd, XS_UNWATCH, 3, 0, "/a|no end"), 0, "the same of a token");
	expect(fd, XS_ERROR, 3, 0, "EINVAL|");
	is(put_string(fd, XS_WATCH, 3, 0, ""), 0, "nothing at all");
	expect(fd, XS_ERROR, 3, 0, "EINVAL|");
	is(daemon_idle(), true, "none of that was asked");
	is(ioctl(fd, 1, 1) < 0 ? errno : 0, ENOTTY, "an ioctl");
	is(lseek(fd, 0, SEEK_SET) < 0 ? errno : 0, ESPIPE, "lseek()");
	munmap(page, 8192);
	close(fd);
}

static void on_alarm(int sig)
{
	(void)sig;
}

/* Who waits can be interrupted. */
static void waiting(void)
{
	struct sigaction action = { .sa_handler = on_alarm };
	struct pollfd p = { .events = POLLIN | POLLOUT };
	int fd = node_open();
	char byte;

	sigaction(SIGALRM, &action, NULL);
	p.fd = fd;
	is(poll(&p, 1, 0) ? p.revents : 0, POLLOUT, "poll()");
	is(put_string(fd, XS_READ, 1, 0, "/a|"), 0, "a request");
	fcntl(fd, F_SETFL, O_RDWR);
	alarm(1);
	is(read(fd, &byte, 1) < 0 ? errno : 0, EINTR, "read()");
	daemon_answer(XS_READ, "b");
	p.events = POLLIN;
	is(poll(&p, 1, 2000) ? p.revents & POLLIN : 0, POLLIN, "poll() then");
	expect(fd, XS_READ, 1, 0, "b");
	signal(SIGALRM, SIG_DFL);
	close(fd);
}

static void *slow_page;

static int read_slowly(void *arg)
{
	return read(*(int *)arg, slow_page, 100) < 0 ? errno : 0;
}

static int wait_for_one(void *arg)
{
	struct message m = {};

	return get(*(int *)arg, &m) ?: (int)m.head.req_id;
}

/*
 * Who finds nothing because another reads it, whose memory then is not there, is told, and gets
 * all of it. The memory takes a while to say so.
 */
static void failed_read(void)
{
	struct uffdio_register r = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	struct uffdio_api api = { .api = UFFD_API };
	int uffd = syscall(SYS_userfaultfd, O_CLOEXEC), fd = node_open();
	struct late bad_one, good_one;
	unsigned int i;

	slow_page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	r.range.start = (uintptr_t)slow_page;
	r.range.len = 4096;
	if (uffd < 0 || ioctl(uffd, UFFDIO_API, &api) || ioctl(uffd, UFFDIO_REGISTER, &r))
		xt_die("userfaultfd: %s", xt_errno_name(errno));
	is(put_string(fd, XS_READ, 71, 0, "/f|"), 0, "a request");
	daemon_answer(XS_READ, "slow");
	for (i = 0; i < 100 && quiet(fd); i++)
		;
	late_start(&bad_one, read_slowly, &fd);
	for (i = 0; i < 100 && !quiet(fd); i++)
		;
	is(quiet(fd), true, "it is being read");
	late_start(&good_one, wait_for_one, &fd);
	usleep(100000);
	munmap(slow_page, 4096);
	close(uffd);
	is(late_end(&bad_one), EFAULT, "the read that fails");
	/* A time-out would look once more. */
	is(late_done(&good_one, 1000), true, "who waits is told");
	is(late_end(&good_one), 71, "who waits has it");
	close(fd);
}

void cases_of_requests(void)
{
	run_case("without a daemon each request is answered by EIO", without_daemon);
	daemon_start();
	run_case("requests of several files and their answers", round_trip);
	run_case("messages in pieces, and long ones", pieces);
	run_case("what is no message", errors);
	run_case("waiting", waiting);
	run_case("a read that fails leaves the answer to who waits", failed_read);
	daemon_stop();
}
