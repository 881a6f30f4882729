// SPDX-License-Identifier: GPL-2.0-only
/*
 * Domain 0's own connection to XenStore: its end of the ring that the daemon has mapped.
 *
 * The daemon is a process, and trusted less than the kernel: it may write anything anywhere in
 * the page at any time.  Our own indices are kept here, and the ring only shows them.  Its indices
 * are read once each; one that cannot be, a message longer than there are, or an answer to no
 * request ends the connection until a daemon binds to the port anew.
 *
 * Nothing is allocated under xs_lock, so that nobody waits there for memory, and a request cannot
 * fail for want of it.
 *
 * A worker moves bytes: parts of the oldest request into the ring as there is room, and what
 * is there out of it.  It is woken by events, by requests, and when the daemon's end of the
 * port is closed.  Then the ring is emptied at once, as the next daemon may be there at
 * once; all that waited for an answer is told of an error.
 */
#include <linux/build_bug.h>
#include <linux/hashtable.h>
#include <linux/irq_work.h>
#include <linux/jiffies.h>
#include <linux/lockdep.h>
#include <linux/mutex.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/stddef.h>
#include <linux/string.h>
#include <linux/workqueue.h>
#include <asm/barrier.h>

#include "dom0/internal.h"
#include "dom0/store.h"
#include "dom0/xs.h"
#include "evtchn/evtchn.h"
#include "xlhv.h"

/* Steps of the worker after which it sleeps for a jiffy: others get the lock, and the CPU. */
#define STEPS	64

/* And in one jiffy, however often the daemon had nothing to say for a moment in between. */
#define STEPS_A_JIFFY	256

#define SIZE	XENSTORE_RING_SIZE

#define ID_BITS	10	/* of the table of requests */

/* They are sent as one. */
static_assert(offsetof(struct xs_request, body) == offsetofend(struct xs_request, msg));

/**
 * struct xs - the connection
 * @ring: [c] shared with the daemon
 * @ring_lock: raw, leaf: our indices in @ring, which are not written any more when @losses has
 *	changed
 * @losses: [ring_lock] how often a daemon has gone
 * @losses_seen: [xs_lock] of these
 * @connected: [xs_lock] there is a daemon
 * @broken: [xs_lock] there is one that did what it must not
 * @by_id: [xs_lock] requests that are not answered, by the number that the daemon knows them by
 * @last_id: [xs_lock] that was given
 * @to_send: [xs_lock] requests that are not, or not wholly, in the ring
 * @asked: [xs_lock] those that are, the oldest first
 * @sent: [xs_lock] bytes of the first one that are
 * @req_prod: [xs_lock]
 * @rsp_cons: [xs_lock]
 * @got: [xs_lock] bytes of @in and @body that have come
 * @whole: [xs_lock] all have, but there was no memory to hand the message on
 * @in: [xs_lock] header of the message that is coming
 * @body: [xs_lock] what follows it
 * @since: in jiffies: when the worker's steps were counted from 0
 * @steps: of the worker since then
 * @wake: queues @work, from where that cannot be done
 * @work: moves bytes; while it sleeps, whoever wakes it does not
 */
struct xs {
	struct xenstore_domain_interface *ring;
	raw_spinlock_t ring_lock;
	unsigned int losses;

	unsigned int losses_seen;
	bool connected;
	bool broken;
	DECLARE_HASHTABLE(by_id, ID_BITS);
	u32 last_id;
	struct list_head to_send;
	struct list_head asked;
	u32 sent;
	u32 req_prod;
	u32 rsp_cons;
	u32 got;
	bool whole;
	struct xsd_sockmsg in;
	char *body;

	unsigned long since;
	unsigned int steps;

	struct irq_work wake;
	struct delayed_work work;
};

DEFINE_MUTEX(xs_lock);	/* requests to the store, answers, and who wants them */

static struct xs xs;

static void wake(struct irq_work *work)
{
	queue_delayed_work(system_unbound_wq, &xs.work, 0);
}

static void notify(struct evtchn_sink *sink)
{
	irq_work_queue(&xs.wake);
}

void xs_look_soon(void)
{
	irq_work_queue(&xs.wake);
}

/*
 * The daemon's end of the port is being closed, or ours, and no other can bind to it yet: the ring
 * is as it was at first, for the next.
 */
static void alone(struct evtchn_sink *sink)
{
	raw_spin_lock(&xs.ring_lock);
	xs.losses++;
	WRITE_ONCE(xs.ring->req_cons, 0);
	WRITE_ONCE(xs.ring->req_prod, 0);
	WRITE_ONCE(xs.ring->rsp_cons, 0);
	WRITE_ONCE(xs.ring->rsp_prod, 0);
	raw_spin_unlock(&xs.ring_lock);
	irq_work_queue(&xs.wake);
}

struct evtchn_sink xs_sink = {
	.notify = notify,
	.alone = alone,
};

bool xs_connected_locked(void)
{
	lockdep_assert_held(&xs_lock);
	return xs.connected;
}

/* Show the daemon one of our indices.  Return: false: it is another daemon by now. */
static bool show_locked(u32 *where, u32 index)
{
	bool same;

	lockdep_assert_held(&xs_lock);
	raw_spin_lock_irq(&xs.ring_lock);
	same = xs.losses == xs.losses_seen;
	if (same)
		smp_store_release(where, index);	/* after what it is about */
	raw_spin_unlock_irq(&xs.ring_lock);
	return same;
}

void xs_answer_locked(struct xs_request *r, u32 type, const void *body, u32 len)
{
	lockdep_assert_held(&xs_lock);
	r->msg.type = type;
	r->msg.len = min(len, r->room);
	memcpy(r->body, body, r->msg.len);
	r->answered(r);
}

void xs_fail_locked(struct xs_request *r, const char *error)
{
	xs_answer_locked(r, XS_ERROR, error, strlen(error) + 1);
}

/* It is about to be answered. */
static void forget_locked(struct xs_request *r)
{
	lockdep_assert_held(&xs_lock);
	hash_del(&r->by_id);
	list_del_init(&r->link);
}

static void fail_all_locked(struct list_head *list)
{
	struct xs_request *r;

	while (!list_empty(list)) {
		r = list_first_entry(list, struct xs_request, link);
		forget_locked(r);
		xs_fail_locked(r, "EIO");
	}
}

/* Nothing that was asked will be answered. */
static void lose_locked(void)
{
	lockdep_assert_held(&xs_lock);
	xs.connected = false;
	xs.sent = 0;
	xs.req_prod = 0;
	xs.rsp_cons = 0;
	xs.got = 0;
	xs.whole = false;
	/* Before the answers: what they lead to is not to be asked of the daemon. */
	xenbus_lost_locked();
	fail_all_locked(&xs.asked);
	fail_all_locked(&xs.to_send);
}

/* How often a daemon has gone. */
static unsigned int losses_locked(void)
{
	unsigned int losses;

	lockdep_assert_held(&xs_lock);
	raw_spin_lock_irq(&xs.ring_lock);
	losses = xs.losses;
	raw_spin_unlock_irq(&xs.ring_lock);
	return losses;
}

static void break_locked(const char *why)
{
	lockdep_assert_held(&xs_lock);
	/* It has gone, and the ring is empty: what is wrong then is our indices. */
	if (losses_locked() != xs.losses_seen)
		return;
	pr_warn_ratelimited("XenStore daemon: %s; it is ignored from now on\n", why);
	xs.broken = true;
	lose_locked();
}

/**
 * xs_look_locked() - is there a daemon, and is it the same as before?
 *
 * Done whenever the lock has been taken and before anything else: what is known of the daemon, as
 * the numbers of transactions, stands until the lock is dropped.
 */
void xs_look_locked(void)
{
	unsigned int losses = losses_locked();

	lockdep_assert_held(&xs_lock);
	if (losses != xs.losses_seen) {
		xs.losses_seen = losses;
		xs.broken = false;
		lose_locked();
	}
	if (xs.connected || xs.broken ||
	    !evtchn_sink_is_bound(dom0_domain(), store_port(), &xs_sink))
		return;
	xs.connected = true;
	xenbus_found_locked();
}

/* Copy to or from a ring.  The daemon may write there: what is copied is not looked at there. */
static void copy_in(char *ring, u32 at, const void *from, u32 len)
{
	u32 first = min(len, SIZE - MASK_XENSTORE_IDX(at));

	memcpy(ring + MASK_XENSTORE_IDX(at), from, first);
	memcpy(ring, from + first, len - first);
}

static void copy_out(void *to, const char *ring, u32 at, u32 len)
{
	u32 first = min(len, SIZE - MASK_XENSTORE_IDX(at));

	memcpy(to, ring + MASK_XENSTORE_IDX(at), first);
	memcpy(to + first, ring, len - first);
}

/* Some bytes of the oldest request.  Return: is there more to do? */
static bool send_some_locked(void)
{
	struct xs_request *r = list_first_entry_or_null(&xs.to_send, struct xs_request, link);
	u32 used, len;

	lockdep_assert_held(&xs_lock);
	if (!r)
		return false;
	used = xs.req_prod - READ_ONCE(xs.ring->req_cons);
	if (used > SIZE) {
		break_locked("its index of requests is beyond ours");
		return false;
	}
	/* It has read what we write over.  Pairs with its barrier. */
	smp_mb();
	len = min_t(u32, SIZE - used, sizeof(r->msg) + r->msg.len - xs.sent);
	if (!len)
		return false;
	copy_in(xs.ring->req, xs.req_prod,
		(const char *)r + offsetof(struct xs_request, msg) + xs.sent, len);
	if (!show_locked(&xs.ring->req_prod, xs.req_prod + len))
		return true;
	xs.req_prod += len;
	xs.sent += len;
	if (xs.sent == sizeof(r->msg) + r->msg.len) {
		r->in_ring = true;
		list_move_tail(&r->link, &xs.asked);
		xs.sent = 0;
	}
	evtchn_send(dom0_domain(), store_port());
	return true;
}

static struct xs_request *find_locked(u32 id)
{
	struct xs_request *r;

	lockdep_assert_held(&xs_lock);
	hash_for_each_possible(xs.by_id, r, by_id, id)
		if (r->msg.req_id == id)
			return r;
	return NULL;
}

/* A whole message has come.  Return: false: it stays for now, there is no memory for it. */
static bool take_locked(void)
{
	struct xs_request *r;

	lockdep_assert_held(&xs_lock);
	if (xs.in.type == XS_WATCH_EVENT)
		return xenbus_event_locked(xs.body, xs.in.len);
	r = find_locked(xs.in.req_id);
	if (!r || !r->in_ring || (xs.in.type != r->msg.type && xs.in.type != XS_ERROR)) {
		break_locked("it answered what it was not asked");
		return true;
	}
	forget_locked(r);
	xs_answer_locked(r, xs.in.type, xs.body, xs.in.len);
	return true;
}

/* Some bytes of a message.  Return: is there more to do? */
static bool receive_some_locked(void)
{
	u32 there = READ_ONCE(xs.ring->rsp_prod) - xs.rsp_cons;
	u32 len, want = sizeof(xs.in);
	void *to = (char *)&xs.in + xs.got;

	lockdep_assert_held(&xs_lock);
	if (xs.whole) {
		xs.whole = !take_locked();
		return !xs.whole;
	}
	if (there > SIZE) {
		break_locked("its index of answers is beyond ours");
		return false;
	}
	if (!there)
		return false;
	smp_rmb();	/* the bytes after the index */
	if (xs.got >= sizeof(xs.in)) {
		to = xs.body + xs.got - sizeof(xs.in);
		want += xs.in.len;
	}
	len = min(there, want - xs.got);
	copy_out(to, xs.ring->rsp, xs.rsp_cons, len);
	if (!show_locked(&xs.ring->rsp_cons, xs.rsp_cons + len))
		return true;
	xs.rsp_cons += len;
	xs.got += len;
	/*
	 * The daemon sleeps when it finds the ring full: what it has put in since is to be seen
	 * here, or our index there.
	 */
	smp_mb();
	if (READ_ONCE(xs.ring->rsp_prod) - (xs.rsp_cons - len) >= SIZE)
		evtchn_send(dom0_domain(), store_port());
	if (xs.got < sizeof(xs.in))
		return true;
	if (xs.in.len > XENSTORE_PAYLOAD_MAX) {
		break_locked("a message of it is too long");
		return false;
	}
	if (xs.got == sizeof(xs.in) + xs.in.len) {
		xs.got = 0;
		xs.whole = !take_locked();
	}
	return !xs.whole;
}

/* May the worker go on in this jiffy? */
static bool has_steps_locked(void)
{
	if (time_after(jiffies, xs.since)) {
		xs.since = jiffies;
		xs.steps = 0;
	}
	return xs.steps < STEPS_A_JIFFY;
}

static void work(struct work_struct *unused)
{
	bool more = true, starved;
	unsigned int steps;

	mutex_lock(&xs_lock);
	for (steps = 0; steps < STEPS && more && has_steps_locked(); steps++) {
		xs.steps++;
		xs_look_locked();
		more = xs.connected && receive_some_locked();
		/* Which may have ended the connection. */
		if (xs.connected && send_some_locked())
			more = true;
	}
	starved = xs.whole;
	mutex_unlock(&xs_lock);
	if (starved)
		xenbus_event_room();
	/*
	 * A daemon that always has something to say is not to keep others from the lock, nor a
	 * worker from sleeping: grace periods of tasks wait for that, and nobody is charged for
	 * its time.  Where there is no memory it is no use to try again at once.
	 */
	if (more || starved)
		queue_delayed_work(system_unbound_wq, &xs.work, 1);
}

/**
 * xs_submit_locked() - ask the daemon something
 * @r: the request, which stays until it is answered
 *
 * Without a daemon the answer, an error, comes before this returns.
 */
void xs_submit_locked(struct xs_request *r)
{
	lockdep_assert_held(&xs_lock);
	if (!xs.connected) {
		xs_fail_locked(r, "EIO");
		return;
	}
	/* Their number is limited by who makes them: one is free. */
	do {
		xs.last_id++;
	} while (find_locked(xs.last_id));
	r->msg.req_id = xs.last_id;
	r->in_ring = false;
	hash_add(xs.by_id, &r->by_id, r->msg.req_id);
	list_add_tail(&r->link, &xs.to_send);
	queue_delayed_work(system_unbound_wq, &xs.work, 0);
}

/**
 * xs_init() - before there is a port
 * @ring: domain 0's, empty
 *
 * Return: 0 or -ENOMEM.
 */
int xs_init(struct xenstore_domain_interface *ring)
{
	xs.body = kmalloc(XENSTORE_PAYLOAD_MAX, GFP_KERNEL);
	if (!xs.body)
		return -ENOMEM;
	xs.ring = ring;
	raw_spin_lock_init(&xs.ring_lock);
	INIT_LIST_HEAD(&xs.to_send);
	INIT_LIST_HEAD(&xs.asked);
	hash_init(xs.by_id);
	init_irq_work(&xs.wake, wake);
	INIT_DELAYED_WORK(&xs.work, work);
	return 0;
}

/*
 * The port is closed, and no file is open.  Files that were may have left requests.  Also
 * without an xs_init().
 */
void xs_exit(void)
{
	if (!xs.body)
		return;
	irq_work_sync(&xs.wake);
	cancel_delayed_work_sync(&xs.work);
	mutex_lock(&xs_lock);
	lose_locked();
	mutex_unlock(&xs_lock);
	xenbus_event_exit();
	kfree(xs.body);
	xs.body = NULL;
}
