/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UNIT_SHIM_ASM_PAGE_H
#define UNIT_SHIM_ASM_PAGE_H

#include <linux/types.h>

#define PAGE_SHIFT	12
#define PAGE_SIZE	(1UL << PAGE_SHIFT)
#define PAGE_MASK	(~(PAGE_SIZE - 1))

#define __pa(addr)	((unsigned long)(addr))
#define __va(addr)	((void *)(unsigned long)(addr))
#define virt_to_phys(addr)	((phys_addr_t)(unsigned long)(addr))
#define phys_to_virt(addr)	((void *)(unsigned long)(addr))

static inline void clear_page(void *page)
{
	__builtin_memset(page, 0, PAGE_SIZE);
}

static inline void copy_page(void *to, const void *from)
{
	__builtin_memcpy(to, from, PAGE_SIZE);
}

#endif /* UNIT_SHIM_ASM_PAGE_H */
