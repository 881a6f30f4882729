// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kernel images for a domain of 16 MiB, whose last byte a page without access follows. What is
 * accepted has to be accepted as the answer of a process in a box, too.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "image/image.h"
#include "xlctl_source.h"

#define LIMIT	(UINT64_C(16) << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static volatile uint8_t sink;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct diag diag = { 0 };
	static struct image_result result;
	static struct image image, taken;
	struct source source;
	uint64_t end = 0;
	unsigned int i;
	int rc;

	source_make(&source, data, size, LIMIT);
	rc = image_parse(&image, "fuzz", &source.source, LIMIT, &diag);
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
	if (!rc) {
		/* Its bytes are not looked at: addresses are all there is. */
		const uint8_t *area = (const uint8_t *)0x10000000;

		memset(&result, 0, sizeof(result));
		image_result_make(&result, &image);
		if (!image_result_take(&taken, &result, area, LIMIT + (1 << 20), LIMIT) ||
		    taken.entry != image.entry || taken.end != image.end ||
		    taken.nr_segments != image.nr_segments)
			abort();
	}
	source_free(&source);
	return 0;
}
