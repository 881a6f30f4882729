// SPDX-License-Identifier: GPL-2.0-only
/*
 * What user space has of a console: descriptors that any number of readers follow the
 * scroll-back with, and that writers give input by.  The device behind it (console.c, serial.c)
 * fills the scroll-back, takes the input, and wakes who waits.
 */
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/slab.h>

#include "base/host_memory.h"
#include "base/ioctl.h"
#include "base/new_file.h"
#include "base/usercopy.h"
#include "console/stream.h"
#include "domain/domain.h"

#define DEFAULT_BYTES	(64 * 1024)

/**
 * struct console_file - one reader and writer
 * @domain: [c] with a reference
 * @stream: [c] its console, or its serial port
 * @lock: @pos
 * @pos: [lock] position in the scroll-back
 */
struct console_file {
	struct domain *domain;
	struct console_stream *stream;
	struct mutex lock;	/* pos */
	u64 pos;
};

/**
 * console_stream_init() - make one
 * @s: to be made; log_free() of its scroll-back undoes it
 * @device: behind it
 * @bytes: of scroll-back, 0 for the default
 *
 * Return: 0 or -ENOMEM.
 */
int console_stream_init(struct console_stream *s, const struct console_device *device,
			u32 bytes)
{
	bytes = bytes ?: DEFAULT_BYTES;
	s->device = device;
	init_waitqueue_head(&s->wait);
	if (!host_can_spare(DIV_ROUND_UP(bytes, PAGE_SIZE)))
		return -ENOMEM;
	return log_init(&s->scrollback, bytes);
}

/* What comes next; moves the position of this reader to @end, which is after it. */
static size_t take(struct console_file *f, char *to, size_t len, u64 *end)
{
	u64 lost;
	size_t n;

	mutex_lock(&f->lock);
	n = log_read(&f->stream->scrollback, &f->pos, to, len, &lost);
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
	struct console_stream *s = f->stream;

	return READ_ONCE(s->closed) || log_end(&s->scrollback) != READ_ONCE(f->pos);
}

static ssize_t console_read(struct file *file, char __user *to, size_t len, loff_t *unused)
{
	struct console_file *f = file->private_data;
	struct console_stream *s = f->stream;
	char chunk[512];
	ssize_t done = 0;
	size_t n;
	u64 end;
	int err;

	/* A guest that never stops does not keep its reader for ever. */
	len = min_t(size_t, len, s->scrollback.size);
	while (done < len) {
		bool closed = READ_ONCE(s->closed);

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
		err = wait_event_interruptible(s->wait, can_read(f));
		if (err)
			return err;
	}
	return done;
}

/* Whether a write would not have to wait. */
static bool can_write(struct console_stream *s)
{
	return s->device->room(s) || READ_ONCE(s->closed) || READ_ONCE(s->broken);
}

static ssize_t console_write(struct file *file, const char __user *from, size_t len,
			     loff_t *unused)
{
	struct console_file *f = file->private_data;
	struct console_stream *s = f->stream;
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
		done = s->device->put(s, chunk, len);
		if (done)
			return done;
		if (file->f_flags & O_NONBLOCK)
			return -EAGAIN;
		err = wait_event_interruptible(s->wait, can_write(s));
		if (err)
			return err;
	}
}

static __poll_t console_poll(struct file *file, poll_table *wait)
{
	struct console_file *f = file->private_data;
	struct console_stream *s = f->stream;
	__poll_t events = 0;

	poll_wait(file, &s->wait, wait);
	if (log_end(&s->scrollback) != READ_ONCE(f->pos))
		events |= EPOLLIN | EPOLLRDNORM;
	if (READ_ONCE(s->closed))
		events |= EPOLLHUP;
	else if (s->device->room(s))
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

/**
 * console_stream_open() - a descriptor to read and write it; keeps the domain
 * @d: domain
 * @s: one of its streams
 * @flags: XLHV_CONSOLE_FROM_NOW or 0
 * @new: becomes the descriptor
 *
 * Context: may sleep; @d is entered.
 * Return: 0 or -errno.
 */
int console_stream_open(struct domain *d, struct console_stream *s, u32 flags,
			struct new_file *new)
{
	struct console_file *f = kzalloc(sizeof(*f), GFP_KERNEL_ACCOUNT);
	int err;

	if (!f)
		return -ENOMEM;
	mutex_init(&f->lock);
	f->domain = d;
	f->stream = s;
	if (flags & XLHV_CONSOLE_FROM_NOW)
		f->pos = log_end(&s->scrollback);
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
