/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UNIT_SHIM_ASM_UNALIGNED_H
#define UNIT_SHIM_ASM_UNALIGNED_H

#include <linux/types.h>

#define get_unaligned(ptr) ({						\
	__typeof__(*(ptr)) unaligned_;					\
	__builtin_memcpy(&unaligned_, (ptr), sizeof(unaligned_));	\
	unaligned_;							\
})
#define put_unaligned(value, ptr)					\
	do {								\
		__typeof__(*(ptr)) unaligned_ = (value);		\
		__builtin_memcpy((ptr), &unaligned_, sizeof(unaligned_)); \
	} while (0)
#define get_unaligned_le16(ptr)	get_unaligned((const u16 *)(ptr))
#define get_unaligned_le32(ptr)	get_unaligned((const u32 *)(ptr))
#define get_unaligned_le64(ptr)	get_unaligned((const u64 *)(ptr))
#define put_unaligned_le16(value, ptr)	put_unaligned(value, (u16 *)(ptr))
#define put_unaligned_le32(value, ptr)	put_unaligned(value, (u32 *)(ptr))
#define put_unaligned_le64(value, ptr)	put_unaligned(value, (u64 *)(ptr))

#endif /* UNIT_SHIM_ASM_UNALIGNED_H */
