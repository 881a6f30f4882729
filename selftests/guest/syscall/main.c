// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claim: SYSCALL, SYSRET, SYSENTER and far transfers use the guest's own MSRs
 * and descriptors, whatever exits happen around them.
 *
 * Why: these registers are the ones a hypervisor is tempted to switch lazily.
 */
#include "guest.h"

#ifdef __x86_64__

/* SYSCALL from ring 3 arrives here with the return address in RCX, on the user's stack. */
__asm__(
"	.text\n"
"	.globl syscall_entry\n"
"syscall_entry:\n"
"	mov %rsp, %r12\n"
"	mov syscall_stack, %rsp\n"
"	incl syscall_count\n"
"	mov %rcx, syscall_rip\n"
"	mov %r11, syscall_flags\n"
"	mov %cs, %eax\n"
"	mov %ax, syscall_cs\n"
"	mov %ss, %eax\n"
"	mov %ax, syscall_ss\n"
"	push %rcx\n"
"	push %r11\n"
"	xor %eax, %eax\n"
"	xor %ecx, %ecx\n"
"	cpuid\n"			/* an exit in the middle */
"	pop %r11\n"
"	pop %rcx\n"
"	mov $0x1234, %eax\n"
"	mov %r12, %rsp\n"
"	sysretq\n"
"	.globl sysenter_entry\n"
"sysenter_entry:\n"
"	mov %rsp, sysenter_sp\n"
"	mov %cs, %eax\n"
"	mov %ax, syscall_cs\n"
"	incl syscall_count\n"
"	mov $0x5678, %eax\n"
"	sysexitq\n");

extern const char syscall_entry[], sysenter_entry[];
u64 syscall_stack, syscall_rip, syscall_flags, sysenter_sp;
u32 syscall_count;
u16 syscall_cs, syscall_ss;

static u8 stack[4096] __aligned(16);

static __user_text void user_syscall(unsigned long n)
{
	unsigned long rc = 0, i;

	for (i = 0; i < n; i++) {
		rc = 0;
		__asm__ volatile("syscall" : "+a"(rc) : : "rcx", "r11", "rbx", "rdx", "r12",
				 "memory");
		if (rc != 0x1234)
			break;
	}
	USER_RETURN(rc);
}

static __user_text void user_sysenter(unsigned long arg)
{
	unsigned long rc = arg;

	/* SYSEXIT takes the way back from RDX and RCX */
	__asm__ volatile("lea 1f(%%rip), %%rdx; mov %%rsp, %%rcx; sysenter\n1:"
			 : "+a"(rc) : : "rcx", "rdx", "r11", "memory");
	USER_RETURN(rc);
}

static void syscall(void)
{
	struct fault f;
	unsigned long v;

	wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_SCE);
	/* ring 0 at SEL_KCS64, its stack behind it; ring 3 at SEL_UCS32 + 16 and + 8 */
	wrmsr(MSR_STAR, (u64)(SEL_UCS32 | 3) << 48 | (u64)SEL_KCS64 << 32);
	wrmsr(MSR_LSTAR, (u64)syscall_entry);
	wrmsr(MSR_SYSCALL_MASK, FL_IF | FL_CF);
	syscall_stack = (u64)stack + sizeof(stack);
	syscall_count = 0;
	v = user_call(user_syscall, 100, &f);
	expect_no_trap(f, "SYSCALL");
	expect_eq(v, 0x1234, "value");
	expect_eq(syscall_count, 100, "calls");
	expect_eq(syscall_cs, SEL_KCS64, "CS in the handler");
	expect_eq(syscall_ss, SEL_KDS, "SS in the handler");
	expect(syscall_rip >= (u64)user_syscall && syscall_rip < (u64)user_syscall + 256,
	       "return address %#llx", (unsigned long long)syscall_rip);
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) & ~(u64)EFER_SCE);
	user_call(user_syscall, 1, &f);
	expect_trap(f, X86_UD, 0, "SYSCALL without EFER.SCE");
	wrmsr(MSR_STAR, 0);
	wrmsr(MSR_LSTAR, 0);
	wrmsr(MSR_SYSCALL_MASK, 0);
}

static void sysenter(void)
{
	struct fault f;
	unsigned long v;

	/* its order of segments is another: kernel code, data, user 32, data, user 64, data */
	gdt_spare_set(0, gdt[SEL_KCS64 / 8]);
	gdt_spare_set(1, gdt[SEL_KDS / 8]);
	gdt_spare_set(2, gdt[SEL_UCS32 / 8]);
	gdt_spare_set(3, gdt[SEL_UDS / 8]);
	gdt_spare_set(4, gdt[SEL_UCS64 / 8]);
	gdt_spare_set(5, gdt[SEL_UDS / 8]);
	user_call(user_sysenter, 0, &f);
	expect_trap(f, X86_GP, 0, "SYSENTER with a null SYSENTER_CS");
	wrmsr(MSR_SYSENTER_CS, SEL_SPARE);
	wrmsr(MSR_SYSENTER_EIP, (u64)sysenter_entry);
	wrmsr(MSR_SYSENTER_ESP, (u64)stack + 1024);
	cpuid(0, 0);
	v = user_call(user_sysenter, 0, &f);
	expect_no_trap(f, "SYSENTER");
	expect_eq(v, 0x5678, "value");
	expect_eq(sysenter_sp, (u64)stack + 1024, "stack in the handler");
	expect_eq(syscall_cs, SEL_SPARE, "CS in the handler");
	wrmsr(MSR_SYSENTER_CS, 0);
	wrmsr(MSR_SYSENTER_EIP, 0);
	wrmsr(MSR_SYSENTER_ESP, 0);
}

static void bases(void)
{
	static u32 words[2] = { 0x11111111, 0x22222222 };
	u32 a, b;
	unsigned int i;

	for (i = 0; i < 100; i++) {
		wrmsr(MSR_FS_BASE, (u64)&words[0]);
		wrmsr(MSR_GS_BASE, (u64)&words[1]);
		cpuid(0, 0);
		if (i % 25 == 0)
			udelay(500);
		__asm__ volatile("movl %%fs:0, %0; movl %%gs:0, %1" : "=r"(a), "=r"(b));
		if (!expect(a == words[0] && b == words[1], "round %u: %#x and %#x", i, a, b))
			break;
	}
	/* loading a selector replaces the base */
	probe_load_fs(SEL_KDS);
	cpuid(0, 0);
	expect_eq(rdmsr(MSR_FS_BASE), 0, "FS base after loading a selector");
	wrmsr(MSR_GS_BASE, 0);
	probe_load_fs(0);
}

static void far_jumps(void)
{
	struct {
		u32 offset;
		u16 sel;
	} __packed far;
	extern char far_32[];
	u32 v = 0;

	/* into 32-bit code and back, with an exit on the other side */
	far.offset = (u32)(u64)far_32;
	far.sel = SEL_KCS32;
	__asm__ volatile("xor %%esi, %%esi\n"
			 "ljmp *%1\n"
			 ".code32\n"
			 "far_32: mov $0x77, %%esi\n"
			 "xor %%eax, %%eax; cpuid\n"
			 "ljmpl $0x08, $far_back\n"
			 ".code64\n"
			 "far_back: mov %%esi, %0\n"
			 : "=r"(v) : "m"(far) : "rax", "rbx", "rcx", "rdx", "rsi", "memory");
	expect_eq(v, 0x77, "value set by 32-bit code");
}

static __user_data struct {
	u32 offset;
	u16 sel;
} __packed last_bytes;

/* Jumps to 32-bit code whose only instruction ends with the last byte of 4 GiB. */
static __user_text void user_last_bytes(unsigned long arg)
{
	__asm__ volatile("ljmp *%0" : : "m"(last_bytes), "a"(arg), "c"(0xd0000000)
			 : "rbx", "rdx", "memory");
}

/* EIP goes on at 0, whoever executes the instruction. */
static void last_instruction(void)
{
	static u8 last[4096] __aligned(4096), first[4096] __aligned(4096);
	static const struct {
		const char *name;
		u8 insn[3];
		u8 length;
		u32 eax, becomes;
	} insns[] = {
		{ "MOV", { 0x89, 0xc1 }, 2, 5, 5 },
		{ "CPUID", { 0x0f, 0xa2 }, 2, 0x40000000, 0x40000005 },
		{ "VMCALL", { 0x0f, 0x01, 0xc1 }, 3, 5, -XEN_EPERM },
		{ "a read of a hole", { 0x8b, 0x01 }, 2, 5, 0xffffffff },
	};
	static const u8 leave[] = { 0xcd, 0x81 };	/* USER_RETURN() */
	u64 flags = PTE_P | PTE_W | PTE_U | PTE_A | PTE_D;
	u64 old_last = *pt_entry(0xfffff000, 1), old_first = *pt_entry(0, 1);
	u64 old_hole = *pt_entry(0xd0000000, 1);
	struct fault f;
	unsigned int i;

	page_set(0xfffff000, (u64)last | flags);
	page_set(0, (u64)first | flags);
	page_set(0xd0000000, 0xd0000000 | flags);
	memcpy(first, leave, sizeof(leave));
	for (i = 0; i < ARRAY_SIZE(insns); i++) {
		memcpy(last + sizeof(last) - insns[i].length, insns[i].insn, insns[i].length);
		last_bytes.offset = -(u32)insns[i].length;
		last_bytes.sel = SEL_UCS32 | 3;
		expect_eq((u32)user_call(user_last_bytes, insns[i].eax, &f), insns[i].becomes,
			  "EAX after %s", insns[i].name);
		expect_no_trap(f, "%s", insns[i].name);
	}
	page_set(0xfffff000, old_last);
	page_set(0, old_first);
	page_set(0xd0000000, old_hole);
}

TEST_CASES = {
	{ "SYSCALL and SYSRET", syscall },
	{ "SYSENTER and SYSEXIT", sysenter },
	{ "segment bases", bases },
	{ "compatibility mode and back", far_jumps },
	{ "the last instruction of 4 GiB", last_instruction },
	TEST_CASES_END
};

#else
#error "for 64-bit code"
#endif
