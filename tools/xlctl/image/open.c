// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kernel images as files: who writes one may be another user than who starts
 * the domain, and the libraries that unpack them are large. So a process
 * without privileges reads the file into its memory, unpacks it there and parses
 * it (sandbox.h). It writes the segments to a file in memory, each from a page on, and
 * answers with a structure of a fixed size. The parent believes nothing in it.
 */
#include "image/image.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image/sandbox.h"

/* A kernel with all its debugging information has about 1 GiB. */
#define IMAGE_MAX_FILE		(UINT64_C(4) << 30)
/* Beside the file and what is unpacked: an xz stream may ask for 160 MiB. */
#define IMAGE_MAX_MEMORY	(UINT64_C(256) << 20)
/* CPU time that is enough on a slow machine, for any image, and for each 4 MiB of it. */
#define IMAGE_SECONDS		120
/* A file may be far away: so much longer than it may compute, it may take in all. */
#define IMAGE_PATIENCE		4

static size_t image_page_up(uint64_t bytes)
{
	return (size_t)((bytes + IMAGE_PAGE - 1) & ~(uint64_t)(IMAGE_PAGE - 1));
}

void image_result_make(struct image_result *result, const struct image *image)
{
	uint64_t offset = 0;
	unsigned int i;

	result->format = image->format;
	result->bzimage = image->bzimage;
	result->is_64bit = image->is_64bit;
	result->supported_features = image->supported_features;
	result->entry = image->entry;
	memcpy(result->guest_os, image->guest_os, sizeof(result->guest_os));
	memcpy(result->guest_version, image->guest_version, sizeof(result->guest_version));
	result->nr_segments = image->nr_segments;
	for (i = 0; i < image->nr_segments; i++) {
		const struct image_segment *segment = &image->segments[i];

		result->segments[i].paddr = segment->paddr;
		result->segments[i].memsz = segment->memsz;
		result->segments[i].filesz = segment->filesz;
		result->segments[i].offset = offset;
		offset += image_page_up(segment->filesz);
	}
}

/* Segments do not overlap, so that their bytes are no more than there is memory. */
static size_t image_area_size(uint64_t limit)
{
	return image_page_up(limit) + (size_t)IMAGE_MAX_SEGMENTS * IMAGE_PAGE;
}

/* One segment: its place, behind @end, and its bytes. */
static bool image_take_segment(struct image_segment *segment, const struct image_result *result,
			       unsigned int i, const uint8_t *area, size_t area_size,
			       uint64_t end, uint64_t limit)
{
	uint64_t offset = result->segments[i].offset;

	segment->paddr = result->segments[i].paddr;
	segment->memsz = result->segments[i].memsz;
	segment->filesz = result->segments[i].filesz;
	if (segment->paddr < end || !segment->memsz || segment->memsz > limit ||
	    segment->paddr > limit - segment->memsz || segment->filesz > segment->memsz ||
	    offset > area_size || segment->filesz > area_size - offset)
		return false;
	segment->data = area + offset;
	return true;
}

bool image_result_take(struct image *image, const struct image_result *result,
		       const uint8_t *area, size_t area_size, uint64_t limit)
{
	uint64_t end = 0;
	unsigned int i;

	if (!memchr(result->message, 0, sizeof(result->message)))
		return false;
	if (result->rc)
		return result->rc < 0 && result->rc > -4096 && *result->message;
	if (*result->message || result->format > UNPACK_ZSTD || result->bzimage > 1 ||
	    result->is_64bit > 1 || !result->nr_segments ||
	    result->nr_segments > IMAGE_MAX_SEGMENTS ||
	    !memchr(result->guest_os, 0, sizeof(result->guest_os)) ||
	    !memchr(result->guest_version, 0, sizeof(result->guest_version)))
		return false;
	for (i = 0; i < result->nr_segments; i++) {
		if (!image_take_segment(&image->segments[i], result, i, area, area_size, end,
					limit))
			return false;
		end = image->segments[i].paddr + image->segments[i].memsz;
	}
	image->start = image->segments[0].paddr;
	image->end = end;
	if (result->entry < image->start || result->entry >= end || result->entry > UINT32_MAX)
		return false;
	image->nr_segments = result->nr_segments;
	image->has_entry = true;
	image->entry = result->entry;
	image->format = result->format;
	image->bzimage = result->bzimage;
	image->is_64bit = result->is_64bit;
	image->supported_features = result->supported_features;
	memcpy(image->guest_os, result->guest_os, sizeof(image->guest_os));
	memcpy(image->guest_version, result->guest_version, sizeof(image->guest_version));
	return true;
}

/* What the process in the box has from its parent. */
struct image_work {
	const char *name;
	size_t size;
	uint64_t limit;
	int (*parse)(struct image *image, const char *name, struct image_source *source,
		     uint64_t limit, struct diag *diag);
	uint8_t *have;
};

static void image_emit(void *ctx, enum diag_level level, const char *text)
{
	struct image_result *result = ctx;

	if (level == DIAG_ERROR && !*result->message)
		snprintf(result->message, sizeof(result->message), "%s", text);
}

/* Memory of this process that costs nothing before it is touched. */
static uint8_t *image_memory(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (memory == MAP_FAILED)
		return NULL;
	/* A kernel has 50 MiB: 25 page faults instead of 13000. No matter if refused. */
	madvise(memory, size, MADV_HUGEPAGE);
	return memory;
}

static int image_write_segments(const struct image *image, const struct image_result *result,
				struct diag *diag)
{
	unsigned int i;

	for (i = 0; i < image->nr_segments; i++) {
		const struct image_segment *segment = &image->segments[i];
		const uint8_t *data = segment->data;
		uint64_t done = 0;

		while (done < segment->filesz) {
			ssize_t written = pwrite(BOX_AREA, data + done, segment->filesz - done,
						 (off_t)(result->segments[i].offset + done));

			if (written < 0 && errno == EINTR)
				continue;
			if (written <= 0) {
				int error = written ? errno : ENOSPC;

				diag_error(diag, "%s: no memory for it: %s", image->name,
					   strerror(error));
				return -error;
			}
			done += (uint64_t)written;
		}
	}
	return 0;
}

/* In the box. */
static void image_work(void *ctx, void *answer)
{
	const struct image_work *work = ctx;
	struct image_result *result = answer;
	struct diag diag = { .emit = image_emit, .ctx = result };
	struct image_source source = {
		.fd = BOX_INPUT,
		.data = image_memory(image_page_up(work->size + 1)),
		.size = work->size,
		.have = work->have,
		.budget = work->limit + IMAGE_MAX_OVERHEAD,
		.unpacked = {
			.data = image_memory(image_page_up(work->limit + 1)),
			.room = image_page_up(work->limit + 1),
			.limit = work->limit,
		},
	};
	struct image image;

	if (!source.data || !source.unpacked.data) {
		diag_error(&diag, "%s: out of memory", work->name);
		result->rc = -ENOMEM;
		return;
	}
	result->rc = work->parse(&image, work->name, &source, work->limit, &diag);
	if (result->rc)
		return;
	image_result_make(result, &image);
	result->rc = image_write_segments(&image, result, &diag);
}

static int image_no_box(const struct image *image, int rc, struct diag *diag)
{
	diag_error(diag, "%s: no memory to read it into: %s", image->name, strerror(-rc));
	return rc;
}

int image_run(struct image *image, const char *name, int fd, size_t size, uint64_t limit,
	      unsigned int seconds,
	      int (*parse)(struct image *image, const char *name, struct image_source *source,
			   uint64_t limit, struct diag *diag), struct diag *diag)
{
	struct image_work work = { name, size, limit, parse, calloc(1, IMAGE_HAVE(size)) };
	struct image_result *result = calloc(1, sizeof(*result));
	struct box box = {
		.input = fd,
		.area_size = image_area_size(limit),
		.memory = size + limit + IMAGE_MAX_MEMORY,
		.cpu_seconds = seconds,
		.seconds = seconds * IMAGE_PATIENCE,
		.work = image_work,
		.ctx = &work,
		.answer = result,
		.answer_size = sizeof(*result),
	};
	char why[200];
	int rc;

	memset(image, 0, sizeof(*image));
	image->name = name;
	box.area = result && work.have ? box_area(box.area_size) : -ENOMEM;
	if (box.area < 0) {
		rc = image_no_box(image, box.area, diag);
		goto out;
	}
	rc = box_run(&box, why, sizeof(why));
	if (rc) {
		diag_error(diag, "%s: %s", name, why);
		goto out_area;
	}
	if (!result->rc) {
		image->area = box_area_map(box.area, box.area_size);
		if (image->area == MAP_FAILED) {
			image->area = NULL;
			rc = image_no_box(image, -errno, diag);
			goto out_area;
		}
		image->area_size = box.area_size;
	}
	if (!image_result_take(image, result, image->area, image->area_size, limit)) {
		diag_error(diag, "%s: the process that reads it returned an invalid result",
			   name);
		rc = -ENOEXEC;
	} else if (result->rc) {
		diag_error(diag, "%s", result->message);
		rc = result->rc;
	}
out_area:
	close(box.area);
out:
	free(result);
	free(work.have);
	return rc;
}

int image_open(struct image *image, const char *path, uint64_t limit, struct diag *diag)
{
	struct stat st;
	int rc = 0;
	int fd;

	memset(image, 0, sizeof(*image));
	/* Neither a pipe nor a device makes it wait. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 || fstat(fd, &st)) {
		rc = -errno;
		diag_error(diag, "%s: %s", path, strerror(errno));
		goto out;
	}
	if (!S_ISREG(st.st_mode)) {
		rc = -EINVAL;
		diag_error(diag, "%s: not a regular file", path);
		goto out;
	}
	if ((uint64_t)st.st_size > IMAGE_MAX_FILE) {
		rc = -EFBIG;
		diag_error(diag, "%s: larger than 4 GiB: not a kernel image", path);
		goto out;
	}
	rc = image_run(image, path, fd, (size_t)st.st_size, limit,
		       IMAGE_SECONDS + (unsigned int)(limit >> 22), image_parse, diag);
out:
	if (fd >= 0)
		close(fd);
	return rc;
}

void image_close(struct image *image)
{
	if (image->area)
		munmap(image->area, image->area_size);
	memset(image, 0, sizeof(*image));
}
