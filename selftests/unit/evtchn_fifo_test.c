// SPDX-License-Identifier: GPL-2.0-only
/*
 * FIFO events: words, queues and their protocol with the guest. Every pair of steps of ours has
 * every action of a guest's tried between them; a guest that breaks the rules is there too.
 */
#include <pthread.h>

#include "evtchn_guest.h"
#include "unit.h"

static struct evtchn_guest guest;
static void (*at_step)(void);
static unsigned int step;

void evtchn_unit_step(void)
{
	void (*act)(void) = at_step;

	step++;
	if (!act)
		return;
	at_step = NULL;
	act();
	at_step = act;
}

static u32 word_of(u32 port)
{
	return *guest_word(&guest, port);
}

TEST(a_raised_port_is_linked_and_told)
{
	guest_init(&guest, 1);
	EXPECT_EQ(guest_raise(&guest, 5), EVTCHN_RAISED_NEW | EVTCHN_RAISED_UPCALL);
	EXPECT_EQ(word_of(5), BIT(EVTCHN_FIFO_PENDING) | BIT(EVTCHN_FIFO_LINKED));
	EXPECT_EQ(guest.control[0].ready, BIT(EVTCHN_FIFO_PRIORITY_DEFAULT));
	EXPECT_EQ(guest.control[0].head[EVTCHN_FIFO_PRIORITY_DEFAULT], 5);
	/* Again: nothing new. */
	EXPECT_EQ(guest_raise(&guest, 5), 0);
	guest_take_upcalls(&guest);
	EXPECT_EQ(guest.handled[5], 1);
	EXPECT_EQ(word_of(5), 0);
	EXPECT_EQ(guest_raise(&guest, 5), EVTCHN_RAISED_NEW | EVTCHN_RAISED_UPCALL);
	guest_free(&guest);
}

TEST(a_masked_port_is_pending_only)
{
	guest_init(&guest, 1);
	guest_mask(&guest, 7);
	EXPECT_EQ(guest_raise(&guest, 7), EVTCHN_RAISED_NEW);
	EXPECT_EQ(word_of(7), BIT(EVTCHN_FIFO_PENDING) | BIT(EVTCHN_FIFO_MASKED));
	EXPECT_EQ(guest_unmask_call(&guest, 7), EVTCHN_RAISED_UPCALL);
	EXPECT_EQ(word_of(7), BIT(EVTCHN_FIFO_PENDING) | BIT(EVTCHN_FIFO_LINKED));
	EXPECT_EQ(guest_unmask_call(&guest, 7), 0);
	guest_take_upcalls(&guest);
	EXPECT_EQ(guest.handled[7], 1);
	EXPECT_EQ(guest_unmask_call(&guest, 7), 0);
	guest_free(&guest);
}

TEST(a_queue_keeps_the_order_and_tells_once)
{
	static const u32 ports[] = { 9, 3, 1000, 4, 2047, 1 };
	unsigned int i;

	guest_init(&guest, 2);
	for (i = 0; i < 6; i++)
		EXPECT_EQ(guest_raise(&guest, ports[i]),
			  EVTCHN_RAISED_NEW | (i ? 0 : EVTCHN_RAISED_UPCALL));
	guest_take_upcalls(&guest);
	ASSERT_EQ(guest.nr_order, 6);
	for (i = 0; i < 6; i++)
		EXPECT_EQ(guest.order[i], ports[i]);
	guest_free(&guest);
}

TEST(priorities_are_queues_of_their_own)
{
	guest_init(&guest, 1);
	guest.port[1].priority = EVTCHN_FIFO_PRIORITY_MIN;
	guest.port[3].priority = EVTCHN_FIFO_PRIORITY_MAX;
	guest_raise(&guest, 1);
	guest_raise(&guest, 2);
	guest_raise(&guest, 3);
	guest_take_upcalls(&guest);
	ASSERT_EQ(guest.nr_order, 3);
	EXPECT_EQ(guest.order[0], 3);
	EXPECT_EQ(guest.order[1], 2);
	EXPECT_EQ(guest.order[2], 1);
	guest_free(&guest);
}

TEST(a_port_that_moves_leaves_its_old_queue_empty)
{
	guest_init(&guest, 1);
	guest_raise(&guest, 5);
	guest_take_upcalls(&guest);
	/* Port 5 is the old tail of vCPU 0's queue, and goes to vCPU 2. */
	guest.vcpu[5] = 2;
	EXPECT_EQ(guest_raise(&guest, 5), EVTCHN_RAISED_NEW | EVTCHN_RAISED_UPCALL);
	/* So port 6 must not be put behind it. */
	EXPECT_EQ(guest_raise(&guest, 6), EVTCHN_RAISED_NEW | EVTCHN_RAISED_UPCALL);
	EXPECT_EQ(word_of(5) & EVTCHN_FIFO_LINK_MASK, 0);
	EXPECT_EQ(guest.control[0].head[EVTCHN_FIFO_PRIORITY_DEFAULT], 6);
	guest_take_upcalls(&guest);
	EXPECT_EQ(guest.handled[5], 2);
	EXPECT_EQ(guest.handled[6], 1);
	/* The same for another priority of the same vCPU. */
	guest.port[6].priority = 2;
	guest_raise(&guest, 6);
	guest_raise(&guest, 7);
	EXPECT_EQ(word_of(6) & EVTCHN_FIFO_LINK_MASK, 0);
	EXPECT_TRUE(guest_settle(&guest, 16));
	guest_free(&guest);
}

TEST(without_a_control_block_nothing_is_linked)
{
	guest_init(&guest, 1);
	guest.fifo->vcpu[1].control = NULL;
	guest.vcpu[4] = 1;
	EXPECT_EQ(guest_raise(&guest, 4), EVTCHN_RAISED_NEW);
	EXPECT_EQ(word_of(4), BIT(EVTCHN_FIFO_PENDING));
	guest_free(&guest);
}

TEST(without_a_word_it_is_remembered)
{
	guest_init(&guest, 1);
	EXPECT_EQ(guest_raise(&guest, 1024), EVTCHN_RAISED_NEW);
	EXPECT_TRUE(guest.port[1024].pending);
	EXPECT_EQ(guest_unmask_call(&guest, 1024), 0);
	EXPECT_NULL(evtchn_fifo_word(guest.fifo, 1024));
	EXPECT_NULL(evtchn_fifo_word(guest.fifo, ~0U));
	EXPECT_PTR_EQ(evtchn_fifo_word(guest.fifo, 1023), &guest.words[0][1023]);
	guest_free(&guest);
}

/*
 * Linking, with the word changing under us.
 */
static u32 shared, changes;

static void toggle_masked(void)
{
	if (changes) {
		changes--;
		shared ^= BIT(EVTCHN_FIFO_MASKED);
	}
}

static void take_out(void)
{
	shared &= ~(BIT(EVTCHN_FIFO_LINKED) | EVTCHN_FIFO_LINK_MASK);
}

TEST(link_goes_behind_a_linked_word_only)
{
	shared = BIT(EVTCHN_FIFO_LINKED) | BIT(EVTCHN_FIFO_MASKED);
	EXPECT_TRUE(evtchn_fifo_link(&shared, 77));
	EXPECT_EQ(shared, BIT(EVTCHN_FIFO_LINKED) | BIT(EVTCHN_FIFO_MASKED) | 77);
	shared = BIT(EVTCHN_FIFO_PENDING);
	EXPECT_FALSE(evtchn_fifo_link(&shared, 77));
	EXPECT_EQ(shared, BIT(EVTCHN_FIFO_PENDING));
	/* Whatever the guest left in LINK and the bits that mean nothing. */
	shared = 0xffffffff & ~BIT(EVTCHN_FIFO_BUSY);
	EXPECT_TRUE(evtchn_fifo_link(&shared, 1));
	EXPECT_EQ(shared, (0xffffffff & ~BIT(EVTCHN_FIFO_BUSY) & ~EVTCHN_FIFO_LINK_MASK) | 1);
}

TEST(link_survives_a_word_that_changes_and_ends)
{
	unsigned int n;

	for (n = 0; n < 40; n++) {
		bool linked;

		unit_context("%u changes", n);
		shared = BIT(EVTCHN_FIFO_LINKED);
		changes = n;
		step = 0;
		at_step = toggle_masked;
		linked = evtchn_fifo_link(&shared, 9);
		at_step = NULL;
		EXPECT_TRUE(linked);
		EXPECT_EQ(shared & BIT(EVTCHN_FIFO_BUSY), 0);
		EXPECT_LE(step, 16);
		/* A change before each access: four tries, BUSY, four more, and it is over. */
		EXPECT_EQ(shared & EVTCHN_FIFO_LINK_MASK, n < 11 ? 9 : 0);
	}
	shared = BIT(EVTCHN_FIFO_LINKED);
	at_step = take_out;
	EXPECT_FALSE(evtchn_fifo_link(&shared, 9));
	at_step = NULL;
	EXPECT_EQ(shared, 0);
}

/*
 * A guest by the rules: two of its actions at any two steps of three raises, on ports that share
 * queues, move and are masked.
 */
enum action { NOTHING, CONSUME_0, CONSUME_1, MASK, UNMASK, MOVE, PRIORITY, NR_ACTIONS };

static unsigned int when[2], what[2];

static void act(unsigned int action)
{
	switch (action) {
	case CONSUME_0:
	case CONSUME_1:
		guest_consume(&guest, action - CONSUME_0);
		break;
	case MASK:
		guest_mask(&guest, 2);
		break;
	case UNMASK:
		guest_unmask(&guest, 2);
		break;
	case MOVE:
		guest.vcpu[2] ^= 1;
		break;
	case PRIORITY:
		guest.port[2].priority ^= 1;
		break;
	}
}

static void scheduled(void)
{
	unsigned int i;

	for (i = 0; i < 2; i++)
		if (step == when[i])
			act(what[i]);
}

static void scenario(void)
{
	guest_raise(&guest, 1);
	guest_raise(&guest, 2);
	guest_take_upcalls(&guest);
	guest_raise(&guest, 3);
	guest_unmask_call(&guest, 2);
	guest_raise(&guest, 2);
	guest_raise(&guest, 1);
}

TEST(nothing_is_lost_whatever_a_guest_does_in_between)
{
	unsigned int steps, runs = 0;

	guest_init(&guest, 1);
	step = 0;
	scenario();
	steps = step;
	guest_free(&guest);
	EXPECT_GT(steps, 10);
	for (when[0] = 1; when[0] <= steps; when[0]++)
		for (when[1] = when[0]; when[1] <= steps + 2; when[1]++)
			for (what[0] = 0; what[0] < NR_ACTIONS; what[0]++)
				for (what[1] = 0; what[1] < NR_ACTIONS; what[1]++) {
					unit_context("%u at step %u, %u at step %u", what[0],
						     when[0], what[1], when[1]);
					guest_init(&guest, 1);
					step = 0;
					at_step = scheduled;
					scenario();
					at_step = NULL;
					/* A guest that masks unmasks some time. */
					if (guest_has(&guest, 2, EVTCHN_FIFO_MASKED))
						guest_unmask(&guest, 2);
					ASSERT_TRUE(guest_settle(&guest, 8));
					EXPECT_TRUE(guest.handled[1] >= 1);
					EXPECT_TRUE(guest.handled[2] >= 1);
					EXPECT_EQ(guest.handled[3], 1);
					guest_free(&guest);
					runs++;
				}
	unit_context("%s", "");
	EXPECT_GT(runs, 5000);
}

/*
 * A hostile one: another thread that writes anything anywhere, all the time.
 */
static bool stop;

static void *scribble(void *arg)
{
	u64 x = 88172645463325252ULL;

	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		switch (x % 3) {
		case 0:
			__atomic_store_n(&guest.words[0][x >> 8 & 7], (u32)(x >> 32),
					 __ATOMIC_RELAXED);
			break;
		case 1:
			__atomic_fetch_xor(&guest.words[0][x >> 8 & 7], 0xf0000000 & (x >> 16),
					   __ATOMIC_RELAXED);
			break;
		default:
			__atomic_store_n(&guest.control[x >> 8 & 1].ready, (u32)(x >> 32),
					 __ATOMIC_RELAXED);
		}
	}
	return arg;
}

TEST(a_hostile_guest_hurts_only_itself)
{
	pthread_t thread;
	unsigned int i, q;

	guest_init(&guest, 1);
	stop = false;
	ASSERT_EQ(pthread_create(&thread, NULL, scribble, NULL), 0);
	for (i = 0; i < 300000; i++) {
		u32 port = 1 + i % 7;

		guest.vcpu[port] = i / 5 % 2;
		guest.port[port].priority = i / 11 % EVTCHN_FIFO_MAX_QUEUES;
		step = 0;
		if (i % 3)
			guest_raise(&guest, port);
		else
			guest_unmask_call(&guest, port);
		if (step > 40) {
			FAIL("%u steps for one event", step);
			break;
		}
	}
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	/* What is ours stayed in its bounds: the tails, and memory that is not the ports'. */
	for (i = 0; i < GUEST_VCPUS; i++)
		for (q = 0; q < EVTCHN_FIFO_MAX_QUEUES; q++)
			EXPECT_LT(guest.fifo->vcpu[i].tail[q], 8);
	for (i = 8; i < EVTCHN_FIFO_WORDS_PER_PAGE; i++)
		EXPECT_EQ(guest.words[0][i], 0);
	guest_free(&guest);
}
