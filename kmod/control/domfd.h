/* SPDX-License-Identifier: GPL-2.0-only */
/* Descriptors of domains, for the ioctls of /dev/xlhv. */
#ifndef XLHV_DOMFD_H
#define XLHV_DOMFD_H

#include <uapi/xlhv.h>

#include "base/log.h"

struct domain;
struct domain_part;
struct new_file;

extern const struct domain_part userdata_part;

int domfd_open(struct domain *d, struct new_file *new);
int log_read_user(struct dom_log *log, struct xlhv_log_read *r);

#endif /* XLHV_DOMFD_H */
