/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UNIT_MOCK_ASM_CPUFEATURE_H
#define UNIT_MOCK_ASM_CPUFEATURE_H

#include <asm/processor.h>

#endif /* UNIT_MOCK_ASM_CPUFEATURE_H */
