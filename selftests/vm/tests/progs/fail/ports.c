// SPDX-License-Identifier: GPL-2.0-only
/* Operations with /dev/xen/evtchn. */
#include <errno.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "fail/nodes.h"
#include "xt.h"

#include <xen/evtchn.h>

#define FULL	64	/* ports for which a file has room at first */

static uint32_t here, there;	/* of domain 0, bound to each other */

static int op_open(void)
{
	return node_open("/dev/xen/evtchn");
}

static int op_unbound(void)
{
	struct ioctl_evtchn_bind_unbound_port b = { .remote_domain = domid };

	return node_call(IOCTL_EVTCHN_BIND_UNBOUND_PORT, &b);
}

static int op_interdomain(void)
{
	struct ioctl_evtchn_bind_interdomain b = { domid, port };

	return node_call(IOCTL_EVTCHN_BIND_INTERDOMAIN, &b);
}

static int op_virq(void)
{
	struct ioctl_evtchn_bind_virq b = { 3 };	/* VIRQ_DOM_EXC */

	return node_call(IOCTL_EVTCHN_BIND_VIRQ, &b);
}

static int op_unbind(void)
{
	struct ioctl_evtchn_unbind u = { here };

	return node_call(IOCTL_EVTCHN_UNBIND, &u);
}

static int op_notify(void)
{
	struct ioctl_evtchn_notify n = { there };

	return node_call(IOCTL_EVTCHN_NOTIFY, &n);
}

static int op_reset(void)
{
	return node_call(IOCTL_EVTCHN_RESET, NULL);
}

static int op_restrict(void)
{
	struct ioctl_evtchn_restrict_domid r = { domid };

	return node_call(IOCTL_EVTCHN_RESTRICT_DOMID, &r);
}

/* The event is there until it has been read. */
static int op_read(void)
{
	uint32_t got[4];
	ssize_t n = read(node, got, sizeof(got));

	if (n < 0)
		return errno;
	return n == sizeof(got[0]) && got[0] == here ? 0 : ODD;
}

/* What came since the last one was read comes when it is said that this has been seen to. */
static int op_write(void)
{
	if (write(node, &here, sizeof(here)) != sizeof(here))
		return errno;
	return op_read();
}

static int op_poll(void)
{
	struct pollfd p = { .fd = node, .events = POLLIN };
	int n = poll(&p, 1, 0);

	return n < 0 ? errno : n == 1 ? 0 : ODD;
}

static void with_node(void)
{
	xt_must(op_open(), "evtchn");
}

static void with_evtchn(void)
{
	with_peer();
	with_node();
}

static void with_full(void)
{
	struct ioctl_evtchn_bind_unbound_port b = { .remote_domain = 0 };

	with_evtchn();
	for (unsigned int i = 0; i < FULL; i++)
		if (ioctl(node, IOCTL_EVTCHN_BIND_UNBOUND_PORT, &b) < 0)
			xt_die("port %u: %s", i, xt_errno_name(errno));
}

static void with_pair(void)
{
	struct ioctl_evtchn_bind_unbound_port b = { .remote_domain = 0 };
	struct ioctl_evtchn_bind_interdomain i = {};
	uint32_t got;
	int rc;

	with_node();
	rc = ioctl(node, IOCTL_EVTCHN_BIND_UNBOUND_PORT, &b);
	here = rc;
	i.remote_port = here;
	if (rc > 0)
		rc = ioctl(node, IOCTL_EVTCHN_BIND_INTERDOMAIN, &i);
	if (rc <= 0)
		xt_die("a pair of ports: %s", xt_errno_name(errno));
	there = rc;
	/* Who binds has an event at once. */
	while (read(node, &got, sizeof(got)) == sizeof(got))
		if (write(node, &got, sizeof(got)) != sizeof(got))
			xt_die("port %u: %s", got, xt_errno_name(errno));
}

static void with_event(void)
{
	with_pair();
	xt_must(op_notify(), "notify");
}

static void with_events(void)
{
	with_event();
	xt_must(op_read(), "read");
	xt_must(op_notify(), "notify, once more");
}

const struct op port_ops[] = {
	{ "evtchn-open", with_no_node, op_open, 50, NOTHING, 0 },
	{ "evtchn-unbound", with_evtchn, op_unbound, 200, NOTHING, 0 },
	{ "evtchn-interdomain", with_evtchn, op_interdomain, 200, NOTHING, 0 },
	{ "evtchn-virq", with_evtchn, op_virq, 200, NOTHING, 0 },
	{ "evtchn-full", with_full, op_unbound, 200, NOTHING, 0 },
	{ "evtchn-unbind", with_pair, op_unbind, 50, NOTHING, 0 },
	{ "evtchn-notify", with_pair, op_notify, 50, NOTHING, 0 },
	{ "evtchn-reset", with_event, op_reset, 50, NOTHING, 0 },
	{ "evtchn-restrict", with_evtchn, op_restrict, 50, NOTHING, 0 },
	{ "evtchn-read", with_event, op_read, 50, NOTHING, 0 },
	{ "evtchn-write", with_events, op_write, 50, NOTHING, 0 },
	{ "evtchn-poll", with_event, op_poll, 50, NOTHING, 0 },
	{}
};
