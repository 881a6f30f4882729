// SPDX-License-Identifier: GPL-2.0-only
/* See root.h. */
#include "common/root.h"

const char *store_root(void)
{
	return "";
}

unsigned int store_patience(void)
{
	return 15;
}
