/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UNIT_SHIM_LINUX_COMPILER_TYPES_H
#define UNIT_SHIM_LINUX_COMPILER_TYPES_H

#define likely(x)	__builtin_expect(!!(x), 1)
#define unlikely(x)	__builtin_expect(!!(x), 0)

/* The C library's headers may have defined some of these. */
#ifndef __always_inline
#define __always_inline	inline __attribute__((always_inline))
#endif
#ifndef __packed
#define __packed	__attribute__((packed))
#endif
#ifndef __aligned
#define __aligned(n)	__attribute__((aligned(n)))
#endif
#define __maybe_unused	__attribute__((unused))
#define __must_check	__attribute__((warn_unused_result))
#define __printf(a, b)	__attribute__((format(printf, a, b)))
#define __weak		__attribute__((weak))
#define __cold		__attribute__((cold))
#define noinline	__attribute__((noinline))
#define notrace
#define fallthrough	__attribute__((fallthrough))

/* For sparse only. */
#ifdef __CHECKER__
#define __user		__attribute__((noderef, address_space(__user)))
#define __iomem		__attribute__((noderef, address_space(__iomem)))
#define __percpu	__attribute__((noderef, address_space(__percpu)))
#define __force		__attribute__((force))
#define __acquires(x)	__attribute__((context(x, 0, 1)))
#define __releases(x)	__attribute__((context(x, 1, 0)))
#define __must_hold(x)	__attribute__((context(x, 1, 1)))
#define __acquire(x)	__context__(x, 1)
#define __release(x)	__context__(x, -1)
#else
#define __user
#define __iomem
#define __percpu
#define __force
#define __acquires(x)
#define __releases(x)
#define __must_hold(x)
#define __acquire(x)	((void)0)
#define __release(x)	((void)0)
#endif

#define __init
#define __exit
#define __initdata
#define __ro_after_init
#define __read_mostly
#define __cacheline_aligned	__attribute__((aligned(64)))
#define ____cacheline_aligned	__attribute__((aligned(64)))
#define ____cacheline_aligned_in_smp	__attribute__((aligned(64)))

#endif /* UNIT_SHIM_LINUX_COMPILER_TYPES_H */
