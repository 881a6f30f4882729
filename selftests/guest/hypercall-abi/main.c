// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claim: a hypercall by VMCALL or through the hypercall page takes its number
 * and arguments from the ABI's registers, gives back one register and leaves
 * every other as it was; numbers nobody implements are -ENOSYS, callers outside
 * ring 0 are -EPERM, bad pointers -EFAULT.
 *
 * Why: guests compile these facts into every call.
 */
#include "guest.h"

#include <xen/memory.h>
#include <xen/sched.h>
#include <xen/vcpu.h>
#include <xen/version.h>
#include <xen/event_channel.h>

static void unknown_numbers(void)
{
	/* PV-only, removed or never assigned */
	static const u8 none[] = {
		0, 1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 14, 16, 19, 22, 23, 25, 28, 30, 31, 37, 38,
		43, 44, 45, 46, 47, 48, 49, 50, 55, 56, 57, 60, 63, 64, 127, 128, 255,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(none); i++)
		expect_rc(hypercall5(none[i], 0, 0, 0, 0, 0), -XEN_ENOSYS, "hypercall %u", none[i]);
	expect_rc(hypercall5(0x7fffffff, 0, 0, 0, 0, 0), -XEN_ENOSYS, "hypercall 0x7fffffff");
	expect_rc(hypercall5(0xffffffff, 0, 0, 0, 0, 0), -XEN_ENOSYS, "hypercall 0xffffffff");
#ifdef __x86_64__
	expect_rc(hypercall5(0x100000000UL + __HYPERVISOR_xen_version, 0, 0, 0, 0, 0), -XEN_ENOSYS,
		  "number with a bit above 32");
	expect_rc(hypercall5(~0UL, 0, 0, 0, 0, 0), -XEN_ENOSYS, "hypercall -1");
#endif
}

static void unknown_subops(void)
{
	static const u8 with_subops[] = {
		__HYPERVISOR_memory_op, __HYPERVISOR_xen_version, __HYPERVISOR_sched_op,
		__HYPERVISOR_event_channel_op, __HYPERVISOR_hvm_op,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(with_subops); i++)
		expect_rc(hypercall5(with_subops[i], 63, 0, 0, 0, 0), -XEN_ENOSYS,
			  "hypercall %u, sub-op 63", with_subops[i]);
	expect_rc(vcpu_op(63, 0, NULL), -XEN_ENOSYS, "vcpu_op 63");
}

/* Calls of the control domain: closed to everyone else, each with its own word for it. */
static void privileged(void)
{
	struct {
		u32 cmd, interface_version;
		u8 rest[248];
	} op;
	long rc;

	memset(&op, 0, sizeof(op));
	op.cmd = 1;
	op.interface_version = 0xfff;
	expect_rc(hypercall1(__HYPERVISOR_sysctl, &op), -XEN_EACCES, "sysctl of a wrong version");
	rc = hypercall1(__HYPERVISOR_domctl, &op);
	expect(rc == -XEN_EACCES || rc == -XEN_EPERM || rc == -XEN_ESRCH,
	       "domctl of a wrong version gives %ld", rc);
	op.interface_version = 0x15;
	expect_rc(hypercall1(__HYPERVISOR_sysctl, &op), -XEN_EPERM, "sysctl");
	rc = hypercall1(__HYPERVISOR_platform_op, &op);
	expect(rc < 0, "platform_op gives %ld", rc);
	rc = hypercall5(__HYPERVISOR_dm_op, 0, 0, 0, 0, 0);
	expect(rc < 0, "dm_op gives %ld", rc);
	rc = hypercall5(33, 24, 0, 0, 0, 0);
	expect(rc < 0, "physdev_op gives %ld", rc);
}

#ifdef __x86_64__
static void registers(void)
{
	static struct { u64 ax, bx, cx, dx, si, di, bp, r8, r9, r10, r11, r12, r13, r14, r15,
		       fl; } out;

	/* XENVER_version, with a value of its own in every other register and CF set */
	__asm__ volatile("push %%rbp; push %%rbx\n"
		"mov $17, %%eax\n mov $0xbbbb, %%rbx\n mov $0xcccc, %%rcx\n mov $0xdddd, %%rdx\n"
		"mov $0, %%esi\n mov $0, %%edi\n mov $0x5bb5, %%rbp\n mov $0x8888, %%r8\n"
		"mov $0x9999, %%r9\n mov $0x1010, %%r10\n mov $0x1111, %%r11\n"
		"mov $0x1212, %%r12\n mov $0x1313, %%r13\n mov $0x1414, %%r14\n mov $0x1515, %%r15\n"
		"stc\n vmcall\n"
		"mov %%rax, (out_regs)\n mov %%rbx, (out_regs+8)\n mov %%rcx, (out_regs+16)\n"
		"mov %%rdx, (out_regs+24)\n mov %%rsi, (out_regs+32)\n mov %%rdi, (out_regs+40)\n"
		"mov %%rbp, (out_regs+48)\n mov %%r8, (out_regs+56)\n mov %%r9, (out_regs+64)\n"
		"mov %%r10, (out_regs+72)\n mov %%r11, (out_regs+80)\n mov %%r12, (out_regs+88)\n"
		"mov %%r13, (out_regs+96)\n mov %%r14, (out_regs+104)\n mov %%r15, (out_regs+112)\n"
		"pushfq\n pop %%rax\n mov %%rax, (out_regs+120)\n"
		"pop %%rbx; pop %%rbp\n"
		".pushsection .bss\n .balign 8\n out_regs: .skip 128\n .popsection\n"
		: : : "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13",
		      "r14", "r15", "memory", "cc");
	__asm__ volatile("lea out_regs, %%rsi; mov $128, %%ecx; rep movsb" : : "D"(&out)
			 : "rsi", "rcx", "memory");
	expect_eq(out.ax >> 16, 4, "version in RAX");
	expect_eq(out.bx, 0xbbbb, "RBX");
	expect_eq(out.cx, 0xcccc, "RCX");
	expect_eq(out.dx, 0xdddd, "RDX");
	expect_eq(out.si, 0, "RSI");
	expect_eq(out.di, 0, "RDI");
	expect_eq(out.bp, 0x5bb5, "RBP");
	expect_eq(out.r8, 0x8888, "R8");
	expect_eq(out.r9, 0x9999, "R9");
	expect_eq(out.r10, 0x1010, "R10");
	expect_eq(out.r11, 0x1111, "R11");
	expect_eq(out.r12, 0x1212, "R12");
	expect_eq(out.r13, 0x1313, "R13");
	expect_eq(out.r14, 0x1414, "R14");
	expect_eq(out.r15, 0x1515, "R15");
	expect_eq(out.fl & FL_CF, FL_CF, "carry flag");
}
#else
static void registers(void)
{
	static struct { u32 ax, bx, cx, dx, si, di, bp, fl; } out;

	__asm__ volatile("pushl %%ebp; pushl %%ebx\n"
		"movl $17, %%eax; movl $0, %%ebx; movl $0, %%ecx; movl $0xdddd, %%edx\n"
		"movl $0x51, %%esi; movl $0xd1, %%edi; movl $0x5bb5, %%ebp; stc; vmcall\n"
		"movl %%eax, out_regs; movl %%ebx, out_regs+4; movl %%ecx, out_regs+8\n"
		"movl %%edx, out_regs+12; movl %%esi, out_regs+16; movl %%edi, out_regs+20\n"
		"movl %%ebp, out_regs+24; pushfl; popl out_regs+28\n"
		"popl %%ebx; popl %%ebp\n"
		".pushsection .bss; .balign 8; out_regs: .skip 32; .popsection\n"
		: : : "eax", "ecx", "edx", "esi", "edi", "memory", "cc");
	__asm__ volatile("movl $out_regs, %%esi; movl $32, %%ecx; rep movsb" : : "D"(&out)
			 : "esi", "ecx", "memory");
	expect_eq(out.ax >> 16, 4, "version in EAX");
	expect_eq(out.bx, 0, "EBX");
	expect_eq(out.cx, 0, "ECX");
	expect_eq(out.dx, 0xdddd, "EDX");
	expect_eq(out.si, 0x51, "ESI");
	expect_eq(out.di, 0xd1, "EDI");
	expect_eq(out.bp, 0x5bb5, "EBP");
	expect_eq(out.fl & FL_CF, FL_CF, "carry flag");
}
#endif

static __user_text void user_vmcall(unsigned long nr)
{
	unsigned long rc = nr;

	__asm__ volatile("vmcall" : "+a"(rc) : : "memory");
	USER_RETURN(rc);
}

static void ring3(void)
{
	struct fault f;

	expect_rc((long)user_call(user_vmcall, __HYPERVISOR_xen_version, &f), -XEN_EPERM,
		  "xen_version from ring 3");
	expect_no_trap(f, "VMCALL in ring 3");
	expect_rc((long)user_call(user_vmcall, 0xffff, &f), -XEN_EPERM,
		  "an unknown number from ring 3");
}

static u8 page[PAGE_SIZE] __aligned(PAGE_SIZE);

static long page_call(unsigned int nr, unsigned long a, unsigned long b)
{
	long rc;

#ifdef __x86_64__
	__asm__ volatile("call *%3" : "=a"(rc), "+D"(a), "+S"(b) : "r"(page + 32 * nr) : "memory");
#else
	__asm__ volatile("call *%3" : "=a"(rc), "+b"(a), "+c"(b) : "r"(page + 32 * nr) : "memory");
#endif
	return rc;
}

static void hypercall_page(void)
{
	char extra[16], direct[16];
	unsigned int i;

	memset(page, 0xc3, sizeof(page));
	expect_no_trap(probe_wrmsr(xen.hypercall_msr, (unsigned long)page), "write of the MSR");
	for (i = 0; i < 128; i++) {
		const u8 *s = page + 32 * i;
		u32 nr;

		if (i == 23) {	/* iret: not for these guests */
			expect(s[0] == 0x0f && s[1] == 0x0b, "stub 23 begins %02x %02x", s[0],
			       s[1]);
			continue;
		}
		memcpy(&nr, s + 1, 4);
		if (!expect(s[0] == 0xb8 && nr == i, "stub %u does not load its number", i) ||
		    !expect(s[5] == 0x0f && s[6] == 0x01 && s[7] == 0xc1 && s[8] == 0xc3,
			    "stub %u is not VMCALL, RET", i))
			break;
	}
	expect_rc(page_call(__HYPERVISOR_xen_version, XENVER_version, 0), xen.version,
		  "version through the page");
	expect_rc(page_call(__HYPERVISOR_xen_version, XENVER_extraversion, (unsigned long)extra), 0,
		  "extraversion through the page");
	expect_rc(xen_version_op(XENVER_extraversion, direct), 0, "extraversion by VMCALL");
	expect(!memcmp(extra, direct, sizeof(extra)), "the two differ");
	expect_rc(page_call(11, 0, 0), -XEN_ENOSYS, "stub 11");
	/* the page is the guest's: it may be put elsewhere, and the old one stays as it is */
	expect_no_trap(probe_wrmsr(xen.hypercall_msr, (unsigned long)page), "second write");
}

static void bad_pointers(void)
{
#if HAVE_PAGING
	unsigned long va = VA_TEST + 0x3000000;
#ifdef __x86_64__
	unsigned long bad[] = { va, 0x0000800000000000, 0xffffffffffffffff, 0xfffffffffffff000 };
#else
	unsigned long bad[] = { va, 0xfffffffe };
#endif
	unsigned int i;

	page_set(va, 0);
#ifndef __x86_64__
	page_set(0xfffff000, 0);
#endif
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		void *p = (void *)bad[i];

		expect_rc(xen_version_op(XENVER_extraversion, p), -XEN_EFAULT, "extraversion to %p",
			  p);
		expect_rc(xen_version_op(XENVER_get_features, p), -XEN_EFAULT, "get_features at %p",
			  p);
		expect_rc(memory_op(XENMEM_add_to_physmap, p), -XEN_EFAULT, "add_to_physmap at %p",
			  p);
		expect_rc(sched_op(SCHEDOP_shutdown, p), -XEN_EFAULT, "shutdown at %p", p);
		expect_rc(sched_op(SCHEDOP_poll, p), -XEN_EFAULT, "poll at %p", p);
		expect_rc(evtchn_op(EVTCHNOP_bind_ipi, p), -XEN_EFAULT, "bind_ipi at %p", p);
		expect_rc(evtchn_op(EVTCHNOP_send, p), -XEN_EFAULT, "send at %p", p);
		expect_rc(hvm_op(1, p), -XEN_EFAULT, "get_param at %p", p);
		expect_rc(vcpu_op(VCPUOP_set_singleshot_timer, 0, p), -XEN_EFAULT,
			  "set_singleshot_timer at %p", p);
		expect_rc(vcpu_op(VCPUOP_get_runstate_info, 0, p), -XEN_EFAULT,
			  "get_runstate_info to %p", p);
		expect_rc(grant_op(6, p, 1), -XEN_EFAULT, "query_size at %p", p);
	}
#else
	test_skip("every address is good without paging");
#endif
}

static void interrupts_open(void)
{
	long rc;

	sti();
	rc = xen_version_op(XENVER_version, NULL);
	cli();
	expect_rc(rc, xen.version, "version with interrupts open");
}

void test_setup(void)
{
	if (!xen.present)
		test_skip_all("no Xen here");
}

TEST_CASES = {
	{ "unknown numbers", unknown_numbers },
	{ "unknown sub-operations", unknown_subops },
	{ "privileged calls", privileged },
	{ "registers", registers },
	{ "ring 3", ring3 },
	{ "hypercall page", hypercall_page },
	{ "bad pointers", bad_pointers },
	{ "with interrupts open", interrupts_open },
	TEST_CASES_END
};
