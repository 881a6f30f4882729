/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Processor access: control registers, MSRs, CPUID, ports, and probes: the same
 * accesses with the promise that a fault is caught and told, see traps.h.
 */
#ifndef GUEST_CPU_H
#define GUEST_CPU_H

#include "traps.h"
#include "types.h"

#define CR0_PE BIT(0)
#define CR0_MP BIT(1)
#define CR0_EM BIT(2)
#define CR0_TS BIT(3)
#define CR0_ET BIT(4)
#define CR0_NE BIT(5)
#define CR0_WP BIT(16)
#define CR0_AM BIT(18)
#define CR0_NW BIT(29)
#define CR0_CD BIT(30)
#define CR0_PG BIT(31)

#define CR4_VME BIT(0)
#define CR4_PVI BIT(1)
#define CR4_TSD BIT(2)
#define CR4_DE BIT(3)
#define CR4_PSE BIT(4)
#define CR4_PAE BIT(5)
#define CR4_MCE BIT(6)
#define CR4_PGE BIT(7)
#define CR4_PCE BIT(8)
#define CR4_OSFXSR BIT(9)
#define CR4_OSXMMEXCPT BIT(10)
#define CR4_UMIP BIT(11)
#define CR4_LA57 BIT(12)
#define CR4_VMXE BIT(13)
#define CR4_SMXE BIT(14)
#define CR4_FSGSBASE BIT(16)
#define CR4_PCIDE BIT(17)
#define CR4_OSXSAVE BIT(18)
#define CR4_SMEP BIT(20)
#define CR4_SMAP BIT(21)
#define CR4_PKE BIT(22)
#define CR4_CET BIT(23)
#define CR4_PKS BIT(24)

#define FL_CF BIT(0)
#define FL_TF BIT(8)
#define FL_IF BIT(9)
#define FL_DF BIT(10)
#define FL_IOPL BIT(12)		/* IOPL 1; times 3 for ring 3 */
#define FL_NT BIT(14)
#define FL_RF BIT(16)
#define FL_VM BIT(17)
#define FL_AC BIT(18)

#define MSR_TSC 0x10
#define MSR_APIC_BASE 0x1b
#define MSR_FEATURE_CONTROL 0x3a
#define MSR_TSC_ADJUST 0x3b
#define MSR_SPEC_CTRL 0x48
#define MSR_PRED_CMD 0x49
#define MSR_UCODE_REV 0x8b
#define MSR_PLATFORM_INFO 0xce
#define MSR_MTRRCAP 0xfe
#define MSR_ARCH_CAPABILITIES 0x10a
#define MSR_SYSENTER_CS 0x174
#define MSR_SYSENTER_ESP 0x175
#define MSR_SYSENTER_EIP 0x176
#define MSR_MCG_CAP 0x179
#define MSR_MISC_ENABLE 0x1a0
#define MSR_DEBUGCTL 0x1d9
#define MSR_MTRR_PHYSBASE0 0x200
#define MSR_MTRR_PHYSMASK0 0x201
#define MSR_MTRR_FIX64K 0x250
#define MSR_PAT 0x277
#define MSR_MTRR_DEF_TYPE 0x2ff
#define MSR_VMX_BASIC 0x480
#define MSR_TSC_DEADLINE 0x6e0
#define MSR_XSS 0xda0
#define MSR_EFER 0xc0000080
#define MSR_STAR 0xc0000081
#define MSR_LSTAR 0xc0000082
#define MSR_CSTAR 0xc0000083
#define MSR_SYSCALL_MASK 0xc0000084
#define MSR_FS_BASE 0xc0000100
#define MSR_GS_BASE 0xc0000101
#define MSR_KERNEL_GS_BASE 0xc0000102
#define MSR_TSC_AUX 0xc0000103

#define EFER_SCE BIT(0)
#define EFER_LME BIT(8)
#define EFER_LMA BIT(10)
#define EFER_NXE BIT(11)

#define APIC_BASE_BSP BIT(8)
#define APIC_BASE_EXTD BIT(10)
#define APIC_BASE_EN BIT(11)

struct cpuid_regs {
	u32 eax, ebx, ecx, edx;
};

static inline struct cpuid_regs cpuid(u32 leaf, u32 sub)
{
	struct cpuid_regs r;

	__asm__ volatile("cpuid" : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx)
			 : "a"(leaf), "c"(sub) : "memory");
	return r;
}

/* Reads 0 for leaves above the maximum of their range, where CPUs echo other leaves. */
struct cpuid_regs cpuid_checked(u32 leaf, u32 sub);

static inline u64 rdtsc(void)
{
	u32 lo, hi;

	__asm__ volatile("lfence; rdtsc" : "=a"(lo), "=d"(hi) : : "memory");
	return (u64)hi << 32 | lo;
}

static inline u64 rdmsr(u32 msr)
{
	u32 lo, hi;

	__asm__ volatile("rdmsr" : "=a"(lo), "=d"(hi) : "c"(msr) : "memory");
	return (u64)hi << 32 | lo;
}

static inline void wrmsr(u32 msr, u64 v)
{
	__asm__ volatile("wrmsr" : : "a"((u32)v), "d"((u32)(v >> 32)), "c"(msr) : "memory");
}

#define CPU_PORT(type, suffix)							\
static inline type in##suffix(u16 port)							\
{											\
	type v;										\
	__asm__ volatile("in" #suffix " %1, %0" : "=a"(v) : "Nd"(port) : "memory");	\
	return v;									\
}											\
static inline void out##suffix(u16 port, type v)					\
{											\
	__asm__ volatile("out" #suffix " %0, %1" : : "a"(v), "Nd"(port) : "memory");	\
}

CPU_PORT(u8, b)
CPU_PORT(u16, w)
CPU_PORT(u32, l)

#define CPU_REG(name)									\
static inline unsigned long read_##name(void)						\
{											\
	unsigned long v;								\
	__asm__ volatile("mov %%" #name ", %0" : "=r"(v) : : "memory");			\
	return v;									\
}											\
static inline void write_##name(unsigned long v)					\
{											\
	__asm__ volatile("mov %0, %%" #name : : "r"(v) : "memory");			\
}											\
static inline struct fault probe_write_##name(unsigned long v)				\
{											\
	fault_clear();									\
	__asm__ volatile("1: mov %0, %%" #name "\n2:" EXTABLE("1b", "2b")		\
			 : : "r"(v) : "memory");					\
	return fault_last();								\
}											\
static inline struct fault probe_read_##name(unsigned long *v)				\
{											\
	unsigned long tmp = 0;								\
	fault_clear();									\
	__asm__ volatile("1: mov %%" #name ", %0\n2:" EXTABLE("1b", "2b")		\
			 : "+r"(tmp) : : "memory");					\
	*v = tmp;									\
	return fault_last();								\
}

CPU_REG(cr0)
CPU_REG(cr2)
CPU_REG(cr3)
CPU_REG(cr4)
CPU_REG(dr0)
CPU_REG(dr1)
CPU_REG(dr2)
CPU_REG(dr3)
CPU_REG(dr6)
CPU_REG(dr7)
#ifdef __x86_64__
CPU_REG(cr8)
#endif

#define CPU_SEG(name)									\
static inline u16 read_##name(void)							\
{											\
	u16 v;										\
	__asm__ volatile("mov %%" #name ", %0" : "=rm"(v));				\
	return v;									\
}											\
static inline struct fault probe_load_##name(u16 v)					\
{											\
	fault_clear();									\
	__asm__ volatile("1: mov %0, %%" #name "\n2:" EXTABLE("1b", "2b")		\
			 : : "r"((u32)v) : "memory");					\
	return fault_last();								\
}

CPU_SEG(ds)
CPU_SEG(es)
CPU_SEG(fs)
CPU_SEG(gs)
CPU_SEG(ss)
static inline u16 read_cs(void)
{
	u16 v;

	__asm__ volatile("mov %%cs, %0" : "=rm"(v));
	return v;
}

static inline unsigned long read_flags(void)
{
	unsigned long v;

	__asm__ volatile("pushf; pop %0" : "=r"(v) : : "memory");
	return v;
}

static inline void write_flags(unsigned long v)
{
	__asm__ volatile("push %0; popf" : : "r"(v) : "memory", "cc");
}

static inline void cli(void)
{
	__asm__ volatile("cli" : : : "memory");
}

static inline void sti(void)
{
	__asm__ volatile("sti" : : : "memory");
}

/* STI's shadow makes this atomic: an interrupt cannot slip in before HLT. */
static inline void sti_hlt(void)
{
	__asm__ volatile("sti; hlt" : : : "memory");
}

/* Opens interrupts for a few instructions so that whatever is pending is delivered. */
static inline void irq_window(void)
{
	__asm__ volatile("sti; nop; nop; cli" : : : "memory");
}

static inline void invlpg(unsigned long va)
{
	__asm__ volatile("invlpg (%0)" : : "r"(va) : "memory");
}

static inline struct fault probe_rdmsr(u32 msr, u64 *val)
{
	u32 lo = 0, hi = 0;

	fault_clear();
	__asm__ volatile("1: rdmsr\n2:" EXTABLE("1b", "2b")
			 : "+a"(lo), "+d"(hi) : "c"(msr) : "memory");
	*val = (u64)hi << 32 | lo;
	return fault_last();
}

static inline struct fault probe_wrmsr(u32 msr, u64 v)
{
	fault_clear();
	__asm__ volatile("1: wrmsr\n2:" EXTABLE("1b", "2b")
			 : : "a"((u32)v), "d"((u32)(v >> 32)), "c"(msr) : "memory");
	return fault_last();
}

static inline struct fault probe_read8(const volatile void *p, u8 *val)
{
	u8 v = 0;

	fault_clear();
	__asm__ volatile("1: movb (%1), %0\n2:" EXTABLE("1b", "2b")
			 : "+q"(v) : "r"(p) : "memory");
	*val = v;
	return fault_last();
}

static inline struct fault probe_read32(const volatile void *p, u32 *val)
{
	u32 v = 0;

	fault_clear();
	__asm__ volatile("1: movl (%1), %0\n2:" EXTABLE("1b", "2b")
			 : "+r"(v) : "r"(p) : "memory");
	*val = v;
	return fault_last();
}

static inline struct fault probe_write32(volatile void *p, u32 v)
{
	fault_clear();
	__asm__ volatile("1: movl %0, (%1)\n2:" EXTABLE("1b", "2b")
			 : : "r"(v), "r"(p) : "memory");
	return fault_last();
}

static inline struct fault probe_xsetbv(u32 index, u64 v)
{
	fault_clear();
	__asm__ volatile("1: xsetbv\n2:" EXTABLE("1b", "2b")
			 : : "a"((u32)v), "d"((u32)(v >> 32)), "c"(index) : "memory");
	return fault_last();
}

static inline u64 xgetbv(u32 index)
{
	u32 lo, hi;

	__asm__ volatile("xgetbv" : "=a"(lo), "=d"(hi) : "c"(index));
	return (u64)hi << 32 | lo;
}

/*
 * Run one or several instructions and tell what they faulted with. For traps that report the
 * next instruction (#DB after, INT n, #BP, #OF) the end label is in the table too.
 */
#define expect_fault(insns, ...) ({							\
	fault_clear();									\
	__asm__ volatile("1: " insns "\n2:" EXTABLE("1b", "2b") EXTABLE("2b", "2b")	\
			 __VA_ARGS__);							\
	fault_last();									\
})

#endif
