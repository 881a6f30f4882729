/* SPDX-License-Identifier: GPL-2.0-only */
/* The version of Xen whose ABI we speak: what guests read from us. */
#ifndef XLHV_HYPERCALL_XEN_VERSION_H
#define XLHV_HYPERCALL_XEN_VERSION_H

#include <linux/bits.h>
#include <xen/interface/features.h>

#define XEN_CLAIM_MAJOR	4
#define XEN_CLAIM_MINOR	17
/* At most 15 characters. */
#define XEN_CLAIM_EXTRA	".7-xlhv"

#define XEN_CLAIM_CAPABILITIES	"hvm-3.0-x86_32 hvm-3.0-x86_32p hvm-3.0-x86_64 "
#define XEN_CLAIM_CHANGESET	"xlhv " XLHV_RELEASE
#define XEN_CLAIM_COMPILER	CONFIG_CC_VERSION_TEXT
#define XEN_CLAIM_COMPILE_BY	"xlhv"
#define XEN_CLAIM_COMPILE_DATE	XLHV_RELEASE

/* What the kernel's header does not name.  Source: Xen's public/features.h. */
#define FEAT_memory_op_vnode_supported	13
#define FEAT_not_direct_mapped		16

#define XEN_CLAIM_FEATURES	(BIT(XENFEAT_writable_page_tables) |		\
				 BIT(XENFEAT_auto_translated_physmap) |		\
				 BIT(XENFEAT_hvm_callback_vector) |		\
				 BIT(XENFEAT_hvm_safe_pvclock) |		\
				 BIT(FEAT_memory_op_vnode_supported) |		\
				 BIT(FEAT_not_direct_mapped))
/* By this bit software knows domain 0. */
#define XEN_CLAIM_FEATURES_DOM0	(XEN_CLAIM_FEATURES | BIT(XENFEAT_dom0))

/* Where Xen is in the address space of a paravirtualised guest; for others only told. */
#define XEN_CLAIM_VIRT_START_64	0xffff800000000000ULL
#define XEN_CLAIM_VIRT_START_32	0xf5800000U

#endif /* XLHV_HYPERCALL_XEN_VERSION_H */
