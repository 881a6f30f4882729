// SPDX-License-Identifier: GPL-2.0-only
/*
 * Accesses without memory by forms of instructions that a CPU in 64-bit mode cannot show, or not
 * without memory: other modes, fetches that end at a page, strings, the stack, XMM registers.
 */
#include <linux/kernel.h>
#include <linux/mm.h>

#include <string.h>

#include "unit.h"
#include "vmx/guest/internal.h"
#include "mmio_common.h"

/* One instruction in another mode, at a place of its own. */
static int run(struct vcpu *v, bool long_mode, bool big, const char *text, unsigned int length)
{
	v->long_mode = long_mode;
	v->big = big;
	v->insn_linear = 0x1000;
	v->vmx.rip = 0x1000;
	memset(v->insn, 0xcc, sizeof(v->insn));
	memcpy(v->insn, text, length);
	v->insn_size = length;
	v->skipped = 0;
	/* Whatever follows in the page is there to be fetched too. */
	v->insn_size = sizeof(v->insn);
	return mmio(v, HOLE);
}

#define RUN(v, long_mode, big, text)	run(v, long_mode, big, text, sizeof(text) - 1)

TEST(sizes_in_16_and_32_bit_code)
{
	static const struct {
		const char *text;
		unsigned int length;
		bool big;
		u64 rcx;
	} row[] = {
		/* mov ecx, [eax]; mov cx, [eax]; mov ecx, [bx + si]; mov cl, [eax] */
		{ "\x8b\x08", 2, true, 0xffffffff },
		{ "\x66\x8b\x08", 3, true, 0x1234ffff },
		{ "\x67\x8b\x08", 3, true, 0xffffffff },
		{ "\x8a\x08", 2, true, 0x123456ff },
		/* mov ch, [eax] */
		{ "\x8a\x28", 2, true, 0x1234ff78 },
		/* mov cx, [bx + si]; mov ecx, [bx + si]; mov cx, [bp + 0x1234]; mov cx, [0x1234] */
		{ "\x8b\x08", 2, false, 0x1234ffff },
		{ "\x66\x8b\x08", 3, false, 0xffffffff },
		{ "\x8b\x8e\x34\x12", 4, false, 0x1234ffff },
		{ "\x8b\x0e\x34\x12", 4, false, 0x1234ffff },
		/* mov cx, [eax + eax + 8 bits], by an address size of 32 bits */
		{ "\x67\x8b\x4c\x00\x10", 5, false, 0x1234ffff },
		/* mov ecx, [0x12345678]; by an address size of 16 bits: [0x5678] */
		{ "\x8b\x0d\x78\x56\x34\x12", 6, true, 0xffffffff },
		{ "\x67\x8b\x0e\x78\x56", 5, true, 0xffffffff },
		/* movzx ecx, word [eax]; movsx ecx, byte [eax] */
		{ "\x0f\xb7\x08", 3, true, 0xffff },
		{ "\x0f\xbe\x08", 3, true, 0xffffffff },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		struct vcpu v = { .vmx.sw.gpr[1] = 0x12345678 };

		unit_context("row %u", i);
		EXPECT_EQ(run(&v, false, row[i].big, row[i].text, row[i].length), 0);
		EXPECT_EQ(v.skipped, row[i].length);
		EXPECT_EQ(v.vmx.sw.gpr[1], row[i].rcx);
	}
}

TEST(absolute_addresses_are_as_long_as_the_mode_says)
{
	struct vcpu v = { 0 };

	EXPECT_EQ(RUN(&v, true, false, "\xa1\x01\x02\x03\x04\x05\x06\x07\x08"), 0);
	EXPECT_EQ(v.skipped, 9);
	EXPECT_EQ(v.vmx.sw.gpr[0], 0xffffffff);
	EXPECT_EQ(RUN(&v, true, false, "\x67\xa1\x01\x02\x03\x04"), 0);
	EXPECT_EQ(v.skipped, 6);
	EXPECT_EQ(RUN(&v, false, true, "\xa1\x01\x02\x03\x04"), 0);
	EXPECT_EQ(v.skipped, 5);
	EXPECT_EQ(RUN(&v, false, false, "\xa1\x01\x02"), 0);
	EXPECT_EQ(v.skipped, 3);
	EXPECT_EQ(RUN(&v, false, false, "\x67\xa1\x01\x02\x03\x04"), 0);
	EXPECT_EQ(v.skipped, 6);
	/* An operand size says nothing about them. */
	EXPECT_EQ(RUN(&v, false, true, "\x66\xa1\x01\x02\x03\x04"), 0);
	EXPECT_EQ(v.skipped, 6);
	EXPECT_EQ(RUN(&v, false, true, "\x66\x8b\x0d\x78\x56\x34\x12"), 0);
	EXPECT_EQ(v.skipped, 7);
}

TEST(absolute_addresses_are_written_to_as_well)
{
	struct vcpu v = {
		.vmx.sw.gpr[0] = 0x1234,
		.lapic.base = HOLE | XAPIC_ENABLE,
		.long_mode = true,
	};

	EXPECT_EQ(RUN(&v, true, false, "\xa3\x01\x02\x03\x04\x05\x06\x07\x08"), 0);
	EXPECT_EQ(v.apic_writes, 1);
	EXPECT_EQ(v.apic_written, 0x1234);
	EXPECT_EQ(v.apic_reads, 0);
	EXPECT_EQ(v.vmx.sw.gpr[0], 0x1234);
}

TEST(the_stack_pointer_is_a_register_too)
{
	struct vcpu v = { .vmx.rsp = 0x7000, .vmx.sw.gpr[4] = 0x1111 };

	EXPECT_EQ(RUN(&v, true, false, "\x8b\x20"), 0);		/* mov esp, [rax] */
	EXPECT_EQ(v.vmx.rsp, 0xffffffff);
	EXPECT_TRUE(v.vmx.dirty & VMX_DIRTY_RSP);
	EXPECT_EQ(v.vmx.sw.gpr[4], 0x1111);
	v.vmx.dirty = 0;
	v.vmx.rsp = 0x7000;
	EXPECT_EQ(RUN(&v, true, false, "\x40\x8a\x20"), 0);	/* mov spl, [rax] */
	EXPECT_EQ(v.vmx.rsp, 0x70ff);
	EXPECT_EQ(RUN(&v, true, false, "\x8a\x20"), 0);		/* mov ah, [rax] */
	EXPECT_EQ(v.vmx.rsp, 0x70ff);
	EXPECT_EQ(v.vmx.sw.gpr[0], 0xff00);
}

TEST(what_is_no_move_is_refused)
{
	static const struct {
		const char *text;
		unsigned int length;
	} row[] = {
		{ "\xff\x28", 2 },		/* jmp far [rax] */
		{ "\x8f\x08", 2 },
		{ "\xf2\x0f\x6f\x08", 4 },
		{ "\xd1\x00", 2 },		/* rol dword [rax], 1 */
		{ "\x8b\xc1", 2 },		/* mov eax, ecx: no memory */
		{ "\x04\x01", 2 },		/* add al, 1: no memory */
		{ "\xc7\x08\x00\x00\x00\x00", 6 },
		{ "\xf7\x20", 2 },		/* mul dword [rax] */
		{ "\x0f\xba\x00\x01", 4 },
		{ "\xf2\x0f\x38\xf1\x00", 5 },	/* crc32 eax, [rax] */
		{ "\x0f\x6f\x00", 3 },		/* movq mm0, [rax] */
		{ "\x0f\x58\x00", 3 },		/* addps xmm0, [rax] */
		{ "\xf3\xa6", 2 },		/* rep cmpsb */
		{ "\xf0\x8b\x08", 3 },		/* lock mov ecx, [rax] */
		{ "\xf0\x39\x08", 3 },		/* lock cmp [rax], ecx */
		{ "\xf0\x0f\xa3\x08", 4 },	/* lock bt [rax], ecx */
		{ "\xf3\x8b\x08", 3 },
		{ "\x62\xf1\x7c\x48\x28\x00", 6 },
		{ "\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66", 15 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		struct vcpu v = { .vmx.sw.gpr[0] = 0x1234 };
		const struct vcpu before = { .vmx.sw.gpr[0] = 0x1234 };

		unit_context("row %u", i);
		EXPECT_EQ(run(&v, true, false, row[i].text, row[i].length), -EOPNOTSUPP);
		EXPECT_EQ(v.skipped, 0);
		EXPECT_MEMEQ(&v.vmx.sw, &before.vmx.sw, sizeof(v.vmx.sw));
		EXPECT_EQ(v.vmx.dirty, 0);
	}
}

TEST(an_instruction_at_the_end_of_a_page)
{
	struct vcpu v = { .long_mode = true };

	/* All of it is before the end; the next page is not there. */
	memcpy(v.insn, "\x8b\x08", 2);
	v.insn_linear = 0x1ffe;
	v.vmx.rip = 0x1ffe;
	v.insn_size = 2;
	EXPECT_EQ(vmx_mmio(&v, HOLE, false), 0);
	EXPECT_EQ(v.vmx.sw.gpr[1], 0xffffffff);

	/* It goes on in the next page, which is there. */
	memcpy(v.insn, "\x8b\x88\x00\x00\x00\x00", 6);
	v.insn_size = sizeof(v.insn);
	v.skipped = 0;
	EXPECT_EQ(vmx_mmio(&v, HOLE, false), 0);
	EXPECT_EQ(v.skipped, 6);

	/* It goes on in the next page, which is not: that is a page fault, there. */
	v.insn_size = 2;
	v.skipped = 0;
	v.vmx.sw.gpr[1] = 1;
	EXPECT_EQ(vmx_mmio(&v, HOLE, false), 0);
	EXPECT_EQ(v.faults, 1);
	EXPECT_EQ(v.fault_linear, 0x2000);
	EXPECT_EQ(v.skipped, 0);
	EXPECT_EQ(v.vmx.sw.gpr[1], 1);

	/* Nothing can be fetched at all. */
	v.insn_size = 0;
	EXPECT_EQ(vmx_mmio(&v, HOLE, false), 0);
	EXPECT_EQ(v.faults, 2);
	EXPECT_EQ(v.fault_linear, 0x1ffe);
	EXPECT_EQ(v.skipped, 0);
}

/* Nothing is tried again: each access ends, with its instruction or with a fault. */
TEST(every_fetch_comes_to_an_end)
{
	struct vcpu v = { .long_mode = true, .insn_linear = 0x1ffe, .vmx.rip = 0x1ffe };

	v.fetch_error = -ENOMEM;
	EXPECT_EQ(vmx_mmio(&v, HOLE, false), -ENOMEM);
	EXPECT_EQ(v.faults, 0);
	v.fetch_error = 0;
	v.fetches = 0;
	/* Prefixes and no end: as long as an instruction may be, from two pages. */
	memset(v.insn, 0x66, sizeof(v.insn));
	v.insn_size = sizeof(v.insn);
	EXPECT_EQ(vmx_mmio(&v, HOLE, false), -EOPNOTSUPP);
	EXPECT_EQ(v.fetches, 2);
	EXPECT_EQ(v.faults, 0);
	/* What comes from the second page is decoded with the first, once. */
	memcpy(v.insn, "\x66\x48\x8b\x08", 4);
	EXPECT_EQ(vmx_mmio(&v, HOLE, false), 0);
	EXPECT_EQ(v.fetches, 4);
	EXPECT_EQ(v.skipped, 4);
	EXPECT_EQ(v.vmx.sw.gpr[1], ~0ULL);
}

/* The CPU has checked the right to read, or to write: another instruction has neither. */
TEST(an_access_is_what_the_cpu_was_about_to_do)
{
	static const struct {
		const char *text;
		unsigned int length;
		bool write;
	} row[] = {
		{ "\x8b\x08", 2, false },		/* mov ecx, [rax] */
		{ "\x0f\xb6\x08", 3, false },		/* movzx ecx, byte [rax] */
		{ "\x39\x08", 2, false },		/* cmp [rax], ecx */
		{ "\xf7\x00\x01\x00\x00\x00", 6, false },	/* test dword [rax], 1 */
		{ "\x89\x08", 2, true },		/* mov [rax], ecx */
		{ "\xc6\x00\x01", 3, true },		/* mov byte [rax], 1 */
		{ "\x87\x08", 2, true },		/* xchg [rax], ecx */
		{ "\x09\x08", 2, true },		/* or [rax], ecx */
		{ "\x83\x20\x01", 3, true },		/* and dword [rax], 1 */
		{ "\x03\x08", 2, false },		/* add ecx, [rax] */
		{ "\x0f\xa3\x08", 3, false },		/* bt [rax], ecx */
		{ "\x0f\xab\x08", 3, true },		/* bts [rax], ecx */
		{ "\x0f\xc1\x08", 3, true },		/* xadd [rax], ecx */
		{ "\xab", 1, true },			/* stosd */
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		const struct vcpu before = { .vmx.sw.gpr[1] = 0x1234 };
		struct vcpu v = before;

		unit_context("row %u", i);
		v.long_mode = true;
		v.lapic.base = APIC | XAPIC_ENABLE;
		memcpy(v.insn, row[i].text, row[i].length);
		v.insn_size = sizeof(v.insn);
		EXPECT_EQ(vmx_mmio(&v, APIC + 0x80, !row[i].write), -EOPNOTSUPP);
		EXPECT_EQ(v.skipped, 0);
		EXPECT_EQ(v.apic_reads + v.apic_writes, 0);
		EXPECT_MEMEQ(&v.vmx, &before.vmx, sizeof(v.vmx));
		EXPECT_EQ(vmx_mmio(&v, APIC + 0x80, row[i].write), 0);
		EXPECT_EQ(v.skipped, row[i].length);
		EXPECT_EQ(v.apic_writes, row[i].write);
	}
}

TEST(an_instruction_is_fetched_at_the_base_of_its_segment)
{
	struct vcpu v = { .big = true, .vmx.cs_base = 0xfffff000, .vmx.rip = 0x3000 };

	/* 32-bit code wraps at 4 GiB. */
	v.insn_linear = 0x2000;
	memcpy(v.insn, "\x8b\x08", 2);
	v.insn_size = sizeof(v.insn);
	EXPECT_EQ(vmx_mmio(&v, HOLE, false), 0);
	EXPECT_EQ(v.skipped, 2);
}

TEST(the_apic_is_where_its_base_says_and_only_in_xapic_mode)
{
	static const struct {
		u64 base, gpa;
		bool apic;
	} row[] = {
		{ APIC | XAPIC_ENABLE, APIC + 0x80, true },
		{ APIC | XAPIC_ENABLE, APIC + 0x1080, false },
		{ APIC, APIC + 0x80, false },
		{ APIC | XAPIC_ENABLE | X2APIC_ENABLE, APIC + 0x80, false },
		{ 0x12345000 | XAPIC_ENABLE, 0x12345080, true },
		{ 0x12345000 | XAPIC_ENABLE, APIC + 0x80, false },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		struct vcpu v = {
			.long_mode = true,
			.lapic.base = row[i].base,
			.apic_value = 0x5678,
			.insn = { 0x8b, 0x08 },
			.insn_size = 32,
		};

		unit_context("row %u", i);
		EXPECT_EQ(vmx_mmio(&v, row[i].gpa, false), 0);
		EXPECT_EQ(v.vmx.sw.gpr[1], row[i].apic ? 0x5678 : 0xffffffff);
		EXPECT_EQ(v.apic_reads, row[i].apic);
		EXPECT_EQ(v.apic_offset, row[i].apic ? 0x80 : 0);
	}
}

/* As the CPU does it, the bit is counted from the word that the access is to. */
TEST(a_bit_by_number_in_a_register)
{
	static const struct {
		u8 opcode;
		u32 after;
	} row[] = {
		{ 0xa3, 0 }, { 0xab, 0x12345678 | 1 << 7 }, { 0xb3, 0x12345678 & ~(1 << 7) },
		{ 0xbb, 0x12345678 ^ 1 << 7 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		struct vcpu v = {
			.long_mode = true,
			.lapic.base = APIC | XAPIC_ENABLE,
			.apic_value = 0x12345678,
			.insn = { 0x0f, row[i].opcode, 0x08 },
			.insn_size = 32,
			.vmx.sw.gpr[1] = 32 * 4 + 7,
			.vmx.rflags = X86_EFLAGS_CF | X86_EFLAGS_ZF,
		};

		unit_context("row %u", i);
		EXPECT_EQ(mmio(&v, APIC + 0x80), 0);
		EXPECT_EQ(v.vmx.rflags, (u64)X86_EFLAGS_ZF);
		EXPECT_EQ(v.apic_written, row[i].after);
		EXPECT_EQ(v.apic_writes, !!row[i].after);
		v.vmx.sw.gpr[1] = 3;
		EXPECT_EQ(mmio(&v, APIC + 0x80), 0);
		EXPECT_EQ(v.vmx.rflags, (u64)X86_EFLAGS_ZF | X86_EFLAGS_CF);
	}
}

/* One that is not equal writes nothing: the register of a device would take it as a command. */
TEST(a_comparison_that_fails_writes_nothing)
{
	struct vcpu v = {
		.long_mode = true, .lapic.base = APIC | XAPIC_ENABLE, .apic_value = 5,
		.insn = { 0xf0, 0x0f, 0xb1, 0x08 }, .insn_size = 32,
		.vmx.sw.gpr = { 5, 7 },
	};

	EXPECT_EQ(vmx_mmio(&v, APIC + 0x80, true), 0);
	EXPECT_EQ(v.apic_writes, 1);
	EXPECT_EQ(v.apic_written, 7);
	EXPECT_TRUE(v.vmx.rflags & X86_EFLAGS_ZF);
	v.vmx.sw.gpr[0] = 4;
	EXPECT_EQ(vmx_mmio(&v, APIC + 0x80, true), 0);
	EXPECT_EQ(v.apic_writes, 1);
	EXPECT_FALSE(v.vmx.rflags & X86_EFLAGS_ZF);
	EXPECT_EQ(v.vmx.sw.gpr[0], 5);
}

#define RSI	6
#define RDI	7

static u8 text[16];

static struct vcpu string_cpu(const char *insn, unsigned int length)
{
	struct vcpu v = {
		.long_mode = true, .insn_size = 32, .data = text, .data_size = sizeof(text),
		.vmx.sw.gpr = { 0x1122334455667788, 3 },
	};

	v.vmx.sw.gpr[RSI] = DATA_LINEAR;
	v.vmx.sw.gpr[RDI] = DATA_LINEAR + 8;
	memset(text, 0x5a, sizeof(text));
	memcpy(v.insn, insn, length);
	return v;
}

TEST(strings_go_round_by_round)
{
	struct vcpu v = string_cpu("\xf3\x48\xab", 3);		/* rep stosq */

	EXPECT_EQ(vmx_mmio(&v, HOLE, true), 0);
	EXPECT_EQ(v.vmx.sw.gpr[1], 2);
	EXPECT_EQ(v.vmx.sw.gpr[RDI], DATA_LINEAR + 16);
	EXPECT_EQ(v.vmx.sw.gpr[RSI], (u64)DATA_LINEAR);
	EXPECT_EQ(v.skipped, 0);		/* it is executed again */
	v.vmx.rflags = X86_EFLAGS_DF;
	EXPECT_EQ(vmx_mmio(&v, HOLE, true), 0);
	EXPECT_EQ(v.vmx.sw.gpr[1], 1);
	EXPECT_EQ(v.vmx.sw.gpr[RDI], DATA_LINEAR + 8);
	EXPECT_EQ(v.skipped, 0);
	EXPECT_EQ(vmx_mmio(&v, HOLE, true), 0);
	EXPECT_EQ(v.vmx.sw.gpr[1], 0);
	EXPECT_EQ(v.skipped, 3);

	v = string_cpu("\xac", 1);		/* lodsb */
	EXPECT_EQ(vmx_mmio(&v, HOLE, false), 0);
	EXPECT_EQ(v.vmx.sw.gpr[0], 0x11223344556677ff);
	EXPECT_EQ(v.vmx.sw.gpr[1], 3);
	EXPECT_EQ(v.vmx.sw.gpr[RSI], DATA_LINEAR + 1);
	EXPECT_EQ(v.skipped, 1);

	v = string_cpu("\xab", 1);		/* stosd to the APIC */
	v.lapic.base = APIC | XAPIC_ENABLE;
	EXPECT_EQ(vmx_mmio(&v, APIC + 0xb0, true), 0);
	EXPECT_EQ(v.apic_offset, 0xb0);
	EXPECT_EQ(v.apic_written, 0x55667788);
}

TEST(strings_by_short_addresses)
{
	struct vcpu v = string_cpu("\x67\xf3\xaa", 3);		/* a32 rep stosb */

	v.vmx.sw.gpr[1] = 0x700000001;
	v.vmx.sw.gpr[RDI] = 0x7ffffffff;
	EXPECT_EQ(vmx_mmio(&v, HOLE, true), 0);
	EXPECT_EQ(v.vmx.sw.gpr[1], 0);
	EXPECT_EQ(v.vmx.sw.gpr[RDI], 0);
	EXPECT_EQ(v.skipped, 3);
	/* 16 bits keep what is above. */
	v = string_cpu("\xf3\xaa", 2);
	v.long_mode = false;
	v.vmx.sw.gpr[1] = 0x10001;
	v.vmx.sw.gpr[RDI] = 0x1ffff;
	EXPECT_EQ(vmx_mmio(&v, HOLE, true), 0);
	EXPECT_EQ(v.vmx.sw.gpr[1], 0x10000);
	EXPECT_EQ(v.vmx.sw.gpr[RDI], 0x10000);
	EXPECT_EQ(v.skipped, 2);
}

TEST(a_string_is_moved_between_memory_and_nothing)
{
	struct vcpu v = string_cpu("\xa5", 1);			/* movsd from a hole */

	EXPECT_EQ(vmx_mmio(&v, HOLE, false), 0);
	EXPECT_MEMEQ(text, "\x5a\x5a\x5a\x5a\x5a\x5a\x5a\x5a\xff\xff\xff\xff\x5a", 13);
	EXPECT_EQ(v.data_segment, 0);			/* ES */
	EXPECT_EQ(v.vmx.sw.gpr[RSI], DATA_LINEAR + 4);
	EXPECT_EQ(v.vmx.sw.gpr[RDI], DATA_LINEAR + 12);

	v = string_cpu("\x64\xa5", 2);			/* movsd from FS to the APIC */
	v.lapic.base = APIC | XAPIC_ENABLE;
	EXPECT_EQ(vmx_mmio(&v, APIC + 0x80, true), 0);
	EXPECT_EQ(v.data_segment, 4);
	EXPECT_EQ(v.apic_written, 0x5a5a5a5a);
	EXPECT_EQ(v.skipped, 2);

	/* Where its other side has a fault nothing has happened. */
	v = string_cpu("\xf3\xa4", 2);
	v.vmx.sw.gpr[RDI] = 0x1000;
	EXPECT_EQ(vmx_mmio(&v, HOLE, false), 0);
	EXPECT_EQ(v.faults, 1);
	EXPECT_EQ(v.fault_linear, 0x1000);
	EXPECT_EQ(v.vmx.sw.gpr[1], 3);
	EXPECT_EQ(v.vmx.sw.gpr[RSI], (u64)DATA_LINEAR);
	EXPECT_EQ(v.skipped, 0);
	v.data_error = -ENOMEM;
	EXPECT_EQ(vmx_mmio(&v, HOLE, false), -ENOMEM);
	EXPECT_EQ(v.vmx.sw.gpr[1], 3);
}

TEST(the_stack_is_the_other_side)
{
	struct vcpu v = string_cpu("\xff\x30", 2);			/* push qword [rax] */
	u64 value;

	v.vmx.rsp = DATA_LINEAR + 16;
	EXPECT_EQ(vmx_mmio(&v, HOLE, false), 0);
	EXPECT_EQ(v.vmx.rsp, DATA_LINEAR + 8);
	EXPECT_TRUE(v.vmx.dirty & VMX_DIRTY_RSP);
	memcpy(&value, text + 8, 8);
	EXPECT_EQ(value, ~0ULL);
	EXPECT_EQ(v.data_segment, 2);			/* SS */
	EXPECT_EQ(v.skipped, 2);

	v = string_cpu("\x8f\x00", 2);			/* pop dword [eax], to the APIC */
	v.long_mode = false;
	v.big = true;
	v.vmx.rsp = 0x700000000 + DATA_LINEAR + 12;
	v.lapic.base = APIC | XAPIC_ENABLE;
	EXPECT_EQ(vmx_mmio(&v, APIC + 0x80, true), 0);
	EXPECT_EQ(v.apic_written, 0x5a5a5a5a);
	EXPECT_EQ(v.vmx.rsp, 0x700000000 + DATA_LINEAR + 16);

	v = string_cpu("\xff\x10", 2);			/* call [bx + si] */
	v.long_mode = false;
	v.vmx.rsp = 0x500000000 + DATA_LINEAR;
	v.vmx.rip = 0;
	v.data_size = 0;			/* a stack of 16 bits is elsewhere */
	EXPECT_EQ(vmx_mmio(&v, HOLE, false), 0);
	EXPECT_EQ(v.faults, 1);
	EXPECT_EQ(v.fault_linear, 0xfffe);
	EXPECT_EQ(v.vmx.rip, 0);

	v = string_cpu("\xff\x10", 2);			/* call [rax] */
	v.vmx.rip = 0x1000;
	v.insn_linear = 0x1000;
	v.vmx.rsp = DATA_LINEAR + 8;
	v.lapic.base = APIC | XAPIC_ENABLE;
	v.apic_value = 0x1234;
	EXPECT_EQ(vmx_mmio(&v, APIC + 0x80, false), 0);
	EXPECT_EQ(v.vmx.rip, 0x1234);
	memcpy(&value, text, 8);
	EXPECT_EQ(value, 0x1002);
	/* Where a stack is to be written it is not the operand that is missing. */
	v = string_cpu("\xff\x10", 2);
	EXPECT_EQ(vmx_mmio(&v, HOLE, true), -EOPNOTSUPP);

	v = string_cpu("\xff\x20", 2);			/* jmp [rax] */
	v.lapic.base = APIC | XAPIC_ENABLE;
	v.apic_value = 0x5678;
	EXPECT_EQ(vmx_mmio(&v, APIC + 0x80, false), 0);
	EXPECT_EQ(v.vmx.rip, 0x5678);
	EXPECT_EQ(v.vmx.rsp, 0);
}

TEST(xmm_registers)
{
	static const struct {
		const char *text;
		unsigned int length, size;
		bool store;
	} row[] = {
		{ "\x0f\x10\x08", 3, 16 }, { "\x66\x0f\x10\x08", 4, 16 },
		{ "\xf3\x0f\x10\x08", 4, 4 }, { "\xf2\x0f\x10\x08", 4, 8 },
		{ "\x0f\x28\x08", 3, 16 }, { "\x66\x0f\x6f\x08", 4, 16 },
		{ "\xf3\x0f\x6f\x08", 4, 16 }, { "\xf3\x0f\x7e\x08", 4, 8 },
		{ "\x66\x0f\x6e\x08", 4, 4 }, { "\x66\x48\x0f\x6e\x08", 5, 8 },
		{ "\x0f\x11\x08", 3, 16, true }, { "\xf3\x0f\x11\x08", 4, 4, true },
		{ "\x0f\x29\x08", 3, 16, true }, { "\x0f\x2b\x08", 3, 16, true },
		{ "\x66\x0f\x7f\x08", 4, 16, true }, { "\xf3\x0f\x7f\x08", 4, 16, true },
		{ "\x66\x0f\xe7\x08", 4, 16, true }, { "\x66\x0f\xd6\x08", 4, 8, true },
		{ "\x66\x0f\x7e\x08", 4, 4, true },
	};
	unsigned int i, word;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		struct vcpu v = string_cpu(row[i].text, row[i].length);

		unit_context("row %u", i);
		for (word = 0; word < 4; word++)
			v.vmx.xmm[1][word] = 0x1000 + word;
		v.lapic.base = APIC | XAPIC_ENABLE;
		EXPECT_EQ(vmx_mmio(&v, APIC + 0x80, !row[i].store), -EOPNOTSUPP);
		if (row[i].store) {
			EXPECT_EQ(vmx_mmio(&v, APIC + 0x80, true), 0);
			EXPECT_EQ(v.apic_written, 0x1000);
		} else {
			EXPECT_EQ(vmx_mmio(&v, HOLE, false), 0);
			for (word = 0; word < 4; word++)
				EXPECT_EQ(v.vmx.xmm[1][word], word < row[i].size / 4 ? ~0U : 0U);
		}
		EXPECT_EQ(v.skipped, row[i].length);
	}
}
