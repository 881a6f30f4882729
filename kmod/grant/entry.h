/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Private to kmod/grant: an entry of a grant table, as its guest and we share it,
 * and what we remember of one that is in use.  Pure.
 */
#ifndef XLHV_GRANT_ENTRY_H
#define XLHV_GRANT_ENTRY_H

#include <linux/spinlock.h>
#include <linux/types.h>
#include <xen/interface/xen.h>	/* the others need it first */
#include <xen/interface/grant_table.h>

struct page;

/* Most pins of a kind on one entry, as on Xen. */
#define GNTTAB_MAX_PINS		128

/**
 * struct gnttab_entry - where an entry's words are
 * @head: [G] flags and domid, one word of 32 bits
 * @status: [G] where reading and writing are shown: the flags in version 1, a word of
 *	its own in version 2
 * @version: 1 or 2
 */
struct gnttab_entry {
	u32 *head;
	u16 *status;
	unsigned int version;
};

/**
 * struct gnttab_target - what an entry grants
 * @gfn: frame, unchecked
 * @start: first byte
 * @length: bytes; @start + @length is within the page
 * @sub_page: not the whole page: cannot be mapped
 */
struct gnttab_target {
	u64 gfn;
	u16 start;
	u16 length;
	bool sub_page;
};

/**
 * struct gnttab_active - what is remembered of an entry in use
 * @lock: raw, interrupts off
 * @readers: [lock] pins for reading
 * @writers: [lock] pins for writing
 * @sub_page: [lock] these three as granted when the first pin came
 * @start: [lock]
 * @length: [lock]
 * @domid: [lock] who uses it
 * @page: [lock] with a reference, as long as there is a pin; constant for who has one
 */
struct gnttab_active {
	raw_spinlock_t lock;
	u8 readers;
	u8 writers;
	bool sub_page;
	domid_t domid;
	u16 start;
	u16 length;
	struct page *page;
};

/**
 * struct gnttab_request - who wants to use an entry, and how
 * @domid: user
 * @write: also for writing
 * @map: to be mapped: whole pages only
 */
struct gnttab_request {
	domid_t domid;
	bool write;
	bool map;
};

static inline bool gnttab_active_pinned(const struct gnttab_active *act)
{
	return act->readers || act->writers;
}

static inline u16 gnttab_head_flags(u32 head)
{
	return head;
}

static inline domid_t gnttab_head_domid(u32 head)
{
	return head >> 16;
}

/* Does an entry grant this? */
static inline bool gnttab_head_allows(u32 head, const struct gnttab_request *request)
{
	u16 mask = GTF_type_mask | (request->map ? GTF_sub_page : 0);

	if (request->write)
		mask |= GTF_readonly;
	return (gnttab_head_flags(head) & mask) == GTF_permit_access &&
	       gnttab_head_domid(head) == request->domid;
}

/* What the guest sees of a use. */
static inline u16 gnttab_shown(bool write)
{
	return write ? GTF_reading | GTF_writing : GTF_reading;
}

int gnttab_entry_begin(const struct gnttab_active *act, const struct gnttab_entry *e,
		       const struct gnttab_request *request, u32 *head);
void gnttab_entry_target(const struct gnttab_entry *e, u32 head, struct gnttab_target *target);
void gnttab_entry_pin(struct gnttab_active *act, const struct gnttab_request *request,
		      const struct gnttab_target *target, struct page *page);
void gnttab_entry_abort(const struct gnttab_active *act, const struct gnttab_entry *e, bool write);
struct page *gnttab_entry_unpin(struct gnttab_active *act, const struct gnttab_entry *e,
				bool write);

#endif /* XLHV_GRANT_ENTRY_H */
