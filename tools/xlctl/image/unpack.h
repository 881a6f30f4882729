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
 * struct unpack_buffer - where something is unpacked to
 * @data: memory, zero; nothing of it is touched before there is something to put in
 * @room: its bytes, at least one more than @limit: that is how a decoder whose
 *	output just fits sees its end mark
 * @limit: most bytes that are accepted
 * @len: bytes that were put in
 */
struct unpack_buffer {
	uint8_t *data;
	size_t room;
	uint64_t limit;
	size_t len;
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
 * @out: receives the data; @data, @room and @limit are set, @len is zero
 *
 * Return: 0; -ENODATA: it ends too early; -EBADMSG: it is corrupt; -EFBIG: it
 * unpacks to more than @out->limit; -ENOMEM; -EOPNOTSUPP: a variant that is
 * not supported.
 */
int unpack(enum unpack_format format, const uint8_t *data, size_t size,
	   struct unpack_buffer *out);

#endif /* XLCTL_IMAGE_UNPACK_H */
