// SPDX-License-Identifier: GPL-2.0-only
/*
 * Small hypercalls: console_io, vm_assist, multicall, and those that are for the
 * toolstack or domain 0 and answer a guest with an error.
 */
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/nospec.h>
#include <xen/interface/xen.h>

#include "ept/ept.h"
#include "hypercall/internal.h"
#include "hypercall/continuation.h"
#include "hypercall/hypercall.h"
#include "trace.h"
#include "vcpu/regs.h"
#include "vcpu/vcpu.h"

/* More than a log holds makes no sense. */
#define CONSOLE_MAX	65536
#define CONSOLE_CHUNK	128

/* Entries of one list.  Xen has no limit; nobody comes near this one. */
#define MULTICALL_MAX	1024

/* Interface version of Xen 4.17; source: platform.h of Xen. */
#define PLATFORM_VERSION	0x03000001

static long console_write(struct vcpu *v, u64 buffer, u32 count)
{
	char text[CONSOLE_CHUNK];
	u32 done, chunk;
	long rc;

	if (count > INT_MAX)
		return -EINVAL;
	if (count > CONSOLE_MAX)
		return -E2BIG;
	/* All of it or nothing where a part could not be taken back. */
	if (count > sizeof(text) && vmx_vcpu_atomic(v))
		return -EAGAIN;
	for (done = 0; done < count; done += chunk) {
		if (done && hypercall_give_way(v))
			return hypercall_go_on(v, CONSOLEIO_write, count - done, buffer + done);
		chunk = min_t(u32, count - done, sizeof(text));
		rc = guest_copy_from(v, text, buffer + done, chunk);
		if (rc)
			return rc;
		log_write(&v->domain->log, text, chunk, true);
	}
	return 0;
}

/**
 * hc_console_io() - hypercall console_io: text into the domain's log
 * @v: own thread
 * @arg1: CONSOLEIO_*
 * @arg2: bytes
 * @arg3: linear address of the buffer
 *
 * Return: 0 (for a read: nothing was there); -EINVAL, -E2BIG: count; -EFAULT;
 * -ENOSYS; -EAGAIN in the inner loop.
 */
long hc_console_io(struct vcpu *v, u64 arg1, u64 arg2, u64 arg3)
{
	u32 count = arg2;

	switch ((u32)arg1) {
	case CONSOLEIO_write:
		return console_write(v, arg3, count);
	case CONSOLEIO_read:
		return 0;
	}
	return -ENOSYS;
}

/**
 * hc_vm_assist() - hypercall vm_assist
 * @v: own thread
 * @arg1: VMASST_CMD_*
 * @arg2: VMASST_TYPE_*
 * @arg3: not used
 *
 * Return: 0; -EINVAL: a type that is not for such guests; -ENOSYS.
 */
long hc_vm_assist(struct vcpu *v, u64 arg1, u64 arg2, u64 arg3)
{
	if ((u32)arg2 != VMASST_TYPE_runstate_update_flag)
		return -EINVAL;
	switch ((u32)arg1) {
	case VMASST_CMD_enable:
		set_bit(VMASST_TYPE_runstate_update_flag, &v->domain->vm_assist);
		return 0;
	case VMASST_CMD_disable:
		clear_bit(VMASST_TYPE_runstate_update_flag, &v->domain->vm_assist);
		return 0;
	}
	return -ENOSYS;
}

/* struct multicall_entry of a 32-bit caller. */
struct multicall_compat {
	u32 op;
	s32 result;
	u32 args[6];
};

/**
 * struct multicall - one entry being worked at
 * @nr: number of the hypercall
 * @args: arguments
 */
struct multicall {
	u64 nr;
	u64 args[6];
};

static long multicall_get(struct vcpu *v, u64 entry, bool wide, struct multicall *call)
{
	struct multicall_compat narrow;
	struct multicall_entry wide_entry;
	unsigned int i;
	long rc;

	if (wide) {
		rc = guest_copy_from(v, &wide_entry, entry, sizeof(wide_entry));
		if (rc)
			return rc;
		call->nr = wide_entry.op;
		for (i = 0; i < ARRAY_SIZE(call->args); i++)
			call->args[i] = wide_entry.args[i];
	} else {
		rc = guest_copy_from(v, &narrow, entry, sizeof(narrow));
		if (rc)
			return rc;
		call->nr = narrow.op;
		for (i = 0; i < ARRAY_SIZE(call->args); i++)
			call->args[i] = narrow.args[i];
	}
	return 0;
}

static long multicall_put_result(struct vcpu *v, u64 entry, bool wide, long result)
{
	s32 narrow_result = result;

	if (wide)
		return guest_copy_to(v, entry + offsetof(struct multicall_entry, result),
				     &result, sizeof(result));
	return guest_copy_to(v, entry + offsetof(struct multicall_compat, result),
			     &narrow_result, sizeof(narrow_result));
}

/* The entry is not through: it says now what is left of it. */
static long multicall_put_args(struct vcpu *v, u64 entry, bool wide, u64 nr)
{
	unsigned int n = min_t(unsigned int, hypercall_nr_args(nr), ARRAY_SIZE(v->go_on)), i;
	u32 narrow[ARRAY_SIZE(v->go_on)];

	if (wide)
		return guest_copy_to(v, entry + offsetof(struct multicall_entry, args),
				     v->go_on, n * sizeof(v->go_on[0]));
	for (i = 0; i < n; i++)
		narrow[i] = v->go_on[i];
	return guest_copy_to(v, entry + offsetof(struct multicall_compat, args),
			     narrow, n * sizeof(narrow[0]));
}

/* Return: 0: done, with its result written; HYPERCALL_GOES_ON; an error for the list. */
static long multicall_one(struct vcpu *v, u64 entry, bool wide)
{
	struct multicall call;
	long rc, result;

	rc = multicall_get(v, entry, wide, &call);
	if (rc)
		return rc;
	result = call.nr == __HYPERVISOR_multicall ? -EINVAL :
		 hypercall(v, call.args[0], call.args[1], call.args[2], call.nr);
	trace_xlhv_hypercall(v, call.nr, call.args, result);
	if (result == HYPERCALL_GOES_ON)
		return multicall_put_args(v, entry, wide, call.nr) ?: result;
	return multicall_put_result(v, entry, wide, result);
}

/**
 * hc_multicall() - hypercall multicall: several in a list
 * @v: own thread
 * @arg1: linear address of the list
 * @arg2: number of entries
 * @arg3: not used
 *
 * The result of each is in its entry; one that fails does not end the list.  A list
 * in a list is -EINVAL.  A domain that shuts down in it does not do the rest.  One
 * that gives way goes on with the entries that are left; if it was in the middle of
 * one, that has the arguments for what is left of it.
 *
 * Return: 0; -EFAULT; -EINVAL: more than 1024 entries; -EAGAIN in the inner loop;
 * HYPERCALL_GOES_ON.
 */
long hc_multicall(struct vcpu *v, u64 arg1, u64 arg2, u64 arg3)
{
	bool wide = vmx_vcpu_long_mode(v);
	size_t size = wide ? sizeof(struct multicall_entry) : sizeof(struct multicall_compat);
	u32 count = arg2, i;
	long rc;

	if (vmx_vcpu_atomic(v))
		return -EAGAIN;
	if (count > MULTICALL_MAX)
		return -EINVAL;
	for (i = 0; i < count; i++) {
		rc = i && hypercall_give_way(v) ? HYPERCALL_GOES_ON :
						  multicall_one(v, arg1 + i * size, wide);
		if (rc == HYPERCALL_GOES_ON)
			return hypercall_go_on(v, arg1 + i * size, count - i, arg3);
		if (rc)
			return rc;
	}
	return 0;
}

/*
 * For the host's administrator, who has other ways.  The version of the interface is looked at
 * before who calls: a guest finds it out by that.
 */
long hc_platform_op(struct vcpu *v, u64 arg1, u64 arg2, u64 arg3)
{
	struct {
		u32 cmd;
		u32 version;
	} head;
	long rc;

	rc = guest_copy_from(v, &head, arg1, sizeof(head));
	if (rc)
		return rc;
	return head.version == PLATFORM_VERSION ? -EPERM : -EACCES;
}

/* For device models. */
long hc_dm_op(struct vcpu *v, u64 arg1, u64 arg2, u64 arg3)
{
	return v->process ? -EOPNOTSUPP : -EPERM;
}
