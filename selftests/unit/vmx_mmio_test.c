// SPDX-License-Identifier: GPL-2.0-only
/*
 * The decoder of accesses without memory, against the CPU that the test runs on: each instruction
 * is also executed for real, on memory that holds what the access would read, and registers, flags
 * and what was written have to be the same. What a CPU in 64-bit mode cannot show is in
 * vmx_mmio_forms_test.c.
 */
#include <linux/kernel.h>
#include <linux/mm.h>

#include <cpuid.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "unit.h"
#include "vmx/guest/internal.h"
#include "mmio_common.h"

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
	unsigned int length, size;
	u64 undefined;		/* flags */
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

static bool has_movbe(void)
{
	unsigned int a, b, c, d;

	return __get_cpuid(1, &a, &b, &c, &d) && c & (1U << 22);
}

/* How an instruction is written, but for its operand in memory. */
struct form {
	u8 opcode[3];
	unsigned int nr;	/* bytes of @opcode */
	unsigned int reg;	/* in ModRM */
	bool extension;		/* @reg is part of the opcode */
	unsigned int immediate;	/* bytes */
	bool bytes;		/* whatever the prefixes say */
	bool no16;		/* there is none of 16 bits */
	bool lock;		/* may have the prefix */
};

/* One byte and a register, or one with an extension of its opcode. */
static void choose_plain(struct form *f, struct insn *insn)
{
	static const u8 moves[] = { 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x8b };
	unsigned int op = lrand48() % 8;

	f->nr = 1;
	if (lrand48() % 3) {
		/* arithmetic, either way */
		f->opcode[0] = op << 3 | lrand48() % 4;
		f->lock = op != 7 && !(f->opcode[0] & 2);
		insn->undefined = op == 1 || op == 4 || op == 6 ? X86_EFLAGS_AF : 0;
	} else {
		f->opcode[0] = moves[lrand48() % ARRAY_SIZE(moves)];
		f->lock = (f->opcode[0] & 0xfe) == 0x86;
		insn->undefined = (f->opcode[0] & 0xfe) == 0x84 ? X86_EFLAGS_AF : 0;
	}
	f->bytes = !(f->opcode[0] & 1);
}

static void choose_extension(struct form *f, struct insn *insn, unsigned int size)
{
	static const u8 immediate[] = { 0x80, 0x81, 0x83 };

	f->nr = 1;
	f->extension = true;
	switch (lrand48() % 4) {
	case 0:		/* MOV */
		f->opcode[0] = 0xc6 | lrand48() % 2;
		f->reg = 0;
		f->immediate = f->opcode[0] & 1 ? min(size, 4u) : 1;
		break;
	case 1:		/* arithmetic */
		f->opcode[0] = immediate[lrand48() % ARRAY_SIZE(immediate)];
		f->immediate = f->opcode[0] == 0x81 ? min(size, 4u) : 1;
		f->lock = f->reg != 7;
		insn->undefined = f->reg == 1 || f->reg == 4 || f->reg == 6 ? X86_EFLAGS_AF : 0;
		break;
	case 2:		/* TEST, NOT, NEG */
		f->opcode[0] = 0xf6 | lrand48() % 2;
		f->reg = f->reg % 3 ? 1 + f->reg % 3 : 0;
		if (f->reg == 0)
			f->immediate = f->opcode[0] & 1 ? min(size, 4u) : 1;
		f->lock = f->reg;
		insn->undefined = f->reg ? 0 : X86_EFLAGS_AF;
		break;
	default:	/* INC, DEC */
		f->opcode[0] = 0xfe | lrand48() % 2;
		f->reg &= 1;
		f->lock = true;
	}
	f->bytes = !(f->opcode[0] & 1);
}

static void choose_0f(struct form *f, struct insn *insn)
{
	static const u8 widening[] = { 0xb6, 0xb7, 0xbe, 0xbf };

	f->nr = 2;
	f->opcode[0] = 0x0f;
	switch (lrand48() % 6) {
	case 0:
		f->opcode[1] = widening[lrand48() % ARRAY_SIZE(widening)];
		break;
	case 1:		/* CMPXCHG, XADD */
		f->opcode[1] = (lrand48() % 2 ? 0xb0 : 0xc0) | lrand48() % 2;
		f->lock = true;
		f->bytes = !(f->opcode[1] & 1);
		break;
	case 2:		/* BT and its kind, with a number in the instruction */
		f->opcode[1] = 0xba;
		f->extension = true;
		f->reg |= 4;
		f->immediate = 1;
		f->lock = f->reg != 4;
		insn->undefined = FLAGS & ~(u64)(X86_EFLAGS_CF | X86_EFLAGS_ZF);
		break;
	case 3:		/* CMOVcc, SETcc */
		f->opcode[1] = (lrand48() % 2 ? 0x40 : 0x90) | lrand48() % 16;
		f->bytes = f->opcode[1] & 0x80;
		if (f->bytes)
			f->extension = true;
		break;
	case 4:
		if (has_movbe()) {
			f->nr = 3;
			f->opcode[1] = 0x38;
			f->opcode[2] = 0xf0 | lrand48() % 2;
			break;
		}
		fallthrough;
	default:	/* MOVNTI */
		f->opcode[1] = 0xc3;
		f->no16 = true;
	}
}

/* One instruction that the decoder knows, of any size, with random operands. */
static void make_insn(struct insn *insn, u64 *gpr)
{
	bool rex_w = lrand48() % 3 == 0, op16 = lrand48() % 4 == 0, rex_b;
	bool rex_r = lrand48() % 3 == 0, rex_x = lrand48() % 6 == 0;
	struct form f = { .reg = lrand48() % 8 };
	unsigned int size = rex_w ? 8 : op16 ? 2 : 4;
	u8 operand[16], *end = operand, *at = insn->bytes;
	u64 value = random64();

	insn->undefined = 0;
	switch (lrand48() % 3) {
	case 0:
		choose_plain(&f, insn);
		break;
	case 1:
		choose_extension(&f, insn, size);
		break;
	default:
		choose_0f(&f, insn);
		break;
	}
	if (f.extension)
		rex_r = false;
	if (f.no16)
		op16 = false;
	/* RSP is the native run's own stack. */
	if (!f.extension && f.reg == RSP && !rex_r)
		f.reg = 7;
	put_operand(&end, f.reg, &rex_b, gpr);
	insn->size = f.bytes ? 1 : size;
	if (op16)
		PUT(&at, 0x66);
	if (lrand48() % 8 == 0)
		PUT(&at, 0x3e);			/* a segment that means nothing here */
	if (f.lock && lrand48() % 4 == 0)
		PUT(&at, 0xf0);
	/* Only where an index register takes part would X change the address. */
	rex_x = rex_x && (operand[0] & 7) != 4;
	if (rex_w || rex_r || rex_b || rex_x || lrand48() % 4 == 0)
		PUT(&at, 0x40 | rex_w << 3 | rex_r << 2 | rex_x << 1 | rex_b);
	put(&at, f.opcode, f.nr);
	put(&at, operand, end - operand);
	put(&at, &value, f.immediate);
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

/* The same instruction by the CPU and by vmx_mmio(). */
static void compare(const struct insn *insn, u64 *gpr, u64 memory, u64 gpa, u64 lapic_base)
{
	u64 flags = X86_EFLAGS_FIXED | (random64() & FLAGS), mask = FLAGS;
	struct vcpu v = { .long_mode = true, .insn_linear = 0x400100, .lapic.base = lapic_base };
	unsigned int i;

	mask &= ~insn->undefined;
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
		/* Neither MOVZX, whose operand is shorter than its register. */
		do
			make_insn(&insn, gpr);
		while (insn.size != 4 || memchr(insn.bytes, 0x0f, 6));
		compare(&insn, gpr, (u32)random64(), APIC + 0x10 * (lrand48() % 0x40),
			APIC | XAPIC_ENABLE);
	}
}
