/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef XLCTL_HOSTCPU_H
#define XLCTL_HOSTCPU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* IA32_FEATURE_CONTROL */
#define HOSTCPU_FC_LOCKED	(1ULL << 0)
#define HOSTCPU_FC_VMX		(1ULL << 2)	/* VMXON outside SMX */

/**
 * struct hostcpu - what can be learnt about the CPUs without the module
 * @vendor: CPUID vendor, such as "GenuineIntel"; empty if unknown
 * @model: name of the model; empty if unknown
 * @nr_cpus: CPUs that /proc/cpuinfo lists
 * @kernel_vmx: the kernel shows the vmx flag, on one CPU at least
 * @without_vmx: CPUs on which it does not, as a list such as "1, 3"; empty if none
 * @kernel_hypervisor: the kernel shows the hypervisor flag
 * @has_cpuid: @cpuid_vmx and @hypervisor come from CPUID itself
 * @cpuid_vmx: CPUID says VMX, whatever the firmware or the kernel did to it
 * @hypervisor: signature of the hypervisor below this kernel; empty if none
 * @features: XLHV_FEAT_* that are known to be there
 * @known: XLHV_FEAT_* of which it is known whether they are there
 * @differ: CPUs show different VMX features
 * @has_feature_control: @feature_control could be read
 * @feature_control: IA32_FEATURE_CONTROL of the first CPU
 * @locked_off: CPUs on which it locks VT-x off, as far as it could be read
 */
struct hostcpu {
	char vendor[16];
	char model[80];
	unsigned int nr_cpus;
	bool kernel_vmx;
	char without_vmx[64];
	bool kernel_hypervisor;
	bool has_cpuid;
	bool cpuid_vmx;
	char hypervisor[13];
	uint64_t features;
	uint64_t known;
	bool differ;
	bool has_feature_control;
	uint64_t feature_control;
	char locked_off[64];
};

/**
 * hostcpu_is_locked_off - whether IA32_FEATURE_CONTROL keeps VMXON from working
 * @feature_control: its value
 */
static inline bool hostcpu_is_locked_off(uint64_t feature_control)
{
	return (feature_control & (HOSTCPU_FC_LOCKED | HOSTCPU_FC_VMX)) == HOSTCPU_FC_LOCKED;
}

/**
 * hostcpu_list - add the number of a CPU to a list for people
 * @list: "1, 3"; what does not fit becomes "..."
 * @size: its room
 * @cpu: the number
 */
void hostcpu_list(char *list, size_t size, unsigned int cpu);

/**
 * hostcpu_read - look at the CPUs
 * @cpu: the result
 *
 * Reads /proc/cpuinfo and, where they can be opened, the MSRs; executes CPUID
 * only if sysfs_is_here().
 *
 * Returns 0, or -errno if /proc/cpuinfo cannot be read.
 */
int hostcpu_read(struct hostcpu *cpu);

/**
 * hostcpu_caps - the CPUID words that Xen and xl call hw_caps
 * @caps: leaf 1 EDX and ECX, 0x80000001 EDX and ECX, 0xd.1 EAX, 7 EBX and ECX,
 *	0x80000007 EDX, of the CPU this runs on
 */
void hostcpu_caps(uint32_t caps[8]);

/**
 * hostcpu_decode_features - features that a set of capability MSRs offers
 * @msr: indexed by XLHV_CAP_*
 *
 * Returns XLHV_FEAT_*.
 */
uint64_t hostcpu_decode_features(const uint64_t *msr);

#endif /* XLCTL_HOSTCPU_H */
