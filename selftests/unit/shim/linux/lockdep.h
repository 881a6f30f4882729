/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UNIT_SHIM_LINUX_LOCKDEP_H
#define UNIT_SHIM_LINUX_LOCKDEP_H

#include <linux/types.h>

#define SINGLE_DEPTH_NESTING	1

/* What the code under test only has in its structures. */
struct lockdep_map {
	char nothing;
};

struct unit_lock {
	int owner;		/* thread, 0: free */
};

void unit_lock_init(struct unit_lock *lock);
void unit_lock_take(struct unit_lock *lock, const char *file, int line);
bool unit_lock_try(struct unit_lock *lock);
void unit_lock_release(struct unit_lock *lock, const char *file, int line);
void unit_lock_check(const struct unit_lock *lock, bool held, const char *file, int line);

/* A spinlock is a struct unit_lock; a mutex begins with one. */
#define lockdep_assert_held(lock) \
	unit_lock_check((const struct unit_lock *)(lock), true, __FILE__, __LINE__)
#define lockdep_assert_not_held(lock) \
	unit_lock_check((const struct unit_lock *)(lock), false, __FILE__, __LINE__)

#endif /* UNIT_SHIM_LINUX_LOCKDEP_H */
