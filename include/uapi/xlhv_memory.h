/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/* Memory of a domain: where it is, how much of it, what is in it; a part of the ABI of xlhv.h. */
#ifndef _UAPI_XLHV_MEMORY_H
#define _UAPI_XLHV_MEMORY_H

#include <linux/types.h>

/* struct xlhv_mem_range.type, numbered as in the PVH memory map */
#define XLHV_MEM_RAM		1
#define XLHV_MEM_RESERVED	2
#define XLHV_MEM_ACPI		3

/**
 * struct xlhv_mem_range - guest-physical addresses
 * @addr: first, page-aligned
 * @size: bytes, page-aligned, not 0
 * @type: XLHV_MEM_*; RAM and ACPI have memory behind them
 * @pad: zero
 */
struct xlhv_mem_range {
	__u64 addr;
	__u64 size;
	__u32 type;
	__u32 pad;
};

#define XLHV_MAX_MEM_RANGES	32

/**
 * struct xlhv_memory_map - where the domain has memory; while building, once
 * @ranges: in: pointer to struct xlhv_mem_range[], ascending, not overlapping
 * @count: in: their number, 1 to XLHV_MAX_MEM_RANGES
 * @pad: zero
 * @reserved: zero
 *
 * If it is to have all of it at once (XLHV_CREATE_EAGER) and that cannot be had, it can
 * only be destroyed: whatever else would build it is -ENOMEM.
 */
struct xlhv_memory_map {
	__u64 ranges;
	__u32 count;
	__u32 pad;
	__u64 reserved[2];
};

/**
 * struct xlhv_max_mem - the most memory that a domain may have, from now on
 * @pages: in: 4 KiB pages, at least 1; those of type ACPI come on top
 * @reserved: zero
 *
 * A domain that has more keeps it, and gets none until it is below. -EPERM: more than it was ever
 * allowed, and the caller is neither its creator nor has CAP_SYS_RESOURCE; -EBUSY: it is being
 * built; -E2BIG: more than its physical addresses reach.
 */
struct xlhv_max_mem {
	__u64 pages;
	__u64 reserved[3];
};

/**
 * struct xlhv_page - a page of guest memory
 * @gfn: guest frame number
 * @data: what is in it
 */
struct xlhv_page {
	__u64 gfn;
	__u8 data[4096];
};

#define XLHV_NO_GFN		(~0ULL)
#define XLHV_MAX_READ_PAGES	64

/**
 * struct xlhv_read_pages - the next pages that are there
 * @gfn: in: first that is looked for; out: where to go on, XLHV_NO_GFN at the end
 * @pages: in: pointer to struct xlhv_page[]
 * @count: in: room, 1 to XLHV_MAX_READ_PAGES; out: pages; 0 is not the end yet
 * @pad: zero
 * @reserved: zero
 *
 * RAM that was not touched yet is not there, and what other domains granted is passed
 * over.  For whom, as struct xlhv_vcpu_regs.
 */
struct xlhv_read_pages {
	__u64 gfn;
	__u64 pages;
	__u32 count;
	__u32 pad;
	__u64 reserved[2];
};

#endif /* _UAPI_XLHV_MEMORY_H */
