// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claim: a hypercall's pointers go through the guest's own page tables as the
 * guest's own ring 0 access would: present, writable, reserved bits, page
 * sizes, SMAP, accessed and dirty bits; a structure may cross pages.
 *
 * Why: the hypervisor walks these tables in software. Each rule it skips is
 * either a guest kernel's protection undone or an error it does not expect.
 */
#include "guest.h"

#include <xen/version.h>

#define OUT_SIZE 16	/* XENVER_extraversion writes this much */

static long out_at(unsigned long va)
{
	return xen_version_op(XENVER_extraversion, (void *)va);
}

/* Reads and writes 8 bytes. */
static long inout_at(unsigned long va)
{
	return xen_version_op(XENVER_get_features, (void *)va);
}

/* Reads 4 bytes and writes nothing: EVTCHNOP_send of a port that is not there. */
static long in_at(unsigned long va)
{
	return evtchn_op(4, (void *)va);
}

static char want[OUT_SIZE];

#if HAVE_PAGING

static unsigned long va0 = VA_TEST + 0x4000000;
static u8 *frame[2];

static void map2(u64 flags0, u64 flags1)
{
	/* the second frame lies below the first: contiguous only by linear address */
	page_set(va0, flags0 ? (unsigned long)frame[0] | flags0 : 0);
	page_set(va0 + PAGE_SIZE, flags1 ? (unsigned long)frame[1] | flags1 : 0);
	memset(frame[0], 0xaa, PAGE_SIZE);
	memset(frame[1], 0xaa, PAGE_SIZE);
}

static void small_pages(void)
{
	map2(PTE_P | PTE_W, PTE_P | PTE_W);
	expect_rc(out_at(va0), 0, "aligned");
	expect(!memcmp(frame[0], want, OUT_SIZE), "bytes at the start of a page");
	expect_rc(out_at(va0 + PAGE_SIZE - OUT_SIZE), 0, "up to the end of a page");
	expect(!memcmp(frame[0] + PAGE_SIZE - OUT_SIZE, want, OUT_SIZE), "bytes at the end");
	expect_eq(frame[1][0], 0xaa, "first byte of the next page");
}

static void crossing(void)
{
	unsigned int cut;

	for (cut = 1; cut < OUT_SIZE; cut += 3) {
		map2(PTE_P | PTE_W, PTE_P | PTE_W);
		expect_rc(out_at(va0 + PAGE_SIZE - cut), 0, "%u bytes before the boundary", cut);
		expect(!memcmp(frame[0] + PAGE_SIZE - cut, want, cut), "first part of %u", cut);
		expect(!memcmp(frame[1], want + cut, OUT_SIZE - cut), "second part after %u", cut);
		expect_eq(frame[1][OUT_SIZE - cut], 0xaa, "byte behind");
		expect_eq(frame[0][PAGE_SIZE - cut - 1], 0xaa, "byte before");
	}
	map2(PTE_P | PTE_W, 0);
	expect_rc(out_at(va0 + PAGE_SIZE - 4), -XEN_EFAULT, "into an absent second page");
	map2(0, PTE_P | PTE_W);
	expect_rc(out_at(va0 + PAGE_SIZE - 4), -XEN_EFAULT, "from an absent first page");
	expect_eq(frame[1][0], 0xaa, "the second page untouched");
	map2(PTE_P | PTE_W, PTE_P);
	expect_rc(out_at(va0 + PAGE_SIZE - 4), -XEN_EFAULT, "into a read-only second page");
}

static void permissions(void)
{
	map2(0, 0);
	expect_rc(out_at(va0), -XEN_EFAULT, "write, absent");
	expect_rc(in_at(va0), -XEN_EFAULT, "read, absent");
	map2(PTE_P, 0);
	expect_rc(out_at(va0), -XEN_EFAULT, "write, read-only");
	expect_eq(frame[0][0], 0xaa, "a read-only page was written");
	memset(frame[0], 0xff, 4);
	expect_rc(in_at(va0), -XEN_EINVAL, "read, read-only");
	write_cr0(read_cr0() & ~CR0_WP);
	expect_rc(out_at(va0), 0, "write, read-only, CR0.WP clear");
	write_cr0(read_cr0() | CR0_WP);
	map2(PTE_P | PTE_W | PTE_U, 0);
	expect_rc(out_at(va0), 0, "write, user page");
	expect(!memcmp(frame[0], want, OUT_SIZE), "bytes on a user page");
	/* permission above the last level counts too */
	pte_t *up = pt_entry(va0, 2), old = *up;

	map2(PTE_P | PTE_W, PTE_P | PTE_W);
	*up = old & ~(pte_t)PTE_W;
	write_cr3(read_cr3());
	expect_rc(out_at(va0), -XEN_EFAULT, "write, read-only one level up");
	*up = old & ~(pte_t)PTE_P;
	write_cr3(read_cr3());
	expect_rc(out_at(va0), -XEN_EFAULT, "write, absent one level up");
	*up = old;
	write_cr3(read_cr3());
	expect_rc(out_at(va0), 0, "write, restored");
}

static void accessed_dirty(void)
{
	pte_t *e, *up;

	map2(PTE_P | PTE_W, 0);
	e = pt_entry(va0, 1);
	up = pt_entry(va0, 2);
	*up &= ~(pte_t)PTE_A;
	write_cr3(read_cr3());
	memset(frame[0], 0xff, 8);
	expect_rc(in_at(va0), -XEN_EINVAL, "read");
	expect_eq(*e & (PTE_A | PTE_D), PTE_A, "A and D after a read");
	expect_eq(*up & PTE_A, PTE_A, "A one level up");
	expect_rc(out_at(va0), 0, "write");
	expect_eq(*e & (PTE_A | PTE_D), PTE_A | PTE_D, "A and D after a write");
	/* a refused write leaves no mark of a write */
	map2(PTE_P, 0);
	expect_rc(out_at(va0), -XEN_EFAULT, "write, read-only");
	expect_eq(*e & PTE_D, 0, "D after a refused write");
}

static void large_pages(void)
{
	unsigned long va = VA_TEST + 0x10000000, big;
	u8 *p;

	big = (unsigned long)page_alloc_aligned(LARGE_SIZE / PAGE_SIZE, LARGE_SIZE);
	p = (u8 *)big;
	page_map_level(va, big, PTE_P | PTE_W, 2);
	expect_rc(out_at(va + 0x12340), 0, "write in a large page");
	expect(!memcmp(p + 0x12340, want, OUT_SIZE), "bytes in a large page");
	expect_eq(*pt_entry(va, 2) & (PTE_A | PTE_D), PTE_A | PTE_D, "A and D of a large page");
	/* from a large page to a small one */
	page_set(va + LARGE_SIZE, (unsigned long)frame[1] | PTE_P | PTE_W);
	memset(frame[1], 0xaa, 64);
	expect_rc(out_at(va + LARGE_SIZE - 5), 0, "across from large to small");
	expect(!memcmp(p + LARGE_SIZE - 5, want, 5), "part on the large page");
	expect(!memcmp(frame[1], want + 5, OUT_SIZE - 5), "part on the small page");
	page_map_level(va, big, PTE_P, 2);
	expect_rc(out_at(va + 0x100), -XEN_EFAULT, "write, read-only large page");
#if PT_LEVELS == 4
	if (paging_1g) {
		unsigned long gva = VA_TEST + 0x40000000UL * 8;

		page_map_level(gva, 0, PTE_P | PTE_W, 3);
		memset(frame[0], 0xaa, 64);
		expect_rc(out_at(gva + (unsigned long)frame[0]), 0, "write in a 1 GiB page");
		expect(!memcmp(frame[0], want, OUT_SIZE), "bytes in a 1 GiB page");
	} else {
		printf("# no 1 GiB pages offered\n");
	}
#endif
}

static void reserved_bits(void)
{
#if PT_LEVELS >= 3
	map2(PTE_P | PTE_W, 0);
	page_set(va0, (unsigned long)frame[0] | PTE_P | PTE_W | BIT64(51));
	expect_rc(out_at(va0), -XEN_EFAULT, "physical address beyond the width");
	if (paging_nx) {
		page_set(va0, (unsigned long)frame[0] | PTE_P | PTE_W | PTE_NX);
		expect_rc(out_at(va0), 0, "no-execute page");
		wrmsr(MSR_EFER, rdmsr(MSR_EFER) & ~(u64)EFER_NXE);
		expect_rc(out_at(va0), -XEN_EFAULT, "the same bit while EFER.NXE is clear");
		wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_NXE);
	}
	pte_t *e = pt_entry(VA_TEST + 0x18000000, 2);

	*e = (unsigned long)frame[0] | PTE_P | PTE_W | PTE_PS | BIT(13);
	write_cr3(read_cr3());
	expect_rc(out_at(VA_TEST + 0x18000000), -XEN_EFAULT, "misaligned 2 MiB page");
	*e = 0;
	write_cr3(read_cr3());
#else
	test_skip("32-bit entries have no such bits");
#endif
}

static void smap(void)
{
	long rc;

	skip_if(!(cpuid_checked(7, 0).ebx & BIT(20)), "no SMAP");
	map2(PTE_P | PTE_W | PTE_U, PTE_P | PTE_W);
	write_cr4(read_cr4() | CR4_SMAP);
	rc = out_at(va0);
	expect_rc(rc, -XEN_EFAULT, "user page with SMAP");
	expect_rc(out_at(va0 + PAGE_SIZE), 0, "supervisor page with SMAP");
	__asm__ volatile("stac" : : : "memory", "cc");
	rc = out_at(va0);
	__asm__ volatile("clac" : : : "memory", "cc");
	write_cr4(read_cr4() & ~CR4_SMAP);
	expect_rc(rc, 0, "user page with SMAP and AC set");
}

static void strange_addresses(void)
{
	u64 top = mem_ram_end();

	/* a good mapping of nothing */
	page_set(va0, 0xfd000000UL | PTE_P | PTE_W);
	expect_rc(out_at(va0), -XEN_EFAULT, "a frame without memory");
	expect_rc(in_at(va0), -XEN_EFAULT, "read of a frame without memory");
	page_set(va0, (unsigned long)ALIGN_UP(top, (u64)PAGE_SIZE) | PTE_P | PTE_W);
	expect_rc(out_at(va0), -XEN_EFAULT, "the first frame above RAM");
	page_set(va0, APIC_PAGE | PTE_P | PTE_W);
	expect_rc(out_at(va0), -XEN_EFAULT, "the local APIC's page");
#ifdef __x86_64__
	expect_rc(out_at(0x0000800000000000), -XEN_EFAULT, "non-canonical");
	expect_rc(out_at(0x00007ffffffffff8), -XEN_EFAULT, "running into the hole");
	expect_rc(out_at(0xfffffffffffffff8), -XEN_EFAULT, "running over the end");
#endif
	page_set(va0, 0);
}

static void fresh_frame(void)
{
	/* the target has never been touched: the hypercall itself is the first to do so */
	unsigned long f = page_alloc_untouched(1024, LARGE_SIZE);

	page_set(va0, (f + 0x123000) | PTE_P | PTE_W);
	expect_rc(out_at(va0 + 16), 0, "write to a fresh frame");
	expect(!memcmp((void *)(f + 0x123010), want, OUT_SIZE), "bytes on a fresh frame");
	expect_eq(mem_is((void *)(f + 0x123000), 0, 16), 16, "zeroes before");
	page_set(va0, 0);
}

#else	/* no paging: linear is physical */

static void small_pages(void)
{
	u8 *p = page_alloc(2);

	expect_rc(out_at((unsigned long)p + PAGE_SIZE - 5), 0, "across frames");
	expect(!memcmp(p + PAGE_SIZE - 5, want, OUT_SIZE), "bytes");
}

static void crossing(void) { test_skip("no paging"); }
static void permissions(void) { test_skip("no paging"); }
static void accessed_dirty(void) { test_skip("no paging"); }
static void large_pages(void) { test_skip("no paging"); }
static void reserved_bits(void) { test_skip("no paging"); }
static void smap(void) { test_skip("no paging"); }

static void strange_addresses(void)
{
	expect_rc(out_at(0xfd000000), -XEN_EFAULT, "a frame without memory");
	expect_rc(in_at(0xfd000000), -XEN_EFAULT, "read of a frame without memory");
	expect_rc(out_at((unsigned long)ALIGN_UP(mem_ram_end(), (u64)PAGE_SIZE)), -XEN_EFAULT,
		  "the first frame above RAM");
	expect_rc(out_at(0xfffffff8), -XEN_EFAULT, "running over the end");
}

static void fresh_frame(void)
{
	unsigned long f = page_alloc_untouched(1024, 0x200000);

	expect_rc(out_at(f + 0x123010), 0, "write to a fresh frame");
	expect(!memcmp((void *)(f + 0x123010), want, OUT_SIZE), "bytes on a fresh frame");
}

#endif

static void both_ways(void)
{
	struct xen_feature_info *fi = page_alloc(1);

	fi->submap_idx = 0;
	fi->submap = 0xffffffff;
	expect_rc(inout_at((unsigned long)fi), 0, "get_features");
	expect_eq(fi->submap, xen.features, "features");
}

void test_setup(void)
{
	if (!xen.present)
		test_skip_all("no Xen here");
	if (xen_version_op(XENVER_extraversion, want))
		test_error("extraversion to a plain variable fails");
#if HAVE_PAGING
	frame[1] = page_alloc(1);
	page_alloc(1);
	frame[0] = page_alloc(1);
	pt_entry(va0 + PAGE_SIZE, 1);
#endif
}

TEST_CASES = {
	{ "4 KiB pages", small_pages },
	{ "structures across pages", crossing },
	{ "permissions", permissions },
	{ "accessed and dirty bits", accessed_dirty },
	{ "large pages", large_pages },
	{ "reserved bits and no-execute", reserved_bits },
	{ "SMAP", smap },
	{ "addresses with nothing behind", strange_addresses },
	{ "first touch by the hypercall", fresh_frame },
	{ "a structure both read and written", both_ways },
	TEST_CASES_END
};
