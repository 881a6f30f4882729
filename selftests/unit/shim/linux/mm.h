/* SPDX-License-Identifier: GPL-2.0-only */
/* Physical addresses are the program's own. */
#ifndef UNIT_SHIM_LINUX_MM_H
#define UNIT_SHIM_LINUX_MM_H

#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <asm/page.h>

typedef unsigned long vm_flags_t;

struct vm_area_struct {
	unsigned long vm_start;
	unsigned long vm_end;
	vm_flags_t vm_flags;
};

/* Of a test that has memory of its own. */
long si_mem_available(void);
unsigned long totalram_pages(void);

#define PAGE_ALIGN(addr)	ALIGN(addr, PAGE_SIZE)
#define PAGE_ALIGNED(addr)	IS_ALIGNED((unsigned long)(addr), PAGE_SIZE)
#define offset_in_page(p)	((unsigned long)(p) & ~PAGE_MASK)

#endif /* UNIT_SHIM_LINUX_MM_H */
