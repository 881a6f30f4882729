/* SPDX-License-Identifier: GPL-2.0-only */
/* Private to kmod/grant: what its files share. */
#ifndef XLHV_GRANT_INTERNAL_H
#define XLHV_GRANT_INTERNAL_H

#include <asm/page.h>

#include "grant/entry.h"
#include "vcpu.h"

#define GNTTAB_V1_PER_FRAME	(PAGE_SIZE / sizeof(struct grant_entry_v1))
#define GNTTAB_V2_PER_FRAME	(PAGE_SIZE / sizeof(union grant_entry_v2))
#define GNTTAB_STATUS_PER_FRAME	(PAGE_SIZE / sizeof(grant_status_t))
/* Frames of version 2 that one frame of status words serves. */
#define GNTTAB_FRAMES_PER_STATUS	(GNTTAB_STATUS_PER_FRAME / GNTTAB_V2_PER_FRAME)

/* Entries that the toolstack fills in, and that outlive a change of version. */
#define GNTTAB_NR_RESERVED	8

/* Instead of a GNTST_*: it has to be done where it may sleep. */
#define GNTTAB_SLEEP		1

static inline unsigned int gnttab_entries_per_frame(unsigned int version)
{
	return version == 1 ? GNTTAB_V1_PER_FRAME : GNTTAB_V2_PER_FRAME;
}

/* table.c */
bool gnttab_ref_valid(struct gnttab *t, grant_ref_t ref);
struct gnttab_active *gnttab_active_of(struct gnttab *t, grant_ref_t *ref);
void gnttab_entry_of(struct gnttab *t, grant_ref_t ref, struct gnttab_entry *e);
int gnttab_grow(struct domain *d, unsigned int nr_frames);
int gnttab_set_version(struct domain *d, unsigned int version);
int gnttab_swap(struct domain *d, grant_ref_t a, grant_ref_t b);

/* pin.c */
int gnttab_pin(struct domain *granter, grant_ref_t ref, const struct gnttab_request *request,
	       bool sleep, struct gnttab_pin *pin);
void gnttab_unpin(struct domain *granter, const struct gnttab_pin *pin);
int gnttab_frame_get(struct domain *d, u64 gfn, bool write, bool sleep, struct page **page);
int gnttab_host_grants(grant_ref_t ref);
void gnttab_put_page(struct domain *d, struct page *page);
void gnttab_put_work(struct work_struct *work);

/* map.c */
long gnttab_op_map(struct vcpu *v, u64 arg, u32 count);
long gnttab_op_unmap(struct vcpu *v, u64 arg, u32 count);
void gnttab_unmap_all(struct domain *d);

/* copy.c */
long gnttab_op_copy(struct vcpu *v, u64 arg, u32 count);

/*
 * Between two operations of a batch, where it may sleep: shall it go on?  Once the
 * domain is dying nobody will see what the call returns.
 */
static inline bool gnttab_go_on(struct vcpu *v)
{
	cond_resched();
	return !dom_is_dying(v->domain);
}

#endif /* XLHV_GRANT_INTERNAL_H */
