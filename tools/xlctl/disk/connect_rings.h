/* SPDX-License-Identifier: GPL-2.0-only */
/* connect_rings - a frontend's rings, as it wrote them, given to the module */
#ifndef XLCTL_DISK_CONNECT_RINGS_H
#define XLCTL_DISK_CONNECT_RINGS_H

#include <stdint.h>

#include <xlhv.h>

#include "store/connect.h"

/**
 * struct rings - what a frontend asks for
 * @nr: queues
 * @queues: a ring for each
 */
struct rings {
	uint32_t nr;
	struct xlhv_blk_connect queues[XLHV_BLK_MAX_QUEUES];
};

enum rings_result {
	RINGS_GOOD,
	RINGS_AGAIN,		/* not now: no memory, or the guest changes its grants' version */
	RINGS_REFUSED,
};

/**
 * rings_read() - read what a frontend wrote
 * @xs: connection
 * @domid: the domain
 * @devid: number of the disk
 * @rings: filled in
 * @why: receives what was wrong, to be freed by the caller; NULL if nothing was
 *
 * All that the frontend wrote is read once, and taken for what it is: a guest's.
 *
 * Return: RINGS_AGAIN: XenStore could not be read.
 */
enum rings_result rings_read(struct xs_handle *xs, uint32_t domid, uint32_t devid,
			     struct rings *rings, char **why);

/**
 * rings_connect() - have the module serve rings
 * @domain: the domain's descriptor
 * @rings: from rings_read()
 * @why: as there
 *
 * No ring is served unless all are. Each costs the host a thread, also one that ends at once since
 * a later one cannot be had: who asks at a guest's wish does not ask too often.
 */
enum rings_result rings_connect(int domain, struct rings *rings, char **why);

#endif /* XLCTL_DISK_CONNECT_RINGS_H */
