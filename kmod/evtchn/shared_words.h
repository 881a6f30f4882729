/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Operations on words that the guest writes too, at the same time.
 *
 * Everything is a locked operation on an aligned 32-bit word: a 64-bit one on what
 * is aligned to 4 could cross a cache line, which hosts with split-lock detection
 * punish.  Nothing here loops.
 */
#ifndef XLHV_EVTCHN_SHARED_WORDS_H
#define XLHV_EVTCHN_SHARED_WORDS_H

#include <linux/compiler.h>
#include <linux/types.h>

/*
 * The unit tests let the guest act between any two steps of ours.
 */
#ifdef XLHV_UNIT
void evtchn_unit_step(void);
#else
static inline void evtchn_unit_step(void)
{
}
#endif

static inline u32 evtchn_word_read(const u32 *word)
{
	evtchn_unit_step();
	return READ_ONCE(*word);
}

static inline bool evtchn_word_test(const u32 *word, unsigned int bit)
{
	return evtchn_word_read(word) >> bit & 1;
}

/* Set a bit; was it set?  A full barrier. */
static inline bool evtchn_word_test_and_set(u32 *word, unsigned int bit)
{
	bool old;

	evtchn_unit_step();
	asm volatile("lock btsl %2, %0" : "+m" (*word), "=@ccc" (old) : "Ir" (bit) : "memory");
	return old;
}

/* Clear a bit; was it set?  A full barrier. */
static inline bool evtchn_word_test_and_clear(u32 *word, unsigned int bit)
{
	bool old;

	evtchn_unit_step();
	asm volatile("lock btrl %2, %0" : "+m" (*word), "=@ccc" (old) : "Ir" (bit) : "memory");
	return old;
}

/* Write @new if the word is *@old, else read it into *@old. */
static inline bool evtchn_word_try_cmpxchg(u32 *word, u32 *old, u32 new)
{
	bool done;

	evtchn_unit_step();
	asm volatile("lock cmpxchgl %3, %1"
		     : "+a" (*old), "+m" (*word), "=@ccz" (done) : "r" (new) : "memory");
	return done;
}

static inline void evtchn_word_write(u32 *word, u32 value)
{
	evtchn_unit_step();
	WRITE_ONCE(*word, value);
}

#endif /* XLHV_EVTCHN_SHARED_WORDS_H */
