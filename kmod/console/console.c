// SPDX-License-Identifier: GPL-2.0-only
/*
 * The backend of hvc0.  What the guest puts into its ring goes to a scroll-back
 * that any number of readers follow (stream.c); what a writer says goes into the ring's
 * other half.  The ring is guest memory: indices are read once, checked, and an
 * impossible one ends the console of that guest and nothing else.
 *
 * Output is drained by a work item: the guest's notification comes in the middle
 * of a hypercall, under a raw lock, and may only queue.  The worker is the host's, so
 * a guest has its turns at a pace (paced_work.h): each empties the ring once and wakes who
 * waits once.
 *
 * The end of the channel is used under console.lock alone, and closed under it.
 */
#include <linux/mm.h>
#include <xen/interface/hvm/params.h>
#include <xen/interface/io/console.h>

#include "base/ioctl.h"
#include "console/console.h"
#include "console/stream.h"
#include "domain/domain.h"
#include "ept/ept.h"
#include "evtchn/evtchn.h"
#include "grant/grant.h"
#include "hypercall/hvm_params.h"

#define OUT_SIZE	sizeof(((struct xencons_interface *)0)->out)
#define IN_SIZE		sizeof(((struct xencons_interface *)0)->in)

/* Take what is in the ring.  Return: something was taken. */
static bool drain_locked(struct domain *d)
{
	struct dom_console *c = &d->console;
	struct xencons_interface *ring = c->ring;
	XENCONS_RING_IDX cons, prod, len, i;
	char chunk[256];

	lockdep_assert_held(&c->lock);
	if (!ring || c->stream.broken)
		return false;
	/* Ours, but in memory that the guest can write: our copy is what counts. */
	cons = c->out_cons;
	prod = READ_ONCE(ring->out_prod);
	smp_rmb();	/* the index before what it says is there */
	if (prod - cons > OUT_SIZE) {
		WRITE_ONCE(c->stream.broken, true);
		dom_warn(d, "console: %u bytes in a ring of %zu: ignored from now on\n",
			 prod - cons, OUT_SIZE);
		return true;
	}
	if (prod == cons)
		return false;
	while (cons != prod) {
		len = min_t(XENCONS_RING_IDX, prod - cons, sizeof(chunk));
		for (i = 0; i < len; i++)
			chunk[i] = READ_ONCE(ring->out[MASK_XENCONS_IDX(cons + i, ring->out)]);
		log_write(&c->stream.scrollback, chunk, len, false);
		cons += len;
	}
	c->out_cons = cons;
	smp_mb();	/* read before the guest may overwrite */
	WRITE_ONCE(ring->out_cons, cons);
	return true;
}

static void drain(struct work_struct *work)
{
	struct dom_console *c = container_of(pace_begin(work), struct dom_console, drain);
	struct domain *d = container_of(c, struct domain, console);

	mutex_lock(&c->lock);
	/* A guest that never stops writing gets its turn again later. */
	if (drain_locked(d)) {
		xlhv_evtchn_send(&c->host);
		pace_kick(&c->drain);
	}
	mutex_unlock(&c->lock);
	/* Also for room in its input, of which nothing else tells. */
	wake_up_all(&c->stream.wait);
}

/* The guest's event: output, or room for input.  Under the channel's raw lock. */
static void notify(struct xlhv_evtchn *host)
{
	pace_kick(&container_of(host, struct dom_console, host)->drain);
}

/*
 * Room in the guest's input ring; 0 also for one that is broken or absent.  Without
 * the lock it is what there was a moment ago: good enough to decide whether to wait.
 */
static u32 room_of(const struct dom_console *c)
{
	/* Pairs with console_connect(); the page stays until the domain is freed. */
	struct xencons_interface *ring = smp_load_acquire(&c->ring);
	XENCONS_RING_IDX used;

	if (!ring || READ_ONCE(c->stream.broken))
		return 0;
	used = READ_ONCE(c->in_prod) - READ_ONCE(ring->in_cons);
	return used > IN_SIZE ? 0 : IN_SIZE - used;
}

/* Return: bytes written, 0: there is no room; -EPIPE. */
static ssize_t put_locked(struct dom_console *c, const char *text, size_t len)
{
	struct xencons_interface *ring = c->ring;
	size_t i;

	lockdep_assert_held(&c->lock);
	if (c->stream.closed || c->stream.broken)
		return -EPIPE;
	len = min_t(size_t, len, room_of(c));
	if (!len)
		return 0;
	for (i = 0; i < len; i++)
		WRITE_ONCE(ring->in[MASK_XENCONS_IDX(c->in_prod + i, ring->in)], text[i]);
	smp_wmb();	/* the bytes before the index that says they are there */
	WRITE_ONCE(c->in_prod, c->in_prod + len);
	WRITE_ONCE(ring->in_prod, c->in_prod);
	xlhv_evtchn_send(&c->host);
	return len;
}

static ssize_t put(struct console_stream *stream, const char *text, size_t len)
{
	struct dom_console *c = container_of(stream, struct dom_console, stream);
	ssize_t done;

	mutex_lock(&c->lock);
	done = put_locked(c, text, len);
	mutex_unlock(&c->lock);
	return done;
}

static bool room(const struct console_stream *stream)
{
	return room_of(container_of(stream, struct dom_console, stream));
}

static const struct console_device device = {
	.put = put,
	.room = room,
};

/* The scroll-back; the ring comes later. */
static int init(struct domain *d, const struct xlhv_dom_create *create, char *text)
{
	struct dom_console *c = &d->console;

	mutex_init(&c->lock);
	pace_init(&c->drain, drain);
	return console_stream_init(&c->stream, &device, create->console_bytes);
}

/**
 * console_connect() - put the ring where the builder says
 * @d: being built
 * @gfn: guest frame number
 *
 * Context: may sleep; domain->lock held.
 * Return: 0; -EEXIST: there is one; -EINVAL: not an address for it; -ENOMEM; -ENOSPC:
 * no port is free.  After an error what was there still is.
 */
int console_connect(struct domain *d, u64 gfn)
{
	struct dom_console *c = &d->console;
	struct page *page;
	u64 port;
	int err;

	/* Ours, or a daemon's. */
	if (c->ring || (!hvm_param_get(d, HVM_PARAM_CONSOLE_EVTCHN, &port) && port))
		return -EEXIST;
	if (!gfn || !ept_gfn_valid(d, gfn))
		return -EINVAL;
	page = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	if (!page)
		return -ENOMEM;
	err = xlhv_evtchn_alloc(d, &c->host, notify);
	if (err)
		goto err_page;
	/* The last that can fail: it frees what is there. */
	err = ept_map_special(d, gfn, page, EPT_SPECIAL);
	if (err)
		goto err_port;
	mutex_lock(&c->lock);
	c->page = page;
	/* Pairs with room_of(). */
	smp_store_release(&c->ring, page_address(page));
	mutex_unlock(&c->lock);
	hvm_param_set(d, HVM_PARAM_CONSOLE_PFN, gfn);
	hvm_param_set(d, HVM_PARAM_CONSOLE_EVTCHN, c->host.port);
	gnttab_seed(d, 0, 0, gfn);
	return 0;

err_port:
	xlhv_evtchn_free(&c->host);
err_page:
	put_page(page);
	return err;
}

/* The domain dies: what it said last is taken, readers see the end.  May sleep. */
static void close_domain(struct domain *d)
{
	struct dom_console *c = &d->console;

	if (!c->stream.scrollback.buffer)
		return;
	/* Who has the lock after this finds it closed and sends nothing. */
	mutex_lock(&c->lock);
	drain_locked(d);
	WRITE_ONCE(c->stream.closed, true);
	if (c->ring)
		xlhv_evtchn_close(&c->host);
	mutex_unlock(&c->lock);
	/* Nobody asks for it any more: no notify() runs. */
	pace_cancel(&c->drain);
	wake_up_all(&c->stream.wait);
}

static void free_domain(struct domain *d)
{
	struct dom_console *c = &d->console;

	if (c->page)
		put_page(c->page);
	log_free(&c->stream.scrollback);
}

static int check(const struct xlhv_dom_create *c, char *text)
{
	return parts_too_large("console_bytes", c->console_bytes, LOG_MAX_BYTES, text) ?
	       -EINVAL : 0;
}

static size_t bytes(const struct domain *d)
{
	/* The scroll-back, and the ring. */
	return d->console.stream.scrollback.size + (READ_ONCE(d->console.page) ? PAGE_SIZE : 0);
}

static int do_console(void *of, struct ioctl_call *call)
{
	struct xlhv_console *c = (void *)call->arg;
	struct console_stream *s;
	struct domain *d = of;
	int err;

	if (c->flags & ~(XLHV_CONSOLE_FROM_NOW | XLHV_CONSOLE_SERIAL) || c->fd || !RESERVED_ZERO(c))
		return -EINVAL;
	if (c->flags & XLHV_CONSOLE_SERIAL && !d->serial.present) {
		scnprintf(call->text, XLHV_TEXT_LEN, "the domain has no serial port");
		return -ENOENT;
	}
	s = c->flags & XLHV_CONSOLE_SERIAL ? &d->serial.stream : &d->console.stream;
	err = console_stream_open(d, s, c->flags, &call->new);
	if (!err)
		c->fd = call->new.fd;
	return err;
}

static const struct ioctl_op ioctls[] = {
	{ XLHV_DOM_CONSOLE, .work = do_console },
	{}
};

const struct domain_part console_part = {
	.name = "console",
	.check = check,
	.init = init,
	.close = close_domain,
	.free = free_domain,
	.bytes = bytes,
	.ioctls = ioctls,
};
