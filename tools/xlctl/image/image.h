/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * image - kernel images: from a file to segments and an entry point
 *
 * An image is an ELF file, a bzImage that holds a compressed one, or a
 * compressed ELF file. Nothing in it is trusted: image_open() has it read,
 * unpacked and parsed by a process without privileges, from a copy that nobody
 * else can change, and checks what comes back.
 */
#ifndef XLCTL_IMAGE_H
#define XLCTL_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/diag.h"
#include "image/unpack.h"

/* Linux has four or five, nothing sane has a hundred. */
#define IMAGE_MAX_SEGMENTS	128

/**
 * struct image_segment - one PT_LOAD
 * @paddr: where it goes, guest-physical
 * @memsz: bytes it takes there
 * @data: its first bytes, in the image
 * @filesz: how many; the rest of @memsz is zero
 */
struct image_segment {
	uint64_t paddr;
	uint64_t memsz;
	const void *data;
	uint64_t filesz;
};

/**
 * struct image_source - what an image is parsed from
 * @fd: the file
 * @data: memory for its bytes, zero; pages of it are read where they are needed
 * @size: bytes of both
 * @have: a bit for each page that was read: none is read twice, since it could
 *	be another one the second time
 * @budget: bytes that may still be read
 * @unpacked: where it is unpacked to, if it is packed; @data, @room and @limit are set
 */
struct image_source {
	int fd;
	uint8_t *data;
	size_t size;
	uint8_t *have;
	uint64_t budget;
	struct unpack_buffer unpacked;
};

/**
 * struct image - a kernel image, parsed
 * @name: its path, for messages
 * @format: how it was packed; UNPACK_NONE for a plain ELF file
 * @bzimage: it came in a bzImage
 * @is_64bit: ELFCLASS64
 * @segments: its PT_LOADs with a size, by ascending address, without overlap
 * @nr_segments: how many, at least 1
 * @start: lowest address of a segment
 * @end: first address behind all of them
 * @has_entry: it has a PHYS32_ENTRY note
 * @entry: 32-bit entry point, guest-physical
 * @has_pv_entry: it has an ENTRY note, for PV
 * @guest_os: GUEST_OS note, or ""
 * @guest_version: GUEST_VERSION note, or ""
 * @supported_features: SUPPORTED_FEATURES note, or 0
 * @source: while it is parsed: what from
 * @elf: while it is parsed: the ELF file, in one of @source's memories
 * @elf_size: its bytes
 * @note_bytes: notes read so far, bytes
 * @area: what @segments are in, from image_open()
 * @area_size: its bytes
 */
struct image {
	const char *name;
	enum unpack_format format;
	bool bzimage;
	bool is_64bit;
	struct image_segment segments[IMAGE_MAX_SEGMENTS];
	unsigned int nr_segments;
	uint64_t start;
	uint64_t end;
	bool has_entry;
	uint64_t entry;
	bool has_pv_entry;
	char guest_os[32];
	char guest_version[32];
	uint32_t supported_features;

	struct image_source *source;
	const uint8_t *elf;
	size_t elf_size;
	uint32_t note_bytes;

	void *area;
	size_t area_size;
};

/**
 * image_open() - read, unpack and check a kernel image
 * @image: filled in; to be given to image_close() whatever came back
 * @path: the file; has to outlive @image
 * @limit: memory of the domain, bytes: nothing that unpacks to more is unpacked
 * @diag: where complaints go
 *
 * Return: 0; -ENOEXEC if it is no image that can be booted; another negative
 * errno if it cannot be read.  The reason was said.
 */
int image_open(struct image *image, const char *path, uint64_t limit, struct diag *diag);

/**
 * image_close() - free what an image has
 * @image: the image; its segments are gone
 */
void image_close(struct image *image);

/* Private to image*.c and the tests. */

#define IMAGE_PAGE	4096

/* Bytes of a bit for each page. */
#define IMAGE_HAVE(size)	(((size) / IMAGE_PAGE + 8) / 8)

/* What of a file may be read beside the segments: tables, notes, what is around a payload. */
#define IMAGE_MAX_OVERHEAD	(UINT64_C(64) << 20)

/**
 * image_parse() - find segments and notes of an image
 * @image: filled in
 * @name: name for messages; has to outlive @image
 * @source: where it is; the segments point into its memory
 * @limit: memory of the domain, bytes
 * @diag: where complaints go
 *
 * Trusts nothing, but is not meant to run with privileges.
 *
 * Return: as image_open().
 */
int image_parse(struct image *image, const char *name, struct image_source *source,
		uint64_t limit, struct diag *diag);

/**
 * image_fetch() - have a part of the file in memory
 * @image: the image
 * @offset: from where on
 * @len: how many bytes; what is behind the end of the file is not asked for
 * @diag: where complaints go
 *
 * Return: 0 or a negative errno after saying why.
 */
int image_fetch(struct image *image, uint64_t offset, uint64_t len, struct diag *diag);

/**
 * image_parse_elf() - find segments and notes of @image->elf
 * @image: the image; @elf and @elf_size are set
 * @limit: memory of the domain, bytes
 * @diag: where complaints go
 *
 * Return: 0, or a negative errno after saying why.
 */
int image_parse_elf(struct image *image, uint64_t limit, struct diag *diag);

/**
 * image_parse_notes() - read the Xen notes of a note segment or section
 * @image: the image, where what they say goes
 * @data: the notes; may be unaligned
 * @size: their bytes
 *
 * Return: 0, or -ENOMEM.
 */
int image_parse_notes(struct image *image, const void *data, size_t size);

/**
 * struct image_result - what the process that parses an image answers
 * @rc: 0, or a negative errno: then @message says why, and nothing else counts
 * @format: enum unpack_format
 * @bzimage: 0 or 1
 * @is_64bit: 0 or 1
 * @nr_segments: entries of @segments
 * @supported_features: as in struct image
 * @entry: as in struct image
 * @guest_os: as in struct image
 * @guest_version: as in struct image
 * @segments: as in struct image, with offsets in the area for pointers
 * @message: the complaint, or ""
 */
struct image_result {
	int32_t rc;
	uint32_t format;
	uint32_t bzimage;
	uint32_t is_64bit;
	uint32_t nr_segments;
	uint32_t supported_features;
	uint64_t entry;
	char guest_os[32];
	char guest_version[32];
	struct {
		uint64_t paddr;
		uint64_t memsz;
		uint64_t offset;
		uint64_t filesz;
	} segments[IMAGE_MAX_SEGMENTS];
	char message[5120];
};

/**
 * image_result_make() - put what was parsed into an answer
 * @result: zero before; filled in
 * @image: from image_parse(), which returned 0
 *
 * The segments are placed one behind the other, each from a page on.
 */
void image_result_make(struct image_result *result, const struct image *image);

/**
 * image_result_take() - take an answer that nobody need have meant well
 * @image: filled in, but @name and @area; what is wrong leaves it unusable
 * @result: the answer
 * @area: what its segments are in
 * @area_size: bytes there
 * @limit: memory of the domain, bytes
 *
 * Return: true if it says either what a good image could be, or what is wrong
 * with a bad one.
 */
bool image_result_take(struct image *image, const struct image_result *result,
		       const uint8_t *area, size_t area_size, uint64_t limit);

/**
 * image_run() - parse a file in a process of its own
 * @image: filled in; to be given to image_close() whatever came back
 * @name: name for messages; has to outlive @image
 * @fd: the file
 * @size: its bytes
 * @limit: memory of the domain, bytes
 * @seconds: CPU time that it may take
 * @parse: does it: image_parse(), with what it takes
 * @diag: where complaints go
 *
 * Return: as image_open().
 */
int image_run(struct image *image, const char *name, int fd, size_t size, uint64_t limit,
	      unsigned int seconds,
	      int (*parse)(struct image *image, const char *name, struct image_source *source,
			   uint64_t limit, struct diag *diag), struct diag *diag);

#endif /* XLCTL_IMAGE_H */
