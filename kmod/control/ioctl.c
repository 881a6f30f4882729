// SPDX-License-Identifier: GPL-2.0-only
/*
 * An ioctl in three steps: all that it needs of the caller's memory is copied in; it
 * is done, on the kernel's memory alone; the answer is copied out.  Nothing is held
 * and no domain is entered in the first and the last of them, so that who lets an
 * access to his memory wait keeps nobody else waiting (usercopy.h).
 */
#include <linux/build_bug.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "base/usercopy.h"
#include "control/ioctl.h"

/**
 * ioctl_copy_in() - what the structure points to
 * @c: its @in is set
 * @from: [user] address
 * @len: bytes, checked; 0 for nothing
 *
 * Context: @get of an operation.
 * Return: 0; -ENOMEM; -EFAULT.
 */
int ioctl_copy_in(struct ioctl_call *c, u64 from, size_t len)
{
	if (!len)
		return 0;
	c->in = kvmalloc(len, GFP_KERNEL_ACCOUNT);
	if (!c->in)
		return -ENOMEM;
	return user_copy_in(c->in, u64_to_user_ptr(from), len);
}

/**
 * ioctl_room() - memory for an answer that the structure points to
 * @c: its @out is set, to zeroes; who fills it in sets @out_len
 * @to: [user] address
 * @len: bytes there is room for, checked; may be 0
 *
 * Context: @get of an operation.
 * Return: 0 or -ENOMEM.
 */
int ioctl_room(struct ioctl_call *c, u64 to, size_t len)
{
	c->out_to = to;
	if (!len)
		return 0;
	c->out = kvzalloc(len, GFP_KERNEL_ACCOUNT);
	return c->out ? 0 : -ENOMEM;
}

/**
 * ioctl_run() - one call
 * @file: passed on
 * @ops: the ioctls there are
 * @nr: their number
 * @enter: calls an operation's @work
 * @cmd: from the caller
 * @arg: from the caller
 *
 * Return: for the caller.
 */
long ioctl_run(void *file, const struct ioctl_op *ops, size_t nr, ioctl_enter_t *enter,
	       unsigned int cmd, unsigned long arg)
{
	bool in = _IOC_DIR(cmd) & _IOC_WRITE, out = _IOC_DIR(cmd) & _IOC_READ;
	void __user *user = (void __user *)arg;
	unsigned int size = _IOC_SIZE(cmd);
	const struct ioctl_op *op;
	struct ioctl_call c = {};
	int err = 0;

	for (op = ops; op < ops + nr; op++)
		if (op->cmd == cmd)
			break;
	if (op == ops + nr)
		return -ENOTTY;
	if (WARN_ON_ONCE(size > sizeof(c.arg)))
		return -ENOTTY;
	if (in)
		err = user_copy_in(c.arg, user, size);
	/* What is done cannot be undone when its answer cannot be given: try first. */
	if (!err && out)
		err = user_copy_out(user, c.arg, size);
	if (!err && op->get)
		err = op->get(&c);
	if (!err)
		err = op->work ? enter(file, op, &c) : op->alone(file, &c);
	if (!err && c.out_len)
		err = user_copy_out(u64_to_user_ptr(c.out_to), c.out, c.out_len);
	if (!err && out)
		err = user_copy_out(user, c.arg, size);
	new_file_end(&c.new, err);
	kvfree(c.in);
	kvfree(c.out);
	return err;
}
