/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A small test framework for C: each TEST() is one line of KTAP and runs in a process of its own,
 * so that one that crashes, hangs or leaks is one failure, and none disturbs another.
 *
 *	TEST(empty_list_has_no_first)
 *	{
 *		EXPECT_EQ(list_length(&list), 0);
 *		ASSERT_NOT_NULL(list_head(&list));
 *	}
 *
 * EXPECT_ notes a failure and goes on; ASSERT_ also returns from the function it stands in. All
 * print what they compared. Arguments are evaluated once. Integers of any type and sign compare by
 * value: -1 is not equal to 0xffffffffU.
 *
 * A program takes names of tests as arguments (all without); -l lists them; -n runs them in this
 * process, for a debugger.
 */
#ifndef UNIT_H
#define UNIT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct unit_test {
	const char *name;
	void (*run)(void);
	struct unit_test *next;
};

void unit_register(struct unit_test *test);

/**
 * TEST() - define a test
 * @ident: its name, a C identifier; tests run in the order of the file
 */
#define TEST(ident)							\
	static void unit_run_##ident(void);				\
	static struct unit_test unit_test_##ident = {			\
		#ident, unit_run_##ident, NULL				\
	};								\
	__attribute__((constructor)) static void unit_add_##ident(void)	\
	{								\
		unit_register(&unit_test_##ident);			\
	}								\
	static void unit_run_##ident(void)

void unit_fail(const char *file, int line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void unit_skip(const char *why) __attribute__((noreturn));

/*
 * What a loop is at, printed with every failure until the next call; "" ends it.
 */
void unit_context(const char *format, ...) __attribute__((format(printf, 1, 2)));

bool unit_compare(const char *file, int line, const char *op, const char *left_text,
		  __int128 left, const char *right_text, __int128 right);
bool unit_compare_pointer(const char *file, int line, bool want_equal, const char *left_text,
			  const void *left, const char *right_text, const void *right);
bool unit_compare_string(const char *file, int line, const char *text, const char *got,
			 const char *expected);
bool unit_compare_memory(const char *file, int line, const char *text, const void *got,
			 const void *expected, size_t size);
bool unit_truth(const char *file, int line, const char *text, bool got, bool expected);

#define UNIT_OP(op, a, b) \
	unit_compare(__FILE__, __LINE__, op, #a, (__int128)(a), #b, (__int128)(b))

#define EXPECT_EQ(a, b)		((void)UNIT_OP("==", a, b))
#define EXPECT_NE(a, b)		((void)UNIT_OP("!=", a, b))
#define EXPECT_LT(a, b)		((void)UNIT_OP("<", a, b))
#define EXPECT_LE(a, b)		((void)UNIT_OP("<=", a, b))
#define EXPECT_GT(a, b)		((void)UNIT_OP(">", a, b))
#define EXPECT_GE(a, b)		((void)UNIT_OP(">=", a, b))
#define EXPECT_TRUE(a)		((void)unit_truth(__FILE__, __LINE__, #a, (a), true))
#define EXPECT_FALSE(a)		((void)unit_truth(__FILE__, __LINE__, #a, (a), false))
#define EXPECT_NULL(a)		EXPECT_PTR_EQ(a, NULL)
#define EXPECT_NOT_NULL(a)	EXPECT_PTR_NE(a, NULL)
#define EXPECT_PTR_EQ(a, b) \
	((void)unit_compare_pointer(__FILE__, __LINE__, true, #a, (a), #b, (b)))
#define EXPECT_PTR_NE(a, b) \
	((void)unit_compare_pointer(__FILE__, __LINE__, false, #a, (a), #b, (b)))
#define EXPECT_STREQ(got, expected) \
	((void)unit_compare_string(__FILE__, __LINE__, #got, (got), (expected)))
#define EXPECT_MEMEQ(got, expected, size) \
	((void)unit_compare_memory(__FILE__, __LINE__, #got, (got), (expected), (size)))

/* What a parser makes of @text: @call returns @result, and @said is @message then. */
#define EXPECT_SAYS(text, call, result, said, message)			\
do {									\
	unit_context("%s", text);					\
	EXPECT_EQ(call, result);					\
	EXPECT_STREQ(said, message);					\
	unit_context("%s", "");						\
} while (0)

#define UNIT_ASSERT(condition)	do { if (!(condition)) return; } while (0)

#define ASSERT_EQ(a, b)		UNIT_ASSERT(UNIT_OP("==", a, b))
#define ASSERT_NE(a, b)		UNIT_ASSERT(UNIT_OP("!=", a, b))
#define ASSERT_LT(a, b)		UNIT_ASSERT(UNIT_OP("<", a, b))
#define ASSERT_LE(a, b)		UNIT_ASSERT(UNIT_OP("<=", a, b))
#define ASSERT_GT(a, b)		UNIT_ASSERT(UNIT_OP(">", a, b))
#define ASSERT_GE(a, b)		UNIT_ASSERT(UNIT_OP(">=", a, b))
#define ASSERT_TRUE(a)		UNIT_ASSERT(unit_truth(__FILE__, __LINE__, #a, (a), true))
#define ASSERT_FALSE(a)		UNIT_ASSERT(unit_truth(__FILE__, __LINE__, #a, (a), false))
#define ASSERT_NULL(a) \
	UNIT_ASSERT(unit_compare_pointer(__FILE__, __LINE__, true, #a, (a), "NULL", NULL))
#define ASSERT_NOT_NULL(a) \
	UNIT_ASSERT(unit_compare_pointer(__FILE__, __LINE__, false, #a, (a), "NULL", NULL))
#define ASSERT_STREQ(got, expected) \
	UNIT_ASSERT(unit_compare_string(__FILE__, __LINE__, #got, (got), (expected)))
#define ASSERT_MEMEQ(got, expected, size) \
	UNIT_ASSERT(unit_compare_memory(__FILE__, __LINE__, #got, (got), (expected), (size)))

#define FAIL(...)		unit_fail(__FILE__, __LINE__, __VA_ARGS__)
#define SKIP(why)		unit_skip(why)

#endif /* UNIT_H */
