/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Operations on words of a grant table, which the guest writes at the same time.
 *
 * Everything is a single access or a locked operation on an aligned word.  Nothing
 * here loops.
 */
#ifndef XLHV_GRANT_SHARED_WORDS_H
#define XLHV_GRANT_SHARED_WORDS_H

#include <linux/compiler.h>
#include <linux/types.h>

/* The unit tests let the guest act between any two steps of ours. */
#ifdef XLHV_UNIT
void gnttab_unit_step(void);
#else
static inline void gnttab_unit_step(void)
{
}
#endif

static inline u32 gnttab_read32(const u32 *word)
{
	gnttab_unit_step();
	return READ_ONCE(*word);
}

static inline u64 gnttab_read64(const u64 *word)
{
	gnttab_unit_step();
	return READ_ONCE(*word);
}

/* Write @new if the word is *@old, else read it into *@old.  A full barrier. */
static inline bool gnttab_try_cmpxchg(u32 *word, u32 *old, u32 new)
{
	bool done;

	gnttab_unit_step();
	asm volatile("lock cmpxchgl %3, %1"
		     : "+a" (*old), "+m" (*word), "=@ccz" (done) : "r" (new) : "memory");
	return done;
}

/* A full barrier. */
static inline void gnttab_set_bits(u16 *word, u16 bits)
{
	gnttab_unit_step();
	asm volatile("lock orw %1, %0" : "+m" (*word) : "r" (bits) : "memory");
}

/* A full barrier: what was done under the bits is done before they go. */
static inline void gnttab_clear_bits(u16 *word, u16 bits)
{
	gnttab_unit_step();
	asm volatile("lock andw %1, %0" : "+m" (*word) : "r" ((u16)~bits) : "memory");
}

#endif /* XLHV_GRANT_SHARED_WORDS_H */
