/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Page tables of the running environment: 4 levels, PAE, or 32-bit with PSE.
 * The low 4 GiB are mapped one to one, supervisor only, in large pages; helpers
 * split those where a test wants something else. In pvh32 there is no paging
 * and none of this may be called.
 */
#ifndef GUEST_PAGING_H
#define GUEST_PAGING_H

#include "asm.h"
#include "types.h"

#if PT_LEVELS == 2
typedef u32 pte_t;
#define PT_BITS 10
#define LARGE_SIZE 0x400000UL
#else
typedef u64 pte_t;
#define PT_BITS 9
#define LARGE_SIZE 0x200000UL
#endif

#define PTE_P BIT(0)
#define PTE_W BIT(1)
#define PTE_U BIT(2)
#define PTE_PWT BIT(3)
#define PTE_PCD BIT(4)
#define PTE_A BIT(5)
#define PTE_D BIT(6)
#define PTE_PS BIT(7)
#define PTE_G BIT(8)
#define PTE_NX BIT64(63)
#define PTE_ADDR_MASK 0x000ffffffffff000ULL

/* Addresses for tests to map things at: nothing of the library lives there. */
#ifdef __x86_64__
#define VA_TEST 0x0000008000000000UL
#else
#define VA_TEST 0xc0000000UL
#endif

#define HAVE_PAGING (PT_LEVELS != 0)

extern bool paging_nx, paging_1g;	/* the CPU has them */

void paging_init(void);

/**
 * pt_entry - find the entry that maps an address at one level
 * @va: linear address
 * @level: 1 is the 4 KiB level, 2 the 2 or 4 MiB one, 3 and 4 above
 *
 * Missing tables on the way are made, large pages on the way are split into
 * equal smaller ones. Return: pointer into the table.
 */
pte_t *pt_entry(unsigned long va, unsigned int level);

/**
 * page_map - map at a level
 * @va: linear address, aligned to the level's page size
 * @pa: physical address, the same
 * @flags: PTE_*; PTE_P is not implied, PTE_PS is added for levels above 1
 * @level: 1, 2 or 3
 */
void page_map_level(unsigned long va, u64 pa, u64 flags, unsigned int level);
static inline void page_map(unsigned long va, u64 pa, u64 flags)
{
	page_map_level(va, pa, flags, 1);
}

/* Sets all entry bits of one 4 KiB page, or clears it with 0, and invalidates. */
void page_set(unsigned long va, u64 pte);
/* Map a physical range one to one beyond the low 4 GiB (64-bit), in 2 MiB pages. */
void *phys_map(u64 pa, u64 size);

#endif
