/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The words of 2-level events, without the domain around them.
 *
 * A port has a pending and a mask bit in two bitmaps; each vCPU has a selector with
 * a bit for each 64 (or, for a 32-bit guest, 32) ports, and a byte that says that
 * there is anything at all.  We set, in this order: pending; if it was clear and the
 * port is not masked: the selector bit; if it was clear: the byte.  The guest clears
 * them in the opposite order, so it never misses one.
 */
#ifndef XLHV_EVTCHN_TWO_LEVEL_WORDS_H
#define XLHV_EVTCHN_TWO_LEVEL_WORDS_H

#include <linux/nospec.h>
#include <linux/types.h>

#include "evtchn/shared_words.h"

/* What raising an event did. */
#define EVTCHN_RAISED_NEW	1	/* it was not pending before: tell who polls */
#define EVTCHN_RAISED_UPCALL	2	/* mark an upcall pending */

#define EVTCHN_2L_PORTS		4096
#define EVTCHN_2L_PORTS_COMPAT	1024

/**
 * struct evtchn_2l - the words
 * @pending: [G] bitmap of ports
 * @mask: [G] bitmap of ports
 * @compat: the 32-bit layout
 */
struct evtchn_2l {
	u32 *pending;
	u32 *mask;
	bool compat;
};

static inline unsigned int evtchn_2l_ports(bool compat)
{
	return compat ? EVTCHN_2L_PORTS_COMPAT : EVTCHN_2L_PORTS;
}

/* A port that the layout has no bits for; a speculative one becomes port 0. */
static inline bool evtchn_2l_bad_port(const struct evtchn_2l *w, u32 *port)
{
	unsigned int ports = evtchn_2l_ports(w->compat);

	if (unlikely(*port >= ports))
		return true;
	*port = array_index_nospec(*port, ports);
	return false;
}

static inline unsigned int evtchn_2l_select(const struct evtchn_2l *w, u32 port, u32 *sel)
{
	unsigned int bit = port >> (w->compat ? 5 : 6);

	if (!sel || evtchn_word_test_and_set(sel + bit / 32, bit % 32))
		return 0;
	return EVTCHN_RAISED_UPCALL;
}

/**
 * evtchn_2l_words_raise() - make an event pending
 * @w: the words
 * @port: any number
 * @sel: [G] selector of the target vCPU, NULL if it has none
 *
 * Context: any.
 * Return: EVTCHN_RAISED_*.
 */
static inline unsigned int evtchn_2l_words_raise(const struct evtchn_2l *w, u32 port, u32 *sel)
{
	if (evtchn_2l_bad_port(w, &port))
		return 0;
	if (evtchn_word_test_and_set(w->pending + port / 32, port % 32))
		return 0;
	if (evtchn_word_test(w->mask + port / 32, port % 32))
		return EVTCHN_RAISED_NEW;
	return EVTCHN_RAISED_NEW | evtchn_2l_select(w, port, sel);
}

unsigned int evtchn_2l_words_unmask(const struct evtchn_2l *w, u32 port, u32 *sel);
void evtchn_2l_words_clear(const struct evtchn_2l *w, u32 port);
bool evtchn_2l_words_pending(const struct evtchn_2l *w, u32 port);

#endif /* XLHV_EVTCHN_TWO_LEVEL_WORDS_H */
