// SPDX-License-Identifier: GPL-2.0-only
/*
 * Handles of mappings: given out, looked up, taken back.  The tables grow and are
 * freed as a whole.  A handle comes from the guest and may be any number.
 */
#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/mm.h>
#include <linux/nospec.h>
#include <linux/slab.h>

#include "xlhv.h"
#include "grant/maptrack.h"

#define NONE	U32_MAX

/**
 * gnttab_maptrack_init() - no mappings
 * @m: to be initialised
 * @max_frames: most frames of GNTTAB_HANDLES_PER_FRAME handles
 *
 * Return: 0; -EINVAL: more than handles can number.
 */
int gnttab_maptrack_init(struct gnttab_maptrack *m, unsigned int max_frames)
{
	if (max_frames > S32_MAX / GNTTAB_HANDLES_PER_FRAME)
		return -EINVAL;
	m->chunk = NULL;
	m->nr = 0;
	m->max = max_frames * GNTTAB_HANDLES_PER_FRAME;
	m->used = 0;
	m->free = NONE;
	return 0;
}

/* No mapping is left.  Also for one that is all zeros, and twice. */
void gnttab_maptrack_free(struct gnttab_maptrack *m)
{
	u32 i;

	for (i = 0; i < m->nr / GNTTAB_HANDLES_PER_FRAME; i++)
		kvfree(m->chunk[i]);
	kvfree(m->chunk);
	m->chunk = NULL;
	m->nr = 0;
	m->free = NONE;
}

/**
 * gnttab_maptrack_entry() - the memory of a handle
 * @m: mappings
 * @handle: any number
 *
 * Return: NULL if there never was such a handle.
 */
struct gnttab_mapping *gnttab_maptrack_entry(const struct gnttab_maptrack *m, u32 handle)
{
	if (handle >= m->nr)
		return NULL;
	handle = array_index_nospec(handle, m->nr);
	return &m->chunk[handle / GNTTAB_HANDLES_PER_FRAME][handle % GNTTAB_HANDLES_PER_FRAME];
}

/* The mapping of a handle, which may be any number, or NULL. */
struct gnttab_mapping *gnttab_maptrack_find(const struct gnttab_maptrack *m, u32 handle)
{
	struct gnttab_mapping *mapping = gnttab_maptrack_entry(m, handle);

	return mapping && mapping->granter && !mapping->gone ? mapping : NULL;
}

static int add_chunk(struct gnttab_maptrack *m)
{
	struct gnttab_mapping *chunk;
	u32 i;

	if (m->nr >= m->max)
		return -ENOSPC;
	if (!m->chunk) {
		m->chunk = kvcalloc(m->max / GNTTAB_HANDLES_PER_FRAME, sizeof(*m->chunk),
				    GFP_GUEST);
		if (!m->chunk)
			return -ENOMEM;
	}
	chunk = kvcalloc(GNTTAB_HANDLES_PER_FRAME, sizeof(*chunk), GFP_GUEST);
	if (!chunk)
		return -ENOMEM;
	for (i = 0; i < GNTTAB_HANDLES_PER_FRAME; i++)
		chunk[i].ref = i + 1 < GNTTAB_HANDLES_PER_FRAME ? m->nr + i + 1 : NONE;
	m->chunk[m->nr / GNTTAB_HANDLES_PER_FRAME] = chunk;
	m->free = m->nr;
	m->nr += GNTTAB_HANDLES_PER_FRAME;
	return 0;
}

/* Bytes that gnttab_maptrack_get() is going to allocate now, as long as it may. */
size_t gnttab_maptrack_growth(const struct gnttab_maptrack *m)
{
	size_t bytes = GNTTAB_HANDLES_PER_FRAME * sizeof(struct gnttab_mapping);

	if (m->free != NONE || m->nr >= m->max)
		return 0;
	return m->chunk ? bytes : bytes + m->max / GNTTAB_HANDLES_PER_FRAME * sizeof(*m->chunk);
}

/**
 * gnttab_maptrack_get() - a handle that is free
 * @m: mappings
 * @handle: result
 *
 * It is taken from the free ones; the caller fills its memory in, or puts it back.
 *
 * Context: may sleep.
 * Return: 0; -ENOSPC: as many as there may be are in use; -ENOMEM.
 */
int gnttab_maptrack_get(struct gnttab_maptrack *m, u32 *handle)
{
	int err;

	if (m->free == NONE) {
		err = add_chunk(m);
		if (err)
			return err;
	}
	*handle = m->free;
	m->free = gnttab_maptrack_entry(m, *handle)->ref;
	m->used++;
	return 0;
}

/* Give a handle back that gnttab_maptrack_get() gave. */
void gnttab_maptrack_put(struct gnttab_maptrack *m, u32 handle)
{
	struct gnttab_mapping *mapping = gnttab_maptrack_entry(m, handle);

	mapping->granter = NULL;
	mapping->gone = false;
	mapping->ref = m->free;
	m->free = handle;
	m->used--;
}
