// SPDX-License-Identifier: GPL-2.0-only
/*
 * XenStore by domain 0's ring: requests of processes, whole or in pieces, right or wrong; and a
 * daemon at the other end that answers, answers wrongly, breaks the ring, goes and comes again.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz/nodes.h"

#include <xen/io/xs_wire.h>

static uint32_t any_type(struct fuzzer *f)
{
	static const uint32_t types[] = { XS_READ, XS_WRITE, XS_DIRECTORY, XS_WATCH, XS_WATCH,
					  XS_UNWATCH, XS_TRANSACTION_START, XS_TRANSACTION_START,
					  XS_TRANSACTION_END, XS_RESET_WATCHES, XS_RM };

	return below(f, 10) ? types[below(f, NR(types))] : odd_number(f);
}

/* A message of few letters, so that paths, tokens and transactions meet. */
static size_t any_message(struct fuzzer *f, char *bytes, size_t room)
{
	struct xsd_sockmsg head = {
		.type = any_type(f),
		.req_id = below(f, 8),
		.tx_id = below(f, 3) ? 0 : below(f, 2) ? below(f, 70) : odd_number(f),
		.len = below(f, 4) ? below(f, 24) : below(f, 5000),
	};
	uint32_t len = head.len;

	if (!below(f, 30))
		head.len = odd_number(f);
	memcpy(bytes, &head, sizeof(head));
	if (len > room - sizeof(head))
		len = room - sizeof(head);
	for (uint32_t i = 0; i < len; i++)
		bytes[sizeof(head) + i] = "/ab1@T"[below(f, 7)];	/* its 0, too */
	if (len && head.type == XS_TRANSACTION_END)
		memcpy(bytes + sizeof(head), "T", len > 2 ? 2 : len);
	return sizeof(head) + len;
}

static void ask(struct fuzzer *f, int fd)
{
	char bytes[2 * PAGE];
	size_t len = any_message(f, bytes, sizeof(bytes)), from = 0, piece;
	char *at = below(f, 3) ? bytes : NULL;

	while (from < len) {
		piece = below(f, 2) ? len - from : 1 + below(f, len - from);
		if (write(fd, at ? at + from : place(f, bytes + from, piece, true), piece) <= 0)
			break;
		from += piece;
		if (!below(f, 20))
			break;
	}
}

void any_xenbus(struct fuzzer *f)
{
	int fd = any_node(f, XENBUS);
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLOUT };

	watch_begin(f->slot, "xenbus");
	switch (below(f, 8)) {
	case 0 ... 3:
		ask(f, fd);
		break;
	case 4 ... 6:
		(void)!read(fd, below(f, 2) ? f->good : (void *)(uintptr_t)buffer(f),
			    below(f, 5000));
		break;
	default:
		poll(&p, 1, below(f, 4));
	}
	watch_end(f->slot);
}

/*
 * The daemon.
 */

static struct {
	struct xenstore_domain_interface *ring;
	int evtchn, port;
	struct xsd_sockmsg asked;	/* last */
} d = { .evtchn = -1 };

static void daemon_come(void)
{
	struct ioctl_evtchn_bind_interdomain b = {};
	FILE *port = fopen("/proc/xen/xsd_port", "r");
	int kva = open("/proc/xen/xsd_kva", O_RDWR | O_CLOEXEC);
	void *ring = MAP_FAILED;

	if (port && fscanf(port, "%u", &b.remote_port) == 1)
		ring = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, kva, 0);
	if (port)
		fclose(port);
	if (kva >= 0)
		close(kva);
	if (ring == MAP_FAILED)
		return;
	d.evtchn = open("/dev/xen/evtchn", O_RDWR | O_CLOEXEC | O_NONBLOCK);
	d.port = ioctl(d.evtchn, IOCTL_EVTCHN_BIND_INTERDOMAIN, &b);
	if (d.port < 0) {
		munmap(ring, PAGE);
		if (d.evtchn >= 0)
			close(d.evtchn);
		d.evtchn = -1;
		return;
	}
	d.ring = ring;
}

void daemon_go(void)
{
	if (!d.ring)
		return;
	close(d.evtchn);
	munmap(d.ring, PAGE);
	d.evtchn = -1;
	d.ring = NULL;
}

static void answer(const void *from, uint32_t len)
{
	uint32_t prod = d.ring->rsp_prod;

	while (len && prod - d.ring->rsp_cons < XENSTORE_RING_SIZE) {
		d.ring->rsp[MASK_XENSTORE_IDX(prod++)] = *(const char *)from;
		from = (const char *)from + 1;
		len--;
	}
	__atomic_store_n(&d.ring->rsp_prod, prod, __ATOMIC_RELEASE);
}

/* All that has come is taken; the last whole head is remembered. */
static void take_requests(struct fuzzer *f)
{
	uint32_t prod = __atomic_load_n(&d.ring->req_prod, __ATOMIC_ACQUIRE);
	uint32_t at_byte = d.ring->req_cons;
	unsigned char bytes[XENSTORE_RING_SIZE];
	uint32_t n = 0;

	while (at_byte != prod && n < sizeof(bytes))
		bytes[n++] = d.ring->req[MASK_XENSTORE_IDX(at_byte++)];
	for (uint32_t at = 0; at + sizeof(d.asked) <= n;) {
		memcpy(&d.asked, bytes + at, sizeof(d.asked));
		at += sizeof(d.asked) + d.asked.len;
		if (d.asked.len > n)
			break;
		if (d.asked.type == XS_TRANSACTION_START) {
			struct xsd_sockmsg start = d.asked;
			char id[12];

			start.len = snprintf(id, sizeof(id), "%u", 1 + below(f, 60)) + 1;
			answer(&start, sizeof(start));
			answer(id, start.len);
		} else if (below(f, 12)) {
			struct xsd_sockmsg ok = d.asked;

			ok.len = 3;
			answer(&ok, sizeof(ok));
			answer("OK", 3);
		}
	}
	__atomic_store_n(&d.ring->req_cons, at_byte, __ATOMIC_RELEASE);
}

static void misbehave(struct fuzzer *f)
{
	char bytes[2 * PAGE];
	struct xsd_sockmsg event = { .type = XS_WATCH_EVENT };
	static const char text[] = "/a\0001";

	switch (below(f, 8)) {
	case 0:
		d.ring->rsp_prod = odd_number(f);
		break;
	case 1:
		d.ring->req_cons = odd_number(f);
		break;
	case 2:
		d.ring->rsp_cons = odd_number(f);
		d.ring->req_prod = odd_number(f);
		break;
	case 3:
		for (unsigned int i = 0; i < 64; i++)
			((volatile char *)d.ring)[below(f, PAGE)] = rng_u64(&f->rng);
		break;
	case 4 ... 5:
		answer(bytes, any_message(f, bytes, sizeof(bytes)));
		break;
	case 6:
		event.len = sizeof(text);
		answer(&event, sizeof(event));
		answer(text, sizeof(text));
		break;
	default:
		daemon_go();
	}
}

void any_daemon(struct fuzzer *f)
{
	struct ioctl_evtchn_notify n = { .port = d.port };
	uint32_t port;

	if (f != &fuzzers[0])
		return;
	watch_begin(f->slot, "a daemon");
	if (!d.ring && !below(f, 4))
		daemon_come();
	if (d.ring) {
		take_requests(f);
		if (!below(f, 16))
			misbehave(f);
		/* It may have gone. */
		if (d.ring) {
			if (read(d.evtchn, &port, sizeof(port)) == sizeof(port))
				(void)!write(d.evtchn, &port, sizeof(port));
			ioctl(d.evtchn, IOCTL_EVTCHN_NOTIFY, &n);
		}
	}
	watch_end(f->slot);
}
