/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef XLCTL_DEVICE_H
#define XLCTL_DEVICE_H

#include <stdbool.h>
#include <stddef.h>

#include <xlhv.h>

/* What device_probe() found out. */
enum device_state {
	DEVICE_READY,		/* it can be used */
	DEVICE_NOT_LOADED,	/* no module */
	DEVICE_NO_NODE,		/* module without a device node */
	DEVICE_DENIED,		/* not for this user */
	DEVICE_MISMATCH,	/* module and xlctl do not speak the same ABI */
	DEVICE_BROKEN,		/* anything else */
};

/**
 * device_probe - open the module's device and agree on the ABI
 * @fd: the descriptor, or -1
 * @version: what the module says of itself; zeroed unless it was asked
 * @why: what is wrong, a string to be freed by the caller; NULL for DEVICE_READY
 * @advice: what to do about it, a constant string; NULL for DEVICE_READY
 *
 * Returns what came of it.
 */
enum device_state device_probe(int *fd, struct xlhv_version *version, char **why,
			       const char **advice);

/**
 * device_probe_at - device_probe() of another node
 * @path: the device node
 * @loaded: whether a missing node means more than a missing module
 * @fd, @version, @why, @advice: as for device_probe()
 */
enum device_state device_probe_at(const char *path, bool loaded, int *fd,
				  struct xlhv_version *version, char **why,
				  const char **advice);

/**
 * device_open - device_probe() for commands: reports what is wrong
 * @version: as for device_probe(); may be NULL
 *
 * Returns the descriptor, or -1 after a message.
 */
int device_open(struct xlhv_version *version);

/**
 * device_judge_version - whether this xlctl can talk to a module
 * @version: what the module said
 * @why: what is wrong, a string to be freed by the caller; NULL when true
 */
bool device_judge_version(const struct xlhv_version *version, char **why);

/**
 * device_info - what the module knows of the host
 * @fd: from device_open()
 * @info: where it goes
 *
 * Returns 0, or -1 after a message.
 */
int device_info(int fd, struct xlhv_info *info);

#endif /* XLCTL_DEVICE_H */
