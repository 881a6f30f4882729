// SPDX-License-Identifier: GPL-2.0-only
/*
 * The part of the kernel's interface, as far as code under test uses it, that is not in headers:
 * memory with failure on demand, locks that check their use, warnings that fail the test.
 */
#include <linux/bug.h>
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/lockdep.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <asm/barrier.h>
#include <asm/page.h>

#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "unit.h"

static unsigned int warnings_expected;

/* The fuzz targets are linked without the test framework: there a failure ends the program. */
__attribute__((weak)) void unit_fail(const char *file, int line, const char *format, ...)
{
	fprintf(stderr, "%s:%d: failed: %s\n", file, line, format);
	abort();
}

/**
 * unit_expect_warn() - the next warnings are what the test wants to provoke
 * @count: how many
 */
void unit_expect_warn(unsigned int count)
{
	warnings_expected = count;
}

bool unit_warn(const char *file, int line, const char *text)
{
	if (warnings_expected)
		warnings_expected--;
	else
		unit_fail(file, line, "WARN_ON(%s)", text);
	return true;
}

static bool alloc_armed;
static bool alloc_fired;
static unsigned int alloc_countdown;
static unsigned int alloc_live;

bool unit_alloc_failing(unsigned int which)
{
	if (which > 0 && !alloc_fired) {
		alloc_armed = false;
		return false;
	}
	alloc_armed = true;
	alloc_fired = false;
	alloc_countdown = which;
	return true;
}

bool unit_alloc_failed(void)
{
	return alloc_fired;
}

unsigned int unit_alloc_count(void)
{
	return __atomic_load_n(&alloc_live, __ATOMIC_RELAXED);
}

static bool alloc_fails(void)
{
	if (!alloc_armed || alloc_fired)
		return false;
	alloc_fired = alloc_countdown-- == 0;
	return alloc_fired;
}

static void *alloc_counted(void *ptr, size_t size, gfp_t gfp)
{
	if (!ptr)
		return NULL;
	/* What was not asked to be zero is not. */
	memset(ptr, gfp & __GFP_ZERO ? 0 : 0xa5, size);
	__atomic_fetch_add(&alloc_live, 1, __ATOMIC_RELAXED);
	return ptr;
}

void *kmalloc(size_t size, gfp_t gfp)
{
	if (alloc_fails() || size > (1UL << 40))
		return NULL;
	return alloc_counted(malloc(size), size, gfp);
}

void *krealloc(const void *old, size_t size, gfp_t gfp)
{
	if (!old)
		return kmalloc(size, gfp);
	if (alloc_fails() || size > (1UL << 40))
		return NULL;
	return realloc((void *)old, size);
}

void kfree(const void *ptr)
{
	if (ptr)
		__atomic_fetch_sub(&alloc_live, 1, __ATOMIC_RELAXED);
	free((void *)ptr);
}

void *kmemdup(const void *from, size_t size, gfp_t gfp)
{
	void *copy = kmalloc(size, gfp);

	return copy ? memcpy(copy, from, size) : NULL;
}

char *kstrdup(const char *text, gfp_t gfp)
{
	return text ? kmemdup(text, strlen(text) + 1, gfp) : NULL;
}

unsigned long __get_free_pages(gfp_t gfp, unsigned int order)
{
	size_t size = PAGE_SIZE << order;

	if (alloc_fails())
		return 0;
	return (unsigned long)alloc_counted(aligned_alloc(size, size), size, gfp);
}

/* A model of hardware may want to know. */
__attribute__((weak)) void unit_page_freed(unsigned long addr)
{
	(void)addr;
}

void free_pages(unsigned long addr, unsigned int order)
{
	(void)order;
	unit_page_freed(addr);
	kfree((void *)addr);
}

int scnprintf(char *text, size_t size, const char *format, ...)
{
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(text, size, format, args);
	va_end(args);
	if (length < 0 || !size)
		return 0;
	return (size_t)length < size ? length : (int)size - 1;
}

ssize_t strscpy(char *dest, const char *src, size_t size)
{
	size_t length = strnlen(src, size);

	if (!size)
		return -E2BIG;
	if (length == size) {
		memcpy(dest, src, size - 1);
		dest[size - 1] = 0;
		return -E2BIG;
	}
	memcpy(dest, src, length + 1);
	return length;
}

void *memchr_inv(const void *start, int c, size_t size)
{
	const u8 *byte = start;

	for (; size; size--, byte++)
		if (*byte != (u8)c)
			return (void *)byte;
	return NULL;
}

int match_string(const char *const *array, size_t n, const char *string)
{
	size_t i;

	for (i = 0; i < n && array[i]; i++)
		if (strcmp(array[i], string) == 0)
			return i;
	return -EINVAL;
}

static int this_thread(void)
{
	static __thread int tid;

	if (!tid)
		tid = syscall(SYS_gettid);
	return tid;
}

void unit_lock_init(struct unit_lock *lock)
{
	lock->owner = 0;
}

bool unit_lock_try(struct unit_lock *lock)
{
	int free = 0;

	return __atomic_compare_exchange_n(&lock->owner, &free, this_thread(), false,
					   __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

void unit_lock_take(struct unit_lock *lock, const char *file, int line)
{
	if (__atomic_load_n(&lock->owner, __ATOMIC_RELAXED) == this_thread()) {
		unit_fail(file, line, "deadlock: the lock is taken by the same thread already");
		return;
	}
	while (!unit_lock_try(lock))
		sched_yield();
}

void unit_lock_release(struct unit_lock *lock, const char *file, int line)
{
	unit_lock_check(lock, true, file, line);
	__atomic_store_n(&lock->owner, 0, __ATOMIC_RELEASE);
}

void unit_lock_check(const struct unit_lock *lock, bool held, const char *file, int line)
{
	bool mine = __atomic_load_n(&lock->owner, __ATOMIC_RELAXED) == this_thread();

	if (mine != held)
		unit_fail(file, line, held ? "the lock is not held by this thread" :
					     "the lock is held by this thread");
}
