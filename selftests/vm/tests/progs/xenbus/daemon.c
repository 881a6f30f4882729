// SPDX-License-Identifier: GPL-2.0-only
/* The daemon's end: domain 0's ring and port, as the stock daemon has them. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include <xen/xen.h>
#include <xen/evtchn.h>

#include "xenbus.h"

#define PATIENCE_S	5

struct xenstore_domain_interface *ring;
static int evtchn = -1;
static int port;

void daemon_start(void)
{
	struct ioctl_evtchn_bind_interdomain b = {};
	FILE *f = fopen("/proc/xen/xsd_port", "r");
	int kva = open("/proc/xen/xsd_kva", O_RDWR | O_CLOEXEC);

	if (!f || fscanf(f, "%u", &b.remote_port) != 1)
		xt_die("no /proc/xen/xsd_port");
	fclose(f);
	ring = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, kva, 0);
	if (ring == MAP_FAILED)
		xt_die("no ring: %s", xt_errno_name(errno));
	close(kva);
	evtchn = open("/dev/xen/evtchn", O_RDWR | O_CLOEXEC);
	port = ioctl(evtchn, IOCTL_EVTCHN_BIND_INTERDOMAIN, &b);
	if (port < 0)
		xt_die("no port: %s", xt_errno_name(errno));
	daemon_event();
}

void daemon_stop(void)
{
	close(evtchn);
	munmap(ring, 4096);
	ring = NULL;
}

void daemon_event(void)
{
	struct ioctl_evtchn_notify n = { .port = port };

	ioctl(evtchn, IOCTL_EVTCHN_NOTIFY, &n);
}

/* Bytes out of the ring.  Return: false: they do not come. */
static bool take(void *to, uint32_t len)
{
	time_t end = time(NULL) + PATIENCE_S;
	uint32_t cons, i = 0;

	while (i < len) {
		cons = ring->req_cons;
		if (__atomic_load_n(&ring->req_prod, __ATOMIC_ACQUIRE) == cons) {
			if (time(NULL) > end)
				return false;
			usleep(200);
			continue;
		}
		((char *)to)[i++] = ring->req[MASK_XENSTORE_IDX(cons)];
		__atomic_store_n(&ring->req_cons, cons + 1, __ATOMIC_RELEASE);
		if (cons + 1 == ring->req_prod)
			daemon_event();
	}
	return true;
}

static void give(const void *from, uint32_t len)
{
	time_t end = time(NULL) + PATIENCE_S;
	uint32_t prod, i = 0;

	while (i < len) {
		prod = ring->rsp_prod;
		if (prod - __atomic_load_n(&ring->rsp_cons, __ATOMIC_ACQUIRE) ==
		    XENSTORE_RING_SIZE) {
			daemon_event();
			if (time(NULL) > end) {
				is(i, len, "bytes of an answer that were taken");
				return;
			}
			usleep(200);
			continue;
		}
		ring->rsp[MASK_XENSTORE_IDX(prod)] = ((const char *)from)[i++];
		__atomic_store_n(&ring->rsp_prod, prod + 1, __ATOMIC_RELEASE);
	}
	daemon_event();
}

bool daemon_get(struct message *m)
{
	return take(&m->head, sizeof(m->head)) && m->head.len <= BODY_MAX &&
	       take(m->body, m->head.len);
}

void daemon_put(uint32_t type, uint32_t req_id, uint32_t tx_id, const void *body, uint32_t len)
{
	struct xsd_sockmsg head = { type, req_id, tx_id, len };

	give(&head, sizeof(head));
	give(body, len);
}

uint32_t daemon_expect(uint32_t type, uint32_t tx_id, const char *text)
{
	struct message m = {};

	if (!daemon_get(&m)) {
		is(0, 1, "requests");
		return 0;
	}
	is(m.head.type, type, "type of a request");
	is(m.head.tx_id, tx_id, "its transaction");
	if (*text)
		is(is_text(&m, text), true, "its text");
	return m.head.req_id;
}

void daemon_answer(uint32_t type, const char *text)
{
	struct message m = {};

	if (!daemon_get(&m)) {
		is(0, 1, "requests to answer");
		return;
	}
	is(m.head.type, type, "type of a request to answer");
	daemon_put_text(m.head.type, m.head.req_id, m.head.tx_id, text);
}

bool daemon_idle(void)
{
	usleep(50000);
	return ring->req_cons == __atomic_load_n(&ring->req_prod, __ATOMIC_ACQUIRE);
}
