// SPDX-License-Identifier: GPL-2.0-only
/*
 * Operations with disks. The domain does not run: the ring is the console's page, which is granted
 * to domain 0 and has nothing in it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "fail/nodes.h"
#include "xt.h"

#define VDEV	51712
#define BYTES	0x100000

static const char *const file = "/tmp/fail.disk";
/* A device, if the kernel has one for this: FAIL_DEVICE. */
static const char *device;

static int attach(unsigned int flags)
{
	struct xlhv_blk_attach a = { .vdev = VDEV, .fd = node, .flags = flags };

	return xt_call(dom, XLHV_BLK_ATTACH, &a);
}

static int op_attach_file(void)
{
	return attach(XLHV_BLK_BUFFERED);
}

static int op_attach_device(void)
{
	return attach(0);
}

static int op_connect(void)
{
	struct xlhv_blk_connect c = {
		.vdev = VDEV, .port = port, .features = XLHV_BLK_FLUSH | XLHV_BLK_INDIRECT
	};

	return xt_call(dom, XLHV_BLK_CONNECT, &c);
}

static int end(unsigned long cmd)
{
	struct xlhv_blk_detach e = { .vdev = VDEV, .queue = XLHV_BLK_ALL_QUEUES };

	return xt_call(dom, cmd, &e);
}

static int op_disconnect(void)
{
	return end(XLHV_BLK_DISCONNECT);
}

static int op_detach(void)
{
	return end(XLHV_BLK_DETACH);
}

/* It has another size by now, and one ring is served. */
static int op_info(void)
{
	struct xlhv_blk_info info = { .vdev = VDEV };
	int err = xt_call(dom, XLHV_BLK_INFO, &info);

	return err || (info.sectors == 2 * BYTES / 512 && info.connected == 1) ? err : ODD;
}

static int op_destroy(void)
{
	return xt_call(dom, XLHV_DOM_DESTROY, NULL);
}

static void with_file(void)
{
	with_peer();
	xt_must(node_open(file), file);
	if (ftruncate(node, BYTES))
		xt_die("%s: %s", file, xt_errno_name(errno));
}

static void with_device(void)
{
	with_peer();
	xt_must(node_open(device), device);
}

static void with_disk(void)
{
	with_file();
	xt_must(op_attach_file(), "attach");
}

static void with_device_disk(void)
{
	with_device();
	xt_must(op_attach_device(), "attach");
}

static void with_ring(void)
{
	with_disk();
	xt_must(op_connect(), "connect");
}

static void with_other_size(void)
{
	with_ring();
	if (ftruncate(node, 2 * BYTES))
		xt_die("%s: %s", file, xt_errno_name(errno));
}

/* The thread of a ring is made by another thread of the kernel's. */
static void with_thread_failing(void)
{
	with_disk();
	nth = maker;
}

const struct op disk_ops[] = {
	{ "disk-attach", with_file, op_attach_file, 100, PAGES, EBUSY },
	{ "disk-connect", with_disk, op_connect, 200, PAGES, 0 },
	{ "disk-connect-thread", with_thread_failing, op_connect, 200, PAGES, 0 },
	{ "disk-info", with_other_size, op_info, 50, NOTHING, 0 },
	{ "disk-disconnect", with_ring, op_disconnect, 100, PAGES, 0 },
	{ "disk-detach", with_ring, op_detach, 100, PAGES, ENOENT },
	{ "disk-destroy", with_ring, op_destroy, 200, NOTHING, 0 },
	{}
};

const struct op device_ops[] = {
	{ "device-attach", with_device, op_attach_device, 200, PAGES, EBUSY },
	{ "device-detach", with_device_disk, op_detach, 100, PAGES, ENOENT },
	{}
};

void disks_begin(void)
{
	int fd = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		xt_die("%s: %s", file, xt_errno_name(errno));
	close(fd);
	device = getenv("FAIL_DEVICE");
}
