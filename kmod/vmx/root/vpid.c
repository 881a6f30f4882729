// SPDX-License-Identifier: GPL-2.0-only
/*
 * Virtual-processor identifiers.  One per vCPU for its life.  KVM counts its own
 * up from 1 as well; two VMCSs with one VPID on a CPU would see each other's
 * translations, so ours are taken from the top, and a machine that runs out of
 * either end falls back to VPID 0, which flushes at each entry.
 */
#include <linux/idr.h>

#include "vmx/root/vmcs.h"

#define VPID_FIRST	0x8000
#define VPID_LAST	0xffff

static DEFINE_IDA(vpids);

/* A VPID of our own, or -ENOSPC, -ENOMEM.  May sleep. */
int vmx_vpid_get(void)
{
	return ida_alloc_range(&vpids, VPID_FIRST, VPID_LAST, GFP_KERNEL);
}

void vmx_vpid_put(u16 vpid)
{
	if (vpid)
		ida_free(&vpids, vpid);
}
