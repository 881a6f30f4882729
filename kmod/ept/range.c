// SPDX-License-Identifier: GPL-2.0-only
/*
 * The memory map of a domain: a short sorted array that is made once, while the
 * domain is being built, and only read from then on.  What is ballooned out is
 * marked in the EPT, not here.  Pure: no state, no locks; the map comes from the
 * builder and is checked here.
 */
#include <linux/bits.h>
#include <linux/errno.h>

#include "ept/range.h"

#define PAGE_BITS	12
#define PAGE_LOW	((1ULL << PAGE_BITS) - 1)

/**
 * ept_range_make() - check a memory map and convert it to frame numbers
 * @range: room for @count
 * @map: as the builder gives it
 * @count: entries, 1 to XLHV_MAX_MEM_RANGES
 * @maxphyaddr: width of guest-physical addresses, bits
 *
 * Return: 0; -EINVAL: no or too many entries, not page-aligned, empty, not
 * ascending, overlapping, a type or padding that is not known; -ERANGE: beyond
 * @maxphyaddr.
 */
int ept_range_make(struct ept_range *range, const struct xlhv_mem_range *map, unsigned int count,
		   unsigned int maxphyaddr)
{
	const u64 limit = 1ULL << maxphyaddr;
	u64 end = 0;
	unsigned int i;

	if (!count || count > XLHV_MAX_MEM_RANGES)
		return -EINVAL;
	for (i = 0; i < count; i++) {
		if ((map[i].addr | map[i].size) & PAGE_LOW || !map[i].size || map[i].pad)
			return -EINVAL;
		if (map[i].type != XLHV_MEM_RAM && map[i].type != XLHV_MEM_RESERVED &&
		    map[i].type != XLHV_MEM_ACPI)
			return -EINVAL;
		if (map[i].addr >= limit || map[i].size > limit - map[i].addr)
			return -ERANGE;
		if (map[i].addr < end)
			return -EINVAL;
		end = map[i].addr + map[i].size;
		range[i].first = map[i].addr >> PAGE_BITS;
		range[i].end = end >> PAGE_BITS;
		range[i].type = map[i].type;
	}
	return 0;
}

/* Pages of all ranges of type XLHV_MEM_*. */
u64 ept_range_pages(const struct ept_range *range, unsigned int count, u32 type)
{
	u64 pages = 0;
	unsigned int i;

	for (i = 0; i < count; i++)
		if (range[i].type == type)
			pages += range[i].end - range[i].first;
	return pages;
}

/* Is any memory in the gfns from @first to before @end? */
bool ept_range_any_memory(const struct ept_range *range, unsigned int count, u64 first, u64 end)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		if (ept_range_is_memory(&range[i]) && range[i].first < end && first < range[i].end)
			return true;
	return false;
}

/**
 * ept_range_find() - the range that a gfn is in
 * @range: ascending
 * @count: their number
 * @gfn: any number
 *
 * Return: the range, or NULL.
 */
const struct ept_range *ept_range_find(const struct ept_range *range, unsigned int count, u64 gfn)
{
	unsigned int low = 0;
	unsigned int high = count;

	while (low < high) {
		unsigned int mid = (low + high) / 2;

		if (gfn < range[mid].first)
			high = mid;
		else if (gfn >= range[mid].end)
			low = mid + 1;
		else
			return &range[mid];
	}
	return NULL;
}

/**
 * ept_range_has_block() - does the aligned block around a gfn lie inside a range?
 * @r: range that @gfn is in
 * @gfn: in the block
 * @order: the block has 2^order pages and is aligned to its size
 *
 * Return: true if all of it does.
 */
bool ept_range_has_block(const struct ept_range *r, u64 gfn, unsigned int order)
{
	u64 first = gfn & ~(BIT_ULL(order) - 1);

	return first >= r->first && r->end - first >= BIT_ULL(order);
}
