// SPDX-License-Identifier: GPL-2.0-only
/*
 * Watches of processes, on domain 0's one connection to XenStore.
 *
 * To the daemon each has a token of its own, a number, by which its events are told apart; its
 * process gets its own token back.  So several may watch the same with the same token.
 *
 * The daemon's watches go with it.  When another has come it is asked for all of them again,
 * and, as always, each has an event at once.
 */
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/xarray.h>

#include "dom0/xenbus.h"

#define MAX_WATCHES	1024U		/* of a file */
#define MAX_EVENT_BYTES	(256U << 10)	/* of a file, that it has not read */

/* What a token of ours takes, with its end. */
#define TOKEN_BYTES	9

/**
 * struct xenbus_watch - a watch
 * @link: [xs_lock] in the file's list
 * @file: [c] whose
 * @id: [c] the token that the daemon knows
 * @end: [c] request that ends it, of which the body is path and token for the daemon
 * @path_len: [c] without its end
 * @token: [c] the process's
 */
struct xenbus_watch {
	struct list_head link;
	struct xenbus_file *file;
	u32 id;
	struct xs_request *end;
	size_t path_len;
	char token[];
};

static DEFINE_XARRAY_ALLOC1(watches);	/* [xs_lock] by id */
static u32 next_id;			/* [xs_lock] */

/**
 * xenbus_watch_new() - a watch that nobody has yet
 * @path: of a process, any string
 * @token: likewise; both are in one message
 *
 * Context: may sleep.
 * Return: NULL: no memory.
 */
struct xenbus_watch *xenbus_watch_new(const char *path, const char *token)
{
	struct xenbus_watch *w;

	w = kzalloc(struct_size(w, token, strlen(token) + 1), GFP_KERNEL_ACCOUNT);
	if (!w)
		return NULL;
	w->path_len = strlen(path);
	memcpy(w->token, token, strlen(token));
	w->end = xenbus_quiet(XS_UNWATCH, w->path_len + 1 + TOKEN_BYTES);
	if (!w->end) {
		kfree(w);
		return NULL;
	}
	memcpy(w->end->body, path, w->path_len);
	return w;
}

void xenbus_watch_free(struct xenbus_watch *w)
{
	kfree(w->end);
	kfree(w);
}

static struct xenbus_watch *find_locked(struct xenbus_file *f, const char *path, const char *token)
{
	struct xenbus_watch *w;

	lockdep_assert_held(&xs_lock);
	list_for_each_entry(w, &f->watches, link)
		if (!strcmp(w->end->body, path) && !strcmp(w->token, token))
			return w;
	return NULL;
}

static void use_body(struct xenbus_message *m, const struct xenbus_watch *w)
{
	m->rq.msg.len = w->end->msg.len;
	memcpy(m->rq.body, w->end->body, w->end->msg.len);
}

/**
 * xenbus_watch_add_locked() - a file has a watch from now on
 * @f: file
 * @w: that nobody has; the file's from now on, unless this fails
 * @m: the process's request, which becomes what the daemon is asked
 *
 * Return: NULL; the name of an error.
 */
const char *xenbus_watch_add_locked(struct xenbus_file *f, struct xenbus_watch *w,
				    struct xenbus_message *m)
{
	lockdep_assert_held(&xs_lock);
	if (w->end->msg.len > m->rq.room)
		return "EINVAL";
	if (find_locked(f, w->end->body, w->token))
		return "EEXIST";
	if (f->nr_watches == MAX_WATCHES || !xenbus_keep_locked())
		return "E2BIG";
	if (xa_alloc_cyclic(&watches, &w->id, w, xa_limit_32b, &next_id, GFP_KERNEL_ACCOUNT) < 0) {
		xenbus_let_go_locked();
		return "ENOMEM";
	}
	w->file = f;
	/* Of one length, whatever the number is. */
	snprintf(w->end->body + w->path_len + 1, TOKEN_BYTES, "%08x", w->id);
	list_add_tail(&w->link, &f->watches);
	f->nr_watches++;
	m->watch_id = w->id;
	use_body(m, w);
	return NULL;
}

/* It is no watch any more.  What the daemon still says of it is of no interest. */
static void forget_locked(struct xenbus_watch *w)
{
	lockdep_assert_held(&xs_lock);
	xa_erase(&watches, w->id);
	list_del(&w->link);
	w->file->nr_watches--;
}

/**
 * xenbus_watch_take_back_locked() - a process does not want a watch any more
 * @f: file
 * @path: as it named it
 * @token: as it named it
 * @m: its request, which becomes what the daemon is asked
 *
 * Return: false: it has no such watch.
 */
bool xenbus_watch_take_back_locked(struct xenbus_file *f, const char *path, const char *token,
				   struct xenbus_message *m)
{
	struct xenbus_watch *w = find_locked(f, path, token);

	lockdep_assert_held(&xs_lock);
	if (!w)
		return false;
	use_body(m, w);
	forget_locked(w);
	xenbus_watch_free(w);
	xenbus_let_go_locked();
	return true;
}

/* The daemon has answered the request for a watch, which may be gone by now. */
void xenbus_watch_answered_locked(u32 id, bool failed)
{
	struct xenbus_watch *w = xa_load(&watches, id);

	lockdep_assert_held(&xs_lock);
	if (!w || !failed)
		return;
	forget_locked(w);
	xenbus_watch_free(w);
	xenbus_let_go_locked();
}

/* A file wants none any more. */
void xenbus_watches_end_locked(struct xenbus_file *f)
{
	struct xenbus_watch *w;
	struct xs_request *end;

	lockdep_assert_held(&xs_lock);
	while (!list_empty(&f->watches)) {
		w = list_first_entry(&f->watches, struct xenbus_watch, link);
		end = w->end;
		forget_locked(w);
		kfree(w);
		/* What was kept for the watch is kept for this until it is answered. */
		xs_submit_locked(end);
	}
}

/* Another daemon: it knows none of them. */
void xenbus_found_locked(void)
{
	struct xs_request *again;
	struct xenbus_file *f;
	struct xenbus_watch *w;

	lockdep_assert_held(&xs_lock);
	list_for_each_entry(f, &xenbus_files, link) {
		list_for_each_entry(w, &f->watches, link) {
			/* One that is too many, or has no memory, is not watched. */
			if (!xenbus_keep_locked())
				return;
			again = xenbus_quiet(XS_WATCH, w->end->msg.len);
			if (!again) {
				xenbus_let_go_locked();
				return;
			}
			memcpy(again->body, w->end->body, w->end->msg.len);
			xs_submit_locked(again);
		}
	}
}

static struct xenbus_message *new_event(const struct xenbus_watch *w, const char *path)
{
	size_t path_size = strlen(path) + 1, token_size = strlen(w->token) + 1;
	struct xenbus_message *m;

	m = kzalloc(struct_size(m, rq.body, path_size + token_size), GFP_KERNEL);
	if (!m)
		return NULL;
	m->event = true;
	m->rq.msg.type = XS_WATCH_EVENT;
	m->rq.msg.len = path_size + token_size;
	memcpy(m->rq.body, path, path_size);
	memcpy(m->rq.body + path_size, w->token, token_size);
	return m;
}

/*
 * An event: path and token, each with its end, if the daemon does what it is to do.  More than a
 * process reads is not kept for it.
 */
void xenbus_event_locked(char *body, u32 len)
{
	struct xenbus_message *m = NULL;
	struct xenbus_watch *w;
	struct xenbus_file *f;
	size_t path_len;
	u32 id;

	lockdep_assert_held(&xs_lock);
	path_len = strnlen(body, len);
	/* The token is ours, of one length. */
	if (len - path_len != 1 + TOKEN_BYTES || body[len - 1] ||
	    kstrtou32(body + path_len + 1, 16, &id))
		return;
	w = xa_load(&watches, id);
	if (!w)
		return;
	f = w->file;
	/* A library that reads it could not take more. */
	if (path_len + 1 + strlen(w->token) + 1 > XENSTORE_PAYLOAD_MAX)
		return;
	if (f->event_bytes < MAX_EVENT_BYTES)
		m = new_event(w, body);
	if (m) {
		f->event_bytes += m->rq.msg.len;
		xenbus_message_queue_locked(f, m);
		return;
	}
	f->overflow = true;
	xenbus_watches_end_locked(f);
	wake_up_interruptible(&f->wait);
}
