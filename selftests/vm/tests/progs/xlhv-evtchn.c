// SPDX-License-Identifier: GPL-2.0-only
/*
 * xlhv-evtchn: /dev/xen/evtchn. Right use, each error of each ioctl, bad pointers, two threads at
 * one file, processes that are killed; and that no port is lost by any of it. Prints KTAP. Root, no
 * domain and no daemon there.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xen/xen.h>
#include <xen/evtchn.h>

#include "late.h"
#include "xt.h"

#define NODE	"/dev/xen/evtchn"
/* The compiler is not to know. */
static void *volatile bad = (void *)8;
#define BAD	bad
#define MANY	1000U

static int device;

static int node(int flags)
{
	int fd = open(NODE, O_RDWR | O_CLOEXEC | flags);

	if (fd < 0)
		xt_die("cannot open %s: %s", NODE, xt_errno_name(errno));
	return fd;
}

/* ioctl() of the node: a port or 0; a negative error number. */
static int call(int fd, unsigned long cmd, const void *arg)
{
	int rc = ioctl(fd, cmd, arg);

	return rc < 0 ? -errno : rc;
}

static int bind_virq(int fd, unsigned int virq)
{
	struct ioctl_evtchn_bind_virq b = { .virq = virq };

	return call(fd, IOCTL_EVTCHN_BIND_VIRQ, &b);
}

static int bind_unbound(int fd, unsigned int domid)
{
	struct ioctl_evtchn_bind_unbound_port b = { .remote_domain = domid };

	return call(fd, IOCTL_EVTCHN_BIND_UNBOUND_PORT, &b);
}

static int bind_to(int fd, unsigned int domid, unsigned int port)
{
	struct ioctl_evtchn_bind_interdomain b = { .remote_domain = domid, .remote_port = port };

	return call(fd, IOCTL_EVTCHN_BIND_INTERDOMAIN, &b);
}

static int unbind(int fd, unsigned int port)
{
	struct ioctl_evtchn_unbind u = { .port = port };

	return call(fd, IOCTL_EVTCHN_UNBIND, &u);
}

static int notify(int fd, unsigned int port)
{
	struct ioctl_evtchn_notify n = { .port = port };

	return call(fd, IOCTL_EVTCHN_NOTIFY, &n);
}

static int restrict_to(int fd, domid_t domid)
{
	struct ioctl_evtchn_restrict_domid r = { .domid = domid };

	return call(fd, IOCTL_EVTCHN_RESTRICT_DOMID, &r);
}

/* One port that has an event, 0 if there is none within a moment; a negative error number. */
static int event(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	uint32_t port;

	if (poll(&p, 1, 2000) == 0)
		return 0;
	if (read(fd, &port, sizeof(port)) != sizeof(port))
		return -errno;
	return port;
}

static bool quiet(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) == 0;
}

static bool enable(int fd, uint32_t port)
{
	return write(fd, &port, sizeof(port)) == sizeof(port);
}

static bool is(const char *what, int got, int want)
{
	if (got != want)
		xt_note("%s: %d, expected %d", what, got, want);
	return got == want;
}

/* The lowest port that is free: the same before and after, if none is lost. */
static int lowest(void)
{
	int fd = node(0), port = bind_unbound(fd, 0);

	close(fd);
	return port;
}

static void pair(void)
{
	int a = node(O_NONBLOCK), b = node(O_NONBLOCK);
	int here = bind_unbound(a, 0), there = bind_to(b, 0, here);
	bool ok = here > 0 && there > 0 && here != there;

	ok = is("a new end's first event", event(b), there) && ok;
	ok = is("the other end", quiet(a), true) && ok;
	xt_result(ok, "two files connect their ports, and the one that binds has an event at once");

	ok = !notify(b, there) && !notify(b, there);
	ok = is("the event", event(a), here) && quiet(a) && ok;
	xt_result(ok, "a port that is sent several events is told of once");

	ok = !notify(b, there) && is("masked", quiet(a), true);
	ok = enable(a, here) && is("after it was enabled", event(a), here) && ok;
	ok = enable(a, here) && is("and once more", quiet(a), true) && ok;
	ok = enable(a, here) && enable(a, 4000000) && quiet(a) && ok;
	xt_result(ok, "an event for a masked port comes when it is enabled");

	ok = is("unbind", unbind(b, there), 0) && is("notify of its peer", notify(a, here), 0);
	ok = bind_to(b, 0, here) > 0 && ok;
	xt_result(ok, "a port whose other end went can be bound to again");
	close(a);
	ok = is("after the other file's end", bind_to(b, 0, here), -EINVAL);
	close(b);
	xt_result(ok, "a file's end closes its ports");
}

static void errors(void)
{
	int a = node(O_NONBLOCK), b = node(O_NONBLOCK);
	int port = bind_unbound(a, 0), peer = bind_to(b, 0, port);
	bool ok = true;

	ok = is("no such ioctl", call(a, _IO('E', 99), NULL), -ENOSYS) && ok;
	ok = is("another's number", call(a, _IO('P', 0), NULL), -ENOSYS) && ok;
	ok = is("unbound: pointer", call(a, IOCTL_EVTCHN_BIND_UNBOUND_PORT, BAD), -EFAULT) && ok;
	ok = is("virq: pointer", call(a, IOCTL_EVTCHN_BIND_VIRQ, BAD), -EFAULT) && ok;
	ok = is("interdomain: pointer", call(a, IOCTL_EVTCHN_BIND_INTERDOMAIN, BAD), -EFAULT) && ok;
	ok = is("unbind: pointer", call(a, IOCTL_EVTCHN_UNBIND, BAD), -EFAULT) && ok;
	ok = is("notify: pointer", call(a, IOCTL_EVTCHN_NOTIFY, BAD), -EFAULT) && ok;
	ok = is("restrict: pointer", call(a, IOCTL_EVTCHN_RESTRICT_DOMID, BAD), -EFAULT) && ok;
	xt_result(ok, "what is no ioctl is ENOSYS, a bad pointer EFAULT");

	ok = is("no domain", bind_to(a, 4711, 1), -ESRCH);
	ok = is("no domain's number", bind_to(a, 0x10000, port), -ESRCH) && ok;
	ok = is("no port", bind_to(a, 0, 4000), -EINVAL) && ok;
	ok = is("no port's number", bind_to(a, 0, ~0U), -EINVAL) && ok;
	ok = is("bound before", bind_to(a, 0, port), -EINVAL) && ok;
	ok = is("no virq", bind_virq(a, 24), -EINVAL) && ok;
	ok = is("no virq's number", bind_virq(a, ~0U), -EINVAL) && ok;
	xt_result(ok, "what cannot be bound is refused");

	ok = is("notify of another's", notify(a, peer), -ENOTCONN);
	ok = is("notify of none", notify(a, ~0U), -ENOTCONN) && ok;
	ok = is("unbind of another's", unbind(a, peer), -ENOTCONN) && ok;
	ok = is("unbind of 0", unbind(a, 0), -ENOTCONN) && ok;
	ok = is("unbind beyond all", unbind(a, 131072), -EINVAL) && ok;
	ok = is("unbind", unbind(a, port), 0) && is("again", unbind(a, port), -ENOTCONN) && ok;
	xt_result(ok, "a file has its own ports and no others");
	close(a);
	close(b);

	a = node(0);
	b = node(0);
	ok = bind_virq(a, VIRQ_DOM_EXC) > 0;
	ok = is("twice", bind_virq(b, VIRQ_DOM_EXC), -EEXIST) && ok;
	close(a);
	ok = bind_virq(b, VIRQ_DOM_EXC) > 0 && ok;
	close(b);
	xt_result(ok, "a VIRQ has one port, and is free again when its file is closed");
}

static void reads(void)
{
	int a = node(O_NONBLOCK), b = node(O_NONBLOCK);
	int here = bind_unbound(a, 0), there = bind_to(b, 0, here);
	struct pollfd p = { .fd = b, .events = POLLIN | POLLOUT };
	uint32_t port = 0;
	bool ok = true;

	ok = is("nothing there", event(a) ?: (read(a, &port, 4) < 0 ? -errno : 1), -EAGAIN);
	ok = is("no bytes", read(b, &port, 0), 0) && is("three", read(b, &port, 3), 0) && ok;
	ok = is("a bad pointer", read(b, BAD, 4) < 0 ? -errno : 0, -EFAULT) && ok;
	ok = is("still there", event(b), there) && ok;
	ok = is("write: no bytes", write(b, &port, 0), 0) && ok;
	ok = is("write: a bad pointer", write(b, BAD, 4) < 0 ? -errno : 0, -EFAULT) && ok;
	ok = poll(&p, 1, 0) == 1 && is("poll", p.revents, POLLOUT) && ok;
	xt_result(ok, "reads and writes of what cannot be, and of nothing");
	close(a);
	close(b);
}

/* A port that is unbound while it waits in the ring keeps its place there. */
static void overflow(void)
{
	int a = node(0), b = node(O_NONBLOCK), i, port = 0;
	struct pollfd p = { .fd = b, .events = POLLIN };
	int here = bind_unbound(a, 0);
	uint32_t any;
	bool ok = true;

	for (i = 0; i < 65 && ok; i++) {
		port = bind_to(b, 0, here);
		ok = port > 0 && (i == 64 || !unbind(b, port));
	}
	ok = ok && poll(&p, 1, 2000) == 1 && is("poll", p.revents, POLLERR);
	ok = is("read", read(b, &any, 4) < 0 ? -errno : 0, -EFBIG) && ok;
	ok = !call(b, IOCTL_EVTCHN_RESET, NULL) && is("after a reset", quiet(b), true) && ok;
	ok = enable(b, port) && !notify(a, here) && is("and then", event(b), port) && ok;
	xt_result(ok, "a ring that is full is an error until it is reset");
	close(a);
	close(b);
}

static void restricted(void)
{
	int a = node(0), b = node(0), port = bind_unbound(b, 0);
	bool ok = true;

	ok = is("to 0", restrict_to(a, 0), -EINVAL) && ok;
	ok = is("to self", restrict_to(a, 0x7ff0), -EINVAL) && ok;
	ok = is("to 7", restrict_to(a, 7), 0) && is("once more", restrict_to(a, 7), -EACCES) && ok;
	ok = is("undone", restrict_to(a, 0), -EACCES) && ok;
	ok = is("virq", bind_virq(a, VIRQ_DOM_EXC), -EACCES) && ok;
	ok = is("unbound", bind_unbound(a, 7), -EACCES) && ok;
	ok = is("another domain", bind_to(a, 0, port), -EACCES) && ok;
	ok = is("its domain", bind_to(a, 7, 1), -ESRCH) && ok;
	close(a);
	close(b);
	xt_result(ok, "a restricted file binds to its domain alone, for good");
}

/* Many ports: the ring grows while there are events in it. */
static void many(void)
{
	int a = node(0), b = node(O_NONBLOCK);
	static uint32_t got[MANY + 1];
	static bool seen[131072];
	unsigned int i, sum = 0;
	bool ok = true;
	ssize_t n;
	int port;

	for (i = 0; i < MANY && ok; i++) {
		port = bind_to(b, 0, bind_unbound(a, 0));
		ok = port > 0;
	}
	while (sum < MANY && (n = read(b, got, sizeof(got))) > 0) {
		for (i = 0; i < n / sizeof(*got); i++) {
			ok = !seen[got[i]] && ok;
			seen[got[i]] = true;
		}
		sum += n / sizeof(*got);
	}
	ok = is("events", sum, MANY) && ok;
	close(a);
	close(b);
	xt_result(ok, "%u ports of a file each have their event", MANY);
}

static bool set_limit(const char *value)
{
	int fd = open("/sys/module/xlhv/parameters/evtchn_file_ports", O_WRONLY | O_CLOEXEC);
	bool good = fd >= 0 && write(fd, value, strlen(value)) == (ssize_t)strlen(value);

	close(fd);
	return good;
}

static void limit(void)
{
	int a = node(0), b = node(0), port = 0;
	bool ok = set_limit("3");

	for (unsigned int i = 0; i < 3; i++)
		ok = (port = bind_unbound(a, 0)) > 0 && ok;
	ok = is("one more", bind_unbound(a, 0), -ENOSPC) && ok;
	ok = is("a VIRQ", bind_virq(a, VIRQ_DOM_EXC), -ENOSPC) && ok;
	ok = bind_to(b, 0, port) > 0 && ok;
	ok = is("one less", unbind(a, port), 0) && bind_unbound(a, 0) > 0 && ok;
	ok = set_limit("16384") && bind_unbound(a, 0) > 0 && ok;
	close(a);
	close(b);
	xt_result(ok, "a file has no more ports than it may have");
}

static void *send_later(void *arg)
{
	const int *what = arg;

	usleep(100000);
	notify(what[0], what[1]);
	return NULL;
}

static void *slow_page;
static volatile sig_atomic_t signals;

static void on_sigio(int sig)
{
	(void)sig;
	signals++;
}

static void waits(void)
{
	int a = node(0), b = node(0), what[2];
	int here = bind_unbound(a, 0), there = bind_to(b, 0, here);
	struct sigaction action = { .sa_handler = on_sigio, .sa_flags = SA_RESTART };
	pthread_t thread;
	uint32_t port = 0;
	bool ok;

	event(b);
	what[0] = b;
	what[1] = there;
	pthread_create(&thread, NULL, send_later, what);
	ok = read(a, &port, sizeof(port)) == sizeof(port) && is("read", port, here);
	pthread_join(thread, NULL);
	xt_result(ok, "a read waits for an event");

	sigaction(SIGIO, &action, NULL);
	fcntl(a, F_SETOWN, getpid());
	fcntl(a, F_SETFL, O_ASYNC);
	enable(a, here);
	notify(b, there);
	ok = is("event", event(a), here);
	xt_result(ok && signals == 1, "an event sends SIGIO to who asked for it");
	close(a);
	close(b);
}

static int read_slowly(void *arg)
{
	return read(*(int *)arg, slow_page, sizeof(uint32_t)) < 0 ? -errno : 0;
}

static int wait_for_one(void *arg)
{
	return event(*(int *)arg);
}

/*
 * Who finds nothing because another has taken it, which then cannot keep it, is told. The other's
 * memory takes a while to say that it is not there.
 */
static void failed_read(void)
{
	struct uffdio_register r = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	struct uffdio_api api = { .api = UFFD_API };
	int uffd = syscall(SYS_userfaultfd, O_CLOEXEC), a = node(0), b = node(0), i;
	int here = bind_unbound(a, 0), there = bind_to(b, 0, here);
	struct late bad_one, good_one;
	bool ok;

	slow_page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	r.range.start = (uintptr_t)slow_page;
	r.range.len = 4096;
	if (uffd < 0 || ioctl(uffd, UFFDIO_API, &api) || ioctl(uffd, UFFDIO_REGISTER, &r))
		xt_die("userfaultfd: %s", xt_errno_name(errno));
	ok = !quiet(b);
	late_start(&bad_one, read_slowly, &b);
	for (i = 0; i < 1000 && !quiet(b); i++)
		usleep(2000);
	ok = quiet(b) && ok;
	late_start(&good_one, wait_for_one, &b);
	usleep(100000);
	munmap(slow_page, 4096);
	close(uffd);
	ok = is("the failed read", late_end(&bad_one), -EFAULT) && ok;
	/* A time-out would look once more. */
	ok = is("told", late_done(&good_one, 500), true) && ok;
	ok = is("the other", late_end(&good_one), there) && ok;
	close(a);
	close(b);
	xt_result(ok, "a read that fails leaves the event to who waits");
}

static volatile bool stop;

/* All that can be done to one file, by several threads. */
static void *race(void *arg)
{
	unsigned int seed = (uintptr_t)arg >> 32;
	int fd = (int)(uintptr_t)arg;
	uint32_t port[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	int own;

	while (!stop) {
		switch (rand_r(&seed) % 7) {
		case 0:
			own = bind_unbound(fd, 0);
			if (own > 0)
				bind_to(fd, 0, own);
			break;
		case 1:
			unbind(fd, rand_r(&seed) % 64);
			break;
		case 2:
			notify(fd, rand_r(&seed) % 64);
			break;
		case 3:
			if (read(fd, port, sizeof(port)) > 0 && write(fd, port, sizeof(port)) < 0)
				return "write";
			break;
		case 4:
			call(fd, IOCTL_EVTCHN_RESET, NULL);
			break;
		case 5:
			own = bind_virq(fd, VIRQ_DOM_EXC);
			if (own > 0)
				unbind(fd, own);
			break;
		default:
			enable(fd, rand_r(&seed) % 64);
		}
	}
	return NULL;
}

static void races(void)
{
	int fd = node(O_NONBLOCK), before = lowest(), i;
	pthread_t thread[3];
	void *wrong = NULL, *what;

	stop = false;
	for (i = 0; i < 3; i++)
		pthread_create(&thread[i], NULL, race,
			       (void *)((uintptr_t)(i + 1) << 32 | (unsigned int)fd));
	usleep(1000000);
	stop = true;
	for (i = 0; i < 3; i++) {
		pthread_join(thread[i], &what);
		wrong = wrong ?: what;
	}
	close(fd);
	xt_result(!wrong && is("lowest free port", lowest(), before),
		  "three threads at one file, and no port is lost");
}

/* Processes that are killed at some moment, with ports. */
static void kills(void)
{
	int before = lowest(), i, status, fd;
	bool ok = true;
	pid_t child;

	stop = false;
	for (i = 0; i < 20; i++) {
		child = fork();
		if (child < 0)
			xt_die("fork: %s", xt_errno_name(errno));
		if (!child) {
			fd = node(O_NONBLOCK);
			bind_virq(fd, VIRQ_DOM_EXC);
			race((void *)((uintptr_t)(i + 1) << 32 | (unsigned int)fd));
			_exit(1);
		}
		usleep(10000 + 3000 * i);
		kill(child, SIGKILL);
		ok = waitpid(child, &status, 0) == child && WIFSIGNALED(status) && ok;
	}
	fd = node(0);
	ok = is("VIRQ", bind_virq(fd, VIRQ_DOM_EXC) > 0, true) && ok;
	close(fd);
	xt_result(ok && is("lowest free port", lowest(), before),
		  "processes that are killed leave nothing behind");
}

/* A file that a child has too lives until both have closed it. */
static void inherited(void)
{
	int fd = open(NODE, O_RDWR), status, port, other = node(O_NONBLOCK);
	bool ok;
	pid_t child;

	port = bind_unbound(fd, 0);
	child = fork();
	if (!child) {
		usleep(100000);
		_exit(unbind(fd, port) ? 1 : 0);
	}
	close(fd);
	ok = bind_to(other, 0, port) > 0;
	ok = waitpid(child, &status, 0) == child && !status && ok;
	close(other);
	xt_result(ok, "a file that two processes have");
}

/* A domain's end is told to who bound VIRQ_DOM_EXC. */
static void ends(void)
{
	struct xlhv_dom_create c = { .max_vcpus = 1, .max_pages = 512, .name = "ends" };
	struct xlhv_mem_range ram = { .size = 512 * 4096, .type = XLHV_MEM_RAM };
	struct xlhv_memory_map map = { .ranges = (uintptr_t)&ram, .count = 1 };
	struct xlhv_ring s = { .kind = XLHV_RING_XENCONSOLED, .gfn = 0xfeffe };
	int fd = node(O_NONBLOCK), virq = bind_virq(fd, VIRQ_DOM_EXC), port;
	bool ok;

	xt_must(xt_call(device, XLHV_DOM_CREATE, &c), "XLHV_DOM_CREATE");
	xt_must(xt_call(c.fd, XLHV_DOM_MEMORY_MAP, &map), "XLHV_DOM_MEMORY_MAP");
	xt_must(xt_call(c.fd, XLHV_DOM_RING, &s), "XLHV_DOM_RING");
	port = bind_to(fd, c.domid, s.port);
	ok = port > 0 && is("bound", event(fd), port) && is("notify", notify(fd, port), 0);
	ok = is("a second time", bind_to(fd, c.domid, s.port), -EINVAL) && ok;
	xt_result(ok, "a port that a domain has for domain 0 can be bound to");
	ok = is("its end", xt_call(c.fd, XLHV_DOM_DESTROY, NULL), 0);
	ok = is("the VIRQ", event(fd), virq) && ok;
	ok = is("notify", notify(fd, port), 0) && is("unbind", unbind(fd, port), 0) && ok;
	close(c.fd);
	close(fd);
	xt_result(ok, "the end of a domain raises VIRQ_DOM_EXC, and leaves domain 0's port");
}

int main(void)
{
	int before;

	device = xt_open();
	before = lowest();
	pair();
	errors();
	reads();
	overflow();
	restricted();
	many();
	limit();
	waits();
	failed_read();
	races();
	kills();
	inherited();
	ends();
	xt_result(is("lowest free port", lowest(), before), "as many ports are free as before");
	return xt_done();
}
