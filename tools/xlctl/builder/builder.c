// SPDX-License-Identifier: GPL-2.0-only
/*
 * The domain builder: where things go in the memory of a PVH domain.
 *
 * Kernel segments go where the image says.  The ramdisk and the modules follow,
 * each from the next page on, then the start info with all it points to in one
 * block.  Linux reads that block through page tables that cover the first GiB
 * only, so files that would push it beyond are placed behind it instead.
 */
#include "builder/builder.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What the first page tables of Linux cover. */
#define BUILDER_START_INFO_END	(UINT64_C(1) << 30)
/* Where guests look that do not take the RSDP's address from the start info. */
#define BUILDER_OLD_RSDP	UINT64_C(0xfffc0)
/* XENFEAT_linux_rsdp_unrestricted */
#define BUILDER_RSDP_ANYWHERE	(1U << 15)

/* COMMAND_LINE_SIZE of Linux on x86, and what no guest takes. */
#define BUILDER_LINUX_CMDLINE	2048
#define BUILDER_MAX_CMDLINE	65536

/* How the memory of a domain is best had. */
#define BUILDER_LARGE_PAGE	(UINT64_C(2) << 20)

#define BUILDER_READ_SIZE	(UINT64_C(4) << 20)

static uint64_t builder_page_up(uint64_t bytes)
{
	return (bytes + BUILDER_PAGE_SIZE - 1) & ~(BUILDER_PAGE_SIZE - 1);
}

static uint64_t builder_page_down(uint64_t bytes)
{
	return bytes & ~(BUILDER_PAGE_SIZE - 1);
}

static uint64_t builder_low_end(const struct builder *builder)
{
	return builder->params.memory < BUILDER_LOW_END ? builder->params.memory :
							   BUILDER_LOW_END;
}

static void builder_progress(struct builder *builder, const char *what, uint64_t done,
			     uint64_t total)
{
	if (builder->params.progress)
		builder->params.progress(builder->params.progress_ctx, what, done, total);
}

static void builder_add_region(struct builder_layout *layout, uint64_t addr, uint64_t size,
			       uint32_t type)
{
	struct hvm_memmap_table_entry *entry = &layout->memmap[layout->nr_memmap++];

	entry->addr = addr;
	entry->size = size;
	entry->type = type;
	entry->reserved = 0;
}

static void builder_make_memmap(struct builder *builder)
{
	struct builder_layout *layout = &builder->layout;
	uint64_t low_end = builder_low_end(builder);

	builder_add_region(layout, 0, low_end, XEN_HVM_MEMMAP_TYPE_RAM);
	if (builder->acpi.size)
		builder_add_region(layout, BUILDER_ACPI_BASE, builder_page_up(builder->acpi.size),
				   XEN_HVM_MEMMAP_TYPE_ACPI);
	builder_add_region(layout, BUILDER_SPECIAL_BASE, BUILDER_SPECIAL_PAGES * BUILDER_PAGE_SIZE,
			   XEN_HVM_MEMMAP_TYPE_RESERVED);
	if (builder->params.memory > low_end)
		builder_add_region(layout, BUILDER_HIGH_BASE, builder->params.memory - low_end,
				   XEN_HVM_MEMMAP_TYPE_RAM);
}

/* Opens a file and learns its size, which has to be known for the layout. */
static int builder_open_file(struct builder *builder, const char *path, const char *cmdline)
{
	struct builder_file *file = &builder->files[builder->nr_files++];
	struct stat st;
	int rc;

	file->path = path;
	file->cmdline = cmdline;
	/* Neither a pipe nor a device makes it wait. */
	file->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (file->fd < 0 || fstat(file->fd, &st)) {
		rc = -errno;
		diag_error(builder->diag, "%s: %s", path, strerror(errno));
		return rc;
	}
	if (!S_ISREG(st.st_mode)) {
		diag_error(builder->diag, "%s: not a regular file", path);
		return -EINVAL;
	}
	if (!st.st_size) {
		diag_error(builder->diag, "%s: the file is empty", path);
		return -EINVAL;
	}
	file->size = (uint64_t)st.st_size;
	/* One that is larger than any memory is complained about by its real size. */
	builder->layout.files_size += builder_page_up(file->size);
	return 0;
}

static int builder_open_files(struct builder *builder)
{
	const struct builder_params *params = &builder->params;
	int rc = 0;

	if (params->ramdisk) {
		rc = builder_open_file(builder, params->ramdisk, NULL);
		builder->layout.ramdisk_size = builder->files[0].size;
	}
	for (unsigned int i = 0; i < params->nr_modules && !rc; i++)
		rc = builder_open_file(builder, params->modules[i].path,
				       params->modules[i].cmdline);
	return rc;
}

static int builder_check_cmdline(struct builder *builder)
{
	size_t len = builder->params.cmdline ? strlen(builder->params.cmdline) : 0;

	if (len >= BUILDER_MAX_CMDLINE) {
		diag_error(builder->diag, "the kernel command line has %zu bytes, at most %d are possible",
			   len, BUILDER_MAX_CMDLINE - 1);
		return -E2BIG;
	}
	if (len >= BUILDER_LINUX_CMDLINE && !strcmp(builder->image.guest_os, "linux"))
		diag_warning(builder->diag,
			     "warning: the kernel command line has %zu bytes, Linux reads %d of them",
			     len, BUILDER_LINUX_CMDLINE - 1);
	return 0;
}

/*
 * Where the parts of the start info are: the structure, modules, memory map
 * in this order, each aligned to 8, then the command lines.
 */
struct builder_start_info {
	uint64_t modlist;
	uint64_t memmap;
	uint64_t cmdline;
	uint64_t size;
};

static struct builder_start_info builder_start_info_parts(const struct builder *builder)
{
	const struct builder_layout *layout = &builder->layout;
	struct builder_start_info parts;

	parts.modlist = (sizeof(struct hvm_start_info) + 7) & ~7UL;
	parts.memmap = parts.modlist + builder->nr_files * sizeof(struct hvm_modlist_entry);
	parts.cmdline = parts.memmap + layout->nr_memmap * sizeof(layout->memmap[0]);
	parts.size = parts.cmdline +
		     (builder->params.cmdline ? strlen(builder->params.cmdline) + 1 : 0);
	for (unsigned int i = 0; i < builder->nr_files; i++)
		if (builder->files[i].cmdline)
			parts.size += strlen(builder->files[i].cmdline) + 1;
	return parts;
}

static void builder_complain_size(struct builder *builder, uint64_t next)
{
	uint64_t low_end = builder_low_end(builder);
	uint64_t size = 0;

	for (unsigned int i = 0; i < builder->nr_files; i++)
		size += builder->files[i].size;
	if (builder->nr_files > 1)
		diag_error(builder->diag, "ramdisk and modules: their %" PRIu64
			   " KiB do not fit behind the kernel, which ends at %" PRIu64
			   " KiB of %" PRIu64 " MiB of memory", (size + 1023) >> 10, next >> 10,
			   low_end >> 20);
	else if (builder->nr_files)
		diag_error(builder->diag, "%s: its %" PRIu64
			   " KiB do not fit behind the kernel, which ends at %" PRIu64
			   " KiB of %" PRIu64 " MiB of memory", builder->files[0].path,
			   (size + 1023) >> 10, next >> 10, low_end >> 20);
	else
		diag_error(builder->diag, "%s: fills all of the %" PRIu64 " MiB of memory",
			   builder->params.kernel, low_end >> 20);
}

static int builder_place(struct builder *builder)
{
	struct builder_layout *layout = &builder->layout;
	uint64_t low_end = builder_low_end(builder);
	uint64_t info_size;
	uint64_t next;

	layout->kernel_start = builder->image.start;
	layout->kernel_end = builder->image.end;
	layout->entry = builder->image.entry;
	layout->start_info_size = builder_start_info_parts(builder).size;
	info_size = builder_page_up(layout->start_info_size);

	/* All of these are below 4 GiB, but the files are of any size. */
	next = builder_page_up(layout->kernel_end);
	if (layout->files_size > low_end || next + info_size > low_end - layout->files_size) {
		builder_complain_size(builder, next);
		return -ENOSPC;
	}

	layout->start_info = next + layout->files_size;
	if (layout->start_info + info_size > BUILDER_START_INFO_END) {
		layout->start_info = next;
		next += info_size;
	}
	for (unsigned int i = 0; i < builder->nr_files; i++) {
		builder->files[i].start = next;
		next += builder_page_up(builder->files[i].size);
	}
	if (layout->ramdisk_size)
		layout->ramdisk = builder->files[0].start;
	return 0;
}

/*
 * A Linux that does not say it finds the RSDP wherever the start info points
 * looks for it below 1 MiB, where the tables of a PC are.
 */
static int builder_place_rsdp(struct builder *builder)
{
	const struct image *image = &builder->image;
	unsigned int i;

	builder->layout.rsdp = BUILDER_ACPI_BASE;
	if (strcmp(image->guest_os, "linux") ||
	    (image->supported_features & BUILDER_RSDP_ANYWHERE))
		return 0;

	for (i = 0; i < image->nr_segments; i++) {
		const struct image_segment *segment = &image->segments[i];

		if (segment->paddr < BUILDER_OLD_RSDP + ACPI_RSDP_SIZE &&
		    segment->paddr + segment->memsz > BUILDER_OLD_RSDP) {
			diag_error(builder->diag, "%s: has a segment at 0x%" PRIx64
				   ", where an old Linux looks for the ACPI tables",
				   builder->params.kernel, segment->paddr);
			return -ENOEXEC;
		}
	}
	builder->layout.rsdp = BUILDER_OLD_RSDP;
	return 0;
}

int builder_open(struct builder *builder, const struct builder_params *params, struct diag *diag)
{
	int rc;

	memset(builder, 0, sizeof(*builder));
	builder->params = *params;
	builder->diag = diag;
	builder->layout.xenstore_gfn = BUILDER_XENSTORE_GFN;
	builder->layout.console_gfn = BUILDER_CONSOLE_GFN;

	rc = builder_open_files(builder);
	if (rc)
		return rc;
	builder_progress(builder, "unpacking the kernel", 0, 0);
	rc = image_open(&builder->image, params->kernel, builder_low_end(builder), diag);
	if (rc)
		return rc;
	rc = builder_check_cmdline(builder);
	if (rc)
		return rc;
	if (params->acpi) {
		rc = acpi_build(&builder->acpi, BUILDER_ACPI_BASE, params->vcpus,
				params->max_vcpus, params->serial);
		if (rc) {
			diag_error(diag, "out of memory");
			return rc;
		}
		rc = builder_place_rsdp(builder);
		if (rc)
			return rc;
	}
	builder_make_memmap(builder);
	return builder_place(builder);
}

/* Maps the pages around [gpa, gpa + len); the result points at @gpa. */
static uint8_t *builder_map(struct builder *builder, const struct guest_memory_ops *ops, void *ctx,
			    uint64_t gpa, uint64_t len)
{
	uint64_t first = builder_page_down(gpa);
	uint8_t *host;

	host = ops->map(ctx, first, builder_page_up(gpa + len) - first);
	if (!host) {
		diag_error(builder->diag, "memory of the domain at 0x%" PRIx64 ": %s", gpa,
			   strerror(errno));
		return NULL;
	}
	return host + (gpa - first);
}

static void builder_unmap(const struct guest_memory_ops *ops, void *ctx, uint8_t *host,
			  uint64_t gpa, uint64_t len)
{
	uint64_t first = builder_page_down(gpa);

	ops->unmap(ctx, host - (gpa - first), first, builder_page_up(gpa + len) - first);
}

static bool builder_is_zero(const uint8_t *bytes, size_t len)
{
	return !bytes[0] && !memcmp(bytes, bytes + 1, len - 1);
}

/*
 * Copies, but leaves pages alone that would stay zero: kernels have their BSS
 * in the file, and a page that nobody touches costs no memory.
 */
static void builder_copy(uint8_t *to, uint64_t gpa, const uint8_t *from, uint64_t len)
{
	while (len) {
		uint64_t n = BUILDER_PAGE_SIZE - (gpa & (BUILDER_PAGE_SIZE - 1));

		if (n > len)
			n = len;
		if (!builder_is_zero(from, n))
			memcpy(to, from, n);
		to += n;
		gpa += n;
		from += n;
		len -= n;
	}
}

/* Bytes from @gpa to the end of its large page, @len at most. */
static uint64_t builder_chunk(uint64_t gpa, uint64_t len)
{
	uint64_t n = BUILDER_LARGE_PAGE - (gpa & (BUILDER_LARGE_PAGE - 1));

	return n < len ? n : len;
}

/*
 * Writes @data, run by run: a large page that would stay zero is not even
 * mapped, since a mapping may be filled in at once.
 */
static int builder_write(struct builder *builder, const struct guest_memory_ops *ops, void *ctx,
			 uint64_t gpa, const uint8_t *data, uint64_t len)
{
	while (len) {
		uint64_t run = 0;
		uint8_t *host;

		while (run < len) {
			uint64_t n = builder_chunk(gpa + run, len - run);

			if (builder_is_zero(data + run, n))
				break;
			run += n;
		}
		if (run) {
			host = builder_map(builder, ops, ctx, gpa, run);
			if (!host)
				return -EIO;
			builder_copy(host, gpa, data, run);
			builder_unmap(ops, ctx, host, gpa, run);
		} else {
			run = builder_chunk(gpa, len);
		}
		gpa += run;
		data += run;
		len -= run;
	}
	return 0;
}

static int builder_load_file(struct builder *builder, const struct builder_file *file,
			     const struct guest_memory_ops *ops, void *ctx)
{
	const char *what = file->start == builder->layout.ramdisk ? "reading the ramdisk" :
								    "reading a module";
	uint64_t done = 0;
	uint8_t *host;
	int rc = 0;

	host = builder_map(builder, ops, ctx, file->start, file->size);
	if (!host)
		return -EIO;
	while (done < file->size) {
		uint64_t want = file->size - done;
		ssize_t got;

		if (want > BUILDER_READ_SIZE)
			want = BUILDER_READ_SIZE;
		builder_progress(builder, what, done, file->size);
		got = pread(file->fd, host + done, want, (off_t)done);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			rc = -errno;
			/* The file was opened for reading: it is the other side that fails. */
			diag_error(builder->diag, "%s: %s", file->path,
				   errno == EFAULT ? "the host has no memory for the domain" :
						     strerror(errno));
			break;
		}
		if (!got) {
			rc = -EIO;
			diag_error(builder->diag, "%s: the file shrank while it was being read",
				   file->path);
			break;
		}
		done += (uint64_t)got;
	}
	builder_unmap(ops, ctx, host, file->start, file->size);
	return rc;
}

/* Puts a string at @at of the start info, which then is behind it; returns where it is. */
static uint64_t builder_put_text(const struct builder *builder, uint8_t *host, uint64_t *at,
				 const char *text)
{
	uint64_t where = *at;
	size_t size = strlen(text) + 1;

	memcpy(host + where, text, size);
	*at += size;
	return builder->layout.start_info + where;
}

static int builder_load_start_info(struct builder *builder, const struct guest_memory_ops *ops,
				   void *ctx)
{
	const struct builder_layout *layout = &builder->layout;
	struct builder_start_info parts = builder_start_info_parts(builder);
	struct hvm_start_info info = {
		.magic = XEN_HVM_START_MAGIC_VALUE,
		.version = 1,
		.rsdp_paddr = layout->rsdp,
		.memmap_paddr = layout->start_info + parts.memmap,
		.memmap_entries = layout->nr_memmap,
	};
	uint8_t *host = builder_map(builder, ops, ctx, layout->start_info, layout->start_info_size);
	uint64_t text = parts.cmdline;

	if (!host)
		return -EIO;
	if (builder->params.cmdline)
		info.cmdline_paddr = builder_put_text(builder, host, &text,
						      builder->params.cmdline);
	for (unsigned int i = 0; i < builder->nr_files; i++) {
		const struct builder_file *file = &builder->files[i];
		struct hvm_modlist_entry module = { .paddr = file->start, .size = file->size };

		if (file->cmdline)
			module.cmdline_paddr = builder_put_text(builder, host, &text,
								file->cmdline);
		memcpy(host + parts.modlist + i * sizeof(module), &module, sizeof(module));
	}
	info.nr_modules = builder->nr_files;
	if (info.nr_modules)
		info.modlist_paddr = layout->start_info + parts.modlist;
	memcpy(host + parts.memmap, layout->memmap, layout->nr_memmap * sizeof(layout->memmap[0]));
	memcpy(host, &info, sizeof(info));
	builder_unmap(ops, ctx, host, layout->start_info, layout->start_info_size);
	return 0;
}

int builder_load(struct builder *builder, const struct guest_memory_ops *ops, void *ctx)
{
	const struct builder_layout *layout = &builder->layout;
	const struct image *image = &builder->image;
	unsigned int i;
	int rc;

	for (i = 0; i < image->nr_segments; i++) {
		const struct image_segment *segment = &image->segments[i];

		builder_progress(builder, "loading the kernel", segment->paddr - image->start,
				 image->end - image->start);
		rc = builder_write(builder, ops, ctx, segment->paddr, segment->data,
				   segment->filesz);
		if (rc)
			return rc;
	}
	for (i = 0, rc = 0; i < builder->nr_files && !rc; i++)
		rc = builder_load_file(builder, &builder->files[i], ops, ctx);
	if (!rc)
		rc = builder_load_start_info(builder, ops, ctx);
	if (!rc && builder->acpi.size)
		rc = builder_write(builder, ops, ctx, BUILDER_ACPI_BASE, builder->acpi.data,
				   builder->acpi.size);
	if (!rc && layout->rsdp == BUILDER_OLD_RSDP)
		rc = builder_write(builder, ops, ctx, layout->rsdp, builder->acpi.data,
				   ACPI_RSDP_SIZE);
	return rc;
}

void builder_entry_state(const struct builder_layout *layout, struct vcpu_hvm_context *state)
{
	struct vcpu_hvm_x86_32 *regs = &state->cpu_regs.x86_32;

	memset(state, 0, sizeof(*state));
	state->mode = VCPU_HVM_MODE_32B;
	regs->eip = (uint32_t)layout->entry;
	regs->ebx = (uint32_t)layout->start_info;
	regs->eflags = 0x2;		/* the bit that is always 1 */
	regs->cr0 = 0x11;		/* PE, ET */
	regs->cs_limit = UINT32_MAX;
	regs->ds_limit = UINT32_MAX;
	regs->ss_limit = UINT32_MAX;
	regs->es_limit = UINT32_MAX;
	regs->tr_limit = 0x67;
	regs->cs_ar = 0xc9b;		/* 32-bit code, 4 KiB units, accessed */
	regs->ds_ar = 0xc93;		/* 32-bit data, 4 KiB units, accessed */
	regs->ss_ar = 0xc93;
	regs->es_ar = 0xc93;
	regs->tr_ar = 0x8b;		/* busy 32-bit TSS */
}

void builder_close(struct builder *builder)
{
	for (unsigned int i = 0; i < builder->nr_files; i++)
		if (builder->files[i].fd >= 0)
			close(builder->files[i].fd);
	image_close(&builder->image);
	acpi_free(&builder->acpi);
	memset(builder, 0, sizeof(*builder));
}
