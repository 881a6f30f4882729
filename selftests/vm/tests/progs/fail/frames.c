// SPDX-License-Identifier: GPL-2.0-only
/* Operations with /dev/xen/privcmd: hypercalls, and guests' pages that are mapped. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fail/nodes.h"
#include "xt.h"

#include <xen/event_channel.h>
#include <xen/version.h>

#define FRAMES		4U
#define GRANT_TABLE	1	/* type of a resource */

static int errors[FRAMES];
static bool failed;

static int op_open(void)
{
	return node_open("/dev/xen/privcmd");
}

static int op_version(void)
{
	char text[1024];

	return hypercall(__HYPERVISOR_xen_version, XENVER_capabilities, text);
}

static int op_status(void)
{
	struct evtchn_status s = { .dom = domid, .port = port };
	int err = hypercall(__HYPERVISOR_event_channel_op, EVTCHNOP_status, &s);

	return err || s.status == EVTCHNSTAT_unbound ? err : ODD;
}

static int op_area(void)
{
	return node_map(0, FRAMES);
}

static int map_frames(unsigned int first, unsigned int n)
{
	static const uint64_t frames[FRAMES] = { 0, 1, 2, 3 };
	struct privcmd_mmapbatch_v2 b = {
		n, domid, (uintptr_t)area + first * PAGE, frames + first, errors + first
	};

	return node_call(IOCTL_PRIVCMD_MMAPBATCH_V2, &b);
}

static int first_error(void)
{
	for (unsigned int i = 0; i < FRAMES; i++)
		if (errors[i])
			return -errors[i];
	return 0;
}

/* Those that could not be mapped are named, and can be mapped then; the others are. */
static int op_frames(void)
{
	int err = 0;

	if (!first_error())
		return map_frames(0, FRAMES) ?: first_error();
	for (unsigned int i = 0; i < FRAMES && !err; i++)
		if (errors[i])
			err = map_frames(i, 1) ?: -errors[i];
	return err;
}

/* What a process does that knows no better: all that is mapped goes, and it begins anew. */
static int begin_anew(void)
{
	return node_unmap() ?: op_area();
}

/* Those that could not be mapped are marked in the list. */
static int op_old_frames(void)
{
	static uint64_t frames[FRAMES];
	struct privcmd_mmapbatch b = {
		.num = FRAMES, .dom = domid, .arr = frames
	};
	int err = failed ? begin_anew() : 0;

	if (err)
		return err;
	b.addr = (uintptr_t)area;
	for (unsigned int i = 0; i < FRAMES; i++)
		frames[i] = i;
	err = node_call(IOCTL_PRIVCMD_MMAPBATCH, &b);
	for (unsigned int i = 0; i < FRAMES && !err; i++)
		if (frames[i] != i)
			err = ENOMEM;
	failed = err;
	return err;
}

static int op_table(void)
{
	struct privcmd_mmap_resource r = {
		.dom = domid, .type = GRANT_TABLE, .num = FRAMES, .addr = (uintptr_t)area
	};

	return node_call(IOCTL_PRIVCMD_MMAP_RESOURCE, &r);
}

static int op_table_size(void)
{
	struct privcmd_mmap_resource r = { .dom = domid, .type = GRANT_TABLE };
	int err = node_call(IOCTL_PRIVCMD_MMAP_RESOURCE, &r);

	return err || r.num ? err : ODD;
}

static int op_dm(void)
{
	static char bytes[8];
	struct privcmd_dm_op_buf buf = { bytes, sizeof(bytes) };
	struct privcmd_dm_op d = { domid, 1, &buf };
	int err = node_call(IOCTL_PRIVCMD_DM_OP, &d);

	/* There is none that it could be. */
	return err == EOPNOTSUPP ? 0 : err;
}

static int op_restrict(void)
{
	domid_t d = domid;

	return node_call(IOCTL_PRIVCMD_RESTRICT, &d);
}

static int op_hypercall_open(void)
{
	return node_open("/dev/xen/hypercall");
}

static void with_privcmd(void)
{
	with_peer();
	xt_must(op_open(), "privcmd");
}

static void with_area(void)
{
	memset(errors, 0, sizeof(errors));
	failed = false;
	with_privcmd();
	xt_must(op_area(), "an area");
}

static void with_frames(void)
{
	with_area();
	xt_must(op_frames(), "frames");
}

static void with_hypercall(void)
{
	xt_must(op_hypercall_open(), "hypercall");
}

static void with_buffers(void)
{
	with_hypercall();
	xt_must(op_area(), "buffers");
}

const struct op frame_ops[] = {
	{ "privcmd-open", with_no_node, op_open, 50, NOTHING, 0 },
	{ "privcmd-version", with_privcmd, op_version, 100, NOTHING, 0 },
	{ "privcmd-status", with_privcmd, op_status, 100, NOTHING, 0 },
	{ "privcmd-mmap", with_privcmd, op_area, 200, NOTHING, 0 },
	{ "privcmd-frames", with_area, op_frames, 300, NOTHING, 0 },
	{ "privcmd-old-frames", with_area, op_old_frames, 300, NOTHING, 0 },
	{ "privcmd-touch", with_frames, node_touch, 200, NOTHING, 0 },
	{ "privcmd-munmap", with_frames, node_unmap, 200, NOTHING, 0 },
	{ "privcmd-table", with_area, op_table, 300, NOTHING, 0 },
	{ "privcmd-table-size", with_privcmd, op_table_size, 100, NOTHING, 0 },
	{ "privcmd-dm-op", with_privcmd, op_dm, 100, NOTHING, 0 },
	{ "privcmd-restrict", with_privcmd, op_restrict, 100, NOTHING, 0 },
	{ "hypercall-open", with_no_node, op_hypercall_open, 50, NOTHING, 0 },
	{ "hypercall-mmap", with_hypercall, op_area, 200, NOTHING, 0 },
	{ "hypercall-munmap", with_buffers, node_unmap, 200, NOTHING, 0 },
	{}
};
