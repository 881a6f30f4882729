/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * builder - lays out the memory of a PVH domain and fills it
 *
 * builder_open() does all that can fail because of what the user gave, before
 * there is a domain; builder_load() then fills the memory of one.
 */
#ifndef XLCTL_BUILDER_H
#define XLCTL_BUILDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <xen/xen.h>
#include <xen/arch-x86/hvm/start_info.h>
#include <xen/hvm/hvm_vcpu.h>

#include "builder/acpi.h"
#include "common/diag.h"
#include "config/domain_config.h"
#include "image/image.h"

#define BUILDER_PAGE_SHIFT	12
#define BUILDER_PAGE_SIZE	(UINT64_C(1) << BUILDER_PAGE_SHIFT)

/* Guest-physical addresses, those that Xen's toolstack uses for PVH. */
#define BUILDER_LOW_END		UINT64_C(0xfc000000)	/* RAM below 4 GiB ends here at most */
#define BUILDER_ACPI_BASE	UINT64_C(0xfc000000)
#define BUILDER_SPECIAL_BASE	UINT64_C(0xfeff8000)
#define BUILDER_SPECIAL_PAGES	8U
#define BUILDER_XENSTORE_GFN	UINT64_C(0xfeffc)
#define BUILDER_CONSOLE_GFN	UINT64_C(0xfefff)
#define BUILDER_HIGH_BASE	(UINT64_C(1) << 32)

#define BUILDER_MAX_REGIONS	4
/* The ramdisk, and what comes after it. */
#define BUILDER_MAX_FILES	(1 + DOMAIN_MAX_MODULES)

/**
 * struct guest_memory_ops - how the builder reaches the memory of a domain
 * @map: returns a pointer through which [@gpa, @gpa + @len) can be written, or
 *	NULL with errno set; @gpa and @len are whole pages, all of it in one
 *	region of struct builder_layout.memmap
 * @unmap: undoes @map
 *
 * The memory reads as zero before it is first written: what should be zero is
 * not touched.
 */
struct guest_memory_ops {
	void *(*map)(void *ctx, uint64_t gpa, uint64_t len);
	void (*unmap)(void *ctx, void *host, uint64_t gpa, uint64_t len);
};

/**
 * struct builder_params - what to build
 * @kernel: path of the kernel image
 * @ramdisk: path of the initial ramdisk, or NULL
 * @modules: more files that the kernel is given
 * @nr_modules: how many, at most DOMAIN_MAX_MODULES
 * @cmdline: command line, or NULL
 * @memory: RAM, bytes; whole MiB
 * @vcpus: vCPUs online at the start
 * @max_vcpus: vCPUs
 * @acpi: make ACPI tables
 * @serial: tell of a serial port in them
 * @progress: called now and then with what is being done, bytes done and bytes
 *	in all (0: not known); may be NULL
 * @progress_ctx: first argument of @progress
 */
struct builder_params {
	const char *kernel;
	const char *ramdisk;
	const struct domain_module *modules;
	unsigned int nr_modules;
	const char *cmdline;
	uint64_t memory;
	unsigned int vcpus;
	unsigned int max_vcpus;
	bool acpi;
	bool serial;
	void (*progress)(void *ctx, const char *what, uint64_t done, uint64_t total);
	void *progress_ctx;
};

/**
 * struct builder_file - the ramdisk or a module
 * @path: where it is
 * @cmdline: what the kernel is told about it, or NULL
 * @fd: its descriptor, -1 before it is open
 * @size: its size
 * @start: where it goes, guest-physical
 */
struct builder_file {
	const char *path;
	const char *cmdline;
	int fd;
	uint64_t size;
	uint64_t start;
};

/**
 * struct builder_layout - where things are in the domain, guest-physical bytes
 * @memmap: the memory map, by ascending address: RAM and ACPI tables, which
 *	have memory behind them, and the special pages (reserved)
 * @nr_memmap: its entries
 * @kernel_start: begin of the kernel
 * @kernel_end: first byte behind it
 * @ramdisk: begin of the ramdisk, 0 if there is none
 * @ramdisk_size: its size
 * @files_size: bytes of ramdisk and modules, each from a page on
 * @start_info: the hvm_start_info, with what it points to in the same pages
 * @start_info_size: bytes of all of these
 * @rsdp: RSDP of the ACPI tables, 0 if there are none
 * @entry: 32-bit entry point
 * @xenstore_gfn: page for HVM_PARAM_STORE_PFN
 * @console_gfn: page for HVM_PARAM_CONSOLE_PFN
 */
struct builder_layout {
	struct hvm_memmap_table_entry memmap[BUILDER_MAX_REGIONS];
	unsigned int nr_memmap;
	uint64_t kernel_start;
	uint64_t kernel_end;
	uint64_t ramdisk;
	uint64_t ramdisk_size;
	uint64_t files_size;
	uint64_t start_info;
	uint64_t start_info_size;
	uint64_t rsdp;
	uint64_t entry;
	uint64_t xenstore_gfn;
	uint64_t console_gfn;
};

/**
 * struct builder - a domain being built
 * @params: what to build; strings are the caller's
 * @diag: where complaints go
 * @image: the kernel
 * @acpi: the ACPI tables
 * @files: the ramdisk, if there is one, and the modules
 * @nr_files: how many
 * @layout: the result
 */
struct builder {
	struct builder_params params;
	struct diag *diag;
	struct image image;
	struct acpi_tables acpi;
	struct builder_file files[BUILDER_MAX_FILES];
	unsigned int nr_files;
	struct builder_layout layout;
};

/**
 * builder_open() - read what a domain is built from and lay it out
 * @builder: filled in; @builder->layout holds the result; to be given to
 *	builder_close() whatever came back
 * @params: what to build; its strings must outlive @builder
 * @diag: where complaints go
 *
 * Return: 0, or a negative errno after saying why.
 */
int builder_open(struct builder *builder, const struct builder_params *params,
		 struct diag *diag);

/**
 * builder_load() - fill the memory of the domain
 * @builder: from builder_open()
 * @ops: how to reach the memory
 * @ctx: first argument of @ops
 *
 * Return: 0, or a negative errno after saying why; the domain cannot be used then.
 */
int builder_load(struct builder *builder, const struct guest_memory_ops *ops, void *ctx);

/**
 * builder_entry_state() - registers of the first vCPU, as the PVH ABI wants them
 * @layout: the domain
 * @state: filled in, mode VCPU_HVM_MODE_32B
 */
void builder_entry_state(const struct builder_layout *layout, struct vcpu_hvm_context *state);

/**
 * builder_close() - free all, but what is in the domain
 * @builder: the builder
 */
void builder_close(struct builder *builder);

#endif /* XLCTL_BUILDER_H */
