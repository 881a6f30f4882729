// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guest-physical memory as a whole: first touch, blocks and what is left of them, special pages,
 * what hypercalls change; every page is accounted for, and a page that was given back is never
 * touched again.  How much of it a domain may have is in ept_amounts_test.c.
 */
#include "ept_domain.h"
#include "vmx/root/mitigation_policy.h"
#include "vmx/root/insn.h"

TEST(nothing_is_there_at_first)
{
	ASSERT_EQ(start(false), 0);
	EXPECT_EQ(PAGES(), 0);
	EXPECT_EQ(RESERVED(), ALL_PAGES);
	EXPECT_EQ(fake_pages_used(), 0);
	EXPECT_EQ(type_of(0), EPT_RAM_LAZY);
	EXPECT_EQ(type_of(0x802), EPT_RAM_LAZY);
	EXPECT_EQ(type_of(0x803), EPT_HOLE);
	EXPECT_EQ(type_of(0xfc001), EPT_RAM_LAZY);
	EXPECT_EQ(type_of(SPECIAL), EPT_HOLE);
	EXPECT_EQ(type_of(~0ULL), EPT_HOLE);
	EXPECT_EQ(ept_fault_atomic(&vcpu[0], 0, false, false), -EAGAIN);
	EXPECT_EQ(ept_fault_atomic(&vcpu[0], 0x803000, false, false), -EFAULT);
	EXPECT_EQ(touch(0x803), -EFAULT);
	EXPECT_EQ(touch(0xffffffffff), -EFAULT);
	EXPECT_PTR_EQ(ept_get_page(&dom, 0, 0, NULL), ERR_PTR(-EAGAIN));
	EXPECT_PTR_EQ(ept_get_page(&dom, 0x803, EPT_POPULATE, NULL), ERR_PTR(-ENOENT));
	EXPECT_EQ(ept_max_gfn(&dom), 0x1001ff);
	EXPECT_EQ(ept_set_memory_map(&dom, MAP, 1), -EALREADY);
	finish(0);
}

TEST(limits)
{
	struct xlhv_mem_range acpi = { .addr = 0, .size = 32 * MB, .type = XLHV_MEM_ACPI };

	ASSERT_EQ(start(false), 0);
	ept_free(&dom);
	EXPECT_EQ(ept_init(&dom, 0, false), -E2BIG);
	EXPECT_EQ(ept_init(&dom, BIT_ULL(28) + 1, false), -E2BIG);
	ASSERT_EQ(ept_init(&dom, RAM_PAGES - 1, false), 0);
	EXPECT_EQ(ept_set_memory_map(&dom, MAP, ARRAY_SIZE(MAP)), -E2BIG);
	EXPECT_EQ(ept_set_memory_map(&dom, &acpi, 1), -E2BIG);
	EXPECT_EQ(ept_set_memory_map(&dom, MAP, 0), -EINVAL);
	EXPECT_EQ(ept_set_memory_map(&dom, MAP, 1), 0);
	ept_free(&dom);
}

TEST(first_touch_brings_a_block)
{
	ASSERT_EQ(start(false), 0);
	EXPECT_EQ(touch(5), 0);
	EXPECT_EQ(PAGES(), 512);
	EXPECT_EQ(BIG(), 1);
	EXPECT_EQ(ept_fault_atomic(&vcpu[0], 0x1ff000, true, true), 0);
	EXPECT_EQ(ept_fault_atomic(&vcpu[0], 0x200000, true, true), -EAGAIN);
	/* The tail of the range and the ACPI pages are no blocks. */
	EXPECT_EQ(touch(0x801), 0);
	EXPECT_EQ(PAGES(), 513);
	EXPECT_EQ(touch(0xfc000), 0);
	EXPECT_EQ(touch(0x100000), 0);
	EXPECT_EQ(PAGES(), 512 + 1 + 1 + 512);
	EXPECT_EQ(BIG(), 2);
	EXPECT_EQ(fake_pages_used(), PAGES());
	EXPECT_EQ(count_table(dom.ept.root, 4), PAGES());
	finish(0);
}

TEST(eager_brings_all)
{
	ASSERT_EQ(start(true), 0);
	EXPECT_EQ(ept_populate_all(&dom), 0);
	EXPECT_EQ(PAGES(), ALL_PAGES);
	EXPECT_EQ(fake_pages_used(), ALL_PAGES);
	EXPECT_EQ(BIG(), 5);
	EXPECT_EQ(type_of(0x802), EPT_RAM);
	EXPECT_EQ(type_of(SPECIAL), EPT_HOLE);
	finish(0);
}

TEST(eager_brings_all_or_nothing)
{
	ASSERT_EQ(start(true), 0);
	fake_pages_left = 1500;
	EXPECT_EQ(ept_populate_all(&dom), -ENOMEM);
	EXPECT_EQ(fake_pages_used(), 0);
	EXPECT_EQ(PAGES(), 0);
	EXPECT_EQ(BIG(), 0);
	EXPECT_EQ(atomic64_read(&dom.ept.nr_tables), 1);
	fake_pages_left = ~0U;
	EXPECT_EQ(ept_populate_foreign(&dom, 0), -ESRCH);
	EXPECT_EQ(fake_pages_used(), 0);
	finish(0);
}

TEST(smaller_pieces_where_large_ones_cannot_be_had)
{
	ASSERT_EQ(start(false), 0);
	fake_max_order = 5;
	EXPECT_EQ(touch(40), 0);
	EXPECT_EQ(PAGES(), 32);
	EXPECT_EQ(type_of(31), EPT_RAM_LAZY);
	EXPECT_EQ(type_of(32), EPT_RAM);
	EXPECT_EQ(type_of(63), EPT_RAM);
	EXPECT_EQ(type_of(64), EPT_RAM_LAZY);
	fake_max_order = 0;
	EXPECT_EQ(touch(64), 0);
	EXPECT_EQ(PAGES(), 33);
	/* What has a page already is left alone, and no chunk fits around it. */
	fake_max_order = 10;
	EXPECT_EQ(touch(65), 0);
	EXPECT_EQ(PAGES(), 34);
	EXPECT_EQ(touch(0x200), 0);
	EXPECT_EQ(PAGES(), 34 + 512);
	finish(0);
}

TEST(without_2m_pages)
{
	ASSERT_EQ(start(false), 0);
	vmx_caps.features &= ~XLHV_FEAT_EPT_2M;
	EXPECT_EQ(ept_populate_all(&dom), 0);
	EXPECT_EQ(BIG(), 0);
	EXPECT_EQ(PAGES(), ALL_PAGES);
	finish(0);
}

TEST(a_page_is_kept_by_its_reference)
{
	enum ept_type type;
	struct page *page;

	ASSERT_EQ(start(false), 0);
	page = ept_get_page(&dom, 7, EPT_WRITE | EPT_POPULATE, &type);
	ASSERT_FALSE(IS_ERR(page));
	EXPECT_EQ(type, EPT_RAM);
	EXPECT_EQ(page->refs, 2);
	strcpy(page_address(page), "mine");
	EXPECT_EQ(ept_remove(&dom, 7, EPT_RAM), 0);
	rcu_barrier();
	/* Ours, and one that stays until ours is gone. */
	EXPECT_EQ(page->refs, 2);
	EXPECT_EQ(PAGES(), 511);
	EXPECT_PTR_EQ(ept_get_page(&dom, 7, EPT_POPULATE, NULL), ERR_PTR(-ENOENT));
	EXPECT_STREQ((char *)page_address(page), "mine");
	finish(1);
	EXPECT_EQ(page->refs, 1);
	put_page(page);
}

static struct xlhv_page seen[8];

/* All pages from the first on, so many at a time.  Return: how many, and the sum of their gfns. */
static u64 look(unsigned int most, u64 *sum)
{
	u64 gfn = 0, nr = 0, last = 0;
	unsigned int n, i, calls;

	*sum = 0;
	for (calls = 0; gfn != XLHV_NO_GFN && calls < 100000; calls++) {
		n = ept_read_pages(&dom, &gfn, seen, most);
		EXPECT_LE(n, most);
		for (i = 0; i < n; i++, nr++) {
			EXPECT_EQ(nr && seen[i].gfn <= last, 0);
			last = seen[i].gfn;
			*sum += last;
		}
	}
	EXPECT_EQ(gfn, XLHV_NO_GFN);
	return nr;
}

TEST(what_is_there_is_read)
{
	struct page *other, *page;
	u64 sum, i;

	ASSERT_EQ(start(false), 0);
	other = alloc_pages(GFP_KERNEL, 0);
	EXPECT_EQ(look(8, &sum), 0);
	/* A block, a page alone, memory beyond the map, a hole, and what others granted. */
	EXPECT_EQ(touch(0x200), 0);
	EXPECT_EQ(touch(0x801), 0);
	EXPECT_EQ(ept_populate(&dom, FAR, 0), -ENOMEM);
	EXPECT_EQ(ept_remove(&dom, 0x802, EPT_RAM), 0);
	EXPECT_EQ(ept_populate(&dom, FAR, 0), 0);
	EXPECT_EQ(ept_map_special(&dom, FAR + 1, other, EPT_GRANT), 0);
	for (i = 1; i <= 8; i += 7) {
		EXPECT_EQ(look(i, &sum), PAGES());
		EXPECT_EQ(sum, 512 * 0x200 + 511 * 512 / 2 + 0x801 + FAR);
	}
	/* What is read is what is in them, and nothing has been populated by it. */
	EXPECT_EQ(PAGES(), 514);
	page = ept_get_page(&dom, 0x801, EPT_WRITE, NULL);
	memcpy((char *)page_address(page) + 5, "word", 4);
	put_page(page);
	i = 0x500;
	EXPECT_EQ(ept_read_pages(&dom, &i, seen, 1), 1);
	EXPECT_EQ(seen[0].gfn, 0x801);
	EXPECT_MEMEQ(seen[0].data + 5, "word", 4);
	EXPECT_EQ(i, 0x802);
	i = ~0ULL - 1;
	EXPECT_EQ(ept_read_pages(&dom, &i, seen, 8), 0);
	EXPECT_EQ(i, XLHV_NO_GFN);
	EXPECT_EQ(ept_remove(&dom, FAR + 1, EPT_GRANT), 0);
	rcu_barrier();
	put_page(other);
	finish(0);
	i = 0;
	EXPECT_EQ(ept_read_pages(&dom, &i, seen, 8), 0);
	EXPECT_EQ(i, XLHV_NO_GFN);
}

TEST(populate_is_all_or_nothing)
{
	struct page *special;

	ASSERT_EQ(start(false), 0);
	EXPECT_EQ(ept_populate(&dom, 1, 1), -EINVAL);
	EXPECT_EQ(ept_populate(&dom, 0, 10), -EINVAL);
	EXPECT_EQ(ept_populate(&dom, BIT_ULL(28), 0), -EINVAL);
	EXPECT_EQ(ept_populate(&dom, ~0ULL, 0), -EINVAL);
	special = alloc_pages(__GFP_ZERO, 0);
	EXPECT_EQ(ept_map_special(&dom, FAR + 5, special, EPT_SPECIAL), 0);
	EXPECT_EQ(ept_remove(&dom, 0x200, EPT_RAM), 0);
	for (u64 gfn = 0x201; gfn < 0x210; gfn++)
		EXPECT_EQ(ept_remove(&dom, gfn, EPT_RAM), 0);
	EXPECT_EQ(ept_populate(&dom, FAR, 3), -EBUSY);
	EXPECT_EQ(RESERVED(), ALL_PAGES - 16);
	EXPECT_EQ(type_of(FAR), EPT_HOLE);
	EXPECT_EQ(type_of(FAR + 5), EPT_SPECIAL);
	/* RAM that is there is given a fresh page. */
	EXPECT_EQ(touch(0), 0);
	EXPECT_EQ(guest_write_gpa(&dom, 0x1000, "old", 4), 0);
	EXPECT_EQ(ept_populate(&dom, 1, 0), 0);
	EXPECT_EQ(RESERVED(), ALL_PAGES - 16);
	EXPECT_EQ(touch(1), 0);
	rcu_barrier();
	char text[4] = "x";

	EXPECT_EQ(guest_read_gpa(&dom, 0x1000, text, 4), 0);
	EXPECT_STREQ(text, "");
	put_page(special);
	finish(0);
}

TEST(special_pages_replace_and_move)
{
	struct page *a = NULL, *b;

	ASSERT_EQ(start(false), 0);
	a = alloc_pages(__GFP_ZERO, 0);
	b = alloc_pages(__GFP_ZERO, 0);
	/* Into a block that nobody has touched: the rest of it is there. */
	EXPECT_EQ(ept_map_special(&dom, 3, a, EPT_SPECIAL), 0);
	EXPECT_EQ(type_of(3), EPT_SPECIAL);
	EXPECT_EQ(type_of(4), EPT_RAM);
	EXPECT_EQ(PAGES(), 511);
	EXPECT_EQ(RESERVED(), ALL_PAGES - 1);
	EXPECT_EQ(a->refs, 2);
	/* The same again is nothing new. */
	EXPECT_EQ(ept_map_special(&dom, 3, a, EPT_SPECIAL), 0);
	EXPECT_EQ(a->refs, 2);
	/* Elsewhere: it moves, and leaves a hole. */
	EXPECT_EQ(ept_map_special(&dom, FAR, a, EPT_SPECIAL), 0);
	rcu_barrier();
	EXPECT_EQ(type_of(3), EPT_HOLE);
	EXPECT_EQ(type_of(FAR), EPT_SPECIAL);
	EXPECT_EQ(a->refs, 2);
	/* Another one in its place: it has none any more. */
	EXPECT_EQ(ept_map_special(&dom, FAR, b, EPT_SPECIAL), 0);
	rcu_barrier();
	EXPECT_EQ(a->refs, 1);
	EXPECT_EQ(a->private, 0);
	EXPECT_EQ(b->refs, 2);
	EXPECT_EQ(ept_map_special(&dom, 3, a, EPT_SPECIAL), 0);
	EXPECT_EQ(type_of(FAR), EPT_SPECIAL);
	EXPECT_EQ(ept_remove(&dom, 3, EPT_RAM), -EPERM);
	EXPECT_EQ(ept_remove(&dom, 3, EPT_SPECIAL), 0);
	EXPECT_EQ(a->private, 0);
	EXPECT_EQ(ept_map_special(&dom, BIT_ULL(28), a, EPT_SPECIAL), -EINVAL);
	rcu_barrier();
	EXPECT_EQ(a->refs, 1);
	EXPECT_EQ(RESERVED(), ALL_PAGES - 1);
	finish(2);
	EXPECT_EQ(b->refs, 1);
	EXPECT_EQ(b->private, 0);
	put_page(a);
	put_page(b);
}

TEST(grants)
{
	enum ept_type type;
	struct page *theirs, *page;
	char byte = 0;

	ASSERT_EQ(start(false), 0);
	theirs = alloc_pages(__GFP_ZERO, 0);
	EXPECT_EQ(ept_map_special(&dom, FAR, theirs, EPT_GRANT_RO), 0);
	EXPECT_EQ(ept_map_special(&dom, FAR + 1, theirs, EPT_GRANT), 0);
	EXPECT_EQ(theirs->refs, 3);
	EXPECT_EQ(PAGES(), 0);
	EXPECT_EQ(RESERVED(), ALL_PAGES);
	EXPECT_EQ(ept_fault(&vcpu[0], (u64)FAR << 12, true, false), -EPERM);
	EXPECT_EQ(ept_fault(&vcpu[0], (u64)FAR << 12, false, false), 0);
	EXPECT_EQ(ept_fault(&vcpu[0], (u64)FAR << 12, false, true), -EACCES);
	EXPECT_EQ(ept_fault_atomic(&vcpu[0], (u64)(FAR + 1) << 12, true, false), 0);
	EXPECT_PTR_EQ(ept_get_page(&dom, FAR, EPT_WRITE, NULL), ERR_PTR(-EACCES));
	EXPECT_EQ(guest_write_gpa(&dom, (u64)FAR << 12, &byte, 1), -EFAULT);
	/* Copies do not wait for who takes it back. */
	EXPECT_EQ(guest_read_gpa(&dom, (u64)FAR << 12, &byte, 1), -EFAULT);
	EXPECT_EQ(guest_write_gpa(&dom, (u64)(FAR + 1) << 12, &byte, 1), -EFAULT);
	page = ept_get_page(&dom, FAR, 0, &type);
	EXPECT_PTR_EQ(page, theirs);
	EXPECT_EQ(type, EPT_GRANT_RO);
	put_page(page);
	/* Nothing but its own way takes a grant away. */
	EXPECT_EQ(ept_map_special(&dom, FAR, theirs, EPT_SPECIAL), -ENXIO);
	EXPECT_EQ(ept_remove(&dom, FAR, EPT_RAM), -EPERM);
	EXPECT_EQ(ept_populate(&dom, FAR, 0), -ENOMEM);
	EXPECT_EQ(ept_remove(&dom, 0x200, EPT_RAM), 0);
	EXPECT_EQ(ept_populate(&dom, FAR, 0), -EBUSY);
	EXPECT_EQ(ept_move(&dom, 0, FAR), -ENXIO);
	EXPECT_EQ(ept_move(&dom, FAR, 0), -EINVAL);
	EXPECT_EQ(ept_remove(&dom, FAR, EPT_GRANT), 0);
	EXPECT_EQ(ept_remove(&dom, FAR, EPT_GRANT), -ENOENT);
	rcu_barrier();
	EXPECT_EQ(theirs->refs, 2);
	finish(1);
	EXPECT_EQ(theirs->refs, 1);
	put_page(theirs);
}

TEST(move)
{
	struct page *page;
	char text[4];

	ASSERT_EQ(start(false), 0);
	EXPECT_EQ(touch(0), 0);
	EXPECT_EQ(guest_write_gpa(&dom, 0x5000, "abc", 4), 0);
	EXPECT_EQ(ept_move(&dom, 5, 5), 0);
	EXPECT_EQ(ept_move(&dom, 5, 6), 0);
	EXPECT_EQ(type_of(5), EPT_HOLE);
	EXPECT_EQ(guest_read_gpa(&dom, 0x6000, text, 4), 0);
	EXPECT_STREQ(text, "abc");
	EXPECT_EQ(PAGES(), 511);
	EXPECT_EQ(RESERVED(), ALL_PAGES - 1);
	EXPECT_EQ(ept_move(&dom, 6, FAR), 0);
	EXPECT_EQ(PAGES(), 511);
	EXPECT_EQ(ept_move(&dom, 6, FAR), -EINVAL);
	EXPECT_EQ(ept_move(&dom, ~0ULL, 1), -EINVAL);
	page = alloc_pages(__GFP_ZERO, 0);
	EXPECT_EQ(ept_map_special(&dom, 8, page, EPT_SPECIAL), 0);
	EXPECT_EQ(ept_move(&dom, 8, 9), -EINVAL);
	EXPECT_EQ(ept_move(&dom, FAR, 8), 0);
	EXPECT_EQ(type_of(8), EPT_RAM);
	EXPECT_EQ(page->private, 0);
	rcu_barrier();
	EXPECT_EQ(page->refs, 1);
	put_page(page);
	EXPECT_EQ(count_table(dom.ept.root, 4), PAGES());
	finish(0);
}

TEST(large_pages_are_not_executable_where_that_is_unsafe)
{
	vmx_guards = XLHV_MITIGATION_NX_HUGE;
	ASSERT_EQ(start(false), 0);
	EXPECT_EQ(touch(0), 0);
	EXPECT_EQ(BIG(), 1);
	EXPECT_EQ(ept_fault_atomic(&vcpu[0], 0x1000, false, true), -EAGAIN);
	EXPECT_EQ(ept_fault(&vcpu[0], 0x1000, false, true), 0);
	EXPECT_EQ(BIG(), 0);
	EXPECT_EQ(atomic64_read(&dom.ept.nr_nx_splits), 1);
	EXPECT_EQ(PAGES(), 512);
	EXPECT_EQ(ept_fault_atomic(&vcpu[0], 0x1ff000, true, true), 0);
	/* Code in a block that is not there yet: one fault. */
	EXPECT_EQ(ept_fault(&vcpu[0], 0x200000, false, true), 0);
	EXPECT_EQ(ept_fault_atomic(&vcpu[0], 0x200000, false, true), 0);
	finish(0);
	vmx_guards = 0;
}

TEST(blocks_go_back_as_they_came)
{
	struct page *kept, *lost;

	vmx_guards = XLHV_MITIGATION_NX_HUGE;
	ASSERT_EQ(start(true), 0);
	EXPECT_EQ(ept_populate_all(&dom), 0);
	/*
	 * One is split, one has a hole, somebody keeps a page of one, and a machine check
	 * took a page of one, which only goes by itself: five less three.
	 */
	lost = ept_get_page(&dom, 0x6ff, 0, NULL);
	lost->lost = true;
	put_page(lost);
	EXPECT_EQ(ept_fault(&vcpu[0], 0, false, true), 0);
	EXPECT_EQ(ept_remove(&dom, 0x2ff, EPT_RAM), 0);
	kept = ept_get_page(&dom, 0x4ff, 0, NULL);
	rcu_barrier();
	EXPECT_EQ(fake_pages_used(), ALL_PAGES - 1);
	fake_blocks_freed = 0;
	finish(1);
	EXPECT_EQ(fake_blocks_freed, 2);
	lost->lost = false;
	EXPECT_EQ(kept->refs, 1);
	put_page(kept);
}

TEST(copies_by_physical_address)
{
	u8 buffer[64];

	ASSERT_EQ(start(false), 0);
	memset(buffer, 0xff, sizeof(buffer));
	EXPECT_EQ(guest_read_gpa(&dom, 0x1ff0, buffer, 64), 0);
	EXPECT_EQ(buffer[0] | buffer[63], 0);
	EXPECT_EQ(PAGES(), 0);
	EXPECT_EQ(guest_write_gpa(&dom, 0x1ff0, buffer, 64), -EAGAIN);
	EXPECT_EQ(touch(0), 0);
	EXPECT_EQ(touch(0x802), 0);
	memset(buffer, 0x5a, sizeof(buffer));
	EXPECT_EQ(guest_write_gpa(&dom, 0x1ff0, buffer, 64), 0);
	EXPECT_EQ(guest_read_gpa(&dom, 0x2000, buffer, 64), 0);
	EXPECT_EQ(buffer[47], 0x5a);
	EXPECT_EQ(buffer[48], 0);
	EXPECT_EQ(guest_read_gpa(&dom, 0x802ff0, buffer, 16), 0);
	EXPECT_EQ(guest_read_gpa(&dom, 0x802ff0, buffer, 17), -EFAULT);
	EXPECT_EQ(guest_write_gpa(&dom, ~0ULL, buffer, 1), -EFAULT);
	EXPECT_EQ(guest_read_gpa(&dom, ~0ULL, buffer, 2), -EFAULT);
	finish(0);
}

TEST(invept_only_where_needed)
{
	ASSERT_EQ(start(false), 0);
	fake_invepts = 0;
	ept_invalidate(&vcpu[0]);
	EXPECT_EQ(fake_invepts, 1);
	ept_invalidate(&vcpu[0]);
	EXPECT_EQ(touch(0), 0);
	ept_invalidate(&vcpu[0]);
	EXPECT_EQ(fake_invepts, 1);
	EXPECT_EQ(vcpu[0].requests, 0);
	EXPECT_EQ(ept_remove(&dom, 0, EPT_RAM), 0);
	EXPECT_NE(vcpu[0].requests, 0);
	ept_invalidate(&vcpu[0]);
	EXPECT_EQ(fake_invepts, 2);
	unit_cpu = 1;
	ept_invalidate(&vcpu[0]);
	unit_cpu = 0;
	EXPECT_EQ(fake_invepts, 3);
	/* RAM that has no frame is in no translation. */
	vcpu[0].requests = 0;
	EXPECT_EQ(ept_remove(&dom, 0x400, EPT_RAM), 0);
	EXPECT_EQ(vcpu[0].requests, 0);
	finish(0);
}
