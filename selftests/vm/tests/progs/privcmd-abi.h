/* SPDX-License-Identifier: GPL-2.0-only */
/* What the kernel's xen/privcmd.h has, which asks for a header of the kernel's own. */
#ifndef XLHV_TEST_PRIVCMD_ABI_H
#define XLHV_TEST_PRIVCMD_ABI_H

#include <stddef.h>
#include <stdint.h>

/* What the headers of Xen are to tell. */
#define __XEN_INTERFACE_VERSION__ 0x00040700
#include <xen/xen.h>

struct privcmd_hypercall {
	uint64_t op, arg[5];
};

struct privcmd_mmapbatch {
	int num;
	domid_t dom;
	uint64_t addr, *arr;
};

struct privcmd_mmapbatch_v2 {
	unsigned int num;
	domid_t dom;
	uint64_t addr;
	const uint64_t *arr;
	int *err;
};

struct privcmd_dm_op_buf {
	void *uptr;
	size_t size;
};

struct privcmd_dm_op {
	domid_t dom;
	uint16_t num;
	const struct privcmd_dm_op_buf *ubufs;
};

struct privcmd_mmap_resource {
	domid_t dom;
	uint32_t type, id, idx;
	uint64_t num, addr;
};

#define IOCTL_PRIVCMD_HYPERCALL		0x00305000UL
#define IOCTL_PRIVCMD_MMAP		0x00105002UL
#define IOCTL_PRIVCMD_MMAPBATCH		0x00185003UL
#define IOCTL_PRIVCMD_MMAPBATCH_V2	0x00205004UL
#define IOCTL_PRIVCMD_DM_OP		0x00105005UL
#define IOCTL_PRIVCMD_RESTRICT		0x00025006UL
#define IOCTL_PRIVCMD_MMAP_RESOURCE	0x00205007UL

#endif /* XLHV_TEST_PRIVCMD_ABI_H */
