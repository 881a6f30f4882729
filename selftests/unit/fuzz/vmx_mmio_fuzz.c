// SPDX-License-Identifier: GPL-2.0-only
/*
 * Any bytes as an instruction that accesses a hole or the local APIC, in any mode: whatever comes
 * of it, no more bytes are used than there are, and no register changes without a reason.
 */
#include <linux/types.h>

#include <stdlib.h>
#include <string.h>

#include "vmx/guest/internal.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct vcpu v = { .insn_linear = 0x1ff8, .vmx.rip = 0x1ff8 };
	bool repeat;
	unsigned int i, changed = 0;
	int err;

	if (size < 2 || size > 1 + sizeof(v.insn))
		return 0;
	v.long_mode = data[0] & 1;
	v.big = data[0] & 2;
	v.lapic.base = data[0] & 4 ? 0xfee00000 | XAPIC_ENABLE : 0;
	memcpy(v.insn, data + 1, size - 1);
	v.insn_size = size - 1;
	for (i = 0; i < 16; i++)
		v.vmx.sw.gpr[i] = 0x1234567890abcdefULL * (i + 1);
	v.vmx.rsp = 0x1234567890abcdefULL * 5;
	v.vmx.rflags = X86_EFLAGS_FIXED;

	err = vmx_mmio(&v, 0xfee00000 + 16 * (data[0] >> 4), data[0] & 8);
	for (i = 0; i < 16; i++)
		changed += v.vmx.sw.gpr[i] != 0x1234567890abcdefULL * (i + 1);
	changed += v.vmx.rsp != 0x1234567890abcdefULL * 5;
	/* A string moves two addresses, and a count. */
	if (changed > 3)
		abort();
	repeat = memchr(v.insn, 0xf3, v.insn_size) || memchr(v.insn, 0xf2, v.insn_size);
	if ((repeat || v.gps) && !v.skipped)
		v.skipped = !err && !v.faults;
	if ((err || v.faults || v.gps) && (changed || v.skipped || v.vmx.dirty || v.apic_writes))
		abort();
	if (!err && !v.faults && (!v.skipped || v.skipped > 15 || v.skipped > v.insn_size))
		abort();
	if (v.vmx.rflags & ~(X86_EFLAGS_FIXED | X86_EFLAGS_CF | X86_EFLAGS_PF | X86_EFLAGS_AF |
			     X86_EFLAGS_ZF | X86_EFLAGS_SF | X86_EFLAGS_OF))
		abort();
	return 0;
}
