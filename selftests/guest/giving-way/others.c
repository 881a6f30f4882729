// SPDX-License-Identifier: GPL-2.0-only
/* What else is long: text, ports, string instructions. */
#include "giving-way.h"

/*
 * Bytes that a terminal does not show go nowhere, but count: less than a domain may write in a
 * second, so that the verdict is not dropped.
 */
void console(void)
{
	u8 *text = page_alloc(16);
	long rc;

	interrupts_begin();
	rc = console_io(CONSOLEIO_write, 12 * PAGE_SIZE, text);
	interrupts_end("console_io", 5, WAIT_SHORT);
	expect_rc(rc, 0, "console_io");
}

void ports_reset(void)
{
	enum { N = 1000 };
	struct evtchn_status status;
	unsigned int i, closed = 0;
	long port, rc;

	for (i = 0; i < N; i++) {
		port = evtchn_alloc_unbound(DOMID_SELF, DOMID_SELF);
		if (!expect(port > 0, "port %u: %ld", i, port))
			return;
	}
	interrupts_begin();
	rc = evtchn_reset();
	interrupts_end("reset", 3, WAIT_SHORT);
	expect_rc(rc, 0, "reset");
	for (i = 1; i <= N; i++)
		closed += !evtchn_status(i, &status) && status.status == EVTCHNSTAT_closed;
	expect_eq(closed, N, "ports closed");
}

/* The exit is for a piece of it only. */
void string_io(void)
{
	enum { N = 20000 };
	u8 *bytes = pages_for(N);
	unsigned long at = (unsigned long)bytes, count = N;

	interrupts_begin();
	__asm__ volatile("rep insb" : "+D"(at), "+c"(count) : "d"(0x300) : "memory");
	interrupts_end("REP INSB", 5, WAIT_SHORT);
	expect_eq(mem_is(bytes, 0xff, N), N, "bytes read");
	expect_eq(count, 0, "bytes left");
}
