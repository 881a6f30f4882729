// SPDX-License-Identifier: GPL-2.0-only
/* Domains that the cases make, and what this process is. */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "control/control.h"
#include "xt.h"

#define ENTRY		0x1000UL
#define CONSOLE_GFN	0xfeff8UL

unsigned int domains(void)
{
	struct xlhv_info info;

	xt_info(device, &info);
	return info.nr_domains;
}

int try_create(const char *name, unsigned int flags, int *fd)
{
	struct xlhv_dom_create c = { .max_vcpus = 1, .max_pages = RAM / PAGE, .flags = flags };
	int err;

	strncpy(c.name, name, sizeof(c.name) - 1);
	err = xt_call(device, XLHV_DOM_CREATE, &c);
	*fd = c.fd;
	return err;
}

int create(const char *name)
{
	int fd;

	xt_must(try_create(name, 0, &fd), "create");
	return fd;
}

static int memory_map(int fd)
{
	struct xlhv_mem_range range = { .addr = 0, .size = RAM, .type = XLHV_MEM_RAM };
	struct xlhv_memory_map map = { .ranges = (uintptr_t)&range, .count = 1 };

	return xt_call(fd, XLHV_DOM_MEMORY_MAP, &map);
}

int console_of(int dom, int flags)
{
	struct xlhv_console c = {};

	xt_must(xt_call(dom, XLHV_DOM_CONSOLE, &c), "console");
	fcntl(c.fd, F_SETFL, flags);
	return c.fd;
}

int serial_of(int dom, int flags)
{
	struct xlhv_console c = { .flags = XLHV_CONSOLE_SERIAL };

	xt_must(xt_call(dom, XLHV_DOM_CONSOLE, &c), "serial port");
	fcntl(c.fd, F_SETFL, flags);
	return c.fd;
}

static int start_on(int fd, const void *code, size_t len)
{
	struct xlhv_ring s = { .kind = XLHV_RING_CONSOLE, .gfn = CONSOLE_GFN };
	struct xlhv_vcpu_entry e = { .entry = ENTRY };
	char *p;

	xt_must(memory_map(fd), "memory map");
	p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, ENTRY);
	if (p == MAP_FAILED)
		xt_die("mmap of the domain: %s", xt_errno_name(errno));
	memcpy(p, code, len);
	munmap(p, PAGE);
	xt_must(xt_call(fd, XLHV_DOM_RING, &s), "special");
	xt_must(xt_call(fd, XLHV_DOM_VCPU_ENTRY, &e), "entry");
	xt_must(xt_call(fd, XLHV_DOM_FINISH, NULL), "finish");
	xt_must(xt_call(fd, XLHV_DOM_UNPAUSE, NULL), "unpause");
	return fd;
}

int start(const char *name, const void *code, size_t len)
{
	return start_on(create(name), code, len);
}

int start_serial(const char *name, const void *code, size_t len)
{
	int fd;

	xt_must(try_create(name, XLHV_CREATE_SERIAL, &fd), "create");
	return start_on(fd, code, len);
}

unsigned int descriptors(void)
{
	unsigned int n = 0;

	for (int i = 0; i < 1024; i++)
		n += fcntl(i, F_GETFD) >= 0;
	return n;
}

int do_populate(void *arg)
{
	return memory_map(*(int *)arg);
}

int do_destroy(void *arg)
{
	return xt_call(*(int *)arg, XLHV_DOM_DESTROY, NULL);
}

void drop_admin(void)
{
	struct __user_cap_header_struct h = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct d[2];

	syscall(SYS_capget, &h, d);
	d[0].effective &= ~(1U << CAP_SYS_ADMIN);
	if (syscall(SYS_capset, &h, d))
		xt_die("capset: %s", xt_errno_name(errno));
}
