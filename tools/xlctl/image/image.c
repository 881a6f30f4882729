// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kernel images: unwrapping what is around the ELF file in one.  The ELF file
 * itself is elf.c's.
 *
 * Of a file only that is read which is looked at: a kernel with all its
 * debugging information is fifty times as large as what is loaded of it.  What
 * was read is looked at as often as need be: it does not change.
 */
#include "image/image.h"

#include <endian.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

/* Offsets in the header of a bzImage, from Linux' x86 boot protocol. */
#define BZIMAGE_SETUP_SECTS	0x1f1
#define BZIMAGE_MAGIC		0x202
#define BZIMAGE_VERSION		0x206
#define BZIMAGE_PAYLOAD_OFFSET	0x248
#define BZIMAGE_PAYLOAD_LENGTH	0x24c
#define BZIMAGE_HEADER_END	0x250
#define BZIMAGE_SECTOR		512
/* The first version whose header has the payload's place. */
#define BZIMAGE_MIN_VERSION	0x0208

static bool image_is_elf(const uint8_t *data, size_t size)
{
	return size >= 4 && !memcmp(data, "\177ELF", 4);
}

static uint32_t image_le32(const uint8_t *p)
{
	uint32_t value;

	memcpy(&value, p, sizeof(value));
	return le32toh(value);
}

static int image_bad(const struct image *image, struct diag *diag, const char *what)
{
	diag_error(diag, "%s: %s", image->name, what);
	return -ENOEXEC;
}

/* Reads some pages of the file, none of which is there yet. */
static int image_read(struct image *image, uint64_t offset, uint64_t len, struct diag *diag)
{
	struct image_source *source = image->source;

	if (len > source->size - offset)
		len = source->size - offset;
	if (len > source->budget)
		return image_bad(image, diag, "too large for the domain's memory");
	source->budget -= len;
	while (len) {
		ssize_t got = pread(source->fd, source->data + offset, len, (off_t)offset);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			int error = errno;

			diag_error(diag, "%s: %s", image->name, strerror(error));
			return -error;
		}
		if (!got) {
			diag_error(diag, "%s: the file shrank while it was being read",
				   image->name);
			return -EIO;
		}
		offset += (uint64_t)got;
		len -= (uint64_t)got;
	}
	return 0;
}

int image_fetch(struct image *image, uint64_t offset, uint64_t len, struct diag *diag)
{
	struct image_source *source = image->source;
	uint64_t page, end;
	int rc = 0;

	if (!len || offset >= source->size)
		return 0;
	if (len > source->size - offset)
		len = source->size - offset;
	end = (offset + len - 1) / IMAGE_PAGE + 1;
	for (page = offset / IMAGE_PAGE; page < end && !rc;) {
		uint64_t first = page;

		while (page < end && !(source->have[page / 8] & 1 << page % 8)) {
			source->have[page / 8] |= (uint8_t)(1 << page % 8);
			page++;
		}
		if (page == first)
			page++;
		else
			rc = image_read(image, first * IMAGE_PAGE, (page - first) * IMAGE_PAGE,
					diag);
	}
	return rc;
}

/* Unpacks the ELF file and says why where that fails. */
static int image_unpack(struct image *image, const uint8_t *data, size_t size, uint64_t expect,
			uint64_t limit, struct diag *diag)
{
	const char *format = unpack_name(image->format);
	int rc;

	if (expect > limit) {
		diag_error(diag, "%s: unpacks to %" PRIu64 " MiB, but the domain has %" PRIu64
			   " MiB of memory", image->name, expect >> 20, limit >> 20);
		return -ENOEXEC;
	}

	rc = unpack(image->format, data, size, &image->source->unpacked);
	switch (rc) {
	case 0:
		break;
	case -EFBIG:
		diag_error(diag, "%s: the %s data in it unpacks to more than the %" PRIu64
			   " MiB of the domain's memory", image->name, format, limit >> 20);
		return -ENOEXEC;
	case -ENODATA:
		diag_error(diag, "%s: the %s data in it ends too early", image->name, format);
		return -ENOEXEC;
	case -EOPNOTSUPP:
		diag_error(diag, "%s: unsupported kind of %s data", image->name,
			   format);
		return -ENOEXEC;
	case -ENOMEM:
		diag_error(diag, "%s: out of memory while unpacking it", image->name);
		return rc;
	default:
		diag_error(diag, "%s: the %s data in it is corrupt", image->name, format);
		return -ENOEXEC;
	}

	image->elf = image->source->unpacked.data;
	image->elf_size = image->source->unpacked.len;
	if (!image_is_elf(image->elf, image->elf_size)) {
		diag_error(diag, "%s: not an ELF file after unpacking from %s", image->name,
			   format);
		return -ENOEXEC;
	}
	return 0;
}

static int image_unwrap_bzimage(struct image *image, const uint8_t *data, size_t size,
				uint64_t limit, struct diag *diag)
{
	uint64_t start, length;
	uint64_t expect = 0;
	unsigned int version;
	int rc;

	image->bzimage = true;
	if (size < BZIMAGE_HEADER_END)
		return image_bad(image, diag, "a bzImage that ends in its header");
	version = data[BZIMAGE_VERSION] | data[BZIMAGE_VERSION + 1] << 8;
	if (version < BZIMAGE_MIN_VERSION) {
		diag_error(diag, "%s: a bzImage of boot protocol %u.%02u, the oldest that works is 2.08",
			   image->name, version >> 8, version & 0xff);
		return -ENOEXEC;
	}

	start = (data[BZIMAGE_SETUP_SECTS] + 1ULL) * BZIMAGE_SECTOR +
		image_le32(data + BZIMAGE_PAYLOAD_OFFSET);
	length = image_le32(data + BZIMAGE_PAYLOAD_LENGTH);
	if (!length)
		return image_bad(image, diag, "a bzImage without a payload");
	if (start > size || length > size - start) {
		diag_error(diag, "%s: truncated: its payload ends at byte %" PRIu64
			   ", the file at byte %zu", image->name, start + length, size);
		return -ENOEXEC;
	}
	rc = image_fetch(image, start, length, diag);
	if (rc)
		return rc;
	data += start;

	if (image_is_elf(data, length)) {
		image->elf = data;
		image->elf_size = length;
		return 0;
	}
	image->format = unpack_detect(data, length);
	if (image->format == UNPACK_NONE) {
		diag_error(diag, "%s: unknown compression: its payload begins with %02x %02x %02x %02x",
			   image->name, data[0], length > 1 ? data[1] : 0, length > 2 ? data[2] : 0,
			   length > 3 ? data[3] : 0);
		return -ENOEXEC;
	}

	/* The build puts the unpacked size behind it; gzip data ends with it anyway. */
	if (length >= 4) {
		expect = image_le32(data + length - 4);
		if (image->format != UNPACK_GZIP)
			length -= 4;
	}
	return image_unpack(image, data, length, expect, limit, diag);
}

int image_parse(struct image *image, const char *name, struct image_source *source,
		uint64_t limit, struct diag *diag)
{
	const uint8_t *bytes = source->data;
	size_t size = source->size;
	int rc;

	memset(image, 0, sizeof(*image));
	image->name = name;
	image->source = source;

	if (!size)
		return image_bad(image, diag, "the file is empty");
	rc = image_fetch(image, 0, BZIMAGE_HEADER_END, diag);
	if (rc)
		return rc;
	if (image_is_elf(bytes, size)) {
		image->elf = bytes;
		image->elf_size = size;
	} else if (size >= BZIMAGE_MAGIC + 4 && !memcmp(bytes + BZIMAGE_MAGIC, "HdrS", 4)) {
		rc = image_unwrap_bzimage(image, bytes, size, limit, diag);
		if (rc)
			return rc;
	} else {
		image->format = unpack_detect(bytes, size);
		if (image->format == UNPACK_NONE)
			return image_bad(image, diag,
					 "neither a bzImage nor an ELF file: not a kernel image");
		rc = image_fetch(image, 0, size, diag);
		if (!rc)
			rc = image_unpack(image, bytes, size, 0, limit, diag);
		if (rc)
			return rc;
	}
	return image_parse_elf(image, limit, diag);
}
