// SPDX-License-Identifier: GPL-2.0-only
/*
 * Arguments of hypercalls and operands of instructions by linear address: across pages, with the
 * rights of the page tables and of the one who accesses at that moment, and never through a
 * translation that the guest or the p2m has changed, or that was made for somebody else.
 */
#include <string.h>

#include "ept/internal.h"
#include "ept/guest_walk.h"
#include "unit.h"
#include "vcpu/vcpu.h"

#define P	0x1ULL
#define RW	0x2ULL
#define US	0x4ULL
#define A	0x20ULL
#define D	0x40ULL
#define PS	0x80ULL
#define NX	BIT_ULL(63)

#define MB	(1ULL << 20)
/* Linear addresses of the tests: page n of a table of their own. */
#define AT(page)	(0xffff800000000000ULL + ((u64)(page) << 12))
#define PTE(page)	(0x13000 + (page) * 8)

static const struct xlhv_mem_range MAP[] = {
	{ .addr = 0, .size = 6 * MB, .type = XLHV_MEM_RAM },
};

static struct vcpu vcpu;
const u64 *fake_guest_cr3 = &vcpu.cr3;
static struct vcpu *vcpus[1] = { &vcpu };
static struct domain dom;

static void set64(u64 gpa, u64 value)
{
	EXPECT_EQ(guest_write_gpa(&dom, gpa, &value, 8), 0);
}

static u64 get64(u64 gpa)
{
	u64 value = 0;

	EXPECT_EQ(guest_read_gpa(&dom, gpa, &value, 8), 0);
	return value;
}

/* 64-bit mode, tables at 0x10000 to 0x13fff, pages 0 to 15 at 0x20000 upwards. */
static void start(void)
{
	unsigned int i;

	fake_memory_init();
	memset(&dom, 0, sizeof(dom));
	dom.max_vcpus = 1;
	dom.vcpu = vcpus;
	vcpu = (struct vcpu){
		.domain = &dom,
		.cr0 = WALK_CR0_PG | WALK_CR0_WP,
		.cr3 = 0x10000,
		.cr4 = WALK_CR4_PAE,
		.efer = WALK_EFER_LMA | WALK_EFER_NXE,
		.vmx = { .cr0 = &vcpu.cr0, .cr4 = &vcpu.cr4, .efer = &vcpu.efer },
	};
	EXPECT_EQ(ept_init(&dom, 6 * MB >> 12, false), 0);
	fake_vcpus_made(&dom);
	EXPECT_EQ(ept_set_memory_map(&dom, MAP, 1), 0);
	EXPECT_EQ(ept_fault(&vcpu, 0, true, false), 0);
	set64(0x10000 + 256 * 8, 0x11000 | P | RW | US);
	set64(0x11000, 0x12000 | P | RW | US);
	set64(0x12000, 0x13000 | P | RW | US);
	for (i = 0; i < 16; i++)
		set64(PTE(i), (0x20000 + (i << 12)) | P | RW);
}

static void finish(void)
{
	ept_free(&dom);
	rcu_barrier();
	EXPECT_EQ(fake_pages_used(), 0);
	EXPECT_EQ(unit_alloc_count(), 0);
}

TEST(every_length_across_a_page)
{
	u8 in[200], out[200], seen[202];
	unsigned int len, i;

	start();
	for (i = 0; i < sizeof(in); i++)
		in[i] = i + 1;
	/* Two pages that are not neighbours. */
	set64(PTE(1), 0x30000 | P | RW);
	for (len = 0; len <= sizeof(in); len++) {
		u64 at = AT(1) - len / 2;

		unit_context("%u bytes", len);
		EXPECT_EQ(guest_clear(&vcpu, AT(1) - 101, 202), 0);
		EXPECT_EQ(guest_copy_to(&vcpu, at, in, len), 0);
		memset(out, 0xee, sizeof(out));
		EXPECT_EQ(guest_copy_from(&vcpu, out, at, len), 0);
		EXPECT_MEMEQ(out, in, len);
		EXPECT_TRUE(len == sizeof(out) || out[len] == 0xee);
		/* Neither before nor behind. */
		EXPECT_EQ(guest_copy_from(&vcpu, seen, at - 1, len + 2), 0);
		EXPECT_EQ(seen[0] | seen[len + 1], 0);
	}
	EXPECT_EQ(get64(PTE(1)), 0x30000 | P | RW | A | D);
	finish();
}

TEST(faults)
{
	u64 value = 1;

	start();
	EXPECT_EQ(guest_copy_from(&vcpu, &value, AT(16), 8), -EFAULT);
	EXPECT_EQ(guest_copy_from(&vcpu, &value, AT(16) - 7, 8), -EFAULT);
	EXPECT_EQ(guest_copy_from(&vcpu, &value, AT(16) - 8, 8), 0);
	EXPECT_EQ(guest_copy_from(&vcpu, &value, 0x800000000000, 8), -EFAULT);
	EXPECT_EQ(guest_copy_from(&vcpu, &value, -4ULL, 8), -EFAULT);
	EXPECT_EQ(guest_copy_to(&vcpu, -4ULL, &value, 8), -EFAULT);
	EXPECT_EQ(guest_copy_from(&vcpu, &value, -1ULL, 0), 0);
	/* Beyond the guest's memory, and beyond its addresses. */
	set64(PTE(0), 0x80000000 | P | RW);
	EXPECT_EQ(guest_copy_from(&vcpu, &value, AT(0), 8), -EFAULT);
	set64(PTE(0), BIT_ULL(40) | P | RW);
	EXPECT_EQ(guest_copy_from(&vcpu, &value, AT(0), 8), -EFAULT);
	finish();
}

TEST(addresses_of_32_bits)
{
	u64 value = 0x1122334455667788;
	u64 got = 0;

	start();
	vcpu.cr0 = 0;
	vcpu.efer = 0;
	EXPECT_EQ(guest_copy_to(&vcpu, 0xabcd00021000, &value, 8), 0);
	EXPECT_EQ(get64(0x21000), value);
	EXPECT_EQ(guest_copy_from(&vcpu, &got, 0xfffffffc, 8), -EFAULT);
	EXPECT_EQ(guest_copy_from(&vcpu, &got, 0x21000, 0xffffffff), -EFAULT);
	/* Paging comes on: what was remembered is another mode's. */
	EXPECT_EQ(guest_copy_from(&vcpu, &got, 0x21000, 8), 0);
	EXPECT_EQ(got, value);
	vcpu.cr0 = WALK_CR0_PG;
	vcpu.cr4 = 0;
	vcpu.cr3 = 0x40000;
	EXPECT_EQ(guest_copy_from(&vcpu, &got, 0x21000, 8), -EFAULT);
	set64(0x40000, 0x41000 | P | RW);
	set64(0x41000 + 0x20 * 4, (0x25000 | P | RW) << 32 | 0x24000 | P | RW);
	set64(0x25010, 42);
	EXPECT_EQ(guest_copy_from(&vcpu, &got, 0x21010, 8), 0);
	EXPECT_EQ(got, 42);
	finish();
}

TEST(a_changed_page_table_counts_at_once)
{
	u64 value;
	unsigned int i;

	start();
	for (i = 0; i < 16; i++)
		set64(0x20000 + (i << 12), i);
	for (i = 0; i < 3; i++)
		EXPECT_EQ(guest_copy_from(&vcpu, &value, AT(1), 8), 0);
	EXPECT_EQ(value, 1);
	/* Without INVLPG, which nobody sees. */
	set64(PTE(1), 0x25000 | P | RW);
	EXPECT_EQ(guest_copy_from(&vcpu, &value, AT(1), 8), 0);
	EXPECT_EQ(value, 5);
	set64(PTE(1), 0x25000 | P);
	EXPECT_EQ(guest_copy_from(&vcpu, &value, AT(1), 8), 0);
	EXPECT_EQ(guest_copy_to(&vcpu, AT(1), &value, 8), -EFAULT);
	set64(0x12000, 0x14000 | P | RW);
	EXPECT_EQ(guest_copy_from(&vcpu, &value, AT(1), 8), -EFAULT);
	set64(0x14008, 0x26000 | P | RW);
	EXPECT_EQ(guest_copy_from(&vcpu, &value, AT(1), 8), 0);
	EXPECT_EQ(value, 6);
	/* The guest takes accessed and dirty back: they are set again. */
	EXPECT_EQ(guest_copy_to(&vcpu, AT(1), &value, 8), 0);
	set64(0x14008, 0x26000 | P | RW);
	EXPECT_EQ(guest_copy_to(&vcpu, AT(1), &value, 8), 0);
	EXPECT_EQ(get64(0x14008), 0x26000 | P | RW | A | D);
	/* Another address space. */
	set64(0x50000 + 256 * 8, 0x51000 | P | RW);
	set64(0x51000, 0x52000 | P | RW);
	set64(0x52000, 0x53000 | P | RW);
	set64(0x53008, 0x29000 | P | RW);
	vcpu.cr3 = 0x50000;
	EXPECT_EQ(guest_copy_from(&vcpu, &value, AT(1), 8), 0);
	EXPECT_EQ(value, 9);
	vcpu.cr3 = 0x10000;
	EXPECT_EQ(guest_copy_from(&vcpu, &value, AT(1), 8), 0);
	EXPECT_EQ(value, 6);
	finish();
}

TEST(a_changed_p2m_counts_at_once)
{
	struct page *page;
	u64 value;

	start();
	set64(0x21000, 1);
	EXPECT_EQ(guest_copy_from(&vcpu, &value, AT(1), 8), 0);
	/* The page goes: nothing may reach it any more. */
	EXPECT_EQ(ept_remove(&dom, 0x21, EPT_RAM), 0);
	rcu_barrier();
	EXPECT_EQ(guest_copy_from(&vcpu, &value, AT(1), 8), -EFAULT);
	page = alloc_pages(__GFP_ZERO, 0);
	*(u64 *)page_address(page) = 77;
	EXPECT_EQ(ept_map_special(&dom, 0x21, page, EPT_SPECIAL), 0);
	EXPECT_EQ(guest_copy_from(&vcpu, &value, AT(1), 8), 0);
	EXPECT_EQ(value, 77);
	/* A page table goes. */
	EXPECT_EQ(ept_remove(&dom, 0x13, EPT_RAM), 0);
	rcu_barrier();
	EXPECT_EQ(guest_copy_from(&vcpu, &value, AT(1), 8), -EFAULT);
	EXPECT_EQ(ept_remove(&dom, 0x21, EPT_SPECIAL), 0);
	put_page(page);
	finish();
}

/* A copy would not be waited for when the mapping ends: neither arguments nor page tables. */
TEST(pages_of_others_are_refused)
{
	struct page *page;
	u64 value;

	start();
	set64(0x21000, 1);
	page = alloc_pages(__GFP_ZERO, 0);
	EXPECT_EQ(ept_remove(&dom, 0x22, EPT_RAM), 0);
	EXPECT_EQ(ept_map_special(&dom, 0x22, page, EPT_GRANT), 0);
	EXPECT_EQ(guest_copy_from(&vcpu, &value, AT(2), 8), -EFAULT);
	EXPECT_EQ(guest_copy_to(&vcpu, AT(2), &value, 8), -EFAULT);
	EXPECT_EQ(guest_clear(&vcpu, AT(2), 8), -EFAULT);
	EXPECT_EQ(ept_remove(&dom, 0x22, EPT_GRANT), 0);
	/* The table that has led to a good page, in a page of others. */
	EXPECT_EQ(guest_copy_from(&vcpu, &value, AT(1), 8), 0);
	EXPECT_EQ(guest_read_gpa(&dom, 0x13000, page_address(page), PAGE_SIZE), 0);
	EXPECT_EQ(ept_remove(&dom, 0x13, EPT_RAM), 0);
	EXPECT_EQ(ept_map_special(&dom, 0x13, page, EPT_GRANT), 0);
	EXPECT_EQ(guest_copy_from(&vcpu, &value, AT(1), 8), -EFAULT);
	EXPECT_EQ(ept_remove(&dom, 0x13, EPT_GRANT), 0);
	rcu_barrier();
	put_page(page);
	finish();
}

TEST(rights)
{
	u64 value = 0;

	start();
	set64(PTE(1), 0x21000 | P);
	EXPECT_EQ(guest_copy_to(&vcpu, AT(1), &value, 8), -EFAULT);
	vcpu.cr0 &= ~WALK_CR0_WP;
	EXPECT_EQ(guest_copy_to(&vcpu, AT(1), &value, 8), 0);
	EXPECT_EQ(guest_copy_to(&vcpu, AT(1), &value, 8), 0);
	vcpu.cr0 |= WALK_CR0_WP;
	EXPECT_EQ(guest_copy_to(&vcpu, AT(1), &value, 8), -EFAULT);
	/* SMAP, and the instruction that lifts it. */
	set64(PTE(2), 0x22000 | P | RW | US);
	EXPECT_EQ(guest_copy_from(&vcpu, &value, AT(2), 8), 0);
	vcpu.cr4 |= WALK_CR4_SMAP;
	EXPECT_EQ(guest_copy_from(&vcpu, &value, AT(2), 8), -EFAULT);
	vcpu.rflags = X86_EFLAGS_AC;
	EXPECT_EQ(guest_copy_from(&vcpu, &value, AT(2), 8), 0);
	EXPECT_EQ(guest_copy_to(&vcpu, AT(2), &value, 8), 0);
	vcpu.rflags = 0;
	EXPECT_EQ(guest_copy_from(&vcpu, &value, AT(2), 8), -EFAULT);
	EXPECT_EQ(guest_copy_to(&vcpu, AT(2), &value, 8), -EFAULT);
	finish();
}

/* Return: 0, or the kind of the fault plus 1, with the error code of a page fault from bit 8 on. */
#define NONE		0
#define PAGE(error)	(GUEST_FAULT_PAGE + 1 + (error) * 0x100)
#define CANONICAL	(GUEST_FAULT_CANONICAL + 1)
#define NO_MEMORY	(GUEST_FAULT_NO_MEMORY + 1)
#define REFUSED		(GUEST_FAULT_REFUSED + 1)

static struct guest_fault fault;

static int insn(enum guest_access what, u64 linear, void *buffer, size_t len)
{
	int err = guest_access(&vcpu, linear, buffer, len, what, &fault);

	if (!err)
		return NONE;
	EXPECT_EQ(err, -EFAULT);
	return fault.kind + 1 + (fault.kind == GUEST_FAULT_PAGE ? fault.error * 0x100 : 0);
}

static int insn_at(enum guest_access what, u64 linear)
{
	u64 value = 0;

	return insn(what, linear, &value, 8);
}

TEST(an_instruction_has_the_rights_of_its_privilege_level)
{
	u64 value = 0;

	start();
	set64(PTE(1), 0x21000 | P | RW | US);
	set64(PTE(2), 0x22000 | P | US);
	set64(PTE(3), 0x23000 | P | RW | US | NX);
	/* The kernel. */
	EXPECT_EQ(insn_at(GUEST_WRITE, AT(0)), NONE);
	EXPECT_EQ(insn_at(GUEST_READ, AT(1)), NONE);
	EXPECT_EQ(insn_at(GUEST_FETCH, AT(0)), NONE);
	EXPECT_EQ(insn_at(GUEST_FETCH, AT(1)), NONE);
	EXPECT_EQ(insn_at(GUEST_WRITE, AT(2)), PAGE(WALK_PF_P | WALK_PF_W));
	EXPECT_EQ(insn_at(GUEST_FETCH, AT(3)), PAGE(WALK_PF_P | WALK_PF_I));
	EXPECT_EQ(insn_at(GUEST_WRITE, AT(16)), PAGE(WALK_PF_W));
	/* Its program, now that translations for the kernel are remembered. */
	vcpu.cpl = 3;
	EXPECT_EQ(insn_at(GUEST_WRITE, AT(0)), PAGE(WALK_PF_P | WALK_PF_W | WALK_PF_U));
	EXPECT_EQ(fault.linear, AT(0));
	EXPECT_EQ(insn_at(GUEST_READ, AT(0)), PAGE(WALK_PF_P | WALK_PF_U));
	EXPECT_EQ(insn_at(GUEST_FETCH, AT(0)), PAGE(WALK_PF_P | WALK_PF_U | WALK_PF_I));
	EXPECT_EQ(insn_at(GUEST_READ, AT(1)), NONE);
	EXPECT_EQ(insn_at(GUEST_FETCH, AT(1)), NONE);
	EXPECT_EQ(insn_at(GUEST_WRITE, AT(2)), PAGE(WALK_PF_P | WALK_PF_W | WALK_PF_U));
	vcpu.cr0 &= ~WALK_CR0_WP;
	EXPECT_EQ(insn_at(GUEST_WRITE, AT(2)), PAGE(WALK_PF_P | WALK_PF_W | WALK_PF_U));
	vcpu.cpl = 0;
	EXPECT_EQ(insn_at(GUEST_WRITE, AT(2)), NONE);
	vcpu.cr0 |= WALK_CR0_WP;
	EXPECT_EQ(insn_at(GUEST_WRITE, AT(2)), PAGE(WALK_PF_P | WALK_PF_W));
	/* SMAP is for the kernel alone, SMEP as well. */
	vcpu.cr4 |= WALK_CR4_SMAP | WALK_CR4_SMEP;
	EXPECT_EQ(insn_at(GUEST_WRITE, AT(1)), PAGE(WALK_PF_P | WALK_PF_W));
	EXPECT_EQ(insn_at(GUEST_FETCH, AT(1)), PAGE(WALK_PF_P | WALK_PF_I));
	vcpu.cpl = 3;
	EXPECT_EQ(insn_at(GUEST_WRITE, AT(1)), NONE);
	EXPECT_EQ(insn_at(GUEST_READ, AT(1)), NONE);
	EXPECT_EQ(insn_at(GUEST_FETCH, AT(1)), NONE);
	/* What the program has used is remembered for it, not for the kernel. */
	vcpu.cpl = 0;
	EXPECT_EQ(insn_at(GUEST_READ, AT(1)), PAGE(WALK_PF_P));
	EXPECT_EQ(guest_copy_from(&vcpu, &value, AT(1), 8), -EFAULT);
	EXPECT_EQ(guest_copy_to(&vcpu, AT(1), &value, 8), -EFAULT);
	vcpu.rflags = X86_EFLAGS_AC;
	EXPECT_EQ(insn_at(GUEST_READ, AT(1)), NONE);
	EXPECT_EQ(guest_copy_from(&vcpu, &value, AT(1), 8), 0);
	EXPECT_EQ(insn_at(GUEST_FETCH, AT(1)), PAGE(WALK_PF_P | WALK_PF_I));
	/* A hypercall's argument is the kernel's, whoever was at work last. */
	EXPECT_EQ(guest_copy_to(&vcpu, AT(0), &value, 8), 0);
	vcpu.cpl = 3;
	EXPECT_EQ(guest_copy_to(&vcpu, AT(0), &value, 8), 0);
	finish();
}

TEST(keys_of_user_pages)
{
	u64 value = 0;

	start();
	set64(PTE(1), 0x21000 | P | RW | US | 1ULL << 59);
	set64(PTE(2), 0x22000 | P | RW | US | 2ULL << 59);
	set64(PTE(3), 0x23000 | P | RW | 1ULL << 59);
	/* Nothing by key 1, reads by key 2. */
	vcpu.pkru = 1 << 2 | 2 << 4;
	EXPECT_EQ(insn_at(GUEST_WRITE, AT(1)), NONE);
	vcpu.cr4 |= WALK_CR4_PKE;
	for (vcpu.cpl = 0; vcpu.cpl <= 3; vcpu.cpl += 3) {
		u32 user = vcpu.cpl ? WALK_PF_U : 0;

		EXPECT_EQ(insn_at(GUEST_READ, AT(1)), PAGE(WALK_PF_P | WALK_PF_PK | user));
		EXPECT_EQ(insn_at(GUEST_READ, AT(2)), NONE);
		EXPECT_EQ(insn_at(GUEST_WRITE, AT(2)),
			  PAGE(WALK_PF_P | WALK_PF_W | WALK_PF_PK | user));
		EXPECT_EQ(insn_at(GUEST_FETCH, AT(1)), NONE);
	}
	vcpu.cpl = 0;
	EXPECT_EQ(insn_at(GUEST_WRITE, AT(3)), NONE);
	/* A hypercall's argument has the key of its page too, as PKRU is at that moment. */
	EXPECT_EQ(guest_copy_from(&vcpu, &value, AT(1), 8), -EFAULT);
	EXPECT_EQ(guest_copy_from(&vcpu, &value, AT(2), 8), 0);
	EXPECT_EQ(guest_copy_to(&vcpu, AT(2), &value, 8), -EFAULT);
	vcpu.pkru = 0;
	EXPECT_EQ(guest_copy_from(&vcpu, &value, AT(1), 8), 0);
	EXPECT_EQ(guest_copy_to(&vcpu, AT(2), &value, 8), 0);
	vcpu.pkru = ~0U;
	EXPECT_EQ(guest_copy_from(&vcpu, &value, AT(1), 8), -EFAULT);
	EXPECT_EQ(guest_copy_to(&vcpu, AT(2), &value, 8), -EFAULT);
	vcpu.cpl = 3;
	EXPECT_EQ(insn_at(GUEST_READ, AT(2)), PAGE(WALK_PF_P | WALK_PF_PK | WALK_PF_U));
	vcpu.pkru = 0;
	EXPECT_EQ(insn_at(GUEST_WRITE, AT(2)), NONE);
	vcpu.pkru = ~0U;
	EXPECT_EQ(insn_at(GUEST_READ, AT(2)), PAGE(WALK_PF_P | WALK_PF_PK | WALK_PF_U));
	finish();
}

TEST(an_operand_across_pages_is_accessed_as_a_whole)
{
	u32 value = 0x44332211;

	start();
	set64(PTE(1), 0x30000 | P | RW);
	EXPECT_EQ(insn(GUEST_WRITE, AT(1) - 2, &value, 4), NONE);
	EXPECT_EQ(get64(0x20ff8) >> 48, 0x2211);
	EXPECT_EQ(get64(0x30000), 0x4433);
	value = 0;
	EXPECT_EQ(insn(GUEST_READ, AT(1) - 2, &value, 4), NONE);
	EXPECT_EQ(value, 0x44332211);
	/* Not by half: the address of the fault is that of the first byte that has it. */
	set64(PTE(1), 0x30000 | P);
	value = 0x88776655;
	EXPECT_EQ(insn(GUEST_WRITE, AT(1) - 2, &value, 4), PAGE(WALK_PF_P | WALK_PF_W));
	EXPECT_EQ(fault.linear, AT(1));
	EXPECT_EQ(get64(0x20ff8) >> 48, 0x2211);
	set64(PTE(0), 0);
	EXPECT_EQ(insn(GUEST_WRITE, AT(1) - 2, &value, 4), PAGE(WALK_PF_W));
	EXPECT_EQ(fault.linear, AT(1) - 2);
	/* The end of what is canonical, and of 32-bit addresses, where both modes begin anew. */
	EXPECT_EQ(insn(GUEST_READ, 0x800000000000, &value, 4), CANONICAL);
	set64(0x10000 + 255 * 8, 0x11000 | P | RW);
	set64(0x11000 + 511 * 8, 0x12000 | P | RW);
	set64(0x12000 + 511 * 8, 0x13000 | P | RW);
	set64(0x13000 + 511 * 8, 0x21000 | P | RW);
	EXPECT_EQ(insn(GUEST_READ, 0x7ffffffffffc, &value, 4), NONE);
	EXPECT_EQ(insn(GUEST_READ, 0x7ffffffffffd, &value, 4), CANONICAL);
	EXPECT_EQ(fault.linear, 0x800000000000);
	vcpu.compat = true;
	set64(0x10000, 0x11000 | P | RW);
	set64(0x11000, 0x12000 | P | RW);
	set64(0x11000 + 3 * 8, 0x12000 | P | RW);
	set64(PTE(0), 0);
	value = 0x12345678;
	EXPECT_EQ(insn(GUEST_WRITE, 0x1fffffffe, &value, 4), PAGE(WALK_PF_W));
	EXPECT_EQ(fault.linear, 0);
	set64(PTE(0), 0x22000 | P | RW);
	EXPECT_EQ(insn(GUEST_WRITE, 0x1fffffffe, &value, 4), NONE);
	EXPECT_EQ(get64(0x21ff8) >> 48, 0x5678);
	EXPECT_EQ(get64(0x22000) & 0xffff, 0x1234);
	finish();
}

TEST(an_operand_where_no_memory_is)
{
	struct page *page;
	u64 value;

	start();
	set64(PTE(1), 0x80000000 | P | RW);
	value = 5;
	EXPECT_EQ(insn(GUEST_WRITE, AT(1), &value, 8), NONE);
	EXPECT_EQ(insn(GUEST_READ, AT(1), &value, 8), NONE);
	EXPECT_EQ(value, ~0ULL);
	EXPECT_EQ(insn(GUEST_FETCH, AT(1), &value, 8), NO_MEMORY);
	/* Half of it. */
	value = 0x1111111111111111;
	EXPECT_EQ(insn(GUEST_WRITE, AT(1) - 4, &value, 8), NONE);
	EXPECT_EQ(get64(0x20ff8) >> 32, 0x11111111);
	EXPECT_EQ(insn(GUEST_READ, AT(1) - 4, &value, 8), NONE);
	EXPECT_EQ(value, 0xffffffff11111111);
	/* What another domain granted is no hole; tables in none are no page fault. */
	page = alloc_pages(__GFP_ZERO, 0);
	EXPECT_EQ(ept_remove(&dom, 0x21, EPT_RAM), 0);
	rcu_barrier();
	EXPECT_EQ(ept_map_special(&dom, 0x21, page, EPT_GRANT_RO), 0);
	set64(PTE(1), 0x21000 | P | RW);
	EXPECT_EQ(insn(GUEST_READ, AT(1), &value, 8), REFUSED);
	EXPECT_EQ(insn(GUEST_WRITE, AT(1), &value, 8), REFUSED);
	set64(0x12000, 0x80000000 | P | RW);
	EXPECT_EQ(insn(GUEST_READ, AT(1), &value, 8), REFUSED);
	EXPECT_EQ(ept_remove(&dom, 0x21, EPT_GRANT), 0);
	put_page(page);
	finish();
}

TEST(an_operand_without_a_frame)
{
	u64 value = 7;

	start();
	set64(PTE(1), 0x200000 | P | RW);
	EXPECT_EQ(insn(GUEST_READ, AT(1), &value, 8), NONE);
	EXPECT_EQ(value, 0);
	EXPECT_EQ(atomic64_read(&dom.ept.nr_pages), 512);
	value = 5;
	fake_pages_left = 0;
	EXPECT_EQ(guest_access(&vcpu, AT(1), &value, 8, GUEST_WRITE, &fault), -ENOMEM);
	fake_pages_left = ~0U;
	EXPECT_EQ(insn(GUEST_WRITE, AT(1), &value, 8), NONE);
	EXPECT_EQ(atomic64_read(&dom.ept.nr_pages), 1024);
	EXPECT_EQ(get64(0x200000), 5);
	finish();
}

TEST(memory_without_a_frame)
{
	u64 value = 1;

	start();
	set64(PTE(1), 0x200000 | P | RW);
	/* In the inner loop nothing is allocated, for reading neither. */
	vcpu.vmx.atomic = true;
	EXPECT_EQ(guest_copy_from(&vcpu, &value, AT(1), 8), -EAGAIN);
	EXPECT_EQ(guest_copy_to(&vcpu, AT(1), &value, 8), -EAGAIN);
	vcpu.vmx.atomic = false;
	EXPECT_EQ(guest_copy_from(&vcpu, &value, AT(1), 8), 0);
	EXPECT_EQ(value, 0);
	EXPECT_EQ(atomic64_read(&dom.ept.nr_pages), 512);
	value = 5;
	fake_pages_left = 0;
	EXPECT_EQ(guest_copy_to(&vcpu, AT(1), &value, 8), -ENOMEM);
	fake_pages_left = ~0U;
	EXPECT_EQ(guest_copy_to(&vcpu, AT(1), &value, 8), 0);
	EXPECT_EQ(atomic64_read(&dom.ept.nr_pages), 1024);
	vcpu.vmx.atomic = true;
	value = 0;
	EXPECT_EQ(guest_copy_from(&vcpu, &value, AT(1), 8), 0);
	EXPECT_EQ(value, 5);
	/* Page tables in RAM that nobody has written are empty. */
	vcpu.cr3 = 0x400000;
	EXPECT_EQ(guest_copy_from(&vcpu, &value, AT(1), 8), -EFAULT);
	finish();
}

TEST(linear_to_gpa)
{
	u64 gpa = 0;

	start();
	EXPECT_EQ(guest_linear_to_gpa(&vcpu, AT(3) + 0x123, false, &gpa), 0);
	EXPECT_EQ(gpa, 0x23123);
	EXPECT_EQ(get64(PTE(3)), 0x23000 | P | RW | A);
	EXPECT_EQ(guest_linear_to_gpa(&vcpu, AT(3) + 0x123, true, &gpa), 0);
	EXPECT_EQ(get64(PTE(3)), 0x23000 | P | RW | A | D);
	gpa = 9;
	EXPECT_EQ(guest_linear_to_gpa(&vcpu, AT(16), false, &gpa), -EFAULT);
	EXPECT_EQ(gpa, 9);
	finish();
}

/* All that was remembered, many times over: as many pages as fit and more. */
TEST(many_pages_in_turn)
{
	unsigned int round, i;
	u64 value;

	start();
	for (round = 0; round < 50; round++) {
		for (i = 0; i < 16; i++) {
			value = round << 8 | i;
			EXPECT_EQ(guest_copy_to(&vcpu, AT(i) + 8 * round, &value, 8), 0);
		}
		for (i = 0; i < 16; i++) {
			EXPECT_EQ(guest_copy_from(&vcpu, &value, AT(i) + 8 * round, 8), 0);
			EXPECT_EQ(value, round << 8 | i);
			EXPECT_EQ(get64(0x20000 + (i << 12) + 8 * round), value);
		}
	}
	finish();
}

/* The caller is a process of the host's: addresses are its own, whatever a guest has there. */
TEST(a_process_has_its_own_memory)
{
	u64 here = 0x1122334455667788ULL, there = 0, zero[2] = { 1, 1 };

	start();
	vcpu.process = true;
	EXPECT_EQ(guest_copy_from(&vcpu, &there, (unsigned long)&here, 8), 0);
	EXPECT_EQ(there, here);
	there = 7;
	EXPECT_EQ(guest_copy_to(&vcpu, (unsigned long)&here, &there, 8), 0);
	EXPECT_EQ(here, 7);
	EXPECT_EQ(guest_read_u32(&vcpu, (unsigned long)&here), 7);
	EXPECT_EQ(guest_clear(&vcpu, (unsigned long)zero, 8), 0);
	EXPECT_EQ(zero[0], 0);
	EXPECT_EQ(zero[1], 1);
	EXPECT_EQ(guest_copy_from(&vcpu, &there, 8, 8), -EFAULT);
	EXPECT_EQ(guest_copy_to(&vcpu, 8, &there, 8), -EFAULT);
	EXPECT_EQ(guest_clear(&vcpu, 8, 8), -EFAULT);
	/* The guest's memory at the same number has not been touched. */
	EXPECT_EQ(get64(PTE(3)), 0x23000 | P | RW);
	finish();
}
