/* SPDX-License-Identifier: GPL-2.0-only */
/* For <asm/cpufeatures.h>: nothing depends on what a kernel requires of the CPU. */
#ifndef _ASM_X86_DISABLED_FEATURES_H
#define _ASM_X86_DISABLED_FEATURES_H
#endif
