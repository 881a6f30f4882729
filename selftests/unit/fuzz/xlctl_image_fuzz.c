// SPDX-License-Identifier: GPL-2.0-only
/* Kernel images for a domain of 16 MiB, whose last byte a page without access follows. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "image.h"
#include "xlctl_guard.h"

#define LIMIT	(UINT64_C(16) << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static volatile uint8_t sink;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct diag diag = { 0 };
	struct image image;
	struct guard guard;
	uint64_t end = 0;
	unsigned int i;
	int rc;

	guard_make(&guard, data, size);
	rc = image_parse(&image, "fuzz", guard.data, size, LIMIT, &diag);
	if (!rc != !diag.errors)
		abort();
	/* What was accepted has to be all there, in memory, once. */
	for (i = 0; !rc && i < image.nr_segments; i++) {
		const struct image_segment *segment = &image.segments[i];
		uint64_t j;

		if (segment->paddr < end || segment->filesz > segment->memsz ||
		    segment->memsz > LIMIT || segment->paddr > LIMIT - segment->memsz)
			abort();
		end = segment->paddr + segment->memsz;
		for (j = 0; j < segment->filesz; j += 512)
			sink = ((const uint8_t *)segment->data)[j];
		if (segment->filesz)
			sink = ((const uint8_t *)segment->data)[segment->filesz - 1];
	}
	if (!rc && (!image.nr_segments || image.entry < image.start || image.entry >= image.end ||
		    image.end != end))
		abort();
	image_close(&image);
	guard_free(&guard);
	return 0;
}
