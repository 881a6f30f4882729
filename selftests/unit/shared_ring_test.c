// SPDX-License-Identifier: GPL-2.0-only
/* A ring in the memory of somebody who writes what he likes: indices, events, entries. */
#include <linux/errno.h>
#include <linux/kernel.h>

#include <string.h>

#include "base/shared_ring.h"
#include "unit.h"

#define SIZE	112	/* of an entry: 32 of them in a page */

static u8 memory[4096] __aligned(64);
static struct shared_ring ring;

static void make(u32 size)
{
	memset(memory, 0, sizeof(memory));
	shared_ring_init(&ring, memory, sizeof(memory), size);
}

TEST(indices_that_cannot_be)
{
	static const u32 starts[] = { 0, 1, 31, 0x7ffffff0, 0xfffffff0, 0xffffffff };
	unsigned int i, busy;
	u32 answered, avail;

	make(SIZE);
	EXPECT_EQ(ring.nr, 32);
	for (i = 0; i < ARRAY_SIZE(starts); i++)
		for (busy = 0; busy <= 32; busy++) {
			u32 cons = starts[i] + busy, d;

			unit_context("from %#x on, %u under way", starts[i], busy);
			answered = starts[i];
			for (d = 0; d <= 32 - busy; d++) {
				ring.head->req_prod = cons + d;
				EXPECT_EQ(shared_ring_pull(&ring, cons, &answered, &avail), 0);
				EXPECT_EQ(avail, d);
			}
			ring.head->req_prod = cons + d;
			EXPECT_EQ(shared_ring_pull(&ring, cons, &answered, &avail), -EPROTO);
			ring.head->req_prod = cons - 1;
			EXPECT_EQ(shared_ring_pull(&ring, cons, &answered, &avail), -EPROTO);
			ring.head->req_prod = cons + 0x80000000;
			EXPECT_EQ(shared_ring_pull(&ring, cons, &answered, &avail), -EPROTO);
		}
}

/* As when each request is answered before the next one is taken. */
TEST(one_index_for_both)
{
	u32 cons = 0xfffffff0, avail;

	make(8);
	EXPECT_EQ(ring.nr, 256);
	ring.head->req_prod = cons + 256;
	EXPECT_EQ(shared_ring_pull(&ring, cons, &cons, &avail), 0);
	EXPECT_EQ(avail, 256);
	ring.head->req_prod = cons + 257;
	EXPECT_EQ(shared_ring_pull(&ring, cons, &cons, &avail), -EPROTO);
}

TEST(where_it_begins)
{
	u32 cons;

	make(SIZE);
	ring.head->rsp_prod = 0xfffffff8;
	ring.head->req_prod = 0xfffffff8 + 32;
	EXPECT_EQ(shared_ring_begin(&ring, &cons), 0);
	EXPECT_EQ(cons, 0xfffffff8);
	ring.head->req_prod++;
	EXPECT_EQ(shared_ring_begin(&ring, &cons), -EPROTO);
	ring.head->req_prod = 0xfffffff7;
	EXPECT_EQ(shared_ring_begin(&ring, &cons), -EPROTO);
}

TEST(events_are_wanted_by_index)
{
	make(SIZE);
	ring.head->rsp_event = 5;
	EXPECT_FALSE(shared_ring_push(&ring, 0, 4));
	EXPECT_EQ(ring.head->rsp_prod, 4);
	EXPECT_TRUE(shared_ring_push(&ring, 4, 5));
	EXPECT_FALSE(shared_ring_push(&ring, 5, 6));
	ring.head->rsp_event = 0xffffffff;
	EXPECT_TRUE(shared_ring_push(&ring, 0xfffffffe, 3));
	EXPECT_FALSE(shared_ring_push(&ring, 3, 4));
	ring.head->req_prod = 7;
	EXPECT_FALSE(shared_ring_want_event(&ring, 7, 1));
	EXPECT_EQ(ring.head->req_event, 8);
	EXPECT_TRUE(shared_ring_want_event(&ring, 6, 1));
	/* For several of them; the index goes round meanwhile. */
	ring.head->req_prod = 0xfffffff0 + 17;
	EXPECT_FALSE(shared_ring_want_event(&ring, 0xfffffff0, 18));
	EXPECT_EQ(ring.head->req_event, 2);
	ring.head->req_prod++;
	EXPECT_TRUE(shared_ring_want_event(&ring, 0xfffffff0, 18));
}

TEST(entries_go_round)
{
	u8 copy[SIZE];
	u32 i;

	make(SIZE);
	for (i = 0; i < ring.nr; i++)
		memset(memory + 64 + i * SIZE, i, SIZE);
	for (i = 0; i < 3 * ring.nr; i++) {
		shared_ring_copy(&ring, 0xffffffc0 + i, copy);
		EXPECT_EQ(copy[0], i % ring.nr);
		EXPECT_EQ(copy[SIZE - 1], i % ring.nr);
	}
	memset(copy, 77, sizeof(copy));
	shared_ring_answer(&ring, ring.nr + 3, copy, 12);
	EXPECT_EQ(memory[64 + 3 * SIZE - 1], 2);
	EXPECT_EQ(memory[64 + 3 * SIZE], 77);
	EXPECT_EQ(memory[64 + 3 * SIZE + 11], 77);
	EXPECT_EQ(memory[64 + 3 * SIZE + 12], 3);
}
