/* SPDX-License-Identifier: GPL-2.0-only */
/* Start info, memory map, and a page allocator on the RAM nobody uses. */
#ifndef GUEST_MEM_H
#define GUEST_MEM_H

#include "types.h"

#include <xen/arch-x86/hvm/start_info.h>

extern char image_start[], image_end[];

/* The start info at the address that EBX named at entry; NULL if its magic is wrong. */
extern const struct hvm_start_info *start_info;

/* Finds the start info, sets up the allocator. Return: the command line, "" if none. */
const char *mem_init(void);

const struct hvm_memmap_table_entry *mem_map(unsigned int *entries);
/* Total bytes of RAM by the memory map. */
u64 mem_ram_bytes(void);
/* First address above all RAM. */
u64 mem_ram_end(void);
/* Whether [addr, addr + size) is wholly RAM by the map. */
bool mem_is_ram(u64 addr, u64 size);

/**
 * page_alloc - take zeroed pages, below 4 GiB, identity mapped
 * @pages: how many, contiguous
 *
 * There is no free. Ends the test with an error when RAM is out.
 */
void *page_alloc(unsigned int pages);
void *page_alloc_aligned(unsigned int pages, unsigned long align);
/* The same, without touching the pages: for tests of first touch. */
unsigned long page_alloc_untouched(unsigned int pages, unsigned long align);
/* First address that page_alloc() has not given out yet. */
unsigned long page_alloc_next(void);

#endif
