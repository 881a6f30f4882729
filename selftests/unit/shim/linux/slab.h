/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory that can be told to fail. To see what a function does when each of its allocations
 * fails in turn:
 *
 *	unsigned int i;
 *
 *	for (i = 0; unit_alloc_failing(i); i++) {
 *		err = thing_create(&thing);
 *		...both outcomes are legal; after a failure nothing may be left:
 *	}
 *
 * The last round is the one in which no allocation failed. Memory that nobody frees is reported
 * at the end of the test as a leak.
 */
#ifndef UNIT_SHIM_LINUX_SLAB_H
#define UNIT_SHIM_LINUX_SLAB_H

#include <linux/gfp.h>
#include <linux/overflow.h>
#include <linux/types.h>

bool unit_alloc_failing(unsigned int which);
bool unit_alloc_failed(void);		/* did one fail in this round? */
unsigned int unit_alloc_count(void);	/* allocations not freed yet */

void *kmalloc(size_t size, gfp_t gfp);
void *krealloc(const void *old, size_t size, gfp_t gfp);
void kfree(const void *ptr);
char *kstrdup(const char *text, gfp_t gfp);
void *kmemdup(const void *from, size_t size, gfp_t gfp);

static inline void *kzalloc(size_t size, gfp_t gfp)
{
	return kmalloc(size, gfp | __GFP_ZERO);
}

static inline void *kmalloc_array(size_t n, size_t size, gfp_t gfp)
{
	return kmalloc(size_mul(n, size), gfp);
}

static inline void *kcalloc(size_t n, size_t size, gfp_t gfp)
{
	return kmalloc_array(n, size, gfp | __GFP_ZERO);
}

#define kvmalloc		kmalloc
#define kvzalloc		kzalloc
#define kvmalloc_array		kmalloc_array
#define kvcalloc		kcalloc
#define kvfree			kfree
#define vmalloc(size)		kmalloc(size, GFP_KERNEL)
#define vzalloc(size)		kzalloc(size, GFP_KERNEL)
#define vfree			kfree
#define kfree_sensitive		kfree

#endif /* UNIT_SHIM_LINUX_SLAB_H */
