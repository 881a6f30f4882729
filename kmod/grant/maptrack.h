/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Private to kmod/grant: the mappings that a domain has of others' grants, by the
 * handles that it knows them by.  Pure but for allocation.
 */
#ifndef XLHV_GRANT_MAPTRACK_H
#define XLHV_GRANT_MAPTRACK_H

#include <linux/types.h>

struct domain;

/**
 * struct gnttab_mapping - one mapping
 * @granter: whose grant, with a reference; NULL: the handle is free
 * @gfn: where it is in the mapper's p2m
 * @ref: granter's reference; next free handle while free
 * @write: it can be written through
 * @gone: taken out of the p2m, about to be freed
 */
struct gnttab_mapping {
	struct domain *granter;
	u64 gfn;
	u32 ref;
	bool write;
	bool gone;
};

/* Handles per frame of max_maptrack_frames, as on Xen. */
#define GNTTAB_HANDLES_PER_FRAME	256

/**
 * struct gnttab_maptrack - mappings of a domain; the owner locks
 * @chunk: GNTTAB_HANDLES_PER_FRAME each, NULL beyond @nr; NULL before the first mapping
 * @nr: handles that there are, free or not
 * @max: handles that there may be
 * @used: handles in use
 * @free: the first that is free, U32_MAX for none
 */
struct gnttab_maptrack {
	struct gnttab_mapping **chunk;
	u32 nr;
	u32 max;
	u32 used;
	u32 free;
};

int gnttab_maptrack_init(struct gnttab_maptrack *m, unsigned int max_frames);
void gnttab_maptrack_free(struct gnttab_maptrack *m);
size_t gnttab_maptrack_growth(const struct gnttab_maptrack *m);
int gnttab_maptrack_get(struct gnttab_maptrack *m, u32 *handle);
void gnttab_maptrack_put(struct gnttab_maptrack *m, u32 handle);
struct gnttab_mapping *gnttab_maptrack_entry(const struct gnttab_maptrack *m, u32 handle);
struct gnttab_mapping *gnttab_maptrack_find(const struct gnttab_maptrack *m, u32 handle);

#endif /* XLHV_GRANT_MAPTRACK_H */
