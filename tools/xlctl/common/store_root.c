// SPDX-License-Identifier: GPL-2.0-only
/* See store_root.h. */
#include "common/store_root.h"

const char *store_root(void)
{
	return "";
}

unsigned int store_patience(void)
{
	return 15;
}
