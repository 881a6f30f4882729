// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ELF file of a kernel image: its segments and its Xen notes.
 *
 * libelf reads the structures; every number in them is checked here before it
 * is used.  What is required of a kernel is what Xen's own loader requires of
 * a PVH guest: each PT_LOAD goes to its physical address, and the entry point
 * is that of the PHYS32_ENTRY note, with a descriptor of 4 or 8 bytes.
 */
#include "image/image.h"

#include <elf.h>
#include <endian.h>
#include <errno.h>
#include <gelf.h>
#include <inttypes.h>
#include <libelf.h>
#include <stdlib.h>
#include <string.h>

#include <xen/elfnote.h>

#define IMAGE_BAD_HEADER	"its ELF header is damaged or cut off"
#define IMAGE_NOTE_OWNER	"Xen"
/* Notes of a kernel take some hundred bytes; what comes behind so many is not read. */
#define IMAGE_MAX_NOTES		(1U << 20)

/* A string note, cut to the field that keeps it; not necessarily terminated in the file. */
static void image_note_string(char *field, size_t size, const uint8_t *desc, size_t len)
{
	size_t i;

	for (i = 0; i < len && i < size - 1 && desc[i]; i++)
		field[i] = (char)desc[i];
	field[i] = '\0';
}

/* A number note of 4 or 8 bytes; other sizes say nothing. */
static bool image_note_number(const uint8_t *desc, size_t len, uint64_t *number)
{
	uint32_t half;

	if (len == sizeof(half)) {
		memcpy(&half, desc, sizeof(half));
		*number = le32toh(half);
		return true;
	}
	if (len == sizeof(*number)) {
		memcpy(number, desc, sizeof(*number));
		*number = le64toh(*number);
		return true;
	}
	return false;
}

static void image_note(struct image *image, uint32_t type, const uint8_t *desc, size_t len)
{
	uint64_t number;

	switch (type) {
	case XEN_ELFNOTE_PHYS32_ENTRY:
		if (!image->has_entry && image_note_number(desc, len, &image->entry))
			image->has_entry = true;
		break;
	case XEN_ELFNOTE_ENTRY:
		image->has_pv_entry = true;
		break;
	case XEN_ELFNOTE_GUEST_OS:
		image_note_string(image->guest_os, sizeof(image->guest_os), desc, len);
		break;
	case XEN_ELFNOTE_GUEST_VERSION:
		image_note_string(image->guest_version, sizeof(image->guest_version), desc, len);
		break;
	case XEN_ELFNOTE_SUPPORTED_FEATURES:
		if (image_note_number(desc, len, &number))
			image->supported_features = (uint32_t)number;
		break;
	default:
		break;
	}
}

int image_parse_notes(struct image *image, const void *data, size_t size)
{
	/* gelf_getnote() reads the header in place, so it has to be aligned. */
	Elf_Data notes = { .d_type = ELF_T_NHDR, .d_version = EV_CURRENT, .d_size = size };
	size_t next, name, desc;
	size_t pos = 0;
	GElf_Nhdr header;

	if (!size)
		return 0;
	notes.d_buf = malloc(size);
	if (!notes.d_buf)
		return -ENOMEM;
	memcpy(notes.d_buf, data, size);

	while ((next = gelf_getnote(&notes, pos, &header, &name, &desc)) > 0) {
		const uint8_t *base = notes.d_buf;

		if (header.n_namesz == sizeof(IMAGE_NOTE_OWNER) &&
		    !memcmp(base + name, IMAGE_NOTE_OWNER, sizeof(IMAGE_NOTE_OWNER)))
			image_note(image, header.n_type, base + desc, header.n_descsz);
		pos = next;
	}
	free(notes.d_buf);
	return 0;
}

/* A part of the ELF file; all of it is there already where it was in something else. */
static int image_fetch_elf(struct image *image, uint64_t offset, uint64_t len, struct diag *diag)
{
	return image->elf == image->source->data ? image_fetch(image, offset, len, diag) : 0;
}

/* Reads notes at a place in the file, as far as they are in it. */
static int image_read_notes(struct image *image, uint64_t offset, uint64_t size,
			    struct diag *diag)
{
	int rc;

	if (offset > image->elf_size || size > image->elf_size - offset ||
	    size > IMAGE_MAX_NOTES - image->note_bytes)
		return 0;
	image->note_bytes += (uint32_t)size;
	rc = image_fetch_elf(image, offset, size, diag);
	if (rc)
		return rc;
	rc = image_parse_notes(image, image->elf + offset, size);
	if (rc)
		diag_error(diag, "%s: out of memory", image->name);
	return rc;
}

static int image_no_boot(const struct image *image, struct diag *diag, const char *why)
{
	diag_error(diag, "%s: %s", image->name, why);
	return -ENOEXEC;
}

static int image_add_segment(struct image *image, const GElf_Phdr *phdr, uint64_t limit,
			     struct diag *diag)
{
	struct image_segment *segment;
	unsigned int nr;

	if (!phdr->p_memsz && !phdr->p_filesz)
		return 0;
	if (image->nr_segments == IMAGE_MAX_SEGMENTS) {
		diag_error(diag, "%s: more than %d segments", image->name, IMAGE_MAX_SEGMENTS);
		return -ENOEXEC;
	}
	if (phdr->p_filesz > phdr->p_memsz) {
		diag_error(diag, "%s: the segment at 0x%" PRIx64 " has %" PRIu64
			   " bytes in the file, but %" PRIu64 " in memory", image->name,
			   phdr->p_paddr, phdr->p_filesz, phdr->p_memsz);
		return -ENOEXEC;
	}
	if (phdr->p_offset > image->elf_size ||
	    phdr->p_filesz > image->elf_size - phdr->p_offset) {
		diag_error(diag, "%s: truncated: the segment at 0x%" PRIx64
			   " extends past the end of the file", image->name, phdr->p_paddr);
		return -ENOEXEC;
	}
	if (phdr->p_paddr > limit || phdr->p_memsz > limit - phdr->p_paddr) {
		diag_error(diag, "%s: the segment at 0x%" PRIx64 ", 0x%" PRIx64
			   " bytes, does not fit into the %" PRIu64 " MiB of the domain's memory",
			   image->name, phdr->p_paddr, phdr->p_memsz, limit >> 20);
		return -ENOEXEC;
	}

	/* Sorted by address: the files have them so, nearly always. */
	for (nr = image->nr_segments; nr; nr--) {
		segment = &image->segments[nr - 1];
		if (segment->paddr <= phdr->p_paddr)
			break;
		segment[1] = segment[0];
	}
	segment = &image->segments[nr];
	segment->paddr = phdr->p_paddr;
	segment->memsz = phdr->p_memsz;
	segment->filesz = phdr->p_filesz;
	segment->data = image->elf + phdr->p_offset;
	image->nr_segments++;
	return 0;
}

static int image_check_segments(struct image *image, struct diag *diag)
{
	const struct image_segment *last;
	unsigned int i;

	if (!image->nr_segments)
		return image_no_boot(image, diag, "there is no segment to load in it");

	for (i = 1; i < image->nr_segments; i++) {
		const struct image_segment *a = &image->segments[i - 1];
		const struct image_segment *b = &image->segments[i];

		if (b->paddr - a->paddr < a->memsz) {
			diag_error(diag, "%s: the segments at 0x%" PRIx64 " and 0x%" PRIx64 " overlap",
				   image->name, a->paddr, b->paddr);
			return -ENOEXEC;
		}
	}
	last = &image->segments[image->nr_segments - 1];
	image->start = image->segments[0].paddr;
	image->end = last->paddr + last->memsz;
	return 0;
}

static int image_read_segments(struct image *image, Elf *elf, uint64_t limit, struct diag *diag)
{
	size_t nr, i;
	GElf_Phdr phdr;
	int rc = 0;

	if (elf_getphdrnum(elf, &nr))
		return image_no_boot(image, diag, "its program headers are not in the file");
	for (i = 0; i < nr && !rc; i++) {
		if (!gelf_getphdr(elf, (int)i, &phdr))
			return image_no_boot(image, diag, "its program headers are not in the file");
		if (phdr.p_type == PT_LOAD)
			rc = image_add_segment(image, &phdr, limit, diag);
		else if (phdr.p_type == PT_NOTE)
			rc = image_read_notes(image, phdr.p_offset, phdr.p_filesz, diag);
	}
	if (!rc)
		rc = image_check_segments(image, diag);
	/* Of what was checked, there is no more than the domain has memory. */
	for (i = 0; i < image->nr_segments && !rc; i++) {
		const struct image_segment *segment = &image->segments[i];

		rc = image_fetch_elf(image,
				     (uint64_t)((const uint8_t *)segment->data - image->elf),
				     segment->filesz, diag);
	}
	return rc;
}

/* For images without a PT_NOTE; sections cannot be relied on, so nothing here is an error. */
static int image_read_note_sections(struct image *image, Elf *elf, struct diag *diag)
{
	Elf_Scn *section = NULL;
	GElf_Shdr shdr;
	int rc = 0;

	while (!rc && !image->has_entry && (section = elf_nextscn(elf, section)))
		if (gelf_getshdr(section, &shdr) && shdr.sh_type == SHT_NOTE)
			rc = image_read_notes(image, shdr.sh_offset, shdr.sh_size, diag);
	return rc;
}

static int image_check_header(struct image *image, Elf *elf, struct diag *diag)
{
	GElf_Ehdr ehdr;

	if (elf_kind(elf) != ELF_K_ELF || !gelf_getehdr(elf, &ehdr))
		return image_no_boot(image, diag, IMAGE_BAD_HEADER);
	if (ehdr.e_ident[EI_DATA] != ELFDATA2LSB)
		return image_no_boot(image, diag, "a big-endian ELF file: not for this machine");
	if (ehdr.e_type != ET_EXEC && ehdr.e_type != ET_DYN)
		return image_no_boot(image, diag,
				     "an ELF file, but neither an executable nor a shared object");
	image->is_64bit = ehdr.e_ident[EI_CLASS] == ELFCLASS64;
	/* Either one in files of either class: 64-bit kernels that start in 32-bit mode exist. */
	if (ehdr.e_machine != EM_X86_64 && ehdr.e_machine != EM_386) {
		diag_error(diag, "%s: ELF machine type %u is not x86", image->name,
			   ehdr.e_machine);
		return -ENOEXEC;
	}
	return 0;
}

/*
 * The tables have to be there before the library looks at the file. What is
 * wrong with them is its business: this only ever reads too little or too much.
 */
static int image_fetch_tables(struct image *image, struct diag *diag)
{
	uint64_t nr_segments, nr_sections;
	GElf_Ehdr header = { 0 };
	GElf_Shdr first = { 0 };
	int rc;

	/* What comes first is there already. */
	if (image->elf_size < sizeof(Elf64_Ehdr))
		return 0;
	if (image->elf[EI_CLASS] == ELFCLASS64) {
		memcpy(&header, image->elf, sizeof(header));
	} else {
		Elf32_Ehdr half;

		memcpy(&half, image->elf, sizeof(half));
		header.e_phoff = half.e_phoff;
		header.e_shoff = half.e_shoff;
		header.e_phnum = half.e_phnum;
		header.e_shnum = half.e_shnum;
	}
	nr_segments = header.e_phnum;
	nr_sections = header.e_shnum;
	rc = image_fetch_elf(image, header.e_shoff, sizeof(first), diag);
	if (rc)
		return rc;
	/* Where there are too many for the header, the first section has their numbers. */
	if (header.e_shoff && header.e_shoff < image->elf_size - sizeof(first)) {
		memcpy(&first, image->elf + header.e_shoff, sizeof(first));
		if (image->elf[EI_CLASS] != ELFCLASS64) {
			Elf32_Shdr half;

			memcpy(&half, image->elf + header.e_shoff, sizeof(half));
			first.sh_size = half.sh_size;
			first.sh_info = half.sh_info;
		}
		if (!nr_sections)
			nr_sections = first.sh_size;
		if (nr_segments == PN_XNUM)
			nr_segments = first.sh_info;
	}
	/* No more than can be there. */
	if (nr_sections > image->elf_size / sizeof(Elf32_Shdr))
		nr_sections = image->elf_size / sizeof(Elf32_Shdr);
	rc = image_fetch_elf(image, header.e_phoff, nr_segments * sizeof(Elf64_Phdr), diag);
	return rc ? rc : image_fetch_elf(image, header.e_shoff,
					 nr_sections * sizeof(Elf64_Shdr), diag);
}

static const char *image_why_no_entry(const struct image *image)
{
	if (image->bzimage || !strcmp(image->guest_os, "linux"))
		return "no PHYS32_ENTRY note: this Linux was built without CONFIG_PVH";
	if (image->has_pv_entry)
		return "no PHYS32_ENTRY note: this kernel boots as PV only, which is not supported";
	return "no PHYS32_ENTRY note: this kernel cannot boot as PVH";
}

int image_parse_elf(struct image *image, uint64_t limit, struct diag *diag)
{
	Elf *elf;
	int rc;

	rc = image_fetch_tables(image, diag);
	if (rc)
		return rc;
	elf_version(EV_CURRENT);
	/* The library has no const, but writes only to files it was given to change. */
	elf = elf_memory((char *)(uintptr_t)image->elf, image->elf_size);
	if (!elf)
		return image_no_boot(image, diag, IMAGE_BAD_HEADER);

	rc = image_check_header(image, elf, diag);
	if (!rc)
		rc = image_read_segments(image, elf, limit, diag);
	if (!rc && !image->has_entry)
		rc = image_read_note_sections(image, elf, diag);
	elf_end(elf);
	if (rc)
		return rc;

	if (!image->has_entry)
		return image_no_boot(image, diag, image_why_no_entry(image));
	if (image->entry < image->start || image->entry >= image->end ||
	    image->entry > UINT32_MAX) {
		diag_error(diag,
			   "%s: the entry point 0x%" PRIx64 " is outside the image (0x%" PRIx64
			   " to 0x%" PRIx64 ")", image->name, image->entry, image->start,
			   image->end);
		return -ENOEXEC;
	}
	return 0;
}
