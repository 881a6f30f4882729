// SPDX-License-Identifier: GPL-2.0-only
/*
 * The domain builder: where everything goes for domains of all sizes, and that
 * the memory says what the start info says.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "builder/builder.h"
#include "unit.h"
#include "xlctl_capture.h"
#include "xlctl_elf.h"

#define MIB	(UINT64_C(1) << 20)
#define GIB	(UINT64_C(1) << 30)

static struct capture capture;
static struct builder builder;
static const struct builder_layout *const layout = &builder.layout;

/*
 * Memory of a domain: 8 GiB of addresses, which can be written only while they
 * are mapped and read always.
 */
static struct {
	uint8_t *base;
	unsigned int mapped;
	unsigned int fail_at;	/* the how many-th map fails; 0: none */
	uint64_t absent;	/* what is mapped there is not there */
	unsigned int maps;
	struct {
		uint64_t gpa;
		uint64_t len;
	} log[8];		/* the first maps */
} memory;

#define MEMORY_SIZE	(8 * GIB)

static bool memory_is_region(uint64_t gpa, uint64_t len)
{
	unsigned int i;

	for (i = 0; i < layout->nr_memmap; i++)
		if (gpa >= layout->memmap[i].addr &&
		    gpa + len <= layout->memmap[i].addr + layout->memmap[i].size &&
		    layout->memmap[i].type != XEN_HVM_MEMMAP_TYPE_RESERVED)
			return true;
	return false;
}

static void *memory_map(void *ctx, uint64_t gpa, uint64_t len)
{
	EXPECT_PTR_EQ(ctx, &memory);
	EXPECT_EQ(gpa % BUILDER_PAGE_SIZE, 0);
	EXPECT_EQ(len % BUILDER_PAGE_SIZE, 0);
	EXPECT_TRUE(memory_is_region(gpa, len));
	if (memory.maps < 8) {
		memory.log[memory.maps].gpa = gpa;
		memory.log[memory.maps].len = len;
	}
	if (++memory.maps == memory.fail_at) {
		errno = ENOMEM;
		return NULL;
	}
	memory.mapped++;
	/* As where the host has none: the kernel cannot write there. */
	if (memory.absent && gpa == memory.absent)
		return memory.base + gpa;
	if (mprotect(memory.base + gpa, len, PROT_READ | PROT_WRITE))
		abort();
	return memory.base + gpa;
}

static void memory_unmap(void *ctx, void *host, uint64_t gpa, uint64_t len)
{
	EXPECT_PTR_EQ(ctx, &memory);
	EXPECT_PTR_EQ(host, memory.base + gpa);
	memory.mapped--;
	if (mprotect(memory.base + gpa, len, PROT_READ))
		abort();
}

static const struct guest_memory_ops ops = { memory_map, memory_unmap };

static void memory_make(void)
{
	memory.base = mmap(NULL, MEMORY_SIZE, PROT_READ,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (memory.base == MAP_FAILED)
		abort();
	memory.maps = 0;
	memory.mapped = 0;
	memory.fail_at = 0;
	memory.absent = 0;
}

static void memory_free(void)
{
	EXPECT_EQ(memory.mapped, 0);
	munmap(memory.base, MEMORY_SIZE);
}

/* Whether a page was ever touched. */
static bool memory_is_touched(uint64_t gpa)
{
	unsigned char resident = 0;

	if (mincore(memory.base + gpa, BUILDER_PAGE_SIZE, &resident))
		abort();
	return resident & 1;
}

static char folder[32] = "/tmp/xlctl-builder-XXXXXX";
static char kernel_path[64];
static char ramdisk_path[64];

static void write_file(const char *path, const void *data, size_t size)
{
	FILE *file = fopen(path, "w");

	if (!file || fwrite(data, 1, size, file) != size || fclose(file))
		abort();
}

static const struct elf_recipe linux_recipe = {
	.loads = {
		{ .paddr = 0x1000000, .filesz = 70000, .memsz = 70000 },
		{ .paddr = 0x1100000, .filesz = 5000, .memsz = 0x3210 },
	},
	.nr_loads = 2,
	.entry = 0x1000850,
	.entry_bytes = 8,
	.guest_os = "linux",
	.features = 0x8801,
};

static uint8_t ramdisk_byte(uint64_t i)
{
	return (uint8_t)(i * 13 + (i >> 12) + 1);
}

/* Files to build from; a @ramdisk_size of 0 makes none. */
static struct builder_params files_make(const struct elf_recipe *recipe, size_t ramdisk_size)
{
	struct builder_params params = { .vcpus = 1, .max_vcpus = 1, .acpi = true };
	static uint8_t elf[ELF_MAX_SIZE];
	size_t i;

	if (!strchr(folder, 'X') || !mkdtemp(folder))
		abort();
	snprintf(kernel_path, sizeof(kernel_path), "%s/vmlinux", folder);
	snprintf(ramdisk_path, sizeof(ramdisk_path), "%s/initrd.img", folder);
	write_file(kernel_path, elf, elf_make(elf, recipe));
	params.kernel = kernel_path;
	if (ramdisk_size) {
		uint8_t *bytes = malloc(ramdisk_size);

		for (i = 0; bytes && i < ramdisk_size; i++)
			bytes[i] = ramdisk_byte(i);
		write_file(ramdisk_path, bytes, ramdisk_size);
		free(bytes);
		params.ramdisk = ramdisk_path;
	}
	return params;
}

static void files_remove(void)
{
	unlink(kernel_path);
	unlink(ramdisk_path);
	rmdir(folder);
}

static int open_it(const struct builder_params *params)
{
	capture_init(&capture);
	return builder_open(&builder, params, &capture.diag);
}

static void expect_region(unsigned int i, uint64_t addr, uint64_t size, uint32_t type)
{
	unit_context("region %u", i);
	ASSERT_LT(i, layout->nr_memmap);
	EXPECT_EQ(layout->memmap[i].addr, addr);
	EXPECT_EQ(layout->memmap[i].size, size);
	EXPECT_EQ(layout->memmap[i].type, type);
	EXPECT_EQ(layout->memmap[i].reserved, 0);
	unit_context("%s", "");
}

/* Reads the memory as a guest does that got the address of the start info in EBX. */
static void expect_start_info(const char *cmdline, uint64_t ramdisk_size)
{
	struct vcpu_hvm_context state;
	struct hvm_start_info info;

	builder_entry_state(layout, &state);
	memcpy(&info, memory.base + state.cpu_regs.x86_32.ebx, sizeof(info));
	EXPECT_EQ(info.magic, 0x336ec578);
	EXPECT_EQ(info.version, 1);
	EXPECT_EQ(info.flags, 0);
	EXPECT_EQ(info.reserved, 0);
	EXPECT_EQ(info.nr_modules, ramdisk_size ? 1 : 0);
	EXPECT_EQ(info.rsdp_paddr, layout->rsdp);
	ASSERT_EQ(info.memmap_entries, layout->nr_memmap);
	EXPECT_LE(info.memmap_paddr + info.memmap_entries * 24, GIB);
	EXPECT_EQ(info.memmap_paddr % 8, 0);
	EXPECT_MEMEQ(memory.base + info.memmap_paddr, layout->memmap, layout->nr_memmap * 24);
	if (cmdline) {
		EXPECT_LT(info.cmdline_paddr, GIB);
		EXPECT_STREQ((char *)memory.base + info.cmdline_paddr, cmdline);
	} else {
		EXPECT_EQ(info.cmdline_paddr, 0);
	}
	if (ramdisk_size) {
		struct hvm_modlist_entry module;
		uint64_t i;

		EXPECT_LT(info.modlist_paddr, GIB);
		memcpy(&module, memory.base + info.modlist_paddr, sizeof(module));
		EXPECT_EQ(module.paddr, layout->ramdisk);
		EXPECT_EQ(module.size, ramdisk_size);
		EXPECT_EQ(module.cmdline_paddr, 0);
		EXPECT_EQ(module.reserved, 0);
		for (i = 0; i < ramdisk_size; i++)
			ASSERT_EQ(memory.base[module.paddr + i], ramdisk_byte(i));
	} else {
		EXPECT_EQ(info.modlist_paddr, 0);
	}
	EXPECT_EQ(memcmp(memory.base + info.rsdp_paddr, "RSD PTR ", 8), 0);
}

static void expect_kernel(const struct elf_recipe *recipe)
{
	unsigned int i;

	for (i = 0; i < recipe->nr_loads; i++) {
		const struct elf_load *segment = &recipe->loads[i];
		uint64_t j;

		for (j = 0; j < segment->memsz; j++)
			ASSERT_EQ(memory.base[segment->paddr + j],
				  j < segment->filesz ? elf_byte(segment->paddr, j) : 0);
	}
}

static void expect_domain(uint64_t mib, unsigned int regions, uint64_t low, uint64_t high)
{
	struct builder_params params = files_make(&linux_recipe, 12345);
	unsigned int next = 0;

	params.memory = mib * MIB;
	params.cmdline = "console=hvc0 quiet";
	memory_make();
	ASSERT_EQ(open_it(&params), 0);
	EXPECT_EQ(builder_load(&builder, &ops, &memory), 0);
	EXPECT_STREQ(capture.text, "");

	EXPECT_EQ(layout->nr_memmap, regions);
	expect_region(next++, 0, low, XEN_HVM_MEMMAP_TYPE_RAM);
	expect_region(next++, 0xfc000000, 4096, XEN_HVM_MEMMAP_TYPE_ACPI);
	expect_region(next++, 0xfeff8000, 0x8000, XEN_HVM_MEMMAP_TYPE_RESERVED);
	if (high)
		expect_region(next, 4 * GIB, high, XEN_HVM_MEMMAP_TYPE_RAM);

	EXPECT_EQ(layout->kernel_start, 0x1000000);
	EXPECT_EQ(layout->kernel_end, 0x1103210);
	EXPECT_EQ(layout->ramdisk, 0x1104000);
	EXPECT_EQ(layout->ramdisk_size, 12345);
	EXPECT_EQ(layout->start_info, 0x1108000);
	EXPECT_EQ(layout->entry, 0x1000850);
	EXPECT_EQ(layout->rsdp, 0xfc000000);
	EXPECT_EQ(layout->xenstore_gfn, 0xfeffc);
	EXPECT_EQ(layout->console_gfn, 0xfefff);
	expect_kernel(&linux_recipe);
	expect_start_info("console=hvc0 quiet", 12345);
	builder_close(&builder);
	memory_free();
	files_remove();
}

TEST(domain_of_64_mib)
{
	expect_domain(64, 3, 64 * MIB, 0);
}

TEST(domain_of_256_mib)
{
	expect_domain(256, 3, 256 * MIB, 0);
}

TEST(domain_up_to_the_hole)
{
	expect_domain(4032, 3, 4032 * MIB, 0);
}

TEST(domain_one_mib_over_the_hole)
{
	expect_domain(4033, 4, 4032 * MIB, MIB);
}

TEST(domain_of_4_gib)
{
	expect_domain(4096, 4, 4032 * MIB, 64 * MIB);
}

TEST(domain_of_6_gib)
{
	expect_domain(6144, 4, 4032 * MIB, 2 * GIB + 64 * MIB);
}

/* Modules come behind the ramdisk, each from a page on, with what is said about them. */
static void expect_modules(bool with_ramdisk)
{
	static char path[80];
	const struct domain_module modules[] = { { path, NULL }, { path, (char *)"one two" } };
	struct builder_params params = files_make(&linux_recipe, 12345);
	struct hvm_modlist_entry list[3];
	struct hvm_start_info info;
	unsigned int first = with_ramdisk;

	snprintf(path, sizeof(path), "%s/module", folder);
	write_file(path, "abc", 3);
	params.cmdline = "console=hvc0";
	params.memory = 64 * MIB;
	params.modules = modules;
	params.nr_modules = 2;
	if (!with_ramdisk)
		params.ramdisk = NULL;
	memory_make();
	ASSERT_EQ(open_it(&params), 0);
	ASSERT_EQ(builder_load(&builder, &ops, &memory), 0);
	memcpy(&info, memory.base + layout->start_info, sizeof(info));
	ASSERT_EQ(info.nr_modules, first + 2);
	memcpy(list, memory.base + info.modlist_paddr, info.nr_modules * sizeof(list[0]));
	if (with_ramdisk) {
		EXPECT_EQ(list[0].paddr, layout->ramdisk);
		EXPECT_EQ(list[0].size, 12345);
		EXPECT_EQ(list[0].cmdline_paddr, 0);
		EXPECT_EQ(list[1].paddr, layout->ramdisk + 4 * 4096);
	} else {
		EXPECT_EQ(layout->ramdisk, 0);
	}
	EXPECT_EQ(list[first].size, 3);
	EXPECT_EQ(list[first].cmdline_paddr, 0);
	EXPECT_EQ(list[first + 1].paddr, list[first].paddr + 4096);
	EXPECT_MEMEQ(memory.base + list[first].paddr, "abc", 4);
	EXPECT_MEMEQ(memory.base + list[first + 1].paddr, "abc", 4);
	EXPECT_STREQ((char *)memory.base + list[first + 1].cmdline_paddr, "one two");
	EXPECT_STREQ((char *)memory.base + info.cmdline_paddr, "console=hvc0");
	EXPECT_LE(list[first + 1].cmdline_paddr + 8, layout->start_info + layout->start_info_size);
	builder_close(&builder);
	memory_free();
	unlink(path);
	files_remove();
}

TEST(modules_behind_a_ramdisk)
{
	expect_modules(true);
}

TEST(modules_alone)
{
	expect_modules(false);
}

TEST(without_ramdisk_and_command_line)
{
	struct builder_params params = files_make(&linux_recipe, 0);

	params.memory = 64 * MIB;
	memory_make();
	ASSERT_EQ(open_it(&params), 0);
	EXPECT_EQ(builder_load(&builder, &ops, &memory), 0);
	EXPECT_EQ(layout->ramdisk, 0);
	EXPECT_EQ(layout->start_info, 0x1104000);
	expect_start_info(NULL, 0);
	builder_close(&builder);
	memory_free();
	files_remove();
}

TEST(without_acpi)
{
	struct builder_params params = files_make(&linux_recipe, 0);

	params.memory = 64 * MIB;
	params.acpi = false;
	memory_make();
	ASSERT_EQ(open_it(&params), 0);
	EXPECT_EQ(builder_load(&builder, &ops, &memory), 0);
	EXPECT_EQ(layout->rsdp, 0);
	EXPECT_EQ(layout->nr_memmap, 2);
	expect_region(1, 0xfeff8000, 0x8000, XEN_HVM_MEMMAP_TYPE_RESERVED);
	builder_close(&builder);
	memory_free();
	files_remove();
}

TEST(many_vcpus_need_more_acpi_pages)
{
	struct builder_params params = files_make(&linux_recipe, 0);

	params.memory = 64 * MIB;
	params.vcpus = 2;
	params.max_vcpus = 128;
	memory_make();
	ASSERT_EQ(open_it(&params), 0);
	EXPECT_EQ(builder_load(&builder, &ops, &memory), 0);
	expect_region(1, 0xfc000000, 0x2000, XEN_HVM_MEMMAP_TYPE_ACPI);
	EXPECT_GT(builder.acpi.size, 4096);
	EXPECT_MEMEQ(memory.base + 0xfc000000, builder.acpi.data, builder.acpi.size);
	builder_close(&builder);
	memory_free();
	files_remove();
}

/* A Linux before 4.17, that looks for the RSDP only where a PC has it. */
TEST(old_linux_gets_its_rsdp_below_1_mib)
{
	struct elf_recipe recipe = linux_recipe;
	struct builder_params params;
	unsigned int i;

	recipe.features = 1;
	params = files_make(&recipe, 0);
	params.memory = 64 * MIB;
	memory_make();
	ASSERT_EQ(open_it(&params), 0);
	EXPECT_EQ(builder_load(&builder, &ops, &memory), 0);
	EXPECT_EQ(layout->rsdp, 0xfffc0);
	expect_start_info(NULL, 0);
	EXPECT_MEMEQ(memory.base + 0xfffc0, memory.base + 0xfc000000, 36);
	builder_close(&builder);
	files_remove();

	/* Other systems take the address from the start info. */
	for (i = 0; i < 2; i++) {
		recipe.guest_os = i ? "FreeBSD" : NULL;
		strcpy(folder, "/tmp/xlctl-builder-XXXXXX");
		params = files_make(&recipe, 0);
		params.memory = 64 * MIB;
		ASSERT_EQ(open_it(&params), 0);
		EXPECT_EQ(layout->rsdp, 0xfc000000);
		builder_close(&builder);
		files_remove();
	}

	recipe.guest_os = "linux";
	recipe.loads[0].paddr = 0xf0000;
	recipe.entry = 0xf0000;
	strcpy(folder, "/tmp/xlctl-builder-XXXXXX");
	params = files_make(&recipe, 0);
	params.memory = 64 * MIB;
	EXPECT_EQ(open_it(&params), -ENOEXEC);
	EXPECT_NOT_NULL(strstr(capture.text, ": has a segment at 0xf0000, where an old Linux"));
	builder_close(&builder);
	files_remove();
	memory_free();
}

/* Beyond 1 GiB Linux could not read the start info. */
TEST(start_info_stays_below_1_gib)
{
	struct builder_params params = files_make(&linux_recipe, 1);

	params.memory = 4096 * MIB;
	ASSERT_EQ(truncate(ramdisk_path, (off_t)(1007 * MIB - 0x1000 - 0x4000)), 0);
	ASSERT_EQ(open_it(&params), 0);
	EXPECT_EQ(layout->ramdisk, 0x1104000);
	EXPECT_LE(layout->start_info + layout->start_info_size, GIB);
	builder_close(&builder);

	ASSERT_EQ(truncate(ramdisk_path, (off_t)(1007 * MIB)), 0);
	ASSERT_EQ(open_it(&params), 0);
	EXPECT_EQ(layout->start_info, 0x1104000);
	EXPECT_EQ(layout->ramdisk, 0x1105000);
	builder_close(&builder);
	files_remove();
}

TEST(untouched_pages_stay_untouched)
{
	static uint8_t bytes[ELF_MAX_SIZE];
	struct builder_params params = files_make(&linux_recipe, 0);
	size_t size = elf_make(bytes, &linux_recipe);

	/* Pages 2 to 15 of the first segment become zero in the file. */
	memset(bytes + 2048 + 0x2000, 0, 0xe000);
	write_file(kernel_path, bytes, size);
	params.memory = 64 * MIB;
	memory_make();
	ASSERT_EQ(open_it(&params), 0);
	EXPECT_EQ(builder_load(&builder, &ops, &memory), 0);
	EXPECT_TRUE(memory_is_touched(0x1001000));
	EXPECT_FALSE(memory_is_touched(0x1002000));
	EXPECT_FALSE(memory_is_touched(0x100f000));
	EXPECT_TRUE(memory_is_touched(0x1010000));
	/* The BSS of the second */
	EXPECT_TRUE(memory_is_touched(0x1101000));
	EXPECT_FALSE(memory_is_touched(0x1102000));
	/* Special pages, and what is not the kernel's */
	EXPECT_FALSE(memory_is_touched(0xfefff000));
	EXPECT_FALSE(memory_is_touched(0xfeffc000));
	EXPECT_FALSE(memory_is_touched(0));
	builder_close(&builder);
	memory_free();
	files_remove();
}

/*
 * 9 MiB from 17 MiB on: data at both ends and a byte in the middle.  Of the
 * large pages at 18, 20, 22 and 24 MiB, 18 and 22 are zero.
 */
TEST(large_zero_pages_are_not_mapped)
{
	static uint8_t bytes[ELF_MAX_SIZE];
	struct elf_recipe recipe = linux_recipe;
	struct builder_params params;
	size_t size;
	FILE *file;

	recipe.loads[0] = (struct elf_load){
		.paddr = 17 * MIB, .filesz = 9 * MIB, .memsz = 9 * MIB
	};
	recipe.nr_loads = 1;
	recipe.entry = 17 * MIB;
	params = files_make(&linux_recipe, 0);
	size = elf_make(bytes, &recipe);
	write_file(kernel_path, bytes, sizeof(bytes));
	ASSERT_EQ(truncate(kernel_path, (off_t)size), 0);
	file = fopen(kernel_path, "r+");
	ASSERT_NOT_NULL(file);
	fseek(file, (long)(2048 + 3 * MIB + 12345), SEEK_SET);
	fputc('x', file);
	fseek(file, -1, SEEK_END);
	fputc('y', file);
	fclose(file);

	params.memory = 64 * MIB;
	memory_make();
	ASSERT_EQ(open_it(&params), 0);
	EXPECT_EQ(builder_load(&builder, &ops, &memory), 0);
	EXPECT_EQ(memory.log[0].gpa, 17 * MIB);
	EXPECT_EQ(memory.log[0].len, MIB);
	EXPECT_EQ(memory.log[1].gpa, 20 * MIB);
	EXPECT_EQ(memory.log[1].len, 2 * MIB);
	EXPECT_EQ(memory.log[2].gpa, 24 * MIB);
	EXPECT_EQ(memory.log[2].len, 2 * MIB);
	EXPECT_EQ(memory.maps, 5);
	EXPECT_EQ(memory.base[17 * MIB], elf_byte(17 * MIB, 0));
	EXPECT_EQ(memory.base[20 * MIB + 12345], 'x');
	EXPECT_EQ(memory.base[26 * MIB - 1], 'y');
	EXPECT_FALSE(memory_is_touched(20 * MIB));
	builder_close(&builder);
	memory_free();
	files_remove();
}

/* @message is what comes behind the folder's name, or all when it has no '/'. */
static void expect_open_error(const struct builder_params *params, int rc, const char *message)
{
	char expected[300];

	snprintf(expected, sizeof(expected), "%s%s", *message == '/' ? folder : "", message);
	EXPECT_EQ(open_it(params), rc);
	EXPECT_STREQ(capture.text, expected);
	builder_close(&builder);
}

TEST(too_small_domains)
{
	struct builder_params params = files_make(&linux_recipe, 12345);

	params.memory = 17 * MIB;
	expect_open_error(&params, -ENOEXEC,
			  "/vmlinux: the segment at 0x1100000, 0x3210 bytes, does not fit into the 17 MiB of the domain's memory\n");
	params.memory = 18 * MIB;
	ASSERT_EQ(open_it(&params), 0);
	builder_close(&builder);

	ASSERT_EQ(truncate(ramdisk_path, 1020 * 1024), 0);
	expect_open_error(&params, -ENOSPC,
			  "/initrd.img: its 1020 KiB do not fit behind the kernel, which ends at 17424 KiB of 18 MiB of memory\n");
	ASSERT_EQ(truncate(ramdisk_path, 1004 * 1024), 0);
	ASSERT_EQ(open_it(&params), 0);
	EXPECT_EQ(layout->start_info + 4096, 18 * MIB);
	builder_close(&builder);
	ASSERT_EQ(truncate(ramdisk_path, 1004 * 1024 + 1), 0);
	expect_open_error(&params, -ENOSPC,
			  "/initrd.img: its 1005 KiB do not fit behind the kernel, which ends at 17424 KiB of 18 MiB of memory\n");
	ASSERT_EQ(truncate(ramdisk_path, 1L << 40), 0);
	expect_open_error(&params, -ENOSPC,
			  "/initrd.img: its 1073741824 KiB do not fit behind the kernel, which ends at 17424 KiB of 18 MiB of memory\n");
	files_remove();
}

TEST(kernel_that_fills_memory)
{
	struct elf_recipe recipe = linux_recipe;
	struct builder_params params;

	recipe.loads[1].memsz = 0xf00000;
	params = files_make(&recipe, 0);
	params.memory = 32 * MIB;
	expect_open_error(&params, -ENOSPC, "/vmlinux: fills all of the 32 MiB of memory\n");
	files_remove();
}

TEST(bad_files)
{
	struct builder_params params = files_make(&linux_recipe, 1);

	params.memory = 64 * MIB;
	ASSERT_EQ(truncate(ramdisk_path, 0), 0);
	expect_open_error(&params, -EINVAL, "/initrd.img: the file is empty\n");
	unlink(ramdisk_path);
	expect_open_error(&params, -ENOENT, "/initrd.img: No such file or directory\n");
	ASSERT_EQ(mkdir(ramdisk_path, 0700), 0);
	expect_open_error(&params, -EINVAL, "/initrd.img: not a regular file\n");
	ASSERT_EQ(rmdir(ramdisk_path), 0);
	params.ramdisk = NULL;
	unlink(kernel_path);
	expect_open_error(&params, -ENOENT, "/vmlinux: No such file or directory\n");
	files_remove();
}

TEST(command_line_lengths)
{
	struct builder_params params = files_make(&linux_recipe, 0);
	char *cmdline = malloc(70000);

	ASSERT_NOT_NULL(cmdline);
	params.memory = 64 * MIB;
	params.cmdline = cmdline;
	memset(cmdline, 'x', 70000);
	cmdline[2047] = '\0';
	expect_open_error(&params, 0, "");
	cmdline[2047] = 'x';
	cmdline[2048] = '\0';
	expect_open_error(&params, 0,
			  "warning: the kernel command line has 2048 bytes, Linux reads 2047 of them\n");
	cmdline[2048] = 'x';
	cmdline[65536] = '\0';
	expect_open_error(&params, -E2BIG,
			  "the kernel command line has 65536 bytes, at most 65535 are possible\n");

	cmdline[65535] = '\0';
	memory_make();
	ASSERT_EQ(open_it(&params), 0);
	EXPECT_EQ(builder_load(&builder, &ops, &memory), 0);
	expect_start_info(cmdline, 0);
	builder_close(&builder);
	memory_free();
	free(cmdline);
	files_remove();
}

/* Whichever mapping fails: a message, and nothing stays mapped. */
TEST(memory_that_cannot_be_mapped)
{
	struct builder_params params = files_make(&linux_recipe, 12345);
	unsigned int i;

	params.memory = 64 * MIB;
	memory_make();
	ASSERT_EQ(open_it(&params), 0);
	EXPECT_EQ(builder_load(&builder, &ops, &memory), 0);
	EXPECT_EQ(memory.maps, 5);
	builder_close(&builder);
	for (i = 1; i <= 5; i++) {
		unit_context("mapping %u", i);
		memory.maps = 0;
		memory.fail_at = i;
		ASSERT_EQ(open_it(&params), 0);
		EXPECT_EQ(builder_load(&builder, &ops, &memory), -EIO);
		EXPECT_EQ(strncmp(capture.text, "memory of the domain at 0x", 26), 0);
		EXPECT_NOT_NULL(strstr(capture.text, ": Cannot allocate memory\n"));
		EXPECT_EQ(capture.diag.errors, 1);
		EXPECT_EQ(memory.mapped, 0);
		builder_close(&builder);
	}
	memory_free();
	files_remove();
}

TEST(ramdisk_that_shrinks)
{
	struct builder_params params = files_make(&linux_recipe, 100000);

	params.memory = 64 * MIB;
	memory_make();
	ASSERT_EQ(open_it(&params), 0);
	ASSERT_EQ(truncate(ramdisk_path, 5000), 0);
	EXPECT_EQ(builder_load(&builder, &ops, &memory), -EIO);
	EXPECT_NOT_NULL(strstr(capture.text,
			       "/initrd.img: the file shrank while it was being read\n"));
	builder_close(&builder);
	memory_free();
	files_remove();
}

TEST(ramdisk_without_memory)
{
	struct builder_params params = files_make(&linux_recipe, 100000);

	params.memory = 64 * MIB;
	memory_make();
	ASSERT_EQ(open_it(&params), 0);
	memory.absent = layout->ramdisk;
	EXPECT_EQ(builder_load(&builder, &ops, &memory), -EFAULT);
	EXPECT_NOT_NULL(strstr(capture.text,
			       "/initrd.img: the host has no memory for the domain\n"));
	EXPECT_EQ(memory.mapped, 0);
	builder_close(&builder);
	memory_free();
	files_remove();
}

TEST(entry_state)
{
	const struct builder_layout some = { .entry = 0x1000850, .start_info = 0x1108000 };
	struct vcpu_hvm_context state;
	const struct vcpu_hvm_x86_32 *regs = &state.cpu_regs.x86_32;

	memset(&state, 0xff, sizeof(state));
	builder_entry_state(&some, &state);
	EXPECT_EQ(state.mode, VCPU_HVM_MODE_32B);
	EXPECT_EQ(regs->eip, 0x1000850);
	EXPECT_EQ(regs->ebx, 0x1108000);
	EXPECT_EQ(regs->eax | regs->ecx | regs->edx, 0);
	EXPECT_EQ(regs->esp | regs->ebp | regs->esi | regs->edi, 0);
	EXPECT_EQ(regs->eflags, 2);
	EXPECT_EQ(regs->cr0, 0x11);
	EXPECT_EQ(regs->cr3 | regs->cr4, 0);
	EXPECT_EQ(regs->efer, 0);
	EXPECT_EQ(regs->cs_base | regs->ds_base | regs->ss_base | regs->es_base | regs->tr_base, 0);
	EXPECT_EQ(regs->cs_limit & regs->ds_limit & regs->ss_limit & regs->es_limit, 0xffffffff);
	EXPECT_EQ(regs->tr_limit, 0x67);
	EXPECT_EQ(regs->cs_ar, 0xc9b);
	EXPECT_EQ(regs->ds_ar, 0xc93);
	EXPECT_EQ(regs->ss_ar, 0xc93);
	EXPECT_EQ(regs->es_ar, 0xc93);
	EXPECT_EQ(regs->tr_ar, 0x8b);
}

static unsigned int reports;

static void progress(void *ctx, const char *what, uint64_t done, uint64_t total)
{
	EXPECT_PTR_EQ(ctx, &reports);
	EXPECT_NOT_NULL(what);
	EXPECT_LE(done, total);
	reports++;
}

TEST(progress_is_reported)
{
	struct builder_params params = files_make(&linux_recipe, 10 << 20);

	params.memory = 64 * MIB;
	params.progress = progress;
	params.progress_ctx = &reports;
	memory_make();
	ASSERT_EQ(open_it(&params), 0);
	EXPECT_EQ(reports, 1);
	EXPECT_EQ(builder_load(&builder, &ops, &memory), 0);
	EXPECT_EQ(reports, 1 + 2 + 3);
	builder_close(&builder);
	memory_free();
	files_remove();
}
