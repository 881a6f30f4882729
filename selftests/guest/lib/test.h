/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The frame of a test: named cases, expectations, verdict.
 *
 * A test defines its cases with TEST_CASES = { { "name", function }, …, TEST_CASES_END };
 * each case gives one KTAP line; each expectation that does not hold adds a "# …" line
 * that says what was got and what was wanted.
 */
#ifndef GUEST_TEST_H
#define GUEST_TEST_H

#include "traps.h"
#include "types.h"

struct test_case {
	const char *name;
	void (*fn)(void);
};

extern const struct test_case test_cases[];
#define TEST_CASES const struct test_case test_cases[]
#define TEST_CASES_END { NULL, NULL }

/* Optional, called before the first case; may call test_skip_all(). */
void test_setup(void);
/*
 * Optional, called after the verdict is printed instead of the usual end: for
 * tests of how a domain ends. The runner compares the shutdown reason.
 */
void test_end(void);

/**
 * test_failed - count one unmet expectation of the running case
 * @fmt: what was expected and what was seen
 * Context: any vCPU.
 */
void test_failed(const char *fmt, ...) __printf(1, 2);
void test_skip(const char *fmt, ...) __printf(1, 2);
void test_skip_all(const char *fmt, ...) __printf(1, 2) __noreturn;
/* The test itself cannot go on: verdict "error", the domain ends with reason crash. */
void test_error(const char *fmt, ...) __printf(1, 2) __noreturn;
/* True when the running case has failed already. */
bool test_has_failed(void);

#define expect(cond, fmt, ...)								\
	({										\
		bool expect_ok = (cond);						\
		if (!expect_ok)								\
			test_failed(fmt " [%s]", ##__VA_ARGS__, #cond);			\
		expect_ok;								\
	})

#define expect_eq(got, want, fmt, ...)							\
	({										\
		u64 expect_got = (u64)(got), expect_want = (u64)(want);			\
		if (expect_got != expect_want)						\
			test_failed(fmt ": got %#llx, want %#llx", ##__VA_ARGS__,	\
				    (unsigned long long)expect_got,			\
				    (unsigned long long)expect_want);			\
		expect_got == expect_want;						\
	})

/* Signed, for return values of hypercalls. */
#define expect_rc(got, want, fmt, ...)							\
	({										\
		long expect_got = (got), expect_want = (want);				\
		if (expect_got != expect_want)						\
			test_failed(fmt ": got %ld, want %ld", ##__VA_ARGS__,		\
				    expect_got, expect_want);				\
		expect_got == expect_want;						\
	})

#define expect_trap(f, vec, err, fmt, ...)						\
	({										\
		struct fault expect_f = (f);						\
		bool expect_ok = expect_f.vector == (vec) && expect_f.error == (err);	\
		if (!expect_ok)								\
			test_failed(fmt ": got %s, want %s", ##__VA_ARGS__,		\
				    fault_text(&expect_f), fault_text_of(vec, err));	\
		expect_ok;								\
	})

#define expect_no_trap(f, fmt, ...) expect_trap(f, NO_FAULT, 0, fmt, ##__VA_ARGS__)

#define skip_if(cond, fmt, ...)								\
	do {										\
		if (cond) {								\
			test_skip(fmt, ##__VA_ARGS__);					\
			return;								\
		}									\
	} while (0)

/* Give up this case when the condition does not hold. */
#define require(cond, fmt, ...)								\
	do {										\
		if (!expect(cond, fmt, ##__VA_ARGS__))					\
			return;								\
	} while (0)

#endif
