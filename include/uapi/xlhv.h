/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * The ioctl ABI of /dev/xlhv.
 *
 * Every structure has the same layout for 32- and 64-bit callers.  Fields
 * named reserved, and bits of a flags word that have no name here, must be
 * zero on the way in (-EINVAL otherwise) and are zero on the way out, so that
 * they can be given a meaning later.  An ioctl number that this version does
 * not know returns -ENOTTY.  Sizes and offsets are asserted when the module is
 * built (kmod/abi.c).
 */
#ifndef _UAPI_XLHV_H
#define _UAPI_XLHV_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define XLHV_DEVICE		"/dev/xlhv"

/* Raised when a caller built against an older header could misread an answer. */
#define XLHV_ABI_MAJOR		1
/* Raised when something is added that older callers may ignore. */
#define XLHV_ABI_MINOR		0

#define XLHV_IOC_MAGIC		0xBD

/**
 * struct xlhv_version - what the loaded module speaks
 * @abi_major: XLHV_ABI_MAJOR of the module; a tool refuses a different one
 * @abi_minor: XLHV_ABI_MINOR of the module
 * @reserved: zero
 * @release: version of the module, NUL-terminated
 * @kernel: release of the kernel it was built for, NUL-terminated
 */
struct xlhv_version {
	__u32 abi_major;
	__u32 abi_minor;
	__u64 reserved[3];
	char release[32];
	char kernel[64];
};

/* struct xlhv_info.provider: through whom VMX root operation is had */
#define XLHV_PROVIDER_NONE	0	/* not chosen: VMX is not held */
#define XLHV_PROVIDER_SELF	1	/* VMXON by this module */
#define XLHV_PROVIDER_KVM	2	/* through an idle virtual machine of kvm_intel */

/* struct xlhv_info.policy: module parameter vmx= */
#define XLHV_POLICY_AUTO	0
#define XLHV_POLICY_SELF	1
#define XLHV_POLICY_KVM		2

/* struct xlhv_info.features: what the CPUs have and the module would use */
#define XLHV_FEAT_EPT			(1ULL << 0)
#define XLHV_FEAT_UNRESTRICTED_GUEST	(1ULL << 1)
#define XLHV_FEAT_VPID			(1ULL << 2)
#define XLHV_FEAT_EPT_2M		(1ULL << 3)
#define XLHV_FEAT_EPT_1G		(1ULL << 4)
#define XLHV_FEAT_EPT_AD		(1ULL << 5)
#define XLHV_FEAT_EPT_EXEC_ONLY		(1ULL << 6)
#define XLHV_FEAT_APIC_REGISTER_VIRT	(1ULL << 7)
#define XLHV_FEAT_VIRT_INTR_DELIVERY	(1ULL << 8)
#define XLHV_FEAT_POSTED_INTERRUPTS	(1ULL << 9)
#define XLHV_FEAT_PREEMPTION_TIMER	(1ULL << 10)
#define XLHV_FEAT_PML			(1ULL << 11)
#define XLHV_FEAT_TSC_SCALING		(1ULL << 12)
#define XLHV_FEAT_XSAVES		(1ULL << 13)
#define XLHV_FEAT_INVPCID		(1ULL << 14)
#define XLHV_FEAT_RDTSCP		(1ULL << 15)
#define XLHV_FEAT_TPR_SHADOW		(1ULL << 16)
#define XLHV_FEAT_X2APIC_VIRT		(1ULL << 17)
#define XLHV_FEAT_PAUSE_LOOP		(1ULL << 18)
#define XLHV_FEAT_VMFUNC		(1ULL << 19)
#define XLHV_FEAT_MSR_BITMAP		(1ULL << 20)

/* Indices into struct xlhv_info.cap_msr: the VMX capability MSRs as read */
#define XLHV_CAP_BASIC			0	/* IA32_VMX_BASIC */
#define XLHV_CAP_PINBASED		1	/* the TRUE MSR where there is one */
#define XLHV_CAP_PROCBASED		2	/* the TRUE MSR where there is one */
#define XLHV_CAP_PROCBASED2		3	/* 0 where there is none */
#define XLHV_CAP_EXIT			4	/* the TRUE MSR where there is one */
#define XLHV_CAP_ENTRY			5	/* the TRUE MSR where there is one */
#define XLHV_CAP_MISC			6
#define XLHV_CAP_CR0_FIXED0		7
#define XLHV_CAP_CR0_FIXED1		8
#define XLHV_CAP_CR4_FIXED0		9
#define XLHV_CAP_CR4_FIXED1		10
#define XLHV_CAP_EPT_VPID		11
#define XLHV_CAP_VMFUNC			12
#define XLHV_CAP_PROCBASED3		13
#define XLHV_CAP_EXIT2			14
#define XLHV_CAP_FEATURE_CONTROL	15	/* IA32_FEATURE_CONTROL */
#define XLHV_NR_CAPS			16

/**
 * struct xlhv_info - what the host offers and who holds VT-x
 * @flags: in: zero; out: zero
 * @policy: XLHV_POLICY_*
 * @provider: XLHV_PROVIDER_* at this moment
 * @holders: number of holds on VMX root operation (domains, test holds)
 * @nr_cpus_online: CPUs online
 * @nr_cpus_root: CPUs on which VMX root operation is on for us
 * @nr_domains: domains that exist
 * @max_domains: most domains that can exist at once
 * @max_vcpus: most virtual CPUs of one domain
 * @maxphyaddr: physical-address width of the CPUs, bits
 * @tsc_khz: frequency of the time-stamp counter, kHz
 * @kvm_loaded: 1 if kvm_intel is loaded at this moment
 * @features: XLHV_FEAT_*
 * @cap_msr: the capability MSRs of the CPU the module was loaded on
 * @ctl: control words chosen from them: pin, primary, secondary, exit, entry
 * @guest_pages: 4 KiB pages that guests have at this moment
 * @overhead_pages: 4 KiB pages the module uses besides (EPT, VMCS, logs)
 * @reserved: zero
 */
struct xlhv_info {
	__u32 flags;
	__u32 policy;
	__u32 provider;
	__u32 holders;
	__u32 nr_cpus_online;
	__u32 nr_cpus_root;
	__u32 nr_domains;
	__u32 max_domains;
	__u32 max_vcpus;
	__u32 maxphyaddr;
	__u32 tsc_khz;
	__u32 kvm_loaded;
	__u64 features;
	__u64 cap_msr[XLHV_NR_CAPS];
	__u32 ctl[6];
	__u64 guest_pages;
	__u64 overhead_pages;
	__u64 reserved[8];
};

/* struct xlhv_cpu_info.state */
#define XLHV_CPU_ONLINE		(1U << 0)
#define XLHV_CPU_VMXE		(1U << 1)	/* CR4.VMXE is set, by whomever */
#define XLHV_CPU_ROOT		(1U << 2)	/* in VMX root operation for us */
#define XLHV_CPU_OURS		(1U << 3)	/* the VMXON was ours */

/**
 * struct xlhv_cpu_info - state of one CPU
 * @cpu: in: CPU number (-ENXIO if there is no such CPU)
 * @state: out: XLHV_CPU_*
 * @feature_control: out: IA32_FEATURE_CONTROL; 0 for a CPU that is offline
 * @active_vmcs: out: VMCSs of ours that are active on it
 * @pad: zero
 * @reserved: zero
 */
struct xlhv_cpu_info {
	__u32 cpu;
	__u32 state;
	__u64 feature_control;
	__u32 active_vmcs;
	__u32 pad;
	__u64 reserved[4];
};

/* struct xlhv_selfcheck.result */
#define XLHV_CHECK_PASSED	0
#define XLHV_CHECK_VMXON	1	/* no VMX root operation on that CPU */
#define XLHV_CHECK_VMCS		2	/* a VMCS could not be made, loaded or written */
#define XLHV_CHECK_ENTRY	3	/* VM entry failed */
#define XLHV_CHECK_EXIT		4	/* not the exit that was expected */
#define XLHV_CHECK_STATE	5	/* the guest computed something else */
#define XLHV_CHECK_OFFLINE	6	/* no such CPU online */

/**
 * struct xlhv_selfcheck - enter a ten-instruction guest on one CPU
 * @cpu: in: CPU number
 * @rounds: in: times to enter it, 1 to 100000; 0 means 1
 * @result: out: XLHV_CHECK_*
 * @exit_reason: out: exit reason of the last entry, all 32 bits
 * @instruction_error: out: VM-instruction error, 0 if none
 * @provider: out: XLHV_PROVIDER_* that was used
 * @exit_qualification: out: exit qualification of the last entry
 * @ticks: out: least TSC ticks of an entry and its exit, over @rounds
 * @reserved: zero
 */
struct xlhv_selfcheck {
	__u32 cpu;
	__u32 rounds;
	__u32 result;
	__u32 exit_reason;
	__u32 instruction_error;
	__u32 provider;
	__u64 exit_qualification;
	__u64 ticks;
	__u64 reserved[4];
};

/**
 * struct xlhv_hold - keep VMX root operation on
 * @hold: in: 1 takes a hold that lasts until the descriptor is closed, 0 drops it
 * @provider: out: XLHV_PROVIDER_* through which it is held, NONE after a drop
 * @reserved: zero
 */
struct xlhv_hold {
	__u32 hold;
	__u32 provider;
	__u64 reserved[2];
};

#define XLHV_VERSION	_IOR(XLHV_IOC_MAGIC, 0x00, struct xlhv_version)
#define XLHV_INFO	_IOWR(XLHV_IOC_MAGIC, 0x01, struct xlhv_info)
#define XLHV_CPU_INFO	_IOWR(XLHV_IOC_MAGIC, 0x02, struct xlhv_cpu_info)
#define XLHV_SELFCHECK	_IOWR(XLHV_IOC_MAGIC, 0x03, struct xlhv_selfcheck)
#define XLHV_HOLD	_IOWR(XLHV_IOC_MAGIC, 0x04, struct xlhv_hold)

#endif /* _UAPI_XLHV_H */
