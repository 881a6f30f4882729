/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UNIT_MOCK_ASM_DESC_DEFS_H
#define UNIT_MOCK_ASM_DESC_DEFS_H

#include <linux/types.h>

struct desc_ptr {
	unsigned short size;
	unsigned long address;
} __attribute__((packed));

#endif /* UNIT_MOCK_ASM_DESC_DEFS_H */
