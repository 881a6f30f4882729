// SPDX-License-Identifier: GPL-2.0-only
/* 2-level events: the words in both layouts, and a guest that acts between any two steps. */
#include <linux/bits.h>
#include <linux/types.h>

#include <string.h>

#include "evtchn/two_level_words.h"
#include "unit.h"

static u32 pending[EVTCHN_2L_PORTS / 32], mask[EVTCHN_2L_PORTS / 32], sel[2];
static struct evtchn_2l words = { .pending = pending, .mask = mask };
static bool upcall;
static unsigned int step, when, handled;
static void (*what)(void);

void evtchn_unit_step(void)
{
	step++;
	if (what && step == when)
		what();
}

static void reset(bool compat)
{
	memset(pending, 0, sizeof(pending));
	memset(mask, 0, sizeof(mask));
	memset(sel, 0, sizeof(sel));
	words.compat = compat;
	upcall = false;
	step = 0;
	handled = 0;
	what = NULL;
}

static bool bit(const u32 *map, unsigned int nr)
{
	return map[nr / 32] >> nr % 32 & 1;
}

static unsigned int raise(u32 port)
{
	unsigned int raised = evtchn_2l_words_raise(&words, port, sel);

	if (raised & EVTCHN_RAISED_UPCALL)
		upcall = true;
	return raised;
}

static unsigned int unmask(u32 port)
{
	unsigned int raised = evtchn_2l_words_unmask(&words, port, sel);

	if (raised & EVTCHN_RAISED_UPCALL)
		upcall = true;
	return raised;
}

/* The guest's handler: selector first, then pending and not masked. */
static void handle(void)
{
	const unsigned int per_sel = words.compat ? 32 : 64;
	unsigned int i, port;
	u32 s[2];

	/* In the handler: what it was told before is being looked at. */
	upcall = false;
	memcpy(s, sel, sizeof(s));
	sel[0] = 0;
	sel[1] = 0;
	for (i = 0; i < 64; i++)
		for (port = i * per_sel; bit(s, i) && port < (i + 1) * per_sel; port++)
			if (bit(pending, port) && !bit(mask, port)) {
				pending[port / 32] &= ~BIT(port % 32);
				handled++;
			}
}

static void take_upcall(void)
{
	if (upcall)
		handle();
}

TEST(raise_sets_pending_selector_and_tells)
{
	reset(false);
	EXPECT_EQ(raise(70), EVTCHN_RAISED_NEW | EVTCHN_RAISED_UPCALL);
	EXPECT_EQ(pending[2], BIT(6));
	EXPECT_EQ(sel[0], BIT(1));
	EXPECT_EQ(raise(70), 0);
	/* The selector is set already: the guest was told. */
	EXPECT_EQ(raise(71), EVTCHN_RAISED_NEW);
	EXPECT_EQ(raise(4095), EVTCHN_RAISED_NEW | EVTCHN_RAISED_UPCALL);
	EXPECT_EQ(pending[127], BIT(31));
	EXPECT_EQ(sel[1], BIT(31));
	take_upcall();
	EXPECT_EQ(handled, 3);
	EXPECT_FALSE(evtchn_2l_words_pending(&words, 70));
}

TEST(layout_for_32_bit_guests)
{
	reset(true);
	EXPECT_EQ(raise(70), EVTCHN_RAISED_NEW | EVTCHN_RAISED_UPCALL);
	EXPECT_EQ(pending[2], BIT(6));
	EXPECT_EQ(sel[0], BIT(2));
	EXPECT_EQ(raise(1023), EVTCHN_RAISED_NEW | EVTCHN_RAISED_UPCALL);
	EXPECT_EQ(sel[0], BIT(2) | BIT(31));
	EXPECT_EQ(sel[1], 0);
	EXPECT_EQ(raise(1024), 0);
	EXPECT_EQ(pending[32], 0);
	take_upcall();
	EXPECT_EQ(handled, 2);
}

TEST(masked_is_pending_but_not_told)
{
	reset(false);
	mask[0] = BIT(9);
	EXPECT_EQ(raise(9), EVTCHN_RAISED_NEW);
	EXPECT_TRUE(evtchn_2l_words_pending(&words, 9));
	EXPECT_EQ(sel[0], 0);
	EXPECT_EQ(unmask(9), EVTCHN_RAISED_UPCALL);
	EXPECT_EQ(mask[0], 0);
	EXPECT_EQ(sel[0], BIT(0));
	/* Only the change from masked counts. */
	sel[0] = 0;
	EXPECT_EQ(unmask(9), 0);
	EXPECT_EQ(sel[0], 0);
	evtchn_2l_words_clear(&words, 9);
	EXPECT_FALSE(evtchn_2l_words_pending(&words, 9));
	mask[0] = BIT(9);
	EXPECT_EQ(unmask(9), 0);
}

TEST(ports_beyond_the_words_are_nothing)
{
	static const u32 bad[] = { 4096, 4097, 131071, 0x7fffffff, 0x80000000, ~0U };
	unsigned int i;

	reset(false);
	for (i = 0; i < 6; i++) {
		EXPECT_EQ(raise(bad[i]), 0);
		EXPECT_EQ(unmask(bad[i]), 0);
		EXPECT_FALSE(evtchn_2l_words_pending(&words, bad[i]));
		evtchn_2l_words_clear(&words, bad[i]);
	}
	for (i = 0; i < 128; i++)
		EXPECT_EQ(pending[i] | mask[i], 0);
}

TEST(without_a_selector_nobody_is_told)
{
	reset(false);
	EXPECT_EQ(evtchn_2l_words_raise(&words, 3, NULL), EVTCHN_RAISED_NEW);
	EXPECT_TRUE(evtchn_2l_words_pending(&words, 3));
}

static bool unmask_wanted;

static void guest_masks(void)
{
	mask[0] |= BIT(5);
}

/* As Linux does it: with the event pending it masks again and leaves it to the hypercall. */
static void guest_unmasks(void)
{
	mask[0] &= ~BIT(5);
	if (pending[0] & BIT(5)) {
		mask[0] |= BIT(5);
		unmask_wanted = true;
	}
}

/* r: the hypervisor raises the event; u: EVTCHNOP_unmask */
static void run_sequence(const char *sequence)
{
	for (; *sequence; sequence++) {
		if (*sequence == 'r')
			raise(5);
		else
			unmask(5);
	}
}

TEST(nothing_is_lost_whatever_a_guest_does_in_between)
{
	static void (*const actions[])(void) = { handle, guest_masks, guest_unmasks };
	static const char *const sequences[] = { "r", "rr", "rur", "ru" };
	unsigned int i, n, masked;

	for (n = 0; n < 4; n++)
		for (masked = 0; masked < 2; masked++)
			for (i = 0; i < 3; i++)
				for (when = 1; when < 12; when++) {
					unit_context("%s, masked %u, action %u, step %u",
						     sequences[n], masked, i, when);
					reset(false);
					unmask_wanted = false;
					if (masked)
						guest_masks();
					what = actions[i];
					run_sequence(sequences[n]);
					what = NULL;
					/* A guest that masks unmasks some time. */
					if (mask[0])
						guest_unmasks();
					if (unmask_wanted)
						unmask(5);
					take_upcall();
					EXPECT_TRUE(handled >= 1);
					EXPECT_EQ(pending[0], 0);
				}
	unit_context("%s", "");
}
