// SPDX-License-Identifier: GPL-2.0-only
/* Operations with grants: /dev/xen/gntdev and /dev/xen/gntalloc. */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "fail/nodes.h"
#include "xt.h"

#include <xen/event_channel.h>
#include <xen/evtchn.h>
#include <xen/grant_table.h>
#include <xen/gntalloc.h>
#include <xen/gntdev.h>

#define FRAMES	4U

static uint64_t at;		/* offset that the node has for what it was told */

static int op_gntdev(void)
{
	return node_open("/dev/xen/gntdev");
}

static int op_grant(void)
{
	struct ioctl_gntdev_map_grant_ref m = { .count = 1 };
	int err;

	m.refs[0].domid = domid;
	err = node_call(IOCTL_GNTDEV_MAP_GRANT_REF, &m);
	if (!err)
		at = m.index;
	return err;
}

static int op_map_grant(void)
{
	return node_map(at, 1);
}

static int op_where(void)
{
	struct ioctl_gntdev_get_offset_for_vaddr w = { .vaddr = (uintptr_t)area };
	int err = node_call(IOCTL_GNTDEV_GET_OFFSET_FOR_VADDR, &w);

	return err || (w.offset == at && w.count == 1) ? err : ODD;
}

static uint32_t event;

static int op_notify(void)
{
	struct ioctl_gntdev_unmap_notify n = {
		at, UNMAP_NOTIFY_CLEAR_BYTE | UNMAP_NOTIFY_SEND_EVENT, event
	};

	return node_call(IOCTL_GNTDEV_SET_UNMAP_NOTIFY, &n);
}

static int copy(bool to_guest)
{
	static char bytes[64];
	struct gntdev_grant_copy_segment s = { .len = sizeof(bytes) };
	struct ioctl_gntdev_grant_copy c = { 1, &s };
	int err;

	if (to_guest) {
		s.source.virt = bytes;
		s.dest.foreign.domid = domid;
		s.flags = GNTCOPY_dest_gref;
	} else {
		s.source.foreign.domid = domid;
		s.dest.virt = bytes;
		s.flags = GNTCOPY_source_gref;
	}
	err = node_call(IOCTL_GNTDEV_GRANT_COPY, &c);
	return err || s.status == GNTST_okay ? err : ODD;
}

static int op_copy_to(void)
{
	return copy(true);
}

static int op_copy_from(void)
{
	return copy(false);
}

static int op_forget(void)
{
	struct ioctl_gntdev_unmap_grant_ref u = { .index = at, .count = 1 };

	return node_call(IOCTL_GNTDEV_UNMAP_GRANT_REF, &u);
}

static int op_gntalloc(void)
{
	return node_open("/dev/xen/gntalloc");
}

static int op_alloc(void)
{
	struct {
		struct ioctl_gntalloc_alloc_gref a;
		uint32_t more[FRAMES - 1];
	} a = { .a = { .domid = domid, .flags = GNTALLOC_FLAG_WRITABLE, .count = FRAMES } };
	int err = node_call(IOCTL_GNTALLOC_ALLOC_GREF, &a);

	if (!err)
		at = a.a.index;
	return err;
}

static int op_map_alloc(void)
{
	return node_map(at, FRAMES);
}

static int op_notify_alloc(void)
{
	struct ioctl_gntalloc_unmap_notify n = {
		at + 5, UNMAP_NOTIFY_CLEAR_BYTE | UNMAP_NOTIFY_SEND_EVENT, event
	};

	return node_call(IOCTL_GNTALLOC_SET_UNMAP_NOTIFY, &n);
}

static int op_dealloc(void)
{
	struct ioctl_gntalloc_dealloc_gref d = { at, FRAMES };

	return node_call(IOCTL_GNTALLOC_DEALLOC_GREF, &d);
}

/* No more than one file has at once: what is lost cannot be had again. */
static void with_gntdev(void)
{
	xt_parameter_set("gntdev_all_grants", 1);
	with_peer();
	xt_must(op_gntdev(), "gntdev");
}

static void with_grant(void)
{
	with_gntdev();
	xt_must(op_grant(), "a grant");
}

static void with_mapped_grant(void)
{
	with_grant();
	xt_must(op_map_grant(), "a mapped grant");
}

static void with_gntalloc(void)
{
	xt_parameter_set("gntalloc_limit", FRAMES);
	with_peer();
	xt_must(op_gntalloc(), "gntalloc");
}

static void with_pages(void)
{
	with_gntalloc();
	xt_must(op_alloc(), "pages");
}

static void with_mapped_pages(void)
{
	with_pages();
	xt_must(op_map_alloc(), "mapped pages");
}

/* A port of another file's, which the notification keeps. */
static void port_for_notify(void)
{
	struct ioctl_evtchn_bind_unbound_port b = { .remote_domain = domid };
	int kept = node, rc;

	xt_must(node_open("/dev/xen/evtchn"), "evtchn");
	rc = ioctl(node, IOCTL_EVTCHN_BIND_UNBOUND_PORT, &b);
	if (rc < 0)
		xt_die("a port: %s", xt_errno_name(errno));
	event = rc;
	companion = node;
	node = kept;
}

static void with_grant_and_port(void)
{
	with_grant();
	port_for_notify();
}

static void with_pages_and_port(void)
{
	with_pages();
	port_for_notify();
}

const struct op grant_ops[] = {
	{ "gntdev-open", with_no_node, op_gntdev, 50, NOTHING, 0 },
	{ "gntdev-grant", with_gntdev, op_grant, 100, NOTHING, 0 },
	{ "gntdev-mmap", with_grant, op_map_grant, 200, NOTHING, 0 },
	{ "gntdev-touch", with_mapped_grant, node_touch, 200, NOTHING, 0 },
	{ "gntdev-munmap", with_mapped_grant, node_unmap, 200, NOTHING, 0 },
	{ "gntdev-where", with_mapped_grant, op_where, 50, NOTHING, 0 },
	{ "gntdev-notify", with_grant_and_port, op_notify, 50, NOTHING, 0 },
	{ "gntdev-copy-to", with_gntdev, op_copy_to, 100, NOTHING, 0 },
	{ "gntdev-copy-from", with_gntdev, op_copy_from, 100, NOTHING, 0 },
	{ "gntdev-forget", with_grant, op_forget, 50, NOTHING, 0 },
	{ "gntalloc-open", with_no_node, op_gntalloc, 50, NOTHING, 0 },
	{ "gntalloc-alloc", with_gntalloc, op_alloc, 200, NOTHING, 0 },
	{ "gntalloc-mmap", with_pages, op_map_alloc, 200, NOTHING, 0 },
	{ "gntalloc-touch", with_mapped_pages, node_touch, 200, NOTHING, 0 },
	{ "gntalloc-munmap", with_mapped_pages, node_unmap, 200, NOTHING, 0 },
	{ "gntalloc-notify", with_pages_and_port, op_notify_alloc, 50, NOTHING, 0 },
	{ "gntalloc-dealloc", with_pages, op_dealloc, 100, NOTHING, 0 },
	{}
};
