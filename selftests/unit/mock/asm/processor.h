/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UNIT_MOCK_ASM_PROCESSOR_H
#define UNIT_MOCK_ASM_PROCESSOR_H

#include <linux/types.h>
#include <asm/page.h>
#include <uapi/asm/processor-flags.h>

#define X86_VENDOR_INTEL	0
#define X86_VENDOR_AMD		2
#define X86_VENDOR_CENTAUR	5
#define X86_VENDOR_ZHAOXIN	10

struct cpuinfo_x86 {
	u8 x86_vendor;
	char x86_vendor_id[16];
	u8 x86_phys_bits;
};

extern struct cpuinfo_x86 boot_cpu_data;
extern u32 unit_cpuid_1_ecx;

static inline u32 cpuid_ecx(u32 leaf)
{
	return leaf == 1 ? unit_cpuid_1_ecx : 0;
}

#endif /* UNIT_MOCK_ASM_PROCESSOR_H */
