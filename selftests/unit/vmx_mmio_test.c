// SPDX-License-Identifier: GPL-2.0-only
/*
 * The decoder of accesses without memory, against the CPU that the test runs on: each instruction
 * is also executed for real, on memory that holds what the access would read, and registers, flags
 * and what was written have to be the same. What a CPU in 64-bit mode cannot show (other modes,
 * fetches that end at a page) is tested by hand.
 */
#include <linux/kernel.h>
#include <linux/mm.h>

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "unit.h"
#include "vmx/guest/internal.h"

#define HOLE		0xd0000000ULL
#define APIC		0xfee00000ULL
#define RSP		4
#define FLAGS		(X86_EFLAGS_CF | X86_EFLAGS_PF | X86_EFLAGS_AF | X86_EFLAGS_ZF |	\
			 X86_EFLAGS_SF | X86_EFLAGS_OF)

/* What the native run loads and stores; the code below knows the layout. */
struct state {
	u64 gpr[16];
	u64 flags;
	u64 our_rsp;
};

static u8 *arena;		/* below 4 GiB: code in the first half, data in the second */
static struct state *native;

static u8 *data(void)
{
	return arena + 2048;
}

static void put(u8 **at, const void *bytes, size_t size)
{
	memcpy(*at, bytes, size);
	*at += size;
}

#define PUT(at, ...)							\
	do {								\
		const u8 bytes_[] = { __VA_ARGS__ };			\
		put(at, bytes_, sizeof(bytes_));			\
	} while (0)

static void put_move(u8 **at, u8 opcode, unsigned int gpr)
{
	/* mov gpr, [rax + 8 * gpr], or the other way */
	PUT(at, 0x48 | (gpr >= 8 ? 4 : 0), opcode, 0x40 | (gpr & 7) << 3, 8 * gpr);
}

/* Executes the instruction with the registers of *native, but for RSP. */
static void run_native(const u8 *insn, unsigned int length)
{
	u64 address = (u64)native;
	u8 *at = arena;
	unsigned int gpr;

	PUT(&at, 0x53, 0x55, 0x41, 0x54, 0x41, 0x55, 0x41, 0x56, 0x41, 0x57);
	PUT(&at, 0x48, 0xb8);			/* mov rax, native */
	put(&at, &address, 8);
	PUT(&at, 0xff, 0xb0, offsetof(struct state, flags), 0, 0, 0, 0x9d);	/* push; popf */
	for (gpr = 1; gpr < 16; gpr++)
		if (gpr != RSP)
			put_move(&at, 0x8b, gpr);
	put_move(&at, 0x8b, 0);
	put(&at, insn, length);
	PUT(&at, 0x48, 0xa3);			/* mov [native], rax */
	put(&at, &address, 8);
	PUT(&at, 0x48, 0xb8);
	put(&at, &address, 8);
	for (gpr = 1; gpr < 16; gpr++)
		if (gpr != RSP)
			put_move(&at, 0x89, gpr);
	PUT(&at, 0x9c, 0x8f, 0x80, offsetof(struct state, flags), 0, 0, 0);	/* pushf; pop */
	PUT(&at, 0x41, 0x5f, 0x41, 0x5e, 0x41, 0x5d, 0x41, 0x5c, 0x5d, 0x5b, 0xc3);
	((void (*)(void))arena)();
}

static void make_arena(void)
{
	arena = mmap(NULL, 8192, PROT_READ | PROT_WRITE | PROT_EXEC,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	if (arena == MAP_FAILED)
		SKIP("no memory that can be written and executed");
	native = (struct state *)(arena + 4096);
}

static u64 random64(void)
{
	u64 value = (u64)mrand48() << 32 ^ (u32)mrand48();

	/* Values at the edges meet more often than they would. */
	switch (lrand48() % 8) {
	case 0:
		return 0;
	case 1:
		return ~0ULL;
	case 2:
		return 1ULL << (value % 64);
	case 3:
		return (1ULL << (value % 64)) - 1;
	default:
		return value;
	}
}

struct insn {
	u8 bytes[15];
	unsigned int length;
	bool logic;		/* leaves AF undefined */
};

/* A memory operand at data(): an addressing form with the registers that it needs. */
static void put_operand(u8 **at, unsigned int reg, bool *rex_b, u64 *gpr)
{
	s32 displacement = lrand48() % 2 ? lrand48() % 128 : lrand48();
	unsigned int form = lrand48() % 5;
	u64 target = (u64)data();

	*rex_b = false;
	switch (form) {
	case 0:		/* [rcx], a base that is not special */
		gpr[1] = target;
		PUT(at, reg << 3 | 1);
		return;
	case 1:		/* [r9 + 8 bits] */
		displacement = (s8)displacement;
		gpr[9] = target - displacement;
		*rex_b = true;
		PUT(at, 0x40 | reg << 3 | 1, displacement);
		return;
	case 2:		/* [rdx + 32 bits] */
		gpr[2] = target - displacement;
		PUT(at, 0x80 | reg << 3 | 2);
		put(at, &displacement, 4);
		return;
	case 3:		/* [rbx + rsi * 4 + 8 bits]: a SIB byte */
		displacement = (s8)displacement;
		gpr[6] = lrand48() % 1000;
		gpr[3] = target - 4 * gpr[6] - displacement;
		PUT(at, 0x44 | reg << 3, 0xb3, displacement);
		return;
	default:	/* [32 bits], by a SIB byte without a base */
		displacement = target;
		PUT(at, reg << 3 | 4, 0x25);
		put(at, &displacement, 4);
	}
}

/* One instruction that the decoder knows, of any size, with random operands. */
static void make_insn(struct insn *insn, u64 *gpr)
{
	static const u8 plain[] = { 0x88, 0x89, 0x8a, 0x8b, 0x08, 0x09, 0x20, 0x21, 0x30, 0x31,
				    0x38, 0x39, 0x3a, 0x3b, 0x84, 0x85, 0x86, 0x87 };
	static const u8 wide[] = { 0xb6, 0xb7, 0xbe, 0xbf };
	static const u8 extension[] = { 1, 4, 6, 7 };
	static const u8 immediate[] = { 0x80, 0x81, 0x83 };
	unsigned int kind = lrand48() % 5, reg = lrand48() % 8, size;
	bool rex_w = lrand48() % 3 == 0, op16 = lrand48() % 4 == 0, rex_b;
	bool rex_r = lrand48() % 3 == 0, rex_x = lrand48() % 6 == 0;
	u8 operand[16], *end = operand, opcode, *at = insn->bytes;
	u64 value = random64();

	insn->logic = false;
	switch (kind) {
	case 0:		/* moves and the like between memory and a register */
		opcode = plain[lrand48() % ARRAY_SIZE(plain)];
		insn->logic = opcode < 0x38 || opcode == 0x84 || opcode == 0x85;
		break;
	case 1:
		opcode = wide[lrand48() % ARRAY_SIZE(wide)];
		break;
	case 2:
		opcode = lrand48() % 2 ? 0xc6 : 0xc7;
		reg = 0;
		break;
	case 3:
		opcode = immediate[lrand48() % ARRAY_SIZE(immediate)];
		reg = extension[lrand48() % ARRAY_SIZE(extension)];
		insn->logic = reg != 7;
		break;
	default:
		opcode = lrand48() % 2 ? 0xf6 : 0xf7;
		reg = 0;
		insn->logic = true;
		break;
	}
	if (kind > 1)
		rex_r = false;
	/* RSP is the native run's own stack. */
	size = rex_w ? 8 : op16 ? 2 : 4;
	if (kind < 2 && reg == RSP && !rex_r)
		reg = 7;
	put_operand(&end, reg, &rex_b, gpr);
	if (op16)
		PUT(&at, 0x66);
	if (lrand48() % 8 == 0)
		PUT(&at, 0x3e);			/* a segment that means nothing here */
	/* Only where an index register takes part would X change the address. */
	rex_x = rex_x && (operand[0] & 7) != 4;
	if (rex_w || rex_r || rex_b || rex_x || lrand48() % 4 == 0)
		PUT(&at, 0x40 | rex_w << 3 | rex_r << 2 | rex_x << 1 | rex_b);
	if (kind == 1)
		PUT(&at, 0x0f);
	PUT(&at, opcode);
	put(&at, operand, end - operand);
	if (kind >= 2)
		put(&at, &value, opcode == 0x83 || !(opcode & 1) ? 1 : min(size, 4u));
	insn->length = at - insn->bytes;
}

static const char *hex(const struct insn *insn)
{
	static char text[64];
	unsigned int i;

	for (i = 0; i < insn->length; i++)
		snprintf(text + 3 * i, 4, "%02x ", insn->bytes[i]);
	return text;
}

/* Whether it reads or writes: the CPU would have said. */
static int mmio(struct vcpu *v, u64 gpa)
{
	int err = vmx_mmio(v, gpa, false);

	return err == -EOPNOTSUPP ? vmx_mmio(v, gpa, true) : err;
}

/* The same instruction by the CPU and by vmx_mmio(). */
static void compare(const struct insn *insn, u64 *gpr, u64 memory, u64 gpa, u64 lapic_base)
{
	u64 flags = X86_EFLAGS_FIXED | (random64() & FLAGS), mask = FLAGS;
	struct vcpu v = { .long_mode = true, .insn_linear = 0x400100, .lapic.base = lapic_base };
	unsigned int i;

	if (insn->logic)
		mask &= ~(u64)X86_EFLAGS_AF;
	memcpy(v.insn, insn->bytes, insn->length);
	v.insn_size = sizeof(v.insn);
	v.vmx.rip = v.insn_linear;
	v.vmx.rsp = gpr[RSP];
	v.vmx.rflags = flags;
	v.apic_value = memory;
	memcpy(v.vmx.sw.gpr, gpr, sizeof(v.vmx.sw.gpr));
	memcpy(native->gpr, gpr, sizeof(native->gpr));
	native->flags = flags;
	memcpy(data(), &memory, sizeof(memory));

	unit_context("%s", hex(insn));
	ASSERT_EQ(mmio(&v, gpa), 0);
	run_native(insn->bytes, insn->length);

	EXPECT_EQ(v.skipped, insn->length);
	for (i = 0; i < 16; i++) {
		if (i == RSP || v.vmx.sw.gpr[i] == native->gpr[i])
			continue;
		FAIL("register %u is %#llx, on the CPU %#llx", i,
		     (unsigned long long)v.vmx.sw.gpr[i], (unsigned long long)native->gpr[i]);
	}
	EXPECT_EQ(v.vmx.rflags & mask, native->flags & mask);
	if (v.apic_writes)
		EXPECT_EQ(v.apic_written, *(u32 *)data());
	else if (lapic_base)
		EXPECT_EQ(*(u32 *)data(), (u32)memory);
}

TEST(a_hole_reads_as_ones_as_the_cpu_would)
{
	unsigned int round, i;
	struct insn insn;
	u64 gpr[16];

	make_arena();
	srand48(1);
	for (round = 0; round < 200000; round++) {
		for (i = 0; i < 16; i++)
			gpr[i] = random64();
		make_insn(&insn, gpr);
		compare(&insn, gpr, ~0ULL, HOLE + (lrand48() & 0xff8), 0);
	}
}

/* Registers of the local APIC are accessed by 32 bits. */
TEST(registers_of_the_apic_as_memory_would_be)
{
	unsigned int round, i;
	struct insn insn;
	u64 gpr[16];

	make_arena();
	srand48(2);
	for (round = 0; round < 200000; round++) {
		for (i = 0; i < 16; i++)
			gpr[i] = random64();
		do {
			make_insn(&insn, gpr);
			/* No 66H, no REX.W, and an opcode for words. */
			i = 0;
			while (insn.bytes[i] == 0x3e)
				i++;
			if (insn.bytes[i] == 0x66)
				continue;
			if ((insn.bytes[i] & 0xf0) == 0x40 && insn.bytes[i++] & 8)
				continue;
		} while (insn.bytes[0] == 0x66 || insn.bytes[i] == 0x0f || !(insn.bytes[i] & 1) ||
			 (i && (insn.bytes[i - 1] & 0xf8) == 0x48) ||
			 (i && insn.bytes[i - 1] == 0x66));
		compare(&insn, gpr, (u32)random64(), APIC + 0x10 * (lrand48() % 0x40),
			APIC | XAPIC_ENABLE);
	}
}

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
		{ "\xff\x00", 2 },		/* inc dword [rax] */
		{ "\x01\x08", 2 },		/* add [rax], ecx */
		{ "\x8b\xc1", 2 },		/* mov eax, ecx: no memory */
		{ "\xc7\x08\x00\x00\x00\x00", 6 },
		{ "\x80\x00\x01", 3 },		/* add byte [rax], 1 */
		{ "\xf7\x18", 2 },		/* neg dword [rax] */
		{ "\x0f\x28\x00", 3 },		/* movaps xmm0, [rax] */
		{ "\xf3\xa4", 2 },		/* rep movsb */
		{ "\xf0\x09\x08", 3 },		/* lock or [rax], ecx */
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
