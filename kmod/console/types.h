/* SPDX-License-Identifier: GPL-2.0-only */
/* What a domain has of its console; see console.c. */
#ifndef XLHV_CONSOLE_TYPES_H
#define XLHV_CONSOLE_TYPES_H

#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/wait.h>

#include "base/log.h"
#include "base/paced_work.h"
#include "evtchn/types.h"

struct page;
struct xencons_interface;

/**
 * struct dom_console - console of a domain
 * @lock: ring indices of our side
 * @ring: [c][G] shared ring, NULL before the builder said where; set under the lock,
 *	read with acquire without it
 * @page: [c] its page
 * @scrollback: what the guest said
 * @host: [lock] our end of its event channel
 * @drain: drains the ring, wakes who waits
 * @wait: readers and writers
 * @out_cons: [lock] our index of what the guest says
 * @in_prod: [lock] our index of what it hears; read without it to see whether to wait
 * @closed: [lock] the domain is dying: nothing more will come; read without it as well
 * @broken: [lock] the guest's indices made no sense: nothing more is done; the same
 */
struct dom_console {
	struct mutex lock;	/* ring indices of our side */
	struct xencons_interface *ring;
	struct page *page;
	struct dom_log scrollback;
	struct xlhv_evtchn host;
	struct pace drain;
	wait_queue_head_t wait;
	u32 out_cons;
	u32 in_prod;
	bool broken;
	bool closed;
};

#endif /* XLHV_CONSOLE_TYPES_H */
