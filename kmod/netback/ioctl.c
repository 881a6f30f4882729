// SPDX-License-Identifier: GPL-2.0-only
/*
 * Interfaces' ioctls on a domain's descriptor.  All but a look at one take the network's own lock,
 * so they do not enter the domain for as long as they work.
 */
#include "base/ioctl.h"
#include "netback/internal.h"

static int do_add(void *of, struct ioctl_call *call)
{
	return net_add(of, (void *)call->arg, call->text);
}

static int do_connect(void *of, struct ioctl_call *call)
{
	return net_connect(of, (void *)call->arg, call->text);
}

static int do_disconnect(void *of, struct ioctl_call *call)
{
	return net_disconnect(of, (void *)call->arg);
}

static int do_remove(void *of, struct ioctl_call *call)
{
	return net_remove(of, (void *)call->arg);
}

static int do_info(void *of, struct ioctl_call *call)
{
	return net_info(of, (void *)call->arg);
}

const struct ioctl_op net_ioctls[] = {
	{ XLHV_VIF_ATTACH, .alone = do_add },
	{ XLHV_VIF_CONNECT, .alone = do_connect },
	{ XLHV_VIF_DISCONNECT, .alone = do_disconnect },
	{ XLHV_VIF_DETACH, .alone = do_remove },
	{ XLHV_VIF_INFO, .work = do_info },
	{}
};
