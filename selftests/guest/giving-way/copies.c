// SPDX-License-Identifier: GPL-2.0-only
/* GNTTABOP_copy: whole, with interrupts off, behind STI, over a single step. */
#include "giving-way.h"

/*
 * A page whose bytes each operation moves up by one: the boundary tells how many have
 * been done.
 */
u8 *shifted;

struct gnttab_copy shift_op(void)
{
	struct gnttab_copy c;

	if (!shifted)
		shifted = page_alloc(1);
	memset(&c, 0, sizeof(c));
	c.source.u.gmfn = (unsigned long)shifted >> PAGE_SHIFT;
	c.source.domid = DOMID_SELF;
	c.dest = c.source;
	c.dest.offset = 1;
	c.len = SHIFTS + 10;
	c.status = 77;
	return c;
}

void shift_begin(void)
{
	memset(shifted, 2, PAGE_SIZE);
	shifted[0] = 1;
}

void shift_end(const char *what, unsigned int want)
{
	unsigned int i;

	for (i = 0; i < PAGE_SIZE && shifted[i] == 1; i++)
		;
	expect_eq(i - 1, want, "%s: times the copy was done", what);
}

struct gnttab_copy *copies;

void copies_fill(void)
{
	unsigned int i;

	if (!copies)
		copies = pages_for(SHIFTS * sizeof(*copies));
	for (i = 0; i < SHIFTS; i++)
		copies[i] = shift_op();
}

void copies_check(const char *what)
{
	unsigned int i, good = 0;

	for (i = 0; i < SHIFTS; i++)
		good += copies[i].status == GNTST_okay;
	expect_eq(good, SHIFTS, "%s: statuses", what);
	shift_end(what, SHIFTS);
}

void copy(void)
{
	long rc;

	copies_fill();
	shift_begin();
	interrupts_begin();
	rc = grant_op(GNTTABOP_copy, copies, SHIFTS);
	interrupts_end("copy", 5, WAIT_SHORT);
	expect_rc(rc, 0, "copy");
	copies_check("copy");
}

/* With interrupts off it is one piece, whatever is due. */
void interrupts_off(void)
{
	long rc;

	copies_fill();
	shift_begin();
	interrupts_begin();
	irq_disable();
	taken = 0;
	rc = grant_op(GNTTABOP_copy, copies, SHIFTS);
	expect_rc(rc, 0, "copy");
	expect_eq(taken, 0, "interrupts meanwhile");
	interrupts_stop();
	irq_window();
	expect(taken <= 1, "%u interrupts after it", taken);
	copies_check("interrupts off");
}

/*
 * The interrupt shadow of STI is that of the call's first round only.
 * @pending: an interrupt has been waiting since before
 */
static void after_sti(bool pending)
{
	const char *what = pending ? "right after STI, pending" : "right after STI";
	unsigned long a1 = GNTTABOP_copy, a2, a3 = SHIFTS;
	long rc = __HYPERVISOR_grant_table_op;

	copies_fill();
	shift_begin();
	a2 = (unsigned long)copies;
	interrupts_begin();
	irq_disable();
	taken = 0;
	if (pending)
		wait_for(interrupt_is_due(), 1000);
#ifdef __x86_64__
	__asm__ volatile("sti; vmcall; cli" : "+a"(rc), "+D"(a1), "+S"(a2), "+d"(a3) : : "memory");
#else
	__asm__ volatile("sti; vmcall; cli" : "+a"(rc), "+b"(a1), "+c"(a2), "+d"(a3) : : "memory");
#endif
	interrupts_end(what, 5, WAIT_SHORT);
	expect_rc(rc, 0, "copy");
	copies_check(what);
}

void sti_before(void)
{
	after_sti(false);
	after_sti(true);
}

/* One single-step trap, behind the call. */
static volatile u32 steps;
static volatile unsigned long step_ip;
extern const char call_begin[], call_end[];

static bool on_step(struct cpu_regs *regs)
{
	if (!steps++)
		step_ip = regs->ip;
	regs->flags &= ~(unsigned long)FL_TF;
	return true;
}

void single_step(void)
{
	unsigned long a1 = GNTTABOP_copy, a2, a3 = SHIFTS;
	long rc = __HYPERVISOR_grant_table_op;
	trap_fn old = trap_handler_set(X86_DB, on_step);

	copies_fill();
	shift_begin();
	a2 = (unsigned long)copies;
	steps = 0;
	interrupts_begin();
#ifdef __x86_64__
	__asm__ volatile("pushf; orl $0x100, (%%rsp); popf; .globl call_begin; call_begin: vmcall;"
			 ".globl call_end; call_end: nop"
			 : "+a"(rc), "+D"(a1), "+S"(a2), "+d"(a3) : : "memory", "cc");
#else
	__asm__ volatile("pushf; orl $0x100, (%%esp); popf; .globl call_begin; call_begin: vmcall;"
			 ".globl call_end; call_end: nop"
			 : "+a"(rc), "+b"(a1), "+c"(a2), "+d"(a3) : : "memory", "cc");
#endif
	interrupts_end("single step", 5, WAIT_SHORT);
	trap_handler_set(X86_DB, old);
	expect_eq(steps, 1, "single-step traps");
	expect_eq(step_ip, (unsigned long)call_end, "where it was");
	copies_check("single step");
}
