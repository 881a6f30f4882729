/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UNIT_SHIM_LINUX_BUILD_BUG_H
#define UNIT_SHIM_LINUX_BUILD_BUG_H

#include <assert.h>

#define BUILD_BUG_ON(condition)		static_assert(!(condition), #condition)
#define BUILD_BUG_ON_MSG(condition, msg)	static_assert(!(condition), msg)
#define BUILD_BUG_ON_ZERO(e)		((int)(sizeof(struct { int : (-!!(e)); })))

#endif /* UNIT_SHIM_LINUX_BUILD_BUG_H */
