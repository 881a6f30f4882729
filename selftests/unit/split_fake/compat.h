/* SPDX-License-Identifier: GPL-2.0-only */
/* A kernel that decides about split locks of guests. */
#define XLHV_HAVE_GUARD_SYMBOLS	1
