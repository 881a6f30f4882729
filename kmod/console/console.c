// SPDX-License-Identifier: GPL-2.0-only
/*
 * The backend of hvc0.  What the guest puts into its ring goes to a scroll-back
 * that any number of readers follow; what a writer says goes into the ring's
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
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <xen/interface/hvm/params.h>
#include <xen/interface/io/console.h>

#include "base/host_memory.h"
#include "base/ioctl.h"
#include "base/new_file.h"
#include "base/usercopy.h"
#include "console/console.h"
#include "domain/domain.h"
#include "ept/ept.h"
#include "evtchn/evtchn.h"
#include "grant/grant.h"
#include "hypercall/hvm_params.h"

#define DEFAULT_BYTES	(64 * 1024)

#define OUT_SIZE	sizeof(((struct xencons_interface *)0)->out)
#define IN_SIZE		sizeof(((struct xencons_interface *)0)->in)

/**
 * struct console_file - one reader and writer
 * @domain: [c] with a reference
 * @lock: @pos
 * @pos: [lock] position in the scroll-back
 */
struct console_file {
	struct domain *domain;
	struct mutex lock;	/* pos */
	u64 pos;
};

/* Take what is in the ring.  Return: something was taken. */
static bool drain_locked(struct domain *d)
{
	struct dom_console *c = &d->console;
	struct xencons_interface *ring = c->ring;
	XENCONS_RING_IDX cons, prod, len, i;
	char chunk[256];

	lockdep_assert_held(&c->lock);
	if (!ring || c->broken)
		return false;
	/* Ours, but in memory that the guest can write: our copy is what counts. */
	cons = c->out_cons;
	prod = READ_ONCE(ring->out_prod);
	smp_rmb();	/* the index before what it says is there */
	if (prod - cons > OUT_SIZE) {
		WRITE_ONCE(c->broken, true);
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
		log_write(&c->scrollback, chunk, len, false);
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
	wake_up_all(&c->wait);
}

/* The guest's event: output, or room for input.  Under the channel's raw lock. */
static void notify(struct xlhv_evtchn *host)
{
	pace_kick(&container_of(host, struct dom_console, host)->drain);
}

/* The scroll-back; the ring comes later. */
static int init(struct domain *d, const struct xlhv_dom_create *create, char *text)
{
	u32 bytes = create->console_bytes ?: DEFAULT_BYTES;
	struct dom_console *c = &d->console;

	mutex_init(&c->lock);
	init_waitqueue_head(&c->wait);
	pace_init(&c->drain, drain);
	if (!host_can_spare(DIV_ROUND_UP(bytes, PAGE_SIZE)))
		return -ENOMEM;
	return log_init(&c->scrollback, bytes);
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
	/* Pairs with room(). */
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

	if (!c->scrollback.buffer)
		return;
	/* Who has the lock after this finds it closed and sends nothing. */
	mutex_lock(&c->lock);
	drain_locked(d);
	WRITE_ONCE(c->closed, true);
	if (c->ring)
		xlhv_evtchn_close(&c->host);
	mutex_unlock(&c->lock);
	/* Nobody asks for it any more: no notify() runs. */
	pace_cancel(&c->drain);
	wake_up_all(&c->wait);
}

static void free_domain(struct domain *d)
{
	struct dom_console *c = &d->console;

	if (c->page)
		put_page(c->page);
	log_free(&c->scrollback);
}

/* What comes next; moves the position of this reader to @end, which is after it. */
static size_t take(struct console_file *f, char *to, size_t len, u64 *end)
{
	u64 lost;
	size_t n;

	mutex_lock(&f->lock);
	n = log_read(&f->domain->console.scrollback, &f->pos, to, len, &lost);
	*end = f->pos;
	mutex_unlock(&f->lock);
	return n;
}

/* What was taken last could not be told: it is next again, unless others went on. */
static void take_back(struct console_file *f, u64 end, size_t n)
{
	mutex_lock(&f->lock);
	if (f->pos == end)
		f->pos = end - n;
	mutex_unlock(&f->lock);
}

static bool can_read(struct console_file *f)
{
	struct dom_console *c = &f->domain->console;

	return READ_ONCE(c->closed) || log_end(&c->scrollback) != READ_ONCE(f->pos);
}

static ssize_t console_read(struct file *file, char __user *to, size_t len, loff_t *unused)
{
	struct console_file *f = file->private_data;
	struct dom_console *c = &f->domain->console;
	char chunk[512];
	ssize_t done = 0;
	size_t n;
	u64 end;
	int err;

	/* A guest that never stops does not keep its reader for ever. */
	len = min_t(size_t, len, c->scrollback.size);
	while (done < len) {
		bool closed = READ_ONCE(c->closed);

		smp_rmb();	/* closed before the last look at the text */
		n = take(f, chunk, min_t(size_t, len - done, sizeof(chunk)), &end);
		if (n) {
			err = user_copy_out(to + done, chunk, n);
			if (err) {
				take_back(f, end, n);
				return done ?: err;
			}
			done += n;
			continue;
		}
		if (done || closed)
			break;
		if (file->f_flags & O_NONBLOCK)
			return -EAGAIN;
		err = wait_event_interruptible(c->wait, can_read(f));
		if (err)
			return err;
	}
	return done;
}

/*
 * Room in the guest's input ring; 0 also for one that is broken or absent.  Without
 * the lock it is what there was a moment ago: good enough to decide whether to wait.
 */
static u32 room(struct dom_console *c)
{
	/* Pairs with console_connect(); the page stays until the domain is freed. */
	struct xencons_interface *ring = smp_load_acquire(&c->ring);
	XENCONS_RING_IDX used;

	if (!ring || READ_ONCE(c->broken))
		return 0;
	used = READ_ONCE(c->in_prod) - READ_ONCE(ring->in_cons);
	return used > IN_SIZE ? 0 : IN_SIZE - used;
}

/* Whether a write would not have to wait. */
static bool can_write(struct dom_console *c)
{
	return room(c) || READ_ONCE(c->closed) || READ_ONCE(c->broken);
}

/* Return: bytes written, 0: there is no room; -EPIPE. */
static ssize_t put_locked(struct dom_console *c, const char *text, size_t len)
{
	struct xencons_interface *ring = c->ring;
	size_t i;

	lockdep_assert_held(&c->lock);
	if (c->closed || c->broken)
		return -EPIPE;
	len = min_t(size_t, len, room(c));
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

static ssize_t console_write(struct file *file, const char __user *from, size_t len,
			     loff_t *unused)
{
	struct console_file *f = file->private_data;
	struct dom_console *c = &f->domain->console;
	char chunk[256];
	ssize_t done;
	int err;

	if (!len)
		return 0;
	len = min(len, sizeof(chunk));
	err = user_copy_in(chunk, from, len);
	if (err)
		return err;
	for (;;) {
		mutex_lock(&c->lock);
		done = put_locked(c, chunk, len);
		mutex_unlock(&c->lock);
		if (done)
			return done;
		if (file->f_flags & O_NONBLOCK)
			return -EAGAIN;
		err = wait_event_interruptible(c->wait, can_write(c));
		if (err)
			return err;
	}
}

static __poll_t console_poll(struct file *file, poll_table *wait)
{
	struct console_file *f = file->private_data;
	struct dom_console *c = &f->domain->console;
	__poll_t events = 0;

	poll_wait(file, &c->wait, wait);
	if (log_end(&c->scrollback) != READ_ONCE(f->pos))
		events |= EPOLLIN | EPOLLRDNORM;
	if (READ_ONCE(c->closed))
		events |= EPOLLHUP;
	else if (room(c))
		events |= EPOLLOUT | EPOLLWRNORM;
	return events;
}

static int console_release(struct inode *inode, struct file *file)
{
	struct console_file *f = file->private_data;

	dom_list_unkeep(f->domain);
	xlhv_domain_put(f->domain);
	kfree(f);
	return 0;
}

static const struct file_operations fops = {
	.owner = THIS_MODULE,
	.read = console_read,
	.write = console_write,
	.poll = console_poll,
	.release = console_release,
	.llseek = noop_llseek,
};

/* A descriptor to read and write it; keeps the domain. */
static int console_open(struct domain *d, u32 flags, struct new_file *new)
{
	struct console_file *f = kzalloc(sizeof(*f), GFP_KERNEL_ACCOUNT);
	int err;

	if (!f)
		return -ENOMEM;
	mutex_init(&f->lock);
	f->domain = d;
	if (flags & XLHV_CONSOLE_FROM_NOW)
		f->pos = log_end(&d->console.scrollback);
	xlhv_domain_get(d);
	dom_list_keep(d);
	err = new_file_make(new, "xlhv-console", &fops, f);
	if (err) {
		dom_list_unkeep(d);
		xlhv_domain_put(d);
		kfree(f);
	}
	return err;
}

static int check(const struct xlhv_dom_create *c, char *text)
{
	return parts_too_large("console_bytes", c->console_bytes, LOG_MAX_BYTES, text) ?
	       -EINVAL : 0;
}

static size_t bytes(const struct domain *d)
{
	/* The scroll-back, and the ring. */
	return d->console.scrollback.size + (READ_ONCE(d->console.page) ? PAGE_SIZE : 0);
}

static int do_console(void *of, struct ioctl_call *call)
{
	struct xlhv_console *c = (void *)call->arg;
	int err;

	if (c->flags & ~XLHV_CONSOLE_FROM_NOW || c->fd || !RESERVED_ZERO(c))
		return -EINVAL;
	err = console_open(of, c->flags, &call->new);
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
