// SPDX-License-Identifier: GPL-2.0-only
/* The memory map: what is refused, and which range a frame is in. */
#include <linux/errno.h>
#include <linux/kernel.h>

#include "ept/entry.h"
#include "ept/range.h"
#include "unit.h"

#define PAGE	4096ULL

static int make(const struct xlhv_mem_range *map, unsigned int count)
{
	struct ept_range range[XLHV_MAX_MEM_RANGES + 1];

	return ept_range_make(range, map, count, 40);
}

TEST(a_usual_map)
{
	const struct xlhv_mem_range map[] = {
		{ .addr = 0, .size = 0x10000000, .type = XLHV_MEM_RAM },
		{ .addr = 0xfc000000, .size = 0x3000, .type = XLHV_MEM_ACPI },
		{ .addr = 0xfeff8000, .size = 0x8000, .type = XLHV_MEM_RESERVED },
		{ .addr = 0x100000000, .size = 0x5000, .type = XLHV_MEM_RAM },
	};
	struct ept_range r[4];

	ASSERT_EQ(ept_range_make(r, map, 4, 40), 0);
	EXPECT_EQ(ept_range_pages(r, 4, XLHV_MEM_RAM), 0x10005);
	EXPECT_EQ(ept_range_pages(r, 4, XLHV_MEM_ACPI), 3);
	EXPECT_EQ(ept_range_pages(r, 4, XLHV_MEM_RESERVED), 8);
	EXPECT_PTR_EQ(ept_range_find(r, 4, 0), &r[0]);
	EXPECT_PTR_EQ(ept_range_find(r, 4, 0xffff), &r[0]);
	EXPECT_NULL(ept_range_find(r, 4, 0x10000));
	EXPECT_NULL(ept_range_find(r, 4, 0xfbfff));
	EXPECT_PTR_EQ(ept_range_find(r, 4, 0xfc000), &r[1]);
	EXPECT_PTR_EQ(ept_range_find(r, 4, 0xfc002), &r[1]);
	EXPECT_NULL(ept_range_find(r, 4, 0xfc003));
	EXPECT_PTR_EQ(ept_range_find(r, 4, 0xfefff), &r[2]);
	EXPECT_NULL(ept_range_find(r, 4, 0xff000));
	EXPECT_PTR_EQ(ept_range_find(r, 4, 0x100004), &r[3]);
	EXPECT_NULL(ept_range_find(r, 4, 0x100005));
	EXPECT_NULL(ept_range_find(r, 4, ~0ULL));
	EXPECT_NULL(ept_range_find(r, 0, 0));
	EXPECT_TRUE(ept_range_is_memory(&r[0]));
	EXPECT_TRUE(ept_range_is_memory(&r[1]));
	EXPECT_FALSE(ept_range_is_memory(&r[2]));
}

TEST(maps_that_are_refused)
{
	const struct xlhv_mem_range good = { .addr = PAGE, .size = PAGE, .type = XLHV_MEM_RAM };
	struct xlhv_mem_range map[XLHV_MAX_MEM_RANGES + 1];
	unsigned int i;

	for (i = 0; i <= XLHV_MAX_MEM_RANGES; i++) {
		map[i] = good;
		map[i].addr += i * PAGE;
	}
	EXPECT_EQ(make(map, XLHV_MAX_MEM_RANGES), 0);
	EXPECT_EQ(make(map, XLHV_MAX_MEM_RANGES + 1), -EINVAL);
	EXPECT_EQ(make(map, 0), -EINVAL);

	map[0].addr++;
	EXPECT_EQ(make(map, 1), -EINVAL);
	map[0] = good;
	map[0].size--;
	EXPECT_EQ(make(map, 1), -EINVAL);
	map[0].size = 0;
	EXPECT_EQ(make(map, 1), -EINVAL);
	map[0] = good;
	map[0].pad = 1;
	EXPECT_EQ(make(map, 1), -EINVAL);
	map[0] = good;
	map[0].type = 0;
	EXPECT_EQ(make(map, 1), -EINVAL);
	map[0].type = 4;
	EXPECT_EQ(make(map, 1), -EINVAL);
	/* Overlap, and order. */
	map[0] = good;
	map[0].size = 2 * PAGE;
	EXPECT_EQ(make(map, 2), -EINVAL);
	map[0] = good;
	map[1] = good;
	map[1].addr = 0;
	EXPECT_EQ(make(map, 2), -EINVAL);
	/* The end of the address space, and beyond by wrapping around. */
	map[0] = good;
	map[0].addr = (1ULL << 40) - PAGE;
	EXPECT_EQ(make(map, 1), 0);
	map[0].size = 2 * PAGE;
	EXPECT_EQ(make(map, 1), -ERANGE);
	map[0].size = -map[0].addr;
	EXPECT_EQ(make(map, 1), -ERANGE);
	map[0].addr = 1ULL << 40;
	map[0].size = PAGE;
	EXPECT_EQ(make(map, 1), -ERANGE);
	map[0].addr = -PAGE;
	EXPECT_EQ(make(map, 1), -ERANGE);
}

TEST(blocks_inside_a_range)
{
	const struct ept_range r = { .first = 0x1ff, .end = 0x601, .type = XLHV_MEM_RAM };

	EXPECT_FALSE(ept_range_has_block(&r, 0x1ff, 9));
	EXPECT_TRUE(ept_range_has_block(&r, 0x1ff, 0));
	EXPECT_TRUE(ept_range_has_block(&r, 0x200, 9));
	EXPECT_TRUE(ept_range_has_block(&r, 0x5ff, 9));
	EXPECT_FALSE(ept_range_has_block(&r, 0x600, 9));
	EXPECT_TRUE(ept_range_has_block(&r, 0x600, 0));
	EXPECT_FALSE(ept_range_has_block(&r, 0x300, 18));
}

TEST(splitting_an_entry)
{
	u64 leaf = 0x40000000ULL | EPT_R | EPT_W | EPT_MT_WB | EPT_LARGE | EPT_D;

	EXPECT_EQ(ept_entry_split(leaf, 3, 5), leaf + 5 * 0x200000);
	EXPECT_EQ(ept_entry_split(leaf, 2, 511), (leaf & ~EPT_LARGE) + 511 * 0x1000);
	EXPECT_EQ(ept_entry_pfn(leaf, 3, 0x12345), 0x40000 + 0x12345);
	EXPECT_EQ(ept_entry_pfn(leaf, 2, 0x12345), 0x40000 + 0x145);
	EXPECT_EQ(ept_entry_pfn(leaf, 1, 0x12345), 0x40000);
	EXPECT_EQ(ept_index(0x123456789, 4), 0x123456789 >> 27);
	EXPECT_EQ(ept_index(0x123456789, 1), 0x189);
}
