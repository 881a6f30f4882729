/* SPDX-License-Identifier: GPL-2.0-only */
/* Numbers, the lowest that is free first; each costs an allocation that can fail. */
#ifndef UNIT_SHIM_LINUX_IDR_H
#define UNIT_SHIM_LINUX_IDR_H

#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/slab.h>
#include <linux/types.h>

struct ida {
	void *taken[0x10000];
};

#define DEFINE_IDA(name)	struct ida name

static inline int ida_alloc_range(struct ida *ida, unsigned int min, unsigned int max, gfp_t gfp)
{
	unsigned int id;

	for (id = min; id <= max; id++) {
		if (ida->taken[id])
			continue;
		ida->taken[id] = kmalloc(1, gfp);
		return ida->taken[id] ? (int)id : -ENOMEM;
	}
	return -ENOSPC;
}

static inline void ida_free(struct ida *ida, unsigned int id)
{
	kfree(ida->taken[id]);
	ida->taken[id] = NULL;
}

#endif /* UNIT_SHIM_LINUX_IDR_H */
