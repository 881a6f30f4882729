// SPDX-License-Identifier: GPL-2.0-only
/* ELF notes, whose last byte a page without access follows. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "image/image.h"
#include "xlctl_guard.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct image image;
	struct guard guard;

	memset(&image, 0, sizeof(image));
	guard_make(&guard, data, size);
	if (image_parse_notes(&image, guard.data, size))
		abort();
	if (!memchr(image.guest_os, 0, sizeof(image.guest_os)) ||
	    !memchr(image.guest_version, 0, sizeof(image.guest_version)) ||
	    (image.entry && !image.has_entry))
		abort();
	guard_free(&guard);
	return 0;
}
