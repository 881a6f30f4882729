/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * EPT entries: what the CPU reads in them and what we keep beside that.
 *
 * Present: bits 2:0 (read, write, execute), memory type and IPAT in a leaf,
 * accessed and dirty, the frame, and in bits 54:52, which the CPU ignores, the
 * enum ept_type of a leaf.
 *
 * Present, and leading to a table: EPT_TABLE_OUTSIDE, in a bit that the CPU ignores
 * there, if no memory of the memory map is in what the table covers.
 *
 * Not present: bits 2:0 clear, and the CPU ignores the rest.  0 means nothing was
 * done here yet: RAM without a frame where the memory map says RAM, else a hole.
 * EPT_ABSENT_HOLE is a hole whatever the map says (ballooned out).
 * EPT_ABSENT_BUSY is owned by one thread, which is about to put something there:
 * others wait for it and then look again from the root.
 */
#ifndef XLHV_EPT_ENTRY_H
#define XLHV_EPT_ENTRY_H

#include <linux/bits.h>
#include <linux/types.h>

#define EPT_R			BIT_ULL(0)
#define EPT_W			BIT_ULL(1)
#define EPT_X			BIT_ULL(2)
#define EPT_PERM		(EPT_R | EPT_W | EPT_X)
#define EPT_MT_WB		(6ULL << 3)
#define EPT_IPAT		BIT_ULL(6)
#define EPT_LARGE		BIT_ULL(7)
#define EPT_A			BIT_ULL(8)
#define EPT_D			BIT_ULL(9)
#define EPT_FRAME		GENMASK_ULL(51, 12)
#define EPT_TYPE_SHIFT		52
#define EPT_TYPE_MASK		(7ULL << EPT_TYPE_SHIFT)

#define EPT_TABLE_OUTSIDE	BIT_ULL(59)

#define EPT_ABSENT_HOLE		BIT_ULL(55)
#define EPT_ABSENT_BUSY		BIT_ULL(56)

#define EPT_ENTRIES		512
#define EPT_LEVELS		4
/* Bits of a gfn that a leaf of that level leaves to its block. */
#define EPT_LEVEL_ORDER(level)	(9 * ((level) - 1))
#define EPT_ORDER_2M		9
#define EPT_ORDER_1G		18

static inline bool ept_entry_present(u64 entry)
{
	return entry & EPT_PERM;
}

/* A leaf, if it is present: at level 1, or large. */
static inline bool ept_entry_leaf(u64 entry, unsigned int level)
{
	return level == 1 || entry & EPT_LARGE;
}

static inline unsigned int ept_entry_type(u64 entry)
{
	return (entry & EPT_TYPE_MASK) >> EPT_TYPE_SHIFT;
}

static inline unsigned int ept_index(u64 gfn, unsigned int level)
{
	return gfn >> EPT_LEVEL_ORDER(level) & (EPT_ENTRIES - 1);
}

/* The frame number of @gfn in a present leaf of that level. */
static inline u64 ept_entry_pfn(u64 entry, unsigned int level, u64 gfn)
{
	return (entry & EPT_FRAME) >> 12 | (gfn & (BIT_ULL(EPT_LEVEL_ORDER(level)) - 1));
}

/* Entry @i of the table that replaces the large leaf @leaf of level @level. */
static inline u64 ept_entry_split(u64 leaf, unsigned int level, unsigned int i)
{
	u64 entry = leaf + ((u64)i << (12 + EPT_LEVEL_ORDER(level - 1)));

	return level == 2 ? entry & ~EPT_LARGE : entry;
}

#endif /* XLHV_EPT_ENTRY_H */
