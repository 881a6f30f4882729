/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Disks of domains: the data path of a block backend.  User space negotiates with the
 * guest; here a disk is attached, rings are served, and ended.  docs/blkback.md has the whole.
 */
#ifndef XLHV_BLKBACK_H
#define XLHV_BLKBACK_H

#include "domain/parts.h"

extern const struct domain_part blk_part;

#endif /* XLHV_BLKBACK_H */
