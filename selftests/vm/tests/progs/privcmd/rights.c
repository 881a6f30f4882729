// SPDX-License-Identifier: GPL-2.0-only
/* What a restricted file may, and operations of device models, which it would be for. */
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "privcmd.h"

static void restricted(struct target *t)
{
	int fd = node(NODE), err;
	uint64_t gfn = 0;
	domid_t domid = t->domid, other = t->domid + 1;
	struct privcmd_mmapbatch_v2 m = { .num = 1, .dom = other, .arr = &gfn, .err = &err };
	struct privcmd_mmap_resource r = { .dom = other, .type = 1 };
	struct privcmd_dm_op d = { .dom = other };
	bool ok;

	m.addr = (uintptr_t)mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
	ok = is("pointer", call(fd, IOCTL_PRIVCMD_RESTRICT, BAD), -EFAULT);
	ok = is("restrict", call(fd, IOCTL_PRIVCMD_RESTRICT, &domid), 0) && ok;
	ok = is("the same", call(fd, IOCTL_PRIVCMD_RESTRICT, &domid), 0) && ok;
	ok = is("another", call(fd, IOCTL_PRIVCMD_RESTRICT, &other), -EINVAL) && ok;
	ok = is("hypercall", hypercall(fd, __HYPERVISOR_xen_version, 0, NULL), -EPERM) && ok;
	ok = is("map", call(fd, IOCTL_PRIVCMD_MMAPBATCH_V2, &m), -EPERM) && ok;
	ok = is("resource", call(fd, IOCTL_PRIVCMD_MMAP_RESOURCE, &r), -EPERM) && ok;
	ok = is("dm_op", call(fd, IOCTL_PRIVCMD_DM_OP, &d), -EPERM) && ok;
	m.dom = domid;
	ok = is("its own", call(fd, IOCTL_PRIVCMD_MMAPBATCH_V2, &m), 0) && is("page", err, 0) && ok;
	close(fd);
	munmap((void *)(uintptr_t)m.addr, PAGE);
	xt_result(ok, "a restricted file is for its domain alone, for good");
}

static void dm_op(struct target *t)
{
	struct privcmd_dm_op_buf buf[17] = {};
	struct privcmd_dm_op d = { .dom = DOMID_INVALID };
	bool ok;

	ok = is("whether it is there", call(priv, IOCTL_PRIVCMD_DM_OP, &d), 0);
	d = (struct privcmd_dm_op){ .dom = t->domid, .num = 17, .ubufs = buf };
	ok = is("too many", call(priv, IOCTL_PRIVCMD_DM_OP, &d), -E2BIG) && ok;
	d.num = 1;
	ok = is("an operation", call(priv, IOCTL_PRIVCMD_DM_OP, &d), -EOPNOTSUPP) && ok;
	buf[0].size = 4097;
	ok = is("too large", call(priv, IOCTL_PRIVCMD_DM_OP, &d), -E2BIG) && ok;
	d.ubufs = BAD;
	ok = is("pointer", call(priv, IOCTL_PRIVCMD_DM_OP, &d), -EFAULT) && ok;
	xt_result(ok, "operations of device models, of which there are none");
}

void cases_of_rights(struct target *t)
{
	restricted(t);
	dm_op(t);
}
