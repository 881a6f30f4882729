// SPDX-License-Identifier: GPL-2.0-only
/* Packs test images, see xlctl_pack.h. */
#define ZLIB_CONST
#include "xlctl_pack.h"

#include <bzlib.h>
#include <endian.h>
#include <lz4.h>
#include <lzma.h>
#include <lzo/lzo1x.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#define LZ4_BLOCK	(8UL << 20)
#define LZO_BLOCK	(256UL << 10)

static size_t pack_gzip(const uint8_t *data, size_t size, uint8_t *out, size_t room)
{
	z_stream stream = { .next_in = data, .avail_in = (uInt)size, .next_out = out,
			    .avail_out = (uInt)room };

	if (deflateInit2(&stream, 9, Z_DEFLATED, 16 + MAX_WBITS, 9, Z_DEFAULT_STRATEGY) != Z_OK ||
	    deflate(&stream, Z_FINISH) != Z_STREAM_END)
		abort();
	deflateEnd(&stream);
	return stream.total_out;
}

static size_t pack_bzip2(const uint8_t *data, size_t size, uint8_t *out, size_t room)
{
	unsigned int len = (unsigned int)room;

	if (BZ2_bzBuffToBuffCompress((char *)out, &len, (char *)(uintptr_t)data,
				     (unsigned int)size, 9, 0, 0) != BZ_OK)
		abort();
	return len;
}

static size_t pack_lzma(const uint8_t *data, size_t size, bool xz, uint8_t *out, size_t room)
{
	lzma_stream stream = LZMA_STREAM_INIT;
	lzma_options_lzma options;

	if (lzma_lzma_preset(&options, 1))
		abort();
	if ((xz ? lzma_easy_encoder(&stream, 1, LZMA_CHECK_CRC32) :
		  lzma_alone_encoder(&stream, &options)) != LZMA_OK)
		abort();
	stream.next_in = data;
	stream.avail_in = size;
	stream.next_out = out;
	stream.avail_out = room;
	if (lzma_code(&stream, LZMA_FINISH) != LZMA_STREAM_END)
		abort();
	lzma_end(&stream);
	return room - stream.avail_out;
}

static size_t pack_lz4(const uint8_t *data, size_t size, uint8_t *out, size_t room)
{
	size_t len = 4;

	memcpy(out, "\x02\x21\x4c\x18", 4);
	while (size) {
		size_t n = size < LZ4_BLOCK ? size : LZ4_BLOCK;
		int packed = LZ4_compress_default((const char *)data, (char *)out + len + 4,
						  (int)n, (int)(room - len - 4));
		uint32_t header = htole32((uint32_t)packed);

		if (packed <= 0)
			abort();
		memcpy(out + len, &header, 4);
		len += 4 + (size_t)packed;
		data += n;
		size -= n;
	}
	return len;
}

static void pack_number(uint8_t **to, uint32_t number, unsigned int bytes)
{
	while (bytes--)
		*(*to)++ = (uint8_t)(number >> (8 * bytes));
}

/* As lzop writes it, with checksums of the data, whose values nobody checks. */
static size_t pack_lzo(const uint8_t *data, size_t size, uint8_t *out, size_t room)
{
	uint8_t *work = malloc(LZO1X_1_MEM_COMPRESS);
	uint8_t *to = out;

	if (!work || lzo_init() != LZO_E_OK)
		abort();
	memcpy(to, "\x89LZO\0\r\n\x1a\n", 9);
	to += 9;
	pack_number(&to, 0x1030, 2);	/* version, of the library, needed */
	pack_number(&to, 0x2080, 2);
	pack_number(&to, 0x0940, 2);
	pack_number(&to, 1, 1);		/* method, level */
	pack_number(&to, 5, 1);
	pack_number(&to, 0x1 | 0x2, 4);	/* flags: Adler-32 of both */
	pack_number(&to, 0100644, 4);	/* mode, time */
	pack_number(&to, 0, 4);
	pack_number(&to, 0, 4);
	pack_number(&to, 7, 1);
	memcpy(to, "vmlinux", 7);
	to += 7;
	pack_number(&to, 0, 4);
	while (size) {
		lzo_uint n = size < LZO_BLOCK ? size : LZO_BLOCK;
		uint8_t *header = to;
		lzo_uint packed = 0;

		if (room - (size_t)(to - out) < n + n / 16 + 1024)
			abort();
		to += 8 + 4 + 4;
		if (lzo1x_1_compress(data, n, to, &packed, work) != LZO_E_OK)
			abort();
		pack_number(&header, (uint32_t)n, 4);
		if (packed < n) {
			pack_number(&header, (uint32_t)packed, 4);
		} else {
			/* Stored, without the checksum of what it was packed to. */
			packed = n;
			pack_number(&header, (uint32_t)n, 4);
			to -= 4;
			memcpy(to, data, n);
		}
		to += packed;
		data += n;
		size -= n;
	}
	pack_number(&to, 0, 4);
	free(work);
	return (size_t)(to - out);
}

size_t pack(enum unpack_format format, const uint8_t *data, size_t size, uint8_t *out, size_t room)
{
	size_t len = 0;

	switch (format) {
	case UNPACK_GZIP:
		return pack_gzip(data, size, out, room);
	case UNPACK_BZIP2:
		return pack_bzip2(data, size, out, room);
	case UNPACK_LZMA:
	case UNPACK_XZ:
		return pack_lzma(data, size, format == UNPACK_XZ, out, room);
	case UNPACK_LZO:
		return pack_lzo(data, size, out, room);
	case UNPACK_LZ4:
		return pack_lz4(data, size, out, room);
	case UNPACK_ZSTD:
		len = ZSTD_compress(out, room, data, size, 3);
		if (ZSTD_isError(len))
			abort();
		return len;
	default:
		abort();
	}
}
