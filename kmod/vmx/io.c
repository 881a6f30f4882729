// SPDX-License-Identifier: GPL-2.0-only
/*
 * Port I/O.  A PVH domain has no ports: reads give all ones, writes go nowhere.
 * The one exception is port 0xe9, whose bytes go to the domain's log: the
 * earliest words of a kernel, and of tests.
 */
#include <linux/types.h>
#include <asm/processor.h>
#include <asm/trapnr.h>
#include <asm/vmx.h>

#include "vcpu.h"
#include "vmx/internal.h"

#define PORT_LOG	0xe9

#define IO_SIZE(q)	(((q) & 7) + 1)
#define IO_IN(q)	((q) & BIT(3))
#define IO_STRING(q)	((q) & BIT(4))
#define IO_REP(q)	((q) & BIT(5))
#define IO_PORT(q)	((q) >> 16 & 0xffff)

/* Address size of INS and OUTS, from the VM-exit instruction information. */
#define INFO_ADDRESS_SIZE(info)	(16U << ((info) >> 7 & 3))
#define INFO_SEGMENT(info)	((info) >> 15 & 7)

/* How many elements one exit moves: the guest goes on from there. */
#define STRING_CHUNK	256

int vmx_exit_io(struct vcpu *v)
{
	struct vmx_vcpu *x = &v->vmx;
	u64 q = vmx_vcpu_qualification(v);
	unsigned int size = IO_SIZE(q), segment;
	char c;

	if (unlikely(IO_STRING(q))) {
		x->guest_linear = vmcs_readl(GUEST_LINEAR_ADDRESS);
		x->instruction_info = vmcs_read32(VMX_INSTRUCTION_INFO);
		x->instruction_length = vmcs_read32(VM_EXIT_INSTRUCTION_LEN);
		/* INS writes by ES; OUTS reads by the segment that the information names. */
		segment = IO_IN(q) ? 0 : INFO_SEGMENT(x->instruction_info);
		x->segment_limit = vmx_field_read(GUEST_ES_LIMIT + 2 * segment);
		x->segment_is_stack = segment == 2;
		return VMX_NEXT_COLD;
	}
	if (IO_IN(q)) {
		if (size == 4)
			x->sw.gpr[0] = 0xffffffff;
		else
			x->sw.gpr[0] |= size == 2 ? 0xffff : 0xff;
	} else if (IO_PORT(q) == PORT_LOG) {
		c = x->sw.gpr[0];
		log_write(&v->domain->log, &c, 1, true);
	}
	vmx_skip_instruction(v);
	return VMX_RESUME;
}

static u64 mask_of(unsigned int bits)
{
	return bits == 64 ? ~0ULL : (1ULL << bits) - 1;
}

/* Advance an index register as the instruction's address size says. */
static void advance(u64 *reg, s64 by, u64 mask)
{
	u64 value = (*reg + by) & mask;

	/* A 32-bit result clears the upper half, a 16-bit one keeps it. */
	*reg = mask == 0xffff ? (*reg & ~mask) | value : value;
}

/* Limits count outside of 64-bit code.  (That of an expand-down segment is not ours to know.) */
static bool beyond_limit(struct vcpu *v, u64 offset, unsigned int size)
{
	return !vmx_vcpu_long_mode(v) && offset + size - 1 > v->vmx.segment_limit;
}

/* INS and OUTS, a chunk at a time.  May sleep. */
int vmx_cold_io(struct vcpu *v)
{
	struct vmx_vcpu *x = &v->vmx;
	u64 q = vmx_vcpu_qualification(v);
	unsigned int size = IO_SIZE(q);
	u64 mask = mask_of(INFO_ADDRESS_SIZE(x->instruction_info));
	s64 step = vmx_vcpu_rflags(v) & X86_EFLAGS_DF ? -(s64)size : size;
	u64 count = IO_REP(q) ? x->sw.gpr[1] & mask : 1, done;
	u64 linear = x->guest_linear;
	u32 element;
	int err = 0;

	for (done = 0; done < count && done < STRING_CHUNK; done++, linear += step) {
		if (beyond_limit(v, (IO_IN(q) ? x->sw.gpr[7] : x->sw.gpr[6]) & mask, size)) {
			vmx_inject_exception(v, x->segment_is_stack ? X86_TRAP_SS : X86_TRAP_GP,
					     true, 0);
			return 0;
		}
		if (IO_IN(q)) {
			element = ~0U;
			err = guest_copy_to(v, linear, &element, size);
		} else {
			err = guest_copy_from(v, &element, linear, size);
			if (!err && IO_PORT(q) == PORT_LOG)
				log_write(&v->domain->log, (char *)&element, 1, true);
		}
		if (err)
			break;
		advance(IO_IN(q) ? &x->sw.gpr[7] : &x->sw.gpr[6], step, mask);
		if (IO_REP(q))
			advance(&x->sw.gpr[1], -1, mask);
	}
	if (err) {
		/* The exit came before the CPU looked at the page tables. */
		vmx_inject_access_fault(v, linear, size, IO_IN(q));
		return 0;
	}
	if (done == count)
		vmx_skip_bytes(v, x->instruction_length);
	return 0;
}
