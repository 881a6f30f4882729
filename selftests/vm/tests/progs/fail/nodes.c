// SPDX-License-Identifier: GPL-2.0-only
/* What operations with the nodes of domain 0 share, and how what they take is given back. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fail/nodes.h"
#include "xt.h"

#include <xen/event_channel.h>

#define RING		0xfeffeUL	/* gfn of the console */
#define MAX_PORT	160U

int node = -1, companion = -1;
unsigned char *area = MAP_FAILED;
uint32_t domid, port;
static size_t area_size;

int node_call(unsigned long cmd, void *arg)
{
	return ioctl(node, cmd, arg) < 0 ? errno : 0;
}

int node_open(const char *name)
{
	node = open(name, O_RDWR | O_CLOEXEC | O_NONBLOCK);
	return node < 0 ? errno : 0;
}

int node_map(uint64_t offset, unsigned int pages)
{
	area_size = pages * PAGE;
	area = mmap(NULL, area_size, PROT_READ | PROT_WRITE, MAP_SHARED, node, offset);
	return area == MAP_FAILED ? errno : 0;
}

int node_unmap(void)
{
	if (munmap(area, area_size))
		return errno;
	area = MAP_FAILED;
	return 0;
}

int node_touch(void)
{
	if (sigsetjmp(on_bus, 1))
		return SIGNALLED;
	for (size_t at = 0; at < area_size; at += PAGE)
		*(volatile unsigned char *)(area + at) = 1;
	return 0;
}

int hypercall(uint64_t op, uint64_t sub, void *arg)
{
	struct privcmd_hypercall h = { op, { sub, (uintptr_t)arg } };

	return node_call(IOCTL_PRIVCMD_HYPERCALL, &h);
}

void with_no_node(void)
{
}

void with_peer(void)
{
	struct xlhv_ring s = { .kind = XLHV_RING_XENCONSOLED, .gfn = RING };
	struct xlhv_dom_info info;

	with_memory();
	xt_must(xt_call(dom, XLHV_DOM_RING, &s), "console's page");
	xt_must(xt_call(dom, XLHV_DOM_INFO, &info), "info");
	domid = info.domid;
	port = s.port;
}

unsigned int node_ports(void)
{
	int kept = node;
	unsigned int n = 0;

	if (node_open("/dev/xen/privcmd")) {
		node = kept;
		return 0;
	}
	for (unsigned int p = 1; p < MAX_PORT; p++) {
		struct evtchn_status s = { .dom = DOMID_SELF, .port = p };

		if (hypercall(__HYPERVISOR_event_channel_op, EVTCHNOP_status, &s))
			break;
		n += s.status != EVTCHNSTAT_closed;
	}
	close(node);
	node = kept;
	return n;
}

void nodes_clean_up(void)
{
	if (area != MAP_FAILED)
		node_unmap();
	if (node >= 0)
		close(node);
	if (companion >= 0)
		close(companion);
	node = -1;
	companion = -1;
}
