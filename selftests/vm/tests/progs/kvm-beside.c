// SPDX-License-Identifier: GPL-2.0-only
/*
 * A virtual machine of KVM beside ours. Its one CPU, in 64-bit mode, computes in a loop over nearly
 * all registers and a word of memory, with a SYSCALL in each round, comes out after each batch, and
 * the same is computed here: whatever somebody else on the CPU spoils shows as a difference. KVM
 * leaves what SYSCALL needs in the CPU while other threads of the kernel run.
 *
 *	create			make a machine and a vCPU, run one batch; prints the name of the
 *				error where it failed, or 0
 *	count CPU BATCHES	run so many batches on a CPU; 0 batches: until SIGTERM, with
 *				"running" on a line after the first
 *	beside CPU ROUNDS	meanwhile, enter the self-check's guest so many times on that CPU,
 *				in calls of a few rounds
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "xt.h"

#define MEMORY		0x10000UL
#define CODE		0x1000UL
#define WORD		0x2000UL
#define TABLES		0x4000UL	/* PML4, PDPT, PD: the first 2 MiB as they are */
#define LOOPS		1500U

#define MSR_EFER	0xc0000080
#define MSR_STAR	0xc0000081
#define MSR_LSTAR	0xc0000082
#define MSR_FMASK	0xc0000084
#define EFER_64		0xd01		/* SCE, LME, LMA, NXE */
#define FLAGS_ZF	0x40
/* What the handler finds: CF as it was, ZF cleared by FMASK. Linux masks both. */
#define FLAGS_FOUND	2U
#define CS		8U

struct machine {
	int kvm;
	int vm;
	int vcpu;
	struct kvm_run *run;
	unsigned char *memory;
	const char *failed;	/* the step that failed, errno says why */
	unsigned int cpu;
	unsigned long batches;
	unsigned long limit;	/* of batches, 0 for none */
	volatile sig_atomic_t stop;
};

/* What the guest computes: EAX, EBX, EDX, ESI, EDI, EBP, R8D, a word of memory, XMM0. */
struct state {
	uint32_t a, b, d, si, di, bp, r8, word, xmm;
};

extern const char guest_start[], guest_syscall[], guest_end[];

/* The handler stays in ring 0: SYSCALL itself is what is looked at. */
__asm__(".pushsection .rodata\n"
	".globl guest_start, guest_syscall, guest_end\n"
	"guest_start:\n"
	"	mov	$1500, %r9d\n"
	"1:	imul	$0x01000193, %eax, %eax\n"
	"	xor	%r9d, %eax\n"
	"	rol	$5, %ebx\n"
	"	add	%eax, %ebx\n"
	"	xor	%ebx, %edx\n"
	"	lea	1(%rsi, %rdx, 4), %esi\n"
	"	xor	%esi, %edi\n"
	"	add	%edi, 0x2000\n"
	"	add	0x2000, %ebp\n"
	"	movd	%ebp, %xmm1\n"
	"	paddd	%xmm1, %xmm0\n"
	"	xor	%ecx, %ecx\n"
	"	stc\n"
	"	syscall\n"
	"	dec	%r9d\n"
	"	jnz	1b\n"
	"	out	%al, $0x10\n"
	"	jmp	guest_start\n"
	"guest_syscall:\n"
	"	setc	%r10b\n"
	"	setz	%r11b\n"
	"	movzbl	%r10b, %r10d\n"
	"	movzbl	%r11b, %r11d\n"
	"	lea	(%r11, %r10, 2), %r10d\n"
	"	imul	$33, %r8d, %r8d\n"
	"	add	%r10d, %r8d\n"
	"	mov	%cs, %r10d\n"
	"	add	%r10d, %r8d\n"
	"	jmp	*%rcx\n"
	"guest_end:\n"
	".popsection\n");

static void compute(struct state *s)
{
	for (uint32_t c = LOOPS; c; c--) {
		s->a = s->a * 0x01000193u ^ c;
		s->b = (s->b << 5 | s->b >> 27) + s->a;
		s->d ^= s->b;
		s->si += s->d * 4 + 1;
		s->di ^= s->si;
		s->word += s->di;
		s->bp += s->word;
		s->xmm += s->bp;
		s->r8 = s->r8 * 33 + FLAGS_FOUND + CS;
	}
}

static bool step(struct machine *m, const char *what, int result)
{
	if (result >= 0)
		return true;
	m->failed = what;
	return false;
}

/* 64-bit mode with SSE and SYSCALL on. */
static bool set_registers(struct machine *m)
{
	struct {
		struct kvm_msrs head;
		struct kvm_msr_entry entry[3];
	} msrs = {
		.head.nmsrs = 3,
		.entry = {
			{ .index = MSR_STAR, .data = (uint64_t)CS << 32 },
			{ .index = MSR_LSTAR, .data = CODE + (guest_syscall - guest_start) },
			{ .index = MSR_FMASK, .data = FLAGS_ZF },
		},
	};
	struct kvm_sregs sregs;
	struct kvm_regs regs = { .rip = CODE, .rflags = 2 };
	uint64_t *table = (uint64_t *)(m->memory + TABLES);

	table[0] = (TABLES + 0x1000) | 3;
	table[512] = (TABLES + 0x2000) | 3;
	table[1024] = 0x83;
	if (!step(m, "KVM_GET_SREGS", ioctl(m->vcpu, KVM_GET_SREGS, &sregs)))
		return false;
	sregs.cr0 = 0x80000033;
	sregs.cr3 = TABLES;
	sregs.cr4 |= 1 << 9 | 1 << 5;
	sregs.efer = EFER_64;
	sregs.cs.base = 0;
	sregs.cs.limit = ~0U;
	sregs.cs.g = 1;
	sregs.cs.l = 1;
	sregs.cs.db = 0;
	sregs.cs.type = 11;
	sregs.cs.selector = CS;
	sregs.ds = sregs.cs;
	sregs.ds.l = 0;
	sregs.ds.db = 1;
	sregs.ds.type = 3;
	sregs.ds.selector = CS + 8;
	sregs.es = sregs.ds;
	sregs.ss = sregs.ds;
	return step(m, "KVM_SET_SREGS", ioctl(m->vcpu, KVM_SET_SREGS, &sregs)) &&
	       step(m, "KVM_SET_MSRS",
		    ioctl(m->vcpu, KVM_SET_MSRS, &msrs) == 3 ? 0 : (errno = EINVAL, -1)) &&
	       step(m, "KVM_SET_REGS", ioctl(m->vcpu, KVM_SET_REGS, &regs));
}

/* KVM hides long mode until it is told what the CPU is to have. */
static bool set_cpuid(struct machine *m)
{
	struct {
		struct kvm_cpuid2 head;
		struct kvm_cpuid_entry2 entry[128];
	} cpuid = { .head.nent = 128 };

	return step(m, "KVM_GET_SUPPORTED_CPUID",
		    ioctl(m->kvm, KVM_GET_SUPPORTED_CPUID, &cpuid)) &&
	       step(m, "KVM_SET_CPUID2", ioctl(m->vcpu, KVM_SET_CPUID2, &cpuid));
}

static bool create(struct machine *m)
{
	struct kvm_userspace_memory_region region = { .memory_size = MEMORY };
	int size;

	m->kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (!step(m, "open /dev/kvm", m->kvm))
		return false;
	m->vm = ioctl(m->kvm, KVM_CREATE_VM, 0UL);
	if (!step(m, "KVM_CREATE_VM", m->vm))
		return false;
	m->memory = mmap(NULL, MEMORY, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (!step(m, "mmap", m->memory == MAP_FAILED ? -1 : 0))
		return false;
	memcpy(m->memory + CODE, guest_start, guest_end - guest_start);
	region.userspace_addr = (uintptr_t)m->memory;
	if (!step(m, "KVM_SET_USER_MEMORY_REGION",
		  ioctl(m->vm, KVM_SET_USER_MEMORY_REGION, &region)))
		return false;
	m->vcpu = ioctl(m->vm, KVM_CREATE_VCPU, 0UL);
	if (!step(m, "KVM_CREATE_VCPU", m->vcpu))
		return false;
	size = ioctl(m->kvm, KVM_GET_VCPU_MMAP_SIZE, 0UL);
	if (!step(m, "KVM_GET_VCPU_MMAP_SIZE", size))
		return false;
	m->run = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, m->vcpu, 0);
	return step(m, "mmap of the vCPU", m->run == MAP_FAILED ? -1 : 0) && set_cpuid(m) &&
	       set_registers(m);
}

static void show(unsigned long batch, const char *what, const struct state *s)
{
	fprintf(stderr, "batch %lu: %s eax %#x ebx %#x edx %#x esi %#x edi %#x ebp %#x", batch,
		what, s->a, s->b, s->d, s->si, s->di, s->bp);
	fprintf(stderr, " r8d %#x word %#x xmm0 %#x\n", s->r8, s->word, s->xmm);
}

static bool same(const struct machine *m, const struct state *s)
{
	struct kvm_regs r;
	struct kvm_fpu fpu;
	uint32_t word, xmm;
	struct state got;

	if (ioctl(m->vcpu, KVM_GET_REGS, &r) || ioctl(m->vcpu, KVM_GET_FPU, &fpu))
		xt_die("KVM gives no registers: %s", xt_errno_name(errno));
	memcpy(&word, m->memory + WORD, sizeof(word));
	memcpy(&xmm, fpu.xmm[0], sizeof(xmm));
	if (r.rax == s->a && r.rbx == s->b && r.r9 == 0 && r.rdx == s->d && r.rsi == s->si &&
	    r.rdi == s->di && r.rbp == s->bp && r.r8 == s->r8 && word == s->word && xmm == s->xmm)
		return true;
	got = (struct state){ r.rax, r.rbx, r.rdx, r.rsi, r.rdi, r.rbp, r.r8, word, xmm };
	show(m->batches, "got", &got);
	show(m->batches, "expected", s);
	fprintf(stderr, "r9 %#llx, rip %#llx\n", r.r9, r.rip);
	return false;
}

static void pin(unsigned int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		xt_die("cannot run on CPU %u: %s", cpu, xt_errno_name(errno));
}

static bool run(struct machine *m)
{
	struct state s = {};

	while (!m->stop && (!m->limit || m->batches < m->limit)) {
		if (ioctl(m->vcpu, KVM_RUN, 0UL)) {
			if (errno == EINTR)
				continue;
			return step(m, "KVM_RUN", -1);
		}
		if (m->run->exit_reason != KVM_EXIT_IO) {
			fprintf(stderr, "batch %lu: exit reason %u of KVM (%#llx)\n", m->batches,
				m->run->exit_reason,
				(unsigned long long)m->run->hw.hardware_exit_reason);
			m->failed = "KVM_RUN";
			errno = EPROTO;
			return false;
		}
		compute(&s);
		if (!same(m, &s)) {
			m->failed = "registers";
			errno = EBADMSG;
			return false;
		}
		if (!m->batches && !m->limit) {
			printf("running\n");
			fflush(stdout);
		}
		__atomic_fetch_add(&m->batches, 1, __ATOMIC_RELAXED);
	}
	return true;
}

static struct machine machine;

static void on_term(int signal)
{
	(void)signal;
	machine.stop = 1;
}

static void *run_thread(void *data)
{
	struct machine *m = data;

	pin(m->cpu);
	return run(m) ? m : NULL;
}

static int beside(struct machine *m, unsigned long rounds)
{
	unsigned long done = 0, before, turns = 0, calls = 0;
	int fd = xt_open();
	pthread_t thread;
	void *ended;
	bool good;

	/* Its own batches are without limit: they end when we have had our rounds. */
	if (pthread_create(&thread, NULL, run_thread, m))
		xt_die("no thread");
	for (unsigned int n = 1; done < rounds && !m->failed; n = n % 40 + 3) {
		struct xlhv_selfcheck check = { .cpu = m->cpu, .rounds = n };

		before = __atomic_load_n(&m->batches, __ATOMIC_RELAXED);
		if (ioctl(fd, XLHV_SELFCHECK, &check))
			xt_die("XLHV_SELFCHECK: %s", xt_errno_name(errno));
		if (check.result != XLHV_CHECK_PASSED) {
			fprintf(stderr, "self-check on CPU %u: result %u, exit %#x, error %u\n",
				m->cpu, check.result, check.exit_reason, check.instruction_error);
			return 1;
		}
		done += n;
		calls++;
		turns += __atomic_load_n(&m->batches, __ATOMIC_RELAXED) != before;
		/* Let the other have the CPU, too: on one CPU only the pauses are his. */
		usleep(1000);
	}
	m->stop = 1;
	pthread_join(thread, &ended);
	good = ended && m->batches >= calls / 4;
	printf("%lu rounds in %lu calls, %lu batches of KVM's guest (%lu calls saw it run)\n",
	       done, calls, m->batches, turns);
	return !good;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	int status = 0;

	if (!strcmp(what, "create") && argc == 2) {
		machine.limit = 1;
		if (!create(&machine) || !run(&machine))
			printf("%s: %s\n", machine.failed, xt_errno_name(errno));
		else
			printf("0\n");
		return !!machine.failed;
	}
	if (argc != 4 || (strcmp(what, "count") && strcmp(what, "beside")))
		xt_die("usage: create | count CPU BATCHES | beside CPU ROUNDS");

	machine.cpu = xt_number(argv[2], "CPU", CPU_SETSIZE - 1);
	signal(SIGTERM, on_term);
	if (create(&machine)) {
		if (!strcmp(what, "beside")) {
			status = beside(&machine, xt_number(argv[3], "rounds", ~0U));
		} else {
			machine.limit = xt_number(argv[3], "number", ~0U);
			pin(machine.cpu);
			run(&machine);
			printf("%lu batches\n", machine.batches);
		}
	}
	if (machine.failed) {
		fprintf(stderr, "%s: %s\n", machine.failed, xt_errno_name(errno));
		return 1;
	}
	return status;
}
