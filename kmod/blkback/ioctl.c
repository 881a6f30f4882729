// SPDX-License-Identifier: GPL-2.0-only
/*
 * Disks' ioctls on a domain's descriptor.  Attaching and ending do not enter the domain for as
 * long as they work: a disk may let them wait for ever.
 */
#include "base/ioctl.h"
#include "blkback/internal.h"

static int do_attach(void *of, struct ioctl_call *call)
{
	return blk_attach(of, (void *)call->arg, call->text);
}

static int do_connect(void *of, struct ioctl_call *call)
{
	return blk_connect(of, (void *)call->arg, call->text);
}

static int do_disconnect(void *of, struct ioctl_call *call)
{
	return blk_disconnect(of, (void *)call->arg);
}

static int do_detach(void *of, struct ioctl_call *call)
{
	return blk_detach(of, (void *)call->arg);
}

static int do_info(void *of, struct ioctl_call *call)
{
	return blk_info(of, (void *)call->arg);
}

const struct ioctl_op blk_ioctls[] = {
	{ XLHV_BLK_ATTACH, .alone = do_attach },
	{ XLHV_BLK_CONNECT, .work = do_connect },
	{ XLHV_BLK_DISCONNECT, .alone = do_disconnect },
	{ XLHV_BLK_DETACH, .alone = do_detach },
	{ XLHV_BLK_INFO, .work = do_info },
	{}
};
