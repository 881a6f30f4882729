/* SPDX-License-Identifier: GPL-2.0-only */
/* Basic types, compiler helpers and atomics of the guest test library. */
#ifndef GUEST_TYPES_H
#define GUEST_TYPES_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef int64_t s64;

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define BIT(n) (1UL << (n))
#define BIT64(n) (1ULL << (n))
#define PAGE_SHIFT 12
#define PAGE_SIZE 4096UL
#define PAGE_MASK (~(PAGE_SIZE - 1))
#define ALIGN_UP(x, a) (((x) + ((a) - 1)) & ~((__typeof__(x))(a) - 1))
#define ALIGN_DOWN(x, a) ((x) & ~((__typeof__(x))(a) - 1))

#define __aligned(n) __attribute__((aligned(n)))
#define __packed __attribute__((packed))
#define __printf(f, a) __attribute__((format(printf, f, a)))
#define __noreturn __attribute__((noreturn))
#define __weak __attribute__((weak))
#define __unused __attribute__((unused))
#define noinline __attribute__((noinline))
#define __section(s) __attribute__((section(s)))
/* Code and data that ring 3 may touch: mapped with the user bit where paging is on. */
#define __user_text __section(".user.text") noinline
#define __user_data __section(".user.data")

#define barrier() __asm__ volatile("" : : : "memory")
/* A full barrier that every 64-bit CPU and every 32-bit one has. */
#define mb() __asm__ volatile("lock; addl $0, (%%" REG_SP ")" : : : "memory", "cc")
#define READ_ONCE(x) (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v) (*(volatile __typeof__(x) *)&(x) = (v))

#ifdef __x86_64__
#define REG_SP "rsp"
#define ASM_PTR ".quad"
#else
#define REG_SP "esp"
#define ASM_PTR ".long"
#endif

static inline void cpu_relax(void)
{
	__asm__ volatile("pause" : : : "memory");
}

/* Bit operations on arrays of longs, as event channel bitmaps need them: one locked RMW each. */
static inline bool test_and_set_bit(unsigned int nr, volatile unsigned long *addr)
{
	bool old;

	addr += nr / (8 * sizeof(long));
	__asm__ volatile("lock; bts %2, %0" : "+m"(*addr), "=@ccc"(old)
			 : "r"((unsigned long)nr % (8 * sizeof(long))) : "memory");
	return old;
}

static inline bool test_and_clear_bit(unsigned int nr, volatile unsigned long *addr)
{
	bool old;

	addr += nr / (8 * sizeof(long));
	__asm__ volatile("lock; btr %2, %0" : "+m"(*addr), "=@ccc"(old)
			 : "r"((unsigned long)nr % (8 * sizeof(long))) : "memory");
	return old;
}

static inline bool test_bit(unsigned int nr, const volatile unsigned long *addr)
{
	return (addr[nr / (8 * sizeof(long))] >> (nr % (8 * sizeof(long)))) & 1;
}

static inline u32 xchg32(volatile u32 *p, u32 v)
{
	return __atomic_exchange_n(p, v, __ATOMIC_SEQ_CST);
}

static inline bool cmpxchg32(volatile u32 *p, u32 old, u32 new)
{
	return __atomic_compare_exchange_n(p, &old, new, false, __ATOMIC_SEQ_CST,
					   __ATOMIC_SEQ_CST);
}

static inline unsigned long xchg_long(volatile unsigned long *p, unsigned long v)
{
	return __atomic_exchange_n(p, v, __ATOMIC_SEQ_CST);
}

static inline unsigned int bits_set(u32 v)
{
	unsigned int n = 0;

	for (; v; v &= v - 1)
		n++;
	return n;
}

/* string.c */
void *memset(void *d, int c, size_t n);
void *memcpy(void *d, const void *s, size_t n);
void *memmove(void *d, const void *s, size_t n);
int memcmp(const void *a, const void *b, size_t n);
size_t strlen(const char *s);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
const char *strstr(const char *hay, const char *needle);
/**
 * mem_is - tell whether a whole buffer holds one byte value
 * @p: buffer
 * @c: the value
 * @n: bytes
 * Return: offset of the first other byte, or @n if there is none.
 */
size_t mem_is(const void *p, u8 c, size_t n);
/**
 * parse_u64 - read a number in C notation (decimal, 0x…)
 * @s: text; reading stops at the first character that is not a digit
 * Return: the number, 0 if there is none.
 */
u64 parse_u64(const char *s);

#endif
