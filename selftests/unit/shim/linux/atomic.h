/* SPDX-License-Identifier: GPL-2.0-only */
/* Sequentially consistent where the kernel orders, relaxed where it does not. */
#ifndef UNIT_SHIM_LINUX_ATOMIC_H
#define UNIT_SHIM_LINUX_ATOMIC_H

#include <linux/compiler.h>
#include <linux/types.h>
#include <asm/barrier.h>

#define ATOMIC_INIT(i)		{ (i) }
#define ATOMIC64_INIT(i)	{ (i) }

#define UNIT_ATOMIC(prefix, type, value)						\
static inline value prefix##_read(const type *v)					\
{											\
	return __atomic_load_n(&v->counter, __ATOMIC_RELAXED);				\
}											\
static inline value prefix##_read_acquire(const type *v)				\
{											\
	return __atomic_load_n(&v->counter, __ATOMIC_ACQUIRE);				\
}											\
static inline void prefix##_set(type *v, value i)					\
{											\
	__atomic_store_n(&v->counter, i, __ATOMIC_RELAXED);				\
}											\
static inline void prefix##_set_release(type *v, value i)				\
{											\
	__atomic_store_n(&v->counter, i, __ATOMIC_RELEASE);				\
}											\
static inline void prefix##_add(value i, type *v)					\
{											\
	__atomic_fetch_add(&v->counter, i, __ATOMIC_RELAXED);				\
}											\
static inline void prefix##_sub(value i, type *v)					\
{											\
	__atomic_fetch_sub(&v->counter, i, __ATOMIC_RELAXED);				\
}											\
static inline void prefix##_inc(type *v)						\
{											\
	prefix##_add(1, v);								\
}											\
static inline void prefix##_dec(type *v)						\
{											\
	prefix##_sub(1, v);								\
}											\
static inline void prefix##_or(value i, type *v)					\
{											\
	__atomic_fetch_or(&v->counter, i, __ATOMIC_RELAXED);				\
}											\
static inline void prefix##_and(value i, type *v)					\
{											\
	__atomic_fetch_and(&v->counter, i, __ATOMIC_RELAXED);				\
}											\
static inline void prefix##_andnot(value i, type *v)					\
{											\
	__atomic_fetch_and(&v->counter, ~i, __ATOMIC_RELAXED);				\
}											\
static inline value prefix##_add_return(value i, type *v)				\
{											\
	return __atomic_add_fetch(&v->counter, i, __ATOMIC_SEQ_CST);			\
}											\
static inline value prefix##_sub_return(value i, type *v)				\
{											\
	return __atomic_sub_fetch(&v->counter, i, __ATOMIC_SEQ_CST);			\
}											\
static inline value prefix##_inc_return(type *v)					\
{											\
	return prefix##_add_return(1, v);						\
}											\
static inline value prefix##_dec_return(type *v)					\
{											\
	return prefix##_sub_return(1, v);						\
}											\
static inline value prefix##_fetch_add(value i, type *v)				\
{											\
	return __atomic_fetch_add(&v->counter, i, __ATOMIC_SEQ_CST);			\
}											\
static inline value prefix##_fetch_or(value i, type *v)					\
{											\
	return __atomic_fetch_or(&v->counter, i, __ATOMIC_SEQ_CST);			\
}											\
static inline value prefix##_fetch_andnot(value i, type *v)				\
{											\
	return __atomic_fetch_and(&v->counter, ~i, __ATOMIC_SEQ_CST);			\
}											\
static inline bool prefix##_dec_and_test(type *v)					\
{											\
	return prefix##_dec_return(v) == 0;						\
}											\
static inline value prefix##_xchg(type *v, value i)					\
{											\
	return __atomic_exchange_n(&v->counter, i, __ATOMIC_SEQ_CST);			\
}											\
static inline bool prefix##_try_cmpxchg(type *v, value *old, value new)			\
{											\
	return __atomic_compare_exchange_n(&v->counter, old, new, false,		\
					   __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);		\
}											\
static inline value prefix##_cmpxchg(type *v, value old, value new)			\
{											\
	prefix##_try_cmpxchg(v, &old, new);						\
	return old;									\
}											\
static inline bool prefix##_inc_not_zero(type *v)					\
{											\
	value old = prefix##_read(v);							\
											\
	while (old)									\
		if (prefix##_try_cmpxchg(v, &old, old + 1))				\
			return true;							\
	return false;									\
}											\
static inline bool prefix##_add_unless(type *v, value i, value unless)			\
{											\
	value old = prefix##_read(v);							\
											\
	while (old != unless)								\
		if (prefix##_try_cmpxchg(v, &old, old + i))				\
			return true;							\
	return false;									\
}

UNIT_ATOMIC(atomic, atomic_t, int)
UNIT_ATOMIC(atomic64, atomic64_t, s64)

#define xchg(ptr, value)	__atomic_exchange_n(ptr, value, __ATOMIC_SEQ_CST)
#define cmpxchg(ptr, old, new) ({					\
	__typeof__(*(ptr)) cmpxchg_old_ = (old);			\
	__atomic_compare_exchange_n(ptr, &cmpxchg_old_, new, false,	\
				    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST); \
	cmpxchg_old_;							\
})
#define try_cmpxchg(ptr, old, new)					\
	__atomic_compare_exchange_n(ptr, old, new, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)
#define cmpxchg64(ptr, old, new)	cmpxchg(ptr, old, new)
#define try_cmpxchg64(ptr, old, new)	try_cmpxchg(ptr, old, new)

#endif /* UNIT_SHIM_LINUX_ATOMIC_H */
