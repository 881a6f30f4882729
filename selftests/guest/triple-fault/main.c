// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claim: a triple fault shuts the domain down with the configured reason, by
 * default "reboot", and reaches neither the host nor another domain.
 *
 * Why: it is how many kernels reboot on purpose, and how a broken guest ends.
 */
#include "guest.h"

static void alive(void)
{
	expect(true, "alive");
}

void test_end(void)
{
	triple_fault();
}

TEST_CASES = {
	{ "alive before the triple fault", alive },
	TEST_CASES_END
};
