/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tests of kernel images share: a good one, how it is read, what has to come out. */
#ifndef XLCTL_IMAGE_TEST_H
#define XLCTL_IMAGE_TEST_H

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "image/image.h"
#include "unit.h"
#include "xlctl_capture.h"
#include "xlctl_elf.h"
#include "xlctl_source.h"

#define MIB	(1UL << 20)

static struct capture capture;
static uint8_t elf[ELF_MAX_SIZE];

/* Two segments and an entry point, like a Linux without its size. */
static const struct elf_recipe kernel = {
	.loads = {
		{ .paddr = 0x1000000, .filesz = 70000, .memsz = 70000 },
		{ .paddr = 0x1100000, .filesz = 5000, .memsz = 0x3000 },
	},
	.nr_loads = 2,
	.entry = 0x1000850,
	.entry_bytes = 8,
	.guest_os = "linux",
	.features = 0x8801,
};

/* Of the image parsed last: gone with the next. */
static struct source source;

static inline int parse(struct image *image, const uint8_t *data, size_t size, uint64_t limit)
{
	if (source.maps[0])
		source_free(&source);
	source_make(&source, data, size, limit);
	capture_init(&capture);
	return image_parse(image, "k", &source.source, limit, &capture.diag);
}

static inline void expect_kernel(const struct image *image, const struct elf_recipe *recipe)
{
	unsigned int i;

	ASSERT_EQ(image->nr_segments, recipe->nr_loads);
	for (i = 0; i < recipe->nr_loads; i++) {
		const struct image_segment *segment = &image->segments[i];
		const uint8_t *data = segment->data;
		uint64_t j;

		EXPECT_EQ(segment->paddr, recipe->loads[i].paddr);
		EXPECT_EQ(segment->memsz, recipe->loads[i].memsz);
		ASSERT_EQ(segment->filesz, recipe->loads[i].filesz);
		for (j = 0; j < segment->filesz; j++)
			ASSERT_EQ(data[j], elf_byte(segment->paddr, j));
	}
	EXPECT_TRUE(image->has_entry);
	EXPECT_EQ(image->entry, recipe->entry);
}

#endif /* XLCTL_IMAGE_TEST_H */
