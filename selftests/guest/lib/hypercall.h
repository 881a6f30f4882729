/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hypercalls by direct VMCALL, Xen's register convention. Arguments are unsigned
 * long: pointers are linear addresses, as the ABI wants.
 */
#ifndef GUEST_HYPERCALL_H
#define GUEST_HYPERCALL_H

#include "types.h"

#include <xen/xen.h>
#include <xen/errno.h>

struct hypercall_regs {
	unsigned long nr, a[5];
};

/* Without Xen underneath every call answers -ENOSYS (VMCALL would be #UD). */
extern bool hypercall_ok;

static inline long hypercall5(unsigned long nr, unsigned long a1, unsigned long a2,
			      unsigned long a3, unsigned long a4, unsigned long a5)
{
	long rc = nr;

	if (!hypercall_ok)
		return -XEN_ENOSYS;
#ifdef __x86_64__
	register unsigned long r10 __asm__("r10") = a4;
	register unsigned long r8 __asm__("r8") = a5;

	__asm__ volatile("vmcall" : "+a"(rc), "+D"(a1), "+S"(a2), "+d"(a3), "+r"(r10), "+r"(r8)
			 : : "memory");
#else
	__asm__ volatile("vmcall" : "+a"(rc), "+b"(a1), "+c"(a2), "+d"(a3), "+S"(a4), "+D"(a5)
			 : : "memory");
#endif
	return rc;
}

#define hypercall0(nr) hypercall5(nr, 0, 0, 0, 0, 0)
#define hypercall1(nr, a) hypercall5(nr, (unsigned long)(a), 0, 0, 0, 0)
#define hypercall2(nr, a, b) hypercall5(nr, (unsigned long)(a), (unsigned long)(b), 0, 0, 0)
#define hypercall3(nr, a, b, c)								\
	hypercall5(nr, (unsigned long)(a), (unsigned long)(b), (unsigned long)(c), 0, 0)

/*
 * The headers leave the value of XEN_ERRNO to their users: a negative return is
 * one of these, so tests write -XEN_EINVAL and so on.
 */
static inline long xen_version_op(unsigned int cmd, void *arg)
{
	return hypercall2(__HYPERVISOR_xen_version, cmd, arg);
}

static inline long memory_op(unsigned long cmd, void *arg)
{
	return hypercall2(__HYPERVISOR_memory_op, cmd, arg);
}

static inline long hvm_op(unsigned long op, void *arg)
{
	return hypercall2(__HYPERVISOR_hvm_op, op, arg);
}

static inline long vcpu_op(unsigned int cmd, unsigned int vcpu, void *arg)
{
	return hypercall3(__HYPERVISOR_vcpu_op, cmd, vcpu, arg);
}

static inline long sched_op(unsigned int cmd, void *arg)
{
	return hypercall2(__HYPERVISOR_sched_op, cmd, arg);
}

static inline long evtchn_op(unsigned int cmd, void *arg)
{
	return hypercall2(__HYPERVISOR_event_channel_op, cmd, arg);
}

static inline long grant_op(unsigned int cmd, void *arg, unsigned int count)
{
	return hypercall3(__HYPERVISOR_grant_table_op, cmd, arg, count);
}

static inline long console_io(unsigned int cmd, unsigned long count, const void *buf)
{
	return hypercall3(__HYPERVISOR_console_io, cmd, count, buf);
}

#endif
