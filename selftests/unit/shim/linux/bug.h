/* SPDX-License-Identifier: GPL-2.0-only */
/* A WARN is a failure of the test that provoked it, unless it said unit_expect_warn(). */
#ifndef UNIT_SHIM_LINUX_BUG_H
#define UNIT_SHIM_LINUX_BUG_H

#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <stdbool.h>
#include <stdlib.h>

bool unit_warn(const char *file, int line, const char *text);
void unit_expect_warn(unsigned int count);

#define WARN_ON(condition) ({						\
	bool warn_on_ = !!(condition);					\
	if (warn_on_)							\
		unit_warn(__FILE__, __LINE__, #condition);		\
	warn_on_;							\
})
/* Every time, so that no test depends on which other one ran before it. */
#define WARN_ON_ONCE(condition)		WARN_ON(condition)
#define WARN(condition, ...)		WARN_ON(condition)
#define WARN_ONCE(condition, ...)	WARN_ON(condition)
#define BUG()				abort()
#define BUG_ON(condition)						\
	do {								\
		if (condition)						\
			abort();					\
	} while (0)

#endif /* UNIT_SHIM_LINUX_BUG_H */
