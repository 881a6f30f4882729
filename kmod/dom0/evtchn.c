// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/xen/evtchn: domain 0's event channels, for processes.
 *
 * A file has ports.  One that is sent an event is put into the file's ring, once, and is
 * masked until the process writes its number back; an event that comes meanwhile is
 * remembered.  So a sender can make the host do no more than the reader asks for.
 *
 * Events come with interrupts off, under locks of the sender's: they go into the ring under
 * a raw lock, and who sleeps is woken by an irq_work.
 *
 * Source of the interface: the kernel's include/uapi/xen/evtchn.h.
 */
#include <linux/fs.h>
#include <linux/irq_work.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/wait.h>
#include <linux/xarray.h>
#include <xen/interface/xen.h>	/* the other needs it first */
#include <uapi/xen/evtchn.h>

#include "base/usercopy.h"
#include "dom0/gnt_notify.h"
#include "dom0/internal.h"
#include "domain/domain.h"
#include "evtchn/evtchn.h"

/* Ports that are copied at once. */
#define CHUNK		64

#define LEAST_RING	64

static unsigned int evtchn_file_ports = 16384;
module_param(evtchn_file_ports, uint, 0644);
MODULE_PARM_DESC(evtchn_file_ports,
		 "most ports that one open /dev/xen/evtchn may have (default: 16384)");

/* No file is restricted to this one. */
#define UNRESTRICTED	((domid_t)-1)

/**
 * struct evtchn_file - one open of the node
 * @domain: [c] domain 0
 * @bind_lock: binding, and what says what may be bound
 * @ports: [bind_lock] for writing: struct bound by port; readers are in an RCU read section
 * @nr_ports: [bind_lock] their number; @size is not less
 * @restricted: [bind_lock] the only domain that it may bind to
 * @lock: raw, leaf, with interrupts off
 * @ring: [lock] ports that have to be told of
 * @size: [lock] of @ring, a power of two, or 0
 * @cons: [lock] taken out so far
 * @prod: [lock] put in so far; @prod - @cons are there
 * @overflow: [lock] one had no room: read() is an error until IOCTL_EVTCHN_RESET
 * @wait: readers
 * @wake: wakes them
 * @fasync: who gets SIGIO
 */
struct evtchn_file {
	struct domain *domain;
	struct mutex bind_lock;	/* binding */
	struct xarray ports;
	unsigned int nr_ports;
	domid_t restricted;

	raw_spinlock_t lock;
	evtchn_port_t *ring;
	unsigned int size;
	unsigned int cons;
	unsigned int prod;
	bool overflow;

	wait_queue_head_t wait;
	struct irq_work wake;
	struct fasync_struct *fasync;
};

/**
 * struct bound - a port of a file
 * @sink: where its events come
 * @file: [c] whose
 * @port: [c] its number; before the first event comes
 * @enabled: [lock] not masked
 * @pending: [lock] an event came while it was masked
 * @rcu: after the last reader of evtchn_file.ports
 */
struct bound {
	struct evtchn_sink sink;
	struct evtchn_file *file;
	evtchn_port_t port;
	bool enabled;
	bool pending;
	struct rcu_head rcu;
};

static void wake(struct irq_work *work)
{
	struct evtchn_file *f = container_of(work, struct evtchn_file, wake);

	wake_up_interruptible(&f->wait);
	kill_fasync(&f->fasync, SIGIO, POLL_IN);
}

/* An event for a port that is not masked. */
static void tell_locked(struct evtchn_file *f, struct bound *b)
{
	lockdep_assert_held(&f->lock);
	b->enabled = false;
	if (f->prod - f->cons == f->size) {
		f->overflow = true;
		return;
	}
	f->ring[f->prod++ & (f->size - 1)] = b->port;
	/* Who looked before found something, and will look again. */
	if (f->prod - f->cons == 1)
		irq_work_queue(&f->wake);
}

static void notify(struct evtchn_sink *sink)
{
	struct bound *b = container_of(sink, struct bound, sink);
	struct evtchn_file *f = b->file;

	raw_spin_lock(&f->lock);
	if (b->enabled)
		tell_locked(f, b);
	else
		b->pending = true;
	raw_spin_unlock(&f->lock);
}

/* Take the oldest out of the ring.  Return: how many; -EFBIG. */
static int take(struct evtchn_file *f, evtchn_port_t *port, unsigned int most)
{
	unsigned int n = 0;

	raw_spin_lock_irq(&f->lock);
	if (!f->overflow)
		while (n < most && f->cons != f->prod)
			port[n++] = f->ring[f->cons++ & (f->size - 1)];
	else
		n = -EFBIG;
	raw_spin_unlock_irq(&f->lock);
	return n;
}

/* They could not be told: they are the next again. */
static void take_back(struct evtchn_file *f, const evtchn_port_t *port, unsigned int n)
{
	raw_spin_lock_irq(&f->lock);
	if (f->prod - f->cons + n > f->size)
		f->overflow = true;
	else
		while (n)
			f->ring[--f->cons & (f->size - 1)] = port[--n];
	/* Who looked meanwhile found nothing. */
	irq_work_queue(&f->wake);
	raw_spin_unlock_irq(&f->lock);
}

/* Without the lock: who waits looks again under it. */
static bool can_read(struct evtchn_file *f)
{
	return READ_ONCE(f->cons) != READ_ONCE(f->prod) || READ_ONCE(f->overflow);
}

static ssize_t evtchn_read(struct file *file, char __user *to, size_t len, loff_t *unused)
{
	struct evtchn_file *f = file->private_data;
	evtchn_port_t port[CHUNK];
	size_t done = 0;
	int n, err;

	len = min_t(size_t, len, PAGE_SIZE) / sizeof(*port);
	while (done < len) {
		n = take(f, port, min_t(size_t, len - done, CHUNK));
		if (n < 0)
			return done ? done * sizeof(*port) : n;
		if (n) {
			err = user_copy_out(to + done * sizeof(*port), port, n * sizeof(*port));
			if (err) {
				take_back(f, port, n);
				return done ? done * sizeof(*port) : err;
			}
			done += n;
			continue;
		}
		if (done)
			break;
		if (file->f_flags & O_NONBLOCK)
			return -EAGAIN;
		err = wait_event_interruptible(f->wait, can_read(f));
		if (err)
			return err;
	}
	return done * sizeof(*port);
}

/* The process has seen to a port: it is not masked any more. */
static void enable(struct evtchn_file *f, evtchn_port_t port)
{
	struct bound *b;

	rcu_read_lock();
	b = xa_load(&f->ports, port);
	if (b) {
		raw_spin_lock_irq(&f->lock);
		b->enabled = true;
		if (b->pending) {
			b->pending = false;
			tell_locked(f, b);
		}
		raw_spin_unlock_irq(&f->lock);
	}
	rcu_read_unlock();
}

static ssize_t evtchn_write(struct file *file, const char __user *from, size_t len, loff_t *unused)
{
	struct evtchn_file *f = file->private_data;
	evtchn_port_t port[CHUNK];
	size_t done = 0, n, i;
	int err;

	len = min_t(size_t, len, PAGE_SIZE) / sizeof(*port);
	while (done < len) {
		n = min_t(size_t, len - done, CHUNK);
		err = user_copy_in(port, from + done * sizeof(*port), n * sizeof(*port));
		if (err)
			return done ? done * sizeof(*port) : err;
		for (i = 0; i < n; i++)
			enable(f, port[i]);
		done += n;
	}
	return done * sizeof(*port);
}

/* Room for one more port than there are.  Return: 0 or -ENOMEM. */
static int grow_locked(struct evtchn_file *f)
{
	unsigned int size = f->size ? 2 * f->size : LEAST_RING;
	evtchn_port_t *ring, *old;
	unsigned int i;

	lockdep_assert_held(&f->bind_lock);
	if (f->nr_ports < f->size)
		return 0;
	ring = kvcalloc(size, sizeof(*ring), GFP_KERNEL_ACCOUNT);
	if (!ring)
		return -ENOMEM;
	raw_spin_lock_irq(&f->lock);
	for (i = f->cons; i != f->prod; i++)
		ring[i & (size - 1)] = f->ring[i & (f->size - 1)];
	old = f->ring;
	f->ring = ring;
	f->size = size;
	raw_spin_unlock_irq(&f->lock);
	kvfree(old);
	return 0;
}

/* What is to be bound, as its ioctl says it. */
union bind {
	struct ioctl_evtchn_bind_virq virq;
	struct ioctl_evtchn_bind_interdomain interdomain;
	struct ioctl_evtchn_bind_unbound_port unbound;
};

typedef int bind_fn(struct evtchn_file *f, const union bind *what, struct bound *b);

static int bind_virq(struct evtchn_file *f, const union bind *what, struct bound *b)
{
	if (f->restricted != UNRESTRICTED)
		return -EACCES;
	return evtchn_bind_virq(f->domain, NULL, what->virq.virq, 0, &b->sink, &b->port);
}

static int bind_interdomain(struct evtchn_file *f, const union bind *what, struct bound *b)
{
	u32 remote = what->interdomain.remote_domain;

	if (f->restricted != UNRESTRICTED && f->restricted != remote)
		return -EACCES;
	if (remote != (domid_t)remote)
		return -ESRCH;
	return evtchn_bind_interdomain(f->domain, NULL, remote, what->interdomain.remote_port,
				       &b->sink, &b->port);
}

static int bind_unbound(struct evtchn_file *f, const union bind *what, struct bound *b)
{
	if (f->restricted != UNRESTRICTED)
		return -EACCES;
	return evtchn_alloc_unbound(f->domain, NULL, what->unbound.remote_domain, &b->sink,
				    &b->port);
}

/* The port is the file's: nobody else closes it.  Return: 0 or -ENOMEM. */
static int keep_locked(struct evtchn_file *f, struct bound *b)
{
	int err = xa_insert(&f->ports, b->port, b, GFP_KERNEL_ACCOUNT);

	lockdep_assert_held(&f->bind_lock);
	if (!err)
		f->nr_ports++;
	return err;
}

/* Return: the port or -errno. */
static int bind(struct evtchn_file *f, bind_fn *how, const union bind *what)
{
	struct bound *b = kzalloc(sizeof(*b), GFP_KERNEL_ACCOUNT);
	int port, err;

	if (!b)
		return -ENOMEM;
	b->sink.notify = notify;
	b->file = f;
	b->enabled = true;
	mutex_lock(&f->bind_lock);
	err = f->nr_ports < READ_ONCE(evtchn_file_ports) ? grow_locked(f) : -ENOSPC;
	if (!err)
		err = how(f, what, b);
	if (!err) {
		err = keep_locked(f, b);
		/* Another process may have named it to gntdev by now. */
		if (err)
			gntport_close(f->domain, b->port, &b->sink);
	}
	port = b->port;
	mutex_unlock(&f->bind_lock);
	/* From here on another thread may have unbound it. */
	if (err)
		kfree(b);
	return err ?: port;
}

/* No event comes to it any more when this returns. */
static void unbind_locked(struct evtchn_file *f, struct bound *b)
{
	lockdep_assert_held(&f->bind_lock);
	xa_erase(&f->ports, b->port);
	f->nr_ports--;
	gntport_close(f->domain, b->port, &b->sink);
	kfree_rcu(b, rcu);
}

static int unbind(struct evtchn_file *f, evtchn_port_t port)
{
	struct bound *b;

	if (port >= EVTCHN_FIFO_NR_CHANNELS)
		return -EINVAL;
	mutex_lock(&f->bind_lock);
	b = xa_load(&f->ports, port);
	if (b)
		unbind_locked(f, b);
	mutex_unlock(&f->bind_lock);
	return b ? 0 : -ENOTCONN;
}

static int send(struct evtchn_file *f, evtchn_port_t port)
{
	bool ours;

	/* Unbound meanwhile, the port could be another file's already. */
	mutex_lock(&f->bind_lock);
	ours = xa_load(&f->ports, port);
	/* That the port or its other end is gone is no error. */
	if (ours)
		evtchn_send(f->domain, port);
	mutex_unlock(&f->bind_lock);
	return ours ? 0 : -ENOTCONN;
}

static int reset(struct evtchn_file *f)
{
	raw_spin_lock_irq(&f->lock);
	f->cons = 0;
	f->prod = 0;
	f->overflow = false;
	raw_spin_unlock_irq(&f->lock);
	return 0;
}

static int restrict_domid(struct evtchn_file *f, domid_t domid)
{
	int err = 0;

	mutex_lock(&f->bind_lock);
	if (f->restricted != UNRESTRICTED)
		err = -EACCES;
	else if (!domid || domid >= DOMID_FIRST_RESERVED)
		err = -EINVAL;
	else
		f->restricted = domid;
	mutex_unlock(&f->bind_lock);
	return err;
}

static long evtchn_ioctl(struct file *file, unsigned int cmd, unsigned long at)
{
	struct evtchn_file *f = file->private_data;
	union {
		union bind bind;
		struct ioctl_evtchn_unbind unbind;
		struct ioctl_evtchn_notify notify;
		struct ioctl_evtchn_restrict_domid restricted;
	} arg;
	bind_fn *how = NULL;

	switch (cmd) {
	case IOCTL_EVTCHN_RESET:
		return reset(f);
	case IOCTL_EVTCHN_BIND_VIRQ:
		how = bind_virq;
		break;
	case IOCTL_EVTCHN_BIND_INTERDOMAIN:
		how = bind_interdomain;
		break;
	case IOCTL_EVTCHN_BIND_UNBOUND_PORT:
		how = bind_unbound;
		break;
	case IOCTL_EVTCHN_UNBIND:
	case IOCTL_EVTCHN_NOTIFY:
	case IOCTL_EVTCHN_RESTRICT_DOMID:
		break;
	default:
		return -ENOSYS;
	}
	if (user_copy_in(&arg, (void __user *)at, _IOC_SIZE(cmd)))
		return -EFAULT;
	if (how)
		return bind(f, how, &arg.bind);
	switch (cmd) {
	case IOCTL_EVTCHN_UNBIND:
		return unbind(f, arg.unbind.port);
	case IOCTL_EVTCHN_NOTIFY:
		return send(f, arg.notify.port);
	default:
		return restrict_domid(f, arg.restricted.domid);
	}
}

static __poll_t evtchn_poll(struct file *file, poll_table *wait)
{
	struct evtchn_file *f = file->private_data;

	poll_wait(file, &f->wait, wait);
	if (READ_ONCE(f->overflow))
		return EPOLLERR;
	return EPOLLOUT | EPOLLWRNORM | (can_read(f) ? EPOLLIN | EPOLLRDNORM : 0);
}

static int evtchn_fasync(int fd, struct file *file, int on)
{
	struct evtchn_file *f = file->private_data;

	return fasync_helper(fd, file, on, &f->fasync);
}

static int evtchn_open(struct inode *inode, struct file *file)
{
	struct evtchn_file *f = kzalloc(sizeof(*f), GFP_KERNEL_ACCOUNT);

	if (!f)
		return -ENOMEM;
	f->domain = dom0_domain();
	mutex_init(&f->bind_lock);
	xa_init(&f->ports);
	f->restricted = UNRESTRICTED;
	raw_spin_lock_init(&f->lock);
	init_waitqueue_head(&f->wait);
	init_irq_work(&f->wake, wake);
	file->private_data = f;
	return nonseekable_open(inode, file);
}

static int evtchn_release(struct inode *inode, struct file *file)
{
	struct evtchn_file *f = file->private_data;
	unsigned long port;
	struct bound *b;

	mutex_lock(&f->bind_lock);
	xa_for_each(&f->ports, port, b) {
		unbind_locked(f, b);
		cond_resched();
	}
	mutex_unlock(&f->bind_lock);
	/* No event comes any more, but the last may still be told of. */
	irq_work_sync(&f->wake);
	xa_destroy(&f->ports);
	kvfree(f->ring);
	kfree(f);
	return 0;
}

const struct file_operations dom0_evtchn_fops = {
	.owner = THIS_MODULE,
	.open = evtchn_open,
	.release = evtchn_release,
	.read = evtchn_read,
	.write = evtchn_write,
	.poll = evtchn_poll,
	.fasync = evtchn_fasync,
	.unlocked_ioctl = evtchn_ioctl,
};
