/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * Domains: making, finding, ending them, and what is kept with them; a part of the ABI of xlhv.h.
 *
 * Making or opening a domain gives a descriptor; everything about that domain is
 * an ioctl on it, so that a domid used again cannot hit the wrong one.  A domain
 * that is gone answers -ESRCH.  While a domain is being built it dies with its
 * last descriptor; after XLHV_DOM_FINISH it lives on its own.
 */
#ifndef _UAPI_XLHV_DOMAIN_H
#define _UAPI_XLHV_DOMAIN_H

#include <linux/types.h>

#define XLHV_NAME_LEN		64
#define XLHV_TEXT_LEN		256
#define XLHV_DOMID_BY_NAME	0xffffffffU	/* struct xlhv_dom_open.domid */
#define XLHV_NO_REASON		0xffffffffU	/* not shut down */

/* struct xlhv_dom_create.flags */
#define XLHV_CREATE_EAGER	(1U << 0)	/* all memory at once, not on first touch */
#define XLHV_CREATE_SERIAL	(1U << 1)	/* a 16550A at port 0x3f8, without an interrupt */

/**
 * struct xlhv_dom_create - make a domain in state building
 * @domid: in: identifier wanted, 0 for any; out: identifier given
 * @flags: in: XLHV_CREATE_*
 * @max_vcpus: in: virtual CPUs, 1 to struct xlhv_info.max_vcpus
 * @max_grant_frames: in: 0 for the default of 64
 * @max_maptrack_frames: in: 0 for the default of 1024
 * @max_grant_version: in: 1 or 2, 0 for the default of 1
 * @max_event_channels: in: highest port, 0 for the default of 1023
 * @console_bytes: in: scroll-back of the console, and of the serial port, 0 for the default of
 *	64 KiB
 * @log_bytes: in: log of the domain, 0 for the default of 16 KiB
 * @fd: out: the domain's descriptor, close-on-exec
 * @max_pages: in: most 4 KiB pages of memory
 * @uuid: in: identifier of 128 bits
 * @name: in: name, NUL-terminated, unique, not empty, no '/', not only digits
 * @reserved: zero
 *
 * -EEXIST: the name or domid is taken; -E2BIG: too many virtual CPUs or pages;
 * -ENOSPC: no domid is free, or there are as many domains or virtual CPUs as the
 * module's parameters max_domains and max_vcpus allow; -EBUSY: another hypervisor has VT-x.
 */
struct xlhv_dom_create {
	__u32 domid;
	__u32 flags;
	__u32 max_vcpus;
	__u32 max_grant_frames;
	__u32 max_maptrack_frames;
	__u32 max_grant_version;
	__u32 max_event_channels;
	__u32 console_bytes;
	__u32 log_bytes;
	__s32 fd;
	__u64 max_pages;
	__u8 uuid[16];
	char name[XLHV_NAME_LEN];
	__u64 reserved[8];
};

/**
 * struct xlhv_dom_open - a descriptor for a domain that exists
 * @domid: in: identifier, or XLHV_DOMID_BY_NAME; out: identifier
 * @fd: out: descriptor, close-on-exec
 * @name: in: name, if by name
 * @reserved: zero
 */
struct xlhv_dom_open {
	__u32 domid;
	__s32 fd;
	char name[XLHV_NAME_LEN];
	__u64 reserved[2];
};

/* struct xlhv_dom_info.flags */
#define XLHV_DOM_BUILDING	(1U << 0)
#define XLHV_DOM_PAUSED		(1U << 1)
#define XLHV_DOM_RUNNING	(1U << 2)	/* some virtual CPU is running or wants to */
#define XLHV_DOM_BLOCKED	(1U << 3)	/* all virtual CPUs wait for events */
#define XLHV_DOM_SHUTDOWN	(1U << 4)	/* see shutdown_reason */
#define XLHV_DOM_CRASHED	(1U << 5)	/* shut down with reason crash */
#define XLHV_DOM_DYING		(1U << 6)

/* struct xlhv_dom_info.pause_reason */
#define XLHV_PAUSE_NONE		0
#define XLHV_PAUSE_TOOL		1
#define XLHV_PAUSE_NO_MEMORY	2	/* the host has none: unpause to try again */

/**
 * struct xlhv_dom_info - a domain as seen from outside; all out
 * @domid: identifier
 * @flags: XLHV_DOM_*
 * @shutdown_reason: SHUTDOWN_* of Xen's sched.h, or XLHV_NO_REASON
 * @pause_reason: XLHV_PAUSE_*
 * @max_vcpus: virtual CPUs that exist
 * @online_vcpus: virtual CPUs that are up
 * @creator_uid: who made it
 * @creator_pid: the process that made it
 * @cur_pages: 4 KiB pages it has
 * @max_pages: most it may have
 * @overhead_pages: pages the module uses for it besides
 * @cpu_time_ns: time its virtual CPUs ran
 * @created_ns: CLOCK_BOOTTIME when it was made
 * @uuid: identifier of 128 bits
 * @name: name
 * @reserved: zero
 */
struct xlhv_dom_info {
	__u32 domid;
	__u32 flags;
	__u32 shutdown_reason;
	__u32 pause_reason;
	__u32 max_vcpus;
	__u32 online_vcpus;
	__u32 creator_uid;
	__u32 creator_pid;
	__u64 cur_pages;
	__u64 max_pages;
	__u64 overhead_pages;
	__u64 cpu_time_ns;
	__u64 created_ns;
	__u8 uuid[16];
	char name[XLHV_NAME_LEN];
	__u64 reserved[8];
};

/**
 * struct xlhv_dom_list - domains in order of their identifiers
 * @first: in: least identifier wanted
 * @count: in: room in @info; out: entries filled in
 * @info: in: pointer to struct xlhv_dom_info[]
 * @reserved: zero
 */
struct xlhv_dom_list {
	__u32 first;
	__u32 count;
	__u64 info;
	__u64 reserved[2];
};

/* struct xlhv_log_read.flags */
#define XLHV_LOG_CLEAR		(1U << 0)	/* forget what was read */

/**
 * struct xlhv_log_read - read a log: the module's on /dev/xlhv, or a domain's
 * @pos: in: position to read from, 0 for the oldest; out: position to go on from
 * @buffer: in: where to
 * @len: in: room, bytes; out: bytes read, 0 at the end
 * @flags: in: XLHV_LOG_*
 * @lost: out: bytes that were overwritten before they could be read
 * @reserved: zero
 */
struct xlhv_log_read {
	__u64 pos;
	__u64 buffer;
	__u32 len;
	__u32 flags;
	__u64 lost;
	__u64 reserved[2];
};

/**
 * struct xlhv_last_error - what was wrong with the last ioctl on this descriptor
 * @text: out: one line without a newline, empty if there is nothing to add
 */
struct xlhv_last_error {
	char text[XLHV_TEXT_LEN];
};

/* struct xlhv_ring.kind */
#define XLHV_RING_CONSOLE	1
#define XLHV_RING_XENSTORE	2	/* -EOPNOTSUPP: no daemon is there that would answer */
#define XLHV_RING_XENCONSOLED	3	/* in place of the first: a daemon serves it */

/**
 * struct xlhv_ring - a ring between the domain and Dom0; while building
 * @kind: in: XLHV_RING_*
 * @port: out: event channel in the domain
 * @gfn: in: guest frame number, in reserved addresses
 * @reserved: zero
 *
 * Puts a zeroed page there, makes the event channel and tells the guest of both
 * in its HVM parameters.
 *
 * It comes after XLHV_DOM_MEMORY_MAP, and is -EINVAL before.
 */
struct xlhv_ring {
	__u32 kind;
	__u32 port;
	__u64 gfn;
	__u64 reserved[2];
};

/**
 * struct xlhv_hvm_param - a parameter of Xen's hvm/params.h
 * @index: in: HVM_PARAM_*
 * @pad: zero
 * @value: in or out
 * @reserved: zero
 */
struct xlhv_hvm_param {
	__u32 index;
	__u32 pad;
	__u64 value;
	__u64 reserved[2];
};

#define XLHV_MAX_USERDATA	65536

/**
 * struct xlhv_userdata - bytes that the tool keeps with a domain
 * @buffer: in: where from or where to
 * @len: in: bytes to keep, or room; out (get): bytes there are
 * @pad: zero
 * @reserved: zero
 */
struct xlhv_userdata {
	__u64 buffer;
	__u32 len;
	__u32 pad;
	__u64 reserved[2];
};

/* struct xlhv_rename.flags */
#define XLHV_RENAME_UUID	(1U << 0)	/* uuid is to be changed too */

/**
 * struct xlhv_rename - another name
 * @flags: in: XLHV_RENAME_*
 * @pad: zero
 * @uuid: in: new identifier of 128 bits
 * @name: in: new name, as in struct xlhv_dom_create
 * @reserved: zero
 */
struct xlhv_rename {
	__u32 flags;
	__u32 pad;
	__u8 uuid[16];
	char name[XLHV_NAME_LEN];
	__u64 reserved[2];
};

/* struct xlhv_stat_name.flags */
#define XLHV_STAT_GAUGE		(1U << 0)	/* a level, not a count of what happened */
#define XLHV_STAT_DOMAIN	(1U << 1)	/* of the domain, the same for each vCPU */

/**
 * struct xlhv_stat_name - what a counter is; all out
 * @name: short name, words separated by dots
 * @unit: "" for a plain count
 * @help: a phrase
 * @flags: XLHV_STAT_*
 * @pad: zero
 */
struct xlhv_stat_name {
	char name[32];
	char unit[8];
	char help[80];
	__u32 flags;
	__u32 pad;
};

/**
 * struct xlhv_stat_names - the counters there are, in the order of their values
 * @names: in: pointer to struct xlhv_stat_name[]
 * @count: in: room; out: counters there are
 * @pad: zero
 * @reserved: zero
 */
struct xlhv_stat_names {
	__u64 names;
	__u32 count;
	__u32 pad;
	__u64 reserved[2];
};

#define XLHV_ALL_VCPUS		0xffffffffU

/**
 * struct xlhv_stats - values of the counters
 * @values: in: pointer to __u64[]
 * @count: in: room; out: counters there are
 * @vcpu: in: number of a virtual CPU, or XLHV_ALL_VCPUS for the sum
 * @reserved: zero
 */
struct xlhv_stats {
	__u64 values;
	__u32 count;
	__u32 vcpu;
	__u64 reserved[2];
};

/* struct xlhv_console.flags */
#define XLHV_CONSOLE_FROM_NOW	(1U << 0)	/* without what came before */
#define XLHV_CONSOLE_SERIAL	(1U << 1)	/* the serial port; -ENOENT: there is none */

/**
 * struct xlhv_console - a descriptor for the domain's console, or its serial port
 * @flags: in: XLHV_CONSOLE_*
 * @fd: out: descriptor, close-on-exec: read() gives what the guest says, 0 at its
 *	end; write() is what it hears; poll() for both
 * @reserved: zero
 */
struct xlhv_console {
	__u32 flags;
	__s32 fd;
	__u64 reserved[2];
};

#endif /* _UAPI_XLHV_DOMAIN_H */
