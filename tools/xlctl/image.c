// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kernel images as files: mapping one, and unwrapping what is around the ELF
 * file in it.  The ELF file itself is image_elf.c's.
 */
#include "image.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* A kernel with all its debugging information has about 1 GiB. */
#define IMAGE_MAX_FILE		(UINT64_C(4) << 30)

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

	image->unpacked.limit = limit;
	rc = unpack(image->format, data, size, expect, &image->unpacked);
	switch (rc) {
	case 0:
		break;
	case -EFBIG:
		diag_error(diag, "%s: the %s data in it unpacks to more than the %" PRIu64
			   " MiB of memory that the domain has", image->name, format, limit >> 20);
		return -ENOEXEC;
	case -ENODATA:
		diag_error(diag, "%s: the %s data in it ends too early", image->name, format);
		return -ENOEXEC;
	case -EOPNOTSUPP:
		diag_error(diag, "%s: a kind of %s data that is not supported", image->name,
			   format);
		return -ENOEXEC;
	case -ENOMEM:
		diag_error(diag, "%s: out of memory while unpacking it", image->name);
		return rc;
	default:
		diag_error(diag, "%s: the %s data in it is corrupt", image->name, format);
		return -ENOEXEC;
	}

	image->elf = image->unpacked.data;
	image->elf_size = image->unpacked.len;
	if (!image_is_elf(image->elf, image->elf_size)) {
		diag_error(diag, "%s: unpacked from %s, it is no ELF file", image->name, format);
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
	data += start;

	if (image_is_elf(data, length)) {
		image->elf = data;
		image->elf_size = length;
		return 0;
	}
	image->format = unpack_detect(data, length);
	if (image->format == UNPACK_NONE) {
		diag_error(diag, "%s: its payload begins with %02x %02x %02x %02x: no compression that is known",
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

int image_parse(struct image *image, const char *name, const void *data, size_t size,
		uint64_t limit, struct diag *diag)
{
	const uint8_t *bytes = data;
	int rc;

	memset(image, 0, sizeof(*image));
	image->name = strdup(name);
	if (!image->name) {
		diag_error(diag, "%s: out of memory", name);
		return -ENOMEM;
	}

	if (!size)
		return image_bad(image, diag, "the file is empty");
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
		rc = image_unpack(image, bytes, size, 0, limit, diag);
		if (rc)
			return rc;
	}
	return image_parse_elf(image, limit, diag);
}

int image_open(struct image *image, const char *path, uint64_t limit, struct diag *diag)
{
	struct stat st;
	void *map = MAP_FAILED;
	int rc = 0;
	int fd;

	memset(image, 0, sizeof(*image));
	fd = open(path, O_RDONLY | O_CLOEXEC);
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
	if (!st.st_size) {
		rc = image_parse(image, path, "", 0, limit, diag);
		goto out;
	}

	map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED) {
		rc = -errno;
		diag_error(diag, "%s: %s", path, strerror(errno));
		goto out;
	}
	madvise(map, (size_t)st.st_size, MADV_WILLNEED);
	rc = image_parse(image, path, map, (size_t)st.st_size, limit, diag);
	image->file = map;
	image->file_size = (size_t)st.st_size;

out:
	if (fd >= 0)
		close(fd);
	return rc;
}

void image_close(struct image *image)
{
	unpack_buffer_free(&image->unpacked);
	if (image->file)
		munmap(image->file, image->file_size);
	free(image->name);
	memset(image, 0, sizeof(*image));
}
