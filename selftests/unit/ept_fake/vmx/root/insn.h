/* SPDX-License-Identifier: GPL-2.0-only */
/* INVEPT is counted. */
#ifndef EPT_FAKE_INSN_H
#define EPT_FAKE_INSN_H

#include <linux/types.h>

#define VMX_EPT_EXTENT_CONTEXT_BIT	(1ULL << 25)
#define VMX_EPT_EXTENT_GLOBAL_BIT	(1ULL << 26)
#define VMX_EPT_EXTENT_CONTEXT		1
#define VMX_EPT_EXTENT_GLOBAL		2

extern unsigned int fake_invepts;

static inline int vmx_insn_invept(unsigned long extent, u64 eptp)
{
	__atomic_fetch_add(&fake_invepts, 1, __ATOMIC_RELAXED);
	return 0;
}

#endif /* EPT_FAKE_INSN_H */
