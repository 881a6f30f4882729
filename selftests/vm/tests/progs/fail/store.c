// SPDX-License-Identifier: GPL-2.0-only
/*
 * Operations with XenStore's nodes: /dev/xen/xenbus with and without a daemon at the other end of
 * the ring, which is played here, and what a daemon uses itself.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fail/nodes.h"
#include "xt.h"

#include <xen/evtchn.h>
#include <xen/io/xs_wire.h>

/* What the kernel's headers do not give to user space. */
#define BACKEND_EVTCHN	_IOC(_IOC_NONE, 'B', 0, 0)
#define BACKEND_SETUP	_IOC(_IOC_NONE, 'B', 1, 0)
#define TURNS		2000	/* to wait for a worker */

struct message {
	struct xsd_sockmsg head;
	char body[64];
};

static struct xenstore_domain_interface *ring;
static uint32_t here;		/* the daemon's port */

/*
 * The daemon. What it asks the kernel for may be what fails: it does it again.
 */

static void daemon_event(void)
{
	struct ioctl_evtchn_notify n = { here };

	while (ioctl(companion, IOCTL_EVTCHN_NOTIFY, &n) && errno == EFAULT)
		;
}

static bool take(void *to, uint32_t len)
{
	unsigned int turns = TURNS;

	for (uint32_t i = 0; i < len;) {
		uint32_t cons = ring->req_cons;

		if (__atomic_load_n(&ring->req_prod, __ATOMIC_ACQUIRE) == cons) {
			if (!turns--)
				return false;
			usleep(200);
			continue;
		}
		((char *)to)[i++] = ring->req[MASK_XENSTORE_IDX(cons)];
		__atomic_store_n(&ring->req_cons, cons + 1, __ATOMIC_RELEASE);
	}
	return true;
}

static void give(const void *from, uint32_t len)
{
	for (uint32_t i = 0; i < len; i++) {
		ring->rsp[MASK_XENSTORE_IDX(ring->rsp_prod)] = ((const char *)from)[i];
		__atomic_store_n(&ring->rsp_prod, ring->rsp_prod + 1, __ATOMIC_RELEASE);
	}
}

/* One request is taken and answered.  Return: there was one. */
static bool daemon_answer(const char *text)
{
	struct message m;

	if (!take(&m.head, sizeof(m.head)) || m.head.len > sizeof(m.body) ||
	    !take(m.body, m.head.len))
		return false;
	m.head.len = strlen(text) + 1;
	give(&m.head, sizeof(m.head));
	give(text, m.head.len);
	daemon_event();
	return true;
}

static void daemon_start(void)
{
	struct ioctl_evtchn_bind_interdomain b = {};
	int kva = open("/proc/xen/xsd_kva", O_RDWR | O_CLOEXEC), rc;
	FILE *f = fopen("/proc/xen/xsd_port", "r");

	if (!f || fscanf(f, "%u", &b.remote_port) != 1)
		xt_die("no /proc/xen/xsd_port");
	fclose(f);
	ring = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, kva, 0);
	companion = open("/dev/xen/evtchn", O_RDWR | O_CLOEXEC);
	rc = ioctl(companion, IOCTL_EVTCHN_BIND_INTERDOMAIN, &b);
	if (ring == MAP_FAILED || rc < 0)
		xt_die("no ring or no port: %s", xt_errno_name(errno));
	close(kva);
	here = rc;
	daemon_event();
}

void store_clean_up(void)
{
	/* What the file leaves behind is asked while the daemon goes. */
	if (ring)
		munmap(ring, PAGE);
	ring = NULL;
}

/*
 * The process.
 */

static int op_open(void)
{
	return node_open("/dev/xen/xenbus");
}

static int put(uint32_t type, const void *body, uint32_t len)
{
	struct message m = { { .type = type, .len = len }, "" };
	ssize_t n;

	memcpy(m.body, body, len);
	n = write(node, &m, sizeof(m.head) + len);
	if (n < 0)
		return errno;
	return n == (ssize_t)(sizeof(m.head) + len) ? 0 : EFAULT;
}

/* What the answer says: an error by its name. */
static int get(uint32_t type)
{
	struct message m = {};
	struct pollfd p = { .fd = node, .events = POLLIN };
	unsigned int turns = TURNS;
	ssize_t n;

	while ((n = read(node, &m, sizeof(m))) < 0 && (errno == EAGAIN || errno == EFAULT) &&
	       turns--)
		poll(&p, 1, 1);
	if (n < (ssize_t)sizeof(m.head))
		return ODD;
	if (m.head.type == type)
		return 0;
	if (m.head.type != XS_ERROR)
		return ODD;
	return !strcmp(m.body, "ENOMEM") ? ENOMEM : !strcmp(m.body, "EIO") ? EIO : ODD;
}

/* A request that the daemon answers, and its answer; one that comes to nothing is answered, too. */
static int ask(uint32_t type, const void *body, uint32_t len, const char *text)
{
	struct pollfd p = { .fd = node, .events = POLLIN };
	int err = put(type, body, len);

	if (err)
		return err;
	if (poll(&p, 1, 0) <= 0 && !daemon_answer(text))
		return ODD;
	return get(type);
}

static int op_request(void)
{
	return ask(XS_READ, "/a", 3, "b");
}

static int op_watch(void)
{
	return ask(XS_WATCH, "/a\0t", 5, "OK");
}

static int op_unwatch(void)
{
	return ask(XS_UNWATCH, "/a\0t", 5, "OK");
}

static int op_transaction(void)
{
	return ask(XS_TRANSACTION_START, "", 1, "7");
}

/* There is no daemon: the answer is an error, and comes at once. */
static int op_unheard(void)
{
	int err = put(XS_READ, "/a", 3);

	if (err)
		return err;
	err = get(XS_READ);
	return err == EIO ? 0 : err;
}

/* An answer is there until it has been read. */
static int op_answer(void)
{
	struct message m;
	ssize_t n = read(node, &m, sizeof(m));

	if (n < 0)
		return errno;
	return n >= (ssize_t)sizeof(m.head) ? 0 : ODD;
}

static int op_poll(void)
{
	struct pollfd p = { .fd = node, .events = POLLIN | POLLOUT };
	int n = poll(&p, 1, 0);

	return n < 0 ? errno : p.revents == (POLLIN | POLLOUT) ? 0 : ODD;
}

static int op_backend_open(void)
{
	return node_open("/dev/xen/xenbus_backend");
}

static int op_backend_port(void)
{
	int rc = ioctl(node, BACKEND_EVTCHN);

	return rc < 0 ? errno : rc ? 0 : ODD;
}

static int op_backend_setup(void)
{
	return ioctl(node, BACKEND_SETUP, domid) < 0 ? errno : 0;
}

static int op_backend_map(void)
{
	return node_map(0, 1);
}

static int op_kva_open(void)
{
	return node_open("/proc/xen/xsd_kva");
}

/* A message of one byte so far, until the file is closed.  Return: the file, or -1. */
static int begin_message(void)
{
	int fd = open("/dev/xen/xenbus", O_RDWR | O_CLOEXEC | O_NONBLOCK);

	if (fd >= 0 && write(fd, "", 1) == 1)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

/*
 * Of all files together two messages, watches and transactions are kept, and here are two: so
 * nothing else is.  What a daemon has left is let go of by a worker.
 */
static bool nothing_is_kept(void)
{
	int one = begin_message(), two = begin_message();
	bool both = one >= 0 && two >= 0;

	if (one >= 0)
		close(one);
	if (two >= 0)
		close(two);
	return both;
}

static void with_xenbus(void)
{
	unsigned int turns = TURNS;

	xt_parameter_set("xenbus_limit", 2);
	while (!nothing_is_kept()) {
		if (!turns--)
			xt_die("a message, a watch or a transaction is kept for nobody");
		usleep(500);
	}
	xt_must(op_open(), "xenbus");
}

static void with_daemon(void)
{
	daemon_start();
	with_xenbus();
}

static void with_watch(void)
{
	with_daemon();
	xt_must(op_watch(), "a watch");
}

static void with_answer(void)
{
	struct pollfd p = { .events = POLLIN };

	with_xenbus();
	xt_must(put(XS_READ, "/a", 3), "a request");
	p.fd = node;
	if (poll(&p, 1, 1000) != 1)
		xt_die("no answer");
}

static void with_backend(void)
{
	with_peer();
	xt_must(op_backend_open(), "xenbus_backend");
}

static void with_kva(void)
{
	xt_must(op_kva_open(), "xsd_kva");
}

const struct op store_ops[] = {
	{ "xenbus-open", with_no_node, op_open, 50, NOTHING, 0 },
	{ "xenbus-unheard", with_xenbus, op_unheard, 100, NOTHING, 0 },
	{ "xenbus-read", with_answer, op_answer, 50, NOTHING, 0 },
	{ "xenbus-poll", with_answer, op_poll, 50, NOTHING, 0 },
	{ "xenbus-request", with_daemon, op_request, 100, NOTHING, 0 },
	{ "xenbus-watch", with_daemon, op_watch, 100, NOTHING, 0 },
	{ "xenbus-unwatch", with_watch, op_unwatch, 100, NOTHING, 0 },
	{ "xenbus-transaction", with_daemon, op_transaction, 100, NOTHING, 0 },
	{ "backend-open", with_no_node, op_backend_open, 50, NOTHING, 0 },
	{ "backend-port", with_backend, op_backend_port, 50, NOTHING, 0 },
	{ "backend-setup", with_backend, op_backend_setup, 200, NOTHING, 0 },
	{ "backend-mmap", with_backend, op_backend_map, 200, NOTHING, 0 },
	{ "xsd-kva-open", with_no_node, op_kva_open, 50, NOTHING, 0 },
	{ "xsd-kva-mmap", with_kva, op_backend_map, 200, NOTHING, 0 },
	{}
};
