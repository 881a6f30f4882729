// SPDX-License-Identifier: GPL-2.0-only
/* The words of 2-level events.  Pure: no locks; every word is the guest's too. */
#include <linux/types.h>

#include "evtchn/two_level_words.h"

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
	if (evtchn_2l_bad_port(w, &port))
		return 0;
	if (!evtchn_word_test_and_clear(w->mask + port / 32, port % 32))
		return 0;
	if (!evtchn_word_test(w->pending + port / 32, port % 32))
		return 0;
	return evtchn_2l_select(w, port, sel);
}

/**
 * evtchn_2l_words_clear() - make an event not pending: its port is closed
 * @w: the words
 * @port: any number
 */
void evtchn_2l_words_clear(const struct evtchn_2l *w, u32 port)
{
	if (!evtchn_2l_bad_port(w, &port))
		evtchn_word_test_and_clear(w->pending + port / 32, port % 32);
}

/**
 * evtchn_2l_words_pending() - is an event pending, masked or not?
 * @w: the words
 * @port: any number
 *
 * Return: true if its bit is set.
 */
bool evtchn_2l_words_pending(const struct evtchn_2l *w, u32 port)
{
	return !evtchn_2l_bad_port(w, &port) && evtchn_word_test(w->pending + port / 32, port % 32);
}
