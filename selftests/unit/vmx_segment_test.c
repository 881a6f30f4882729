// SPDX-License-Identifier: GPL-2.0-only
/* Segment registers that a guest may start a vCPU with. */
#include "unit.h"
#include "vmx/guest/segment.h"

#define CODE	0xc9b
#define DATA	0xc93
#define TSS	0x08b

static struct segment seg;

static int unpack(unsigned int which, u16 ar)
{
	return vmx_segment_unpack(&seg, which, 0, ar & 0x800 ? ~0U : 0xffff, ar);
}

TEST(usual_ones_are_taken_apart)
{
	ASSERT_EQ(unpack(SEG_CS, CODE), 0);
	EXPECT_EQ(seg.ar, (u32)AR_CODE32);
	EXPECT_EQ(seg.limit, ~0U);
	ASSERT_EQ(unpack(SEG_DS, DATA), 0);
	EXPECT_EQ(seg.ar, (u32)AR_DATA32);
	ASSERT_EQ(unpack(SEG_SS, DATA), 0);
	ASSERT_EQ(unpack(SEG_TR, TSS), 0);
	EXPECT_EQ(seg.ar, (u32)AR_TSS32);
}

TEST(what_loading_sets_is_set)
{
	ASSERT_EQ(unpack(SEG_CS, CODE & ~1), 0);
	EXPECT_EQ(seg.ar, (u32)AR_CODE32);
	ASSERT_EQ(unpack(SEG_ES, DATA & ~1), 0);
	EXPECT_EQ(seg.ar, (u32)AR_DATA32);
	ASSERT_EQ(unpack(SEG_TR, TSS & ~2), 0);
	EXPECT_EQ(seg.ar, (u32)AR_TSS32);
}

TEST(data_may_be_absent_and_nothing_else)
{
	ASSERT_EQ(unpack(SEG_DS, 0), 0);
	EXPECT_EQ(seg.ar, (u32)AR_UNUSABLE);
	EXPECT_EQ(unpack(SEG_ES, 0), 0);
	EXPECT_EQ(unpack(SEG_CS, 0), -EINVAL);
	EXPECT_EQ(unpack(SEG_SS, 0), -EINVAL);
	EXPECT_EQ(unpack(SEG_TR, 0), -EINVAL);
	EXPECT_EQ(unpack(SEG_DS, DATA & ~0x80), -EINVAL);
}

TEST(each_has_its_kinds)
{
	EXPECT_EQ(unpack(SEG_CS, DATA), -EINVAL);
	EXPECT_EQ(unpack(SEG_SS, CODE), -EINVAL);
	EXPECT_EQ(unpack(SEG_SS, DATA & ~2), -EINVAL);
	EXPECT_EQ(unpack(SEG_DS, CODE), 0);
	EXPECT_EQ(unpack(SEG_DS, CODE & ~2), -EINVAL);
	/* system segments, and a TSS that is none, or of 16 bits */
	EXPECT_EQ(unpack(SEG_CS, CODE & ~0x10), -EINVAL);
	EXPECT_EQ(unpack(SEG_ES, DATA & ~0x10), -EINVAL);
	EXPECT_EQ(unpack(SEG_TR, TSS | 0x10), -EINVAL);
	EXPECT_EQ(unpack(SEG_TR, 0x83), -EINVAL);
	EXPECT_EQ(unpack(SEG_CS, 0x1000 | CODE), -EINVAL);
}

TEST(limit_and_granularity_agree)
{
	EXPECT_EQ(vmx_segment_unpack(&seg, SEG_DS, 0, 0xfffff, 0x093), 0);
	EXPECT_EQ(vmx_segment_unpack(&seg, SEG_DS, 0, 0x100000, 0x093), -EINVAL);
	EXPECT_EQ(vmx_segment_unpack(&seg, SEG_DS, 0, 0xfff, DATA), 0);
	EXPECT_EQ(vmx_segment_unpack(&seg, SEG_DS, 0, 0xffe, DATA), -EINVAL);
}

static bool agree(u16 cs, u16 ss, u16 ds, bool protected, bool lma)
{
	struct segment all[NR_SEGS] = {};

	vmx_segment_unpack(&all[SEG_CS], SEG_CS, 0, ~0U, cs);
	vmx_segment_unpack(&all[SEG_SS], SEG_SS, 0, ~0U, ss);
	vmx_segment_unpack(&all[SEG_DS], SEG_DS, 0, ~0U, ds);
	vmx_segment_unpack(&all[SEG_ES], SEG_ES, 0, ~0U, 0);
	return vmx_segments_agree(all, protected, lma);
}

TEST(privilege_levels_agree)
{
	EXPECT_TRUE(agree(CODE, DATA, DATA, true, false));
	EXPECT_TRUE(agree(CODE, DATA, 0, false, false));
	EXPECT_TRUE(agree(CODE | 0x60, DATA | 0x60, DATA | 0x20, true, false));
	EXPECT_FALSE(agree(CODE | 0x60, DATA, DATA, true, false));
	EXPECT_FALSE(agree(CODE, DATA | 0x20, DATA, true, false));
	EXPECT_FALSE(agree(CODE, DATA, DATA | 0x20, true, false));
	EXPECT_FALSE(agree(CODE | 0x60, DATA | 0x60, DATA, false, false));
}

TEST(code_of_64_bits_has_no_default_size)
{
	EXPECT_TRUE(agree(0xa9b, DATA, DATA, true, true));
	EXPECT_FALSE(agree(0xe9b, DATA, DATA, true, true));
	EXPECT_TRUE(agree(0xe9b, DATA, DATA, true, false));
}
