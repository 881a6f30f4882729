// SPDX-License-Identifier: GPL-2.0-only
/*
 * An empty list of cases for programs that bring a guest_main() of their own.
 * In a file apart: the linker takes it from the library only for those.
 */
#include "test.h"

TEST_CASES = {
	TEST_CASES_END
};
