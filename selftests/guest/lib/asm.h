/* SPDX-License-Identifier: GPL-2.0-only */
/* Constants shared by C and assembly: selectors, stack size, trampoline address. */
#ifndef GUEST_ASM_H
#define GUEST_ASM_H

/* GDT: the order also serves SYSCALL/SYSRET and SYSENTER, which count from one base. */
#define SEL_KCS64 0x08
#define SEL_KDS 0x10
#define SEL_KCS32 0x18
#define SEL_UCS32 0x20
#define SEL_UDS 0x28
#define SEL_UCS64 0x30
#define SEL_SPARE 0x38		/* first of eight slots that a test may fill */
#define SEL_SPARES 8
#define SEL_TSS 0x80		/* one 16-byte slot for each CPU */

#ifdef __x86_64__
#define SEL_KCS SEL_KCS64
#define SEL_UCS SEL_UCS64
#else
#define SEL_KCS SEL_KCS32
#define SEL_UCS SEL_UCS32
#endif

#define STACK_SHIFT 14
#define STACK_SIZE (1 << STACK_SHIFT)

#define MAX_CPUS 128
#define GDT_BYTES (SEL_TSS + 16 * MAX_CPUS)

/* Real-mode start page of the other vCPUs: below 1 MiB, above the real-mode vectors. */
#define TRAMPOLINE 0x8000

#ifdef ENV_PVH64
#define ENV_NAME "pvh64"
#define PT_LEVELS 4
#elif defined(ENV_PVH32PAE)
#define ENV_NAME "pvh32pae"
#define PT_LEVELS 3
#elif defined(ENV_PVH32PSE)
#define ENV_NAME "pvh32pse"
#define PT_LEVELS 2
#elif defined(ENV_PVH32)
#define ENV_NAME "pvh32"
#define PT_LEVELS 0
#else
#error "no environment chosen"
#endif

#endif
