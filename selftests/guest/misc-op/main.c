// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claim: vm_assist, console_io and multicall answer as on Xen, hostile counts
 * and lists included.
 *
 * Why: console_io once took a negative count for a large one; multicall runs
 * what it is given, entry by entry, whatever becomes of the others.
 */
#include "guest.h"

#include <xen/version.h>

static long assist(unsigned int cmd, unsigned int type)
{
	return hypercall2(__HYPERVISOR_vm_assist, cmd, type);
}

static void vm_assist(void)
{
	unsigned int type;

	expect_rc(assist(VMASST_CMD_enable, VMASST_TYPE_runstate_update_flag), 0, "enable 5");
	expect_rc(assist(VMASST_CMD_enable, VMASST_TYPE_runstate_update_flag), 0, "enable 5 again");
	expect_rc(assist(VMASST_CMD_disable, VMASST_TYPE_runstate_update_flag), 0, "disable 5");
	for (type = 0; type < 64; type++) {
		if (type == VMASST_TYPE_runstate_update_flag)
			continue;
		if (!expect_rc(assist(VMASST_CMD_enable, type), -XEN_EINVAL, "enable %u", type))
			break;
	}
	expect_rc(assist(VMASST_CMD_enable, 0xffffffff), -XEN_EINVAL, "enable -1");
	expect_rc(assist(2, VMASST_TYPE_runstate_update_flag), -XEN_ENOSYS, "cmd 2");
}

/* Whether a release build's refusal or the debugging aid: one answer, kept to. */
static void console(void)
{
	static const char text[] = "# a line by console_io\n";
	long rc = console_io(CONSOLEIO_write, sizeof(text) - 1, text);

	printf("# console_io write gives %ld\n", rc);
	if (rc == -XEN_EPERM)
		return;
	expect_rc(rc, 0, "write");
	expect_rc(console_io(CONSOLEIO_write, 0, text), 0, "write of nothing");
	expect_rc(console_io(CONSOLEIO_write, 0, (void *)~0UL), 0, "write of nothing from nowhere");
}

static void console_hostile(void)
{
	static char big[3 * PAGE_SIZE];
	unsigned int i;
	long rc;

#if HAVE_PAGING
	static const unsigned long counts[] = { 0x7fffffff, 0x80000000, 0xfffffff0, 0xffffffff };
	unsigned long va = VA_TEST + 0x1000;

	page_set(va, (unsigned long)page_alloc(1) | PTE_P | PTE_W);
	page_set(va + PAGE_SIZE, 0);
	memset((void *)va, '\n', PAGE_SIZE);
	for (i = 0; i < ARRAY_SIZE(counts); i++) {
		rc = console_io(CONSOLEIO_write, counts[i], (void *)va);
		expect(rc == -XEN_EFAULT || rc == -XEN_EPERM || rc == -XEN_EINVAL ||
		       rc == -XEN_E2BIG, "count %#lx gives %ld", counts[i], rc);
	}
	rc = console_io(CONSOLEIO_write, 10, (void *)(va + PAGE_SIZE));
	expect(rc == -XEN_EFAULT || rc == -XEN_EPERM, "absent buffer gives %ld", rc);
#endif
	memset(big, 'x', sizeof(big));
	for (i = 60; i < sizeof(big); i += 61)
		big[i] = '\n';
	big[0] = '#';
	rc = console_io(CONSOLEIO_write, 1000, big);
	expect(rc == 0 || rc == -XEN_EPERM, "1000 bytes give %ld", rc);
	/* control characters, no newline, bytes with bit 7 */
	for (i = 0; i < 256; i++)
		big[i] = i;
	rc = console_io(CONSOLEIO_write, 256, big);
	expect(rc == 0 || rc == -XEN_EPERM, "all byte values give %ld", rc);
	rc = console_io(CONSOLEIO_write, 1, "\n");
	rc = console_io(CONSOLEIO_read, 16, big);
	expect(rc <= 0, "read gives %ld", rc);
	rc = console_io(2, 16, big);
	expect(rc == -XEN_ENOSYS || rc == -XEN_EPERM, "cmd 2 gives %ld", rc);
}

static long multicall(struct multicall_entry *e, unsigned long n)
{
	return hypercall2(__HYPERVISOR_multicall, e, n);
}

static void multicalls(void)
{
	struct multicall_entry e[4];
	char extra[16];

	memset(e, 0, sizeof(e));
	memset(extra, 0xaa, sizeof(extra));
	e[0].op = __HYPERVISOR_xen_version;
	e[0].args[0] = XENVER_version;
	e[0].result = 77;
	e[1].op = 11;
	e[2].op = __HYPERVISOR_xen_version;
	e[2].args[0] = XENVER_extraversion;
	e[2].args[1] = (unsigned long)extra;
	e[2].result = 77;
	e[3].op = __HYPERVISOR_xen_version;
	e[3].args[0] = 99;
	expect_rc(multicall(e, 4), 0, "multicall");
	expect_eq(e[0].result, xen.version, "first result");
	expect_rc((long)e[1].result, -XEN_ENOSYS, "second result");
	expect_eq(e[2].result, 0, "third result");
	expect((u8)extra[15] != 0xaa, "the third call did nothing");
	expect_rc((long)e[3].result, -XEN_ENOSYS, "fourth result");
	expect_eq(e[0].op, __HYPERVISOR_xen_version, "entries stay as they are");
	expect_rc(multicall(e, 0), 0, "multicall of none");
	expect_rc(multicall((void *)~0UL, 0), 0, "multicall of none from nowhere");
}

static void multicall_long(void)
{
	enum { N = 512 };
	struct multicall_entry *e = page_alloc(N * sizeof(*e) / PAGE_SIZE);
	unsigned int i, good = 0;

	for (i = 0; i < N; i++) {
		e[i].op = __HYPERVISOR_xen_version;
		e[i].result = 77;
	}
	expect_rc(multicall(e, N), 0, "a long multicall");
	for (i = 0; i < N; i++)
		good += e[i].result == xen.version;
	expect_eq(good, N, "entries done");
}

static void multicall_hostile(void)
{
	enum { MOST = 1024 };
	struct multicall_entry e[2], *many;
	unsigned int i;
	long rc;

	/* one inside the other does not recurse */
	memset(e, 0, sizeof(e));
	e[0].op = __HYPERVISOR_multicall;
	e[0].args[0] = (unsigned long)e;
	e[0].args[1] = 1;
	expect_rc(multicall(e, 1), 0, "nested multicall");
	expect((long)e[0].result < 0, "the inner one gives %ld", (long)e[0].result);
	/* one more than there may be: none is made */
	many = page_alloc((MOST + 1) * sizeof(*many) / PAGE_SIZE + 1);
	for (i = 0; i <= MOST; i++) {
		many[i].op = __HYPERVISOR_xen_version;
		many[i].result = 77;
	}
	expect_rc(multicall(many, MOST + 1), -XEN_EINVAL, "%u entries", MOST + 1);
	expect_eq(many[0].result, 77, "the first result after that");
	expect_rc(multicall(many, MOST), 0, "%u entries", MOST);
	expect_eq(many[MOST - 1].result, xen.version, "the last result");
#if HAVE_PAGING
	page_set(VA_TEST, 0);
	expect_rc(multicall((void *)VA_TEST, 1), -XEN_EFAULT, "bad list");
	rc = multicall((void *)VA_TEST, 0xffffffff);
	expect(rc == -XEN_EFAULT || rc == -XEN_EINVAL, "bad list of -1 gives %ld", rc);
	/* read-only: the call is made, its result cannot be told */
	page_set(VA_TEST, (unsigned long)page_alloc(1) | PTE_P);
	expect_rc(multicall((void *)VA_TEST, 1), -XEN_EFAULT, "read-only list");
	page_set(VA_TEST, 0);
#else
	(void)rc;
#endif
}

void test_setup(void)
{
	if (!xen.present)
		test_skip_all("no Xen here");
}

TEST_CASES = {
	{ "vm_assist", vm_assist },
	{ "console_io", console },
	{ "console_io with hostile counts", console_hostile },
	{ "multicall", multicalls },
	{ "a long multicall", multicall_long },
	{ "hostile multicalls", multicall_hostile },
	TEST_CASES_END
};
