// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claim: a port with no device reads all ones in every width and swallows
 * writes; string forms move data as the processor would, page faults and
 * segment checks included; IOPL rules in ring 3.
 *
 * Why: PVH has no legacy devices, but kernels probe for them: PIC, PIT, PCI,
 * UART. What they read decides whether they go on.
 */
#include "guest.h"

static void floating(void)
{
	static const u16 ports[] = { 0x20, 0x21, 0x40, 0x42, 0x43, 0x60, 0x64, 0x70, 0x71, 0xa1,
				    0x2f8,
				     0x3f8, 0x3fd, 0xcf8, 0xcfc, 0xcfe, 0x510, 0x1234, 0xfffc };
	unsigned int i;
	unsigned long v;

	for (i = 0; i < ARRAY_SIZE(ports); i++) {
		u16 p = ports[i];

		outb(p, 0x12);
		outw(p, 0x3456);
		outl(p, 0x789abcde);
		expect_eq(inb(p), 0xff, "byte from port %#x", p);
		expect_eq(inw(p), 0xffff, "word from port %#x", p);
		expect_eq(inl(p), 0xffffffff, "long from port %#x", p);
	}
	/* the unplug protocol of emulated devices must not answer */
	expect(inw(0x10) != 0x49d2, "port 0x10 speaks the unplug protocol");
	/* narrow reads leave the rest of the register alone, wide ones clear it */
	v = 0x12345678;
	__asm__ volatile("inb $0x80, %%al" : "+a"(v));
	expect_eq(v, 0x123456ff, "EAX after INB");
	v = 0x12345678;
	__asm__ volatile("inw $0x80, %%ax" : "+a"(v));
	expect_eq(v, 0x1234ffff, "EAX after INW");
#ifdef __x86_64__
	v = 0x123456789abcdef0;
	__asm__ volatile("inl $0x80, %%eax" : "+a"(v));
	expect_eq(v, 0xffffffff, "RAX after INL");
#endif
}

static void pic_probe(void)
{
	/* what Linux does to find out that there is no PIC */
	outb(0x21, 0xfb);
	expect_eq(inb(0x21), 0xff, "PIC mask register");
	outl(0xcf8, 0x80000000);
	expect_eq(inl(0xcf8), 0xffffffff, "PCI address register");
}

static void unaligned_top(void)
{
	/* the last port: a wide access would run over the end */
	expect_eq(inb(0xffff), 0xff, "byte from port 0xffff");
	outb(0xffff, 0);
}

static void rep_ins(void)
{
	u8 *buf = page_alloc(2);
	unsigned long n;
	void *d;

	memset(buf, 0x5a, 2 * PAGE_SIZE);
	d = buf + 100;
	n = 50;
	__asm__ volatile("rep insb" : "+D"(d), "+c"(n) : "d"(0x1234) : "memory");
	expect_eq((unsigned long)d, (unsigned long)buf + 150, "RDI after REP INSB");
	expect_eq(n, 0, "RCX after REP INSB");
	expect_eq(mem_is(buf + 100, 0xff, 50), 50, "bytes read");
	expect(buf[99] == 0x5a && buf[150] == 0x5a, "bytes around were touched");

	/* across a page */
	memset(buf, 0x5a, 2 * PAGE_SIZE);
	d = buf + PAGE_SIZE - 10;
	n = 5;
	__asm__ volatile("rep insl" : "+D"(d), "+c"(n) : "d"(0x1234) : "memory");
	expect_eq((unsigned long)d, (unsigned long)buf + PAGE_SIZE + 10, "RDI after REP INSL");
	expect_eq(mem_is(buf + PAGE_SIZE - 10, 0xff, 20), 20, "bytes read across a page");
	expect(buf[PAGE_SIZE - 11] == 0x5a && buf[PAGE_SIZE + 10] == 0x5a, "bytes around");

	/* downwards */
	memset(buf, 0x5a, PAGE_SIZE);
	d = buf + 200;
	n = 4;
	__asm__ volatile("std; rep insw; cld" : "+D"(d), "+c"(n) : "d"(0x1234) : "memory");
	expect_eq((unsigned long)d, (unsigned long)buf + 192, "RDI after downward REP INSW");
	expect_eq(mem_is(buf + 194, 0xff, 8), 8, "bytes read downwards");
	expect(buf[193] == 0x5a && buf[202] == 0x5a, "bytes around");

	/* count 0 does nothing; no REP does one */
	d = buf;
	n = 0;
	buf[0] = 0x5a;
	__asm__ volatile("rep insb" : "+D"(d), "+c"(n) : "d"(0x1234) : "memory");
	expect_eq(buf[0], 0x5a, "byte after REP INSB of 0");
	__asm__ volatile("insb" : "+D"(d) : "d"(0x1234) : "memory");
	expect_eq(buf[0], 0xff, "byte after INSB");
	expect_eq((unsigned long)d, (unsigned long)buf + 1, "RDI after INSB");
}

static void rep_outs(void)
{
	static const char text[] = "# written by one string instruction\n";
	const char *s = text;
	unsigned long n = sizeof(text) - 1;

	__asm__ volatile("rep outsb" : "+S"(s), "+c"(n) : "d"(0xe9) : "memory");
	expect_eq((unsigned long)s, (unsigned long)text + sizeof(text) - 1, "RSI after REP OUTSB");
	expect_eq(n, 0, "RCX after REP OUTSB");
	/* long ones must not be cut */
	s = (const char *)page_alloc(4);
	n = 4 * PAGE_SIZE / 4;
	__asm__ volatile("rep outsl" : "+S"(s), "+c"(n) : "d"(0x1234) : "memory");
	expect_eq(n, 0, "RCX after a long REP OUTSL");
}

#if HAVE_PAGING
static void string_faults(void)
{
	unsigned long va = VA_TEST + 0x10000, pa = (unsigned long)page_alloc(1), d, n;
	struct fault f;

	page_set(va, pa | PTE_P | PTE_W);
	page_set(va + PAGE_SIZE, 0);
	memset((void *)va, 0x5a, PAGE_SIZE);
	d = va + PAGE_SIZE - 8;
	n = 20;
	fault_clear();
	__asm__ volatile("1: rep insb\n2:" EXTABLE("1b", "2b") : "+D"(d), "+c"(n) : "d"(0x1234)
			 : "memory");
	f = fault_last();
	expect_trap(f, X86_PF, PFEC_W, "REP INSB running into an absent page");
	expect_eq(f.cr2, va + PAGE_SIZE, "CR2");
	expect_eq(n, 12, "RCX tells what is left");
	expect_eq(d, va + PAGE_SIZE, "RDI tells where");
	expect_eq(mem_is((void *)(va + PAGE_SIZE - 8), 0xff, 8), 8, "bytes before the fault");
	d = va + PAGE_SIZE - 2;
	fault_clear();
	__asm__ volatile("1: outsl\n2:" EXTABLE("1b", "2b") : "+S"(d) : "d"(0x1234) : "memory");
	f = fault_last();
	expect_trap(f, X86_PF, 0, "OUTSL running into an absent page");
	expect_eq(d, va + PAGE_SIZE - 2, "RSI unchanged");
	page_set(va, pa | PTE_P);
	d = va;
	fault_clear();
	__asm__ volatile("1: insb\n2:" EXTABLE("1b", "2b") : "+D"(d) : "d"(0x1234) : "memory");
	expect_trap(fault_last(), X86_PF, PFEC_P | PFEC_W, "INSB to a read-only page");
	page_set(va, 0);
#ifdef __x86_64__
	d = 0x0000800000000000UL;
	fault_clear();
	__asm__ volatile("1: insb\n2:" EXTABLE("1b", "2b") : "+D"(d) : "d"(0x1234) : "memory");
	expect_trap(fault_last(), X86_GP, 0, "INSB to a non-canonical address");
#endif
}
#else
static void string_faults(void)
{
	u16 sel = gdt_spare_set(0, gdt_desc(0, 0xffff, 0x4093));	/* 64 KiB, byte limit */
	unsigned long d = 0xfffc, n = 10;

	fault_clear();
	/* in one piece: the compiler and the library want ES as it is */
	__asm__ volatile("mov %w3, %%es\n1: rep insb\n2: mov %w4, %%es" EXTABLE("1b", "2b")
			 : "+D"(d), "+c"(n) : "d"(0x1234), "a"(sel), "b"(SEL_KDS) : "memory");
	expect_trap(fault_last(), X86_GP, 0, "REP INSB beyond the segment");
	expect_eq(n, 6, "ECX tells what is left");
}
#endif

/* The index register wraps as the address size says, and so does the address. */
static void wrapping_addresses(void)
{
	unsigned long n = 4;
#ifdef __x86_64__
	unsigned long d = 0xfffffffe;
	u8 *low = NULL;

	/* what is just below 4 GiB is no memory; what follows is the first of all */
	__asm__("" : "+r"(low));
	memset(low, 0x5a, 4);
	__asm__ volatile("addr32 rep insb" : "+D"(d), "+c"(n) : "d"(0x1234) : "memory");
	expect_eq(d, 2, "EDI");
	expect_eq(n, 0, "ECX");
	expect_eq(mem_is(low, 0xff, 2), 2, "bytes behind 4 GiB");
	expect_eq(mem_is(low + 2, 0x5a, 2), 2, "the bytes behind them");
#else
	unsigned long d = 0xabcdfffe;
	u8 *low = NULL, *high = (u8 *)0xfffe;

	__asm__("" : "+r"(low), "+r"(high));
	memset(low, 0x5a, 4);
	memset(high, 0x5a, 8);
	__asm__ volatile("addr16 rep insb" : "+D"(d), "+c"(n) : "d"(0x1234) : "memory");
	expect_eq(d, 0xabcd0002, "EDI");
	expect_eq(n, 0, "ECX");
	expect_eq(mem_is(high, 0xff, 2), 2, "bytes before 64 KiB");
	expect_eq(mem_is(high + 2, 0x5a, 2), 2, "the bytes behind 64 KiB");
	expect_eq(mem_is(low, 0xff, 2), 2, "bytes at the beginning");
	expect_eq(mem_is(low + 2, 0x5a, 2), 2, "the bytes behind them");
#endif
}

#ifndef __x86_64__

static struct fault insb_es(u16 sel, unsigned long to)
{
	fault_clear();
	/* in one piece: the compiler and the library want ES as it is */
	__asm__ volatile("mov %w2, %%es\n1: insb\n2: mov %w3, %%es" EXTABLE("1b", "2b")
			 : "+D"(to) : "d"(0x1234), "a"(sel), "b"(SEL_KDS) : "memory");
	return fault_last();
}

/* The segment says no before the page tables are asked. */
static void segments(void)
{
	unsigned long flat = 0;
	struct fault f;
	u8 *buf = page_alloc(1);
	u16 sel;

	memset(buf, 0x5a, 16);
	expect_trap(insb_es(0, (unsigned long)buf), X86_GP, 0, "INSB by a null selector");
	sel = gdt_spare_set(0, gdt_desc(flat, 0xfffff, 0xc091));
	expect_trap(insb_es(sel, (unsigned long)buf), X86_GP, 0, "INSB to a read-only segment");
	sel = gdt_spare_set(0, gdt_desc(flat, 0xfffff, 0xc09b));
	expect_trap(insb_es(sel, (unsigned long)buf), X86_GP, 0, "INSB to a code segment");
	expect_eq(mem_is(buf, 0x5a, 16), 16, "bytes");
	/* expand-down: what the limit leaves out, up to 4 GiB */
	sel = gdt_spare_set(0, gdt_desc(flat, (unsigned long)buf >> PAGE_SHIFT, 0xc097));
	expect_trap(insb_es(sel, (unsigned long)buf), X86_GP, 0, "INSB below an expand-down limit");
	sel = gdt_spare_set(0, gdt_desc(flat, ((unsigned long)buf >> PAGE_SHIFT) - 1, 0xc097));
	expect_no_trap(insb_es(sel, (unsigned long)buf), "INSB above an expand-down limit");
	expect_eq(buf[0], 0xff, "byte");
	/* OUTS may read what can be read, by any segment */
	fault_clear();
	sel = gdt_spare_set(0, gdt_desc(flat, 0xfffff, 0xc091));
	__asm__ volatile("mov %w2, %%es\n1: es outsb\n2: mov %w3, %%es" EXTABLE("1b", "2b")
			 : "+S"(buf) : "d"(0x1234), "a"(sel), "b"(SEL_KDS) : "memory");
	f = fault_last();
	expect_no_trap(f, "OUTSB from a read-only segment");
	fault_clear();
	/* 16 MiB: our stack is there */
	sel = gdt_spare_set(0, gdt_desc(flat, 0xfff, 0xc093));
	buf = (u8 *)0x1000000;
	__asm__ volatile("mov %%ss, %%ecx; mov %w2, %%ss\n1: ss outsb\n2: mov %%ecx, %%ss"
			 EXTABLE("1b", "2b")
			 : "+S"(buf) : "d"(0x1234), "a"(sel) : "ecx", "memory");
	f = fault_last();
	expect_trap(f, X86_SS, 0, "OUTSB beyond the stack segment");
}

#else

static void segments(void)
{
	struct fault f;
	u8 *buf = page_alloc(1), *at = buf;
	u16 sel = gdt_spare_set(0, gdt_desc(0x1000000, 0, 0x4091));

	/* of all that only the bases of FS and GS count in 64-bit code */
	fault_clear();
	__asm__ volatile("mov %w2, %%es\n1: insb\n2: mov %w3, %%es" EXTABLE("1b", "2b")
			 : "+D"(at) : "d"(0x1234), "a"(sel), "b"(SEL_KDS) : "memory");
	f = fault_last();
	expect_no_trap(f, "INSB with a small ES");
	expect_eq(buf[0], 0xff, "byte");
	fault_clear();
	__asm__ volatile("mov %w2, %%es\n1: insb\n2: mov %w3, %%es" EXTABLE("1b", "2b")
			 : "+D"(at) : "d"(0x1234), "a"(0), "b"(SEL_KDS) : "memory");
	f = fault_last();
	expect_no_trap(f, "INSB with a null ES");
	expect_eq(buf[1], 0xff, "byte");
	wrmsr(MSR_FS_BASE, (unsigned long)buf);
	at = NULL;
	fault_clear();
	__asm__ volatile("1: fs outsb\n2:" EXTABLE("1b", "2b") : "+S"(at) : "d"(0x1234) : "memory");
	expect_no_trap(fault_last(), "OUTSB by FS");
	wrmsr(MSR_FS_BASE, 0x00007ffffffff000);
	at = (u8 *)PAGE_SIZE;
	fault_clear();
	__asm__ volatile("1: fs outsb\n2:" EXTABLE("1b", "2b") : "+S"(at) : "d"(0x1234) : "memory");
	expect_trap(fault_last(), X86_GP, 0, "OUTSB by FS to no canonical address");
	wrmsr(MSR_FS_BASE, 0);
}

#endif

static __user_text void user_in(unsigned long port)
{
	unsigned long v = 0;

	__asm__ volatile("inb %%dx, %%al" : "+a"(v) : "d"(port));
	USER_RETURN(v);
}

static void ring3(void)
{
	struct fault f;
	unsigned long v;

	user_call(user_in, 0x1234, &f);
	expect_trap(f, X86_GP, 0, "IN in ring 3, no IOPL, no bitmap");
	v = user_call_flags(user_in, 0x1234, &f, FL_IOPL * 3 | 2);
	expect_no_trap(f, "IN in ring 3 with IOPL 3");
	expect_eq(v, 0xff, "byte");
}

TEST_CASES = {
	{ "ports without a device", floating },
	{ "probes of PIC and PCI", pic_probe },
	{ "last port", unaligned_top },
	{ "INS", rep_ins },
	{ "OUTS", rep_outs },
	{ "faults inside string forms", string_faults },
	{ "addresses that wrap", wrapping_addresses },
	{ "segments of string forms", segments },
	{ "ring 3", ring3 },
	TEST_CASES_END
};
