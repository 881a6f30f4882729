// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claim: every exception a guest causes reaches its own handler exactly as the
 * processor would deliver it: vector, error code, saved IP, CR2, DR6.
 *
 * Why: the hypervisor intercepts some of them for its own ends (#DB and #AC
 * against endless loops, #PF or #NM where it shadows something) and must hand
 * back the very same event, not a similar one.
 */
#include "guest.h"

static void divide(void)
{
	unsigned long ip;
	struct fault f;

	fault_clear();
	__asm__ volatile("mov $1f, %0\n1: div %1\n2:" EXTABLE("1b", "2b")
			 : "=&r"(ip) : "r"(0), "a"(1), "d"(0));
	f = fault_last();
	expect_trap(f, X86_DE, 0, "DIV by 0");
	expect_eq(f.ip, ip, "saved IP is the faulting instruction");
	expect_trap(expect_fault("idivb %%cl", : : "a"(0x7fff), "c"(1)), X86_DE, 0,
		    "IDIV overflow");
}

static void software(void)
{
	static const s32 bounds[2] __unused = { 0, 5 };
	struct fault f;
	unsigned long ip;

	fault_clear();
	__asm__ volatile("mov $1f, %0\nint3\n1:" EXTABLE("1b", "1b") : "=r"(ip));
	f = fault_last();
	expect_trap(f, X86_BP, 0, "INT3");
	expect_eq(f.ip, ip, "INT3 saves the next instruction");
	fault_clear();
	__asm__ volatile("mov $1f, %0\n.byte 0xcd, 3\n1:" EXTABLE("1b", "1b") : "=r"(ip));
	f = fault_last();
	expect_trap(f, X86_BP, 0, "INT $3");
	expect_eq(f.ip, ip, "INT $3 saves the next instruction");
	fault_clear();
	__asm__ volatile("mov $1f, %0\nint $0x90\n1:" EXTABLE("1b", "1b") : "=r"(ip));
	f = fault_last();
	expect_trap(f, 0x90, 0, "INT $0x90");
	expect_eq(f.ip, ip, "INT n saves the next instruction");
	/* vectors of exceptions with an error code have none when they come from INT n */
	fault_clear();
	__asm__ volatile("mov $1f, %0\nint $4\n1:" EXTABLE("1b", "1b") : "=r"(ip));
	f = fault_last();
	expect_trap(f, X86_OF, 0, "INT $4");
#ifndef __x86_64__
	fault_clear();
	__asm__ volatile("mov $1f, %0\nmovb $0x7f, %%al\naddb $1, %%al\ninto\n1:" EXTABLE("1b",
											  "1b")
			 : "=r"(ip) : : "eax", "cc");
	f = fault_last();
	expect_trap(f, X86_OF, 0, "INTO");
	expect_eq(f.ip, ip, "INTO saves the next instruction");
	expect_trap(expect_fault("bound %0, %1", : : "r"(6), "m"(bounds)), X86_BR, 0, "BOUND");
#endif
}

static void undefined(void)
{
	expect_trap(expect_fault("ud2", : : ), X86_UD, 0, "UD2");
	expect_trap(expect_fault(".byte 0x0f, 0xff, 0xc0", : : ), X86_UD, 0, "UD0");
	expect_trap(expect_fault(".byte 0x0f, 0xb9, 0xc0", : : ), X86_UD, 0, "UD1");
	expect_trap(expect_fault("lock; nop", : : ), X86_UD, 0, "LOCK NOP");
	expect_trap(expect_fault(".byte 0x0f, 0x04", : : ), X86_UD, 0, "an opcode nobody has");
#ifdef __x86_64__
	expect_trap(expect_fault(".byte 0x06", : : ), X86_UD, 0, "PUSH ES in 64-bit code");
#endif
}

static void no_math(void)
{
	unsigned long cr0 = read_cr0();

	write_cr0(cr0 | CR0_TS);
	expect_trap(expect_fault("fninit", : : ), X86_NM, 0, "x87 with TS");
	expect_trap(expect_fault("fwait", : : ), X86_NM, 0, "FWAIT with TS and MP");
	write_cr0((cr0 | CR0_TS) & ~CR0_MP);
	expect_no_trap(expect_fault("fwait", : : ), "FWAIT with TS alone");
	write_cr0(cr0 | CR0_EM);
	expect_trap(expect_fault("fninit", : : ), X86_NM, 0, "x87 with EM");
	write_cr0(cr0);
	expect_no_trap(expect_fault("fninit", : : ), "x87");
	expect_trap(expect_fault("movaps %%xmm0, %%xmm1", : : ), X86_UD, 0, "SSE without OSFXSR");
	write_cr4(read_cr4() | CR4_OSFXSR);
	expect_no_trap(expect_fault("movaps %%xmm0, %%xmm1", : : ), "SSE");
	write_cr0(cr0 | CR0_TS);
	expect_trap(expect_fault("movaps %%xmm0, %%xmm1", : : ), X86_NM, 0, "SSE with TS");
	write_cr0(cr0);
	write_cr4(read_cr4() & ~CR4_OSFXSR);
}

static void math(void)
{
	u16 cw = 0x37b, normal = 0x37f;		/* divide by zero unmasked */
	unsigned long cr4 = read_cr4();
	u32 mx = 0x1f80 & ~BIT(9), mx_normal = 0x1f80;
	struct fault f;

	f = expect_fault("fninit; fldcw %0; fldz; fld1; fdivp; 1: fwait", : : "m"(cw));
	/* the label before FWAIT is where it is told, one instruction late as on hardware */
	expect_trap(f, X86_MF, 0, "unmasked x87 division");
	__asm__ volatile("fnclex; fninit; fldcw %0" : : "m"(normal));

	write_cr4(cr4 | CR4_OSFXSR | CR4_OSXMMEXCPT);
	__asm__ volatile("ldmxcsr %0; xorps %%xmm0, %%xmm0; cvtsi2ss %1, %%xmm1" : : "m"(mx),
			 "r"(1));
	expect_trap(expect_fault("divss %%xmm0, %%xmm1", : : ), X86_XM, 0, "unmasked SSE division");
	write_cr4((cr4 | CR4_OSFXSR) & ~CR4_OSXMMEXCPT);
	__asm__ volatile("ldmxcsr %0; cvtsi2ss %1, %%xmm1" : : "m"(mx), "r"(1));
	expect_trap(expect_fault("divss %%xmm0, %%xmm1", : : ), X86_UD, 0,
		    "the same without OSXMMEXCPT");
	__asm__ volatile("ldmxcsr %0" : : "m"(mx_normal));
	write_cr4(cr4);
}

static void not_present(void)
{
	u16 data = gdt_spare_set(0, gdt_desc(0, 0xfffff, 0xc013));	/* data, P = 0 */
	u16 code = gdt_spare_set(1, gdt_desc(0, 0xfffff, 0xc01b));
	struct {
		u32 offset;
		u16 sel;
	} __packed far = { (unsigned long)image_start, 0 };

	expect_trap(probe_load_es(data), X86_NP, data, "ES from an absent descriptor");
	expect_trap(probe_load_fs(gdt_spare_set(3, gdt_desc(0, 0xfffff, 0xc073)) | 3), X86_NP,
		    SEL_SPARE + 24, "FS, ring 3, absent descriptor");
	expect_trap(probe_load_ss(data), X86_SS, data, "SS from an absent descriptor");
	far.sel = code;
	expect_trap(expect_fault("ljmp *%0", : : "m"(far)), X86_NP, code,
		    "far jump to an absent segment");
	trap_gate_set(0x91, 0, false, 0);
	expect_trap(expect_fault("int $0x91", : : ), X86_NP, 0x91 * 8 + 2,
		    "INT through an absent gate");
	trap_gate_set(0x91, 0, true, 0);
	expect_trap(expect_fault("lldt %w0", : : "r"((u32)gdt_spare_set(4, gdt_desc(0, 7, 0x02)))),
		    X86_NP, SEL_SPARE + 32, "absent LDT");
}

static void protection(void)
{
	u16 limit;

	expect_trap(probe_load_ds(SEL_KCS | 3), X86_GP, SEL_KCS & ~3, "DS with RPL above DPL");
	expect_trap(probe_load_ds(GDT_BYTES), X86_GP, GDT_BYTES, "selector at the GDT limit");
	expect_trap(probe_load_es(SEL_TSS), X86_GP, SEL_TSS, "ES from a TSS");
	expect_trap(probe_load_es(4), X86_GP, 4, "ES from an LDT that is not there");
	expect_trap(probe_load_ss(SEL_KCS), X86_GP, SEL_KCS, "SS from a code segment");
	expect_trap(probe_load_ss(3), X86_GP, 0, "SS null with RPL 3");
	expect_trap(expect_fault("ltr %w0", : : "r"(SEL_TSS)), X86_GP, SEL_TSS,
		    "LTR of a busy TSS");
	limit = 0x90 * (sizeof(long) * 2) - 1;
	traps_load_limit(limit);
	expect_trap(expect_fault("int $0x90", : : ), X86_GP, 0x90 * 8 + 2, "INT beyond the IDT");
	traps_load();
	write_flags(read_flags() & ~FL_NT);
#ifdef __x86_64__
	expect_trap(expect_fault("movb (%0), %%al", : : "r"(0x0000800000000000UL) : "rax"), X86_GP,
		    0,
		    "non-canonical data address");
	/* NT in long mode: no task to return to */
	write_flags(read_flags() | FL_NT);
	expect_trap(expect_fault("iretq", : : ), X86_GP, 0, "IRET with NT");
	write_flags(read_flags() & ~FL_NT);
#endif
}

#ifdef __x86_64__
static void stack_noncanonical(void)
{
	fault_clear();
	__asm__ volatile("push %%rbp; mov %0, %%rbp\n1: movb (%%rbp), %%al\n2: pop %%rbp"
			 EXTABLE("1b", "2b") : : "r"(0x0000800000000000UL) : "rax", "memory");
	expect_trap(fault_last(), X86_SS, 0, "non-canonical address through RBP");
}
#else
static void stack_noncanonical(void)
{
	/* a segment of 2 GiB, large enough for the stack itself: an access beyond its limit */
	u16 sel = gdt_spare_set(3, gdt_desc(0, 0x7ffff, 0xc093));

	fault_clear();
	__asm__ volatile("mov %%ss, %%ecx; mov %0, %%ss\n1: movb %%ss:0x80000000, %%al\n2: mov %%ecx, %%ss"
			 EXTABLE("1b", "2b") : : "r"((u32)sel) : "eax", "ecx", "memory");
	expect_trap(fault_last(), X86_SS, 0, "access beyond the stack segment");
	/* the same as a data segment gives #GP instead */
	fault_clear();
	__asm__ volatile("mov %0, %%fs\n1: movb %%fs:0x80000000, %%al\n2:" EXTABLE("1b", "2b")
			 : : "r"((u32)sel) : "eax", "memory");
	expect_trap(fault_last(), X86_GP, 0, "access beyond a data segment");
	probe_load_fs(0);
}
#endif

#if HAVE_PAGING
static __user_data u32 user_word;

static __user_text void user_access(unsigned long addr)
{
	u32 v = *(volatile u32 *)addr;

	USER_RETURN(v);
}

static __user_text void user_store(unsigned long addr)
{
	*(volatile u32 *)addr = 1;
	USER_RETURN(0);
}

static void page_faults(void)
{
	unsigned long va = VA_TEST + 0x1000, pa = (unsigned long)page_alloc(1);
	u8 *code = (u8 *)pa;
	struct fault f;
	u32 v;

	code[0] = 0xc3;		/* ret */
	page_set(va, 0);
	f = probe_read32((void *)(va + 0x123), &v);
	expect_trap(f, X86_PF, 0, "read, absent");
	expect_eq(f.cr2, va + 0x123, "CR2");
	f = probe_write32((void *)(va + 0xffc), 1);
	expect_trap(f, X86_PF, PFEC_W, "write, absent");
	expect_eq(f.cr2, va + 0xffc, "CR2 of the write");
	/* four bytes that begin on a good page */
	page_set(va - PAGE_SIZE, pa | PTE_P | PTE_W);
	f = probe_write32((void *)(va - 2), 1);
	expect_trap(f, X86_PF, PFEC_W, "write across pages");
	expect_eq(f.cr2, va, "CR2 is the second page's first byte");
	page_set(va, pa | PTE_P | PTE_A);
	expect_trap(probe_write32((void *)va, 1), X86_PF, PFEC_P | PFEC_W, "write, read-only");
	f.vector = 0;
	user_call(user_access, va, &f);
	expect_trap(f, X86_PF, PFEC_P | PFEC_U, "ring 3 reads a supervisor page");
	expect_eq(f.cr2, va, "CR2 of ring 3");
	user_call(user_store, va, &f);
	expect_trap(f, X86_PF, PFEC_P | PFEC_U | PFEC_W, "ring 3 writes a supervisor page");
	page_set(VA_TEST + 0x5000, 0);
	user_call(user_access, VA_TEST + 0x5000, &f);
	expect_trap(f, X86_PF, PFEC_U, "ring 3 reads an absent page");
	user_word = 7;
	expect_eq(user_call(user_access, (unsigned long)&user_word, &f), 7, "ring 3 reads its own");
	expect_no_trap(f, "ring 3 reads its own");
#if PT_LEVELS >= 3
	/* a reserved address bit */
	page_set(va, pa | PTE_P | BIT64(51));
	expect_trap(probe_read32((void *)va, &v), X86_PF, PFEC_P | PFEC_RSVD, "reserved bit");
	if (paging_nx) {
		page_set(va, pa | PTE_P | PTE_NX);
		fault_clear();
		__asm__ volatile("call *%0\n2:" EXTABLE("2b", "2b") : : "r"(va) : "memory");
		f = fault_last();
		/* the fetch fails at the target: the handler below resumes it */
		expect_trap(f, X86_PF, PFEC_P | PFEC_I, "fetch from a no-execute page");
		expect_eq(f.cr2, va, "CR2 of the fetch");
	}
#endif
	page_set(va, 0);
	page_set(va - PAGE_SIZE, 0);
}

/* A fault in a callee has no table entry of its own: return to the caller instead. */
static bool fetch_fault(struct cpu_regs *regs)
{
	struct fault *f = &this_cpu()->fault;

	if (regs->ip != VA_TEST + 0x1000)
		return false;
	f->vector = X86_PF;
	f->error = regs->error;
	f->cr2 = read_cr2();
#ifdef __x86_64__
	regs->ip = *(u64 *)regs->sp;
	regs->sp += 8;
#endif
	return true;
}
#endif

static void page_fault_case(void)
{
#if HAVE_PAGING
#ifdef __x86_64__
	trap_handler_set(X86_PF, fetch_fault);
#else
	paging_nx = false;	/* the 32-bit frame has no ESP to return with */
	(void)fetch_fault;
#endif
	page_faults();
	trap_handler_set(X86_PF, NULL);
#else
	test_skip("no paging in this environment");
#endif
}

static __user_text void user_misaligned(unsigned long p)
{
	u32 v;

	__asm__ volatile("movl 1(%1), %0" : "=r"(v) : "r"(p));
	USER_RETURN(v);
}

static __user_data u32 user_pair[2];

static void alignment(void)
{
	struct fault f;

	user_call(user_misaligned, (unsigned long)user_pair, &f);
	expect_no_trap(f, "misaligned access in ring 3 without AC");
	user_call_flags(user_misaligned, (unsigned long)user_pair, &f, FL_AC | 2);
	expect_trap(f, X86_AC, 0, "misaligned access in ring 3 with AC");
	write_cr0(read_cr0() & ~CR0_AM);
	user_call_flags(user_misaligned, (unsigned long)user_pair, &f, FL_AC | 2);
	expect_no_trap(f, "with AC but without CR0.AM");
	write_cr0(read_cr0() | CR0_AM);
	/* in ring 0 the flag means something else or nothing */
	write_flags(read_flags() | FL_AC);
	expect_no_trap(expect_fault("movl 1(%0), %%eax", : : "r"(user_pair) : "eax"),
		       "misaligned access in ring 0");
	write_flags(read_flags() & ~FL_AC);
}

static __user_text void user_int(unsigned long n)
{
	if (n == 0x90)
		__asm__ volatile("int $0x90");
	else
		__asm__ volatile("int3");
	USER_RETURN(n);
}

static void gate_privilege(void)
{
	struct fault f;

	user_call(user_int, 0x90, &f);
	expect_trap(f, X86_GP, 0x90 * 8 + 2, "INT $0x90 in ring 3 through a ring 0 gate");
	trap_gate_set(0x90, 3, true, 0);
	user_call(user_int, 3, &f);
	expect_trap(f, X86_BP, 0, "INT3 in ring 3");
	trap_gate_set(0x90, 0, true, 0);
}

/*
 * #TS: a gate into ring 1 whose stack cannot be found. Handled in ring 0, whose
 * stack is fine.
 */
static void task_segment(void)
{
	struct cpu *cpu = this_cpu();
	struct fault f;
	u16 ring1;

#ifdef __x86_64__
	u64 base = (u64)&cpu->tss;

	/* the TSS ends after RSP0 */
	ring1 = gdt_spare_set(4, gdt_desc(0, 0xfffff, 0xa0bb));
	gdt[SEL_SPARE / 8 + 6] = gdt_desc(base, 11, 0x89);
	gdt[SEL_SPARE / 8 + 7] = base >> 32;
	__asm__ volatile("ltr %w0" : : "r"(SEL_SPARE + 48));
#else
	ring1 = gdt_spare_set(4, gdt_desc(0, 0xfffff, 0xc0bb));
	cpu->tss.ss1 = gdt_spare_set(5, 0) | 1;
	cpu->tss.esp1 = (unsigned long)user_stack_end;
#endif
	trap_gate_selector(0x92, ring1 | 1);
	trap_gate_set(0x90, 0, true, 0);
	trap_gate_set(0x92, 3, true, 0);
	trap_gate_selector(0x92, ring1 | 1);
	fault_clear();
	extern void user_int92(unsigned long arg);
	user_call(user_int92, 0, &f);
#ifdef __x86_64__
	expect_trap(f, X86_TS, SEL_SPARE + 48, "stack of ring 1 beyond the TSS limit");
	gdt[SEL_TSS / 8] &= ~(2ULL << 40);	/* not busy */
	__asm__ volatile("ltr %w0" : : "r"(SEL_TSS));
#else
	expect_trap(f, X86_TS, SEL_SPARE + 40, "stack of ring 1 with a null descriptor");
#endif
	trap_gate_set(0x92, 0, true, 0);
}

__user_text void user_int92(unsigned long arg);
__user_text void user_int92(unsigned long arg)
{
	__asm__ volatile("int $0x92");
	USER_RETURN(arg);
}

/* #GP whose gate is absent: #NP during the delivery of #GP is a double fault. */
static volatile u32 df_error;
static volatile bool df_seen;

static bool on_df(struct cpu_regs *regs)
{
	extern char df_resume[];

	df_seen = true;
	df_error = regs->error;
	regs->ip = (unsigned long)df_resume;
	return true;
}

static void double_fault(void)
{
	trap_handler_set(X86_DF, on_df);
	trap_gate_set(X86_GP, 0, false, 0);
	df_seen = false;
	__asm__ volatile("mov %0, %%fs\n.globl df_resume\ndf_resume:" : : "r"(0xfff8) : "memory");
	trap_gate_set(X86_GP, 0, true, 0);
	trap_handler_set(X86_DF, NULL);
	expect(df_seen, "no #DF");
	expect_eq(df_error, 0, "error code of #DF");
}

/* An exception right after an exit must find the right IP and flags. */
static void after_exits(void)
{
	unsigned int i;

	for (i = 0; i < 100; i++) {
		cpuid(0, 0);
		if (!expect_trap(expect_fault("ud2", : : ), X86_UD, 0, "UD2 after CPUID, round %u",
				 i))
			break;
		outb(0x80, i);
		if (!expect_trap(probe_load_fs(0xfff8), X86_GP, 0xfff8, "#GP after OUT, round %u",
				 i))
			break;
	}
}

/* A handler of #UD that exits before it has done anything, and leaves behind two bytes. */
extern const char exits_at_once[];
__asm__(".pushsection .text\n"
	"exits_at_once:\n"
	"	cpuid\n"
#ifdef __x86_64__
	"	addq $2, (%rsp)\n"
	"	iretq\n"
#else
	"	addl $2, (%esp)\n"
	"	iretl\n"
#endif
	".popsection");

static void exit_first_thing(void)
{
	unsigned long before, after;
	u32 vendor;

	trap_gate_address(X86_UD, exits_at_once);
	__asm__ volatile("mov %%" REG_SP ", %0\n"
			 "xor %%eax, %%eax\n"
			 "ud2\n"
			 "mov %%" REG_SP ", %1\n"
			 "mov %0, %%" REG_SP
			 : "=&S"(before), "=&D"(after), "=&b"(vendor)
			 : : "eax", "ecx", "edx", "cc", "memory");
	trap_gate_set(X86_UD, 0, true, 0);
	expect_eq(after, before, "the handler came back");
	expect_eq(vendor, cpuid(0, 0).ebx, "it had its CPUID");
}

TEST_CASES = {
	{ "#DE", divide },
	{ "#BP #OF #BR and INT n", software },
	{ "#UD", undefined },
	{ "#NM", no_math },
	{ "#MF and #XM", math },
	{ "#NP and #SS from descriptors", not_present },
	{ "#SS from addresses", stack_noncanonical },
	{ "#GP", protection },
	{ "#PF", page_fault_case },
	{ "#AC", alignment },
	{ "INT n and gate privilege", gate_privilege },
	{ "#TS", task_segment },
	{ "#DF", double_fault },
	{ "exceptions between exits", after_exits },
	{ "handler that exits at once", exit_first_thing },
	TEST_CASES_END
};
