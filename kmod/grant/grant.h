/* SPDX-License-Identifier: GPL-2.0-only */
/* Grant tables. */
#ifndef XLHV_GRANT_H
#define XLHV_GRANT_H

#include <linux/spinlock.h>
#include <linux/types.h>
#include <xen/interface/xen.h>	/* the others need it first */
#include <xen/interface/grant_table.h>

struct domain;
struct vcpu;
struct page;

#define GRANT_DEFAULT_MAX_FRAMES	64
#define GRANT_DEFAULT_MAX_MAPTRACK	1024
#define GRANT_MAX_FRAMES		4096

/**
 * struct gnttab - grant table of a domain
 * @lock: raw, held for short; everything below that is not [c]
 * @nr_frames: [lock] frames of entries; entries are of version 1
 * @max_frames: [c] most frames
 * @max_maptrack: [c] most frames of mappings of other domains' grants
 * @max_version: [c] highest version the guest may choose
 * @frame: [lock] pages of entries, each with a reference
 */
struct gnttab {
	raw_spinlock_t lock;
	unsigned int nr_frames;
	unsigned int max_frames;
	unsigned int max_maptrack;
	unsigned int max_version;
	struct page **frame;
};

int gnttab_init(struct domain *d, int max_frames, int max_maptrack, int max_version);
void gnttab_close(struct domain *d);	/* dying: give back what it mapped */
void gnttab_free(struct domain *d);

long hc_grant_table_op(struct vcpu *v, const u64 *args);
/* XENMAPSPACE_grant_table: the page to be mapped, grown if needed, with a reference. */
struct page *gnttab_frame(struct domain *d, u64 idx);
/* Toolstack seeding: a permit_access entry in a reserved slot. */
int gnttab_seed(struct domain *d, grant_ref_t ref, domid_t to, u64 gfn);

#endif /* XLHV_GRANT_H */
