/* SPDX-License-Identifier: GPL-2.0-only */
/* The memory map of a domain: pure bookkeeping. */
#ifndef XLHV_EPT_RANGE_H
#define XLHV_EPT_RANGE_H

#include <linux/types.h>
#include <uapi/xlhv.h>

/**
 * struct ept_range - guest frames of one kind
 * @first: first gfn
 * @end: gfn after the last
 * @type: XLHV_MEM_*
 */
struct ept_range {
	u64 first;
	u64 end;
	u32 type;
};

/* Has it memory behind it? */
static inline bool ept_range_is_memory(const struct ept_range *r)
{
	return r->type != XLHV_MEM_RESERVED;
}

int ept_range_make(struct ept_range *range, const struct xlhv_mem_range *map, unsigned int count,
		   unsigned int maxphyaddr);
u64 ept_range_pages(const struct ept_range *range, unsigned int count, u32 type);
const struct ept_range *ept_range_find(const struct ept_range *range, unsigned int count, u64 gfn);
bool ept_range_any_memory(const struct ept_range *range, unsigned int count, u64 first, u64 end);
bool ept_range_has_block(const struct ept_range *r, u64 gfn, unsigned int order);

#endif /* XLHV_EPT_RANGE_H */
