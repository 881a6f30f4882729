/* SPDX-License-Identifier: GPL-2.0-only */
/* What becomes of a guest's split lock. */
#ifndef XLHV_VMX_SPLIT_LOCK_H
#define XLHV_VMX_SPLIT_LOCK_H

#include <linux/bitops.h>
#include <linux/sched.h>
#include <linux/types.h>
#include <asm/cpu.h>

#include "compat.h"

/**
 * vmx_split_lock_passes() - what does the host say to a split lock?
 * @line: bit 0: a vCPU of the domain stands in the host's line
 * @rip: of the access
 *
 * The host's policy (split_lock_detect=) is to let it pass, after a while, or to end who does it.
 *
 * All who do it on the host stand in one line for that, each for some of its ticks, where neither a
 * pause nor the end of the domain reaches them.  So one vCPU of a domain does at a time, and the
 * others wait here, from where they come out after a tick.
 *
 * Context: the vCPU's thread, outside of windows; may sleep.
 * Return: true: the access is to be made again, and may come here again; false: it must not be.
 */
static inline bool vmx_split_lock_passes(unsigned long *line, u64 rip)
{
#if XLHV_HAVE_GUARD_SYMBOLS
	bool passes;

	if (test_and_set_bit_lock(0, line)) {
		schedule_timeout_idle(1);
		return true;
	}
	passes = handle_guest_split_lock(rip);
	clear_bit_unlock(0, line);
	return passes;
#else
	return false;
#endif
}

#endif /* XLHV_VMX_SPLIT_LOCK_H */
