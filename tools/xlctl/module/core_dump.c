// SPDX-License-Identifier: GPL-2.0-only
/*
 * A core; see core_dump.h. The pages are written as they come, behind room for what is of a
 * known size; which they are follows them. libelf writes all but the pages.
 */
#include <errno.h>
#include <fcntl.h>
#include <libelf.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define __XEN_TOOLS__
#include <xen/xen.h>
#include <xen/elfnote.h>
#include <xen/version.h>

#include "common/msg.h"
#include "common/store_root.h"
#include "module/core_dump.h"
#include "module/dom.h"

#define PAGE		4096U
/* A domain that is no PV one; and the version of the format, 0.1. */
#define MAGIC_HVM	0xf00febeeULL
#define FORMAT_VERSION	1ULL
/* As guests are told (kmod/hypercall/xen_version.h). */
#define XEN_MAJOR	4
#define XEN_MINOR	17
#define XEN_EXTRA	".7-xlhv"

/* The notes' contents. */
struct note_header {
	uint64_t magic;
	uint64_t nr_vcpus;
	uint64_t nr_pages;
	uint64_t page_size;
};

struct note_version {
	uint64_t major_version;
	uint64_t minor_version;
	xen_extraversion_t extra_version;
	xen_compile_info_t compile_info;
	xen_capabilities_info_t capabilities;
	xen_changeset_info_t changeset;
	xen_platform_parameters_t platform;
	uint64_t pagesize;
};

enum section { SEC_STRINGS, SEC_NOTES, SEC_PRSTATUS, SEC_PAGES, SEC_PFN, NR_SECTIONS };

static const char *const names[NR_SECTIONS] = {
	".shstrtab", ".note.Xen", ".xen_prstatus", ".xen_pages", ".xen_pfn",
};

/**
 * struct core - a core being written
 * @domain: whose
 * @fd: the file
 * @path: its name, for messages
 * @vcpus: registers of the vCPUs
 * @nr_vcpus: how many
 * @pages_at: where the pages are in the file
 * @pfns: which pages they are
 * @nr_pages: how many
 * @room: of @pfns
 */
struct core {
	int domain;
	int fd;
	const char *path;
	vcpu_guest_context_t *vcpus;
	uint32_t nr_vcpus;
	uint64_t pages_at;
	uint64_t *pfns;
	size_t nr_pages;
	size_t room;
};

static int fail_write(const struct core *core, int error)
{
	msg_error("%s: %s", core->path, strerror(error));
	return -1;
}

static void put_registers(vcpu_guest_context_t *to, const struct xlhv_vcpu_regs *from)
{
	to->flags = from->flags & XLHV_VCPU_ONLINE ? VGCF_online : 0;
	to->user_regs.rax = from->gpr[0];
	to->user_regs.rcx = from->gpr[1];
	to->user_regs.rdx = from->gpr[2];
	to->user_regs.rbx = from->gpr[3];
	to->user_regs.rsp = from->gpr[4];
	to->user_regs.rbp = from->gpr[5];
	to->user_regs.rsi = from->gpr[6];
	to->user_regs.rdi = from->gpr[7];
	to->user_regs.r8 = from->gpr[8];
	to->user_regs.r9 = from->gpr[9];
	to->user_regs.r10 = from->gpr[10];
	to->user_regs.r11 = from->gpr[11];
	to->user_regs.r12 = from->gpr[12];
	to->user_regs.r13 = from->gpr[13];
	to->user_regs.r14 = from->gpr[14];
	to->user_regs.r15 = from->gpr[15];
	to->user_regs.rip = from->rip;
	to->user_regs.rflags = from->rflags;
	to->user_regs.es = from->selector[0];
	to->user_regs.cs = from->selector[1];
	to->user_regs.ss = from->selector[2];
	to->user_regs.ds = from->selector[3];
	to->user_regs.fs = from->selector[4];
	to->user_regs.gs = from->selector[5];
	to->ctrlreg[0] = from->cr0;
	to->ctrlreg[2] = from->cr2;
	to->ctrlreg[3] = from->cr3;
	to->ctrlreg[4] = from->cr4;
	to->fs_base = from->fs_base;
	/* In the kernel it is the current one, and the other waits for SWAPGS. */
	to->gs_base_kernel = from->selector[1] & 3 ? from->kernel_gs_base : from->gs_base;
	to->gs_base_user = from->selector[1] & 3 ? from->gs_base : from->kernel_gs_base;
}

static int read_registers(struct core *core)
{
	core->vcpus = calloc(core->nr_vcpus, sizeof(*core->vcpus));
	if (!core->vcpus)
		msg_out_of_memory();
	for (uint32_t i = 0; i < core->nr_vcpus; i++) {
		struct xlhv_vcpu_regs regs = { .vcpu = i };

		if (ioctl(core->domain, XLHV_DOM_VCPU_REGS, &regs))
			return dom_report(core->domain, errno, "registers of vCPU %u", i);
		put_registers(&core->vcpus[i], &regs);
	}
	return 0;
}

static int write_page(struct core *core, const struct xlhv_page *page)
{
	uint64_t at = core->pages_at + core->nr_pages * PAGE;
	size_t done = 0;

	if (core->nr_pages == core->room) {
		core->room = core->room ? 2 * core->room : 4096;
		core->pfns = reallocarray(core->pfns, core->room, sizeof(*core->pfns));
		if (!core->pfns)
			msg_out_of_memory();
	}
	core->pfns[core->nr_pages++] = page->gfn;
	while (done < PAGE) {
		ssize_t written = pwrite(core->fd, page->data + done, PAGE - done,
					 (off_t)(at + done));

		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return fail_write(core, written ? errno : ENOSPC);
		done += (size_t)written;
	}
	return 0;
}

/* Who had the domain stand still keeps signals back, so that it goes on: they are looked at. */
static bool interrupted(void)
{
	sigset_t pending;

	return !sigpending(&pending) && (sigismember(&pending, SIGINT) > 0 ||
					 sigismember(&pending, SIGTERM) > 0 ||
					 sigismember(&pending, SIGHUP) > 0);
}

static int write_pages(struct core *core)
{
	struct xlhv_page *pages = calloc(XLHV_MAX_READ_PAGES, sizeof(*pages));
	struct xlhv_read_pages arg = { .pages = (uint64_t)(uintptr_t)pages };
	int error = 0;

	if (!pages)
		msg_out_of_memory();
	while (!error && arg.gfn != XLHV_NO_GFN) {
		arg.count = XLHV_MAX_READ_PAGES;
		if (ioctl(core->domain, XLHV_DOM_READ_PAGES, &arg)) {
			error = dom_report(core->domain, errno, "memory of the domain");
			break;
		}
		for (uint32_t i = 0; i < arg.count && !error; i++)
			error = write_page(core, &pages[i]);
		if (!error && interrupted())
			error = fail_write(core, EINTR);
	}
	free(pages);
	return error;
}

static char *put_note(char *at, uint32_t type, const void *contents, uint32_t size)
{
	const Elf64_Nhdr head = { .n_namesz = 4, .n_descsz = size, .n_type = type };

	memcpy(at, &head, sizeof(head));
	memcpy(at + sizeof(head), "Xen", 4);
	if (size)
		memcpy(at + sizeof(head) + 4, contents, size);
	return at + sizeof(head) + 4 + size;
}

#define NOTES_BYTES	(4 * (sizeof(Elf64_Nhdr) + 4) + sizeof(struct note_header) + \
			 sizeof(struct note_version) + sizeof(uint64_t))

static void make_notes(const struct core *core, char *at)
{
	const struct note_header header = {
		.magic = MAGIC_HVM,
		.nr_vcpus = core->nr_vcpus,
		.nr_pages = core->nr_pages,
		.page_size = PAGE,
	};
	struct note_version version = {
		.major_version = XEN_MAJOR,
		.minor_version = XEN_MINOR,
		.extra_version = XEN_EXTRA,
		.capabilities = "hvm-3.0-x86_32 hvm-3.0-x86_32p hvm-3.0-x86_64 ",
		.pagesize = PAGE,
	};
	const uint64_t format = FORMAT_VERSION;

	at = put_note(at, XEN_ELFNOTE_DUMPCORE_NONE, NULL, 0);
	at = put_note(at, XEN_ELFNOTE_DUMPCORE_HEADER, &header, sizeof(header));
	at = put_note(at, XEN_ELFNOTE_DUMPCORE_XEN_VERSION, &version, sizeof(version));
	put_note(at, XEN_ELFNOTE_DUMPCORE_FORMAT_VERSION, &format, sizeof(format));
}

static uint64_t round_up(uint64_t value, uint64_t to)
{
	return (value + to - 1) & ~(to - 1);
}

/* What is in the sections, but for the pages, and where. */
struct contents {
	char strings[64];
	char notes[NOTES_BYTES];
	void *data[NR_SECTIONS];
	uint64_t size[NR_SECTIONS];
	uint64_t at[NR_SECTIONS];
	uint32_t name[NR_SECTIONS];
};

static void lay_out(struct core *core, struct contents *c)
{
	uint32_t end = 1;

	for (unsigned int i = 0; i < NR_SECTIONS; i++) {
		c->name[i] = end;
		strcpy(c->strings + end, names[i]);
		end += (uint32_t)strlen(names[i]) + 1;
	}
	c->data[SEC_STRINGS] = c->strings;
	c->size[SEC_STRINGS] = end;
	c->data[SEC_NOTES] = c->notes;
	c->size[SEC_NOTES] = sizeof(c->notes);
	c->data[SEC_PRSTATUS] = core->vcpus;
	c->size[SEC_PRSTATUS] = core->nr_vcpus * sizeof(*core->vcpus);
	c->at[SEC_STRINGS] = sizeof(Elf64_Ehdr);
	c->at[SEC_NOTES] = round_up(c->at[SEC_STRINGS] + end, 8);
	c->at[SEC_PRSTATUS] = round_up(c->at[SEC_NOTES] + c->size[SEC_NOTES], 8);
	core->pages_at = round_up(c->at[SEC_PRSTATUS] + c->size[SEC_PRSTATUS], PAGE);
	c->at[SEC_PAGES] = core->pages_at;
}

static bool put_section(Elf *elf, const struct contents *c, enum section which)
{
	static const uint64_t entry[NR_SECTIONS] = {
		[SEC_PRSTATUS] = sizeof(vcpu_guest_context_t), [SEC_PAGES] = PAGE,
		[SEC_PFN] = sizeof(uint64_t),
	};
	Elf_Scn *section = elf_newscn(elf);
	Elf64_Shdr *header = section ? elf64_getshdr(section) : NULL;
	Elf_Data *data;

	if (!header)
		return false;
	header->sh_name = c->name[which];
	header->sh_type = which == SEC_STRINGS ? SHT_STRTAB :
			  which == SEC_NOTES ? SHT_NOTE : SHT_PROGBITS;
	header->sh_offset = c->at[which];
	header->sh_size = c->size[which];
	header->sh_addralign = which == SEC_PAGES ? PAGE : which == SEC_STRINGS ? 1 : 8;
	header->sh_entsize = entry[which];
	if (!c->data[which])
		return true;
	data = elf_newdata(section);
	if (!data)
		return false;
	data->d_buf = c->data[which];
	data->d_size = c->size[which];
	data->d_type = ELF_T_BYTE;
	data->d_align = 1;
	data->d_version = EV_CURRENT;
	return true;
}

/* The descriptor's own; the pages are there already and stay. */
static bool put_elf(const struct core *core, const struct contents *c)
{
	Elf *elf = elf_version(EV_CURRENT) == EV_NONE ? NULL :
		   elf_begin(core->fd, ELF_C_WRITE, NULL);
	Elf64_Ehdr *header = elf ? elf64_newehdr(elf) : NULL;
	bool good = header;

	if (good) {
		elf_flagelf(elf, ELF_C_SET, ELF_F_LAYOUT);
		header->e_ident[EI_DATA] = ELFDATA2LSB;
		header->e_type = ET_CORE;
		header->e_machine = EM_X86_64;
		header->e_version = EV_CURRENT;
		header->e_shoff = round_up(c->at[SEC_PFN] + c->size[SEC_PFN], 8);
	}
	for (unsigned int i = 0; i < NR_SECTIONS && good; i++)
		good = put_section(elf, c, i);
	if (good) {
		header->e_shstrndx = SEC_STRINGS + 1;
		good = elf_update(elf, ELF_C_WRITE) >= 0;
	}
	if (elf)
		elf_end(elf);
	return good;
}

static int write_all(struct core *core)
{
	struct contents *c = calloc(1, sizeof(*c));
	int error;

	if (!c)
		msg_out_of_memory();
	error = read_registers(core);
	if (!error) {
		lay_out(core, c);
		error = write_pages(core);
	}
	if (!error) {
		make_notes(core, c->notes);
		c->size[SEC_PAGES] = core->nr_pages * PAGE;
		c->data[SEC_PFN] = core->pfns;
		c->size[SEC_PFN] = core->nr_pages * sizeof(*core->pfns);
		c->at[SEC_PFN] = c->at[SEC_PAGES] + c->size[SEC_PAGES];
		errno = 0;
		if (!put_elf(core, c))
			error = fail_write(core, errno ? errno : EIO);
		else if (fsync(core->fd))
			error = fail_write(core, errno);
	}
	free(c);
	return error;
}

/* The memory of a domain is for its owner's eyes alone. */
int core_write(int domain, const struct xlhv_dom_info *info, const char *path)
{
	struct core core = { .domain = domain, .path = path, .nr_vcpus = info->max_vcpus };
	char *draft = msg_text("%s.XXXXXX", path);
	int error;

	core.fd = mkostemp(draft, O_CLOEXEC);
	if (core.fd < 0) {
		error = fail_write(&core, errno);
		free(draft);
		return error;
	}
	error = write_all(&core);
	if (!error && rename(draft, path))
		error = fail_write(&core, errno);
	if (error)
		unlink(draft);
	close(core.fd);
	free(core.vcpus);
	free(core.pfns);
	free(draft);
	return error;
}

int core_keep(int domain, const struct xlhv_dom_info *info)
{
	char *folder = msg_text("%s%s", store_root(), CORE_FOLDER);
	char *path = msg_text("%s/%s", folder, info->name), *slash;
	int error;

	/* Each folder on the way, for root alone where it is new. */
	for (slash = strchr(folder + 1, '/'); ; slash = strchr(slash + 1, '/')) {
		if (slash)
			*slash = '\0';
		mkdir(folder, slash ? 0755 : 0700);
		if (!slash)
			break;
		*slash = '/';
	}
	error = core_write(domain, info, path);
	free(folder);
	free(path);
	return error;
}
