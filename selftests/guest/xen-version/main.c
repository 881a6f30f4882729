// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claim: every sub-operation of xen_version answers with Xen's layout, and the
 * whole buffer is written: nothing of the hypervisor's stack behind a string.
 *
 * Why: XSA-122 was exactly that leak. Guests and tools parse the strings.
 */
#include "guest.h"

#include <xen/features.h>
#include <xen/version.h>

static u8 buf[2048];

/* A text in a field of n bytes: terminated, printable, zero up to the end. */
static void check_text(const u8 *s, size_t n, const char *what)
{
	size_t len = 0;

	while (len < n && s[len])
		len++;
	expect(len < n, "%s is not terminated", what);
	for (size_t i = 0; i < len; i++)
		if (!expect(s[i] >= 0x20 && s[i] < 0x7f, "%s: byte %#x at %zu", what, s[i], i))
			break;
	expect_eq(len + mem_is(s + len, 0, n - len), n, "%s: bytes that are text or zero", what);
}

static long ask(unsigned int cmd)
{
	memset(buf, 0xaa, sizeof(buf));
	return xen_version_op(cmd, buf);
}

static void version(void)
{
	long v = xen_version_op(XENVER_version, NULL);

	expect(v >> 16 == 4, "major %ld: a guest takes less than 4 for an old toolstack", v >> 16);
	expect_eq(v, cpuid(xen.base + 1, 0).eax, "version against CPUID");
	/* the pointer is not looked at */
	expect_rc(xen_version_op(XENVER_version, (void *)~0UL), v, "version with a wild pointer");
}

static void texts(void)
{
	expect_rc(ask(XENVER_extraversion), 0, "extraversion");
	check_text(buf, 16, "extraversion");
	expect_eq(buf[16], 0xaa, "byte behind extraversion");
	expect_rc(ask(XENVER_capabilities), 0, "capabilities");
	check_text(buf, 1024, "capabilities");
	expect_eq(buf[1024], 0xaa, "byte behind capabilities");
	expect(strstr((char *)buf, "hvm-3.0-x86_64"), "capabilities are \"%s\"", (char *)buf);
	expect_rc(ask(XENVER_changeset), 0, "changeset");
	check_text(buf, 64, "changeset");
	expect_eq(buf[64], 0xaa, "byte behind changeset");
}

static void compile_info(void)
{
	expect_rc(ask(XENVER_compile_info), 0, "compile_info");
	check_text(buf, 64, "compiler");
	check_text(buf + 64, 16, "compile_by");
	check_text(buf + 80, 32, "compile_domain");
	check_text(buf + 112, 32, "compile_date");
	expect_eq(buf[144], 0xaa, "byte behind compile_info");
	expect(buf[0], "compiler is empty");
}

static void platform(void)
{
	expect_rc(ask(XENVER_platform_parameters), 0, "platform_parameters");
	expect_eq(buf[sizeof(long)], 0xaa, "byte behind platform_parameters");
}

static void features(void)
{
	struct xen_feature_info fi = { .submap_idx = 0, .submap = 0xffffffff };

	expect_rc(xen_version_op(XENVER_get_features, &fi), 0, "get_features");
	expect_eq(fi.submap_idx, 0, "submap_idx");
	expect(fi.submap & BIT(XENFEAT_auto_translated_physmap), "auto_translated_physmap");
	expect(fi.submap & BIT(XENFEAT_hvm_callback_vector), "hvm_callback_vector");
	expect(fi.submap & BIT(XENFEAT_hvm_safe_pvclock), "hvm_safe_pvclock");
	expect(!(fi.submap & BIT(XENFEAT_hvm_pirqs)), "hvm_pirqs in a domain without them");
	expect(!(fi.submap & BIT(XENFEAT_dom0)), "dom0");
	/* 0, 2, 8, 9, 13, 16 */
	expect_eq(fi.submap, 0x12305, "features of a PVH domain");
	fi.submap_idx = 1;
	expect_rc(xen_version_op(XENVER_get_features, &fi), -XEN_EINVAL, "submap 1");
	fi.submap_idx = 0xffffffff;
	expect_rc(xen_version_op(XENVER_get_features, &fi), -XEN_EINVAL, "submap 0xffffffff");
}

static void pagesize(void)
{
	expect_rc(xen_version_op(XENVER_pagesize, NULL), 4096, "page size");
	expect_rc(xen_version_op(XENVER_pagesize, buf), -XEN_EINVAL, "page size with a pointer");
}

static void guest_handle(void)
{
	/* the configuration says uuid = 01234567-89ab-cdef-0123-456789abcdef */
	static const u8 uuid[16] = { 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef,
				     0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef };

	expect_rc(ask(XENVER_guest_handle), 0, "guest_handle");
	if (opt_u64("uuid", 0))
		expect(!memcmp(buf, uuid, 16), "handle is %02x%02x…, not the configured UUID",
		       buf[0],
		       buf[1]);
	expect_eq(buf[16], 0xaa, "byte behind the handle");
}

/* What only the control domain may see. */
static void denied(void)
{
	expect_rc(ask(XENVER_commandline), 0, "commandline");
	check_text(buf, 1024, "commandline");
	expect(!strcmp((char *)buf, "<denied>"), "commandline is \"%s\"", (char *)buf);
	expect_rc(ask(XENVER_build_id), -XEN_EPERM, "build_id");
	expect_rc(xen_version_op(XENVER_build_id, NULL), -XEN_EPERM, "build_id without a buffer");
}

static void unknown(void)
{
	static const u32 cmds[] = { 11, 12, 63, 0x7fffffff, 0x80000000, 0xffffffff };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cmds); i++)
		expect_rc(xen_version_op(cmds[i], buf), -XEN_ENOSYS, "sub-operation %#x", cmds[i]);
}

void test_setup(void)
{
	if (!xen.present)
		test_skip_all("no Xen here");
}

TEST_CASES = {
	{ "version", version },
	{ "texts", texts },
	{ "compile_info", compile_info },
	{ "platform_parameters", platform },
	{ "features", features },
	{ "page size", pagesize },
	{ "guest handle", guest_handle },
	{ "what a guest may not see", denied },
	{ "unknown sub-operations", unknown },
	TEST_CASES_END
};
