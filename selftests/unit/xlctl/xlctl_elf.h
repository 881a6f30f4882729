/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Small kernel images for tests: an ELF file of either class with segments and
 * notes as the test wants them, and a bzImage around it.
 */
#ifndef XLCTL_ELF_H
#define XLCTL_ELF_H

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ELF_MAX_LOADS	8

struct elf_load {
	uint64_t paddr;
	uint64_t memsz;
	uint64_t filesz;
	uint64_t offset;	/* 0: where the content is put */
};

/* How an image is made; what is 0 or NULL is left as a kernel has it. */
struct elf_recipe {
	bool is_32bit;
	struct elf_load loads[ELF_MAX_LOADS];
	unsigned int nr_loads;
	uint64_t entry;
	unsigned int entry_bytes;	/* 4 or 8; 0: no PHYS32_ENTRY note */
	bool pv_entry;			/* an ENTRY note beside it */
	const char *guest_os;
	uint32_t features;
	bool notes_in_section;
	uint16_t machine;
	uint16_t type;
	uint8_t data_encoding;
};

#define ELF_MAX_SIZE	(256 << 10)

/* Content of a segment: byte i of the segment at @paddr. */
static inline uint8_t elf_byte(uint64_t paddr, uint64_t i)
{
	return (uint8_t)(paddr >> 12) + (uint8_t)(i * 7) + (uint8_t)(i >> 8) + 1;
}

/**
 * elf_make() - write an ELF file
 * @file: receives it, ELF_MAX_SIZE bytes
 * @recipe: what it is to be
 *
 * Return: its size.
 */
size_t elf_make(uint8_t *file, const struct elf_recipe *recipe);

/**
 * elf_make_bzimage() - wrap a payload
 * @file: receives the bzImage: @size + 2048 bytes
 * @payload: packed or plain ELF file
 * @size: its size
 * @trailer: size to append, 0 for none
 *
 * Return: its size.
 */
size_t elf_make_bzimage(uint8_t *file, const uint8_t *payload, size_t size, uint32_t trailer);

#endif /* XLCTL_ELF_H */
