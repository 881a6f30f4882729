/* SPDX-License-Identifier: GPL-2.0-only */
/* The version of Xen whose ABI we speak: what guests read from us. */
#ifndef XLHV_HYPERCALL_XEN_VERSION_H
#define XLHV_HYPERCALL_XEN_VERSION_H

#define XEN_CLAIM_MAJOR	4
#define XEN_CLAIM_MINOR	17
/* At most 15 characters. */
#define XEN_CLAIM_EXTRA	".7-xlhv"

#endif /* XLHV_HYPERCALL_XEN_VERSION_H */
