// SPDX-License-Identifier: GPL-2.0-only
/*
 * Port I/O.  A PVH domain has no ports: reads give all ones, writes go nowhere.
 * There are two exceptions: port 0xe9, whose bytes go to the domain's log (the
 * earliest words of a kernel, and of tests), and the serial port, if there is one.
 */
#include <linux/types.h>
#include <asm/processor.h>
#include <asm/vmx.h>

#include "console/serial.h"
#include "ept/ept.h"
#include "vcpu/regs.h"
#include "vcpu/vcpu.h"
#include "vmx/guest/internal.h"
#include "vmx/guest/segment.h"

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

static u32 port_in(struct vcpu *v, u64 q)
{
	return serial_at(v->domain, IO_PORT(q), IO_SIZE(q)) ?
	       serial_in(v->domain, IO_PORT(q), IO_SIZE(q)) : ~0U;
}

static void port_out(struct vcpu *v, u64 q, u32 value)
{
	char c = value;

	if (IO_PORT(q) == PORT_LOG)
		log_write(&v->domain->log, &c, 1, true);
	else if (serial_at(v->domain, IO_PORT(q), IO_SIZE(q)))
		serial_out(v->domain, IO_PORT(q), IO_SIZE(q), value);
}

int vmx_exit_io(struct vcpu *v)
{
	struct vmx_vcpu *x = &v->vmx;
	u64 q = vmx_vcpu_qualification(v);
	unsigned int size = IO_SIZE(q), segment;
	u32 mask;

	if (unlikely(IO_STRING(q))) {
		x->instruction_info = vmcs_read32(VMX_INSTRUCTION_INFO);
		x->instruction_length = vmcs_read32(VM_EXIT_INSTRUCTION_LEN);
		/* INS writes by ES; OUTS reads by the segment that the information names. */
		segment = IO_IN(q) ? SEG_ES : INFO_SEGMENT(x->instruction_info);
		x->segment = segment;
		x->segment_base = vmx_field_read(GUEST_ES_BASE + 2 * segment);
		x->segment_limit = vmx_field_read(GUEST_ES_LIMIT + 2 * segment);
		x->segment_ar = vmx_field_read(GUEST_ES_AR_BYTES + 2 * segment);
		return VMX_NEXT_COLD;
	}
	if (IO_IN(q)) {
		mask = size == 4 ? 0xffffffff : size == 2 ? 0xffff : 0xff;
		/* Of 32 bits all else is cleared, of fewer it is kept. */
		if (size == 4)
			x->sw.gpr[0] = 0;
		x->sw.gpr[0] = (x->sw.gpr[0] & ~(u64)mask) | (port_in(v, q) & mask);
	} else {
		port_out(v, q, x->sw.gpr[0]);
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

/*
 * One element, to or from memory.  The exit came before the CPU looked at segment and
 * page tables: what it checks there is checked here, and all with the rights of who
 * executes the instruction.  Return: 0; -EFAULT: a fault is to be injected; -ENOMEM.
 */
static int move_element(struct vcpu *v, u64 offset, u64 q)
{
	unsigned int size = IO_SIZE(q);
	bool in = IO_IN(q);
	const struct vmx_vcpu *x = &v->vmx;
	const struct segment seg = {
		.base = x->segment_base, .limit = x->segment_limit, .ar = x->segment_ar,
	};
	struct guest_fault fault;
	u32 element = ~0U;
	u64 linear;
	int err;

	err = vmx_segment_linear(v, x->segment, &seg, offset, size, in, &linear);
	if (err)
		return err;
	err = guest_access(v, linear, &element, size, in ? GUEST_WRITE : GUEST_READ, &fault);
	/* What a register gives is gone: it is read when memory is known to take it. */
	if (!err && in && serial_at(v->domain, IO_PORT(q), size)) {
		element = port_in(v, q);
		err = guest_access(v, linear, &element, size, GUEST_WRITE, &fault);
	}
	if (err == -EFAULT)
		vmx_inject_fault(v, &fault);
	else if (!err && !in)
		port_out(v, q, element);
	return err;
}

/* INS and OUTS, a chunk at a time.  May sleep. */
int vmx_cold_io(struct vcpu *v)
{
	struct vmx_vcpu *x = &v->vmx;
	u64 q = vmx_vcpu_qualification(v);
	u64 *index = IO_IN(q) ? &x->sw.gpr[7] : &x->sw.gpr[6];
	unsigned int size = IO_SIZE(q);
	u64 mask = mask_of(INFO_ADDRESS_SIZE(x->instruction_info));
	s64 step = vmx_vcpu_rflags(v) & X86_EFLAGS_DF ? -(s64)size : size;
	u64 count = IO_REP(q) ? x->sw.gpr[1] & mask : 1, done;
	int err;

	for (done = 0; done < count && done < STRING_CHUNK; done++) {
		err = move_element(v, *index & mask, q);
		if (err == -ENOMEM) {
			vcpu_wait_for_memory(v);
			return VMX_STAY_RESCHED;
		}
		if (err)
			return 0;
		advance(index, step, mask);
		if (IO_REP(q))
			advance(&x->sw.gpr[1], -1, mask);
	}
	if (done == count)
		vmx_skip_bytes(v, x->instruction_length);
	return 0;
}
