/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Private to kmod/dom0: requests to XenStore by domain 0's ring.
 *
 * All that follows is under xs_lock unless it says otherwise, the callbacks too.  They must not
 * sleep, as all who use the store wait for them, and may make further requests.
 */
#ifndef XLHV_DOM0_XS_H
#define XLHV_DOM0_XS_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/types.h>
#include <xen/interface/io/xs_wire.h>

struct evtchn_sink;
struct xenstore_domain_interface;

/**
 * struct xs_request - a request, and then the answer to it
 * @link: for xs.c until it is answered, then for its owner
 * @by_id: for xs.c
 * @in_ring: all of it has been put into the ring
 * @answered: called once; @msg and @body are the answer by then
 * @room: bytes of @body; of an answer that is longer the rest is lost
 * @msg: header.  Its owner sets type, tx_id and len
 * @body: what follows it
 */
struct xs_request {
	struct list_head link;
	struct hlist_node by_id;
	bool in_ring;
	void (*answered)(struct xs_request *r);
	u32 room;
	struct xsd_sockmsg msg;
	char body[];
};

extern struct mutex xs_lock;
extern struct evtchn_sink xs_sink;

int xs_init(struct xenstore_domain_interface *ring);
void xs_exit(void);
/* Any context but NMI, without the lock: something may have changed. */
void xs_look_soon(void);
void xs_look_locked(void);
/* Is there a daemon?  While requests are answered because it has gone there is none. */
bool xs_connected_locked(void);
/* An answer comes in any case: XS_ERROR with "EIO" without a daemon, and then only, at once. */
void xs_submit_locked(struct xs_request *r);
/* Make an answer of a request: @len bytes of @body. */
void xs_answer_locked(struct xs_request *r, u32 type, const void *body, u32 len);
void xs_fail_locked(struct xs_request *r, const char *error);

/* xenbus_watch.c: what comes without a request.  False: no memory for it without waiting. */
bool xenbus_event_locked(const char *body, u32 len);
/* Then this waits for some, without the lock, and it is to be tried again. */
void xenbus_event_room(void);
/* No event comes any more. */
void xenbus_event_exit(void);
/* Transactions and watches of the daemon's are gone; another daemon has come. */
void xenbus_lost_locked(void);
void xenbus_found_locked(void);

#endif /* XLHV_DOM0_XS_H */
