// SPDX-License-Identifier: GPL-2.0-only
/* Requests to evtchn, and hypercalls and mappings by privcmd. */
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz/nodes.h"

#define MAX_FRAMES	16

static _Atomic uint32_t ports[NR_PORTS];

uint32_t any_port(struct fuzzer *f)
{
	return below(f, 12) ? atomic_load(&ports[below(f, NR_PORTS)]) :
	       below(f, 2) ? below(f, 64) : odd_number(f);
}

/* Many of them, by one write. */
static void unmask(struct fuzzer *f)
{
	uint32_t list[64];
	int fd = any_node(f, EVTCHN);

	for (unsigned int i = 0; i < NR(list); i++)
		list[i] = any_port(f);
	watch_begin(f->slot, "evtchn: write");
	(void)!write(fd, place(f, list, sizeof(list), true), below(f, sizeof(list) + 8));
	watch_end(f->slot);
}

static void hear(struct fuzzer *f)
{
	struct pollfd p = { .fd = any_node(f, EVTCHN), .events = POLLIN | POLLOUT };

	watch_begin(f->slot, "evtchn: read, poll");
	if (below(f, 2))
		poll(&p, 1, below(f, 3));
	(void)!read(p.fd, (void *)(uintptr_t)buffer(f), below(f, 600));
	watch_end(f->slot);
}

void any_evtchn(struct fuzzer *f)
{
	union {
		struct ioctl_evtchn_bind_virq virq;
		struct ioctl_evtchn_bind_interdomain inter;
		struct ioctl_evtchn_bind_unbound_port unbound;
		struct ioctl_evtchn_unbind unbind;
		struct ioctl_evtchn_notify notify;
		struct ioctl_evtchn_restrict_domid restrict_to;
	} a = {};
	int port = -1;

	switch (below(f, 20)) {
	case 0 ... 3:
		a.inter.remote_domain = any_domid(f);
		a.inter.remote_port = below(f, 4) ? below(f, 24) : odd_number(f);
		port = node_ioctl(f, EVTCHN, IOCTL_EVTCHN_BIND_INTERDOMAIN,
				  "evtchn: BIND_INTERDOMAIN", &a, sizeof(a.inter));
		break;
	case 4 ... 6:
		a.unbound.remote_domain = any_domid(f);
		port = node_ioctl(f, EVTCHN, IOCTL_EVTCHN_BIND_UNBOUND_PORT,
				  "evtchn: BIND_UNBOUND_PORT", &a, sizeof(a.unbound));
		break;
	case 7:
		a.virq.virq = below(f, 4) ? below(f, 24) : odd_number(f);
		port = node_ioctl(f, EVTCHN, IOCTL_EVTCHN_BIND_VIRQ, "evtchn: BIND_VIRQ", &a,
				  sizeof(a.virq));
		break;
	case 8 ... 10:
		a.unbind.port = any_port(f);
		node_ioctl(f, EVTCHN, IOCTL_EVTCHN_UNBIND, "evtchn: UNBIND", &a, sizeof(a.unbind));
		break;
	case 11 ... 14:
		a.notify.port = any_port(f);
		node_ioctl(f, EVTCHN, IOCTL_EVTCHN_NOTIFY, "evtchn: NOTIFY", &a, sizeof(a.notify));
		break;
	case 15:
		if (below(f, 40))
			node_ioctl(f, EVTCHN, IOCTL_EVTCHN_RESET, "evtchn: RESET", &a, 0);
		else
			node_ioctl(f, EVTCHN, IOCTL_EVTCHN_RESTRICT_DOMID, "evtchn: RESTRICT_DOMID",
				   &(domid_t){ any_domid(f) }, sizeof(domid_t));
		break;
	case 16 ... 17:
		unmask(f);
		break;
	default:
		hear(f);
	}
	if (port > 0)
		atomic_store(&ports[below(f, NR_PORTS)], port);
}

/* An area of privcmd is filled with pages of a domain, or with its grant table. */
static void fill_area(struct fuzzer *f)
{
	struct privcmd_mmapbatch_v2 b = {};
	struct privcmd_mmap_resource r = {};
	uint64_t frames[MAX_FRAMES];
	size_t size;
	char *at = area_of(f, &size);

	if (below(f, 3)) {
		for (unsigned int i = 0; i < NR(frames); i++)
			frames[i] = below(f, 6) ? below(f, 8192) : rng_u64(&f->rng) >> below(f, 64);
		b.num = below(f, 6) ? size / PAGE : below(f, 2) ? below(f, 40) : odd_number(f);
		b.dom = any_victim(f);
		b.addr = (uintptr_t)at;
		b.arr = place(f, frames, sizeof(frames), true);
		b.err = (int *)(uintptr_t)buffer(f);
		if (below(f, 3))
			node_ioctl_exact(f, PRIVCMD, IOCTL_PRIVCMD_MMAPBATCH_V2,
					 "privcmd: MMAPBATCH_V2", &b, sizeof(b));
		else
			node_ioctl_exact(f, PRIVCMD, IOCTL_PRIVCMD_MMAPBATCH,
					 "privcmd: MMAPBATCH", &b, sizeof(b));
		return;
	}
	r.dom = any_victim(f);
	r.type = below(f, 4) ? 1 : odd_number(f);	/* grant table */
	r.id = below(f, 4) ? 0 : odd_number(f);
	r.idx = below(f, 4) ? 0 : odd_number(f);
	r.num = below(f, 4) ? size / PAGE : odd_number(f);
	r.addr = (uintptr_t)at;
	node_ioctl_exact(f, PRIVCMD, IOCTL_PRIVCMD_MMAP_RESOURCE, "privcmd: MMAP_RESOURCE", &r,
			 sizeof(r));
}

/* Not what makes ports that are no file's: nobody would close them. */
static void hypercall(struct fuzzer *f)
{
	static const struct {
		uint64_t op, sub;
	} calls[] = {
		{ __HYPERVISOR_event_channel_op, EVTCHNOP_status },
		{ __HYPERVISOR_event_channel_op, EVTCHNOP_send },
		{ __HYPERVISOR_event_channel_op, EVTCHNOP_unmask },
		{ __HYPERVISOR_grant_table_op, GNTTABOP_query_size },
		{ __HYPERVISOR_grant_table_op, GNTTABOP_get_version },
		{ __HYPERVISOR_xen_version, 1 }, { __HYPERVISOR_xen_version, 6 },
		{ __HYPERVISOR_memory_op, 2 }, { __HYPERVISOR_memory_op, 3 },
		{ __HYPERVISOR_memory_op, 4 }, { __HYPERVISOR_memory_op, 12 },
		{ __HYPERVISOR_hvm_op, 1 },		/* a parameter */
		{ __HYPERVISOR_sysctl, 0 }, { __HYPERVISOR_domctl, 0 },
	};
	unsigned int n = below(f, NR(calls));
	uint32_t words[64] = {};
	uint64_t h[6] = { calls[n].op, calls[n].sub };

	words[0] = below(f, 2) ? any_domid(f) : odd_number(f);
	for (unsigned int i = 1; i < 16; i++)
		words[i] = below(f, 2) ? below(f, 48) : odd_number(f);
	if (calls[n].op == __HYPERVISOR_domctl || calls[n].op == __HYPERVISOR_sysctl) {
		words[0] = calls[n].op == __HYPERVISOR_domctl ? 5 : 6;	/* getdomaininfo, -list */
		words[1] = 0x15 + below(f, 3);
		h[1] = (uintptr_t)place(f, words, sizeof(words), true);
	} else {
		h[2] = (uintptr_t)place(f, words, sizeof(words), true);
		h[3] = below(f, 4) ? 1 : odd_number(f);
	}
	if (calls[n].op == __HYPERVISOR_event_channel_op) {
		/* Nothing but what it is: another one makes ports. */
		watch_begin(f->slot, "privcmd: HYPERCALL of events");
		ioctl(any_node(f, PRIVCMD), IOCTL_PRIVCMD_HYPERCALL, h);
		watch_end(f->slot);
		return;
	}
	if (!below(f, 20))
		h[1 + below(f, 5)] = rng_u64(&f->rng) >> below(f, 64);
	node_ioctl(f, PRIVCMD, IOCTL_PRIVCMD_HYPERCALL, "privcmd: HYPERCALL", h, sizeof(h));
}

void any_privcmd(struct fuzzer *f)
{
	uint64_t dm[2] = { any_domid(f) | below(f, 4) << 16, buffer(f) };

	switch (below(f, 12)) {
	case 0 ... 5:
		fill_area(f);
		break;
	case 6:
		node_ioctl(f, PRIVCMD, IOCTL_PRIVCMD_DM_OP, "privcmd: DM_OP", dm, sizeof(dm));
		break;
	case 7:
		if (!below(f, 10))
			node_ioctl(f, PRIVCMD, IOCTL_PRIVCMD_RESTRICT, "privcmd: RESTRICT",
				   &(domid_t){ any_domid(f) }, sizeof(domid_t));
		break;
	default:
		hypercall(f);
	}
}
