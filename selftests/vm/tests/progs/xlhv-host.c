// SPDX-License-Identifier: GPL-2.0-only
/*
 * A process that shares a CPU with a guest: what a VM exit spoils, and what a guest has of its own
 * in the CPU, is the process's again whenever it runs. It sleeps between two looks, so that the
 * thread of a vCPU has the CPU, with this process's address space kept for when it comes back.
 *
 *	xlhv-host CPU ROUNDS
 *
 * Looked at: its local descriptor table, TSC_AUX (by RDTSCP), a breakpoint of the CPU's. Prints
 * KTAP.
 */
#include <asm/ldt.h>
#include <errno.h>
#include <linux/hw_breakpoint.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "xt.h"

#define LDT_SELECTOR	7	/* entry 0, ring 3 */
#define VALUE		0x1d71d700U

static sigjmp_buf fault;

static void on_fault(int signal)
{
	siglongjmp(fault, signal);
}

static void make_ldt(uint32_t *word)
{
	struct user_desc desc = {
		.base_addr = (uintptr_t)word,
		.limit = 0xfff,
		.seg_32bit = 1,
	};

	if (syscall(SYS_modify_ldt, 1, &desc, sizeof(desc)))
		xt_die("modify_ldt: %s", xt_errno_name(errno));
}

/* Loads a selector of the table and reads through it; GS is the program's own to use. */
static uint32_t read_by_ldt(void)
{
	uint32_t value;

	__asm__ volatile("mov %1, %%gs; mov %%gs:0, %0; mov %2, %%gs"
			 : "=&r"(value) : "r"(LDT_SELECTOR), "r"(0) : "memory");
	return value;
}

static uint32_t tsc_aux(void)
{
	uint32_t a, d, c;

	__asm__ volatile("rdtscp" : "=a"(a), "=d"(d), "=c"(c));
	return c & 0xfff;
}

/* A breakpoint on writes to a word, whoever runs on the CPU. */
static int breakpoint(const void *at, unsigned int cpu)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_BREAKPOINT,
		.size = sizeof(attr),
		.bp_type = HW_BREAKPOINT_W,
		.bp_addr = (uintptr_t)at,
		.bp_len = HW_BREAKPOINT_LEN_4,
		.exclude_kernel = 1,
		.exclude_hv = 1,
	};
	int fd = syscall(SYS_perf_event_open, &attr, -1, cpu, -1, 0);

	if (fd < 0)
		xt_die("perf_event_open: %s", xt_errno_name(errno));
	return fd;
}

int main(int argc, char **argv)
{
	/* Static: a fault comes back by siglongjmp(). */
	static unsigned long rounds, done, wrong_aux;
	static volatile uint32_t watched;
	static unsigned int cpu;
	uint64_t met = 0;
	uint32_t *word;
	cpu_set_t set;
	int fd, caught;

	if (argc != 3)
		xt_die("usage: xlhv-host CPU ROUNDS");
	cpu = xt_number(argv[1], "CPU", CPU_SETSIZE - 1);
	rounds = xt_number(argv[2], "rounds", ~0U);
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		xt_die("cannot run on CPU %u: %s", cpu, xt_errno_name(errno));
	/* A base has 32 bits. */
	word = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	if (word == MAP_FAILED)
		xt_die("mmap: %s", xt_errno_name(errno));
	*word = VALUE;
	make_ldt(word);
	signal(SIGSEGV, on_fault);
	signal(SIGBUS, on_fault);

	done = 0;
	caught = sigsetjmp(fault, 1);
	while (!caught && done < rounds && read_by_ldt() == VALUE) {
		usleep(1000);
		wrong_aux += tsc_aux() != cpu;
		done++;
	}
	xt_result(done == rounds, "a local descriptor table is there in %lu rounds", rounds);
	if (done != rounds)
		xt_note("round %lu, signal %d", done, caught);
	xt_result(!wrong_aux, "and RDTSCP tells the CPU");

	fd = breakpoint((const void *)&watched, cpu);
	for (done = 0; done < rounds; done++) {
		usleep(1000);
		watched = done;
	}
	if (read(fd, &met, sizeof(met)) != sizeof(met))
		xt_die("read: %s", xt_errno_name(errno));
	xt_result(met == rounds, "each write to a word with a breakpoint is seen");
	if (met != rounds)
		xt_note("%llu of %lu", (unsigned long long)met, rounds);
	return xt_done();
}
