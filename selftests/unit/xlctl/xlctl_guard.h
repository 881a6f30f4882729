/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory that ends where a page without access begins: libraries are not built
 * with a sanitizer, but this they cannot read across either.
 */
#ifndef XLCTL_GUARD_H
#define XLCTL_GUARD_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

struct guard {
	void *map;
	size_t map_size;
	uint8_t *data;
};

static inline void guard_make(struct guard *guard, const void *data, size_t size)
{
	size_t pages = (size + 4095) & ~4095UL;

	guard->map_size = pages + 4096;
	guard->map = mmap(NULL, guard->map_size, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (guard->map == MAP_FAILED ||
	    mprotect((uint8_t *)guard->map + pages, 4096, PROT_NONE))
		abort();
	guard->data = (uint8_t *)guard->map + pages - size;
	if (size)
		memcpy(guard->data, data, size);
}

static inline void guard_free(struct guard *guard)
{
	munmap(guard->map, guard->map_size);
}

#endif /* XLCTL_GUARD_H */
