/* SPDX-License-Identifier: GPL-2.0-only */
/* Calls that take a list give way, and go on later. */
#ifndef XLHV_HYPERCALL_CONTINUATION_H
#define XLHV_HYPERCALL_CONTINUATION_H

#include <linux/errno.h>
#include <linux/types.h>

struct vcpu;

/*
 * Long calls.  What takes a list asks hypercall_give_way() between two of its
 * operations, where it may sleep, and if it is to make way returns hypercall_go_on()
 * with arguments that name what is left.  The guest then stands before the
 * instruction again, with these in its registers, and executes it again when it runs
 * the next time.  No operation is done twice.  At least one has been done by then,
 * unless it had to wait: for memory that is on its way, or in a search of ports.  No
 * guest sees the value itself.
 */
#define HYPERCALL_GOES_ON	(-ERESTART)

bool hypercall_give_way(struct vcpu *v);
bool hypercall_must_stop(struct vcpu *v);
long hypercall_go_on(struct vcpu *v, u64 arg1, u64 arg2, u64 arg3);
bool vcpu_has_event(struct vcpu *v);

#endif /* XLHV_HYPERCALL_CONTINUATION_H */
