// SPDX-License-Identifier: GPL-2.0-only
/*
 * kexec-load now|crash BZIMAGE INITRD COMMAND-LINE: loads a kernel to be started next. "now" starts
 * it at once; "crash" leaves it to a panic, in the memory that crashkernel= has set aside.
 *
 * By the older of the two system calls, because the newer one makes and checks digests: more work
 * for an emulator than the start of the kernel itself.
 */
#include <asm/bootparam.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kexec.h>
#include <linux/reboot.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "xt.h"

#define PAGE		4096UL
#define LOW_END		0x9f000UL	/* below it the crash kernel needs some memory, too */
#define HEADER		0x1f1		/* struct setup_header in the file */
#define ENTRY_64	0x200		/* behind the start of the kernel proper */

/* Everything that is not kernel or initramfs, in one segment. */
struct first {
	uint8_t code[PAGE];
	char command_line[PAGE];
	struct boot_params params;
};

static uint64_t round_up(uint64_t n, uint64_t to)
{
	return (n + to - 1) / to * to;
}

static void *read_file(const char *name, size_t *size)
{
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	struct stat info;
	char *data;
	size_t n = 0;

	if (fd < 0 || fstat(fd, &info))
		xt_die("%s: %s", name, xt_errno_name(errno));
	data = malloc(info.st_size);
	while (data && n < (size_t)info.st_size) {
		ssize_t got = read(fd, data + n, info.st_size - n);

		if (got <= 0)
			break;
		n += got;
	}
	if (!data || n < (size_t)info.st_size)
		xt_die("%s: cannot read it", name);
	close(fd);
	*size = n;
	return data;
}

static uint64_t memmap_field(unsigned int entry, const char *name, char *text, size_t size)
{
	char path[80];
	int fd;
	ssize_t n;

	snprintf(path, sizeof(path), "/sys/firmware/memmap/%u/%s", entry, name);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return ~0ULL;
	n = read(fd, text, size - 1);
	close(fd);
	text[n > 0 ? n : 0] = 0;
	return strtoull(text, NULL, 0);
}

static void add_range(struct boot_params *params, uint64_t start, uint64_t end, uint32_t type)
{
	struct boot_e820_entry *e = &params->e820_table[params->e820_entries++];

	e->addr = start;
	e->size = end - start;
	e->type = type;
}

/* The firmware's map; for a crash kernel without the memory that is not its own. */
static void add_memory(struct boot_params *params, uint64_t own_start, uint64_t own_end)
{
	char text[64];

	for (unsigned int n = 0; n < 64; n++) {
		uint64_t start = memmap_field(n, "start", text, sizeof(text));
		uint64_t end = memmap_field(n, "end", text, sizeof(text)) + 1;
		bool ram;

		if (start == ~0ULL)
			break;
		memmap_field(n, "type", text, sizeof(text));
		ram = !strncmp(text, "System RAM", 10);
		if (ram && own_end && start < LOW_END)
			end = LOW_END;
		else if (ram && own_end)
			continue;
		add_range(params, start, end, ram ? 1 : strstr(text, "ACPI Tables") ? 3 : 2);
	}
	if (own_end)
		add_range(params, own_start, own_end, 1);
	if (!params->e820_entries)
		xt_die("no /sys/firmware/memmap");
}

static void find_crash_memory(uint64_t *start, uint64_t *end)
{
	FILE *f = fopen("/proc/iomem", "r");
	unsigned long long a, b;
	char line[128];

	while (f && fgets(line, sizeof(line), f)) {
		if (strstr(line, "Crash kernel") && sscanf(line, "%llx-%llx", &a, &b) == 2) {
			*start = a;
			*end = b + 1;
			fclose(f);
			return;
		}
	}
	xt_die("no memory is set aside by crashkernel=");
}

int main(int argc, char **argv)
{
	/* movabs $params, %rsi; movabs $entry, %rax; jmp *%rax */
	static const uint8_t code[] = {
		0x48, 0xbe, 0, 0, 0, 0, 0, 0, 0, 0, 0x48, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xe0
	};
	struct first *first = aligned_alloc(PAGE, round_up(sizeof(struct first), PAGE));
	bool crash = argc > 1 && !strcmp(argv[1], "crash");
	uint64_t own_start = 0, own_end = 0, at, kernel_at, value;
	size_t kernel_size, initrd_size, setup_size;
	struct kexec_segment segments[3];
	struct setup_header *header;
	char *kernel, *initrd;

	if (argc != 5 || (!crash && strcmp(argv[1], "now")) || strlen(argv[4]) >= PAGE)
		xt_die("usage: kexec-load now|crash BZIMAGE INITRD COMMAND-LINE");
	kernel = read_file(argv[2], &kernel_size);
	initrd = read_file(argv[3], &initrd_size);
	if (!first)
		xt_die("no memory");
	memset(first, 0, sizeof(*first));
	header = &first->params.hdr;
	memcpy(header, kernel + HEADER, sizeof(*header));
	if (header->header != 0x53726448 || !(header->xloadflags & XLF_KERNEL_64))
		xt_die("%s: not a 64-bit bzImage", argv[2]);
	setup_size = (header->setup_sects + 1) * 512UL;

	if (crash) {
		find_crash_memory(&own_start, &own_end);
		kernel_at = round_up(own_start, header->kernel_alignment);
	} else {
		kernel_at = header->pref_address;
	}
	add_memory(&first->params, own_start, own_end);

	/* The kernel unpacks itself in the space behind its own start. */
	at = round_up(kernel_at + header->init_size, PAGE);
	strcpy(first->command_line, argv[4]);
	header->cmd_line_ptr = at + offsetof(struct first, command_line);
	header->type_of_loader = 0xff;
	header->ramdisk_image = round_up(at + sizeof(*first), PAGE);
	header->ramdisk_size = initrd_size;
	memcpy(first->code, code, sizeof(code));
	value = at + offsetof(struct first, params);
	memcpy(first->code + 2, &value, sizeof(value));
	value = kernel_at + ENTRY_64;
	memcpy(first->code + 12, &value, sizeof(value));

	segments[0].buf = kernel + setup_size;
	segments[0].bufsz = kernel_size - setup_size;
	segments[0].mem = (void *)kernel_at;
	segments[0].memsz = round_up(header->init_size, PAGE);
	segments[1].buf = first;
	segments[1].bufsz = sizeof(*first);
	segments[1].mem = (void *)at;
	segments[1].memsz = round_up(sizeof(*first), PAGE);
	segments[2].buf = initrd;
	segments[2].bufsz = initrd_size;
	segments[2].mem = (void *)(uintptr_t)header->ramdisk_image;
	segments[2].memsz = round_up(initrd_size, PAGE);
	if (syscall(SYS_kexec_load, at, 3UL, segments,
		    KEXEC_ARCH_DEFAULT | (crash ? KEXEC_ON_CRASH : 0)))
		xt_die("cannot load the kernel: %s", xt_errno_name(errno));
	if (crash)
		return 0;
	reboot(LINUX_REBOOT_CMD_KEXEC);
	xt_die("cannot start the kernel: %s", xt_errno_name(errno));
}
