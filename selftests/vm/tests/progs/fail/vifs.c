// SPDX-License-Identifier: GPL-2.0-only
/*
 * Operations with network interfaces. The domain does not run: both rings are the console's page,
 * which is granted to domain 0 and has nothing in it.
 */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>

#include "fail/nodes.h"
#include "xt.h"

#define INDEX	3

static char device[XLHV_VIF_NAME_LEN];

/* The device has that number. The question for it may be what fails: then it has no answer. */
static int op_add(void)
{
	struct xlhv_vif_attach a = { .index = INDEX };
	int err = xt_call(dom, XLHV_VIF_ATTACH, &a);
	unsigned int number;

	snprintf(device, sizeof(device), "vif%u.%u", domid, INDEX);
	number = if_nametoindex(device);
	return err || !number || number == a.ifindex ? err : ODD;
}

static int op_connect(void)
{
	struct xlhv_vif_connect c = {
		.index = INDEX, .nr_queues = 1, .features = XLHV_VIF_SG,
		.queue = { { .tx_port = port, .rx_port = port } },
	};

	return xt_call(dom, XLHV_VIF_CONNECT, &c);
}

static int end(unsigned long cmd)
{
	struct xlhv_vif_detach e = { .index = INDEX };

	return xt_call(dom, cmd, &e);
}

static int op_disconnect(void)
{
	return end(XLHV_VIF_DISCONNECT);
}

static int op_remove(void)
{
	int err = end(XLHV_VIF_DETACH);

	return err || !if_nametoindex(device) ? err : ODD;
}

static int op_info(void)
{
	struct xlhv_vif_info info = { .index = INDEX };
	int err = xt_call(dom, XLHV_VIF_INFO, &info);

	return err || (info.queues == 1 && !info.broken) ? err : ODD;
}

static int op_destroy(void)
{
	int err = xt_call(dom, XLHV_DOM_DESTROY, NULL);

	return err || !if_nametoindex(device) ? err : ODD;
}

static void with_vif(void)
{
	with_peer();
	xt_must(op_add(), "add");
}

static void with_queue(void)
{
	with_vif();
	xt_must(op_connect(), "connect");
}

/* The thread of a queue is made by another thread of the kernel's. */
static void with_thread_failing(void)
{
	with_vif();
	nth = maker;
}

const struct op vif_ops[] = {
	{ "vif-add", with_peer, op_add, 800, PAGES, EEXIST },
	{ "vif-connect", with_vif, op_connect, 400, PAGES, EBUSY },
	{ "vif-connect-thread", with_thread_failing, op_connect, 200, PAGES, EBUSY },
	{ "vif-info", with_queue, op_info, 50, NOTHING, 0 },
	{ "vif-disconnect", with_queue, op_disconnect, 100, PAGES, 0 },
	{ "vif-remove", with_queue, op_remove, 100, PAGES, ENOENT },
	{ "vif-destroy", with_queue, op_destroy, 200, NOTHING, 0 },
	{}
};
