// SPDX-License-Identifier: GPL-2.0-only
/* What an ioctl has of its caller's memory besides its structure. */
#include <linux/mm.h>
#include <linux/slab.h>

#include "base/ioctl.h"
#include "base/usercopy.h"

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
