// SPDX-License-Identifier: GPL-2.0-only
/*
 * A 32-bit caller of /dev/xlhv: the structures are the same, so everything works as for a 64-bit
 * one. Prints KTAP. Built for i386 without any library: none may be installed.
 */
#include <linux/errno.h>
#include <linux/fcntl.h>

#include <xlhv.h>

#define SYS_exit	1
#define SYS_write	4
#define SYS_open	5
#define SYS_close	6
#define SYS_ioctl	54

static unsigned int results, failures;
static int fd;

static int system_call(int nr, unsigned long a, unsigned long b, unsigned long c)
{
	int result;

	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "a"(nr), "b"(a), "c"(b), "d"(c)
			 : "memory");
	return result;
}

static void print(const char *text)
{
	unsigned int n = 0;

	while (text[n])
		n++;
	system_call(SYS_write, 1, (unsigned long)text, n);
}

static void print_number(unsigned int n)
{
	char text[12];
	char *p = text + sizeof(text);

	*--p = 0;
	do {
		*--p = '0' + n % 10;
		n /= 10;
	} while (n);
	print(p);
}

static void result(int passed, const char *name)
{
	print(passed ? "ok " : "not ok ");
	print_number(++results);
	print(" - ");
	print(name);
	print("\n");
	failures += !passed;
}

static void fill(void *to, unsigned char byte, unsigned int size)
{
	volatile unsigned char *p = to;

	while (size--)
		*p++ = byte;
}

static int call(unsigned long cmd, void *arg)
{
	return system_call(SYS_ioctl, fd, cmd, (unsigned long)arg);
}

/* Entered with whatever alignment the kernel's stack has: nothing here minds. */
__attribute__((noreturn, used, force_align_arg_pointer))
void _start(void)
{
	struct xlhv_version version;
	struct xlhv_info info;
	struct xlhv_cpu_info cpu;
	struct xlhv_selfcheck check;
	struct xlhv_vmx_hold hold;
	unsigned int nr, bad = 0;

	print("KTAP version 1\n1..9\n");
	fd = system_call(SYS_open, (unsigned long)XLHV_DEVICE, O_RDWR, 0);
	result(fd >= 0, "the device can be opened");

	fill(&version, 0xff, sizeof(version));
	result(!call(XLHV_VERSION, &version) && version.abi_major == XLHV_ABI_MAJOR &&
	       version.reserved[2] == 0, "XLHV_VERSION");

	fill(&info, 0, sizeof(info));
	result(!call(XLHV_INFO, &info) && info.nr_cpus_online && info.features & XLHV_FEAT_EPT &&
	       info.cap_msr[XLHV_CAP_BASIC] && info.ctl[4], "XLHV_INFO");
	fill(&info, 0, sizeof(info));
	info.reserved[6] = 1;
	result(call(XLHV_INFO, &info) == -EINVAL, "XLHV_INFO with a reserved field set");

	fill(&cpu, 0, sizeof(cpu));
	result(!call(XLHV_CPU_INFO, &cpu) && cpu.state & XLHV_CPU_ONLINE && cpu.feature_control,
	       "XLHV_CPU_INFO");

	fill(&check, 0, sizeof(check));
	check.rounds = 3;
	result(!call(XLHV_SELFCHECK, &check) && check.result == XLHV_CHECK_PASSED && check.ticks,
	       "XLHV_SELFCHECK");

	fill(&hold, 0, sizeof(hold));
	hold.hold = 1;
	result(!call(XLHV_VMX_HOLD, &hold) && hold.provider &&
	       call(XLHV_VMX_HOLD, &hold) == -EINVAL,
	       "XLHV_VMX_HOLD");
	fill(&hold, 0, sizeof(hold));
	result(!call(XLHV_VMX_HOLD, &hold) && !hold.provider, "XLHV_VMX_HOLD drops it");

	for (nr = 5; nr < 256; nr++)
		bad += call(_IOC(_IOC_READ | _IOC_WRITE, XLHV_IOC_MAGIC, nr, 24), &hold) != -ENOTTY;
	result(!bad, "unknown numbers get ENOTTY");

	system_call(SYS_close, fd, 0, 0);
	for (;;)
		system_call(SYS_exit, failures ? 1 : 0, 0, 0);
}
