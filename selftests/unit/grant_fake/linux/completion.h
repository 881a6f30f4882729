/* SPDX-License-Identifier: GPL-2.0-only */
/* Nobody is waited for: what a test waits for has happened. */
#ifndef GRANT_FAKE_COMPLETION_H
#define GRANT_FAKE_COMPLETION_H

#include <linux/bug.h>
#include <linux/types.h>

struct completion {
	bool done;
};

#define init_completion(c)	((c)->done = false)
#define complete(c)		((c)->done = true)
#define wait_for_completion(c)	WARN_ON(!(c)->done)

#endif /* GRANT_FAKE_COMPLETION_H */
