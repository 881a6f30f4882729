// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claim: a guest whose debug exceptions raise debug exceptions, without end and
 * without an instruction between two of them, does not keep the host: it goes on,
 * and can destroy the domain.
 *
 * Why: the CPU delivers one after the other and lets no interrupt in between
 * (CVE-2015-8104); only a hypervisor that sees each of them gets its turn.
 *
 * "how=" picks where the breakpoint is: in the frame that the delivery writes, on
 * the first instruction of the handler, or both.
 */
#include "guest.h"

static void ready(void)
{
	expect(true, "ready");
}

void test_end(void)
{
	unsigned long frame = this_cpu()->tss.ist[IST_MC - 1] - 8;
	extern const u8 endless_handler[];
	unsigned long dr7 = 0x400;

	/* The frame is at one place each time. */
	trap_gate_set(X86_DB, 0, true, IST_MC);
	trap_gate_address(X86_DB, endless_handler);
	write_dr0(frame);
	write_dr1((unsigned long)endless_handler);
	if (!opt_is("how", "code"))
		dr7 |= 2 | 1 << 16 | 2 << 18;		/* write, 8 bytes */
	if (!opt_is("how", "data"))
		dr7 |= 8;
	cli();
	write_dr7(dr7);
	__asm__ volatile(".byte 0xf1\n"
			 "1: jmp 1b\n"
			 ".pushsection .text\n"
			 "endless_handler: iretq\n"
			 ".popsection");
	__builtin_unreachable();
}

TEST_CASES = {
	{ "about to raise debug exceptions", ready },
	TEST_CASES_END
};
