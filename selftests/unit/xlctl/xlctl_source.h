/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An image to parse, as a process in a box has it: a file, memory for it whose
 * last byte a page without access follows, and such memory to unpack into.
 */
#ifndef XLCTL_SOURCE_H
#define XLCTL_SOURCE_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "image/image.h"

struct source {
	struct image_source source;
	void *maps[2];
	size_t sizes[2];
};

/* @size bytes of zeros, from anywhere in a page on. */
static inline uint8_t *source_map(struct source *s, unsigned int i, size_t size)
{
	size_t pages = (size + 4095) & ~4095UL;

	s->sizes[i] = pages + 4096;
	s->maps[i] = mmap(NULL, s->sizes[i], PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (s->maps[i] == MAP_FAILED ||
	    mprotect((uint8_t *)s->maps[i] + pages, 4096, PROT_NONE))
		abort();
	return (uint8_t *)s->maps[i] + pages - size;
}

static inline void source_make(struct source *s, const void *data, size_t size, uint64_t limit)
{
	memset(s, 0, sizeof(*s));
	s->source.fd = memfd_create("image", MFD_CLOEXEC);
	if (s->source.fd < 0 || (size && write(s->source.fd, data, size) != (ssize_t)size))
		abort();
	s->source.size = size;
	s->source.data = source_map(s, 0, size);
	s->source.have = calloc(1, IMAGE_HAVE(size));
	s->source.budget = limit + IMAGE_MAX_OVERHEAD;
	s->source.unpacked.data = source_map(s, 1, limit + 1);
	s->source.unpacked.room = limit + 1;
	s->source.unpacked.limit = limit;
}

static inline void source_free(struct source *s)
{
	unsigned int i;

	for (i = 0; i < 2; i++)
		munmap(s->maps[i], s->sizes[i]);
	free(s->source.have);
	close(s->source.fd);
}

#endif /* XLCTL_SOURCE_H */
