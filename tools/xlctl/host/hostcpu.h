/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef XLCTL_HOSTCPU_H
#define XLCTL_HOSTCPU_H

#include <stdbool.h>
#include <stdint.h>

/* IA32_FEATURE_CONTROL */
#define HOSTCPU_FC_LOCKED	(1ULL << 0)
#define HOSTCPU_FC_VMX		(1ULL << 2)	/* VMXON outside SMX */

/**
 * struct hostcpu - what can be learnt about the CPUs without the module
 * @vendor: CPUID vendor, such as "GenuineIntel"; empty if unknown
 * @model: name of the model; empty if unknown
 * @nr_cpus: CPUs that /proc/cpuinfo lists
 * @kernel_vmx: the kernel shows the vmx flag
 * @kernel_hypervisor: the kernel shows the hypervisor flag
 * @has_cpuid: @cpuid_vmx and @hypervisor come from CPUID itself
 * @cpuid_vmx: CPUID says VMX, whatever the firmware or the kernel did to it
 * @hypervisor: signature of the hypervisor below this kernel; empty if none
 * @features: XLHV_FEAT_* that are known to be there
 * @known: XLHV_FEAT_* of which it is known whether they are there
 * @differ: CPUs show different VMX features
 * @has_feature_control: @feature_control could be read
 * @feature_control: IA32_FEATURE_CONTROL of the first CPU
 */
struct hostcpu {
	char vendor[16];
	char model[80];
	unsigned int nr_cpus;
	bool kernel_vmx;
	bool kernel_hypervisor;
	bool has_cpuid;
	bool cpuid_vmx;
	char hypervisor[13];
	uint64_t features;
	uint64_t known;
	bool differ;
	bool has_feature_control;
	uint64_t feature_control;
};

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
