// SPDX-License-Identifier: GPL-2.0-only
/*
 * Watches of processes, on domain 0's one connection to XenStore.
 *
 * To the daemon each has a token of its own, a number, by which its events are told apart; its
 * process gets its own token back.  So several may watch the same with the same token.
 *
 * The daemon's watches go with it.  When another has come it is asked for all of them again,
 * and, as always, each has an event at once.  The requests for that are made with the watch: no
 * limit and no want of memory can make it one that is never told of anything.  If the daemon
 * refuses it, its file loses all of them, as when events are lost, and reads that.
 */
#include <linux/hashtable.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "dom0/xenbus.h"

#define MAX_WATCHES	1024U		/* of a file */
#define MAX_EVENT_BYTES	(256U << 10)	/* memory of events of a file that it has not read */
#define ID_BITS		10		/* of the table of watches */

/* What a token of ours takes, with its end. */
#define TOKEN_BYTES	9

/**
 * struct xenbus_again - the request by which a new daemon is asked for a watch
 * @watch: [xs_lock] NULL: it has ended while this was under way
 * @rq: it
 */
struct xenbus_again {
	struct xenbus_watch *watch;
	struct xs_request rq;		/* the last, with its body */
};

/**
 * struct xenbus_watch - a watch
 * @link: [xs_lock] in the file's list
 * @by_id: [xs_lock] in the table of all
 * @file: [c] whose
 * @id: [c] the token that the daemon knows
 * @end: [c] request that ends it, of which the body is path and token for the daemon
 * @again: [c] to be used again and again
 * @asked: [xs_lock] @again is under way
 * @path_len: [c] without its end
 * @token: [c] the process's
 */
struct xenbus_watch {
	struct list_head link;
	struct hlist_node by_id;
	struct xenbus_file *file;
	u32 id;
	struct xs_request *end;
	struct xenbus_again *again;
	bool asked;
	size_t path_len;
	char token[];
};

static DEFINE_HASHTABLE(watches, ID_BITS);	/* [xs_lock] by id */
static u32 last_id;				/* [xs_lock] that was given */
static struct xenbus_message *spare;		/* [xs_lock] for an event, the longest, or NULL */
static bool no_spare;				/* [xs_lock] not even who waits gets one */

static void again_answered(struct xs_request *r);

static struct xenbus_again *new_again(size_t len)
{
	struct xenbus_again *again = kzalloc(struct_size(again, rq.body, len), GFP_KERNEL_ACCOUNT);

	if (!again)
		return NULL;
	again->rq.answered = again_answered;
	again->rq.room = len;
	return again;
}

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
	w->again = new_again(w->path_len + 1 + TOKEN_BYTES);
	if (!w->end || !w->again) {
		xenbus_watch_free(w);
		return NULL;
	}
	w->again->watch = w;
	memcpy(w->end->body, path, w->path_len);
	return w;
}

/* All but @end, if that is to be asked. */
static void free_but_end(struct xenbus_watch *w)
{
	if (w->asked)
		w->again->watch = NULL;
	else
		kfree(w->again);
	kfree(w);
}

/* Nobody's, or, under xs_lock, one that was a file's. */
void xenbus_watch_free(struct xenbus_watch *w)
{
	kfree(w->end);
	free_but_end(w);
}

static struct xenbus_watch *find_by_id_locked(u32 id)
{
	struct xenbus_watch *w;

	lockdep_assert_held(&xs_lock);
	hash_for_each_possible(watches, w, by_id, id)
		if (w->id == id)
			return w;
	return NULL;
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
	if (f->nr_watches == MAX_WATCHES)
		return "E2BIG";
	/* Others have all that there are. */
	if (!xenbus_keep_locked())
		return "EBUSY";
	/* There are not that many: one is free, and 0 is none. */
	do {
		last_id++;
	} while (!last_id || find_by_id_locked(last_id));
	w->id = last_id;
	w->file = f;
	hash_add(watches, &w->by_id, w->id);
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
	hash_del(&w->by_id);
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
	struct xenbus_watch *w = find_by_id_locked(id);

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
		free_but_end(w);
		/* What was kept for the watch is kept for this until it is answered. */
		xs_submit_locked(end);
	}
}

/* What a file was to be told of is lost: it is told that, and of nothing any more. */
static void lose_watches_locked(struct xenbus_file *f)
{
	lockdep_assert_held(&xs_lock);
	f->overflow = true;
	xenbus_watches_end_locked(f);
	wake_up_interruptible(&f->wait);
}

/* A refusal that is none: the daemon has that watch. */
static bool has_it(const struct xs_request *r)
{
	return r->msg.len == sizeof("EEXIST") && !memcmp(r->body, "EEXIST", sizeof("EEXIST"));
}

static void again_answered(struct xs_request *r)
{
	struct xenbus_again *again = container_of(r, struct xenbus_again, rq);
	struct xenbus_watch *w = again->watch;

	lockdep_assert_held(&xs_lock);
	if (!w) {
		kfree(again);
		return;
	}
	w->asked = false;
	/* If it is the daemon that has gone, the next one is asked. */
	if (r->msg.type == XS_ERROR && xs_connected_locked() && !has_it(r))
		lose_watches_locked(w->file);
}

/* Another daemon: it knows none of them. */
void xenbus_found_locked(void)
{
	struct xenbus_file *f;
	struct xenbus_watch *w;
	struct xs_request *r;

	lockdep_assert_held(&xs_lock);
	list_for_each_entry(f, &xenbus_files, link) {
		list_for_each_entry(w, &f->watches, link) {
			r = &w->again->rq;
			r->msg = (struct xsd_sockmsg){ .type = XS_WATCH, .len = r->room };
			memcpy(r->body, w->end->body, r->room);
			w->asked = true;
			/* There is a daemon: the answer comes later. */
			xs_submit_locked(r);
		}
	}
}

static size_t event_size(size_t len)
{
	const struct xenbus_message *m = NULL;

	return struct_size(m, rq.body, len);
}

/*
 * Room for an event.  Where there is none without waiting, xs_lock is let go of for it: *@later.
 * Return: NULL: there is none.
 */
static struct xenbus_message *event_room_locked(size_t len, bool *later)
{
	struct xenbus_message *m = kzalloc(event_size(len), GFP_NOWAIT | __GFP_NOWARN);

	lockdep_assert_held(&xs_lock);
	if (!m)
		swap(m, spare);
	*later = !m && !no_spare;
	no_spare = false;
	return m;
}

void xenbus_event_room(void)
{
	struct xenbus_message *m = kzalloc(event_size(XENSTORE_PAYLOAD_MAX),
					   GFP_KERNEL | __GFP_RETRY_MAYFAIL |
					   __GFP_NOWARN);

	mutex_lock(&xs_lock);
	if (!spare)
		swap(m, spare);
	no_spare = !spare;
	mutex_unlock(&xs_lock);
	kfree(m);
}

void xenbus_event_exit(void)
{
	kfree(spare);
	spare = NULL;
}

static void make_event(struct xenbus_message *m, const struct xenbus_watch *w, const char *path)
{
	size_t path_size = strlen(path) + 1, token_size = strlen(w->token) + 1;

	m->event = true;
	m->rq.msg.type = XS_WATCH_EVENT;
	m->rq.msg.len = path_size + token_size;
	memcpy(m->rq.body, path, path_size);
	memcpy(m->rq.body + path_size, w->token, token_size);
}

/*
 * An event: path and token, each with its end, if the daemon does what it is to do.  More than a
 * process reads is not kept for it.  What counts is the memory that it takes.
 */
bool xenbus_event_locked(const char *body, u32 len)
{
	struct xenbus_message *m;
	struct xenbus_watch *w;
	struct xenbus_file *f;
	size_t path_len, size;
	bool later;
	u32 id;

	lockdep_assert_held(&xs_lock);
	path_len = strnlen(body, len);
	/* The token is ours, of one length. */
	if (len - path_len != 1 + TOKEN_BYTES || body[len - 1] ||
	    kstrtou32(body + path_len + 1, 16, &id))
		return true;
	w = find_by_id_locked(id);
	if (!w)
		return true;
	f = w->file;
	size = path_len + 1 + strlen(w->token) + 1;
	/* A library that reads it could not take more. */
	if (size > XENSTORE_PAYLOAD_MAX)
		return true;
	m = event_room_locked(size, &later);
	if (later)
		return false;
	if (m && f->event_bytes + ksize(m) <= MAX_EVENT_BYTES) {
		make_event(m, w, body);
		f->event_bytes += ksize(m);
		xenbus_message_queue_locked(f, m);
	} else {
		kfree(m);
		lose_watches_locked(f);
	}
	return true;
}
