/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/* Virtual CPUs: where the first starts, CPUID, state; a part of the ABI of xlhv.h. */
#ifndef _UAPI_XLHV_VCPU_H
#define _UAPI_XLHV_VCPU_H

#include <linux/types.h>

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

/* struct xlhv_trigger.kind */
#define XLHV_TRIGGER_NMI	1	/* a non-maskable interrupt */

/**
 * struct xlhv_trigger - an event for a virtual CPU, as from a button of the machine
 * @vcpu: in: its number
 * @kind: in: XLHV_TRIGGER_*
 * @reserved: zero
 *
 * Of several that come before the first is delivered, one is delivered; one that is down has none
 * when it starts.  -ENOENT: no such virtual CPU; -EBUSY: the domain is being built; -EOPNOTSUPP:
 * no such event here.
 */
struct xlhv_trigger {
	__u32 vcpu;
	__u32 kind;
	__u64 reserved[2];
};

#endif /* _UAPI_XLHV_VCPU_H */
