/* SPDX-License-Identifier: GPL-2.0-only */
/* The process that calls is the test itself; an address below a page is not its. */
#ifndef FAKE_USERCOPY_H
#define FAKE_USERCOPY_H

#include <linux/errno.h>
#include <linux/string.h>
#include <linux/types.h>

#ifndef __user
#define __user
#endif
#define u64_to_user_ptr(address)	((void *)(unsigned long)(address))

static inline int user_copy_in(void *to, const void *from, size_t len)
{
	if ((unsigned long)from < 4096)
		return -EFAULT;
	memcpy(to, from, len);
	return 0;
}

static inline int user_copy_out(void *to, const void *from, size_t len)
{
	if ((unsigned long)to < 4096)
		return -EFAULT;
	memcpy(to, from, len);
	return 0;
}

static inline int user_clear(void *to, size_t len)
{
	if ((unsigned long)to < 4096)
		return -EFAULT;
	memset(to, 0, len);
	return 0;
}

#endif /* FAKE_USERCOPY_H */
