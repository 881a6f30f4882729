// SPDX-License-Identifier: GPL-2.0-only
/*
 * Virtual-processor identifiers.  One per vCPU for its life.  KVM counts its own
 * up from 1 as well; two VMCSs with one VPID on a CPU would see each other's
 * translations, so ours are taken from the top, and a machine that runs out of
 * either end does without: entries and exits then forget everything.
 *
 * Translations of a vCPU that moves are forgotten by their EPT (ept_invalidate()): what a
 * flush here leaves on other CPUs is never used.
 */
#include <linux/gfp.h>
#include <linux/idr.h>

#include "vmx/root/caps.h"
#include "vmx/root/insn.h"
#include "vmx/root/vpid.h"

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

/**
 * vmx_vpid_flush() - a vCPU has no translations of linear addresses on this CPU
 * @vpid: its own; 0: the next entry forgets them by itself
 *
 * The bits of INVVPID are in the upper half of the capability MSR, and named so.  One of
 * the two extents is there: without either, VPIDs are not used (caps.c).
 *
 * Context: VMX root operation, preemption off.
 */
void vmx_vpid_flush(u16 vpid)
{
	if (!vpid)
		return;
	/* An error means that VMX is off, and the entry that follows will say so. */
	if (vmx_caps.msr[XLHV_CAP_EPT_VPID] >> 32 & VMX_VPID_EXTENT_SINGLE_CONTEXT_BIT)
		vmx_insn_invvpid(VMX_VPID_EXTENT_SINGLE_CONTEXT, vpid, 0);
	else
		vmx_insn_invvpid(VMX_VPID_EXTENT_ALL_CONTEXT, 0, 0);
}
