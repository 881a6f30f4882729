// SPDX-License-Identifier: GPL-2.0-only
/* The host's side of event channels: bind, send and be notified, close from either side. */
#include <linux/errno.h>
#include <linux/vmalloc.h>

#include "backend-test.h"

static struct port channel;

static void bind_refused(void)
{
	struct port other = {};

	expect_is(bt_port_bind(&other, bt_command.host.port), -EINVAL,
		  "a port that is bound already");
	expect_is(bt_port_bind(&other, 0), -EINVAL, "port 0");
	expect_is(bt_port_bind(&other, 50), -EINVAL, "a free port");
	expect_is(bt_port_bind(&other, 5000), -EINVAL, "a port without memory");
	expect_is(bt_port_bind(&other, U32_MAX), -EINVAL, "port -1");
	expect_is(atomic_read(&other.calls), 0, "calls for what was refused");
}

static void ping_pong(void)
{
	unsigned int events, i;
	int port = bt_ask(CMD_ALLOC, 0, 0);

	if (!expect(port > 0, "the guest's new port is %d", port))
		return;
	expect_is(bt_ask(CMD_STATUS, port, 0), 1, "state: unbound, to domain 0");
	expect_is(bt_port_bind(&channel, port), 0, "bind");
	expect_is(atomic_read(&channel.calls), 1, "calls by binding");
	expect_is(bt_ask(CMD_STATUS, port, 0) & 0xffff, 2, "state: to domain 0");
	for (i = 0; i < 100 && !bt_failures; i++) {
		events = READ_ONCE(bt_control->events);
		/* An order is an event on the command port; its answer is one on this one. */
		expect_is(bt_ask(CMD_SEND, port, 1), 0, "send");
		expect(READ_ONCE(bt_control->events) != events, "the guest had no event");
		expect_is(atomic_read(&channel.calls), 2 + i, "calls");
	}
	expect_is(bt_ask(CMD_SEND, port, 1000), 0, "send 1000 times");
	expect_is(atomic_read(&channel.calls), 1 + i + 1000, "calls");
	bt_port_close(&channel);
	expect_is(bt_ask(CMD_STATUS, port, 0), 1, "state after the host closed");
	expect_is(bt_ask(CMD_SEND, port, 10), 0, "send to nobody");
	expect_is(atomic_read(&channel.calls_after_close), 0, "calls after closing");
	expect_is(xlhv_evtchn_send(&channel.host), -ENOTCONN, "send by an end that is closed");
	bt_port_close(&channel);
	expect_is(bt_port_bind(&channel, port), 0, "bind again");
	expect_is(xlhv_evtchn_send(&channel.host), 0, "send");
	expect_is(bt_ask(CMD_CLOSE, port, 0), 0, "the guest closes");
	expect_is(xlhv_evtchn_send(&channel.host), -ENOTCONN, "send to a closed port");
	bt_port_close(&channel);
	expect_is(bt_ask(CMD_STATUS, port, 0), 0, "state after both closed");
}

static void host_makes_the_port(void)
{
	struct port mine = {};
	int port, first;

	expect_is(xlhv_evtchn_alloc(bt_peer, &mine.host, bt_notified), 0, "a port");
	port = mine.host.port;
	expect_is(bt_ask(CMD_STATUS, port, 0) & 0xffff, 2, "state");
	expect_is(bt_ask(CMD_SEND, port, 3), 0, "send");
	expect_is(atomic_read(&mine.calls), 3, "calls");
	/* The number is used again, by another: that is not our end any more. */
	expect_is(bt_ask(CMD_CLOSE, port, 0), 0, "the guest closes");
	first = bt_ask(CMD_ALLOC, 0, 0);
	expect_is(first, port, "the number that is free");
	expect_is(xlhv_evtchn_send(&mine.host), -ENOTCONN, "send by the old end");
	expect_is(bt_port_bind(&channel, port), 0, "bind the new one");
	bt_port_close(&mine);
	expect_is(bt_ask(CMD_STATUS, port, 0) & 0xffff, 2, "state after the old end was closed");
	expect_is(xlhv_evtchn_send(&channel.host), 0, "send by the new end");
	bt_port_close(&channel);
	expect_is(bt_ask(CMD_CLOSE, port, 0), 0, "close");
}

/* Every port there is taken by the host; then none. */
static void ports_run_out(void)
{
	unsigned int nr = 0, i, port;
	struct port *many;
	int err;

	many = vzalloc(array_size(2048, sizeof(*many)));
	if (!expect(many, "no memory"))
		return;
	do {
		err = xlhv_evtchn_alloc(bt_peer, &many[nr].host, bt_notified);
		nr += !err;
	} while (!err && nr < 2048);
	expect_is(err, -ENOSPC, "one port too many (after %u)", nr);
	expect_is(bt_ask(CMD_ALLOC, 0, 0), -ENOSPC, "a port for the guest");
	for (i = 0; i < nr; i++) {
		xlhv_evtchn_close(&many[i].host);
		/* What the host let go of is the guest's to close. */
		port = many[i].host.port;
		expect_is(bt_ask(CMD_CLOSE, port, 0), 0, "close of port %u", port);
	}
	vfree(many);
}

void bt_events(void)
{
	bt_step("binding what is not there", bind_refused);
	bt_step("events to and fro", ping_pong);
	bt_step("a port that the host makes", host_makes_the_port);
	bt_step("all ports taken by the host", ports_run_out);
}
