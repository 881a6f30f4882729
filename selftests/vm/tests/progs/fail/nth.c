// SPDX-License-Identifier: GPL-2.0-only
/* The n-th allocation or copy fails. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "fail/fail.h"
#include "xt.h"

int own = -1;
int maker = -1;
int nth = -1;

void arm(int file, unsigned int n)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u", n);

	if (pwrite(file, text, len, 0) != len)
		xt_die("fail-nth: %s", xt_errno_name(errno));
}

unsigned int left(int file)
{
	char text[16] = "";

	if (pread(file, text, sizeof(text) - 1, 0) <= 0)
		xt_die("fail-nth: %s", xt_errno_name(errno));
	return atoi(text);
}

/*
 * Has it failed what it should? What has not failed is still to, and that may be the copies of this
 * function: then nothing did before, and no more is to come.
 */
bool disarm(void)
{
	char text[16] = "";
	bool injected = pread(nth, text, sizeof(text) - 1, 0) > 0 && !atoi(text);

	if (!injected && pwrite(nth, "0", 1, 0) != 1 && pwrite(nth, "0", 1, 0) != 1)
		xt_die("fail-nth: %s", xt_errno_name(errno));
	return injected;
}

/* The last is the host's IPv4: it has no memory for a new network device. */
bool fitting(int err)
{
	return err == ENOMEM || err == EFAULT || err == SIGNALLED || err == ENFILE ||
	       err == ENOBUFS;
}

/* Workers may need a moment. */
bool empty(struct xlhv_info *info, unsigned int holders)
{
	for (int i = 0; i < 100; i++) {
		xt_info(dev, info);
		if (!info->nr_domains && info->holders == holders && !info->guest_pages &&
		    !info->overhead_pages)
			return true;
		usleep(2000);
	}
	return false;
}
