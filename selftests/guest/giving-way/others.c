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

unsigned int ports_use_up(void)
{
	unsigned int n = 0;
	long port;

	if (evtchn_fifo_init(0))
		test_error("no FIFO events");
	while ((port = evtchn_bind_ipi(0)) > 0) {
		while ((u32)port >= evtchn_fifo_ports)
			if (evtchn_fifo_expand())
				test_error("no words for port %ld", port);
		WRITE_ONCE(evtchn_fifo_words[port], 0);
		evtchn_send(port);
		evtchn_close(port);
		n++;
	}
	if (port != -XEN_ENOSPC)
		test_error("port %u: %ld", n, port);
	return n;
}

/* Whether one is free again is looked at for all of them, and not in one go. */
void ports_at_limit(void)
{
	unsigned int n, i, refused = 0;
	long port;

	n = ports_use_up();
	printf("# %u ports\n", n);
	expect(n >= 7000, "only %u ports", n);
	interrupts_begin();
	for (i = 0; i < 100; i++)
		refused += evtchn_bind_ipi(0) == -XEN_ENOSPC;
	interrupts_end("ports at the limit", 5, WAIT_SHORT);
	expect_eq(refused, 100, "calls refused");
	/* Wherever the one is that has left its queue, the next call finds it. */
	for (i = 0; i < 8; i++) {
		port = 1 + i * (n / 8);
		expect(evtchn_fifo_words[port] & BIT(EVTCHN_FIFO_LINKED), "port %ld", port);
		WRITE_ONCE(evtchn_fifo_words[port], 0);
		expect_rc(evtchn_bind_ipi(0), port, "the port that is free");
	}
	expect_rc(evtchn_bind_ipi(0), -XEN_ENOSPC, "none left");
	expect_rc(evtchn_reset(), 0, "reset");
	evtchn_fifo = false;
	evtchn_fifo_ports = 0;
	expect_rc(evtchn_bind_ipi(0), 1, "the first one");
	expect_rc(evtchn_reset(), 0, "reset");
	/* What a call that goes on says in its number is for it to say. */
	expect_rc(evtchn_op(EVTCHNOP_close | 1 << 16, &port), -XEN_ENOSYS, "a number beyond");
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
