// SPDX-License-Identifier: GPL-2.0-only
/* Small kernel images, see xlctl_elf.h. */
#include "xlctl_elf.h"

#include <string.h>

#include <xen/elfnote.h>

#define NOTES_AT	1024
#define CONTENT_AT	2048

static size_t elf_note(uint8_t *to, uint32_t type, const void *desc, uint32_t size)
{
	const uint32_t header[3] = { 4, size, type };

	memcpy(to, header, sizeof(header));
	memcpy(to + 12, "Xen", 4);
	memcpy(to + 16, desc, size);
	return 16 + ((size + 3U) & ~3U);
}

static size_t elf_notes(uint8_t *to, const struct elf_recipe *recipe)
{
	size_t len = 0;

	if (recipe->guest_os)
		len += elf_note(to + len, XEN_ELFNOTE_GUEST_OS, recipe->guest_os,
				(uint32_t)strlen(recipe->guest_os) + 1);
	if (recipe->pv_entry)
		len += elf_note(to + len, XEN_ELFNOTE_ENTRY, &recipe->entry, 8);
	if (recipe->features)
		len += elf_note(to + len, XEN_ELFNOTE_SUPPORTED_FEATURES, &recipe->features, 4);
	if (recipe->entry_bytes)
		len += elf_note(to + len, XEN_ELFNOTE_PHYS32_ENTRY, &recipe->entry,
				recipe->entry_bytes);
	return len;
}

static void elf_ident(uint8_t *ident, const struct elf_recipe *recipe)
{
	memcpy(ident, ELFMAG, SELFMAG);
	ident[EI_CLASS] = recipe->is_32bit ? ELFCLASS32 : ELFCLASS64;
	ident[EI_DATA] = recipe->data_encoding ? recipe->data_encoding : ELFDATA2LSB;
	ident[EI_VERSION] = EV_CURRENT;
}

static void elf_phdr(uint8_t *file, unsigned int i, bool is_32bit, uint32_t type,
		     const struct elf_load *load)
{
	if (is_32bit) {
		Elf32_Phdr phdr = {
			.p_type = type,
			.p_offset = (uint32_t)load->offset,
			.p_paddr = (uint32_t)load->paddr,
			.p_filesz = (uint32_t)load->filesz,
			.p_memsz = (uint32_t)load->memsz,
		};

		memcpy(file + sizeof(Elf32_Ehdr) + i * sizeof(phdr), &phdr, sizeof(phdr));
	} else {
		Elf64_Phdr phdr = {
			.p_type = type,
			.p_offset = load->offset,
			/* Not where it goes: only the physical address counts. */
			.p_vaddr = load->paddr + 0xffffffff80000000ULL,
			.p_paddr = load->paddr,
			.p_filesz = load->filesz,
			.p_memsz = load->memsz,
		};

		memcpy(file + sizeof(Elf64_Ehdr) + i * sizeof(phdr), &phdr, sizeof(phdr));
	}
}

/* One empty section header, and one for the notes. */
static size_t elf_sections(uint8_t *file, size_t at, bool is_32bit, size_t notes)
{
	if (is_32bit) {
		Elf32_Shdr shdr = {
			.sh_type = SHT_NOTE, .sh_offset = NOTES_AT, .sh_size = (uint32_t)notes,
		};

		memcpy(file + at + sizeof(shdr), &shdr, sizeof(shdr));
		return at + 2 * sizeof(shdr);
	}
	Elf64_Shdr shdr = { .sh_type = SHT_NOTE, .sh_offset = NOTES_AT, .sh_size = notes };

	memcpy(file + at + sizeof(shdr), &shdr, sizeof(shdr));
	return at + 2 * sizeof(shdr);
}

static void elf_header(uint8_t *file, const struct elf_recipe *recipe, unsigned int nr_phdrs,
		       size_t sections)
{
	uint16_t type = recipe->type ? recipe->type : ET_EXEC;

	if (recipe->is_32bit) {
		Elf32_Ehdr ehdr = {
			.e_type = type,
			.e_machine = recipe->machine ? recipe->machine : EM_386,
			.e_version = EV_CURRENT,
			.e_phoff = sizeof(ehdr),
			.e_ehsize = sizeof(ehdr),
			.e_phentsize = sizeof(Elf32_Phdr),
			.e_phnum = (uint16_t)nr_phdrs,
			.e_shoff = (uint32_t)sections,
			.e_shentsize = sizeof(Elf32_Shdr),
			.e_shnum = sections ? 2 : 0,
		};

		elf_ident(ehdr.e_ident, recipe);
		memcpy(file, &ehdr, sizeof(ehdr));
	} else {
		Elf64_Ehdr ehdr = {
			.e_type = type,
			.e_machine = recipe->machine ? recipe->machine : EM_X86_64,
			.e_version = EV_CURRENT,
			.e_phoff = sizeof(ehdr),
			.e_ehsize = sizeof(ehdr),
			.e_phentsize = sizeof(Elf64_Phdr),
			.e_phnum = (uint16_t)nr_phdrs,
			.e_shoff = sections,
			.e_shentsize = sizeof(Elf64_Shdr),
			.e_shnum = sections ? 2 : 0,
		};

		elf_ident(ehdr.e_ident, recipe);
		memcpy(file, &ehdr, sizeof(ehdr));
	}
}

size_t elf_make(uint8_t *file, const struct elf_recipe *recipe)
{
	unsigned int nr_phdrs = 0;
	size_t sections = 0;
	size_t end = CONTENT_AT;
	unsigned int i;
	size_t notes;

	memset(file, 0, ELF_MAX_SIZE);
	notes = elf_notes(file + NOTES_AT, recipe);
	for (i = 0; i < recipe->nr_loads; i++) {
		struct elf_load load = recipe->loads[i];
		uint64_t j;

		if (!load.offset) {
			load.offset = end;
			for (j = 0; j < load.filesz && end + j < ELF_MAX_SIZE; j++)
				file[end + j] = elf_byte(load.paddr, j);
			end += load.filesz;
		}
		elf_phdr(file, nr_phdrs++, recipe->is_32bit, PT_LOAD, &load);
	}
	if (recipe->notes_in_section) {
		sections = (end + 7) & ~7UL;
		end = elf_sections(file, sections, recipe->is_32bit, notes);
	} else if (notes) {
		const struct elf_load load = { .offset = NOTES_AT, .filesz = notes };

		elf_phdr(file, nr_phdrs++, recipe->is_32bit, PT_NOTE, &load);
	}
	elf_header(file, recipe, nr_phdrs, sections);
	return end;
}

size_t elf_make_bzimage(uint8_t *file, const uint8_t *payload, size_t size, uint32_t trailer)
{
	const uint32_t offset = 0x40;
	const uint32_t length = (uint32_t)size + (trailer ? 4 : 0);
	const uint16_t version = 0x20f;
	uint8_t *at = file + 2 * 512 + offset;

	memset(file, 0, 2 * 512 + offset);
	file[0x1f1] = 1;	/* one sector behind the first */
	memcpy(file + 0x202, "HdrS", 4);
	memcpy(file + 0x206, &version, 2);
	memcpy(file + 0x248, &offset, 4);
	memcpy(file + 0x24c, &length, 4);
	memcpy(at, payload, size);
	if (trailer)
		memcpy(at + size, &trailer, 4);
	return (size_t)(at - file) + length;
}
