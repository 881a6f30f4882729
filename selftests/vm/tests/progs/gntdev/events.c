// SPDX-License-Identifier: GPL-2.0-only
/* Events that tell a guest of the end of a mapping. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "gntdev.h"

#define RW		(PROT_READ | PROT_WRITE)
#define MANY_KEPT	400U
#define EVTCHN		"/dev/xen/evtchn"
#define VIRQ_DOM_EXC	3

/* Another end for a port of domain 0's: a port, or a negative error number. */
static int bind_to(int fd, int port)
{
	struct ioctl_evtchn_bind_interdomain bind = { .remote_domain = 0, .remote_port = port };
	int rc = ioctl(fd, IOCTL_EVTCHN_BIND_INTERDOMAIN, &bind);

	return rc < 0 ? -errno : rc;
}

/* A port of domain 0's that the guest may bind to. */
static int offer(int *port)
{
	struct ioctl_evtchn_bind_unbound_port bind = { .remote_domain = domid };
	int fd = open(EVTCHN, O_RDWR | O_CLOEXEC);

	*port = fd < 0 ? -1 : ioctl(fd, IOCTL_EVTCHN_BIND_UNBOUND_PORT, &bind);
	return fd;
}

/* The guest's end; what comes with the binding is taken. */
static int guests_end(int port)
{
	int theirs = ask(CMD_BIND, port, 0);

	good_if(theirs > 0, "the guest binds");
	ask(CMD_EVENT, theirs, 0);
	return theirs;
}

static void at_the_end(void)
{
	int port, events = offer(&port), theirs, fd = node_open();
	unsigned char *at;
	uint64_t index;

	good_if(port > 0, "a port");
	theirs = guests_end(port);
	is(have(fd, REF_DATA, 1, RW, &index, &at), 0, "mmap()");
	is(notify(fd, index, UNMAP_NOTIFY_SEND_EVENT, port), 0, "an event");
	is(munmap(at, PAGE), 0, "munmap()");
	is(ask(CMD_EVENT, theirs, 0), 0, "an event while it has its place");
	is(unmap(fd, index, 1), 0, "UNMAP_GRANT_REF");
	is(ask(CMD_EVENT, theirs, 0), 1, "an event at the end");
	is(ask(CMD_EVENT, theirs, 0), 0, "another event");
	/* First the place, then the mapping; and what is called off. */
	is(have(fd, REF_DATA, 1, RW, &index, &at), 0, "mmap()");
	is(notify(fd, index + 70, UNMAP_NOTIFY_SEND_EVENT | UNMAP_NOTIFY_CLEAR_BYTE, port), 0,
	   "both");
	is(unmap(fd, index, 1), 0, "UNMAP_GRANT_REF");
	is(ask(CMD_EVENT, theirs, 0), 0, "an event while it is mapped");
	is(munmap(at, PAGE), 0, "munmap()");
	is(ask(CMD_EVENT, theirs, 0), 1, "an event at the end");
	is(ask(CMD_PEEK, 70, 0), 0, "the byte");
	ask(CMD_POKE, 70, BACKEND_BYTE(70));
	is(map_some(fd, REF_DATA, 1, &index), 0, "MAP_GRANT_REF");
	is(notify(fd, index, UNMAP_NOTIFY_SEND_EVENT, port), 0, "an event");
	is(notify(fd, index, 0, 0), 0, "called off");
	is(unmap(fd, index, 1), 0, "UNMAP_GRANT_REF");
	is(ask(CMD_EVENT, theirs, 0), 0, "what was called off");
	/* A port that is closed meanwhile is kept for it, and is nobody's to name. */
	is(map_some(fd, REF_DATA, 1, &index), 0, "MAP_GRANT_REF");
	is(notify(fd, index, UNMAP_NOTIFY_SEND_EVENT, port), 0, "an event");
	close(events);
	is(notify(fd, index, UNMAP_NOTIFY_SEND_EVENT, port), EINVAL, "a port that is closed");
	is(ask(CMD_STATUS, theirs, 0) & 0xff, 2, "the guest's end");
	close(fd);
	is(ask(CMD_EVENT, theirs, 0), 1, "an event at the end");
	is(ask(CMD_STATUS, theirs, 0) & 0xff, 1, "the guest's end after it");
	ask(CMD_CLOSE, theirs, 0);
}

struct of_child {
	int told[2];
	bool events_first;
};

static int map_and_hang(void *arg)
{
	struct of_child *c = arg;
	unsigned char *at;
	uint64_t index;
	int fd = -1, port;

	/* Descriptors are closed in the order of their numbers. */
	if (!c->events_first)
		fd = node_open();
	offer(&port);
	if (c->events_first)
		fd = node_open();
	if (have(fd, REF_DATA, 1, RW, &index, &at) ||
	    notify(fd, index, UNMAP_NOTIFY_SEND_EVENT, port) ||
	    write(c->told[1], &port, sizeof(port)) != sizeof(port))
		return 1;
	for (;;)
		pause();
}

static void of_who_is_killed(void)
{
	struct of_child c = {};
	int port = 0, theirs;
	pid_t pid;

	is(pipe(c.told), 0, "pipe()");
	for (unsigned int i = 0; i < 2; i++) {
		c.events_first = i;
		pid = child_begin(map_and_hang, &c);
		is(read(c.told[0], &port, sizeof(port)), sizeof(port), "the child");
		theirs = guests_end(port);
		is(ask(CMD_EVENT, theirs, 0), 0, "an event before");
		kill(pid, SIGKILL);
		is(child_end(pid), 256 + SIGKILL, "killed");
		is(ask(CMD_EVENT, theirs, 0), 1, i ? "an event, ports first" : "an event");
		is(ask(CMD_STATUS, theirs, 0) & 0xff, 1, "the guest's end after it");
		ask(CMD_CLOSE, theirs, 0);
	}
	close(c.told[0]);
	close(c.told[1]);
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

/* Ports that are kept are closed one after the other, without a grace period for each. */
static void many_kept(void)
{
	int events = open(EVTCHN, O_RDWR | O_CLOEXEC), others = open(EVTCHN, O_RDWR | O_CLOEXEC);
	struct ioctl_evtchn_bind_unbound_port bind = {};
	unsigned int i, bad = 0;
	int fd = node_open();
	uint64_t index;
	double begun;

	for (i = 0; i < MANY_KEPT; i++) {
		int port = ioctl(events, IOCTL_EVTCHN_BIND_UNBOUND_PORT, &bind);

		bad += bind_to(others, port) <= 0 || map_some(fd, REF_DATA, 1, &index) ||
		       notify(fd, index, UNMAP_NOTIFY_SEND_EVENT, port);
	}
	is(bad, 0, "ports that are not kept");
	begun = seconds();
	close(events);
	good_if(seconds() - begun < MANY_KEPT / 1000.0, "all are closed at once");
	close(fd);
	close(others);
}

/* The port of domain 0 by which the store's daemon is asked. */
static int stores_port(void)
{
	FILE *f = fopen("/proc/xen/xsd_port", "r");
	int port = 0;

	if (!f || fscanf(f, "%d", &port) != 1)
		xt_die("no /proc/xen/xsd_port");
	fclose(f);
	return port;
}

/* A daemon's end of a guest's ring: the next one needs the guest's port. */
static void of_a_ring(int gntdev, uint64_t index)
{
	struct xlhv_dom_create c = { .max_vcpus = 1, .max_pages = 512, .name = "ring" };
	struct xlhv_mem_range ram = { .size = 512 * PAGE, .type = XLHV_MEM_RAM };
	struct xlhv_memory_map map = { .ranges = (uintptr_t)&ram, .count = 1 };
	struct xlhv_ring s = { .kind = XLHV_RING_XENCONSOLED, .gfn = 0xfeffe };
	struct ioctl_evtchn_bind_interdomain bind = {};
	int device = xt_open(), daemon = open(EVTCHN, O_RDWR | O_CLOEXEC), end;

	xt_must(xt_call(device, XLHV_DOM_CREATE, &c), "XLHV_DOM_CREATE");
	xt_must(xt_call(c.fd, XLHV_DOM_MEMORY_MAP, &map), "XLHV_DOM_MEMORY_MAP");
	xt_must(xt_call(c.fd, XLHV_DOM_RING, &s), "XLHV_DOM_RING");
	bind.remote_domain = c.domid;
	bind.remote_port = s.port;
	end = ioctl(daemon, IOCTL_EVTCHN_BIND_INTERDOMAIN, &bind);
	good_if(end > 0, "a daemon's end of a ring");
	is(notify(gntdev, index, UNMAP_NOTIFY_SEND_EVENT, end), EINVAL, "that end");
	close(daemon);
	daemon = open(EVTCHN, O_RDWR | O_CLOEXEC);
	good_if(ioctl(daemon, IOCTL_EVTCHN_BIND_INTERDOMAIN, &bind) > 0, "the next daemon's");
	is(xt_call(c.fd, XLHV_DOM_DESTROY, NULL), 0, "XLHV_DOM_DESTROY");
	close(c.fd);
	close(device);
	close(daemon);
}

/* Ports that the next daemon needs: nobody can keep them when this one is gone. */
static void of_the_store(void)
{
	struct ioctl_evtchn_bind_virq virq = { .virq = VIRQ_DOM_EXC };
	int fd = node_open(), store = stores_port(), daemon, next, end;
	uint64_t index;

	is(map_some(fd, REF_DATA, 1, &index), 0, "MAP_GRANT_REF");
	is(notify(fd, index, UNMAP_NOTIFY_SEND_EVENT, store), EINVAL, "the store's own");
	daemon = open(EVTCHN, O_RDWR | O_CLOEXEC);
	end = bind_to(daemon, store);
	good_if(end > 0, "a daemon's end");
	is(notify(fd, index, UNMAP_NOTIFY_SEND_EVENT, end), EINVAL, "the daemon's end");
	is(notify(fd, index, UNMAP_NOTIFY_SEND_EVENT, store), EINVAL, "the store's own, bound");
	end = ioctl(daemon, IOCTL_EVTCHN_BIND_VIRQ, &virq);
	good_if(end > 0, "a VIRQ");
	is(notify(fd, index, UNMAP_NOTIFY_SEND_EVENT, end), EINVAL, "its port");
	close(daemon);
	next = open(EVTCHN, O_RDWR | O_CLOEXEC);
	good_if(bind_to(next, store) > 0, "the next daemon's end");
	good_if(ioctl(next, IOCTL_EVTCHN_BIND_VIRQ, &virq) > 0, "its VIRQ");
	close(next);
	of_a_ring(fd, index);
	close(fd);
}

/* What leads to nobody tells nobody: it is closed with its file, and its number is another's. */
static void of_nobody(void)
{
	struct ioctl_evtchn_bind_unbound_port bind = {};
	int fd = node_open(), first, second, port, again, peer;
	struct pollfd p = { .events = POLLIN };
	uint64_t index;

	is(map_some(fd, REF_DATA, 1, &index), 0, "MAP_GRANT_REF");
	first = open(EVTCHN, O_RDWR | O_CLOEXEC);
	second = open(EVTCHN, O_RDWR | O_CLOEXEC);
	port = ioctl(first, IOCTL_EVTCHN_BIND_UNBOUND_PORT, &bind);
	good_if(port > 0, "a port");
	is(notify(fd, index, UNMAP_NOTIFY_SEND_EVENT, port), 0, "an event by it");
	close(first);
	is(bind_to(second, port), -EINVAL, "it is closed");
	again = ioctl(second, IOCTL_EVTCHN_BIND_UNBOUND_PORT, &bind);
	is(again, port, "another's has its number");
	first = open(EVTCHN, O_RDWR | O_CLOEXEC | O_NONBLOCK);
	peer = bind_to(first, again);
	good_if(peer > 0, "and somebody binds to that");
	is(read(first, &peer, sizeof(peer)), sizeof(peer), "what comes with the binding");
	is(write(first, &peer, sizeof(peer)), sizeof(peer), "is seen to");
	is(unmap(fd, index, 1), 0, "UNMAP_GRANT_REF");
	p.fd = first;
	is(poll(&p, 1, 50), 0, "events by another's port");
	close(first);
	close(second);
	close(fd);
}

void cases_of_events(void)
{
	run_case("events at the end of mappings", at_the_end);
	run_case("events of who is killed", of_who_is_killed);
	run_case("many ports that are kept", many_kept);
	run_case("ports of daemons are not kept", of_the_store);
	run_case("ports that nobody has bound to are not kept", of_nobody);
}
