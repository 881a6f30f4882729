// SPDX-License-Identifier: GPL-2.0-only
/* Bind, send and close while events fly, and take back what is being used. */
#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/sched.h>
#include <linux/workqueue.h>

#include "backend-test.h"

static struct port channel;

static void close_in_a_storm(void)
{
	int port = bt_ask(CMD_ALLOC, 0, 0);
	unsigned int i, calls;

	expect_is(bt_ask(CMD_STORM, port, 0), 0, "storm");
	for (i = 0; i < 50 && !bt_failures; i++) {
		if (!expect_is(bt_port_bind(&channel, port), 0, "bind %u", i))
			break;
		expect(bt_wait_calls(&channel, 3), "no event in round %u", i);
		expect_is(xlhv_evtchn_send(&channel.host), 0, "send %u", i);
		bt_port_close(&channel);
		calls = atomic_read(&channel.calls);
		usleep_range(100, 300);
		expect_is(atomic_read(&channel.calls), calls, "calls in round %u", i);
	}
	expect_is(atomic_read(&channel.calls_after_close), 0, "calls after closing");
	expect_is(bt_ask(CMD_STORM, 0, 0), 0, "calm");
	expect_is(bt_ask(CMD_CLOSE, port, 0), 0, "close");
}

static void guest_closes_in_a_storm(void)
{
	unsigned long end, sent = 0;
	unsigned int i;
	int port, err;

	for (i = 0; i < 50 && !bt_failures; i++) {
		port = bt_ask(CMD_ALLOC, 0, 0);
		if (!expect_is(bt_port_bind(&channel, port), 0, "bind %u", i))
			break;
		bt_order(CMD_CLOSE, port, 0);
		end = jiffies + PATIENCE;
		do {
			err = xlhv_evtchn_send(&channel.host);
			sent += !err;
			cond_resched();
		} while (!err && time_before(jiffies, end));
		expect_is(err, -ENOTCONN, "sending to a port that is closed");
		bt_answered();
		expect_is(READ_ONCE(bt_control->result), 0, "the guest's close");
		bt_port_close(&channel);
	}
	bt_say("# %lu events on their way to ports that close\n", sent);
}

static unsigned long sent_until_closed;

static void send_until_closed(struct work_struct *work)
{
	unsigned long end = jiffies + PATIENCE;
	int err;

	do {
		err = xlhv_evtchn_send(&channel.host);
		sent_until_closed += !err;
		cond_resched();
	} while (!err && time_before(jiffies, end));
	expect_is(err, -ENOTCONN, "sending by an end that is being closed");
}

static DECLARE_WORK(sender, send_until_closed);

static void host_closes_while_it_sends(void)
{
	unsigned int i;
	int port;

	for (i = 0; i < 50 && !bt_failures; i++) {
		port = bt_ask(CMD_ALLOC, 0, 0);
		if (!expect_is(bt_port_bind(&channel, port), 0, "bind %u", i))
			break;
		schedule_work(&sender);
		usleep_range(100, 300);
		bt_port_close(&channel);
		flush_work(&sender);
		expect_is(bt_ask(CMD_CLOSE, port, 0), 0, "close");
	}
	bt_say("# %lu events until the host closed\n", sent_until_closed);
}

static void revoked_in_a_storm(void)
{
	unsigned int i, got = 0, refused = 0, taken = 0;
	unsigned long end;
	struct gnttab_pin pin;
	int err;

	for (i = 0; i < 50 && !bt_failures; i++) {
		bt_order(CMD_REVOKE, REF_DATA, 0);
		end = jiffies + PATIENCE;
		do {
			err = bt_get(REF_DATA, XLHV_GNTTAB_WRITE, &pin);
			if (!err) {
				got++;
				xlhv_gnttab_put(&bt_grants, &pin);
			} else {
				refused++;
				expect_is(err, -EACCES, "what is being revoked");
			}
			cond_resched();
		} while (READ_ONCE(bt_control->done) != bt_control->number &&
			 time_before(jiffies, end));
		bt_answered();
		/* The guest says it has it back: then nobody can have it. */
		if (READ_ONCE(bt_control->result) == 1) {
			taken++;
			expect_is(bt_get(REF_DATA, 0, &pin), -EACCES, "what was revoked");
			expect_is(bt_ask(CMD_FLAGS, REF_DATA, 0), 0, "its flags");
		}
		expect_is(bt_ask(CMD_GRANT, REF_DATA, 0), 0, "granted again");
	}
	bt_say("# %u times had, %u times refused, %u times taken back\n", got, refused, taken);
}

void bt_races(void)
{
	bt_step("the host closes while events come", close_in_a_storm);
	bt_step("the guest closes while events go", guest_closes_in_a_storm);
	bt_step("the host closes while it sends", host_closes_while_it_sends);
	bt_step("revoked while it is used", revoked_in_a_storm);
}
