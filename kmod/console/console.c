// SPDX-License-Identifier: GPL-2.0-only
/*
 * The backend of hvc0.  What the guest puts into its ring goes to a scroll-back
 * that any number of readers follow; what a writer says goes into the ring's
 * other half.  The ring is guest memory: indices are read once, checked, and an
 * impossible one ends the console of that guest and nothing else.
 *
 * Output is drained by a work item: the guest's notification comes in the middle
 * of a hypercall and may only queue.
 */
#include <linux/anon_inodes.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <xen/interface/hvm/params.h>
#include <xen/interface/io/console.h>

#include "domain.h"

#define OUT_SIZE	sizeof(((struct xencons_interface *)0)->out)
#define IN_SIZE		sizeof(((struct xencons_interface *)0)->in)

/**
 * struct console_file - one reader and writer
 * @domain: [c] with a reference
 * @lock: serialises reads
 * @pos: [lock] position in the scroll-back
 */
struct console_file {
	struct domain *domain;
	struct mutex lock;	/* serialises reads */
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
		c->broken = true;
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
	struct dom_console *c = container_of(work, struct dom_console, work);
	struct domain *d = container_of(c, struct domain, console);
	bool some = false;

	mutex_lock(&c->lock);
	/* A guest that never stops writing gets its turn again later. */
	if (drain_locked(d)) {
		some = true;
		evtchn_host_send(&c->host);
		queue_work(system_unbound_wq, &c->work);
	}
	mutex_unlock(&c->lock);
	if (some)
		wake_up_all(&c->wait);
}

/* The guest's event: output, or room for input.  Interrupts off. */
static void notify(struct evtchn_host *host)
{
	struct dom_console *c = container_of(host, struct dom_console, host);

	queue_work(system_unbound_wq, &c->work);
	wake_up_all(&c->wait);
}

/**
 * console_init() - make the scroll-back; the ring comes later
 * @d: being made
 * @bytes: size
 *
 * Return: 0 or -ENOMEM.
 */
int console_init(struct domain *d, u32 bytes)
{
	struct dom_console *c = &d->console;

	mutex_init(&c->lock);
	init_waitqueue_head(&c->wait);
	INIT_WORK(&c->work, drain);
	return log_init(&c->scrollback, bytes);
}

/**
 * console_connect() - put the ring where the builder says
 * @d: being built
 * @gfn: guest frame number
 *
 * Context: may sleep; domain->lock held.
 * Return: 0; -EEXIST: there is one; -EINVAL: not an address for it; -ENOMEM.
 */
int console_connect(struct domain *d, u64 gfn)
{
	struct dom_console *c = &d->console;
	struct page *page;
	int err;

	if (c->ring)
		return -EEXIST;
	if (!gfn || !ept_gfn_valid(d, gfn))
		return -EINVAL;
	page = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	if (!page)
		return -ENOMEM;
	err = ept_map_special(d, gfn, page, EPT_SPECIAL);
	if (err)
		goto err_page;
	err = evtchn_host_alloc(d, &c->host, notify);
	if (err)
		goto err_map;
	mutex_lock(&c->lock);
	c->page = page;
	c->ring = page_address(page);
	mutex_unlock(&c->lock);
	hvm_param_set(d, HVM_PARAM_CONSOLE_PFN, gfn);
	hvm_param_set(d, HVM_PARAM_CONSOLE_EVTCHN, c->host.port);
	gnttab_seed(d, 0, 0, gfn);
	return 0;

err_map:
	ept_remove(d, gfn, EPT_SPECIAL);
err_page:
	put_page(page);
	return err;
}

/* The domain dies: what it said last is taken, readers see the end.  May sleep. */
void console_close(struct domain *d)
{
	struct dom_console *c = &d->console;

	if (!c->scrollback.buffer)
		return;
	if (c->ring) {
		evtchn_host_close(&c->host);
		mutex_lock(&c->lock);
		drain_locked(d);
		c->broken = true;
		mutex_unlock(&c->lock);
		cancel_work_sync(&c->work);
	}
	WRITE_ONCE(c->closed, true);
	wake_up_all(&c->wait);
}

void console_free(struct domain *d)
{
	struct dom_console *c = &d->console;

	if (c->page)
		put_page(c->page);
	log_free(&c->scrollback);
}

static ssize_t console_read(struct file *file, char __user *to, size_t len, loff_t *unused)
{
	struct console_file *f = file->private_data;
	struct dom_console *c = &f->domain->console;
	char chunk[512];
	ssize_t done = 0;
	u64 lost;
	size_t n;
	int err;

	mutex_lock(&f->lock);
	while (done < len) {
		bool closed = READ_ONCE(c->closed);

		smp_rmb();	/* closed before the last look at the text */
		n = log_read(&c->scrollback, &f->pos, chunk,
			     min_t(size_t, len - done, sizeof(chunk)), &lost);
		if (n) {
			if (copy_to_user(to + done, chunk, n)) {
				done = done ?: -EFAULT;
				break;
			}
			done += n;
			continue;
		}
		if (done || closed)
			break;
		if (file->f_flags & O_NONBLOCK) {
			done = -EAGAIN;
			break;
		}
		mutex_unlock(&f->lock);
		err = wait_event_interruptible(c->wait, log_end(&c->scrollback) != f->pos ||
					       READ_ONCE(c->closed));
		if (err)
			return err;
		mutex_lock(&f->lock);
	}
	mutex_unlock(&f->lock);
	return done;
}

/* Room in the guest's input ring; 0 also for one that is broken or absent. */
static u32 room_locked(struct dom_console *c)
{
	XENCONS_RING_IDX used;

	if (!c->ring || c->broken)
		return 0;
	used = c->in_prod - READ_ONCE(c->ring->in_cons);
	return used > IN_SIZE ? 0 : IN_SIZE - used;
}

static bool can_write(struct dom_console *c)
{
	bool room;

	mutex_lock(&c->lock);
	room = room_locked(c);
	mutex_unlock(&c->lock);
	return room;
}

static ssize_t console_write(struct file *file, const char __user *from, size_t len,
			     loff_t *unused)
{
	struct console_file *f = file->private_data;
	struct domain *d = f->domain;
	struct dom_console *c = &d->console;
	char chunk[256];
	size_t n, i;
	int err;

	if (!len)
		return 0;
	n = min(len, sizeof(chunk));
	if (copy_from_user(chunk, from, n))
		return -EFAULT;
	for (;;) {
		mutex_lock(&c->lock);
		if (READ_ONCE(c->closed) || c->broken) {
			mutex_unlock(&c->lock);
			return -EPIPE;
		}
		n = min_t(size_t, n, room_locked(c));
		if (n)
			break;
		mutex_unlock(&c->lock);
		if (file->f_flags & O_NONBLOCK)
			return -EAGAIN;
		err = wait_event_interruptible(c->wait, can_write(c) || READ_ONCE(c->closed) ||
					       READ_ONCE(c->broken));
		if (err)
			return err;
		n = min(len, sizeof(chunk));
	}
	for (i = 0; i < n; i++)
		WRITE_ONCE(c->ring->in[MASK_XENCONS_IDX(c->in_prod + i, c->ring->in)], chunk[i]);
	smp_wmb();	/* the bytes before the index that says they are there */
	c->in_prod += n;
	WRITE_ONCE(c->ring->in_prod, c->in_prod);
	evtchn_host_send(&c->host);
	mutex_unlock(&c->lock);
	return n;
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
	else if (can_write(c))
		events |= EPOLLOUT | EPOLLWRNORM;
	return events;
}

static int console_release(struct inode *inode, struct file *file)
{
	struct console_file *f = file->private_data;

	dom_put(f->domain);
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

/**
 * console_open() - XLHV_DOM_CONSOLE
 * @d: entered by dom_enter()
 * @flags: XLHV_CONSOLE_*
 *
 * Return: a descriptor, or -errno.
 */
int console_open(struct domain *d, u32 flags)
{
	struct console_file *f = kzalloc(sizeof(*f), GFP_KERNEL_ACCOUNT);
	int fd;

	if (!f)
		return -ENOMEM;
	mutex_init(&f->lock);
	f->domain = d;
	if (flags & XLHV_CONSOLE_FROM_NOW)
		f->pos = log_end(&d->console.scrollback);
	dom_get(d);
	fd = anon_inode_getfd("xlhv-console", &fops, f, O_RDWR | O_CLOEXEC);
	if (fd < 0) {
		dom_put(d);
		kfree(f);
	}
	return fd;
}
