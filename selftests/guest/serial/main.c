// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claim: with serial="pty" there is a 16550A at ports 0x3f8 to 0x3ff, with FIFOs of 16 bytes, a
 * loopback and an interrupt identification that tells what a poller wants to know; the ports
 * around it have no device, and accesses of any width and strings reach its registers.
 *
 * Why: boot loaders, unikernels and kernels that do not know Xen have no other console. Their
 * drivers find out by these registers which chip it is, and do not use one that is odd.
 */
#include "guest.h"

#define PORT	0x3f8
#define DATA	(PORT + 0)
#define IER	(PORT + 1)
#define IIR	(PORT + 2)	/* read */
#define FCR	(PORT + 2)	/* write */
#define LCR	(PORT + 3)
#define MCR	(PORT + 4)
#define LSR	(PORT + 5)
#define MSR	(PORT + 6)
#define SCR	(PORT + 7)

#define LSR_IDLE	0x60
#define LOOP		0x10

/* As its driver begins: FIFOs empty, no interrupt wanted, nothing to be told. */
static void calm(void)
{
	outb(LCR, 3);
	outb(IER, 0);
	outb(MCR, 0);
	outb(FCR, 0);
	inb(LSR);
	inb(MSR);
	inb(DATA);
}

static void first_state(void)
{
	expect_eq(inb(LCR), 3, "line control");
	expect_eq(inb(IER), 0, "interrupts wanted");
	expect_eq(inb(IIR), 1, "interrupt");
	expect_eq(inb(MCR), 0, "modem control");
	expect_eq(inb(LSR), LSR_IDLE, "line status");
	expect_eq(inb(MSR), 0xb0, "modem status");
	expect_eq(inb(DATA), 0, "data");
	outb(LCR, 0x83);
	expect_eq(inw(DATA), 1, "divisor");
	outb(LCR, 3);
}

static void plain_registers(void)
{
	unsigned int i;

	calm();
	for (i = 0; i < 256; i++) {
		outb(SCR, i);
		expect_eq(inb(SCR), i, "scratch");
		outb(LCR, i);
		expect_eq(inb(LCR), i, "line control");
		outb(LCR, 0x83);
		outb(DATA, i);
		outb(IER, ~i);
		expect_eq(inb(DATA), i, "low half of the divisor");
		expect_eq(inb(IER), (u8)~i, "high half");
		outb(LCR, 3);
		outb(IER, i);
		expect_eq(inb(IER), i & 0xf, "interrupts wanted");
		outb(IER, 0);
		outb(MCR, i | LOOP);
		expect_eq(inb(MCR), (i | LOOP) & 0x1f, "modem control");
		outb(LSR, i);
		outb(MSR, i);
		expect_eq(inb(LSR), LSR_IDLE, "line status after a write");
	}
	calm();
}

static void ports_around(void)
{
	expect_eq(inb(PORT - 1), 0xff, "port below");
	expect_eq(inb(PORT + 8), 0xff, "port above");
	expect_eq(inb(0x2f8), 0xff, "second port");
	calm();
	/* wide accesses are one to each port */
	outw(SCR, 0xaa55);
	expect_eq(inw(SCR), 0xff55, "word at the end");
	expect_eq(inw(PORT - 1), 0x00ff, "word at the beginning");
	expect_eq(inl(PORT - 3), 0x00ffffff, "long at the beginning");
	outl(LCR, 0x00000003);
	expect_eq(inl(LCR), 0x00000003 | LSR_IDLE << 16 | 0xb0000000, "long in the middle");
	expect_eq(inl(PORT + 6) & 0xffffff00, 0xffff5500, "long at the end");
}

static void loopback(void)
{
	unsigned int i;

	calm();
	/* without FIFOs: one byte, and the newest stays */
	outb(MCR, LOOP);
	expect_eq(inb(LSR), LSR_IDLE, "line status");
	outb(DATA, 0x11);
	expect_eq(inb(LSR), LSR_IDLE | 1, "with a byte");
	outb(DATA, 0x22);
	expect_eq(inb(LSR), LSR_IDLE | 3, "with one too many");
	expect_eq(inb(LSR), LSR_IDLE | 1, "told once");
	expect_eq(inb(DATA), 0x22, "the byte");
	expect_eq(inb(LSR), LSR_IDLE, "empty again");

	/* with FIFOs: 16, and the oldest stay. A driver counts them so. */
	outb(FCR, 7);
	for (i = 0; i < 256; i++)
		outb(DATA, i);
	expect_eq(inb(LSR), LSR_IDLE | 3, "with too many");
	for (i = 0; inb(LSR) & 1; i++)
		expect_eq(inb(DATA), i, "byte %u", i);
	expect_eq(i, 16, "bytes that there was room for");

	/* emptied on demand, and by a change of the mode */
	outb(DATA, 1);
	outb(FCR, 3);
	expect_eq(inb(LSR), LSR_IDLE, "after a reset of the FIFO");
	outb(DATA, 1);
	outb(FCR, 1);
	expect_eq(inb(LSR), LSR_IDLE | 1, "without one");
	outb(FCR, 0);
	expect_eq(inb(LSR), LSR_IDLE, "after a change of the mode");
	calm();
}

static void modem_lines(void)
{
	unsigned int i;

	calm();
	for (i = 0; i < 16; i++) {
		u8 lines = (i & 2) << 3 | (i & 1) << 5 | (i & 4) << 4 | (i & 8) << 4;

		outb(MCR, LOOP | i);
		expect_eq(inb(MSR) & 0xf0, lines, "outputs %#x as inputs", i);
	}
	/* which of them changed is told once; of the ring indicator only its end */
	outb(MCR, LOOP);
	inb(MSR);
	outb(MCR, LOOP | 0xf);
	expect_eq(inb(MSR), 0xfb, "all on");
	expect_eq(inb(MSR), 0xf0, "again");
	outb(MCR, LOOP);
	expect_eq(inb(MSR), 0x0f, "all off");
	expect_eq(inb(MSR), 0, "again");
	calm();
}

static void interrupts(void)
{
	static const u8 levels[] = { 1, 4, 8, 14 };
	unsigned int i, n;

	calm();
	/* the transmitter is empty: told when somebody begins to care, and after each byte */
	outb(IER, 2);
	expect_eq(inb(IIR), 2, "transmitter empty");
	expect_eq(inb(IIR), 1, "told once");
	outb(DATA, '.');
	expect_eq(inb(IIR), 2, "after a byte");
	outb(IER, 0);
	expect_eq(inb(IIR), 1, "not wanted");

	outb(MCR, LOOP);
	for (i = 0; i < ARRAY_SIZE(levels); i++) {
		outb(FCR, i << 6 | 7);
		outb(IER, 1);
		expect_eq(inb(IIR), 0xc1, "nothing received, FIFOs on");
		for (n = 1; n <= 16; n++) {
			outb(DATA, n);
			expect_eq(inb(IIR), n < levels[i] ? 0xcc : 0xc4, "%u bytes, trigger %u", n,
				  levels[i]);
		}
		outb(IER, 0);
	}
	/* the order: line status, data, transmitter, modem */
	outb(DATA, 0);
	outb(MCR, LOOP | 1);
	outb(IER, 0xf);
	expect_eq(inb(IIR), 0xc6, "overrun first");
	inb(LSR);
	expect_eq(inb(IIR), 0xc4, "data then");
	outb(FCR, 3);
	expect_eq(inb(IIR), 0xc2, "transmitter then");
	expect_eq(inb(IIR), 0xc0, "modem last");
	inb(MSR);
	expect_eq(inb(IIR), 0xc1, "nothing left");
	calm();
}

/* What Linux does to tell the chip from its relatives. */
static void which_chip(void)
{
	u8 efr;

	calm();
	outb(IER, 0xf);
	expect_eq(inb(IER), 0xf, "all interrupts");
	outb(IER, 0x40);
	expect_eq(inb(IER), 0, "no UART unit enable of an XScale");
	outb(MCR, LOOP | 0xa);
	expect_eq(inb(MSR) & 0xf0, 0x90, "loopback");
	outb(MCR, 0);
	outb(LCR, 0xbf);
	outb(FCR, 1);
	efr = inb(IIR);
	outb(LCR, 3);
	expect_eq(efr, 0xc1, "no enhanced features register");
	outb(FCR, 0x21);
	expect_eq(inb(IIR) >> 5, 6, "no FIFO of 64 bytes");
	outb(LCR, 0x80);
	outb(FCR, 0x21);
	expect_eq(inb(IIR) >> 5, 6, "with DLAB neither");
	calm();
}

static void strings(void)
{
	u8 *buf = page_alloc(1);
	unsigned long n = 16, i;
	void *p = buf;

	calm();
	outb(FCR, 7);
	outb(MCR, LOOP);
	for (i = 0; i < 16; i++)
		buf[i] = 0x30 + i;
	__asm__ volatile("rep outsb" : "+S"(p), "+c"(n) : "d"(DATA) : "memory");
	memset(buf, 0, 32);
	p = buf;
	n = 16;
	__asm__ volatile("rep insb" : "+D"(p), "+c"(n) : "d"(DATA) : "memory");
	for (i = 0; i < 16; i++)
		expect_eq(buf[i], 0x30 + i, "byte %lu", i);
	expect_eq(inb(LSR), LSR_IDLE, "line status after all were read");
	calm();
}

TEST_CASES = {
	{ "first state", first_state },
	{ "plain registers", plain_registers },
	{ "ports around", ports_around },
	{ "loopback", loopback },
	{ "modem lines", modem_lines },
	{ "interrupts", interrupts },
	{ "which chip", which_chip },
	{ "strings", strings },
	TEST_CASES_END
};
