/* SPDX-License-Identifier: GPL-2.0-only */
/* What a domain has of grants; see grant.h. */
#ifndef XLHV_GRANT_TYPES_H
#define XLHV_GRANT_TYPES_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/workqueue.h>

#include "grant/maptrack.h"

struct gnttab_active;
struct page;

#define GRANT_DEFAULT_MAX_FRAMES	64
#define GRANT_DEFAULT_MAX_MAPTRACK	1024
#define GRANT_MAX_FRAMES		4096

/**
 * struct gnttab - grant table of a domain
 * @lock: grows, changes its version
 * @nr_frames: [lock] for writing; frames of entries; raised after they are there
 * @nr_status: [lock] status frames of version 2 that exist
 * @version: [lock] and the locks of all reserved entries: 1 or 2
 * @changing: [lock] for writing: the version is about to change, entries that are not
 *	reserved get no pins
 * @closed: [a] dying: no new pins
 * @max_frames: [c] most frames
 * @max_version: [c] highest version the guest may choose
 * @frame: [lock] pages of entries, with a reference each
 * @status: [lock] pages of status words, with a reference each
 * @active: [lock] what is remembered of entries in use, for each frame
 * @map_lock: mappings of other domains' grants, by hypercalls of this domain
 * @maptrack: [map_lock]
 * @nr_waiting: [a] pins of domain 0's that nobody has mapped any more, and that wait for I/O
 * @nr_maps: [a] mappings that were made
 * @nr_copies: [a] copies that were made
 * @copied: [a] bytes that were copied
 * @put_lock: raw, interrupts off
 * @put_list: [put_lock] pages that could not be freed where their last pin went
 * @put_work: frees them; one reference on the domain while it is queued
 */
struct gnttab {
	struct mutex lock;		/* growing, version */
	unsigned int nr_frames;
	unsigned int nr_status;
	unsigned int version;
	bool changing;
	bool closed;
	unsigned int max_frames;
	unsigned int max_version;
	struct page **frame;
	struct page **status;
	struct gnttab_active **active;

	struct mutex map_lock;		/* own mappings of others' grants */
	struct gnttab_maptrack maptrack;

	atomic_t nr_waiting;
	atomic64_t nr_maps;
	atomic64_t nr_copies;
	atomic64_t copied;

	raw_spinlock_t put_lock;
	struct list_head put_list;
	struct work_struct put_work;
};

#endif /* XLHV_GRANT_TYPES_H */
