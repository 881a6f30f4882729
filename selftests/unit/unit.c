// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs the tests that registered themselves and prints KTAP. What a test's process cannot tell by
 * its exit status, failures and the reason of a skip, it leaves in a page shared with us.
 */
#include "unit.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define TIME_LIMIT	60	/* seconds for one test, unless UNIT_TIME_LIMIT says another */
#define MAX_SHOWN	20	/* failures printed of one test */
#define STATUS_FAILED	1
#define STATUS_SKIPPED	77

struct shared {
	unsigned int failures;
	bool finished;
	char why[200];
};

static struct unit_test *first;
static struct unit_test **last = &first;
static struct shared *shared;
static char context[200];
static bool alone;
static unsigned int time_limit = TIME_LIMIT;

void unit_register(struct unit_test *test)
{
	*last = test;
	last = &test->next;
}

void unit_fail(const char *file, int line, const char *format, ...)
{
	const char *base = strrchr(file, '/');
	va_list args;

	if (__atomic_add_fetch(&shared->failures, 1, __ATOMIC_RELAXED) > MAX_SHOWN)
		return;
	flockfile(stdout);
	printf("# %s:%d: ", base ? base + 1 : file, line);
	if (context[0])
		printf("%s: ", context);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
	funlockfile(stdout);
}

void unit_skip(const char *why)
{
	snprintf(shared->why, sizeof(shared->why), "%s", why);
	shared->finished = true;
	exit(STATUS_SKIPPED);
}

void unit_context(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(context, sizeof(context), format, args);
	va_end(args);
}

/* Decimal, and hexadecimal beside it where that says more. */
static const char *number(__int128 value, char *text, size_t size)
{
	if (value >= 0 && value < 10)
		snprintf(text, size, "%d", (int)value);
	else if (value < 0)
		snprintf(text, size, "%lld", (long long)value);
	else
		snprintf(text, size, "%llu (%#llx)", (unsigned long long)value,
			 (unsigned long long)value);
	return text;
}

bool unit_compare(const char *file, int line, const char *op, const char *left_text,
		  __int128 left, const char *right_text, __int128 right)
{
	char left_value[64], right_value[64];
	bool or_equal = op[1] == '=';
	bool good;

	switch (op[0]) {
	case '=':
		good = left == right;
		break;
	case '!':
		good = left != right;
		break;
	case '<':
		good = left < right || (or_equal && left == right);
		break;
	default:
		good = left > right || (or_equal && left == right);
		break;
	}
	if (!good)
		unit_fail(file, line, "expected %s %s %s, got %s and %s", left_text, op, right_text,
			  number(left, left_value, sizeof(left_value)),
			  number(right, right_value, sizeof(right_value)));
	return good;
}

bool unit_compare_pointer(const char *file, int line, bool want_equal, const char *left_text,
			  const void *left, const char *right_text, const void *right)
{
	bool equal = left == right;

	if (equal == want_equal)
		return true;
	unit_fail(file, line, "expected %s %s %s, got %p and %p", left_text,
		  want_equal ? "==" : "!=", right_text, left, right);
	return false;
}

bool unit_compare_string(const char *file, int line, const char *text, const char *got,
			 const char *expected)
{
	if (got == expected || (got && expected && strcmp(got, expected) == 0))
		return true;
	unit_fail(file, line, "%s is \"%s\", expected \"%s\"", text, got ? got : "(null)",
		  expected ? expected : "(null)");
	return false;
}

bool unit_compare_memory(const char *file, int line, const char *text, const void *got,
			 const void *expected, size_t size)
{
	const unsigned char *left = got, *right = expected;
	size_t i;

	for (i = 0; i < size; i++) {
		if (left[i] == right[i])
			continue;
		unit_fail(file, line, "%s: byte %zu of %zu is %#x, expected %#x", text, i, size,
			  left[i], right[i]);
		return false;
	}
	return true;
}

bool unit_truth(const char *file, int line, const char *text, bool got, bool expected)
{
	if (got == expected)
		return true;
	unit_fail(file, line, "expected %s to be %s", text, expected ? "true" : "false");
	return false;
}

static void run_here(const struct unit_test *test)
{
	context[0] = 0;
	test->run();
	shared->finished = true;
}

/* Returns the wait status of the process that ran the test. */
static int run_apart(const struct unit_test *test)
{
	int status = 0;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		alarm(time_limit);
		run_here(test);
		fflush(stdout);
		/* Not _exit(): leaks are looked for on the way out. */
		exit(shared->failures ? STATUS_FAILED : 0);
	}
	if (pid < 0) {
		printf("# fork: %s\n", strerror(errno));
		return STATUS_FAILED << 8;
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

/* One line of KTAP; returns true unless the test failed. */
static bool run_test(const struct unit_test *test, unsigned int index)
{
	bool good = false;
	int status = 0;

	memset(shared, 0, sizeof(*shared));
	if (alone)
		run_here(test);
	else
		status = run_apart(test);

	if (shared->failures > MAX_SHOWN)
		printf("# and %u more failures\n", shared->failures - MAX_SHOWN);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
		printf("# no end after %u s\n", time_limit);
	else if (WIFSIGNALED(status))
		printf("# died: %s\n", strsignal(WTERMSIG(status)));
	else if (!shared->finished)
		printf("# ended with status %d before it was done\n", WEXITSTATUS(status));
	else if (WEXITSTATUS(status) == STATUS_SKIPPED && !shared->failures)
		good = printf("ok %u - %s # SKIP %s\n", index, test->name, shared->why) > 0;
	else if (status && !shared->failures)
		printf("# exit status %d after it was done: a leak?\n", WEXITSTATUS(status));
	else if (!shared->failures)
		good = printf("ok %u - %s\n", index, test->name) > 0;
	if (!good)
		printf("not ok %u - %s\n", index, test->name);
	fflush(stdout);
	return good;
}

static bool chosen(const struct unit_test *test, char **names)
{
	if (!*names)
		return true;
	for (; *names; names++)
		if (strcmp(*names, test->name) == 0)
			return true;
	return false;
}

int main(int argc, char **argv)
{
	unsigned int count = 0, index = 0, failed = 0;
	struct unit_test *test;
	bool list = false;
	int option;

	while ((option = getopt(argc, argv, "ln")) != -1) {
		if (option == 'l')
			list = true;
		else if (option == 'n')
			alone = true;
		else
			return 2;
	}
	if (getenv("UNIT_TIME_LIMIT"))
		time_limit = atoi(getenv("UNIT_TIME_LIMIT"));
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		      -1, 0);
	if (shared == MAP_FAILED) {
		perror("mmap");
		return 2;
	}
	for (test = first; test; test = test->next) {
		if (!chosen(test, argv + optind))
			continue;
		count++;
		if (list)
			puts(test->name);
	}
	if (list)
		return 0;
	if (!count) {
		fprintf(stderr, "%s: no such test\n", argv[0]);
		return 2;
	}
	printf("KTAP version 1\n1..%u\n", count);
	for (test = first; test; test = test->next)
		if (chosen(test, argv + optind))
			failed += !run_test(test, ++index);
	return failed ? 1 : 0;
}
