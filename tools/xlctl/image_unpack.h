/* SPDX-License-Identifier: GPL-2.0-only */
/* image_unpack - the compression formats of kernel images */
#ifndef XLCTL_IMAGE_UNPACK_H
#define XLCTL_IMAGE_UNPACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum unpack_format {
	UNPACK_NONE,
	UNPACK_GZIP,
	UNPACK_BZIP2,
	UNPACK_LZMA,
	UNPACK_XZ,
	UNPACK_LZO,
	UNPACK_LZ4,	/* the "legacy" frame, which kernels use */
	UNPACK_ZSTD,
};

/**
 * struct unpack_buffer - memory that grows, for what is unpacked
 * @data: its begin; moves when it grows
 * @len: bytes that were put in
 * @room: bytes that there is room for
 * @limit: most bytes it may ever hold
 */
struct unpack_buffer {
	uint8_t *data;
	size_t len;
	size_t room;
	uint64_t limit;
};

/**
 * unpack_detect() - tell the format by its first bytes
 * @data: the packed data
 * @size: its bytes
 *
 * Return: the format, UNPACK_NONE for none that is known.
 */
enum unpack_format unpack_detect(const uint8_t *data, size_t size);

/**
 * unpack_name() - what a format is called
 * @format: the format
 *
 * Return: its name.
 */
const char *unpack_name(enum unpack_format format);

/**
 * unpack() - unpack into a buffer
 * @format: the format, not UNPACK_NONE
 * @data: the packed data, without the size that kernels put behind it
 * @size: its bytes
 * @expect: bytes it is said to unpack to, 0 if that is not known; a lie costs
 *	time only
 * @out: receives the data; @limit is set and the rest zero; to be freed with
 *	unpack_buffer_free() whatever came back
 *
 * Return: 0; -ENODATA: it ends too early; -EBADMSG: it is corrupt; -EFBIG: it
 * unpacks to more than @out->limit; -ENOMEM; -EOPNOTSUPP: a variant that is
 * not supported.
 */
int unpack(enum unpack_format format, const uint8_t *data, size_t size, uint64_t expect,
	   struct unpack_buffer *out);

/**
 * unpack_buffer_free() - unmap a buffer
 * @buffer: the buffer; empty afterwards
 */
void unpack_buffer_free(struct unpack_buffer *buffer);

#endif /* XLCTL_IMAGE_UNPACK_H */
