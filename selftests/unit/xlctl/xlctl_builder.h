/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tests of the domain builder share: memory of a domain, and files to build it from. */
#ifndef XLCTL_BUILDER_TEST_H
#define XLCTL_BUILDER_TEST_H

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

static inline bool memory_is_region(uint64_t gpa, uint64_t len)
{
	unsigned int i;

	for (i = 0; i < layout->nr_memmap; i++)
		if (gpa >= layout->memmap[i].addr &&
		    gpa + len <= layout->memmap[i].addr + layout->memmap[i].size &&
		    layout->memmap[i].type != XEN_HVM_MEMMAP_TYPE_RESERVED)
			return true;
	return false;
}

static inline void *memory_map(void *ctx, uint64_t gpa, uint64_t len)
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

static inline void memory_unmap(void *ctx, void *host, uint64_t gpa, uint64_t len)
{
	EXPECT_PTR_EQ(ctx, &memory);
	EXPECT_PTR_EQ(host, memory.base + gpa);
	memory.mapped--;
	if (mprotect(memory.base + gpa, len, PROT_READ))
		abort();
}

static const struct guest_memory_ops ops = { memory_map, memory_unmap };

static inline void memory_make(void)
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

static inline void memory_free(void)
{
	EXPECT_EQ(memory.mapped, 0);
	munmap(memory.base, MEMORY_SIZE);
}

/* Whether a page was ever touched. */
static inline bool memory_is_touched(uint64_t gpa)
{
	unsigned char resident = 0;

	if (mincore(memory.base + gpa, BUILDER_PAGE_SIZE, &resident))
		abort();
	return resident & 1;
}

static char folder[32] = "/tmp/xlctl-builder-XXXXXX";
static char kernel_path[64];
static char ramdisk_path[64];

static inline void write_file(const char *path, const void *data, size_t size)
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

static inline uint8_t ramdisk_byte(uint64_t i)
{
	return (uint8_t)(i * 13 + (i >> 12) + 1);
}

/* Files to build from; a @ramdisk_size of 0 makes none. */
static inline struct builder_params files_make(const struct elf_recipe *recipe, size_t ramdisk_size)
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

static inline void files_remove(void)
{
	unlink(kernel_path);
	unlink(ramdisk_path);
	rmdir(folder);
}

static inline int open_it(const struct builder_params *params)
{
	capture_init(&capture);
	return builder_open(&builder, params, &capture.diag);
}

/* Reads the memory as a guest does that got the address of the start info in EBX. */
static inline void expect_start_info(const char *cmdline, uint64_t ramdisk_size)
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

#endif /* XLCTL_BUILDER_TEST_H */
