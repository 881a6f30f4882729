/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tests of accesses without memory share. */
#ifndef UNIT_MMIO_COMMON_H
#define UNIT_MMIO_COMMON_H

#include <linux/errno.h>

#include "vmx/guest/internal.h"

#define HOLE		0xd0000000ULL
#define APIC		0xfee00000ULL

/* Whether it reads or writes: the CPU would have said. */
static inline int mmio(struct vcpu *v, u64 gpa)
{
	int err = vmx_mmio(v, gpa, false);

	return err == -EOPNOTSUPP ? vmx_mmio(v, gpa, true) : err;
}

#endif /* UNIT_MMIO_COMMON_H */
