// SPDX-License-Identifier: GPL-2.0-only
/*
 * A backend that does nothing but test: the host's side of events and grants, against
 * the guest of selftests/guest/backend.
 *
 *	echo "CASE DOMID [N]" >/sys/kernel/debug/xlhv-backend-test
 *	cat /sys/kernel/debug/xlhv-backend-test
 *
 * runs a case and shows what it found: lines of KTAP, "not ok" among them if something
 * was not as it has to be; then the write fails, too.  Cases:
 *
 *	events	bind, send and be notified, close from either side
 *	grants	use pages, refusals, batches, limits, revocation
 *	races	bind, send and close while events fly
 *	hold	have pages and a port, and keep them; then the domain is destroyed
 *	release	look at them again and let go
 *	cycles	get and put of a grant N times, in TSC cycles
 *	finish	have the guest end
 */
#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>
#include <asm/msr.h>

#include "compat.h"
#include "domain.h"

#include "control.h"

#define REPORT_SIZE	16384
#define PATIENCE	(60 * HZ)
#define MAX_PINS	40
#define MAX_CYCLES	4096

/*
 * Everything is under run_lock.  The peer is a guest that may do what it likes, so all
 * waiting ends.
 */
static DEFINE_MUTEX(run_lock);
static char *report;
static size_t report_len;
static unsigned int failures, results;
static struct dentry *file;

static struct domain *peer;
static struct gnttab_host grants;
static struct gnttab_pin control_pin;
static struct backend_control *control;

/* A port of the guest's as the host has it, and how often it was called. */
struct port {
	struct evtchn_host host;
	atomic_t calls;
	bool closed;
	atomic_t calls_after_close;
};

static struct port command;
static struct gnttab_pin held[2];

static __printf(1, 2) void say(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	report_len += vscnprintf(report + report_len, REPORT_SIZE - report_len, fmt, args);
	va_end(args);
}

#define expect(cond, fmt, ...)								\
	({										\
		bool expect_ok = (cond);						\
		if (!expect_ok) {							\
			failures++;							\
			say("# line %d: " fmt " [%s]\n", __LINE__, ##__VA_ARGS__, #cond);	\
		}									\
		expect_ok;								\
	})

#define expect_is(got, want, fmt, ...)							\
	({										\
		long expect_got = (got), expect_want = (want);				\
		if (expect_got != expect_want) {					\
			failures++;							\
			say("# line %d: " fmt ": got %ld, want %ld\n", __LINE__,		\
			    ##__VA_ARGS__, expect_got, expect_want);			\
		}									\
		expect_got == expect_want;						\
	})

static void step(const char *name, void (*fn)(void))
{
	unsigned int before = failures;

	fn();
	say("%s %u - %s\n", failures == before ? "ok" : "not ok", ++results, name);
}

/*
 * The other side.
 */

static void notified(struct evtchn_host *host)
{
	struct port *p = container_of(host, struct port, host);

	atomic_inc(&p->calls);
	if (READ_ONCE(p->closed))
		atomic_inc(&p->calls_after_close);
}

static int port_bind(struct port *p, u32 port)
{
	WRITE_ONCE(p->closed, false);
	atomic_set(&p->calls, 0);
	return evtchn_host_bind(peer, port, &p->host, notified);
}

static void port_close(struct port *p)
{
	evtchn_host_close(&p->host);
	WRITE_ONCE(p->closed, true);
}

/* Until *@word is @value, or patience is over. */
static bool wait_word(const unsigned int *word, unsigned int value)
{
	unsigned long end = jiffies + PATIENCE;

	while (READ_ONCE(*word) != value) {
		if (time_after(jiffies, end))
			return false;
		usleep_range(50, 100);
	}
	return true;
}

static bool wait_calls(struct port *p, int calls)
{
	unsigned long end = jiffies + PATIENCE;

	while (atomic_read(&p->calls) < calls) {
		if (time_after(jiffies, end))
			return false;
		usleep_range(50, 100);
	}
	return true;
}

/* Give an order without waiting for the answer. */
static void order(enum backend_cmd cmd, unsigned int arg0, unsigned int arg1)
{
	WRITE_ONCE(control->cmd, cmd);
	WRITE_ONCE(control->arg[0], arg0);
	WRITE_ONCE(control->arg[1], arg1);
	smp_wmb();	/* what, then that there is something */
	WRITE_ONCE(control->number, control->number + 1);
	evtchn_host_send(&command.host);
}

static bool answered(void)
{
	bool done = wait_word(&control->done, control->number);

	smp_rmb();	/* that it is done, then the result */
	return expect(done, "the guest does not answer to command %u", control->cmd);
}

static int ask(enum backend_cmd cmd, unsigned int arg0, unsigned int arg1)
{
	order(cmd, arg0, arg1);
	return answered() ? READ_ONCE(control->result) : -ETIMEDOUT;
}

static int get(unsigned int ref, unsigned int flags, struct gnttab_pin *pin)
{
	return gnttab_host_get(&grants, ref, flags, pin);
}

/* The guest may not be up yet. */
static int connect(unsigned int domid)
{
	unsigned long end = jiffies + PATIENCE;
	int err;

	peer = dom_get_by_id(domid);
	if (!peer)
		return -ESRCH;
	gnttab_host_open(&grants, peer, 0, MAX_PINS);
	do {
		err = get(REF_CONTROL, GNTTAB_HOST_WRITE | GNTTAB_HOST_SLEEP, &control_pin);
		if (err)
			usleep_range(500, 1000);
	} while (err && time_before(jiffies, end));
	if (err)
		goto err_put;
	control = page_address(control_pin.page);
	if (control->magic != BACKEND_MAGIC) {
		err = -EPROTO;
		goto err_pin;
	}
	err = port_bind(&command, READ_ONCE(control->port));
	if (err)
		goto err_pin;
	return 0;

err_pin:
	gnttab_host_put(&grants, &control_pin);
err_put:
	gnttab_host_close(&grants);
	dom_put(peer);
	peer = NULL;
	return err;
}

static void disconnect(void)
{
	if (!peer)
		return;
	evtchn_host_close(&command.host);
	gnttab_host_put(&grants, &control_pin);
	expect_is(gnttab_host_held(&grants), 0, "pins that are left");
	gnttab_host_close(&grants);
	dom_put(peer);
	peer = NULL;
	control = NULL;
}

/*
 * Events.
 */

static struct port channel;

static void bind_refused(void)
{
	struct port other = {};

	expect_is(port_bind(&other, command.host.port), -EINVAL, "a port that is bound already");
	expect_is(port_bind(&other, 0), -EINVAL, "port 0");
	expect_is(port_bind(&other, 50), -EINVAL, "a free port");
	expect_is(port_bind(&other, 5000), -EINVAL, "a port without memory");
	expect_is(port_bind(&other, U32_MAX), -EINVAL, "port -1");
	expect_is(atomic_read(&other.calls), 0, "calls for what was refused");
}

static void ping_pong(void)
{
	unsigned int events, i;
	int port = ask(CMD_ALLOC, 0, 0);

	if (!expect(port > 0, "the guest's new port is %d", port))
		return;
	expect_is(ask(CMD_STATUS, port, 0), 1, "state: unbound, to domain 0");
	expect_is(port_bind(&channel, port), 0, "bind");
	expect_is(atomic_read(&channel.calls), 1, "calls by binding");
	expect_is(ask(CMD_STATUS, port, 0) & 0xffff, 2, "state: to domain 0");
	for (i = 0; i < 100 && !failures; i++) {
		events = READ_ONCE(control->events);
		/* An order is an event on the command port; its answer is one on this one. */
		expect_is(ask(CMD_SEND, port, 1), 0, "send");
		expect(READ_ONCE(control->events) != events, "the guest had no event");
		expect_is(atomic_read(&channel.calls), 2 + i, "calls");
	}
	expect_is(ask(CMD_SEND, port, 1000), 0, "send 1000 times");
	expect_is(atomic_read(&channel.calls), 1 + i + 1000, "calls");
	port_close(&channel);
	expect_is(ask(CMD_STATUS, port, 0), 1, "state after the host closed");
	expect_is(ask(CMD_SEND, port, 10), 0, "send to nobody");
	expect_is(atomic_read(&channel.calls_after_close), 0, "calls after closing");
	port_close(&channel);
	expect_is(port_bind(&channel, port), 0, "bind again");
	expect_is(evtchn_host_send(&channel.host), 0, "send");
	expect_is(ask(CMD_CLOSE, port, 0), 0, "the guest closes");
	expect_is(evtchn_host_send(&channel.host), -ENOTCONN, "send to a closed port");
	port_close(&channel);
	expect_is(ask(CMD_STATUS, port, 0), 0, "state after both closed");
}

static void host_makes_the_port(void)
{
	struct port mine = {};
	int port, first;

	expect_is(evtchn_host_alloc(peer, &mine.host, notified), 0, "a port");
	port = mine.host.port;
	expect_is(ask(CMD_STATUS, port, 0) & 0xffff, 2, "state");
	expect_is(ask(CMD_SEND, port, 3), 0, "send");
	expect_is(atomic_read(&mine.calls), 3, "calls");
	/* The number is used again, by another: that is not our end any more. */
	expect_is(ask(CMD_CLOSE, port, 0), 0, "the guest closes");
	first = ask(CMD_ALLOC, 0, 0);
	expect_is(first, port, "the number that is free");
	expect_is(evtchn_host_send(&mine.host), -ENOTCONN, "send by the old end");
	expect_is(port_bind(&channel, port), 0, "bind the new one");
	port_close(&mine);
	expect_is(ask(CMD_STATUS, port, 0) & 0xffff, 2, "state after the old end was closed");
	expect_is(evtchn_host_send(&channel.host), 0, "send by the new end");
	port_close(&channel);
	expect_is(ask(CMD_CLOSE, port, 0), 0, "close");
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
		err = evtchn_host_alloc(peer, &many[nr].host, notified);
		nr += !err;
	} while (!err && nr < 2048);
	expect_is(err, -ENOSPC, "one port too many (after %u)", nr);
	expect_is(ask(CMD_ALLOC, 0, 0), -ENOSPC, "a port for the guest");
	for (i = 0; i < nr; i++) {
		evtchn_host_close(&many[i].host);
		/* What the host let go of is the guest's to close. */
		port = many[i].host.port;
		expect_is(ask(CMD_CLOSE, port, 0), 0, "close of port %u", port);
	}
	vfree(many);
}

/*
 * Grants.
 */

static void use_pages(void)
{
	struct gnttab_pin pin = {}, again;
	unsigned char *byte;
	unsigned int i;

	if (!expect_is(get(REF_READ, 0, &pin), 0, "for reading"))
		return;
	expect(!pin.write && pin.start == 0 && pin.length == PAGE_SIZE, "window %u+%u", pin.start,
	       pin.length);
	byte = page_address(pin.page);
	for (i = 0; i < PAGE_SIZE && byte[i] == BACKEND_BYTE(i); i++)
		;
	expect_is(i, PAGE_SIZE, "bytes of the guest's");
	expect_is(ask(CMD_FLAGS, REF_READ, 0), 1 | 4 | 8, "flags: readonly, reading");
	expect_is(get(REF_READ, GNTTAB_HOST_WRITE, &again), -EACCES, "for writing");
	expect_is(ask(CMD_FLAGS, REF_READ, 0), 1 | 4 | 8, "flags after a refusal");
	gnttab_host_put(&grants, &pin);
	expect_is(ask(CMD_FLAGS, REF_READ, 0), 1 | 4, "flags after");

	if (!expect_is(get(REF_DATA, GNTTAB_HOST_WRITE, &pin), 0, "for writing"))
		return;
	expect_is(ask(CMD_FLAGS, REF_DATA, 0), 1 | 8 | 16, "flags: reading, writing");
	expect_is(get(REF_DATA, 0, &again), 0, "once more, for reading");
	gnttab_host_put(&grants, &pin);
	expect_is(ask(CMD_FLAGS, REF_DATA, 0), 1 | 8, "flags: reading");
	gnttab_host_put(&grants, &again);
	expect_is(ask(CMD_FLAGS, REF_DATA, 0), 1, "flags at the end");
}

static void refusals(void)
{
	struct gnttab_pin pin;

	expect_is(get(REF_UNUSED, 0, &pin), -EACCES, "an entry that grants nothing");
	expect_is(get(REF_OTHER, 0, &pin), -EACCES, "an entry for another domain");
	expect_is(get(REF_NOWHERE, 0, &pin), -EFAULT, "a frame without memory");
	expect_is(ask(CMD_FLAGS, REF_NOWHERE, 0), 1, "its flags");
	expect_is(get(REF_BEYOND, 0, &pin), -EINVAL, "a wild reference");
	expect_is(get(U32_MAX, 0, &pin), -EINVAL, "reference -1");
	expect_is(get(512, 0, &pin), -EINVAL, "the first behind the table");
	/* Memory that has to be made first: only where it may sleep. */
	expect_is(get(REF_LAZY, 0, &pin), -EAGAIN, "memory never touched, atomically");
	expect_is(ask(CMD_FLAGS, REF_LAZY, 0), 1, "its flags");
	if (expect_is(get(REF_LAZY, GNTTAB_HOST_SLEEP, &pin), 0, "memory never touched")) {
		expect(!memchr_inv(page_address(pin.page), 0, PAGE_SIZE), "it is not zero");
		gnttab_host_put(&grants, &pin);
	}
	if (expect_is(get(REF_LAZY, 0, &pin), 0, "memory that was touched, atomically"))
		gnttab_host_put(&grants, &pin);
	expect_is(gnttab_host_held(&grants), 1, "pins: that of the control page");
}

static void batches(void)
{
	struct gnttab_pin pin[MAX_PINS];
	grant_ref_t ref[MAX_PINS];
	unsigned int i;

	for (i = 0; i < REF_NR_MANY; i++)
		ref[i] = REF_MANY + i;
	expect_is(gnttab_host_get_many(&grants, ref, 0, 0, pin), 0, "none");
	if (expect_is(gnttab_host_get_many(&grants, ref, REF_NR_MANY, GNTTAB_HOST_WRITE, pin), 0,
		      "all")) {
		expect_is(gnttab_host_held(&grants), REF_NR_MANY + 1, "pins");
		for (i = 1; i < REF_NR_MANY; i++)
			expect(pin[i].page != pin[i - 1].page, "page %u", i);
		gnttab_host_put_many(&grants, pin, REF_NR_MANY);
	}
	/* One bad: none is kept. */
	ref[20] = REF_UNUSED;
	expect_is(gnttab_host_get_many(&grants, ref, REF_NR_MANY, 0, pin), -EACCES,
		  "one bad among the good");
	expect_is(gnttab_host_held(&grants), 1, "pins after that");
	for (i = 0; i < REF_NR_MANY; i++)
		expect_is(ask(CMD_FLAGS, REF_MANY + i, 0), 1, "flags of reference %u", i);
	/* The limit of the backend, with the control page counted. */
	for (i = 0; i < MAX_PINS; i++)
		ref[i] = REF_MANY;
	expect_is(gnttab_host_get_many(&grants, ref, MAX_PINS, 0, pin), -EBUSY, "one too many");
	expect_is(gnttab_host_held(&grants), 1, "pins after that");
	if (expect_is(gnttab_host_get_many(&grants, ref, MAX_PINS - 1, 0, pin), 0,
		      "as many as may be"))
		gnttab_host_put_many(&grants, pin, MAX_PINS - 1);
}

/* 128 pins of a kind on one entry are the most: the guest cannot make a counter wrap. */
static void many_on_one_entry(void)
{
	struct gnttab_host wide;
	struct gnttab_pin *pin;
	unsigned int nr = 0;
	int err;

	pin = kcalloc(256, sizeof(*pin), GFP_KERNEL);
	if (!expect(pin, "no memory"))
		return;
	gnttab_host_open(&wide, peer, 0, 1000);
	do {
		err = gnttab_host_get(&wide, REF_DATA, 0, &pin[nr]);
		nr += !err;
	} while (!err && nr < 256);
	expect_is(err, -EACCES, "one pin too many");
	expect_is(nr, 128, "pins on one entry");
	gnttab_host_put_many(&wide, pin, nr);
	expect_is(ask(CMD_FLAGS, REF_DATA, 0), 1, "flags");
	gnttab_host_close(&wide);
	expect_is(gnttab_host_get(&wide, REF_DATA, 0, pin), -ESHUTDOWN, "after closing");
	kfree(pin);
}

static void revocation(void)
{
	struct gnttab_pin pin, again;

	if (!expect_is(get(REF_DATA, GNTTAB_HOST_WRITE, &pin), 0, "get"))
		return;
	expect_is(ask(CMD_REVOKE, REF_DATA, 0), 0, "revoked while in use");
	expect_is(ask(CMD_VERSION, 1, 0), 0, "set_version to what it is");
	expect(ask(CMD_VERSION, 2, 0) < 0, "set_version 2 while in use");
	gnttab_host_put(&grants, &pin);
	expect_is(ask(CMD_REVOKE, REF_DATA, 0), 1, "revoked");
	expect_is(get(REF_DATA, 0, &again), -EACCES, "what was revoked");
	expect_is(ask(CMD_GRANT, REF_DATA, 0), 0, "granted again");
	if (expect_is(get(REF_DATA, GNTTAB_HOST_WRITE, &pin), 0, "get"))
		gnttab_host_put(&grants, &pin);
}

static struct gnttab_host closing;
static DECLARE_COMPLETION(close_done);

static int close_thread(void *unused)
{
	gnttab_host_close(&closing);
	complete(&close_done);
	return 0;
}

/* Closing waits for the pins, and none can be had from then on. */
static void closed_while_held(void)
{
	struct gnttab_pin pin, other;
	struct task_struct *task;
	int err;

	reinit_completion(&close_done);
	gnttab_host_open(&closing, peer, 0, 4);
	if (!expect_is(gnttab_host_get(&closing, REF_DATA, 0, &pin), 0, "get"))
		return;
	task = kthread_run(close_thread, NULL, "backend-close");
	if (!expect(!IS_ERR(task), "no thread"))
		return;
	while (!READ_ONCE(closing.closing))
		usleep_range(50, 100);
	usleep_range(2000, 3000);
	expect(!completion_done(&close_done), "closed with a pin");
	err = gnttab_host_get(&closing, REF_DATA, 0, &other);
	expect_is(err, -ESHUTDOWN, "get while closing");
	gnttab_host_put(&closing, &pin);
	expect(wait_for_completion_timeout(&close_done, PATIENCE), "not closed after the put");
}

/*
 * Races.
 */

static void close_in_a_storm(void)
{
	int port = ask(CMD_ALLOC, 0, 0);
	unsigned int i, calls;

	expect_is(ask(CMD_STORM, port, 0), 0, "storm");
	for (i = 0; i < 50 && !failures; i++) {
		if (!expect_is(port_bind(&channel, port), 0, "bind %u", i))
			break;
		expect(wait_calls(&channel, 3), "no event in round %u", i);
		expect_is(evtchn_host_send(&channel.host), 0, "send %u", i);
		port_close(&channel);
		calls = atomic_read(&channel.calls);
		usleep_range(100, 300);
		expect_is(atomic_read(&channel.calls), calls, "calls in round %u", i);
	}
	expect_is(atomic_read(&channel.calls_after_close), 0, "calls after closing");
	expect_is(ask(CMD_STORM, 0, 0), 0, "calm");
	expect_is(ask(CMD_CLOSE, port, 0), 0, "close");
}

static void guest_closes_in_a_storm(void)
{
	unsigned long end, sent = 0;
	unsigned int i;
	int port, err;

	for (i = 0; i < 50 && !failures; i++) {
		port = ask(CMD_ALLOC, 0, 0);
		if (!expect_is(port_bind(&channel, port), 0, "bind %u", i))
			break;
		order(CMD_CLOSE, port, 0);
		end = jiffies + PATIENCE;
		do {
			err = evtchn_host_send(&channel.host);
			sent += !err;
			cond_resched();
		} while (!err && time_before(jiffies, end));
		expect_is(err, -ENOTCONN, "sending to a port that is closed");
		answered();
		expect_is(READ_ONCE(control->result), 0, "the guest's close");
		port_close(&channel);
	}
	say("# %lu events on their way to ports that close\n", sent);
}

static void revoked_in_a_storm(void)
{
	unsigned int i, got = 0, refused = 0, taken = 0;
	unsigned long end;
	struct gnttab_pin pin;
	int err;

	for (i = 0; i < 50 && !failures; i++) {
		order(CMD_REVOKE, REF_DATA, 0);
		end = jiffies + PATIENCE;
		do {
			err = get(REF_DATA, GNTTAB_HOST_WRITE, &pin);
			if (!err) {
				got++;
				gnttab_host_put(&grants, &pin);
			} else {
				refused++;
				expect_is(err, -EACCES, "what is being revoked");
			}
			cond_resched();
		} while (READ_ONCE(control->done) != control->number && time_before(jiffies, end));
		answered();
		/* The guest says it has it back: then nobody can have it. */
		if (READ_ONCE(control->result) == 1) {
			taken++;
			expect_is(get(REF_DATA, 0, &pin), -EACCES, "what was revoked");
			expect_is(ask(CMD_FLAGS, REF_DATA, 0), 0, "its flags");
		}
		expect_is(ask(CMD_GRANT, REF_DATA, 0), 0, "granted again");
	}
	say("# %u times had, %u times refused, %u times taken back\n", got, refused, taken);
}

/*
 * A domain that dies.
 */

static void hold(void)
{
	unsigned char *byte;

	if (!expect_is(get(REF_DATA, GNTTAB_HOST_WRITE, &held[0]), 0, "the data page"))
		return;
	if (!expect_is(get(REF_MANY, 0, &held[1]), 0, "another page"))
		return;
	byte = page_address(held[0].page);
	byte[1] = 0xee;
	order(CMD_CRASH, 0, 0);
}

static void release(void)
{
	unsigned char *byte = held[0].page ? page_address(held[0].page) : NULL;
	unsigned long end = jiffies + PATIENCE;
	struct gnttab_pin pin = {};
	struct domain *other;

	while (!dom_is_dying(peer) && time_before(jiffies, end))
		usleep_range(500, 1000);
	expect(dom_is_dying(peer), "the domain was not destroyed");
	/* Its table and its ports close a moment later. */
	while (evtchn_host_send(&command.host) != -ENOTCONN && time_before(jiffies, end))
		usleep_range(500, 1000);
	expect_is(evtchn_host_send(&command.host), -ENOTCONN, "send to a domain that is gone");
	expect_is(get(REF_MANY + 1, 0, &pin), -EACCES, "a grant of a domain that is gone");
	if (!expect(byte, "nothing was held"))
		return;
	expect(byte[0] == BACKEND_BYTE(0) && byte[1] == 0xee && byte[4095] == BACKEND_BYTE(4095),
	       "the page has changed");
	memset(byte, 0, PAGE_SIZE);
	gnttab_host_put(&grants, &held[0]);
	gnttab_host_put(&grants, &held[1]);
	other = dom_get_by_id(peer->domid);
	if (!expect(!other, "the domain can still be found"))
		dom_put(other);
}

/*
 * Speed.
 */

static unsigned int nr_cycles;

static int compare(const void *a, const void *b)
{
	const u32 *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static void measure_pair(u32 *cycles, unsigned int ref, unsigned int flags, const char *what)
{
	struct gnttab_pin pin;
	unsigned int i;
	u64 start;
	int err;

	for (i = 0; i < nr_cycles; i++) {
		local_irq_disable();
		start = rdtsc_ordered();
		err = get(ref, flags, &pin);
		if (!err)
			gnttab_host_put(&grants, &pin);
		cycles[i] = rdtsc_ordered() - start;
		local_irq_enable();
		if (!expect_is(err, 0, "get"))
			return;
	}
	sort(cycles, nr_cycles, sizeof(*cycles), compare, NULL);
	say("# cycles %s: min %u median %u n %u\n", what, cycles[0], cycles[nr_cycles / 2],
	    nr_cycles);
}

static void cycles(void)
{
	u32 *measured = vmalloc(array_size(nr_cycles, sizeof(*measured)));

	if (!expect(measured, "no memory"))
		return;
	measure_pair(measured, REF_MANY, GNTTAB_HOST_WRITE, "grant-get-put-write");
	measure_pair(measured, REF_READ, 0, "grant-get-put-read");
	vfree(measured);
}

static void finish(void)
{
	expect_is(ask(CMD_EXIT, 0, 0), 0, "the end");
}

static int run_case(const char *name, unsigned int domid, unsigned int n)
{
	bool again = !strcmp(name, "release");
	int err = 0;

	if (again != !!peer)
		return peer ? -EBUSY : -ENOENT;
	nr_cycles = clamp(n, 1U, (unsigned int)MAX_CYCLES);
	if (!again) {
		err = connect(domid);
		if (err) {
			say("# no way to domain %u: %d\n", domid, err);
			return err;
		}
	}
	if (!strcmp(name, "events")) {
		step("binding what is not there", bind_refused);
		step("events to and fro", ping_pong);
		step("a port that the host makes", host_makes_the_port);
		step("all ports taken by the host", ports_run_out);
	} else if (!strcmp(name, "grants")) {
		step("pages and their flags", use_pages);
		step("refusals", refusals);
		step("batches and limits", batches);
		step("many pins on one entry", many_on_one_entry);
		step("revocation", revocation);
		step("closing with pins", closed_while_held);
	} else if (!strcmp(name, "races")) {
		step("the host closes while events come", close_in_a_storm);
		step("the guest closes while events go", guest_closes_in_a_storm);
		step("revoked while it is used", revoked_in_a_storm);
	} else if (!strcmp(name, "hold")) {
		step("pages held from a domain that crashes", hold);
		return 0;
	} else if (again) {
		step("pages and port of a domain that is gone", release);
	} else if (!strcmp(name, "cycles")) {
		step("cycles", cycles);
	} else if (!strcmp(name, "finish")) {
		step("the guest ends", finish);
	} else {
		err = -EINVAL;
	}
	disconnect();
	return err;
}

static ssize_t command_write(struct file *f, const char __user *data, size_t len, loff_t *pos)
{
	unsigned int domid, n = 1000;
	char text[64], name[16];
	int err;

	if (len >= sizeof(text))
		return -EINVAL;
	if (copy_from_user(text, data, len))
		return -EFAULT;
	text[len] = '\0';
	if (sscanf(text, "%15s %u %u", name, &domid, &n) < 2)
		return -EINVAL;
	mutex_lock(&run_lock);
	report_len = 0;
	failures = 0;
	results = 0;
	err = run_case(name, domid, n);
	if (!err && failures)
		err = -EIO;
	mutex_unlock(&run_lock);
	return err ?: len;
}

static int report_show(struct seq_file *s, void *unused)
{
	mutex_lock(&run_lock);
	seq_write(s, report, report_len);
	mutex_unlock(&run_lock);
	return 0;
}

static int report_open(struct inode *inode, struct file *f)
{
	return single_open(f, report_show, NULL);
}

static const struct file_operations fops = {
	.owner = THIS_MODULE,
	.open = report_open,
	.read = seq_read,
	.write = command_write,
	.llseek = seq_lseek,
	.release = single_release,
};

static int __init backend_test_init(void)
{
	report = kzalloc(REPORT_SIZE, GFP_KERNEL);
	if (!report)
		return -ENOMEM;
	file = debugfs_create_file("xlhv-backend-test", 0600, NULL, NULL, &fops);
	if (IS_ERR(file)) {
		kfree(report);
		return PTR_ERR(file);
	}
	return 0;
}

static void __exit backend_test_exit(void)
{
	debugfs_remove(file);
	if (held[0].page)
		gnttab_host_put(&grants, &held[0]);
	if (held[1].page)
		gnttab_host_put(&grants, &held[1]);
	disconnect();
	kfree(report);
}

module_init(backend_test_init);
module_exit(backend_test_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Test of the host's side of events and grants of xlhv");
COMPAT_IMPORT_NS;
