/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/* What the host offers, and who holds VT-x: ioctls of /dev/xlhv; a part of the ABI of xlhv.h. */
#ifndef _UAPI_XLHV_HOST_H
#define _UAPI_XLHV_HOST_H

#include <linux/types.h>

/* struct xlhv_info.provider: through whom VMX root operation is had */
#define XLHV_PROVIDER_NONE	0	/* not chosen: VMX is not held */
#define XLHV_PROVIDER_SELF	1	/* VMXON by this module */
#define XLHV_PROVIDER_KVM	2	/* through an idle virtual machine of kvm_intel */

/*
 * struct xlhv_info.policy: module parameter vmx=. On a kernel that lets only KVM switch VMX on
 * (6.19 and later) "auto" is KVM.
 */
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

/* struct xlhv_info.guards: what is done against side channels around a guest */
#define XLHV_MITIGATION_OFF		(1ULL << 0)	/* nothing: mitigations=off */
#define XLHV_MITIGATION_REGISTERS	(1ULL << 1)	/* no guest's value in a register */
#define XLHV_MITIGATION_RSB_FILL	(1ULL << 2)	/* return stack filled after an exit */
#define XLHV_MITIGATION_RSB_CALL	(1ULL << 3)	/* one CALL retired after an exit */
#define XLHV_MITIGATION_SPEC_CTRL	(1ULL << 4)	/* IA32_SPEC_CTRL of guests that use it */
#define XLHV_MITIGATION_IBRS		(1ULL << 5)	/* IBRS written after each exit */
#define XLHV_MITIGATION_HISTORY		(1ULL << 6)	/* branch history cleared after an exit */
#define XLHV_MITIGATION_BUFFERS		(1ULL << 7)	/* VERW before an entry */
#define XLHV_MITIGATION_L1D_FLUSH	(1ULL << 8)	/* L1D flushed after the host ran */
#define XLHV_MITIGATION_L1D_FILL	(1ULL << 9)	/* the same without IA32_FLUSH_CMD */
#define XLHV_MITIGATION_L1D_ALWAYS	(1ULL << 10)	/* ... before each entry */
#define XLHV_MITIGATION_IBPB		(1ULL << 11)	/* IBPB when another vCPU ran before */
#define XLHV_MITIGATION_IBPB_USER	(1ULL << 12)	/* IBPB between guest and user mode */
#define XLHV_MITIGATION_NX_HUGE		(1ULL << 13)	/* large mappings not executable */
#define XLHV_MITIGATION_OPEN_SMT	(1ULL << 62)	/* open: hyper-threads are on */
#define XLHV_MITIGATION_OPEN_ITLB	(1ULL << 63)	/* open: iTLB multihit */

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
 * @guards: XLHV_MITIGATION_*
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
	__u64 guards;
	__u64 reserved[7];
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
 * struct xlhv_vmx_hold - keep VMX root operation on
 * @hold: in: 1 takes a hold that lasts until the descriptor is closed, 0 drops it
 * @provider: out: XLHV_PROVIDER_* through which it is held, NONE after a drop
 * @reserved: zero
 */
struct xlhv_vmx_hold {
	__u32 hold;
	__u32 provider;
	__u64 reserved[2];
};

#endif /* _UAPI_XLHV_HOST_H */
