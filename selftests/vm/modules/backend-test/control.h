/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a test backend in the host and its guest (selftests/guest/backend) say to each
 * other: a page that the guest grants.  The host writes a command and raises its number,
 * the guest carries it out, writes the result and repeats the number.  It looks after
 * an event, or with "poll_us=" as often as that says.
 */
#ifndef BACKEND_TEST_CONTROL_H
#define BACKEND_TEST_CONTROL_H

#define BACKEND_MAGIC	0x78626b74u

/* References that the guest fills in. */
#define REF_CONTROL	8	/* the page, for writing */
#define REF_DATA	9	/* a page of BACKEND_BYTE(i), for writing */
#define REF_READ	10	/* the same page, for reading */
#define REF_OTHER	11	/* granted, but to domain 5 */
#define REF_NOWHERE	12	/* a frame without memory */
#define REF_UNUSED	13	/* nothing is granted */
#define REF_LAZY	14	/* memory that was never touched */
#define REF_MANY	16	/* REF_NR_MANY of them, each a page of its own */
#define REF_NR_MANY	32
#define REF_BEYOND	0x7fffffff

#define BACKEND_BYTE(i)	((unsigned char)((i) * 7 + 3))

enum backend_cmd {
	CMD_NONE,
	CMD_SEND,	/* arg[0]: port, arg[1]: how often */
	CMD_CLOSE,	/* arg[0]: port */
	CMD_ALLOC,	/* result: a port that is offered to domain 0 */
	CMD_STATUS,	/* arg[0]: port; result: state | remote domain << 8 | remote port << 16 */
	CMD_FLAGS,	/* arg[0]: reference; result: its flags */
	CMD_REVOKE,	/* arg[0]: reference; result: 1 if it could be taken back, 0 if in use */
	CMD_GRANT,	/* arg[0]: reference; the data page, for writing */
	CMD_VERSION,	/* arg[0]: version of the table; result: the call's */
	CMD_STORM,	/* arg[0]: port that is sent on without end, 0: no more */
	CMD_PEEK,	/* arg[0]: offset; result: that byte of the data page */
	CMD_POKE,	/* arg[0]: offset, arg[1]: the byte to be there */
	CMD_BIND,	/* arg[0]: port that domain 0 offers; result: the guest's */
	CMD_EVENT,	/* arg[0]: port; result: 1 if there was an event, which is taken */
	CMD_MAP,	/* arg[0]: reference of domain 0, arg[1]: for reading; result: status */
	CMD_MAPPED,	/* arg[0]: offset; result: that byte of what is mapped */
	CMD_MAPPED_POKE, /* arg[0]: offset, arg[1]: the byte to be there */
	CMD_UNMAP,	/* result: status */
	CMD_CRASH,	/* no answer */
	CMD_EXIT,
};

struct backend_control {
	unsigned int magic;
	unsigned int port;	/* guest: where it listens for commands */
	unsigned int number;	/* host */
	unsigned int cmd;
	unsigned int arg[2];
	unsigned int done;	/* guest */
	int result;
	unsigned int events;	/* that the guest has had on that port */
};

#endif
