/* SPDX-License-Identifier: GPL-2.0-only */
/* As much of a domain as a watchdog looks at. */
#ifndef TIME_FAKE_DOMAIN_H
#define TIME_FAKE_DOMAIN_H

#include <linux/bits.h>
#include <linux/bitops.h>

#include "time/types.h"

struct domain {
	struct time_domain time;
	int shutdown_code;
};

static inline void dom_warn(struct domain *d, const char *fmt)
{
}

static inline void dom_shutdown(struct domain *d, unsigned int code)
{
	d->shutdown_code = code;
}

#endif /* TIME_FAKE_DOMAIN_H */
