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

#include "xlhv_blk.h"

#define XLHV_DEVICE		"/dev/xlhv"

/* Raised when a caller built against an older header could misread an answer. */
#define XLHV_ABI_MAJOR		1
/* Raised when something is added that older callers may ignore. */
#define XLHV_ABI_MINOR		1

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
#define XLHV_GUARD_OFF			(1ULL << 0)	/* nothing: mitigations=off */
#define XLHV_GUARD_REGISTERS		(1ULL << 1)	/* no guest's value in a register */
#define XLHV_GUARD_RSB_FILL		(1ULL << 2)	/* return stack filled after an exit */
#define XLHV_GUARD_RSB_CALL		(1ULL << 3)	/* one CALL retired after an exit */
#define XLHV_GUARD_SPEC_CTRL		(1ULL << 4)	/* IA32_SPEC_CTRL of guests that use it */
#define XLHV_GUARD_IBRS			(1ULL << 5)	/* IBRS written after each exit */
#define XLHV_GUARD_HISTORY		(1ULL << 6)	/* branch history cleared after an exit */
#define XLHV_GUARD_BUFFERS		(1ULL << 7)	/* VERW before an entry */
#define XLHV_GUARD_L1D_FLUSH		(1ULL << 8)	/* L1D flushed after the host ran */
#define XLHV_GUARD_L1D_FILL		(1ULL << 9)	/* the same without IA32_FLUSH_CMD */
#define XLHV_GUARD_L1D_ALWAYS		(1ULL << 10)	/* ... before each entry */
#define XLHV_GUARD_IBPB			(1ULL << 11)	/* IBPB when another vCPU ran before */
#define XLHV_GUARD_IBPB_USER		(1ULL << 12)	/* IBPB between guest and user mode */
#define XLHV_GUARD_NX_HUGE		(1ULL << 13)	/* large mappings not executable */
#define XLHV_GUARD_OPEN_SMT		(1ULL << 62)	/* open: hyper-threads are on */
#define XLHV_GUARD_OPEN_ITLB		(1ULL << 63)	/* open: iTLB multihit */

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
 * @guards: XLHV_GUARD_*
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

/*
 * Domains.
 *
 * Making or opening a domain gives a descriptor; everything about that domain is
 * an ioctl on it, so that a domid used again cannot hit the wrong one.  A domain
 * that is gone answers -ESRCH.  While a domain is being built it dies with its
 * last descriptor; after XLHV_DOM_FINISH it lives on its own.
 */
#define XLHV_NAME_LEN		64
#define XLHV_TEXT_LEN		256
#define XLHV_DOMID_BY_NAME	0xffffffffU	/* struct xlhv_dom_open.domid */
#define XLHV_NO_REASON		0xffffffffU	/* not shut down */

/* struct xlhv_dom_create.flags */
#define XLHV_CREATE_EAGER	(1U << 0)	/* all memory at once, not on first touch */

/**
 * struct xlhv_dom_create - make a domain in state building
 * @domid: in: identifier wanted, 0 for any; out: identifier given
 * @flags: in: XLHV_CREATE_*
 * @max_vcpus: in: virtual CPUs, 1 to struct xlhv_info.max_vcpus
 * @max_grant_frames: in: 0 for the default of 64
 * @max_maptrack_frames: in: 0 for the default of 1024
 * @max_grant_version: in: 1 or 2, 0 for the default of 1
 * @max_event_channels: in: highest port, 0 for the default of 1023
 * @console_bytes: in: scroll-back of the console, 0 for the default of 64 KiB
 * @log_bytes: in: log of the domain, 0 for the default of 16 KiB
 * @fd: out: the domain's descriptor, close-on-exec
 * @max_pages: in: most 4 KiB pages of memory
 * @uuid: in: identifier of 128 bits
 * @name: in: name, NUL-terminated, unique, not empty, no '/', not only digits
 * @reserved: zero
 *
 * -EEXIST: the name or domid is taken; -E2BIG: too many virtual CPUs or pages;
 * -ENOSPC: no domid is free, or there are as many domains or virtual CPUs as the
 * module's parameters max_domains and max_vcpus allow; -EBUSY: another hypervisor has VT-x.
 */
struct xlhv_dom_create {
	__u32 domid;
	__u32 flags;
	__u32 max_vcpus;
	__u32 max_grant_frames;
	__u32 max_maptrack_frames;
	__u32 max_grant_version;
	__u32 max_event_channels;
	__u32 console_bytes;
	__u32 log_bytes;
	__s32 fd;
	__u64 max_pages;
	__u8 uuid[16];
	char name[XLHV_NAME_LEN];
	__u64 reserved[8];
};

/**
 * struct xlhv_dom_open - a descriptor for a domain that exists
 * @domid: in: identifier, or XLHV_DOMID_BY_NAME; out: identifier
 * @fd: out: descriptor, close-on-exec
 * @name: in: name, if by name
 * @reserved: zero
 */
struct xlhv_dom_open {
	__u32 domid;
	__s32 fd;
	char name[XLHV_NAME_LEN];
	__u64 reserved[2];
};

/* struct xlhv_dom_info.flags */
#define XLHV_DOM_BUILDING	(1U << 0)
#define XLHV_DOM_PAUSED		(1U << 1)
#define XLHV_DOM_RUNNING	(1U << 2)	/* some virtual CPU is running or wants to */
#define XLHV_DOM_BLOCKED	(1U << 3)	/* all virtual CPUs wait for events */
#define XLHV_DOM_SHUTDOWN	(1U << 4)	/* see shutdown_reason */
#define XLHV_DOM_CRASHED	(1U << 5)	/* shut down with reason crash */
#define XLHV_DOM_DYING		(1U << 6)

/* struct xlhv_dom_info.pause_reason */
#define XLHV_PAUSE_NONE		0
#define XLHV_PAUSE_TOOL		1
#define XLHV_PAUSE_NO_MEMORY	2	/* the host has none: unpause to try again */

/**
 * struct xlhv_dom_info - a domain as seen from outside; all out
 * @domid: identifier
 * @flags: XLHV_DOM_*
 * @shutdown_reason: SHUTDOWN_* of Xen's sched.h, or XLHV_NO_REASON
 * @pause_reason: XLHV_PAUSE_*
 * @max_vcpus: virtual CPUs that exist
 * @online_vcpus: virtual CPUs that are up
 * @creator_uid: who made it
 * @creator_pid: the process that made it
 * @cur_pages: 4 KiB pages it has
 * @max_pages: most it may have
 * @overhead_pages: pages the module uses for it besides
 * @cpu_time_ns: time its virtual CPUs ran
 * @created_ns: CLOCK_BOOTTIME when it was made
 * @uuid: identifier of 128 bits
 * @name: name
 * @reserved: zero
 */
struct xlhv_dom_info {
	__u32 domid;
	__u32 flags;
	__u32 shutdown_reason;
	__u32 pause_reason;
	__u32 max_vcpus;
	__u32 online_vcpus;
	__u32 creator_uid;
	__u32 creator_pid;
	__u64 cur_pages;
	__u64 max_pages;
	__u64 overhead_pages;
	__u64 cpu_time_ns;
	__u64 created_ns;
	__u8 uuid[16];
	char name[XLHV_NAME_LEN];
	__u64 reserved[8];
};

/**
 * struct xlhv_dom_list - domains in order of their identifiers
 * @first: in: least identifier wanted
 * @count: in: room in @info; out: entries filled in
 * @info: in: pointer to struct xlhv_dom_info[]
 * @reserved: zero
 */
struct xlhv_dom_list {
	__u32 first;
	__u32 count;
	__u64 info;
	__u64 reserved[2];
};

/* struct xlhv_log_read.flags */
#define XLHV_LOG_CLEAR		(1U << 0)	/* forget what was read */

/**
 * struct xlhv_log_read - read a log: the module's on /dev/xlhv, or a domain's
 * @pos: in: position to read from, 0 for the oldest; out: position to go on from
 * @buffer: in: where to
 * @len: in: room, bytes; out: bytes read, 0 at the end
 * @flags: in: XLHV_LOG_*
 * @lost: out: bytes that were overwritten before they could be read
 * @reserved: zero
 */
struct xlhv_log_read {
	__u64 pos;
	__u64 buffer;
	__u32 len;
	__u32 flags;
	__u64 lost;
	__u64 reserved[2];
};

/**
 * struct xlhv_last_error - what was wrong with the last ioctl on this descriptor
 * @text: out: one line without a newline, empty if there is nothing to add
 */
struct xlhv_last_error {
	char text[XLHV_TEXT_LEN];
};

/* struct xlhv_mem_range.type, numbered as in the PVH memory map */
#define XLHV_MEM_RAM		1
#define XLHV_MEM_RESERVED	2
#define XLHV_MEM_ACPI		3

/**
 * struct xlhv_mem_range - guest-physical addresses
 * @addr: first, page-aligned
 * @size: bytes, page-aligned, not 0
 * @type: XLHV_MEM_*; RAM and ACPI have memory behind them
 * @pad: zero
 */
struct xlhv_mem_range {
	__u64 addr;
	__u64 size;
	__u32 type;
	__u32 pad;
};

#define XLHV_MAX_MEM_RANGES	32

/**
 * struct xlhv_memory_map - where the domain has memory; while building, once
 * @ranges: in: pointer to struct xlhv_mem_range[], ascending, not overlapping
 * @count: in: their number, 1 to XLHV_MAX_MEM_RANGES
 * @pad: zero
 * @reserved: zero
 *
 * If it is to have all of it at once (XLHV_CREATE_EAGER) and that cannot be had, it can
 * only be destroyed: whatever else would build it is -ENOMEM.
 */
struct xlhv_memory_map {
	__u64 ranges;
	__u32 count;
	__u32 pad;
	__u64 reserved[2];
};

/* struct xlhv_special.kind */
#define XLHV_SPECIAL_CONSOLE	1
#define XLHV_SPECIAL_STORE	2	/* -EOPNOTSUPP: no daemon is there that would answer */
#define XLHV_SPECIAL_DAEMON_CONSOLE	3	/* in place of the first: a daemon serves it */

/**
 * struct xlhv_special - a ring between the domain and Dom0; while building
 * @kind: in: XLHV_SPECIAL_*
 * @port: out: event channel in the domain
 * @gfn: in: guest frame number, in reserved addresses
 * @reserved: zero
 *
 * Puts a zeroed page there, makes the event channel and tells the guest of both
 * in its HVM parameters.
 *
 * It comes after XLHV_DOM_MEMORY_MAP, and is -EINVAL before.
 */
struct xlhv_special {
	__u32 kind;
	__u32 port;
	__u64 gfn;
	__u64 reserved[2];
};

/**
 * struct xlhv_param - a parameter of Xen's hvm/params.h
 * @index: in: HVM_PARAM_*
 * @pad: zero
 * @value: in or out
 * @reserved: zero
 */
struct xlhv_param {
	__u32 index;
	__u32 pad;
	__u64 value;
	__u64 reserved[2];
};

/**
 * struct xlhv_vcpu_entry - where the first virtual CPU starts; while building
 * @entry: in: physical entry point of the image (PHYS32_ENTRY), below 4 GiB
 * @start_info: in: guest-physical address of struct hvm_start_info, below 4 GiB
 * @reserved: zero
 */
struct xlhv_vcpu_entry {
	__u64 entry;
	__u64 start_info;
	__u64 reserved[2];
};

#define XLHV_CPUID_ANY_SUBLEAF	0xffffffffU
#define XLHV_MAX_CPUID		64

/**
 * struct xlhv_cpuid - change bits of one CPUID leaf: value & keep | set
 * @leaf: EAX
 * @subleaf: ECX, or XLHV_CPUID_ANY_SUBLEAF
 * @keep: EAX, EBX, ECX, EDX: bits to keep
 * @set: EAX, EBX, ECX, EDX: bits to set, as far as the host can give them
 *
 * Of Xen's leaves only the first, 0x40000000, can be changed: all zero, none of them is
 * shown; EAX tells the last one that is, 0x40000002 to 0x40000005.
 */
struct xlhv_cpuid {
	__u32 leaf;
	__u32 subleaf;
	__u32 keep[4];
	__u32 set[4];
};

/**
 * struct xlhv_cpuid_set - CPUID of the domain; while building, once
 * @entries: in: pointer to struct xlhv_cpuid[]
 * @count: in: their number, 0 to XLHV_MAX_CPUID
 * @pad: zero
 * @reserved: zero
 */
struct xlhv_cpuid_set {
	__u64 entries;
	__u32 count;
	__u32 pad;
	__u64 reserved[2];
};

#define XLHV_MAX_USERDATA	65536

/**
 * struct xlhv_userdata - bytes that the tool keeps with a domain
 * @buffer: in: where from or where to
 * @len: in: bytes to keep, or room; out (get): bytes there are
 * @pad: zero
 * @reserved: zero
 */
struct xlhv_userdata {
	__u64 buffer;
	__u32 len;
	__u32 pad;
	__u64 reserved[2];
};

/* struct xlhv_rename.flags */
#define XLHV_RENAME_UUID	(1U << 0)	/* uuid is to be changed too */

/**
 * struct xlhv_rename - another name
 * @flags: in: XLHV_RENAME_*
 * @pad: zero
 * @uuid: in: new identifier of 128 bits
 * @name: in: new name, as in struct xlhv_dom_create
 * @reserved: zero
 */
struct xlhv_rename {
	__u32 flags;
	__u32 pad;
	__u8 uuid[16];
	char name[XLHV_NAME_LEN];
	__u64 reserved[2];
};

/**
 * struct xlhv_max_mem - the most memory that a domain may have, from now on
 * @pages: in: 4 KiB pages, at least 1; those of type ACPI come on top
 * @reserved: zero
 *
 * A domain that has more keeps it, and gets none until it is below. -EPERM: more than it was ever
 * allowed, and the caller is neither its creator nor has CAP_SYS_RESOURCE; -EBUSY: it is being
 * built; -E2BIG: more than its physical addresses reach.
 */
struct xlhv_max_mem {
	__u64 pages;
	__u64 reserved[3];
};

/* struct xlhv_vcpu_info.flags */
#define XLHV_VCPU_ONLINE	(1U << 0)
#define XLHV_VCPU_RUNNING	(1U << 1)
#define XLHV_VCPU_BLOCKED	(1U << 2)
#define XLHV_VCPU_PAUSED	(1U << 3)

/**
 * struct xlhv_vcpu_info - a virtual CPU as seen from outside
 * @vcpu: in: its number
 * @flags: out: XLHV_VCPU_*
 * @cpu: out: host CPU it runs on or ran on last
 * @tid: out: its thread, for sched_setaffinity() and the like; 0 before finish
 * @cpu_time_ns: out: time it ran
 * @runstate_ns: out: time in each RUNSTATE_* of Xen's vcpu.h
 * @exits: out: VM exits
 * @reserved: zero
 */
struct xlhv_vcpu_info {
	__u32 vcpu;
	__u32 flags;
	__u32 cpu;
	__u32 tid;
	__u64 cpu_time_ns;
	__u64 runstate_ns[4];
	__u64 exits;
	__u64 reserved[4];
};

/**
 * struct xlhv_vcpu_regs - registers of a virtual CPU
 * @vcpu: in: its number
 * @flags: out: XLHV_VCPU_ONLINE or 0
 * @gpr: out: RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8 to R15
 * @rip: out
 * @rflags: out
 * @cr0: out
 * @cr2: out
 * @cr3: out
 * @cr4: out
 * @efer: out
 * @fs_base: out
 * @gs_base: out
 * @kernel_gs_base: out
 * @selector: out: ES, CS, SS, DS, FS, GS
 * @pad: zero
 * @reserved: zero
 *
 * One that runs is made to leave the guest for that.  For who made the domain, or has
 * CAP_SYS_PTRACE: -EPERM.
 */
struct xlhv_vcpu_regs {
	__u32 vcpu;
	__u32 flags;
	__u64 gpr[16];
	__u64 rip;
	__u64 rflags;
	__u64 cr0;
	__u64 cr2;
	__u64 cr3;
	__u64 cr4;
	__u64 efer;
	__u64 fs_base;
	__u64 gs_base;
	__u64 kernel_gs_base;
	__u16 selector[6];
	__u16 pad[2];
	__u64 reserved[4];
};

/**
 * struct xlhv_page - a page of guest memory
 * @gfn: guest frame number
 * @data: what is in it
 */
struct xlhv_page {
	__u64 gfn;
	__u8 data[4096];
};

#define XLHV_NO_GFN		(~0ULL)
#define XLHV_MAX_READ_PAGES	64

/**
 * struct xlhv_read_pages - the next pages that are there
 * @gfn: in: first that is looked for; out: where to go on, XLHV_NO_GFN at the end
 * @pages: in: pointer to struct xlhv_page[]
 * @count: in: room, 1 to XLHV_MAX_READ_PAGES; out: pages; 0 is not the end yet
 * @pad: zero
 * @reserved: zero
 *
 * RAM that was not touched yet is not there, and what other domains granted is passed
 * over.  For whom, as struct xlhv_vcpu_regs.
 */
struct xlhv_read_pages {
	__u64 gfn;
	__u64 pages;
	__u32 count;
	__u32 pad;
	__u64 reserved[2];
};

/* struct xlhv_stat_name.flags */
#define XLHV_STAT_GAUGE		(1U << 0)	/* a level, not a count of what happened */
#define XLHV_STAT_DOMAIN	(1U << 1)	/* of the domain, the same for each vCPU */

/**
 * struct xlhv_stat_name - what a counter is; all out
 * @name: short name, words separated by dots
 * @unit: "" for a plain count
 * @help: a phrase
 * @flags: XLHV_STAT_*
 * @pad: zero
 */
struct xlhv_stat_name {
	char name[32];
	char unit[8];
	char help[80];
	__u32 flags;
	__u32 pad;
};

/**
 * struct xlhv_stat_names - the counters there are, in the order of their values
 * @names: in: pointer to struct xlhv_stat_name[]
 * @count: in: room; out: counters there are
 * @pad: zero
 * @reserved: zero
 */
struct xlhv_stat_names {
	__u64 names;
	__u32 count;
	__u32 pad;
	__u64 reserved[2];
};

#define XLHV_ALL_VCPUS		0xffffffffU

/**
 * struct xlhv_stats - values of the counters
 * @values: in: pointer to __u64[]
 * @count: in: room; out: counters there are
 * @vcpu: in: number of a virtual CPU, or XLHV_ALL_VCPUS for the sum
 * @reserved: zero
 */
struct xlhv_stats {
	__u64 values;
	__u32 count;
	__u32 vcpu;
	__u64 reserved[2];
};

/* struct xlhv_console.flags */
#define XLHV_CONSOLE_FROM_NOW	(1U << 0)	/* without what came before */

/**
 * struct xlhv_console - a descriptor for the domain's console
 * @flags: in: XLHV_CONSOLE_*
 * @fd: out: descriptor, close-on-exec: read() gives what the guest says, 0 at its
 *	end; write() is what it hears; poll() for both
 * @reserved: zero
 */
struct xlhv_console {
	__u32 flags;
	__s32 fd;
	__u64 reserved[2];
};

/*
 * Generic netlink family XLHV_GENL_NAME, multicast group XLHV_GENL_GROUP: one
 * XLHV_GENL_CMD_EVENT for each change of a domain.
 */
#define XLHV_GENL_NAME		"xlhv"
#define XLHV_GENL_GROUP		"events"
#define XLHV_GENL_VERSION	1

enum xlhv_genl_cmd {
	XLHV_GENL_CMD_UNSPEC,
	XLHV_GENL_CMD_EVENT,
};

enum xlhv_genl_attr {
	XLHV_GENL_ATTR_UNSPEC,
	XLHV_GENL_ATTR_EVENT,		/* u32, enum xlhv_event */
	XLHV_GENL_ATTR_DOMID,		/* u32 */
	XLHV_GENL_ATTR_NAME,		/* string */
	XLHV_GENL_ATTR_UUID,		/* 16 bytes */
	XLHV_GENL_ATTR_REASON,		/* u32: SHUTDOWN_* or XLHV_PAUSE_* */
	XLHV_GENL_ATTR_TIME,		/* u64: CLOCK_BOOTTIME, ns */
	XLHV_GENL_ATTR_PAD,
	__XLHV_GENL_ATTR_MAX,
};

#define XLHV_GENL_ATTR_MAX	(__XLHV_GENL_ATTR_MAX - 1)

enum xlhv_event {
	XLHV_EVENT_CREATED = 1,
	XLHV_EVENT_FINISHED,
	XLHV_EVENT_PAUSED,
	XLHV_EVENT_UNPAUSED,
	XLHV_EVENT_SHUTDOWN,
	XLHV_EVENT_RENAMED,
	XLHV_EVENT_DESTROYED,
};

/* On /dev/xlhv */
#define XLHV_VERSION	_IOR(XLHV_IOC_MAGIC, 0x00, struct xlhv_version)
#define XLHV_INFO	_IOWR(XLHV_IOC_MAGIC, 0x01, struct xlhv_info)
#define XLHV_CPU_INFO	_IOWR(XLHV_IOC_MAGIC, 0x02, struct xlhv_cpu_info)
#define XLHV_SELFCHECK	_IOWR(XLHV_IOC_MAGIC, 0x03, struct xlhv_selfcheck)
#define XLHV_HOLD	_IOWR(XLHV_IOC_MAGIC, 0x04, struct xlhv_hold)
#define XLHV_DOM_CREATE	_IOWR(XLHV_IOC_MAGIC, 0x10, struct xlhv_dom_create)
#define XLHV_DOM_OPEN	_IOWR(XLHV_IOC_MAGIC, 0x11, struct xlhv_dom_open)
#define XLHV_DOM_LIST	_IOWR(XLHV_IOC_MAGIC, 0x12, struct xlhv_dom_list)
#define XLHV_STAT_NAMES	_IOWR(XLHV_IOC_MAGIC, 0x13, struct xlhv_stat_names)

/* On /dev/xlhv and on a domain's descriptor */
#define XLHV_LOG_READ	_IOWR(XLHV_IOC_MAGIC, 0x20, struct xlhv_log_read)
#define XLHV_LAST_ERROR	_IOR(XLHV_IOC_MAGIC, 0x21, struct xlhv_last_error)

/* On a domain's descriptor, while building; mmap() maps its memory by address */
#define XLHV_DOM_MEMORY_MAP	_IOW(XLHV_IOC_MAGIC, 0x30, struct xlhv_memory_map)
#define XLHV_DOM_SPECIAL	_IOWR(XLHV_IOC_MAGIC, 0x31, struct xlhv_special)
#define XLHV_DOM_PARAM_SET	_IOW(XLHV_IOC_MAGIC, 0x32, struct xlhv_param)
#define XLHV_DOM_CPUID_SET	_IOW(XLHV_IOC_MAGIC, 0x33, struct xlhv_cpuid_set)
#define XLHV_DOM_VCPU_ENTRY	_IOW(XLHV_IOC_MAGIC, 0x34, struct xlhv_vcpu_entry)
#define XLHV_DOM_FINISH		_IO(XLHV_IOC_MAGIC, 0x35)	/* then it is paused */

/* On a domain's descriptor, at any time */
#define XLHV_DOM_INFO		_IOR(XLHV_IOC_MAGIC, 0x40, struct xlhv_dom_info)
#define XLHV_DOM_RENAME		_IOW(XLHV_IOC_MAGIC, 0x41, struct xlhv_rename)
#define XLHV_DOM_PAUSE		_IO(XLHV_IOC_MAGIC, 0x42)	/* no vCPU runs on return */
#define XLHV_DOM_UNPAUSE	_IO(XLHV_IOC_MAGIC, 0x43)
#define XLHV_DOM_DESTROY	_IO(XLHV_IOC_MAGIC, 0x44)	/* it is gone on return */
#define XLHV_DOM_VCPU_INFO	_IOWR(XLHV_IOC_MAGIC, 0x45, struct xlhv_vcpu_info)
#define XLHV_DOM_STATS		_IOWR(XLHV_IOC_MAGIC, 0x46, struct xlhv_stats)
#define XLHV_DOM_CONSOLE	_IOWR(XLHV_IOC_MAGIC, 0x47, struct xlhv_console)
#define XLHV_DOM_PARAM_GET	_IOWR(XLHV_IOC_MAGIC, 0x48, struct xlhv_param)
#define XLHV_DOM_USERDATA_SET	_IOW(XLHV_IOC_MAGIC, 0x49, struct xlhv_userdata)
#define XLHV_DOM_USERDATA_GET	_IOWR(XLHV_IOC_MAGIC, 0x4a, struct xlhv_userdata)
#define XLHV_DOM_MAX_MEM	_IOW(XLHV_IOC_MAGIC, 0x4b, struct xlhv_max_mem)
#define XLHV_DOM_READ_PAGES	_IOWR(XLHV_IOC_MAGIC, 0x4c, struct xlhv_read_pages)
#define XLHV_DOM_VCPU_REGS	_IOWR(XLHV_IOC_MAGIC, 0x4d, struct xlhv_vcpu_regs)

/* On a domain's descriptor: its disks, see xlhv_blk.h */
#define XLHV_BLK_ATTACH		_IOWR(XLHV_IOC_MAGIC, 0x60, struct xlhv_blk_attach)
#define XLHV_BLK_CONNECT	_IOW(XLHV_IOC_MAGIC, 0x61, struct xlhv_blk_connect)
#define XLHV_BLK_DISCONNECT	_IOW(XLHV_IOC_MAGIC, 0x62, struct xlhv_blk_end)
#define XLHV_BLK_DETACH		_IOW(XLHV_IOC_MAGIC, 0x63, struct xlhv_blk_end)
#define XLHV_BLK_INFO		_IOWR(XLHV_IOC_MAGIC, 0x64, struct xlhv_blk_info)

#endif /* _UAPI_XLHV_H */
