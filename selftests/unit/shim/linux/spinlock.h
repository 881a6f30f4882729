/* SPDX-License-Identifier: GPL-2.0-only */
/* Locks that notice being taken twice by one thread, or released by another. */
#ifndef UNIT_SHIM_LINUX_SPINLOCK_H
#define UNIT_SHIM_LINUX_SPINLOCK_H

#include <linux/compiler.h>
#include <linux/lockdep.h>
#include <linux/types.h>

typedef struct unit_lock spinlock_t;
typedef struct unit_lock raw_spinlock_t;

#define DEFINE_SPINLOCK(name)	spinlock_t name = { 0 }

#define spin_lock_init(lock)	unit_lock_init(lock)
#define spin_lock(lock)		unit_lock_take(lock, __FILE__, __LINE__)
#define spin_trylock(lock)	unit_lock_try(lock)
#define spin_unlock(lock)	unit_lock_release(lock, __FILE__, __LINE__)
#define spin_is_locked(lock)	(READ_ONCE((lock)->owner) != 0)
#define spin_lock_irq		spin_lock
#define spin_unlock_irq		spin_unlock
#define spin_lock_bh		spin_lock
#define spin_unlock_bh		spin_unlock
#define spin_lock_irqsave(lock, flags)		\
	do {					\
		(flags) = 0;			\
		spin_lock(lock);		\
	} while (0)
#define spin_unlock_irqrestore(lock, flags)	\
	do {					\
		(void)(flags);			\
		spin_unlock(lock);		\
	} while (0)
#define raw_spin_lock_init	spin_lock_init
#define raw_spin_lock		spin_lock
#define raw_spin_lock_nested(lock, subclass)	spin_lock(lock)
#define raw_spin_unlock		spin_unlock
#define raw_spin_lock_irq	spin_lock
#define raw_spin_unlock_irq	spin_unlock
#define raw_spin_lock_irqsave	spin_lock_irqsave
#define raw_spin_unlock_irqrestore	spin_unlock_irqrestore

#endif /* UNIT_SHIM_LINUX_SPINLOCK_H */
