/* SPDX-License-Identifier: GPL-2.0-only */
/* Allocation that can be told to fail: see <linux/slab.h>. */
#ifndef UNIT_SHIM_LINUX_GFP_H
#define UNIT_SHIM_LINUX_GFP_H

#include <linux/types.h>

#define GFP_KERNEL		0x1u
#define GFP_ATOMIC		0x2u
#define GFP_KERNEL_ACCOUNT	0x5u
#define GFP_NOWAIT		0x8u
#define __GFP_ZERO		0x10u
#define __GFP_NOWARN		0x20u
#define __GFP_NORETRY		0x40u
#define __GFP_ACCOUNT		0x4u
#define __GFP_RETRY_MAYFAIL	0x80u

unsigned long __get_free_pages(gfp_t gfp, unsigned int order);
void free_pages(unsigned long addr, unsigned int order);
void unit_page_freed(unsigned long addr);

static inline unsigned long __get_free_page(gfp_t gfp)
{
	return __get_free_pages(gfp, 0);
}

static inline unsigned long get_zeroed_page(gfp_t gfp)
{
	return __get_free_pages(gfp | __GFP_ZERO, 0);
}

static inline void free_page(unsigned long addr)
{
	free_pages(addr, 0);
}

#endif /* UNIT_SHIM_LINUX_GFP_H */
