// SPDX-License-Identifier: GPL-2.0-only
/* Ioctls of domains, and what they say. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "domains/domains.h"
#include "xt.h"

int device;

const char *last_error(int fd)
{
	static struct xlhv_last_error last;

	if (xt_call(fd, XLHV_LAST_ERROR, &last))
		return "(no last error)";
	return last.text;
}

/* Was it refused as expected?  Tells if not. */
bool refused(int fd, const char *what, int err, int want, const char *words)
{
	const char *text = last_error(fd);

	if (err == want && strstr(text, words) && !!*text == !!*words)
		return true;
	xt_note("%s: %s \"%s\", expected %s \"%s\"", what, xt_errno_name(err), text,
		xt_errno_name(want), words);
	return false;
}

struct xlhv_dom_create plan(const char *name)
{
	struct xlhv_dom_create c = { .max_vcpus = 1, .max_pages = RAM / PAGE };

	strncpy(c.name, name, sizeof(c.name) - 1);
	return c;
}

/* A domain that is being built; dies if that fails. */
int create(const char *name, unsigned int domid)
{
	struct xlhv_dom_create c = plan(name);
	int err;

	c.domid = domid;
	err = xt_call(device, XLHV_DOM_CREATE, &c);
	if (err)
		xt_die("%s: %s (%s)", name, xt_errno_name(err), last_error(device));
	return c.fd;
}

struct xlhv_dom_info info_of(int fd)
{
	struct xlhv_dom_info info;
	int err = xt_call(fd, XLHV_DOM_INFO, &info);

	if (err)
		xt_die("XLHV_DOM_INFO: %s", xt_errno_name(err));
	return info;
}

unsigned int domains(void)
{
	struct xlhv_info info;

	xt_info(device, &info);
	return info.nr_domains;
}

int open_domain(unsigned int domid, const char *name, int *fd)
{
	struct xlhv_dom_open o = { .domid = domid };
	int err;

	strncpy(o.name, name, sizeof(o.name) - 1);
	err = xt_call(device, XLHV_DOM_OPEN, &o);
	*fd = o.fd;
	return err;
}

int memory_map(int fd, uint64_t addr, uint64_t size, uint32_t type)
{
	struct xlhv_mem_range range = { .addr = addr, .size = size, .type = type };
	struct xlhv_memory_map map = { .ranges = (uintptr_t)&range, .count = 1 };

	return xt_call(fd, XLHV_DOM_MEMORY_MAP, &map);
}

int entry(int fd, uint64_t address)
{
	struct xlhv_vcpu_entry e = { .entry = address };

	return xt_call(fd, XLHV_DOM_VCPU_ENTRY, &e);
}

/* Memory and an entry point at which is what there is in @code. */
void build(int fd, const unsigned char *code, size_t len)
{
	unsigned char *p;

	if (memory_map(fd, 0, RAM, XLHV_MEM_RAM))
		xt_die("memory map: %s", last_error(fd));
	p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, ENTRY);
	if (p == MAP_FAILED)
		xt_die("mmap of the domain: %s", xt_errno_name(errno));
	memcpy(p, code, len);
	munmap(p, PAGE);
	if (entry(fd, ENTRY))
		xt_die("entry: %s", last_error(fd));
}

int open_parameter(const char *name, int flags)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/module/xlhv/parameters/%s", name);
	return open(path, flags);
}

bool set_limit(const char *name, const char *value)
{
	int fd = open_parameter(name, O_WRONLY);
	bool good;

	good = fd >= 0 && write(fd, value, strlen(value)) == (ssize_t)strlen(value);
	if (!good)
		xt_note("%s: %s", name, xt_errno_name(errno));
	close(fd);
	return good;
}
