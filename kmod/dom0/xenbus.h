/* SPDX-License-Identifier: GPL-2.0-only */
/* Private to /dev/xen/xenbus: what a file has, and what its messages are. */
#ifndef XLHV_DOM0_XENBUS_H
#define XLHV_DOM0_XENBUS_H

#include <linux/list.h>
#include <linux/types.h>
#include <linux/wait.h>

#include "dom0/xs.h"

struct xenbus_transaction;

/**
 * struct xenbus_file - an open file
 * @link: in the list of all
 * @under_way: messages that are with the daemon
 * @to_read: answers and events, the oldest first
 * @watches: its watches, also those that the daemon does not know yet
 * @transactions: those that have an identifier and no end
 * @partial: a message that is not complete, or NULL
 * @nr_messages: messages but events, from their first byte written to their last one read
 * @nr_watches: of @watches
 * @nr_transactions: also those that have no identifier yet
 * @event_bytes: of memory, with events that are not read
 * @overflow: events were lost: it has no watches any more, and is good for nothing
 * @wait: for something to read, or room to write
 *
 * All under xs_lock.
 */
struct xenbus_file {
	struct list_head link;
	struct list_head under_way;
	struct list_head to_read;
	struct list_head watches;
	struct list_head transactions;
	struct xenbus_message *partial;
	unsigned int nr_messages;
	unsigned int nr_watches;
	unsigned int nr_transactions;
	size_t event_bytes;
	bool overflow;
	wait_queue_head_t wait;
};

/**
 * struct xenbus_message - a message of a process's, its answer, or an event
 * @file: whose; NULL: nobody wants to know any more
 * @under_way: in that list of the file's
 * @done: bytes written by the process so far, later bytes read by it
 * @event: not an answer
 * @type: as the process had it
 * @req_id: as the process had it
 * @tx_id: as the process had it
 * @watch_id: of the watch that it is to make, or 0
 * @transaction: that it is to begin, or NULL
 * @rq: it
 *
 * Whoever has it alone needs no lock.
 */
struct xenbus_message {
	struct xenbus_file *file;
	struct list_head under_way;
	u32 done;
	bool event;
	u32 type;
	u32 req_id;
	u32 tx_id;
	u32 watch_id;
	struct xenbus_transaction *transaction;
	struct xs_request rq;		/* the last, with its body */
};

void xenbus_message_queue_locked(struct xenbus_file *f, struct xenbus_message *m);
/* A request whose answer nobody reads; for the caller to fill in. */
struct xs_request *xenbus_quiet(u32 type, u32 len);

/* xenbus_watch.c; all but the first under xs_lock. */
struct xenbus_watch *xenbus_watch_new(const char *path, const char *token);
void xenbus_watch_free(struct xenbus_watch *w);
const char *xenbus_watch_add_locked(struct xenbus_file *f, struct xenbus_watch *w,
				    struct xenbus_message *m);
bool xenbus_watch_take_back_locked(struct xenbus_file *f, const char *path, const char *token,
				   struct xenbus_message *m);
void xenbus_watch_answered_locked(u32 id, bool failed);
void xenbus_watches_end_locked(struct xenbus_file *f);

/* Of all files together: watches, transactions and messages; false: there are too many. */
bool xenbus_keep_locked(void);
void xenbus_let_go_locked(void);

extern struct list_head xenbus_files;	/* [xs_lock] */

#endif /* XLHV_DOM0_XENBUS_H */
