// SPDX-License-Identifier: GPL-2.0-only
/* Files of domain 0's nodes, and calls to them. */
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "fuzz/nodes.h"

bool nodes_only;

static const char *const paths[NR_NODES] = {
	"/dev/xen/gntdev", "/dev/xen/gntalloc", "/dev/xen/evtchn", "/dev/xen/privcmd",
	"/dev/xen/xenbus", "/dev/xen/xenbus_backend", "/dev/xen/hypercall",
};

static _Atomic int files[NR_NODES][NR_OF_NODE];

uint32_t odd_number(struct fuzzer *f)
{
	static const uint32_t odd[] = {
		0, 1, 2, 0x7f, 0x80, 0xff, 0x100, 0xffff, 0x10000, 0x7fffffff, 0x80000000,
		0xfffffffe, 0xffffffff
	};

	return below(f, 2) ? odd[below(f, NR(odd))] : (uint32_t)rng_u64(&f->rng) >> below(f, 32);
}

static int node_open(enum node node)
{
	/* Who reads does not wait: it is to end by itself. */
	return open(paths[node], O_RDWR | O_CLOEXEC | O_NONBLOCK);
}

int any_node(struct fuzzer *f, enum node which)
{
	return any_fd(f, files[which], NR_OF_NODE);
}

void nodes_init(void)
{
	for (unsigned int n = 0; n < NR_NODES; n++)
		for (unsigned int i = 0; i < NR_OF_NODE; i++)
			files[n][i] = node_open(n);
}

void nodes_close(void)
{
	daemon_go();
	for (unsigned int n = 0; n < NR_NODES; n++)
		close_all(files[n], NR_OF_NODE);
}

/* In memory of a guest's, which may change it or go. */
static void *in_area(struct fuzzer *f, const void *from, size_t len)
{
	size_t size;
	char *at = area_of(f, &size);

	if (!at || len > size)
		return place(f, from, len, true);
	f->jumping = true;
	if (!sigsetjmp(f->jump, 1))
		memcpy(at, from, len);
	f->jumping = false;
	return at;
}

int node_ioctl_exact(struct fuzzer *f, enum node which, unsigned long cmd, const char *name,
		     void *arg, size_t len)
{
	int fd = any_node(f, which), rc;
	void *at;

	if (fd < 0)
		return -1;
	/* An answer may be longer than what was asked with: there is room. */
	if (below(f, 3))
		at = memcpy(f->good + 8 * PAGE, arg, len);
	else if (below(f, 4))
		at = place(f, arg, len, true);
	else
		at = in_area(f, arg, len);
	watch_begin(f->slot, name);
	rc = ioctl(fd, cmd, at);
	watch_end(f->slot);
	if (rc < 0)
		return rc;
	/* It was written: so it can be read, if nobody has unmapped it since. */
	f->jumping = true;
	if (!sigsetjmp(f->jump, 1))
		memcpy(arg, at, len > PAGE ? PAGE : len);
	f->jumping = false;
	return rc;
}

int node_ioctl(struct fuzzer *f, enum node which, unsigned long cmd, const char *name, void *arg,
	       size_t len)
{
	if (!below(f, 12) && len)
		((unsigned char *)arg)[below(f, len)] ^= 1 << below(f, 8);
	if (!below(f, 100))
		cmd = _IOC(below(f, 4), "EGPB"[below(f, 4)], below(f, 16), below(f, 300));
	return node_ioctl_exact(f, which, cmd, name, arg, len);
}

void any_node_descriptor(struct fuzzer *f)
{
	enum node node = below(f, NR_NODES);
	int fd = -1;

	watch_begin(f->slot, "open, dup, close of a node");
	switch (below(f, 4)) {
	case 0:
		fd = fcntl(any_node(f, node), F_DUPFD_CLOEXEC, 0);
		break;
	case 1:
		break;
	default:
		fd = node_open(node);
	}
	keep_fd(f, files[node], NR_OF_NODE, fd);
	watch_end(f->slot);
}

/* With what may be inherited: it does a little and ends, or is killed. */
static void node_life(struct fuzzer *f)
{
	unsigned int n = below(f, 20);

	while (n--) {
		any_area(f);
		any_gntdev(f);
		any_evtchn(f);
	}
	if (below(f, 2))
		pause();
}

void node_child(struct fuzzer *f)
{
	in_child(f, node_life);
}
