/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef EPT_FAKE_LINUX_SORT_H
#define EPT_FAKE_LINUX_SORT_H

#include <stdlib.h>

#define sort(base, nr, size, compare, swap)	qsort(base, nr, size, compare)

#endif /* EPT_FAKE_LINUX_SORT_H */
