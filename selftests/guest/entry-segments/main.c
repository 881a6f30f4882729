// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claim: CS, DS, ES and SS at entry are flat 4 GiB 32-bit segments with base 0,
 * data segments writable, and usable before the guest loads any table. So are FS
 * and GS, of which the ABI says nothing, for the sake of i386 Linux.
 *
 * Why: boot code runs from these hidden parts until its own LGDT. They cannot be
 * read, only used: a wrong one ends this test in a triple fault (see probe.S).
 */
#include "guest.h"

extern u32 seg_seen[16];

static void base(void)
{
	unsigned int i;

	for (i = 0; i < 4; i++)
		expect_eq(seg_seen[i], 0x1badf00d, "word %u (DS, ES, SS, CS)", i);
}

static void writable(void)
{
	expect_eq(seg_seen[4], 0x11111111, "write through DS");
	expect_eq(seg_seen[5], 0x22222222, "write through ES");
	expect_eq(seg_seen[6], 0x33333333, "write through SS");
}

static void limit(void)
{
	unsigned int i;

	for (i = 7; i < 11; i++)
		expect_eq(seg_seen[i], 0xffffffff, "last word of 4 GiB, segment %u", i - 7);
}

static void stack(void)
{
	expect_eq(seg_seen[11], 4, "bytes a push takes");
}

static void fs_gs(void)
{
	expect_eq(seg_seen[12], 0x1badf00d, "word through FS");
	expect_eq(seg_seen[13], 0x1badf00d, "word through GS");
	expect_eq(seg_seen[14], 0x44444444, "write through FS");
	expect_eq(seg_seen[15], 0xffffffff, "last word of 4 GiB, GS");
}

TEST_CASES = {
	{ "base 0 in every segment", base },
	{ "data segments writable", writable },
	{ "limits reach the last byte", limit },
	{ "32-bit stack", stack },
	{ "FS and GS are flat, too", fs_gs },
	TEST_CASES_END
};
