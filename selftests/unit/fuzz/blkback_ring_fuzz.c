// SPDX-License-Identifier: GPL-2.0-only
/*
 * A ring whose frontend writes what it likes: indices and entries. The input is what it writes
 * between any two of our turns.
 *
 * Whatever it is: no more is under way than the ring has entries, what is good keeps to its
 * limits, and nothing outside of the ring is written.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/types.h>
#include <xen/interface/io/blkif.h>

#include <stdlib.h>
#include <string.h>

#include "base/shared_ring.h"
#include "blkback/protocol.h"
#include "input.h"

#define CAPACITY	1000

static struct guarded_page memory;

static void check_request(const struct blk_request *rq)
{
	u8 raw[BLK_MAX_SEGMENTS * BLK_SEGMENT_BYTES];
	struct blk_segment large[BLK_MAX_SEGMENTS];
	const struct blk_segment *segment = rq->segment;
	unsigned int sector_size = rq->id & 1 ? 4096 : 512, i;
	u64 sectors = rq->nr_sectors;

	if (rq->nr_segments > (rq->indirect ? BLK_MAX_SEGMENTS : BLK_MAX_DIRECT) ||
	    rq->op == BLKIF_OP_INDIRECT || (rq->op == BLKIF_OP_DISCARD && !sectors))
		abort();
	if (rq->indirect) {
		eat_into(raw, rq->nr_segments * BLK_SEGMENT_BYTES);
		blk_decode_segments(raw, rq->nr_segments, large);
		segment = large;
	}
	if (rq->op != BLKIF_OP_DISCARD) {
		if (!blk_check_segments(segment, rq->nr_segments, sector_size, &sectors))
			return;
		for (i = 0; i < rq->nr_segments; i++)
			if (segment[i].first > segment[i].last || segment[i].last > 7)
				abort();
		if (sectors > 8 * rq->nr_segments || sectors < rq->nr_segments)
			abort();
	}
	if (!blk_check_range(rq->sector, sectors, CAPACITY, sector_size))
		return;
	for (i = 0; sectors && i < 2; i++)
		if (rq->sector + (i ? sectors - 1 : 0) >= CAPACITY ||
		    (rq->sector + i * sectors) % (sector_size / 512))
			abort();
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	u32 cons, answered, avail, ids = 0;
	struct blk_request rq;
	u8 entry[BLK_ENTRY_MAX], rsp[BLK_RSP_MAX], head[4];
	unsigned int offered, len;
	struct shared_ring s;
	enum blk_abi abi;

	if (size < 8)
		return -1;
	input_begin(data, size);
	guarded_page_begin(&memory);
	eat_into(head, sizeof(head));
	offered = head[1];
	abi = head[0] & 1 ? BLK_ABI_32 : BLK_ABI_64;
	shared_ring_init(&s, memory.page, sizeof(memory.page), blk_entry_size(abi));
	cons = head[2] * 0x01010101U;
	answered = cons;
	s.head->req_prod = cons;
	while (left) {
		eat_into(head, sizeof(head));
		/* The guest: a step of its index, some bytes of an entry. */
		s.head->req_prod += (s8)head[0];
		s.head->rsp_event = answered + (s8)head[1];
		eat_into(memory.page + 64 + (head[2] & (s.nr - 1)) * s.size,
			 min_t(u32, head[3], s.size));
		if (shared_ring_pull(&s, cons, &answered, &avail)) {
			if (s.head->req_prod - answered <= s.nr && s.head->req_prod - cons <= s.nr)
				abort();
			break;
		}
		for (; avail; avail--) {
			memset(entry, 0, sizeof(entry));
			shared_ring_copy(&s, cons++, entry);
			if (cons - answered > s.nr)
				abort();
			if (blk_decode(abi, entry, offered, &rq) == BLK_GOOD)
				check_request(&rq);
			else if (rq.answer != rq.op && rq.op != entry[1])
				abort();
			/* Some are answered, and the answer is not a request that is not read. */
			if (rq.id & 1 || cons - answered == s.nr) {
				len = blk_encode_response(abi, rq.id, rq.answer, -1, rsp);
				shared_ring_answer(&s, answered++, rsp, len);
			}
			ids++;
		}
		shared_ring_push(&s, answered, answered);
		shared_ring_want_event(&s, cons, 1);
		if (s.head->req_event != cons + 1)
			abort();
	}
	guarded_page_check(&memory);
	return 0;
}
