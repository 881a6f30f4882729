// SPDX-License-Identifier: GPL-2.0-only
/*
 * The compression formats of kernel images, each by its own library.
 *
 * A decoder is given a few lines of data that may unpack to any size, so every
 * loop here ends at the limit of the output, and memory is touched only as
 * output arrives.  Decoders write straight into the output.
 */
#include "image/unpack.h"

/* Lets zlib's input be const. */
#define ZLIB_CONST

#include <bzlib.h>
#include <endian.h>
#include <errno.h>
#include <lz4.h>
#include <lzma.h>
#include <lzo/lzo1x.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

/* What some libraries take at a time: their counters have 32 bits. */
#define UNPACK_CHUNK		(1UL << 30)
/* Memory an xz or lzma stream may ask for: kernels use dictionaries of up to 128 MiB. */
#define UNPACK_LZMA_MEMORY	(160UL << 20)
#define UNPACK_LZ4_BLOCK	(8UL << 20)
#define UNPACK_LZ4_MAGIC	0x184c2102U

static const struct {
	enum unpack_format format;
	const char *name;
	size_t len;
	const char *magic;
} unpack_formats[] = {
	{ UNPACK_GZIP, "gzip", 2, "\x1f\x8b" },
	{ UNPACK_BZIP2, "bzip2", 3, "BZh" },
	{ UNPACK_LZMA, "lzma", 3, "\x5d\x00\x00" },
	{ UNPACK_XZ, "xz", 6, "\xfd" "7zXZ" },
	{ UNPACK_LZO, "lzo", 9, "\x89LZO\x00\r\n\x1a\n" },
	{ UNPACK_LZ4, "lz4", 4, "\x02\x21\x4c\x18" },
	{ UNPACK_ZSTD, "zstd", 4, "\x28\xb5\x2f\xfd" },
};

#define UNPACK_NR_FORMATS	(sizeof(unpack_formats) / sizeof(unpack_formats[0]))

enum unpack_format unpack_detect(const uint8_t *data, size_t size)
{
	size_t i;

	for (i = 0; i < UNPACK_NR_FORMATS; i++)
		if (size >= unpack_formats[i].len &&
		    !memcmp(data, unpack_formats[i].magic, unpack_formats[i].len))
			return unpack_formats[i].format;
	return UNPACK_NONE;
}

const char *unpack_name(enum unpack_format format)
{
	size_t i;

	for (i = 0; i < UNPACK_NR_FORMATS; i++)
		if (unpack_formats[i].format == format)
			return unpack_formats[i].name;
	return "none";
}

static size_t unpack_min(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Bytes that may be put in now, 0 if it is more than enough already. */
static size_t unpack_room(const struct unpack_buffer *out)
{
	return out->len > out->limit ? 0 : out->room - out->len;
}

static int unpack_gzip(const uint8_t *data, size_t size, struct unpack_buffer *out)
{
	z_stream stream = { .next_in = data };
	size_t left = size;
	int rc = 0;
	int z;

	/* 16: expect a gzip header */
	if (inflateInit2(&stream, 16 + MAX_WBITS) != Z_OK)
		return -ENOMEM;
	do {
		size_t room = unpack_min(unpack_room(out), UNPACK_CHUNK);

		if (!room) {
			rc = -EFBIG;
			break;
		}
		if (!stream.avail_in) {
			stream.avail_in = (uInt)unpack_min(left, UNPACK_CHUNK);
			left -= stream.avail_in;
		}
		stream.next_out = out->data + out->len;
		stream.avail_out = (uInt)room;
		z = inflate(&stream, Z_NO_FLUSH);
		out->len += room - stream.avail_out;
		if (z == Z_BUF_ERROR ||
		    (z == Z_OK && stream.avail_out && !stream.avail_in && !left))
			rc = -ENODATA;
		else if (z == Z_MEM_ERROR)
			rc = -ENOMEM;
		else if (z != Z_OK && z != Z_STREAM_END)
			rc = -EBADMSG;
	} while (!rc && z != Z_STREAM_END);
	inflateEnd(&stream);
	return rc;
}

static int unpack_bzip2(const uint8_t *data, size_t size, struct unpack_buffer *out)
{
	/* The library has no const, but does not write to its input. */
	bz_stream stream = { .next_in = (char *)(uintptr_t)data };
	size_t left = size;
	int rc = 0;
	int bz;

	if (BZ2_bzDecompressInit(&stream, 0, 0) != BZ_OK)
		return -ENOMEM;
	do {
		size_t room = unpack_min(unpack_room(out), UNPACK_CHUNK);

		if (!room) {
			rc = -EFBIG;
			break;
		}
		if (!stream.avail_in) {
			stream.avail_in = (unsigned int)unpack_min(left, UNPACK_CHUNK);
			left -= stream.avail_in;
		}
		stream.next_out = (char *)out->data + out->len;
		stream.avail_out = (unsigned int)room;
		bz = BZ2_bzDecompress(&stream);
		out->len += room - stream.avail_out;
		if (bz == BZ_OK && stream.avail_out && !stream.avail_in && !left)
			rc = -ENODATA;
		else if (bz == BZ_MEM_ERROR)
			rc = -ENOMEM;
		else if (bz != BZ_OK && bz != BZ_STREAM_END)
			rc = -EBADMSG;
	} while (!rc && bz != BZ_STREAM_END);
	BZ2_bzDecompressEnd(&stream);
	return rc;
}

static int unpack_lzma(const uint8_t *data, size_t size, bool xz, struct unpack_buffer *out)
{
	lzma_stream stream = LZMA_STREAM_INIT;
	lzma_ret ret;
	int rc = 0;

	ret = xz ? lzma_stream_decoder(&stream, UNPACK_LZMA_MEMORY, 0) :
		   lzma_alone_decoder(&stream, UNPACK_LZMA_MEMORY);
	if (ret != LZMA_OK)
		return -ENOMEM;
	stream.next_in = data;
	stream.avail_in = size;
	do {
		size_t room = unpack_room(out);

		if (!room) {
			rc = -EFBIG;
			break;
		}
		stream.next_out = out->data + out->len;
		stream.avail_out = room;
		ret = lzma_code(&stream, LZMA_RUN);
		out->len += room - stream.avail_out;
		if (ret == LZMA_BUF_ERROR || (ret == LZMA_OK && stream.avail_out))
			rc = -ENODATA;
		else if (ret == LZMA_MEM_ERROR)
			rc = -ENOMEM;
		else if (ret == LZMA_MEMLIMIT_ERROR || ret == LZMA_OPTIONS_ERROR)
			rc = -EOPNOTSUPP;
		else if (ret != LZMA_OK && ret != LZMA_STREAM_END)
			rc = -EBADMSG;
	} while (!rc && ret != LZMA_STREAM_END);
	lzma_end(&stream);
	return rc;
}

/* A frame without an end mark: blocks of a size and so many bytes, until the data ends. */
static int unpack_lz4(const uint8_t *data, size_t size, struct unpack_buffer *out)
{
	size_t pos = 4;

	while (pos < size) {
		uint32_t packed;
		size_t room;
		int n;

		if (size - pos < 4)
			return -ENODATA;
		memcpy(&packed, data + pos, 4);
		packed = le32toh(packed);
		pos += 4;
		/* Files put together by cat have the magic again. */
		if (packed == UNPACK_LZ4_MAGIC)
			continue;
		if (!packed || packed > LZ4_COMPRESSBOUND(UNPACK_LZ4_BLOCK))
			return -EBADMSG;
		if (packed > size - pos)
			return -ENODATA;

		/*
		 * The size of a block is not said anywhere, and the library does not
		 * tell too little room from corrupt data.
		 */
		room = unpack_min(unpack_room(out), UNPACK_LZ4_BLOCK);
		n = LZ4_decompress_safe((const char *)data + pos, (char *)out->data + out->len,
					(int)packed, (int)room);
		if (n < 0)
			return room == UNPACK_LZ4_BLOCK ? -EBADMSG : -EFBIG;
		out->len += (size_t)n;
		pos += packed;
	}
	return 0;
}

/* Reads a big-endian number of 1, 2 or 4 bytes and moves on; false at the end. */
static bool unpack_lzo_number(const uint8_t **p, const uint8_t *end, size_t bytes, uint32_t *number)
{
	if ((size_t)(end - *p) < bytes)
		return false;
	*number = 0;
	for (; bytes; bytes--)
		*number = *number << 8 | *(*p)++;
	return true;
}

/* The header of an lzop file; what it says of the original file is skipped. */
static int unpack_lzo_header(const uint8_t **p, const uint8_t *end, uint32_t *flags)
{
	uint32_t version, method, skipped, name;

	*p += 9;
	if (!unpack_lzo_number(p, end, 2, &version) || !unpack_lzo_number(p, end, 2, &skipped))
		return -ENODATA;
	if (version >= 0x0940 && !unpack_lzo_number(p, end, 2, &skipped))
		return -ENODATA;
	if (!unpack_lzo_number(p, end, 1, &method))
		return -ENODATA;
	if (version >= 0x0940 && !unpack_lzo_number(p, end, 1, &skipped))
		return -ENODATA;
	if (!unpack_lzo_number(p, end, 4, flags))
		return -ENODATA;
	/* A filter, mode, time of change and its upper half, name, checksum */
	if ((*flags & 0x800) && !unpack_lzo_number(p, end, 4, &skipped))
		return -ENODATA;
	if (!unpack_lzo_number(p, end, 4, &skipped) || !unpack_lzo_number(p, end, 4, &skipped))
		return -ENODATA;
	if (version >= 0x0940 && !unpack_lzo_number(p, end, 4, &skipped))
		return -ENODATA;
	if (!unpack_lzo_number(p, end, 1, &name) || (size_t)(end - *p) < (size_t)name + 4)
		return -ENODATA;
	*p += name + 4;

	/* Methods 1 to 3 are the levels of LZO1X; a filter changes the data. */
	if (method < 1 || method > 3 || (*flags & 0x800))
		return -EOPNOTSUPP;
	return 0;
}

static int unpack_lzo(const uint8_t *data, size_t size, struct unpack_buffer *out)
{
	const uint8_t *end = data + size;
	const uint8_t *p = data;
	uint32_t flags;
	int rc;

	if (lzo_init() != LZO_E_OK)
		return -EOPNOTSUPP;
	rc = unpack_lzo_header(&p, end, &flags);
	while (!rc) {
		uint32_t unpacked, packed, sum;
		lzo_uint n;
		bool small;

		if (!unpack_lzo_number(&p, end, 4, &unpacked))
			return -ENODATA;
		if (!unpacked)
			break;
		if (!unpack_lzo_number(&p, end, 4, &packed))
			return -ENODATA;
		if (!packed || packed > unpacked)
			return -EBADMSG;
		small = packed < unpacked;
		/* Adler-32 and CRC-32 of the data, then of what it was packed to. */
		if (((flags & 0x1) && !unpack_lzo_number(&p, end, 4, &sum)) ||
		    ((flags & 0x100) && !unpack_lzo_number(&p, end, 4, &sum)) ||
		    (small && (flags & 0x2) && !unpack_lzo_number(&p, end, 4, &sum)) ||
		    (small && (flags & 0x200) && !unpack_lzo_number(&p, end, 4, &sum)) ||
		    (size_t)(end - p) < packed)
			return -ENODATA;

		if (unpacked > out->limit - unpack_min(out->len, out->limit))
			return -EFBIG;
		n = unpacked;
		if (!small)
			memcpy(out->data + out->len, p, packed);
		else if (lzo1x_decompress_safe(p, packed, out->data + out->len, &n, NULL) !=
			 LZO_E_OK || n != unpacked)
			return -EBADMSG;
		out->len += n;
		p += packed;
	}
	return rc;
}

static int unpack_zstd_error(size_t code)
{
	if (!ZSTD_isError(code))
		return 0;
	switch (ZSTD_getErrorCode(code)) {
	case ZSTD_error_srcSize_wrong:
		return -ENODATA;
	case ZSTD_error_dstSize_tooSmall:
		return -EFBIG;
	case ZSTD_error_memory_allocation:
		return -ENOMEM;
	case ZSTD_error_frameParameter_windowTooLarge:
	case ZSTD_error_dictionary_wrong:
		return -EOPNOTSUPP;
	default:
		return -EBADMSG;
	}
}

/* In one go, which needs no window beside the output. */
static int unpack_zstd(const uint8_t *data, size_t size, struct unpack_buffer *out)
{
	size_t packed = ZSTD_findFrameCompressedSize(data, size);
	size_t n;

	if (ZSTD_isError(packed))
		return unpack_zstd_error(packed);
	n = ZSTD_decompress(out->data, out->room, data, packed);
	if (ZSTD_isError(n))
		return unpack_zstd_error(n);
	out->len = n;
	return 0;
}

int unpack(enum unpack_format format, const uint8_t *data, size_t size,
	   struct unpack_buffer *out)
{
	int rc;

	switch (format) {
	case UNPACK_GZIP:
		rc = unpack_gzip(data, size, out);
		break;
	case UNPACK_BZIP2:
		rc = unpack_bzip2(data, size, out);
		break;
	case UNPACK_LZMA:
	case UNPACK_XZ:
		rc = unpack_lzma(data, size, format == UNPACK_XZ, out);
		break;
	case UNPACK_LZO:
		rc = unpack_lzo(data, size, out);
		break;
	case UNPACK_LZ4:
		rc = unpack_lz4(data, size, out);
		break;
	case UNPACK_ZSTD:
		rc = unpack_zstd(data, size, out);
		break;
	default:
		rc = -EOPNOTSUPP;
	}
	if (!rc && out->len > out->limit)
		rc = -EFBIG;
	return rc;
}
