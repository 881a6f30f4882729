/* SPDX-License-Identifier: GPL-2.0-only */
/* What every folder of the module shares: limits, module parameters, printing. */
#ifndef XLHV_H
#define XLHV_H

#ifdef pr_fmt
#undef pr_fmt
#endif
#define pr_fmt(fmt) "xlhv: " fmt

#include <linux/printk.h>
#include <linux/types.h>
#include <uapi/xlhv.h>

#define XLHV_RELEASE		"0.1"

/* Limits of the ABI: Xen's domain identifiers end below DOMID_FIRST_RESERVED. */
#define XLHV_MAX_DOMAINS	0x7ff0
#define XLHV_MAX_VCPUS		128

/*
 * Where a guest asks: the memory cgroup pays, and an allocation fails before the OOM
 * killer, of the group or of the host, does anything for it.
 */
#define GFP_GUEST	(GFP_KERNEL_ACCOUNT | __GFP_RETRY_MAYFAIL | __GFP_NOWARN)

#endif /* XLHV_H */
