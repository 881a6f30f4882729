// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claim: SCHEDOP_shutdown ends the domain with exactly the reason it is given,
 * at once: no instruction of any vCPU runs after it.
 *
 * Why: on_poweroff, on_reboot and on_crash hang on the reason. It cannot be
 * checked from inside: the runner compares it (shutdown= in the .cfg files).
 */
#include "guest.h"

#include <xen/sched.h>

static void ready(void)
{
	struct sched_shutdown bad = { .reason = SHUTDOWN_poweroff };

	skip_if(!xen.present, "no hypercalls here");
#if HAVE_PAGING
	page_set(VA_TEST, 0);
	expect_rc(sched_op(SCHEDOP_shutdown, (void *)VA_TEST), -XEN_EFAULT, "bad pointer");
#endif
	/* a latched code must not end anything yet */
	if (opt_u64("latch", 0)) {
		bad.reason = opt_u64("latch", 0);
		expect_rc(sched_op(SCHEDOP_shutdown_code, &bad), 0, "shutdown_code");
	}
}

void test_end(void)
{
	struct sched_shutdown s = { .reason = opt_u64("reason", SHUTDOWN_poweroff) };
	long rc;

	if (!xen.present || test_has_failed())
		guest_end(false);
	rc = sched_op(SCHEDOP_shutdown, &s);
	/* a suspend may come back when the toolstack resumes it; nothing else may */
	printf("# shutdown came back with %ld\n# verdict: failure\n", rc);
	triple_fault();
}

TEST_CASES = {
	{ "ready to shut down", ready },
	TEST_CASES_END
};
