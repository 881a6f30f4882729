// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls that nobody should make: what /dev/xlhv answers to wrong numbers, sizes, fields, pointers
 * and users, and that it neither writes nor holds anything then. Prints KTAP. Root, no hold by
 * anybody else.
 */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "xt.h"

#define PAGE		4096UL
#define ROUNDS_MAX	100000U
#define EVERY_SIZE	600U	/* sizes to try one by one: more than any structure's */
#define IOC_SIZE_END	(1U << _IOC_SIZEBITS)

/*
 * What of a structure is an input field that may have another value than 0: everything from
 * first_fixed on has to be zero.
 */
static const struct call {
	const char *name;
	unsigned int cmd;
	size_t first_fixed;
} calls[] = {
	{ "XLHV_VERSION", XLHV_VERSION, sizeof(struct xlhv_version) },
	{ "XLHV_INFO", XLHV_INFO, 0 },
	{ "XLHV_CPU_INFO", XLHV_CPU_INFO, offsetof(struct xlhv_cpu_info, state) },
	{ "XLHV_SELFCHECK", XLHV_SELFCHECK, offsetof(struct xlhv_selfcheck, result) },
	{ "XLHV_VMX_HOLD", XLHV_VMX_HOLD, offsetof(struct xlhv_vmx_hold, provider) },
};

#define NR_CALLS	(sizeof(calls) / sizeof(calls[0]))

/* What is there besides: domains, logs and counters have tests of their own. */
static const unsigned int others[] = {
	XLHV_DOM_CREATE, XLHV_DOM_OPEN, XLHV_DOM_LIST, XLHV_STAT_NAMES, XLHV_LOG_READ,
	XLHV_LAST_ERROR,
};

#define NR_OTHERS	(sizeof(others) / sizeof(others[0]))

static unsigned char *arena;	/* two pages, the second unmapped by whoever needs that */
static int fd;

/* Returns 0 or an error number. */
static int call(unsigned long cmd, void *arg)
{
	return xt_call(fd, cmd, arg);
}

static bool known(unsigned int cmd)
{
	for (size_t i = 0; i < NR_CALLS; i++)
		if (calls[i].cmd == cmd)
			return true;
	for (size_t i = 0; i < NR_OTHERS; i++)
		if (others[i] == cmd)
			return true;
	return false;
}

static unsigned int holders(void)
{
	struct xlhv_info info;

	xt_info(fd, &info);
	return info.holders;
}

/* No number but these is one, whatever its direction and size. */
static void unknown_numbers(void)
{
	static const unsigned int sizes[] = {
		0, 1, 4, 8, 24, 56, 72, 128, 288, 512, 513, 4096, 8192, IOC_SIZE_END - 1
	};
	unsigned char *buffer = calloc(1, IOC_SIZE_END);
	unsigned int bad = 0, tried = 0;

	if (!buffer)
		xt_die("no memory");
	memset(buffer, 0xa5, IOC_SIZE_END);
	for (unsigned int nr = 0; nr < 256; nr++) {
		bool every = nr < NR_CALLS + 1;
		unsigned int n = every ? EVERY_SIZE : sizeof(sizes) / sizeof(sizes[0]);

		for (unsigned int i = 0; i < n * 4; i++) {
			unsigned int size = every ? i / 4 : sizes[i / 4];
			unsigned int cmd = _IOC(i % 4, XLHV_IOC_MAGIC, nr, size);
			int err;

			if (known(cmd))
				continue;
			tried++;
			err = call(cmd, buffer);
			if (err != ENOTTY && bad++ < 5)
				xt_note("number %#x, direction %u, size %u: %s", nr, i % 4, size,
					xt_errno_name(err));
		}
	}
	xt_result(!bad, "unknown numbers, directions and sizes get ENOTTY (%u tried)", tried);
	bad = 0;
	for (unsigned int i = 0; i < IOC_SIZE_END; i++)
		bad += buffer[i] != 0xa5;
	xt_result(!bad, "nothing is written for them");
	free(buffer);
}

static void other_magics(void)
{
	unsigned int bad = 0;

	for (unsigned int magic = 0; magic < 256; magic++) {
		for (size_t i = 0; i < NR_CALLS; i++) {
			unsigned int cmd = calls[i].cmd;
			int err;

			if (magic == XLHV_IOC_MAGIC)
				continue;
			memset(arena, 0, PAGE);
			err = call(_IOC(_IOC_DIR(cmd), magic, _IOC_NR(cmd), _IOC_SIZE(cmd)), arena);
			if (err != ENOTTY && bad++ < 5)
				xt_note("magic %#x, %s: %s", magic, calls[i].name,
					xt_errno_name(err));
		}
	}
	xt_result(!bad, "the numbers of other magics get ENOTTY");
}

/* Every single bit that has to be zero is looked at. */
static void fixed_fields(void)
{
	for (size_t i = 0; i < NR_CALLS; i++) {
		unsigned int size = _IOC_SIZE(calls[i].cmd);
		unsigned int bad = 0, changed = 0;

		if (calls[i].first_fixed >= size)
			continue;
		for (unsigned int bit = calls[i].first_fixed * 8; bit < size * 8; bit++) {
			int err;

			memset(arena, 0, PAGE);
			arena[bit / 8] = 1 << bit % 8;
			err = call(calls[i].cmd, arena);
			if (err != EINVAL && bad++ < 5)
				xt_note("bit %u of byte %u: %s", bit % 8, bit / 8,
					xt_errno_name(err));
			arena[bit / 8] ^= 1 << bit % 8;
			for (unsigned int byte = 0; byte < size; byte++)
				changed += arena[byte];
		}
		xt_result(!bad, "%s: each bit that must be zero gets EINVAL", calls[i].name);
		xt_result(!changed, "%s: nothing is written then", calls[i].name);
	}
	xt_result(!holders(), "and nothing is held");
}

static void input_fields(void)
{
	static const unsigned int odd[] = { 2, 3, 0x100, 0x10000, 0x80000000U, ~0U };
	static const unsigned int no_cpu[] = { 8192, 0x10000, 0x7fffffff, 0x80000000U, ~0U };
	unsigned int bad = 0, cpus = sysconf(_SC_NPROCESSORS_CONF);
	struct xlhv_cpu_info cpu;
	struct xlhv_selfcheck check;
	struct xlhv_vmx_hold hold;

	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		memset(&hold, 0, sizeof(hold));
		hold.hold = odd[i];
		bad += call(XLHV_VMX_HOLD, &hold) != EINVAL;
	}
	xt_result(!bad, "XLHV_VMX_HOLD: hold is 0 or 1");

	bad = 0;
	for (size_t i = 0; i < sizeof(no_cpu) / sizeof(no_cpu[0]); i++) {
		memset(&cpu, 0, sizeof(cpu));
		cpu.cpu = no_cpu[i];
		bad += call(XLHV_CPU_INFO, &cpu) != ENXIO;
		memset(&check, 0, sizeof(check));
		check.cpu = no_cpu[i];
		bad += call(XLHV_SELFCHECK, &check) || check.result != XLHV_CHECK_OFFLINE;
	}
	xt_result(!bad, "CPUs that cannot be: ENXIO, and offline for the self-check");

	memset(&check, 0, sizeof(check));
	check.rounds = ROUNDS_MAX + 1;
	bad = call(XLHV_SELFCHECK, &check) != EINVAL;
	check.rounds = ~0U;
	bad += call(XLHV_SELFCHECK, &check) != EINVAL;
	xt_result(!bad, "XLHV_SELFCHECK: more than %u rounds get EINVAL", ROUNDS_MAX);

	bad = 0;
	for (unsigned int n = 0; n < cpus; n++) {
		memset(&check, 0, sizeof(check));
		check.cpu = n;
		bad += call(XLHV_SELFCHECK, &check) || check.result != XLHV_CHECK_PASSED ||
		       check.rounds != 1 || !check.ticks || check.instruction_error ||
		       check.exit_reason != 18 /* VMCALL */;
		for (size_t i = 0; i < sizeof(check.reserved) / sizeof(check.reserved[0]); i++)
			bad += !!check.reserved[i];
	}
	xt_result(!bad, "XLHV_SELFCHECK: good fields pass, 0 rounds are one");
	xt_result(!holders(), "and nothing is held");
}

static void version(void)
{
	struct xlhv_version v;
	unsigned int bad = 0;

	memset(&v, 0xff, sizeof(v));
	bad += call(XLHV_VERSION, &v);
	for (size_t i = 0; i < sizeof(v.reserved) / sizeof(v.reserved[0]); i++)
		bad += !!v.reserved[i];
	xt_result(!bad && v.abi_major == XLHV_ABI_MAJOR && v.abi_minor == XLHV_ABI_MINOR,
		  "XLHV_VERSION: the ABI of the header we were built with");
	xt_result(memchr(v.release, 0, sizeof(v.release)) && v.release[0] &&
		  memchr(v.kernel, 0, sizeof(v.kernel)) && v.kernel[0],
		  "XLHV_VERSION: its strings are strings");
}

/* A structure that ends, or starts, where nothing is mapped. */
static void bad_pointers(void)
{
	/* Unmapped, not canonical, the kernel's, the end of the address space. */
	static const unsigned long nowhere[] = {
		0, 1, PAGE - 1, 0x7fffffffe000UL, 0x800000000000UL, 0xdeadbeefdeadbeefUL,
		0xffff888000000000UL, 0xffffffff81000000UL, ~0UL - 7, ~0UL
	};

	for (size_t i = 0; i < NR_CALLS; i++) {
		unsigned int size = _IOC_SIZE(calls[i].cmd), bad = 0;
		int err;

		for (size_t n = 0; n < sizeof(nowhere) / sizeof(nowhere[0]); n++) {
			err = call(calls[i].cmd, (void *)nowhere[n]);
			if (err != EFAULT && bad++ < 5)
				xt_note("pointer %#lx: %s", nowhere[n], xt_errno_name(err));
		}
		for (unsigned int part = 1; part < size; part++) {
			memset(arena, 0, PAGE);
			err = call(calls[i].cmd, arena + PAGE - part);
			if (err != EFAULT && bad++ < 5)
				xt_note("all but %u bytes unmapped: %s", part, xt_errno_name(err));
		}
		memset(arena, 0, PAGE);
		/* There is no hold to drop: an answer, after the memory was found good. */
		err = call(calls[i].cmd, arena + PAGE - size);
		if (err != (calls[i].cmd == XLHV_VMX_HOLD ? ENOENT : 0) && bad++ < 5)
			xt_note("at the very end of the page: %s", xt_errno_name(err));
		xt_result(!bad, "%s: memory that is not there gets EFAULT", calls[i].name);
	}
	xt_result(!holders(), "and nothing is held");

	for (size_t i = 0; i < NR_CALLS; i++) {
		unsigned int bad;

		memset(arena, 0, PAGE);
		if (calls[i].cmd == XLHV_VMX_HOLD)
			arena[0] = 1;
		if (mprotect(arena, PAGE, PROT_READ))
			xt_die("mprotect: %s", xt_errno_name(errno));
		bad = call(calls[i].cmd, arena) != EFAULT;
		if (mprotect(arena, PAGE, PROT_READ | PROT_WRITE))
			xt_die("mprotect: %s", xt_errno_name(errno));
		xt_result(!bad, "%s: read-only memory gets EFAULT", calls[i].name);
	}
	xt_result(!holders(), "a hold that could not be reported is none");
}

static void holds(void)
{
	struct xlhv_vmx_hold hold = { .hold = 1 };
	unsigned int bad;
	int other, status;
	pid_t child;

	xt_result(!call(XLHV_VMX_HOLD, &hold) && hold.provider != XLHV_PROVIDER_NONE &&
		  hold.hold == 1,
		  "XLHV_VMX_HOLD: a hold names its provider");
	memset(&hold, 0, sizeof(hold));
	hold.hold = 1;
	xt_result(call(XLHV_VMX_HOLD, &hold) == EALREADY && holders() == 1,
		  "XLHV_VMX_HOLD: one descriptor, one hold");

	other = fd;
	fd = xt_open();
	memset(&hold, 0, sizeof(hold));
	bad = call(XLHV_VMX_HOLD, &hold) != ENOENT || holders() != 1;
	xt_result(!bad, "XLHV_VMX_HOLD: another descriptor cannot drop it");
	hold.hold = 1;
	bad = call(XLHV_VMX_HOLD, &hold) || holders() != 2;
	close(fd);
	fd = other;
	xt_result(!bad && holders() == 1, "XLHV_VMX_HOLD: two hold it twice, closing one drops one");

	memset(&hold, 0, sizeof(hold));
	bad = call(XLHV_VMX_HOLD, &hold) || hold.provider || holders();
	bad += call(XLHV_VMX_HOLD, &hold) != ENOENT;
	xt_result(!bad, "XLHV_VMX_HOLD: a hold is dropped once");

	/* The descriptor of a child is the same open file. */
	hold.hold = 1;
	bad = !!call(XLHV_VMX_HOLD, &hold);
	child = fork();
	if (child < 0)
		xt_die("fork: %s", xt_errno_name(errno));
	if (!child)
		_exit(holders() != 1);
	bad += waitpid(child, &status, 0) != child || status || holders() != 1;
	memset(&hold, 0, sizeof(hold));
	bad += !!call(XLHV_VMX_HOLD, &hold);
	xt_result(!bad, "XLHV_VMX_HOLD: the end of a child with a copy of the descriptor drops nothing");
}

static void other_operations(void)
{
	char byte = 0;
	void *p;

	xt_result(read(fd, &byte, 1) < 0 && errno == EINVAL, "read gets EINVAL");
	xt_result(write(fd, &byte, 1) < 0 && errno == EINVAL, "write gets EINVAL");
	xt_result(lseek(fd, 0, SEEK_SET) < 0 && errno == ESPIPE, "lseek gets ESPIPE");
	p = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
	xt_result(p == MAP_FAILED && errno == ENODEV, "mmap gets ENODEV");
}

static void unprivileged(void)
{
	int status;
	pid_t child = fork();

	if (child < 0)
		xt_die("fork: %s", xt_errno_name(errno));
	if (!child) {
		if (setgid(12345) || setuid(12345))
			_exit(3);
		if (open(XLHV_DEVICE, O_RDWR) >= 0)
			_exit(1);
		if (errno != EACCES)
			_exit(2);
		if (open(XLHV_DEVICE, O_RDONLY) >= 0)
			_exit(1);
		_exit(errno == EACCES ? 0 : 2);
	}
	if (waitpid(child, &status, 0) != child)
		xt_die("wait: %s", xt_errno_name(errno));
	xt_result(!status, "another user than root gets EACCES (%d)", WEXITSTATUS(status));
}

int main(void)
{
	fd = xt_open();
	arena = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (arena == MAP_FAILED || munmap(arena + PAGE, PAGE))
		xt_die("mmap: %s", xt_errno_name(errno));
	if (holders())
		xt_die("somebody holds VMX already");

	version();
	unknown_numbers();
	other_magics();
	fixed_fields();
	input_fields();
	bad_pointers();
	holds();
	other_operations();
	unprivileged();
	return xt_done();
}
