// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hypercall xen_version: who we say we are.  The numbers are those of the Xen whose
 * ABI we speak, as guests decide by them; the texts say what it is.
 *
 * Every buffer is cleared before it is filled: all of it goes to the guest.
 */
#include <linux/string.h>
#include <xen/interface/xen.h>
#include <xen/interface/version.h>

#include "ept/ept.h"
#include "hypercall/internal.h"
#include "hypercall/xen_version.h"
#include "vcpu/regs.h"
#include "vcpu/vcpu.h"

static long give_text(struct vcpu *v, u64 arg, char *buffer, size_t size, const char *text)
{
	memset(buffer, 0, size);
	strscpy(buffer, text, size);
	return guest_copy_to(v, arg, buffer, size);
}

static long op_compile_info(struct vcpu *v, u64 arg)
{
	struct xen_compile_info info;

	memset(&info, 0, sizeof(info));
	strscpy(info.compiler, XEN_CLAIM_COMPILER, sizeof(info.compiler));
	strscpy(info.compile_by, XEN_CLAIM_COMPILE_BY, sizeof(info.compile_by));
	strscpy(info.compile_domain, "xlhv", sizeof(info.compile_domain));
	strscpy(info.compile_date, XEN_CLAIM_COMPILE_DATE, sizeof(info.compile_date));
	return guest_copy_to(v, arg, &info, sizeof(info));
}

static long op_get_features(struct vcpu *v, u64 arg)
{
	struct xen_feature_info info;
	long rc;

	rc = guest_copy_from(v, &info, arg, sizeof(info));
	if (rc)
		return rc;
	if (info.submap_idx)
		return -EINVAL;
	info.submap = v->process ? XEN_CLAIM_FEATURES_DOM0 : XEN_CLAIM_FEATURES;
	return guest_copy_to(v, arg, &info, sizeof(info));
}

static long op_platform_parameters(struct vcpu *v, u64 arg)
{
	u64 wide = XEN_CLAIM_VIRT_START_64;
	u32 narrow = XEN_CLAIM_VIRT_START_32;

	if (vmx_vcpu_long_mode(v))
		return guest_copy_to(v, arg, &wide, sizeof(wide));
	return guest_copy_to(v, arg, &narrow, sizeof(narrow));
}

/* A kilobyte, mostly zeros: not on the stack. */
static long give_long_text(struct vcpu *v, u64 arg, size_t size, const char *text)
{
	size_t len = strlen(text);
	long rc;

	rc = guest_copy_to(v, arg, text, len);
	return rc ?: guest_clear(v, arg + len, size - len);
}

/* With buffers on the stack, which the one that guests call all the time does without. */
static noinline long other_ops(struct vcpu *v, u32 cmd, u64 arg)
{
	char text[64];

	switch (cmd) {
	case XENVER_extraversion:
		return give_text(v, arg, text, sizeof(struct xen_extraversion),
				 XEN_CLAIM_EXTRA);
	case XENVER_compile_info:
		return op_compile_info(v, arg);
	case XENVER_capabilities:
		return give_long_text(v, arg, sizeof(struct xen_capabilities_info),
				      XEN_CLAIM_CAPABILITIES);
	case XENVER_changeset:
		return give_text(v, arg, text, sizeof(struct xen_changeset_info),
				 XEN_CLAIM_CHANGESET);
	case XENVER_platform_parameters:
		return op_platform_parameters(v, arg);
	case XENVER_get_features:
		return op_get_features(v, arg);
	case XENVER_pagesize:
		return arg ? -EINVAL : PAGE_SIZE;
	case XENVER_guest_handle:
		return guest_copy_to(v, arg, v->domain->uuid, sizeof(v->domain->uuid));
	case XENVER_commandline:
		/* The host's is none of a guest's business, and there is no other. */
		return give_long_text(v, arg, sizeof(struct xen_commandline),
				      v->process ? "" : "<denied>");
	case XENVER_build_id:
		return v->process ? -ENODATA : -EPERM;
	}
	return -ENOSYS;
}

/**
 * hc_xen_version() - hypercall xen_version
 * @v: own thread
 * @arg1: XENVER_*
 * @arg2: linear address of the buffer
 * @arg3: not used
 *
 * Return: for the guest; -EAGAIN in the inner loop.
 */
long hc_xen_version(struct vcpu *v, u64 arg1, u64 arg2, u64 arg3)
{
	if (likely((u32)arg1 == XENVER_version))
		return XEN_CLAIM_MAJOR << 16 | XEN_CLAIM_MINOR;
	return other_ops(v, arg1, arg2);
}
