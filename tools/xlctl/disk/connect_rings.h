/* SPDX-License-Identifier: GPL-2.0-only */
/* connect_rings - a frontend's rings, as it wrote them, given to the module */
#ifndef XLCTL_DISK_CONNECT_RINGS_H
#define XLCTL_DISK_CONNECT_RINGS_H

#include <stdint.h>

#include "store/connect.h"

enum rings_result {
	RINGS_CONNECTED,
	RINGS_AGAIN,		/* not now: no memory, or the guest changes its grants' version */
	RINGS_REFUSED,
};

/**
 * rings_connect() - read what a frontend wrote, and have the module serve its rings
 * @xs: connection
 * @domain: the domain's descriptor
 * @domid: its number
 * @devid: number of the disk
 * @why: receives what was wrong, to be freed by the caller; NULL if nothing was
 *
 * All that the frontend wrote is read once, and taken for what it is: a guest's. No ring is served
 * unless all are.
 */
enum rings_result rings_connect(struct xs_handle *xs, int domain, uint32_t domid, uint32_t devid,
				char **why);

#endif /* XLCTL_DISK_CONNECT_RINGS_H */
