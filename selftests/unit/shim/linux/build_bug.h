/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's own is decided by the optimizer, which sanitizers disturb: here it is a failure when
 * the line is reached. The build of the module decides it in earnest.
 */
#ifndef UNIT_SHIM_LINUX_BUILD_BUG_H
#define UNIT_SHIM_LINUX_BUILD_BUG_H

#include <assert.h>

void unit_fail(const char *file, int line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#define BUILD_BUG_ON_MSG(condition, msg)				\
	do {								\
		if (condition)						\
			unit_fail(__FILE__, __LINE__, "BUILD_BUG_ON: %s", msg); \
	} while (0)
#define BUILD_BUG_ON(condition)		BUILD_BUG_ON_MSG(condition, #condition)
#define BUILD_BUG()			BUILD_BUG_ON_MSG(1, "BUILD_BUG()")

/* The kernel's has no need of a message. */
#undef static_assert
#define static_assert(condition, ...)	_Static_assert(condition, #condition)
#define BUILD_BUG_ON_ZERO(e)		((int)(sizeof(struct { int:(-!!(e)); })))

#endif /* UNIT_SHIM_LINUX_BUILD_BUG_H */
