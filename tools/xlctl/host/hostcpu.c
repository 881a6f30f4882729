// SPDX-License-Identifier: GPL-2.0-only
/*
 * The CPUs of a host, seen from user space: /proc/cpuinfo says what the kernel
 * lets be used, CPUID what the silicon (or the hypervisor below) has, and the
 * MSRs, where root may read them, why the two differ.
 */
#include <cpuid.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <xlhv.h>

#include "common/msg.h"
#include "common/sysfs.h"
#include "host/hostcpu.h"
#include "host/vmxtext.h"

/* A machine with long lines in /proc/cpuinfo has flags of some 2 KiB. */
#define LINE_BYTES	16384

#define MSR_FEATURE_CONTROL	0x3a
#define MSR_VMX_BASIC		0x480
#define MSR_VMX_PINBASED	0x481
#define MSR_VMX_PROCBASED	0x482
#define MSR_VMX_PROCBASED2	0x48b
#define MSR_VMX_EPT_VPID	0x48c
#define MSR_VMX_TRUE_PINBASED	0x48d
#define MSR_VMX_TRUE_PROCBASED	0x48e

#define BASIC_TRUE_MSRS		(1ULL << 55)
#define PIN_PREEMPTION_TIMER	(1ULL << 6)
#define PIN_POSTED_INTERRUPTS	(1ULL << 7)
#define PROC_TPR_SHADOW		(1ULL << 21)
#define PROC_MSR_BITMAP		(1ULL << 28)
#define PROC_SECONDARY		(1ULL << 31)

static bool has_word(const char *line, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = line; (at = strstr(at, word)); at += length)
		if ((at == line || at[-1] == ' ') && (!at[length] || at[length] == ' '))
			return true;
	return false;
}

static uint64_t decode_flags(const char *line, uint64_t *known)
{
	uint64_t features = 0;

	*known = 0;
	for (const struct vmxtext_feature *f = vmxtext_features; f->name; f++) {
		if (!f->flag)
			continue;
		*known |= f->bit;
		if (has_word(line, f->flag))
			features |= f->bit;
	}
	return features;
}

/* The value behind "key : value", NULL if the line is about something else. */
static char *value_of(char *line, const char *key)
{
	size_t length = strlen(key);

	if (strncmp(line, key, length))
		return NULL;
	line += length;
	line += strspn(line, " \t");
	if (*line++ != ':')
		return NULL;
	return line + strspn(line, " ");
}

static void read_vmx_flags(struct hostcpu *cpu, const char *flags)
{
	uint64_t known, features = decode_flags(flags, &known);

	if (cpu->known && features != cpu->features)
		cpu->differ = true;
	cpu->features = cpu->known ? cpu->features & features : features;
	cpu->known = known;
}

void hostcpu_list(char *list, size_t size, unsigned int cpu)
{
	size_t used = strlen(list);
	char word[16];

	if (used && !strcmp(list + used - 1, "."))
		return;
	snprintf(word, sizeof(word), "%s%u", used ? ", " : "", cpu);
	/* Room is left for the end of a list that is too long. */
	snprintf(list + used, size - used, "%s",
		 used + strlen(word) + strlen(", ...") < size ? word : ", ...");
}

static bool read_msr(int fd, uint32_t msr, uint64_t *value)
{
	return pread(fd, value, sizeof(*value), msr) == sizeof(*value);
}

/* The firmware sets this MSR on each CPU, and may have forgotten one. */
static void read_lock(struct hostcpu *cpu, unsigned int number)
{
	char *path = sysfs_path("/dev/cpu/%u/msr", number);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	uint64_t value;

	free(path);
	if (fd < 0)
		return;
	if (read_msr(fd, MSR_FEATURE_CONTROL, &value) && hostcpu_is_locked_off(value))
		hostcpu_list(cpu->locked_off, sizeof(cpu->locked_off), number);
	close(fd);
}

/* @number: the CPU that the lines are about. */
static void read_cpuinfo_line(struct hostcpu *cpu, unsigned int *number, char *line)
{
	const char *vendor = value_of(line, "vendor_id");
	const char *model = value_of(line, "model name");
	const char *flags = value_of(line, "flags");
	const char *vmx_flags = value_of(line, "vmx flags");

	const char *processor = value_of(line, "processor");

	if (processor) {
		*number = (unsigned int)strtoul(processor, NULL, 10);
		cpu->nr_cpus++;
		read_lock(cpu, *number);
	}
	if (vendor)
		snprintf(cpu->vendor, sizeof(cpu->vendor), "%s", vendor);
	if (model)
		snprintf(cpu->model, sizeof(cpu->model), "%s", model);
	if (flags) {
		if (has_word(flags, "vmx"))
			cpu->kernel_vmx = true;
		else
			hostcpu_list(cpu->without_vmx, sizeof(cpu->without_vmx), *number);
		cpu->kernel_hypervisor = has_word(flags, "hypervisor");
	}
	if (vmx_flags)
		read_vmx_flags(cpu, vmx_flags);
}

static int read_cpuinfo(struct hostcpu *cpu)
{
	FILE *stream = sysfs_open("/proc/cpuinfo");
	unsigned int number = 0;
	char *line;

	if (!stream)
		return -errno;
	line = malloc(LINE_BYTES);
	if (!line)
		msg_out_of_memory();
	while (fgets(line, LINE_BYTES, stream)) {
		line[strcspn(line, "\n")] = '\0';
		read_cpuinfo_line(cpu, &number, line);
	}
	free(line);
	fclose(stream);
	return cpu->nr_cpus ? 0 : -ENODATA;
}

static void read_cpuid(struct hostcpu *cpu)
{
	unsigned int eax, ebx, ecx, edx;

	if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx))
		return;
	cpu->has_cpuid = true;
	cpu->cpuid_vmx = ecx >> 5 & 1;
	if (!(ecx >> 31 & 1))
		return;
	/* Not part of the basic range, so __get_cpuid() would refuse it. */
	__cpuid(0x40000000, eax, ebx, ecx, edx);
	memcpy(cpu->hypervisor, &ebx, 4);
	memcpy(cpu->hypervisor + 4, &ecx, 4);
	memcpy(cpu->hypervisor + 8, &edx, 4);
	cpu->hypervisor[12] = '\0';
	if (!*cpu->hypervisor)
		memcpy(cpu->hypervisor, "unnamed", sizeof("unnamed"));
}

/* Fills what hostcpu_decode_features() looks at. */
static bool read_caps(int fd, uint64_t *caps)
{
	bool true_msrs;

	memset(caps, 0, XLHV_NR_CAPS * sizeof(*caps));
	if (!read_msr(fd, MSR_VMX_BASIC, &caps[XLHV_CAP_BASIC]))
		return false;
	true_msrs = caps[XLHV_CAP_BASIC] & BASIC_TRUE_MSRS;
	if (!read_msr(fd, true_msrs ? MSR_VMX_TRUE_PINBASED : MSR_VMX_PINBASED,
		      &caps[XLHV_CAP_PINBASED]) ||
	    !read_msr(fd, true_msrs ? MSR_VMX_TRUE_PROCBASED : MSR_VMX_PROCBASED,
		      &caps[XLHV_CAP_PROCBASED]))
		return false;
	if (!(caps[XLHV_CAP_PROCBASED] >> 32 & PROC_SECONDARY))
		return true;
	/* The second may be missing although the first is there. */
	if (!read_msr(fd, MSR_VMX_PROCBASED2, &caps[XLHV_CAP_PROCBASED2]))
		return false;
	if (!read_msr(fd, MSR_VMX_EPT_VPID, &caps[XLHV_CAP_EPT_VPID]))
		caps[XLHV_CAP_EPT_VPID] = 0;
	return true;
}

static void read_msrs(struct hostcpu *cpu)
{
	char *path = sysfs_path("/dev/cpu/0/msr");
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	uint64_t caps[XLHV_NR_CAPS];

	free(path);
	if (fd < 0)
		return;
	cpu->has_feature_control = read_msr(fd, MSR_FEATURE_CONTROL, &cpu->feature_control);
	/*
	 * A file of another host is indexed by byte, so that neighbouring
	 * registers overlap: only the lone one makes sense there.
	 */
	if (cpu->cpuid_vmx && sysfs_is_here() && read_caps(fd, caps)) {
		uint64_t features = hostcpu_decode_features(caps);

		cpu->features = (cpu->features & cpu->known) | (features & ~cpu->known);
		cpu->known = ~0ULL;
	}
	close(fd);
}

uint64_t hostcpu_decode_features(const uint64_t *msr)
{
	static const struct {
		uint64_t bit;
		unsigned int control;
	} secondary[] = {
		{ XLHV_FEAT_EPT, 1 },
		{ XLHV_FEAT_RDTSCP, 3 },
		{ XLHV_FEAT_X2APIC_VIRT, 4 },
		{ XLHV_FEAT_VPID, 5 },
		{ XLHV_FEAT_UNRESTRICTED_GUEST, 7 },
		{ XLHV_FEAT_APIC_REGISTER_VIRT, 8 },
		{ XLHV_FEAT_VIRT_INTR_DELIVERY, 9 },
		{ XLHV_FEAT_PAUSE_LOOP, 10 },
		{ XLHV_FEAT_INVPCID, 12 },
		{ XLHV_FEAT_VMFUNC, 13 },
		{ XLHV_FEAT_PML, 17 },
		{ XLHV_FEAT_XSAVES, 20 },
		{ XLHV_FEAT_TSC_SCALING, 25 },
	}, ept[] = {
		{ XLHV_FEAT_EPT_EXEC_ONLY, 0 },
		{ XLHV_FEAT_EPT_2M, 16 },
		{ XLHV_FEAT_EPT_1G, 17 },
		{ XLHV_FEAT_EPT_AD, 21 },
	};
	/* The high half of a control's MSR tells which bits may be 1. */
	uint64_t pin = msr[XLHV_CAP_PINBASED] >> 32;
	uint64_t proc = msr[XLHV_CAP_PROCBASED] >> 32;
	uint64_t proc2 = msr[XLHV_CAP_PROCBASED2] >> 32;
	uint64_t features = 0;

	if (pin & PIN_PREEMPTION_TIMER)
		features |= XLHV_FEAT_PREEMPTION_TIMER;
	if (pin & PIN_POSTED_INTERRUPTS)
		features |= XLHV_FEAT_POSTED_INTERRUPTS;
	if (proc & PROC_TPR_SHADOW)
		features |= XLHV_FEAT_TPR_SHADOW;
	if (proc & PROC_MSR_BITMAP)
		features |= XLHV_FEAT_MSR_BITMAP;
	for (size_t i = 0; i < sizeof(secondary) / sizeof(secondary[0]); i++)
		if (proc2 >> secondary[i].control & 1)
			features |= secondary[i].bit;
	if (features & XLHV_FEAT_EPT)
		for (size_t i = 0; i < sizeof(ept) / sizeof(ept[0]); i++)
			if (msr[XLHV_CAP_EPT_VPID] >> ept[i].control & 1)
				features |= ept[i].bit;
	return features;
}

int hostcpu_read(struct hostcpu *cpu)
{
	int error;

	memset(cpu, 0, sizeof(*cpu));
	error = read_cpuinfo(cpu);
	if (sysfs_is_here())
		read_cpuid(cpu);
	else
		cpu->cpuid_vmx = cpu->kernel_vmx;
	read_msrs(cpu);
	return error;
}

void hostcpu_caps(uint32_t caps[8])
{
	unsigned int a, b, c, d;

	memset(caps, 0, 8 * sizeof(*caps));
	if (__get_cpuid(1, &a, &b, &c, &d)) {
		caps[0] = d;
		caps[1] = c;
	}
	if (__get_cpuid(0x80000001, &a, &b, &c, &d)) {
		caps[2] = d;
		caps[3] = c;
	}
	if (__get_cpuid_count(0xd, 1, &a, &b, &c, &d))
		caps[4] = a;
	if (__get_cpuid_count(7, 0, &a, &b, &c, &d)) {
		caps[5] = b;
		caps[6] = c;
	}
	if (__get_cpuid(0x80000007, &a, &b, &c, &d))
		caps[7] = d;
}
