// SPDX-License-Identifier: GPL-2.0-only
/* The words of 2-level events.  Pure: no locks; every word is the guest's too. */
#include <linux/types.h>

#include "evtchn/twolevel.h"

/* A port that the layout has no bits for; a speculative one becomes port 0. */
static bool bad_port(const struct evtchn_2l *w, u32 *port)
{
	unsigned int ports = evtchn_2l_ports(w->compat);

	if (*port >= ports)
		return true;
	*port = array_index_nospec(*port, ports);
	return false;
}

static unsigned int select_port(const struct evtchn_2l *w, u32 port, u32 *sel)
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
unsigned int evtchn_2l_words_raise(const struct evtchn_2l *w, u32 port, u32 *sel)
{
	if (bad_port(w, &port))
		return 0;
	if (evtchn_word_test_and_set(w->pending + port / 32, port % 32))
		return 0;
	if (evtchn_word_test(w->mask + port / 32, port % 32))
		return EVTCHN_RAISED_NEW;
	return EVTCHN_RAISED_NEW | select_port(w, port, sel);
}

/**
 * evtchn_2l_words_unmask() - unmask a port, and deliver what is pending
 * @w: the words
 * @port: any number
 * @sel: [G] selector of the target vCPU, NULL if it has none
 *
 * Context: any.
 * Return: EVTCHN_RAISED_*.
 */
unsigned int evtchn_2l_words_unmask(const struct evtchn_2l *w, u32 port, u32 *sel)
{
	if (bad_port(w, &port))
		return 0;
	if (!evtchn_word_test_and_clear(w->mask + port / 32, port % 32))
		return 0;
	if (!evtchn_word_test(w->pending + port / 32, port % 32))
		return 0;
	return select_port(w, port, sel);
}

/**
 * evtchn_2l_words_clear() - make an event not pending: its port is closed
 * @w: the words
 * @port: any number
 */
void evtchn_2l_words_clear(const struct evtchn_2l *w, u32 port)
{
	if (!bad_port(w, &port))
		evtchn_word_test_and_clear(w->pending + port / 32, port % 32);
}

/**
 * evtchn_2l_words_pending() - is an event pending, masked or not?
 * @w: the words
 * @port: any number
 */
bool evtchn_2l_words_pending(const struct evtchn_2l *w, u32 port)
{
	return !bad_port(w, &port) && evtchn_word_test(w->pending + port / 32, port % 32);
}
