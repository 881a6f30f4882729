// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where the files of run_dir.h are: in a file of its own, so that the linker can put
 * the path of a test in its place.
 */
#include "common/run_dir.h"

const char *run_dir(void)
{
	return "/run/xlhv";
}
