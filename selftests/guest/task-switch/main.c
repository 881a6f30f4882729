// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claim: 32-bit code can switch tasks by hardware, by a far CALL and JMP, IRET and task gates, as
 * on any CPU: registers, busy bits, links and page tables are those of the manual, and what is
 * wrong with the new task is a fault of the new task.
 *
 * Why: no CPU does this for a guest, each switch exits. i386 Linux reports its double faults
 * through a task gate, other kernels their NMIs.
 */
#include "guest.h"

static struct tss32 other;
static u8 other_stack[STACK_SIZE] __aligned(STACK_SIZE);
static u16 other_sel;

static struct {
	u32 ip;
	u16 sel;
} __packed far;

/* What the other task finds, and does besides. */
volatile u32 calls, task_error;
static volatile u32 seen_flags, seen_cr0, seen_cr3, seen_tr, seen_link, seen_dr7, old_type;
static void (*volatile task_also)(void);

void task_plain(void);
void task_with_error(void);
void task_jumps_back(void);
void task_body(void);

/* IRET goes back to who called; the next switch begins behind it. */
__asm__(".text\n"
	"task_plain:\n"
	"	call	task_body\n"
	"	iret\n"
	"	jmp	task_plain\n"
	"task_with_error:\n"
	"	pop	task_error\n"
	"	call	task_body\n"
	"	iret\n"
	"	jmp	task_with_error\n"
	"task_jumps_back:\n"
	"	call	task_body\n"
	"	ljmp	*far_back\n"
	"	jmp	task_jumps_back\n");

struct {
	u32 ip;
	u16 sel;
} __packed far_back = { .sel = SEL_TSS };

static u8 type_of(u16 sel)
{
	return gdt[sel / 8] >> 40;
}

void task_body(void)
{
	u16 tr;

	__asm__ volatile("str %0" : "=r"(tr));
	calls++;
	seen_tr = tr;
	seen_flags = read_flags();
	seen_cr0 = read_cr0();
	seen_cr3 = read_cr3();
	seen_dr7 = read_dr7();
	seen_link = other.link & 0xffff;
	old_type = type_of(SEL_TSS);
	if (task_also)
		task_also();
}

/* A task that is at the beginning of @fn, in a TSS that nobody uses. */
static void task_make(void (*fn)(void))
{
	memset(&other, 0, sizeof(other));
	*(struct cpu **)other_stack = this_cpu();
	other.eip = (unsigned long)fn;
	other.eflags = 2;
	other.cr3 = read_cr3();
	other.esp = (unsigned long)other_stack + STACK_SIZE - 16;
	other.esp0 = other.esp - 1024;
	other.ss0 = SEL_KDS;
	other.cs = SEL_KCS;
	other.ss = SEL_KDS;
	other.ds = SEL_KDS;
	other.es = SEL_KDS;
	other.iomap = sizeof(other);
	/* an available 32-bit TSS */
	other_sel = gdt_spare_set(0, gdt_desc((unsigned long)&other, sizeof(other) - 1, 0x89));
	far.sel = other_sel;
	calls = 0;
	task_also = NULL;
	__asm__ volatile("clts");
}

static void expect_call(const char *how)
{
	expect_eq(calls, 1, "%s: runs of the other task", how);
	expect_eq(seen_tr, other_sel, "%s: TR there", how);
	expect_eq(seen_link, SEL_TSS, "%s: its link", how);
	expect(seen_flags & FL_NT, "%s: NT is clear there", how);
	expect(seen_cr0 & CR0_TS, "%s: TS is clear there", how);
	expect_eq(old_type, 0x8b, "%s: type of the caller's TSS meanwhile", how);
	expect_eq(type_of(SEL_TSS), 0x8b, "%s: afterwards", how);
	expect_eq(type_of(other_sel), 0x89, "%s: type of the other TSS afterwards", how);
	expect(!(read_flags() & FL_NT), "%s: NT is set afterwards", how);
	expect(read_cr0() & CR0_TS, "%s: TS is clear afterwards", how);
	__asm__ volatile("clts");
}

static void call(void)
{
	u32 before[3] = { 0x11223344, 0x55667788, 0x99aabbcc }, after[3];
	u32 i;

	task_make(task_plain);
	__asm__ volatile("lcall *%0" : : "m"(far) : "memory");
	expect_call("CALL");
	/* many times, with registers that only the TSS keeps */
	for (i = 0; i < 50; i++) {
		after[0] = before[0] + i;
		after[1] = before[1] + i;
		after[2] = before[2] + i;
		__asm__ volatile("lcall *%3" : "+S"(after[0]), "+D"(after[1]), "+d"(after[2])
				 : "m"(far) : "memory");
		if (!expect(after[0] == before[0] + i && after[1] == before[1] + i &&
			    after[2] == before[2] + i, "registers after switch %u", i))
			break;
	}
	expect_eq(calls, 51, "runs");
	__asm__ volatile("clts");
}

static void jmp(void)
{
	task_make(task_jumps_back);
	other.link = 0xabcd;
	__asm__ volatile("ljmp *%0" : : "m"(far) : "memory");
	expect_eq(calls, 1, "runs of the other task");
	expect_eq(seen_tr, other_sel, "TR there");
	expect_eq(seen_link, 0xabcd, "its link");
	expect(!(seen_flags & FL_NT), "NT is set there");
	expect_eq(old_type, 0x89, "type of the TSS that was left");
	expect_eq(type_of(SEL_TSS), 0x8b, "and when it is back");
	expect_eq(type_of(other_sel), 0x89, "type of the other TSS then");
	__asm__ volatile("clts");
}

static void gate(void)
{
	task_make(task_plain);
	trap_gate_task(0x70, other_sel);
	__asm__ volatile("int $0x70" : : : "memory");
	expect_call("INT");
	__asm__ volatile("int $0x70" : : : "memory");
	expect_eq(calls, 2, "runs");
	trap_gate_task(X86_BP, other_sel);
	__asm__ volatile("int3" : : : "memory");
	expect_eq(calls, 3, "runs after INT3");
	trap_gate_set(X86_BP, 3, true, 0);
	__asm__ volatile("clts");
}

/* The task that has the fault is told where to go on. */
static u32 resume;

static void go_on_there(void)
{
	this_cpu()->tss.eip = resume;
}

static void exception(void)
{
	task_make(task_with_error);
	task_also = go_on_there;
	trap_gate_task(X86_GP, other_sel);
	task_error = 0;
	/* a selector beyond the GDT */
	__asm__ volatile("movl $1f, %0\n"
			 "	mov %1, %%fs\n"
			 "1:" : "=m"(resume) : "r"(0xfff8) : "memory");
	expect_call("#GP");
	expect_eq(task_error, 0xfff8, "error code");
	__asm__ volatile("movl $1f, %0\n"
			 "	mov %1, %%fs\n"
			 "1:" : "=m"(resume) : "r"(0xff00) : "memory");
	expect_eq(calls, 2, "runs");
	expect_eq(task_error, 0xff00, "second error code");
	trap_gate_set(X86_GP, 0, true, 0);
	__asm__ volatile("clts");
}

/* #GP whose gate is not there: #NP while it is delivered. */
static void double_fault(void)
{
	task_make(task_with_error);
	task_also = go_on_there;
	trap_gate_task(X86_DF, other_sel);
	trap_gate_set(X86_GP, 0, false, 0);
	task_error = 1;
	__asm__ volatile("movl $1f, %0\n"
			 "	mov %1, %%fs\n"
			 "1:" : "=m"(resume) : "r"(0xfff8) : "memory");
	expect_call("#DF");
	expect_eq(task_error, 0, "error code");
	trap_gate_set(X86_GP, 0, true, 0);
	trap_gate_set(X86_DF, 0, true, IST_DF);
}

static volatile u32 nested;

/* A second one waits for the IRET to the other task. */
static void nmi_again(void)
{
	u32 before = calls;

	if (calls != 1)
		return;
	lapic_icr(ICR_NMI | ICR_ASSERT, lapic_id());
	udelay(200);
	nested = calls - before;
}

static void nmi(void)
{
	task_make(task_plain);
	task_also = nmi_again;
	trap_gate_task(X86_NMI, other_sel);
	nested = 0;
	lapic_icr(ICR_NMI | ICR_ASSERT, lapic_id());
	wait_for(calls == 2, 1000);
	expect_eq(calls, 2, "NMIs");
	expect_eq(nested, 0, "NMIs while one is handled");
	lapic_icr(ICR_NMI | ICR_ASSERT, lapic_id());
	wait_for(calls == 3, 1000);
	expect_eq(calls, 3, "NMIs with a later one");
	trap_gate_set(X86_NMI, 0, true, IST_NMI);
	__asm__ volatile("clts");
}

static void interrupt(void)
{
	task_make(task_plain);
	task_also = lapic_eoi;
	trap_gate_task(0x71, other_sel);
	lapic_self_ipi(0x71);
	irq_window();
	expect_call("an interrupt");
}

static void page_tables(void)
{
	void *root;

	skip_if(!PT_LEVELS, "no paging");
	root = page_alloc(1);
	require(root, "no page");
	memcpy(root, (void *)(read_cr3() & ~0xfffUL), PAGE_SIZE);
	task_make(task_plain);
	other.cr3 = (unsigned long)root;
	__asm__ volatile("lcall *%0" : : "m"(far) : "memory");
	expect_call("CALL");
	expect_eq(seen_cr3, (unsigned long)root, "CR3 there");
	expect_eq(read_cr3(), this_cpu()->tss.cr3, "CR3 here");
}

/* The TSS of this task is not written by anybody else. */
static void own_page_tables(void)
{
	this_cpu()->tss.cr3 = read_cr3();
}

static volatile u32 trapped_ip, trapped_dr6;

static bool on_debug(struct cpu_regs *regs)
{
	trapped_ip = regs->ip;
	trapped_dr6 = read_dr6();
	write_dr6(0xffff0ff0);
	return true;
}

static void debug(void)
{
	task_make(task_plain);
	other.trap = 1;
	trapped_ip = 0;
	trap_handler_set(X86_DB, on_debug);
	/* a local and a global breakpoint where nothing is executed */
	write_dr0((unsigned long)other_stack);
	write_dr1((unsigned long)other_stack);
	write_dr7(read_dr7() | BIT(0) | BIT(3) | BIT(8));
	__asm__ volatile("lcall *%0" : : "m"(far) : "memory");
	expect_call("CALL");
	expect_eq(trapped_ip, (unsigned long)task_plain, "where the trap of the task is");
	expect_eq(trapped_dr6 & 0xe00f, BIT(15), "DR6 then");
	expect_eq(seen_dr7 & 0x3ff, BIT(3), "breakpoints that are left");
	write_dr7(0x400);
	trap_handler_set(X86_DB, NULL);
}

static struct cpu_regs at_fault;

/* The task that this is in cannot be helped: back to the first one. */
static bool on_fault(struct cpu_regs *regs)
{
	at_fault = *regs;
	__asm__ volatile("ljmp *far_back" : : : "memory");
	return false;
}

/* The field at @offset of the other task's TSS, a selector, is @sel. */
static void fault_of(const char *name, size_t offset, u16 sel, u32 vector)
{
	memset(&at_fault, 0, sizeof(at_fault));
	trap_handler_set(vector, on_fault);
	memcpy((u8 *)&other + offset, &sel, sizeof(sel));
	__asm__ volatile("ljmp *%0" : : "m"(far) : "memory");
	expect_eq(at_fault.vector, vector, "%s: exception", name);
	expect_eq(at_fault.error, sel & 0xfffc, "%s: error code", name);
	expect_eq(at_fault.ip, (unsigned long)task_plain, "%s: EIP", name);
	expect_eq(calls, 0, "%s: runs of the task", name);
	trap_handler_set(vector, NULL);
	__asm__ volatile("clts");
}

static void faults_there(void)
{
	u16 absent;

	task_make(task_plain);
	fault_of("CS is data", offsetof(struct tss32, cs), SEL_KDS, X86_TS);
	task_make(task_plain);
	fault_of("SS is code", offsetof(struct tss32, ss), SEL_KCS, X86_TS);
	task_make(task_plain);
	fault_of("SS is null", offsetof(struct tss32, ss), 0, X86_TS);
	task_make(task_plain);
	fault_of("DS beyond the GDT", offsetof(struct tss32, ds), 0xfff8, X86_TS);
	task_make(task_plain);
	fault_of("LDT is no LDT", offsetof(struct tss32, ldt), SEL_KDS, X86_TS);
	absent = gdt_spare_set(1, gdt_desc(0, 0xfffff, 0xc013));
	task_make(task_plain);
	fault_of("ES is not present", offsetof(struct tss32, es), absent, X86_NP);
	task_make(task_plain);
	fault_of("SS is not present", offsetof(struct tss32, ss), absent, X86_SS);
}

static void faults_here(void)
{
	/* a TSS that is too short, and one that is in use: no switch, but faults */
	task_make(task_plain);
	far.sel = gdt_spare_set(1, gdt_desc((unsigned long)&other, 0x20, 0x89));
	expect_trap(expect_fault("ljmp *%0", : : "m"(far)), X86_TS, far.sel, "JMP to a short TSS");
	far.sel = SEL_TSS;
	expect_trap(expect_fault("ljmp *%0", : : "m"(far)), X86_GP, SEL_TSS, "JMP to a busy TSS");
}

static struct {
	u16 link, stack[6], ip, flags, gpr[8], sel[4], ldt;
} __packed small;

static void sixteen_bits(void)
{
	static u8 code[] __aligned(16) = {
		0xff, 0x06, 0, 0,	/* 0: incw count */
		0xcf,			/* iret */
		0xeb, 0xf9,		/* jmp 0b */
	};
	static volatile u16 count;
	u16 cs = gdt_spare_set(1, gdt_desc((unsigned long)code, sizeof(code) - 1, 0x9b));
	u16 ds = gdt_spare_set(2, gdt_desc((unsigned long)&count, 1, 0x93));

	memset(&small, 0, sizeof(small));
	small.flags = 2;
	small.gpr[4] = 64;
	small.sel[1] = cs;
	small.sel[2] = SEL_KDS;
	small.sel[3] = ds;
	far.sel = gdt_spare_set(0, gdt_desc((unsigned long)&small, sizeof(small) - 1, 0x81));
	count = 0;
	__asm__ volatile("lcall *%0" : : "m"(far) : "memory");
	expect_eq(count, 1, "runs of the task");
	expect_eq(small.ip, 5, "IP that was saved");
	expect_eq(small.link, SEL_TSS, "its link");
	__asm__ volatile("lcall *%0" : : "m"(far) : "memory");
	expect_eq(count, 2, "runs of the task");
	expect_eq(type_of(far.sel), 0x81, "type of its TSS");
	__asm__ volatile("clts");
}

void test_setup(void)
{
	own_page_tables();
}

TEST_CASES = {
	{ "what is no task switch", faults_here },
	{ "CALL and IRET", call },
	{ "JMP and back", jmp },
	{ "INT through a task gate", gate },
	{ "an exception with an error code", exception },
	{ "a double fault", double_fault },
	{ "an NMI", nmi },
	{ "an interrupt", interrupt },
	{ "page tables", page_tables },
	{ "debug trap and breakpoints", debug },
	{ "faults of the new task", faults_there },
	{ "a task of 16 bits", sixteen_bits },
	TEST_CASES_END
};
