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
#include "control/internal.h"

/**
 * ioctl_find() - an ioctl by its number
 * @ops: the ioctls there are
 * @nr: their number
 * @cmd: from the caller
 *
 * Return: its row, or NULL.
 */
const struct ioctl_op *ioctl_find(const struct ioctl_op *ops, size_t nr, unsigned int cmd)
{
	const struct ioctl_op *op;

	for (op = ops; op < ops + nr; op++)
		if (op->cmd == cmd)
			return op;
	return NULL;
}

/**
 * ioctl_run() - one call
 * @file: passed on
 * @op: which
 * @call: carries it out
 * @arg: from the caller
 *
 * Return: for the caller.
 */
long ioctl_run(void *file, const struct ioctl_op *op, ioctl_call_t *call, unsigned long arg)
{
	bool in = _IOC_DIR(op->cmd) & _IOC_WRITE, out = _IOC_DIR(op->cmd) & _IOC_READ;
	void __user *user = (void __user *)arg;
	unsigned int size = _IOC_SIZE(op->cmd);
	struct ioctl_call c = {};
	int err = 0;

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
		err = call(file, op, &c);
	if (!err && c.out_len)
		err = user_copy_out(u64_to_user_ptr(c.out_to), c.out, c.out_len);
	if (!err && out)
		err = user_copy_out(user, c.arg, size);
	new_file_end(&c.new, err);
	kvfree(c.in);
	kvfree(c.out);
	return err;
}
