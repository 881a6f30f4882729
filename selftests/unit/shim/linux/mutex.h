/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UNIT_SHIM_LINUX_MUTEX_H
#define UNIT_SHIM_LINUX_MUTEX_H

#include <linux/lockdep.h>
#include <linux/types.h>

struct mutex {
	struct unit_lock lock;
};

#define DEFINE_MUTEX(name)	struct mutex name = { { 0 } }

#define mutex_init(mutex)	unit_lock_init(&(mutex)->lock)
#define mutex_destroy(mutex)	((void)(mutex))
#define mutex_lock(mutex)	unit_lock_take(&(mutex)->lock, __FILE__, __LINE__)
#define mutex_trylock(mutex)	unit_lock_try(&(mutex)->lock)
#define mutex_unlock(mutex)	unit_lock_release(&(mutex)->lock, __FILE__, __LINE__)
#define mutex_is_locked(mutex)	((mutex)->lock.owner != 0)

#endif /* UNIT_SHIM_LINUX_MUTEX_H */
