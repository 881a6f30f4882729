/* SPDX-License-Identifier: GPL-2.0-only */
/* Things that the whole host has no more than so many of, which a module parameter says. */
#ifndef XLHV_HOST_LIMIT_H
#define XLHV_HOST_LIMIT_H

#include <linux/atomic.h>
#include <linux/types.h>

/**
 * host_limit_get() - there is to be one more
 * @nr: how many there are
 * @most: how many there may be
 *
 * Context: any.
 * Return: true: it is counted, until host_limit_put(); false: there are enough.
 */
static inline bool host_limit_get(atomic_t *nr, unsigned int most)
{
	int now = atomic_read(nr);

	do {
		if ((unsigned int)now >= most)
			return false;
	} while (!atomic_try_cmpxchg(nr, &now, now + 1));
	return true;
}

/* One that was counted is gone. */
static inline void host_limit_put(atomic_t *nr)
{
	atomic_dec(nr);
}

#endif /* XLHV_HOST_LIMIT_H */
