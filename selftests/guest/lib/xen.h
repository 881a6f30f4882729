/* SPDX-License-Identifier: GPL-2.0-only */
/* What the hypervisor says of itself, and the shared pages. */
#ifndef GUEST_XEN_H
#define GUEST_XEN_H

#include "hypercall.h"
#include "types.h"

#include <xen/hvm/params.h>
#include <xen/memory.h>

struct xen {
	bool present;		/* the CPUID signature is there */
	u32 base;		/* first hypervisor leaf */
	u32 max_leaf;
	u32 version;		/* major << 16 | minor */
	u32 hypercall_msr;
	u32 leaf4_flags;
	u32 vcpu_id, domid;	/* by leaf base+4 */
	u32 features;		/* XENVER_get_features, submap 0 */
};

extern struct xen xen;

/* CPUID scan and XENVER_get_features; changes nothing in the hypervisor. */
void xen_init(void);

/* The shared info page, NULL before shared_info_map(). */
extern struct shared_info *shared_info;

/**
 * shared_info_map - put the shared info page over a page of the image
 * Return: the hypercall's result. Later calls do nothing. vCPUs below 32 that
 * have no registered vcpu_info then use their slot of the page.
 */
long shared_info_map(void);
/* Physical address of the page that shared_info_map() uses. */
unsigned long shared_info_pa(void);

/* Registers a vcpu_info at @p for @vcpu, and uses it. Return: as the hypercall. */
long vcpu_info_register(u32 vcpu, struct vcpu_info *p);

/* HVM params of this domain. Return: 0 or the hypercall's error. */
long hvm_param_get(u32 index, u64 *value);
long hvm_param_set(u32 index, u64 value);

/* Put a special page (XENMAPSPACE_*) at a guest frame. */
long physmap_add(unsigned int space, unsigned long idx, unsigned long gfn);

#endif
