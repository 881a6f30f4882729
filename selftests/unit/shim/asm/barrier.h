/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UNIT_SHIM_ASM_BARRIER_H
#define UNIT_SHIM_ASM_BARRIER_H

#include <linux/compiler.h>

#define mb()			__atomic_thread_fence(__ATOMIC_SEQ_CST)
#define rmb()			__atomic_thread_fence(__ATOMIC_ACQUIRE)
#define wmb()			__atomic_thread_fence(__ATOMIC_RELEASE)
#define smp_mb()		mb()
#define smp_rmb()		rmb()
#define smp_wmb()		wmb()
#define smp_mb__before_atomic()	mb()
#define smp_mb__after_atomic()	mb()
#define smp_load_acquire(ptr)	__atomic_load_n(ptr, __ATOMIC_ACQUIRE)
#define smp_store_release(ptr, value)	__atomic_store_n(ptr, value, __ATOMIC_RELEASE)
#define smp_store_mb(var, value)	__atomic_store_n(&(var), value, __ATOMIC_SEQ_CST)
#define cpu_relax()		__builtin_ia32_pause()

#endif /* UNIT_SHIM_ASM_BARRIER_H */
