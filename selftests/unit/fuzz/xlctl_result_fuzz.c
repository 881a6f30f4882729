// SPDX-License-Identifier: GPL-2.0-only
/* Answers of a process that parses an image and means no good; the domain has 16 MiB. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "image/image.h"

#define LIMIT		(UINT64_C(16) << 20)
#define AREA_SIZE	(UINT64_C(20) << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* Its bytes are not looked at: addresses are all there is. */
	const uint8_t *area = (const uint8_t *)0x10000000;
	static struct image_result result;
	static struct image image;
	uint64_t end = 0;
	unsigned int i;

	memset(&image, 0, sizeof(image));
	memset(&result, 0, sizeof(result));
	memcpy(&result, data, size < sizeof(result) ? size : sizeof(result));
	if (!image_result_take(&image, &result, area, AREA_SIZE, LIMIT))
		return 0;
	if (result.rc) {
		if (result.rc > 0 || !*result.message || image.nr_segments)
			abort();
		return 0;
	}
	if (!image.nr_segments || image.nr_segments > IMAGE_MAX_SEGMENTS)
		abort();
	for (i = 0; i < image.nr_segments; i++) {
		const struct image_segment *segment = &image.segments[i];
		uint64_t at = (uint64_t)((const uint8_t *)segment->data - area);

		if (segment->paddr < end || !segment->memsz || segment->memsz > LIMIT ||
		    segment->paddr > LIMIT - segment->memsz || segment->filesz > segment->memsz ||
		    at > AREA_SIZE || segment->filesz > AREA_SIZE - at)
			abort();
		end = segment->paddr + segment->memsz;
	}
	if (image.end != end || image.entry < image.start || image.entry >= end ||
	    image.entry > UINT32_MAX ||
	    strnlen(image.guest_os, sizeof(image.guest_os)) == sizeof(image.guest_os) ||
	    strnlen(image.guest_version, sizeof(image.guest_version)) ==
	    sizeof(image.guest_version) || image.format > UNPACK_ZSTD)
		abort();
	return 0;
}
