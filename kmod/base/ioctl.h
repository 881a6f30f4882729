/* SPDX-License-Identifier: GPL-2.0-only */
/* One ioctl under way, as those see it who carry it out; control/ioctl.c has how it is called. */
#ifndef XLHV_BASE_IOCTL_H
#define XLHV_BASE_IOCTL_H

#include <linux/string.h>
#include <linux/types.h>
#include <uapi/xlhv.h>

#include "base/new_file.h"

#define IOCTL_MAX_ARG	512

/* Has the caller left alone what has no meaning yet? */
#define RESERVED_ZERO(p)	(!memchr_inv((p)->reserved, 0, sizeof((p)->reserved)))

/**
 * struct ioctl_call - one call under way
 * @arg: its structure, copied in, and copied out at the end
 * @in: what the structure points to, copied in by ioctl_copy_in(); freed at the end
 * @out: memory for the answer by ioctl_room(); freed at the end
 * @out_to: [user] where it goes
 * @out_len: how much of it
 * @new: descriptor that is part of the answer
 * @text: what was wrong, for XLHV_LAST_ERROR
 */
struct ioctl_call {
	u64 arg[IOCTL_MAX_ARG / sizeof(u64)];
	void *in;
	void *out;
	u64 out_to;
	size_t out_len;
	struct new_file new;
	char text[XLHV_TEXT_LEN];
};

/**
 * struct ioctl_op - an ioctl; its number carries direction and size
 * @cmd: number; 0 ends the table of a part of a domain
 * @get: checks the structure, copies in what it points to, makes room for the
 *	answer; NULL for nothing to do
 * @work: inside of what the file stands for: a domain is entered, locks are taken.
 *	No memory of the caller's is touched here
 * @alone: in place of @work: enters nothing, so it may copy
 *
 * What the last two are called with is the open file for the tables of control/, and the
 * domain for those of a domain's parts.
 */
struct ioctl_op {
	unsigned int cmd;
	int (*get)(struct ioctl_call *c);
	int (*work)(void *of, struct ioctl_call *c);
	int (*alone)(void *of, struct ioctl_call *c);
};

int ioctl_copy_in(struct ioctl_call *c, u64 from, size_t len);
int ioctl_room(struct ioctl_call *c, u64 to, size_t len);

#endif /* XLHV_BASE_IOCTL_H */
