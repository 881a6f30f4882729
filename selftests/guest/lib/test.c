// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs the cases, prints KTAP, gives the verdict and ends the domain: poweroff
 * for success and skip, crash for failure and error.
 */
#include "console.h"
#include "cpu.h"
#include "entry.h"
#include "guest.h"
#include "test.h"

#define MAX_NOTES 12

static struct {
	unsigned int failures;		/* of the running case */
	bool skipped;
	char why[96];
	unsigned int failed_cases, skipped_cases;
} run;

__weak void test_setup(void)
{
}

__weak void test_end(void)
{
	guest_end(!run.failed_cases);
}

static void verdict_print(const char *v)
{
	printf("# verdict: %s\n", v);
}

void test_failed(const char *fmt, ...)
{
	unsigned int n = __atomic_fetch_add(&run.failures, 1, __ATOMIC_SEQ_CST);
	char text[256];
	va_list ap;

	if (n > MAX_NOTES)
		return;
	if (n == MAX_NOTES) {
		printf("# (further failures of this case are not shown)\n");
		return;
	}
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	printf("# %s\n", text);
}

bool test_has_failed(void)
{
	return READ_ONCE(run.failures) != 0;
}

void test_skip(const char *fmt, ...)
{
	va_list ap;

	run.skipped = true;
	va_start(ap, fmt);
	vsnprintf(run.why, sizeof(run.why), fmt, ap);
	va_end(ap);
}

void test_skip_all(const char *fmt, ...)
{
	va_list ap;

	printf("1..0 # SKIP ");
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	verdict_print("skip");
	guest_end(true);
}

void test_error(const char *fmt, ...)
{
	static bool again;
	va_list ap;

	/* an error while reporting an error: say no more */
	if (again)
		guest_end(false);
	again = true;
	printf("# error: ");
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\nBail out! the test could not go on\n");
	verdict_print("error");
	guest_end(false);
}

__weak void guest_main(void)
{
	const char *only = opt_str("case");
	unsigned int i, nr = 0;

	while (test_cases[nr].fn)
		nr++;
	if (!nr)
		test_error("no cases");
	test_setup();
	printf("1..%u\n", nr);
	for (i = 0; i < nr; i++) {
		const struct test_case *c = &test_cases[i];

		run.failures = 0;
		run.skipped = false;
		if (only && !opt_is("case", c->name))
			test_skip("not asked for");
		else
			c->fn();
		if (run.failures) {
			run.failed_cases++;
			printf("not ok %u - %s\n", i + 1, c->name);
		} else if (run.skipped) {
			run.skipped_cases++;
			printf("ok %u - %s # SKIP %s\n", i + 1, c->name, run.why);
		} else {
			printf("ok %u - %s\n", i + 1, c->name);
		}
	}
	if (run.failed_cases)
		verdict_print("failure");
	else if (run.skipped_cases == nr)
		verdict_print("skip");
	else
		verdict_print("success");
	test_end();
	guest_end(!run.failed_cases);
}
