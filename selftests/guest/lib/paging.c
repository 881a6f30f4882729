// SPDX-License-Identifier: GPL-2.0-only
/* Page-table helpers; see paging.h. */
#include "cpu.h"
#include "mem.h"
#include "paging.h"
#include "test.h"

extern char user_start[], user_end[];

bool paging_nx, paging_1g;

#if PT_LEVELS

#define TABLE_FLAGS (PTE_P | PTE_W | PTE_U | PTE_A)

static pte_t *table_of(pte_t e)
{
	return (pte_t *)(unsigned long)(e & PTE_ADDR_MASK);
}

static unsigned int index_of(unsigned long va, unsigned int level)
{
	return (va >> (PAGE_SHIFT + PT_BITS * (level - 1))) & ((1 << PT_BITS) - 1);
}

static void large_split(pte_t *e, unsigned int level)
{
	u64 size = 1ULL << (PAGE_SHIFT + PT_BITS * (level - 2));
	u64 pa = *e & PTE_ADDR_MASK & ~(size - 1);
	u64 flags = *e & ~PTE_ADDR_MASK;
	pte_t *t = page_alloc(1);
	unsigned int i;

	if (level == 2)
		flags &= ~(u64)PTE_PS;
	for (i = 0; i < 1 << PT_BITS; i++)
		t[i] = (pa + i * size) | flags;
	*e = (unsigned long)t | TABLE_FLAGS;
	write_cr3(read_cr3());
}

pte_t *pt_entry(unsigned long va, unsigned int level)
{
	pte_t *t = table_of(read_cr3());
	unsigned int l;

	for (l = PT_LEVELS; l > level; l--) {
		pte_t *e = &t[index_of(va, l)];

		if (!(*e & PTE_P))
			/* PAE's top level knows no access bits; they must be 0 there */
			*e = (unsigned long)page_alloc(1) |
			     (PT_LEVELS == 3 && l == 3 ? PTE_P : TABLE_FLAGS);
		else if (*e & PTE_PS)
			large_split(e, l);
		t = table_of(*e);
	}
	return &t[index_of(va, level)];
}

void page_map_level(unsigned long va, u64 pa, u64 flags, unsigned int level)
{
	pte_t *e = pt_entry(va, level);

	if (level > 1)
		flags |= PTE_PS;
	WRITE_ONCE(*e, (pte_t)(pa | flags));
	invlpg(va);
}

void page_set(unsigned long va, u64 pte)
{
	WRITE_ONCE(*pt_entry(va, 1), (pte_t)pte);
	invlpg(va);
}

void paging_init(void)
{
	unsigned long va;
	u32 edx = cpuid_checked(0x80000001, 0).edx;

	paging_1g = PT_LEVELS == 4 && (edx & BIT(26));
#if PT_LEVELS >= 3
	if (edx & BIT(20)) {
		wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_NXE);
		paging_nx = true;
	}
#endif
	for (va = (unsigned long)user_start; va < (unsigned long)user_end; va += PAGE_SIZE)
		page_set(va, va | PTE_P | PTE_W | PTE_U | PTE_A | PTE_D);
#if PT_LEVELS != 3
	/* the level above must allow what the pages allow */
	*pt_entry((unsigned long)user_start, 2) |= PTE_U;
#endif
}

#else

void paging_init(void)
{
}

#endif

void *phys_map(u64 pa, u64 size)
{
#ifdef __x86_64__
	u64 a;

	for (a = ALIGN_DOWN(pa, LARGE_SIZE); a < pa + size; a += LARGE_SIZE)
		if (a >= 0x100000000ULL)
			page_map_level(a, a, PTE_P | PTE_W | PTE_A | PTE_D, 2);
#else
	if (pa + size > 0x100000000ULL)
		test_error("%#llx is out of reach of 32-bit code", (unsigned long long)pa);
#endif
	return (void *)(unsigned long)pa;
}
