// SPDX-License-Identifier: GPL-2.0-only
/* Kernel images: every format, every way in which one can be broken. */
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image/image.h"
#include "unit.h"
#include "xlctl_image.h"
#include "xlctl_pack.h"

static uint8_t packed[2 * ELF_MAX_SIZE];
static uint8_t file[2 * ELF_MAX_SIZE + 2048];

static const enum unpack_format formats[] = {
	UNPACK_GZIP, UNPACK_BZIP2, UNPACK_LZMA, UNPACK_XZ, UNPACK_LZO, UNPACK_LZ4, UNPACK_ZSTD,
};

#define NR_FORMATS	(sizeof(formats) / sizeof(formats[0]))

static void expect_good(const struct elf_recipe *recipe)
{
	struct image image;

	EXPECT_EQ(parse(&image, elf, elf_make(elf, recipe), 64 * MIB), 0);
	EXPECT_STREQ(capture.text, "");
	expect_kernel(&image, recipe);
}

static void expect_bad_bytes(const uint8_t *data, size_t size, uint64_t limit, const char *message)
{
	struct image image;
	char line[256];

	snprintf(line, sizeof(line), "k: %s\n", message);
	EXPECT_EQ(parse(&image, data, size, limit), -ENOEXEC);
	EXPECT_STREQ(capture.text, line);
}

static void expect_bad(const struct elf_recipe *recipe, const char *message)
{
	size_t size = elf_make(elf, recipe);

	expect_bad_bytes(elf, size, 64 * MIB, message);
}

TEST(elf64)
{
	struct image image;
	size_t size = elf_make(elf, &kernel);

	expect_good(&kernel);
	ASSERT_EQ(parse(&image, elf, size, 64 * MIB), 0);
	EXPECT_TRUE(image.is_64bit);
	EXPECT_FALSE(image.bzimage);
	EXPECT_EQ(image.format, UNPACK_NONE);
	EXPECT_EQ(image.start, 0x1000000);
	EXPECT_EQ(image.end, 0x1103000);
	EXPECT_STREQ(image.guest_os, "linux");
	EXPECT_EQ(image.supported_features, 0x8801);
	/* Used where it was read to. */
	EXPECT_PTR_EQ(image.elf, source.source.data);
}

TEST(elf32)
{
	struct elf_recipe recipe = kernel;
	struct image image;
	size_t size;

	recipe.is_32bit = true;
	recipe.entry_bytes = 4;
	expect_good(&recipe);
	size = elf_make(elf, &recipe);
	ASSERT_EQ(parse(&image, elf, size, 64 * MIB), 0);
	EXPECT_FALSE(image.is_64bit);
}

TEST(notes_of_either_size_in_either_place)
{
	unsigned int i;

	for (i = 0; i < 8; i++) {
		struct elf_recipe recipe = kernel;

		unit_context("variant %u", i);
		recipe.is_32bit = i & 1;
		recipe.entry_bytes = i & 2 ? 8 : 4;
		recipe.notes_in_section = i & 4;
		expect_good(&recipe);
	}
}

TEST(other_types)
{
	struct elf_recipe recipe = kernel;

	recipe.type = ET_DYN;
	expect_good(&recipe);
	recipe.type = ET_REL;
	expect_bad(&recipe, "an ELF file, but neither an executable nor a shared object");
	recipe.type = ET_CORE;
	expect_bad(&recipe, "an ELF file, but neither an executable nor a shared object");

	recipe = kernel;
	recipe.machine = EM_AARCH64;
	expect_bad(&recipe, "ELF machine type 183 is not x86");
	/* The class says how the file is read, the note how the kernel starts. */
	recipe.machine = EM_386;
	expect_good(&recipe);
	recipe.is_32bit = true;
	recipe.machine = EM_X86_64;
	expect_good(&recipe);
	recipe.machine = EM_AARCH64;
	expect_bad(&recipe, "ELF machine type 183 is not x86");

	recipe = kernel;
	recipe.data_encoding = ELFDATA2MSB;
	elf_make(elf, &recipe);
	expect_bad_bytes(elf, 4096, 64 * MIB, "a big-endian ELF file: not for this machine");
}

TEST(entry_points)
{
	struct elf_recipe recipe = kernel;

	recipe.entry_bytes = 0;
	expect_bad(&recipe, "no PHYS32_ENTRY note: this Linux was built without CONFIG_PVH");
	recipe.entry_bytes = 2;
	expect_bad(&recipe, "no PHYS32_ENTRY note: this Linux was built without CONFIG_PVH");
	recipe.guest_os = "plan9";
	expect_bad(&recipe, "no PHYS32_ENTRY note: this kernel cannot boot as PVH");
	recipe.pv_entry = true;
	expect_bad(&recipe, "no PHYS32_ENTRY note: this kernel boots as PV only, which is not supported");
	recipe = kernel;
	recipe.entry_bytes = 8;
	recipe.entry = 0x1000000;
	expect_good(&recipe);
	recipe.entry = 0x1102fff;
	expect_good(&recipe);
	recipe.entry = 0x1103000;
	expect_bad(&recipe,
		   "the entry point 0x1103000 is outside the image (0x1000000 to 0x1103000)");
	recipe.entry = 0xffffff;
	expect_bad(&recipe, "the entry point 0xffffff is outside the image (0x1000000 to 0x1103000)");
	recipe.entry = 0x101000850;
	expect_bad(&recipe,
		   "the entry point 0x101000850 is outside the image (0x1000000 to 0x1103000)");
}

TEST(entry_above_4g)
{
	struct elf_recipe recipe = kernel;
	struct image image;
	size_t size;

	recipe.loads[0].paddr = 0x101000000;
	recipe.nr_loads = 1;
	recipe.entry = 0x101000850;
	size = elf_make(elf, &recipe);
	EXPECT_EQ(parse(&image, elf, size, 8192 * MIB), -ENOEXEC);
	EXPECT_STREQ(capture.text,
		     "k: the entry point 0x101000850 is outside the image (0x101000000 to 0x101011170)\n");
}

TEST(segments_out_of_order)
{
	struct elf_recipe recipe = kernel;
	struct image image;
	size_t size;

	recipe.loads[0] = kernel.loads[1];
	recipe.loads[1] = kernel.loads[0];
	recipe.loads[2] = (struct elf_load){ .paddr = 0x100000, .filesz = 10, .memsz = 4096 };
	recipe.nr_loads = 3;
	size = elf_make(elf, &recipe);
	ASSERT_EQ(parse(&image, elf, size, 64 * MIB), 0);
	ASSERT_EQ(image.nr_segments, 3);
	EXPECT_EQ(image.segments[0].paddr, 0x100000);
	EXPECT_EQ(image.segments[1].paddr, 0x1000000);
	EXPECT_EQ(image.segments[2].paddr, 0x1100000);
	EXPECT_EQ(image.start, 0x100000);
}

TEST(bad_segments)
{
	struct elf_recipe recipe = kernel;

	recipe.nr_loads = 0;
	expect_bad(&recipe, "there is no segment to load in it");

	recipe = kernel;
	recipe.loads[1].memsz = 4999;
	expect_bad(&recipe,
		   "the segment at 0x1100000 has 5000 bytes in the file, but 4999 in memory");

	recipe = kernel;
	recipe.loads[0].memsz = 0x100001;
	expect_bad(&recipe, "the segments at 0x1000000 and 0x1100000 overlap");
	recipe.loads[0].memsz = 0x100000;
	expect_good(&recipe);

	recipe = kernel;
	recipe.loads[1].paddr = 0x1000000;
	expect_bad(&recipe, "the segments at 0x1000000 and 0x1000000 overlap");

	recipe = kernel;
	recipe.loads[1].offset = 2048 + 70000;
	recipe.loads[1].filesz = 6000;
	expect_bad(&recipe, "truncated: the segment at 0x1100000 extends past the end of the file");
	recipe.loads[1].offset = UINT64_MAX - 10;
	expect_bad(&recipe, "truncated: the segment at 0x1100000 extends past the end of the file");
	recipe.loads[1].offset = 1ULL << 40;
	expect_bad(&recipe, "truncated: the segment at 0x1100000 extends past the end of the file");
}

TEST(segments_beyond_memory)
{
	struct elf_recipe recipe = kernel;

	recipe.loads[1].paddr = 64 * MIB - 0x3000;
	expect_good(&recipe);
	recipe.loads[1].paddr++;
	expect_bad(&recipe,
		   "the segment at 0x3ffd001, 0x3000 bytes, does not fit into the 64 MiB of the domain's memory");
	recipe.loads[1].paddr = UINT64_MAX - 0x1000;
	expect_bad(&recipe,
		   "the segment at 0xffffffffffffefff, 0x3000 bytes, does not fit into the 64 MiB of the domain's memory");
	recipe.loads[1].paddr = 0x1100000;
	recipe.loads[1].memsz = UINT64_MAX;
	expect_bad(&recipe,
		   "the segment at 0x1100000, 0xffffffffffffffff bytes, does not fit into the 64 MiB of the domain's memory");
}

TEST(too_many_segments)
{
	static uint8_t many[sizeof(Elf64_Ehdr) + 200 * sizeof(Elf64_Phdr)];
	Elf64_Ehdr *ehdr = (Elf64_Ehdr *)many;
	Elf64_Phdr *phdr = (Elf64_Phdr *)(many + sizeof(*ehdr));
	unsigned int i;

	elf_make(elf, &kernel);
	memcpy(many, elf, sizeof(*ehdr));
	ehdr->e_phnum = 200;
	for (i = 0; i < 200; i++) {
		phdr[i].p_type = PT_LOAD;
		phdr[i].p_paddr = 0x1000 * i;
		phdr[i].p_memsz = 0x1000;
	}
	expect_bad_bytes(many, sizeof(many), 64 * MIB, "more than 128 segments");
}

/* Whatever is cut off a valid image: an error, and no read behind its end. */
TEST(truncated_elf)
{
	size_t size = elf_make(elf, &kernel);
	size_t cut;

	for (cut = 0; cut < 2100; cut++) {
		struct image image;

		unit_context("%zu bytes", cut);
		EXPECT_NE(parse(&image, elf, cut, 64 * MIB), 0);
		EXPECT_EQ(capture.diag.errors, 1);
	}
	expect_bad_bytes(elf, 0, 64 * MIB, "the file is empty");
	expect_bad_bytes(elf, 20, 64 * MIB, "its ELF header is damaged or cut off");
	expect_bad_bytes(elf, size - 1, 64 * MIB,
			 "truncated: the segment at 0x1100000 extends past the end of the file");
}

/* No byte of the headers and notes, whatever it is, makes a crash. */
TEST(changed_headers)
{
	struct elf_recipe recipe = kernel;
	size_t size, at;
	unsigned int variant;

	recipe.notes_in_section = true;
	for (variant = 0; variant < 2; variant++) {
		size = elf_make(elf, variant ? &recipe : &kernel);
		for (at = 0; at < size; at = at == 300 ? 1024 : at == 1200 ? size - 130 : at + 1) {
			static const uint8_t values[] = { 0x00, 0x01, 0x7f, 0x80, 0xff };
			uint8_t was = elf[at];
			size_t i;

			for (i = 0; i < sizeof(values); i++) {
				struct image image;
				bool failed;

				elf[at] = values[i];
				failed = parse(&image, elf, size, 64 * MIB);
				EXPECT_EQ(capture.diag.errors, failed);
			}
			elf[at] = was;
		}
	}
}

TEST(notes)
{
	static const struct {
		uint32_t header[3];
		char text[20];
	} notes[] = {
		{ { 4, 4, 18 }, "Xen\0\x50\x08\x00\x01" },	/* the entry */
		{ { 4, 6, 6 }, "GNU\0linux" },			/* another owner's */
		{ { 4, 200, 6 }, "Xen\0linux" },		/* longer than there is */
	};
	struct image image;
	unsigned int cut;

	memset(&image, 0, sizeof(image));
	EXPECT_EQ(image_parse_notes(&image, &notes[0], 20), 0);
	EXPECT_TRUE(image.has_entry);
	EXPECT_EQ(image.entry, 0x1000850);

	memset(&image, 0, sizeof(image));
	EXPECT_EQ(image_parse_notes(&image, &notes[1], 22), 0);
	EXPECT_STREQ(image.guest_os, "");
	EXPECT_EQ(image_parse_notes(&image, &notes[2], 32), 0);
	EXPECT_STREQ(image.guest_os, "");
	EXPECT_EQ(image_parse_notes(&image, notes, 0), 0);
	for (cut = 0; cut < 20; cut++) {
		EXPECT_EQ(image_parse_notes(&image, &notes[0], cut), 0);
		EXPECT_FALSE(image.has_entry);
	}
}

TEST(bzimages)
{
	size_t size = elf_make(elf, &kernel);
	size_t i;

	for (i = 0; i < NR_FORMATS; i++) {
		size_t n = pack(formats[i], elf, size, packed, sizeof(packed));
		struct image image;

		unit_context("%s", unpack_name(formats[i]));
		/* gzip has the size itself */
		n = elf_make_bzimage(file, packed, n, formats[i] == UNPACK_GZIP ? 0 :
						      (uint32_t)size);
		EXPECT_EQ(parse(&image, file, n, 64 * MIB), 0);
		EXPECT_STREQ(capture.text, "");
		EXPECT_TRUE(image.bzimage);
		EXPECT_EQ(image.format, formats[i]);
		EXPECT_EQ(source.source.unpacked.len, size);
		expect_kernel(&image, &kernel);
	}
}

TEST(packed_elf_files)
{
	size_t size = elf_make(elf, &kernel);
	size_t i;

	for (i = 0; i < NR_FORMATS; i++) {
		size_t n = pack(formats[i], elf, size, packed, sizeof(packed));
		struct image image;

		unit_context("%s", unpack_name(formats[i]));
		EXPECT_EQ(parse(&image, packed, n, 64 * MIB), 0);
		EXPECT_STREQ(capture.text, "");
		EXPECT_FALSE(image.bzimage);
		EXPECT_EQ(image.format, formats[i]);
		expect_kernel(&image, &kernel);
	}
}

TEST(plain_elf_in_a_bzimage)
{
	size_t size = elf_make(elf, &kernel);
	struct image image;

	size = elf_make_bzimage(file, elf, size, 0);
	EXPECT_EQ(parse(&image, file, size, 64 * MIB), 0);
	expect_kernel(&image, &kernel);
}

/* 18 MiB of noise and zeros: more than any buffer or block at first. */
TEST(large_images)
{
	struct elf_recipe recipe = kernel;
	const size_t size = 18 * MIB;
	const size_t room = 25 * MIB;
	uint8_t *data = calloc(1, size);
	uint8_t *out = malloc(room);
	uint32_t noise = 1;
	size_t i;

	ASSERT_NOT_NULL(data);
	ASSERT_NOT_NULL(out);
	elf_make(data, &recipe);
	for (i = 1 * MIB; i < size; i++) {
		noise = noise * 1664525 + 1013904223;
		data[i] = (i & (7 * MIB)) == MIB ? (uint8_t)(noise >> 24) : 0;
	}
	for (i = 0; i < NR_FORMATS; i++) {
		size_t n = pack(formats[i], data, size, out, room);
		struct unpack_buffer buffer = {
			.data = calloc(1, 64 * MIB + 1), .room = 64 * MIB + 1, .limit = 64 * MIB,
		};

		unit_context("%s", unpack_name(formats[i]));
		EXPECT_EQ(unpack(formats[i], out, n, &buffer), 0);
		ASSERT_EQ(buffer.len, size);
		EXPECT_EQ(memcmp(buffer.data, data, size), 0);
		free(buffer.data);
	}
	free(data);
	free(out);
}

/* The limit is what the domain has: exactly that much is good, a byte more is not. */
TEST(limits)
{
	struct source room;
	size_t size = elf_make(elf, &kernel);
	size_t i;

	for (i = 0; i < NR_FORMATS; i++) {
		size_t n = pack(formats[i], elf, size, packed, sizeof(packed));

		unit_context("%s", unpack_name(formats[i]));
		source_make(&room, packed, n, size);
		EXPECT_EQ(unpack(formats[i], packed, n, &room.source.unpacked), 0);
		EXPECT_EQ(room.source.unpacked.len, size);
		source_free(&room);
		source_make(&room, packed, n, size - 1);
		EXPECT_EQ(unpack(formats[i], packed, n, &room.source.unpacked), -EFBIG);
		source_free(&room);
	}
}

/* 24 MiB of zeros in some hundred bytes, for a domain of 8 MiB. */
TEST(bombs)
{
	const size_t size = 24 * MIB;
	uint8_t *zeros = calloc(1, size);
	uint8_t *out = malloc(4 * MIB);
	size_t i;

	ASSERT_NOT_NULL(zeros);
	ASSERT_NOT_NULL(out);
	for (i = 0; i < NR_FORMATS; i++) {
		size_t n = pack(formats[i], zeros, size, out, 4 * MIB);
		char message[200];

		unit_context("%s", unpack_name(formats[i]));
		snprintf(message, sizeof(message),
			 "the %s data in it unpacks to more than the 8 MiB of the domain's memory",
			 unpack_name(formats[i]));
		expect_bad_bytes(out, n, 8 * MIB, message);
	}
	free(zeros);
	free(out);
}

TEST(truncated_payloads)
{
	size_t size = elf_make(elf, &kernel);
	size_t i;

	for (i = 0; i < NR_FORMATS; i++) {
		size_t n = pack(formats[i], elf, size, packed, sizeof(packed));
		char message[80];
		size_t cut;

		unit_context("%s", unpack_name(formats[i]));
		snprintf(message, sizeof(message), "the %s data in it ends too early",
			 unpack_name(formats[i]));
		expect_bad_bytes(packed, n - 20, 64 * MIB, message);
		expect_bad_bytes(packed, n / 2, 64 * MIB, message);
		for (cut = 14; cut < 100; cut++) {
			struct image image;

			EXPECT_NE(parse(&image, packed, cut, 64 * MIB), 0);
		}
	}
}

TEST(corrupt_payloads)
{
	size_t size = elf_make(elf, &kernel);
	size_t i;

	for (i = 0; i < NR_FORMATS; i++) {
		size_t n = pack(formats[i], elf, size, packed, sizeof(packed));
		size_t at;

		unit_context("%s", unpack_name(formats[i]));
		for (at = 0; at < n; at += 1 + n / 400) {
			struct image image;
			bool failed;

			packed[at] ^= 0x55;
			/* Not all formats have checksums: it may still be an image. */
			failed = parse(&image, packed, n, 64 * MIB);
			EXPECT_EQ(capture.diag.errors, failed);
			packed[at] ^= 0x55;
		}
	}

	i = pack(UNPACK_XZ, elf, size, packed, sizeof(packed));
	packed[i / 2] ^= 1;
	expect_bad_bytes(packed, i, 64 * MIB, "the xz data in it is corrupt");
	i = pack(UNPACK_GZIP, elf, size, packed, sizeof(packed));
	packed[i - 6] ^= 1;
	expect_bad_bytes(packed, i, 64 * MIB, "the gzip data in it is corrupt");
}

TEST(unpacked_is_no_elf)
{
	size_t n = pack(UNPACK_ZSTD, file, 1000, packed, sizeof(packed));

	expect_bad_bytes(packed, n, 64 * MIB, "not an ELF file after unpacking from zstd");
	n = pack(UNPACK_GZIP, (const uint8_t *)"", 0, packed, sizeof(packed));
	expect_bad_bytes(packed, n, 64 * MIB, "not an ELF file after unpacking from gzip");
}

TEST(bad_bzimages)
{
	size_t size = elf_make(elf, &kernel);
	size_t n = pack(UNPACK_LZ4, elf, size, packed, sizeof(packed));
	char message[128];
	uint32_t value;

	n = elf_make_bzimage(file, packed, n, (uint32_t)size);
	snprintf(message, sizeof(message),
		 "truncated: its payload ends at byte %zu, the file at byte %zu", n, n - 1);
	expect_bad_bytes(file, n - 1, 64 * MIB, message);
	expect_bad_bytes(file, 0x24f, 64 * MIB, "a bzImage that ends in its header");
	expect_bad_bytes(file, 0x205, 64 * MIB,
			 "neither a bzImage nor an ELF file: not a kernel image");

	file[0x206] = 0x07;
	file[0x207] = 0x02;
	expect_bad_bytes(file, n, 64 * MIB,
			 "a bzImage of boot protocol 2.07, the oldest that works is 2.08");
	file[0x206] = 0x0f;

	value = UINT32_MAX;
	memcpy(file + 0x248, &value, 4);
	snprintf(message, sizeof(message), "truncated: its payload ends at byte %" PRIu64
		 ", the file at byte %zu", (uint64_t)value + n - 0x40, n);
	expect_bad_bytes(file, n, 64 * MIB, message);
	value = 0x40;
	memcpy(file + 0x248, &value, 4);
	memset(file + 0x24c, 0, 4);
	expect_bad_bytes(file, n, 64 * MIB, "a bzImage without a payload");

	n = elf_make_bzimage(file, (const uint8_t *)"no such thing", 13, 5);
	expect_bad_bytes(file, n, 64 * MIB,
			 "unknown compression: its payload begins with 6e 6f 20 73");
	n = elf_make_bzimage(file, (const uint8_t *)"n", 1, 0);
	expect_bad_bytes(file, n, 64 * MIB,
			 "unknown compression: its payload begins with 6e 00 00 00");

	n = pack(UNPACK_LZ4, elf, size, packed, sizeof(packed));
	n = elf_make_bzimage(file, packed, n, 65U << 20);
	expect_bad_bytes(file, n, 64 * MIB, "unpacks to 65 MiB, but the domain has 64 MiB of memory");
}

TEST(not_images)
{
	static const char script[] = "#!/bin/sh\nexit 0\n";

	expect_bad_bytes((const uint8_t *)script, sizeof(script), 64 * MIB,
			 "neither a bzImage nor an ELF file: not a kernel image");
	memset(file, 0, 4096);
	expect_bad_bytes(file, 4096, 64 * MIB,
			 "neither a bzImage nor an ELF file: not a kernel image");
}

/* Of a file with much in it that is not loaded, little is read. */
TEST(large_files)
{
	size_t size = elf_make(elf, &kernel), large = 40 * MIB, read = 0, i;
	uint8_t *data = calloc(1, large);
	struct image image;

	ASSERT_NOT_NULL(data);
	memcpy(data, elf, size);
	ASSERT_EQ(parse(&image, data, large, 64 * MIB), 0);
	expect_kernel(&image, &kernel);
	for (i = 0; i < large / IMAGE_PAGE; i++)
		read += source.source.have[i / 8] >> i % 8 & 1;
	EXPECT_LT(read, size / IMAGE_PAGE + 3);
	EXPECT_GT(source.source.budget, 64 * MIB + IMAGE_MAX_OVERHEAD - 2 * size);
	free(data);
}

/* More of it than the domain has memory is not read. */
TEST(large_payloads)
{
	size_t large = 68 * MIB;
	uint8_t *data = calloc(1, large);

	ASSERT_NOT_NULL(data);
	memcpy(data, "\x1f\x8b", 2);
	expect_bad_bytes(data, large, 2 * MIB, "too large for the domain's memory");
	elf_make_bzimage(file, (const uint8_t *)"\x1f\x8b", 2, 0);
	memcpy(data, file, 2048);
	*(uint32_t *)(data + 0x24c) = 67 * MIB;
	expect_bad_bytes(data, large, 2 * MIB, "too large for the domain's memory");
	free(data);
}

/* Numbers of headers that the first section's header holds. */
TEST(many_headers)
{
	struct elf_recipe recipe = kernel;
	Elf64_Ehdr *header = (Elf64_Ehdr *)elf;
	struct image image;
	Elf64_Shdr *first;
	size_t size;

	recipe.notes_in_section = true;
	size = elf_make(elf, &recipe);
	first = (Elf64_Shdr *)(elf + header->e_shoff);
	first->sh_info = header->e_phnum;
	header->e_phnum = PN_XNUM;
	first->sh_size = header->e_shnum;
	header->e_shnum = 0;
	EXPECT_EQ(parse(&image, elf, size, 64 * MIB), 0);
	EXPECT_STREQ(capture.text, "");
	expect_kernel(&image, &recipe);
}
