/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Disks of domains: the data path of a block backend.  User space negotiates with the
 * guest; here a disk is attached, rings are served, and ended.  docs/blkback.md has the whole.
 *
 * These take the domain themselves: what they open and wait for may take long.
 */
#ifndef XLHV_BLKBACK_H
#define XLHV_BLKBACK_H

#include <uapi/xlhv.h>

#include "domain/parts.h"

struct domain;

extern const struct domain_part blk_part;

int blk_attach(struct domain *d, struct xlhv_blk_attach *a, char *text);
int blk_connect(struct domain *d, const struct xlhv_blk_connect *c, char *text);
int blk_disconnect(struct domain *d, const struct xlhv_blk_end *e);
int blk_detach(struct domain *d, const struct xlhv_blk_end *e);
int blk_info(struct domain *d, struct xlhv_blk_info *info);

#endif /* XLHV_BLKBACK_H */
