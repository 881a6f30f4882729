/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kept - what a running domain was made of, for a monitor that is started later
 *
 * A file of who made the domain, beside the sockets of monitors (run_dir.h). The module
 * keeps the configuration, too, but there whoever may open the device can change it, and a
 * monitor reads the files that its configuration names with its own rights.
 */
#ifndef XLCTL_KEPT_H
#define XLCTL_KEPT_H

#include "common/diag.h"
#include "config/domain_config.h"

/**
 * kept_write() - keep a configuration
 * @domid: of the domain
 * @config: what it is made of, with its identity
 *
 * Return: 0 or a negative errno.
 */
int kept_write(uint32_t domid, const struct domain_config *config);

/**
 * kept_read() - the configuration of a running domain
 * @domid: of the domain
 * @uuid: of the domain: a file of another that had the number is none
 * @config: filled in; to be given to domain_config_free() whatever came back
 * @diag: where complaints about what is in it go
 *
 * Return: 0; -ENOENT: none is kept; -EACCES: somebody else made it; another negative errno.
 */
int kept_read(uint32_t domid, const uint8_t *uuid, struct domain_config *config,
	      struct diag *diag);

/**
 * kept_forget() - the domain is gone
 * @domid: of the domain
 */
void kept_forget(uint32_t domid);

#endif /* XLCTL_KEPT_H */
