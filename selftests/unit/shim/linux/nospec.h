/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UNIT_SHIM_LINUX_NOSPEC_H
#define UNIT_SHIM_LINUX_NOSPEC_H

#include <linux/compiler.h>

/* The value the kernel's version gives, also under misspeculation, is the index or 0. */
#define array_index_nospec(index, size) ({				\
	__typeof__(index) index_ = (index);				\
	index_ < (size) ? index_ : 0;					\
})
#define barrier_nospec()	barrier()

#endif /* UNIT_SHIM_LINUX_NOSPEC_H */
