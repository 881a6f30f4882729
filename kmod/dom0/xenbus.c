// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/xen/xenbus: domain 0's connection to XenStore, for processes.
 *
 * A process writes requests and reads answers and the events of its watches, as it does with
 * the daemon's socket.  All files share one connection (xs.c): each has its own watches and
 * transactions, can name no others', and loses them when it is closed.  A request
 * that has been written is asked of the daemon even if the file is closed at once.
 *
 * What a process can have the kernel keep is limited: for a file, so that who only writes waits,
 * and for all files, as what a closed file leaves to a daemon that does not answer is kept, too.
 *
 * A message is in the hands of one at a time: of who writes its bytes, of the connection, of
 * the list of what can be read, of who reads its bytes.  Only going from one to the
 * other takes xs_lock, which is not held in a copy from or to the process.
 *
 * The ABI is that of the kernel's own driver.
 */
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "base/usercopy.h"
#include "dom0/internal.h"
#include "dom0/xenbus.h"

#define MAX_MESSAGES		32U	/* of a file, but events */
#define MAX_TRANSACTIONS	32U	/* of a file */

static unsigned int xenbus_limit = 16384;
module_param(xenbus_limit, uint, 0644);
MODULE_PARM_DESC(xenbus_limit,
		 "most watches, transactions and requests of all open /dev/xen/xenbus (default: 16384)");

LIST_HEAD(xenbus_files);	/* [xs_lock] */
static unsigned int nr_kept;	/* [xs_lock] what is limited by xenbus_limit */

/**
 * struct xenbus_transaction - a transaction of a file's
 * @link: [xs_lock] in its list
 * @id: [xs_lock] as the daemon has named it
 * @end: [c] request that ends it
 */
struct xenbus_transaction {
	struct list_head link;
	u32 id;
	struct xs_request *end;
};

/* Count one more.  Return: false: there are too many. */
bool xenbus_keep_locked(void)
{
	lockdep_assert_held(&xs_lock);
	if (nr_kept >= READ_ONCE(xenbus_limit))
		return false;
	nr_kept++;
	return true;
}

void xenbus_let_go_locked(void)
{
	lockdep_assert_held(&xs_lock);
	nr_kept--;
}

static void quiet_answered(struct xs_request *r)
{
	kfree(r);
	xenbus_let_go_locked();
}

struct xs_request *xenbus_quiet(u32 type, u32 len)
{
	struct xs_request *r = kzalloc(struct_size(r, body, len), GFP_KERNEL_ACCOUNT);

	if (!r)
		return NULL;
	r->answered = quiet_answered;
	r->room = len;
	r->msg.type = type;
	r->msg.len = len;
	return r;
}

static struct xenbus_transaction *new_transaction(void)
{
	struct xenbus_transaction *t = kzalloc(sizeof(*t), GFP_KERNEL_ACCOUNT);

	if (!t)
		return NULL;
	t->end = xenbus_quiet(XS_TRANSACTION_END, sizeof("F"));
	if (!t->end) {
		kfree(t);
		return NULL;
	}
	memcpy(t->end->body, "F", sizeof("F"));
	return t;
}

/* It is over, or never was. */
static void forget_transaction_locked(struct xenbus_transaction *t)
{
	kfree(t->end);
	kfree(t);
	xenbus_let_go_locked();
}

/* Nobody is there to end it. */
static void abort_transaction_locked(struct xenbus_transaction *t)
{
	struct xs_request *end = t->end;

	end->msg.tx_id = t->id;
	kfree(t);
	/* What was kept for the transaction is kept for this until it is answered. */
	xs_submit_locked(end);
}

static struct xenbus_transaction *find_transaction_locked(struct xenbus_file *f, u32 id)
{
	struct xenbus_transaction *t;

	lockdep_assert_held(&xs_lock);
	list_for_each_entry(t, &f->transactions, link)
		if (t->id == id)
			return t;
	return NULL;
}

/* The daemon's transactions are gone with it, and their numbers mean nothing. */
void xenbus_lost_locked(void)
{
	struct xenbus_transaction *t, *next;
	struct xenbus_file *f;

	lockdep_assert_held(&xs_lock);
	list_for_each_entry(f, &xenbus_files, link) {
		list_for_each_entry_safe(t, next, &f->transactions, link) {
			list_del(&t->link);
			f->nr_transactions--;
			forget_transaction_locked(t);
		}
	}
}

/* An answer or an event can be read. */
void xenbus_message_queue_locked(struct xenbus_file *f, struct xenbus_message *m)
{
	lockdep_assert_held(&xs_lock);
	m->file = f;
	list_add_tail(&m->rq.link, &f->to_read);
	wake_up_interruptible(&f->wait);
}

/* A message that has been read, or that nobody will. */
static void free_message_locked(struct xenbus_message *m)
{
	struct xenbus_file *f = m->file;

	lockdep_assert_held(&xs_lock);
	if (m->event) {
		f->event_bytes -= ksize(m);
	} else {
		xenbus_let_go_locked();
		if (f) {
			f->nr_messages--;
			wake_up_interruptible(&f->wait);
		}
	}
	kfree(m);
}

/* The answer to the beginning of a transaction. */
static void transaction_answered_locked(struct xenbus_message *m)
{
	struct xenbus_transaction *t = m->transaction;
	struct xenbus_file *f = m->file;

	m->transaction = NULL;
	/* The buffer has room for an end, see new_message(). */
	m->rq.body[min(m->rq.msg.len, m->rq.room)] = '\0';
	if (m->rq.msg.type != XS_ERROR && (kstrtou32(m->rq.body, 10, &t->id) || !t->id)) {
		/* The daemon's mistake: nobody could use what it said. */
		m->rq.msg.type = XS_ERROR;
		m->rq.msg.len = sizeof("EIO");
		memcpy(m->rq.body, "EIO", sizeof("EIO"));
	}
	if (m->rq.msg.type == XS_ERROR) {
		if (f)
			f->nr_transactions--;
		forget_transaction_locked(t);
	} else if (f) {
		list_add_tail(&t->link, &f->transactions);
	} else {
		abort_transaction_locked(t);
	}
}

static void answered(struct xs_request *r)
{
	struct xenbus_message *m = container_of(r, struct xenbus_message, rq);

	lockdep_assert_held(&xs_lock);
	list_del(&m->under_way);
	if (m->transaction)
		transaction_answered_locked(m);
	if (m->watch_id)
		xenbus_watch_answered_locked(m->watch_id, r->msg.type == XS_ERROR);
	if (!m->file) {
		free_message_locked(m);
		return;
	}
	r->msg.req_id = m->req_id;
	r->msg.tx_id = m->tx_id;
	xenbus_message_queue_locked(m->file, m);
}

/* Context: may sleep. */
static struct xenbus_message *new_message(void)
{
	struct xenbus_message *m;

	m = kmalloc(struct_size(m, rq.body, XENSTORE_PAYLOAD_MAX + 1), GFP_KERNEL_ACCOUNT);
	if (!m)
		return NULL;
	memset(m, 0, sizeof(*m));
	m->rq.answered = answered;
	m->rq.room = XENSTORE_PAYLOAD_MAX;
	INIT_LIST_HEAD(&m->under_way);
	return m;
}

/* Path and token of a request for a watch, each with its end.  Return: false: they are not. */
static bool path_and_token(struct xenbus_message *m, const char **path, const char **token)
{
	const char *end = m->rq.body + m->rq.msg.len;

	*path = m->rq.body;
	*token = memchr(*path, 0, m->rq.msg.len);
	if (!*token || ++*token == end)
		return false;
	return memchr(*token, 0, end - *token);
}

/* What a request needs besides, before the lock is taken. */
struct needs {
	struct xenbus_watch *watch;
	struct xenbus_transaction *transaction;
};

/* Return: NULL; the name of an error. */
static const char *prepare(struct xenbus_message *m, struct needs *needs)
{
	const char *path, *token;

	switch (m->type) {
	case XS_WATCH:
	case XS_UNWATCH:
		if (!path_and_token(m, &path, &token))
			return "EINVAL";
		if (m->type == XS_UNWATCH)
			return NULL;
		needs->watch = xenbus_watch_new(path, token);
		return needs->watch ? NULL : "ENOMEM";
	case XS_TRANSACTION_START:
		needs->transaction = new_transaction();
		return needs->transaction ? NULL : "ENOMEM";
	case XS_TRANSACTION_END:
		if (m->rq.msg.len != 2 ||
		    (memcmp(m->rq.body, "T", 2) && memcmp(m->rq.body, "F", 2)))
			return "EINVAL";
	}
	return NULL;
}

static const char *begin_watch_locked(struct xenbus_file *f, struct xenbus_message *m,
				      struct needs *needs)
{
	const char *error = xenbus_watch_add_locked(f, needs->watch, m);

	if (!error)
		needs->watch = NULL;
	m->rq.msg.tx_id = 0;
	return error;
}

static const char *begin_transaction_locked(struct xenbus_file *f, struct xenbus_message *m,
					    struct needs *needs)
{
	if (f->nr_transactions == MAX_TRANSACTIONS)
		return "ENOSPC";
	/* Others have all that there are. */
	if (!xenbus_keep_locked())
		return "EBUSY";
	f->nr_transactions++;
	swap(m->transaction, needs->transaction);
	return NULL;
}

/*
 * Make it a request that can be asked of the daemon.
 * Return: NULL: it is; else what to answer, "OK" or the name of an error.
 */
static const char *translate_locked(struct xenbus_file *f, struct xenbus_message *m,
				    struct needs *needs)
{
	struct xenbus_transaction *t = NULL;
	const char *path, *token;

	lockdep_assert_held(&xs_lock);
	switch (m->type) {
	case XS_WATCH:
		return begin_watch_locked(f, m, needs);
	case XS_UNWATCH:
		m->rq.msg.tx_id = 0;
		path_and_token(m, &path, &token);
		return xenbus_watch_take_back_locked(f, path, token, m) ? NULL : "OK";
	case XS_RESET_WATCHES:
		/* To the daemon it would mean those of all files. */
		xenbus_watches_end_locked(f);
		return "OK";
	}
	if (m->tx_id) {
		t = find_transaction_locked(f, m->tx_id);
		if (!t)
			return "ENOENT";
	}
	if (m->type == XS_TRANSACTION_START)
		return begin_transaction_locked(f, m, needs);
	if (t && m->type == XS_TRANSACTION_END) {
		/* However it ends, it is over. */
		list_del(&t->link);
		f->nr_transactions--;
		forget_transaction_locked(t);
	}
	return NULL;
}

/* The process has written all of it. */
static void submit(struct xenbus_file *f, struct xenbus_message *m)
{
	struct needs needs = {};
	const char *error;

	m->type = m->rq.msg.type;
	m->req_id = m->rq.msg.req_id;
	m->tx_id = m->rq.msg.tx_id;
	m->done = 0;
	error = prepare(m, &needs);
	mutex_lock(&xs_lock);
	xs_look_locked();
	list_add_tail(&m->under_way, &f->under_way);
	error = error ?: translate_locked(f, m, &needs);
	if (!error)
		xs_submit_locked(&m->rq);
	else if (!strcmp(error, "OK"))
		xs_answer_locked(&m->rq, m->type, "OK", sizeof("OK"));
	else
		xs_fail_locked(&m->rq, error);
	mutex_unlock(&xs_lock);
	/* What came to nothing. */
	if (needs.watch)
		xenbus_watch_free(needs.watch);
	if (needs.transaction) {
		kfree(needs.transaction->end);
		kfree(needs.transaction);
	}
}

static bool has_room(struct xenbus_file *f)
{
	return READ_ONCE(f->partial) || READ_ONCE(f->nr_messages) < MAX_MESSAGES ||
	       READ_ONCE(f->overflow);
}

/*
 * The message that the process is writing, or room for a new one.
 * Return: 0; -EAGAIN: there is no room in the file; -ENOBUFS: none at all; -EOVERFLOW.
 */
static int take_partial_locked(struct xenbus_file *f, struct xenbus_message **m)
{
	lockdep_assert_held(&xs_lock);
	*m = NULL;
	if (f->overflow)
		return -EOVERFLOW;
	if (f->partial) {
		swap(*m, f->partial);
		return 0;
	}
	if (f->nr_messages >= MAX_MESSAGES)
		return -EAGAIN;
	if (!xenbus_keep_locked())
		return -ENOBUFS;
	f->nr_messages++;
	return 0;
}

/* A message that is no request will come to nothing: what was counted for it. */
static void drop_partial(struct xenbus_file *f, struct xenbus_message *m)
{
	mutex_lock(&xs_lock);
	xenbus_let_go_locked();
	f->nr_messages--;
	wake_up_interruptible(&f->wait);
	mutex_unlock(&xs_lock);
	kfree(m);
}

/* Return: a message to write to; or -errno. */
static struct xenbus_message *begin_write(struct xenbus_file *f, bool wait)
{
	struct xenbus_message *m;
	int err;

	for (;;) {
		mutex_lock(&xs_lock);
		err = take_partial_locked(f, &m);
		mutex_unlock(&xs_lock);
		if (err != -EAGAIN || !wait)
			break;
		err = wait_event_interruptible(f->wait, has_room(f));
		if (err)
			break;
	}
	if (err)
		return ERR_PTR(err);
	if (m)
		return m;
	m = new_message();
	if (!m) {
		drop_partial(f, NULL);
		return ERR_PTR(-ENOMEM);
	}
	m->file = f;
	return m;
}

/* Not all of it is there.  Two threads that write at once get what they deserve. */
static void put_partial(struct xenbus_file *f, struct xenbus_message *m)
{
	mutex_lock(&xs_lock);
	swap(m, f->partial);
	wake_up_interruptible(&f->wait);
	mutex_unlock(&xs_lock);
	if (m)
		drop_partial(f, m);
}

/* A message lies in one piece: header and body. */
static void *bytes_of(struct xenbus_message *m)
{
	return (void *)m + offsetof(struct xenbus_message, rq.msg);
}

static u32 size_of(const struct xenbus_message *m)
{
	return sizeof(m->rq.msg) + m->rq.msg.len;
}

/* Bytes to be written, as far as it is known. */
static u32 missing(const struct xenbus_message *m)
{
	const u32 header = sizeof(m->rq.msg);

	return (m->done < header ? header : size_of(m)) - m->done;
}

/* Bytes of a message.  Return: how many of them were for it; -EFAULT; -E2BIG. */
static ssize_t fill(struct xenbus_message *m, const char __user *from, size_t len)
{
	size_t done = 0, part;

	while (done < len && missing(m)) {
		part = min_t(size_t, len - done, missing(m));
		if (user_copy_in(bytes_of(m) + m->done, from + done, part))
			return -EFAULT;
		m->done += part;
		done += part;
		/* Nothing of the body has been looked at before. */
		if (m->done >= sizeof(m->rq.msg) && m->rq.msg.len > XENSTORE_PAYLOAD_MAX)
			return -E2BIG;
	}
	return done;
}

static ssize_t xenbus_write(struct file *file, const char __user *from, size_t len, loff_t *unused)
{
	struct xenbus_file *f = file->private_data;
	struct xenbus_message *m;
	size_t done = 0;
	ssize_t n;

	while (done < len) {
		m = begin_write(f, !(file->f_flags & O_NONBLOCK));
		if (IS_ERR(m))
			return done ?: PTR_ERR(m);
		n = fill(m, from + done, len - done);
		if (n < 0) {
			/* As the kernel's driver has it: what there is of it is dropped. */
			drop_partial(f, m);
			return done ?: n;
		}
		done += n;
		if (missing(m))
			put_partial(f, m);
		else
			submit(f, m);
	}
	return done;
}

/* The oldest that can be read, or NULL.  It is the caller's. */
static struct xenbus_message *take_answer(struct xenbus_file *f)
{
	struct xenbus_message *m;

	mutex_lock(&xs_lock);
	m = list_first_entry_or_null(&f->to_read, struct xenbus_message, rq.link);
	if (m)
		list_del(&m->rq.link);
	mutex_unlock(&xs_lock);
	return m;
}

static void put_answer(struct xenbus_file *f, struct xenbus_message *m)
{
	mutex_lock(&xs_lock);
	if (m->done == size_of(m)) {
		free_message_locked(m);
	} else {
		list_add(&m->rq.link, &f->to_read);
		/* Who looked meanwhile found nothing. */
		wake_up_interruptible(&f->wait);
	}
	mutex_unlock(&xs_lock);
}

/* Return: bytes; -EFAULT. */
static ssize_t read_some(struct xenbus_message *m, char __user *to, size_t len)
{
	len = min_t(size_t, len, size_of(m) - m->done);
	if (user_copy_out(to, bytes_of(m) + m->done, len))
		return -EFAULT;
	m->done += len;
	return len;
}

static bool can_read(struct xenbus_file *f)
{
	return !list_empty_careful(&f->to_read) || READ_ONCE(f->overflow);
}

static ssize_t xenbus_read(struct file *file, char __user *to, size_t len, loff_t *unused)
{
	struct xenbus_file *f = file->private_data;
	struct xenbus_message *m;
	size_t done = 0;
	ssize_t n;

	while (done < len) {
		m = take_answer(f);
		if (!m) {
			if (done)
				break;
			if (READ_ONCE(f->overflow))
				return -EOVERFLOW;
			if (file->f_flags & O_NONBLOCK)
				return -EAGAIN;
			n = wait_event_interruptible(f->wait, can_read(f));
			if (n)
				return n;
			continue;
		}
		n = read_some(m, to + done, len - done);
		put_answer(f, m);
		if (n < 0)
			return done ?: n;
		done += n;
	}
	return done;
}

static __poll_t xenbus_poll(struct file *file, poll_table *wait)
{
	struct xenbus_file *f = file->private_data;
	__poll_t mask = 0;

	poll_wait(file, &f->wait, wait);
	if (READ_ONCE(f->overflow))
		mask |= EPOLLERR;
	if (can_read(f))
		mask |= EPOLLIN | EPOLLRDNORM;
	if (has_room(f))
		mask |= EPOLLOUT | EPOLLWRNORM;
	return mask;
}

static int xenbus_open(struct inode *inode, struct file *file)
{
	struct xenbus_file *f = kzalloc(sizeof(*f), GFP_KERNEL_ACCOUNT);

	if (!f)
		return -ENOMEM;
	INIT_LIST_HEAD(&f->under_way);
	INIT_LIST_HEAD(&f->to_read);
	INIT_LIST_HEAD(&f->watches);
	INIT_LIST_HEAD(&f->transactions);
	init_waitqueue_head(&f->wait);
	mutex_lock(&xs_lock);
	list_add_tail(&f->link, &xenbus_files);
	mutex_unlock(&xs_lock);
	file->private_data = f;
	return stream_open(inode, file);
}

/* What a file leaves behind goes on without it. */
static void leave_locked(struct xenbus_file *f)
{
	struct xenbus_message *m, *next;
	struct xenbus_transaction *t;

	lockdep_assert_held(&xs_lock);
	list_for_each_entry(m, &f->under_way, under_way)
		m->file = NULL;
	/* They stay in a list, which is no file's. */
	list_del_init(&f->under_way);
	xenbus_watches_end_locked(f);
	while (!list_empty(&f->transactions)) {
		t = list_first_entry(&f->transactions, struct xenbus_transaction, link);
		list_del(&t->link);
		abort_transaction_locked(t);
	}
	list_for_each_entry_safe(m, next, &f->to_read, rq.link) {
		list_del(&m->rq.link);
		free_message_locked(m);
	}
	if (f->partial)
		free_message_locked(f->partial);
	list_del(&f->link);
}

static int xenbus_release(struct inode *inode, struct file *file)
{
	struct xenbus_file *f = file->private_data;

	mutex_lock(&xs_lock);
	xs_look_locked();
	leave_locked(f);
	mutex_unlock(&xs_lock);
	kfree(f);
	return 0;
}

const struct file_operations dom0_xenbus_fops = {
	.owner = THIS_MODULE,
	.open = xenbus_open,
	.release = xenbus_release,
	.read = xenbus_read,
	.write = xenbus_write,
	.poll = xenbus_poll,
};
