// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a guest makes the host allocate beside its memory: tables that grow as it uses
 * them.  Each has a limit of its own; here is what they have in common.
 *
 * The memory cgroup of who made the domain pays.  An allocation fails, and the guest is
 * told so, rather than that processes of that group or of the host are killed for it.
 */
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "base/host_memory.h"
#include "domain/domain.h"

/**
 * dom_zalloc() - memory that a domain needs
 * @d: who pays
 * @size: bytes
 *
 * Context: may sleep.
 * Return: zeroed memory, for kvfree(), or NULL.
 */
void *dom_zalloc(struct domain *d, size_t size)
{
	struct mem_cgroup *old;
	void *memory;

	if (!host_can_spare(DIV_ROUND_UP(size, PAGE_SIZE)))
		return NULL;
	old = set_active_memcg(d->memcg);
	memory = kvzalloc(size, GFP_GUEST);
	set_active_memcg(old);
	return memory;
}

/* The same for a page, for put_page(). */
struct page *dom_alloc_page(struct domain *d)
{
	struct mem_cgroup *old;
	struct page *page;

	if (!host_can_spare(1))
		return NULL;
	old = set_active_memcg(d->memcg);
	page = alloc_page(GFP_GUEST | __GFP_ZERO);
	set_active_memcg(old);
	return page;
}
