/* SPDX-License-Identifier: GPL-2.0-only */
/* make_domain - from a configuration to a domain that only waits to be unpaused */
#ifndef XLCTL_MAKE_DOMAIN_H
#define XLCTL_MAKE_DOMAIN_H

#include <stdint.h>

#include "common/diag.h"
#include "config/domain_config.h"

/**
 * make_domain - make a domain
 * @device: from device_open()
 * @config: what it is to be
 * @diag: where complaints about images go
 * @domid: its number
 *
 * Returns its descriptor; the domain is complete and paused. -1 after a
 * message: there is no domain then.
 */
int make_domain(int device, const struct domain_config *config, struct diag *diag,
		uint32_t *domid);

#endif /* XLCTL_MAKE_DOMAIN_H */
