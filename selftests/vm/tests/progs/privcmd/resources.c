// SPDX-License-Identifier: GPL-2.0-only
/* Grant tables of domains, mapped. */
#include <errno.h>
#include <sys/mman.h>

#include "privcmd.h"

static void resources(struct target *t)
{
	struct privcmd_mmap_resource r = { .dom = t->domid, .type = 1 };
	char *at = area(1, PROT_READ | PROT_WRITE);
	struct { uint16_t flags, domid; uint32_t frame; } *entry = (void *)at;
	bool ok;

	ok = is("how many", call(priv, IOCTL_PRIVCMD_MMAP_RESOURCE, &r), 0);
	ok = is("frames", r.num, 64) && ok;
	r.num = 1;
	ok = is("no address", call(priv, IOCTL_PRIVCMD_MMAP_RESOURCE, &r), -EINVAL) && ok;
	r.addr = (uintptr_t)at;
	r.idx = 64;
	ok = is("beyond", call(priv, IOCTL_PRIVCMD_MMAP_RESOURCE, &r), -EINVAL) && ok;
	r.idx = ~0U;
	r.num = ~0ULL;
	ok = is("around", call(priv, IOCTL_PRIVCMD_MMAP_RESOURCE, &r), -EINVAL) && ok;
	r.idx = 0;
	r.num = 1;
	r.type = 0;
	ok = is("another type", call(priv, IOCTL_PRIVCMD_MMAP_RESOURCE, &r), -EOPNOTSUPP) && ok;
	r.type = 1;
	r.id = 2;
	ok = is("another table", call(priv, IOCTL_PRIVCMD_MMAP_RESOURCE, &r), -EINVAL) && ok;
	r.id = 0;
	r.dom = 4711;
	ok = is("no domain", call(priv, IOCTL_PRIVCMD_MMAP_RESOURCE, &r), -ESRCH) && ok;
	r.dom = t->domid;
	ok = is("pointer", call(priv, IOCTL_PRIVCMD_MMAP_RESOURCE, BAD), -EFAULT) && ok;
	ok = is("the table", call(priv, IOCTL_PRIVCMD_MMAP_RESOURCE, &r), 0) &&
	     is("console's flags", entry->flags & 1, 1) && is("to", entry->domid, 0) &&
	     is("frame", entry->frame, RING) && ok;
	munmap(at, PAGE);
	xt_result(ok, "a domain's grant table is mapped, its console's grant is there");
}

void cases_of_resources(struct target *t)
{
	resources(t);
}
