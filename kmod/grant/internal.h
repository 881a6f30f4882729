/* SPDX-License-Identifier: GPL-2.0-only */
/* Private to kmod/grant: what its files share. */
#ifndef XLHV_GRANT_INTERNAL_H
#define XLHV_GRANT_INTERNAL_H

#include <linux/mm.h>
#include <linux/nospec.h>
#include <asm/barrier.h>
#include <asm/page.h>

#include "grant/entry.h"
#include "grant/grant.h"
#include "grant/maptrack.h"
#include "hypercall/continuation.h"
#include "vcpu/vcpu.h"

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

/**
 * gnttab_active_of() - what is remembered of an entry
 * @t: table
 * @ref: any number; the one to go on with, if there is such an entry
 *
 * That it is an entry in the table's version is another question, which only
 * gnttab_ref_valid() answers.
 *
 * Context: any.
 * Return: NULL if there is no such entry in any version.
 */
static inline struct gnttab_active *gnttab_active_of(struct gnttab *t, grant_ref_t *ref)
{
	/* Pairs with grow_locked(). */
	unsigned int nr = smp_load_acquire(&t->nr_frames) * GNTTAB_V1_PER_FRAME;

	if (unlikely(*ref >= nr))
		return NULL;
	*ref = array_index_nospec(*ref, nr);
	return &t->active[*ref / GNTTAB_V1_PER_FRAME][*ref % GNTTAB_V1_PER_FRAME];
}

/*
 * Is there such an entry, in this version, of which a frame may have fewer than
 * gnttab_active_of() thinks?  *@ref: the one to go on with.  The entry is locked.
 */
static inline bool gnttab_ref_valid(struct gnttab *t, grant_ref_t *ref)
{
	/* Pairs with grow_locked(). */
	unsigned int nr = smp_load_acquire(&t->nr_frames);

	nr *= gnttab_entries_per_frame(READ_ONCE(t->version));
	if (unlikely(*ref >= nr))
		return false;
	*ref = array_index_nospec(*ref, nr);
	return true;
}

/* Words of an entry that gnttab_active_of() found, in version 1.  The entry is locked. */
static inline struct grant_entry_v1 *gnttab_entry_v1(struct gnttab *t, grant_ref_t ref)
{
	struct grant_entry_v1 *frame = page_address(t->frame[ref / GNTTAB_V1_PER_FRAME]);

	return frame + ref % GNTTAB_V1_PER_FRAME;
}

/* table.c */
void gnttab_entry_of(struct gnttab *t, grant_ref_t ref, struct gnttab_entry *e);
int gnttab_grow(struct domain *d, unsigned int nr_frames);
int gnttab_set_version(struct vcpu *v, unsigned int version);
int gnttab_swap(struct domain *d, grant_ref_t a, grant_ref_t b);

/* pin.c */
int gnttab_pin(struct domain *granter, grant_ref_t ref, struct gnttab_request request,
	       bool sleep, struct gnttab_pin *pin);
void gnttab_unpin(struct domain *granter, const struct gnttab_pin *pin);
int gnttab_frame_get(struct domain *d, u64 gfn, bool write, bool sleep, struct page **page);
void gnttab_put_page_atomic(struct domain *d, struct page *page);
void gnttab_put_work(struct work_struct *work);

/* map.c */
long gnttab_op_map(struct vcpu *v, u64 arg, u32 count, u32 *done);
long gnttab_op_unmap(struct vcpu *v, u64 arg, u32 count, u32 *done);
void gnttab_unmap_all(struct domain *d);

/* copy.c */
size_t gnttab_copy_size(struct vcpu *v);
long gnttab_op_copy_atomic(struct vcpu *v, u64 arg, u32 count);
long gnttab_op_copy(struct vcpu *v, u64 arg, u32 count, u32 *done);

/**
 * gnttab_put_page() - drop a reference on a granted page
 * @d: granter, held by the caller
 * @page: not used by the caller any more
 *
 * Context: any but NMI.
 */
static inline void gnttab_put_page(struct domain *d, struct page *page)
{
	/* The last reference of a page frees it, for which these take locks that sleep. */
	if (IS_ENABLED(CONFIG_PREEMPT_RT) && irqs_disabled())
		gnttab_put_page_atomic(d, page);
	else
		put_page(page);
}

#endif /* XLHV_GRANT_INTERNAL_H */
