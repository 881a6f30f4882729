// SPDX-License-Identifier: GPL-2.0-only
/*
 * Preloaded into Bochs 3 when it emulates several processors.
 *
 * It keeps where an instruction began beside RIP, and a VM exit goes back to that place.
 * After an exception has been delivered the two are made equal again by the loop for one
 * processor, not by the one for several: an exit before the handler's first instruction is
 * complete then saves the RIP of the instruction that faulted, with everything else as the
 * handler has it. Exceptions and exits leave instructions by longjmp(): here both are made
 * equal on the way.
 *
 * Where the two are in a processor is read from the loop that does it.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOOP_BYTES	512
#define MOST_OFFSET	0x400

static char ***processors;		/* bx_cpu_array: pointers to the processors */
static unsigned char *nr_processors;
static void *environment;		/* where they jump to */
static uint32_t at_rip, at_start;
static void (*jump)(void *env, int value);

/* Does an instruction move RAX from (0x8b) or to (0x89) a field of a structure? */
static int moves(const unsigned char *code, unsigned char opcode, int *base, uint32_t *offset)
{
	if (code[0] != 0x48 || code[1] != opcode || (code[2] & 0xf8) != 0x80 || code[2] == 0x84)
		return 0;
	*base = code[2] & 7;
	memcpy(offset, code + 3, sizeof(*offset));
	return *offset < MOST_OFFSET;
}

/* The first field of the loop's that is copied to another one. */
static int find_fields(const unsigned char *loop)
{
	uint32_t from = 0, to;
	int base = -1, other, i;

	for (i = 0; i < LOOP_BYTES; i++) {
		if (moves(loop + i, 0x8b, &other, &to)) {
			base = other;
			from = to;
		} else if (moves(loop + i, 0x89, &other, &to) && other == base && to != from) {
			at_rip = from;
			at_start = to;
			return 1;
		}
	}
	return 0;
}

static __attribute__((constructor)) void find(void)
{
	const unsigned char *loop = dlsym(RTLD_DEFAULT, "_ZN8BX_CPU_C8cpu_loopEv");

	/* Not for the programs that it starts: it copies disks by one. */
	unsetenv("LD_PRELOAD");
	processors = dlsym(RTLD_DEFAULT, "bx_cpu_array");
	nr_processors = dlsym(RTLD_DEFAULT, "bx_cpu_count");
	environment = dlsym(RTLD_DEFAULT, "_ZN8BX_CPU_C11jmp_buf_envE");
	jump = dlsym(RTLD_NEXT, "__longjmp_chk");
	if (loop && processors && nr_processors && environment && jump && find_fields(loop))
		return;
	fputs("several.so: this is no emulator that it knows\n", stderr);
	_Exit(1);
}

_Noreturn void __longjmp_chk(void *env, int value);

_Noreturn void __longjmp_chk(void *env, int value)
{
	int i;

	/* Those that are not at it are between two instructions: equal in any case. */
	for (i = 0; env == environment && i < *nr_processors; i++) {
		char *processor = (*processors)[i];

		memcpy(processor + at_start, processor + at_rip, sizeof(uint64_t));
	}
	jump(env, value);
	__builtin_unreachable();
}
