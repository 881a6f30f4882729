/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UNIT_SHIM_LINUX_MINMAX_H
#define UNIT_SHIM_LINUX_MINMAX_H

#define min(x, y) ({							\
	__typeof__(x) min_x_ = (x);					\
	__typeof__(y) min_y_ = (y);					\
	(void)(&min_x_ == &min_y_);	/* the types have to match */	\
	min_x_ < min_y_ ? min_x_ : min_y_;				\
})
#define max(x, y) ({							\
	__typeof__(x) max_x_ = (x);					\
	__typeof__(y) max_y_ = (y);					\
	(void)(&max_x_ == &max_y_);					\
	max_x_ > max_y_ ? max_x_ : max_y_;				\
})
#define min_t(type, x, y) ({						\
	type min_x_ = (x);						\
	type min_y_ = (y);						\
	min_x_ < min_y_ ? min_x_ : min_y_;				\
})
#define max_t(type, x, y) ({						\
	type max_x_ = (x);						\
	type max_y_ = (y);						\
	max_x_ > max_y_ ? max_x_ : max_y_;				\
})
#define min3(x, y, z)			min(min(x, y), z)
#define max3(x, y, z)			max(max(x, y), z)
#define clamp(value, low, high)		min(max(value, low), high)
#define clamp_t(type, value, low, high)	min_t(type, max_t(type, value, low), high)
#define swap(a, b)							\
	do {								\
		__typeof__(a) swap_ = (a);				\
		(a) = (b);						\
		(b) = swap_;						\
	} while (0)

#endif /* UNIT_SHIM_LINUX_MINMAX_H */
