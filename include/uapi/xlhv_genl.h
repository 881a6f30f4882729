/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * Changes of domains, as they happen: generic netlink family XLHV_GENL_NAME, multicast group
 * XLHV_GENL_GROUP, one XLHV_GENL_CMD_EVENT for each change of a domain.
 */
#ifndef _UAPI_XLHV_GENL_H
#define _UAPI_XLHV_GENL_H

#define XLHV_GENL_NAME		"xlhv"
#define XLHV_GENL_GROUP		"events"
#define XLHV_GENL_VERSION	1

enum xlhv_genl_cmd {
	XLHV_GENL_CMD_UNSPEC,
	XLHV_GENL_CMD_EVENT,
};

enum xlhv_genl_attr {
	XLHV_GENL_ATTR_UNSPEC,
	XLHV_GENL_ATTR_EVENT,		/* u32, enum xlhv_event */
	XLHV_GENL_ATTR_DOMID,		/* u32 */
	XLHV_GENL_ATTR_NAME,		/* string */
	XLHV_GENL_ATTR_UUID,		/* 16 bytes */
	XLHV_GENL_ATTR_REASON,		/* u32: SHUTDOWN_* or XLHV_PAUSE_* */
	XLHV_GENL_ATTR_TIME,		/* u64: CLOCK_BOOTTIME, ns */
	XLHV_GENL_ATTR_PAD,
	__XLHV_GENL_ATTR_MAX,
};

#define XLHV_GENL_ATTR_MAX	(__XLHV_GENL_ATTR_MAX - 1)

enum xlhv_event {
	XLHV_EVENT_CREATED = 1,
	XLHV_EVENT_FINISHED,
	XLHV_EVENT_PAUSED,
	XLHV_EVENT_UNPAUSED,
	XLHV_EVENT_SHUTDOWN,
	XLHV_EVENT_RENAMED,
	XLHV_EVENT_DESTROYED,
};

#endif /* _UAPI_XLHV_GENL_H */
