/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * image - kernel images: from a file to segments and an entry point
 *
 * An image is an ELF file, a bzImage that holds a compressed one, or a
 * compressed ELF file.  It is unpacked at most once, into one buffer, and its
 * segments are used from there (or from the mapped file).  Nothing in it is
 * trusted.
 */
#ifndef XLCTL_IMAGE_H
#define XLCTL_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "diag.h"
#include "image_unpack.h"

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
 * struct image - a kernel image, parsed
 * @name: its path, for messages
 * @format: how it was packed; UNPACK_NONE for a plain ELF file
 * @bzimage: it came in a bzImage
 * @file: the mapped file, NULL if the image came from memory
 * @file_size: bytes of @file
 * @unpacked: the unpacked ELF file, if it was packed
 * @elf: the ELF file, in @unpacked or in the file
 * @elf_size: its bytes
 * @is_64bit: ELFCLASS64
 * @segments: its PT_LOADs with a size, by ascending address, without overlap
 * @nr_segments: how many, at least 1
 * @start: lowest address of a segment
 * @end: first address behind all of them
 * @has_entry: it has a PHYS32_ENTRY note
 * @entry: 32-bit entry point, guest-physical
 * @guest_os: GUEST_OS note, or ""
 * @guest_version: GUEST_VERSION note, or ""
 * @supported_features: SUPPORTED_FEATURES note, or 0
 * @note_bytes: notes read so far, bytes
 */
struct image {
	char *name;
	enum unpack_format format;
	bool bzimage;
	void *file;
	size_t file_size;
	struct unpack_buffer unpacked;
	const uint8_t *elf;
	size_t elf_size;
	bool is_64bit;
	struct image_segment segments[IMAGE_MAX_SEGMENTS];
	unsigned int nr_segments;
	uint64_t start;
	uint64_t end;
	bool has_entry;
	uint64_t entry;
	char guest_os[32];
	char guest_version[32];
	uint32_t supported_features;
	uint32_t note_bytes;
};

/**
 * image_open() - map, unpack and check a kernel image
 * @image: filled in; to be given to image_close() whatever came back
 * @path: the file
 * @limit: memory of the domain, bytes: nothing that unpacks to more is unpacked
 * @diag: where complaints go
 *
 * Return: 0; -ENOEXEC if it is no image that can be booted; another negative
 * errno if it cannot be read.  The reason was said.
 */
int image_open(struct image *image, const char *path, uint64_t limit, struct diag *diag);

/**
 * image_parse() - the same, of an image in memory
 * @image: filled in; to be given to image_close() whatever came back
 * @name: name for messages
 * @data: the image; must outlive @image
 * @size: its bytes
 * @limit: memory of the domain, bytes
 * @diag: where complaints go
 *
 * Return: as image_open().
 */
int image_parse(struct image *image, const char *name, const void *data, size_t size,
		uint64_t limit, struct diag *diag);

/**
 * image_close() - unmap and free
 * @image: the image; its segments are gone
 */
void image_close(struct image *image);

/* Private to image.c, image_elf.c and the tests. */

/**
 * image_parse_elf() - find segments and notes of @image->elf
 * @image: the image; @elf and @elf_size are set
 * @limit: memory of the domain, bytes
 * @diag: where complaints go
 *
 * Return: 0, or -ENOEXEC or -ENOMEM after saying why.
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

#endif /* XLCTL_IMAGE_H */
