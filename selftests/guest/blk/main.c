// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claim: a disk of the host's can be used by the block protocol's rings, and what is wrong
 * with a request is an error of that request alone.
 *
 * Why: this is how every guest gets to its disks.
 *
 * What the host has to do is in selftests/vm/tests/machine/blk.sh: it fills the disk with the
 * pattern of seed 1 up to "sectors=", looks for what was written with seed 2, and says with
 * "discard=", "readonly=", "bad=" and so on what kind of disk it is.
 */
#include "front.h"

#define SEED_HOST	1
#define SEED_GUEST	2

/* Parts of the disk, in sectors. */
#define READS		0
#define WRITES		1024
#define PIECES		2048
#define DISCARDS	4096
#define LARGE		8192	/* an indirect request: 2048 of them */

static u64 sectors;
static unsigned int unit;	/* sectors of 512 bytes in one of the disk's */

static void connected(void)
{
	struct answer a;
	unsigned int q;

	for (q = 0; q < nr_queues; q++) {
		struct segment seg = { REF_PAGES + q, 0, 7, 0 };
		u64 id = front_put(&queue[q], BLKIF_OP_READ, READS, &seg, 1);

		front_push(&queue[q]);
		if (!front_next(&queue[q], &a, 3 * PATIENCE_MS))
			test_error("queue %u: the host does not answer", q);
		expect_eq(a.id, id, "id, queue %u", q);
		expect_eq(a.op, BLKIF_OP_READ, "operation, queue %u", q);
		expect_rc(a.status, BLKIF_RSP_OKAY, "status, queue %u", q);
	}
}

static void expect_pattern(unsigned int page, u64 sector, unsigned int nr, u64 seed)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (!expect(pattern_is(page_of(page) + i * SECTOR, sector + i, seed),
			    "sector %llu", (unsigned long long)sector + i))
			return;
}

static void reads(void)
{
	u64 at;

	for (at = READS; at < READS + 11 * 8 * 4; at += 11 * 8) {
		memset(page_of(0), 0, 11 * PAGE_SIZE);
		if (!expect_rc(front_pages(BLKIF_OP_READ, at, 0, 11), 0, "read"))
			return;
		expect_pattern(0, at, 11 * 8, SEED_HOST);
	}
	expect_eq(grant_in_use(REF_PAGES), 0, "a page that was read into is in use");
	/* The last sector there is. */
	expect_rc(front_pages(BLKIF_OP_READ, sectors - 8, 0, 1), 0, "the last page");
	expect_pattern(0, sectors - 8, 8, SEED_HOST);
}

static void writes(void)
{
	unsigned int i;

	for (i = 0; i < 11 * 8; i++)
		pattern_put(page_of(0) + i * SECTOR, WRITES + i, SEED_GUEST);
	expect_rc(front_pages(BLKIF_OP_WRITE, WRITES, 0, 11), 0, "write");
	memset(page_of(20), 0, 11 * PAGE_SIZE);
	expect_rc(front_pages(BLKIF_OP_READ, WRITES, 20, 11), 0, "read");
	expect_pattern(20, WRITES, 11 * 8, SEED_GUEST);
	expect_eq(grant_in_use(REF_PAGES), 0, "a page that was written from is in use");
	/* From a page that is only granted for reading. */
	for (i = 0; i < 8; i++)
		pattern_put(page_of(0) + i * SECTOR, WRITES + 88 + i, SEED_GUEST);
	expect_rc(front_do(BLKIF_OP_WRITE, WRITES + 88,
			   &(struct segment){ REF_READONLY, 0, 7, 0 }, 1),
		  0, "write from a read-only grant");
}

/* Parts of pages, in another order than that of memory. */
static void pieces(void)
{
	static const struct segment segs[] = {
		{ REF_PAGES + 3, 5, 7, 0 }, { REF_PAGES + 1, 0, 0, 0 },
		{ REF_PAGES + 2, 2, 5, 0 }, { REF_PAGES + 3, 0, 4, 0 },
	};
	static const unsigned int pages[] = { 3, 1, 2, 3 };
	unsigned int i, j;
	u64 at = PIECES;

	skip_if(unit > 1, "sectors are pages");
	memset(page_of(1), 0, 3 * PAGE_SIZE);
	expect_rc(front_do(BLKIF_OP_READ, PIECES, segs, 4), 0, "read");
	for (i = 0; i < 4; i++)
		for (j = segs[i].first; j <= segs[i].last; j++)
			expect(pattern_is(page_of(pages[i]) + j * SECTOR, at++, SEED_HOST),
			       "segment %u, sector %u of its page", i, j);
	for (j = 1; j < 8; j++)
		expect_eq(*(u64 *)(page_of(1) + j * SECTOR), 0, "beside the segment");
	skip_if(opt_u64("readonly", 0), "the disk is read-only");
	at = PIECES;
	for (i = 0; i < 4; i++)
		for (j = segs[i].first; j <= segs[i].last; j++)
			pattern_put(page_of(pages[i]) + j * SECTOR, at++, SEED_GUEST);
	expect_rc(front_do(BLKIF_OP_WRITE, PIECES, segs, 4), 0, "write");
}

/* As many as the ring has entries, each answered once, with few events. */
static void full_ring(void)
{
	struct front *f = &queue[0];
	bool seen[512] = {};
	u64 first = f->id + 1, events;
	struct answer a;
	unsigned int round, i;

	for (round = 0; round < 3; round++) {
		memset(seen, 0, sizeof(seen));
		first = f->id + 1;
		events = f->events;
		for (i = 0; i < f->nr; i++)
			front_put(f, BLKIF_OP_READ, READS + i * 8 % 1024,
				  &(struct segment){ REF_PAGES + i % NR_PAGES, 0, 7, 0 }, 1);
		front_push(f);
		for (i = 0; i < f->nr; i++) {
			require(front_next(f, &a, PATIENCE_MS), "answer %u of %u", i, f->nr);
			require(a.id >= first && a.id < first + f->nr && !seen[a.id - first],
				"id %llu", (unsigned long long)a.id);
			seen[a.id - first] = true;
			expect_rc(a.status, 0, "status");
		}
		expect(f->events - events <= f->nr, "%llu events",
		       (unsigned long long)(f->events - events));
		for (i = 0; i < f->nr && i < NR_PAGES; i++)
			expect(pattern_is(page_of((f->nr - 1 - i) % NR_PAGES),
					  READS + (f->nr - 1 - i) * 8 % 1024, SEED_HOST),
			       "page %u", (f->nr - 1 - i) % NR_PAGES);
	}
	printf("# %u requests, %llu events\n", f->nr, (unsigned long long)(f->events - events));
}

static void same_ids(void)
{
	struct segment seg = { REF_PAGES, 0, 7, 0 };
	struct front *f = &queue[0];
	struct answer a;
	unsigned int i;

	for (i = 0; i < 3; i++) {
		f->id = ~0ULL - 1;
		front_put(f, BLKIF_OP_READ, READS, &seg, 1);
	}
	front_push(f);
	for (i = 0; i < 3; i++) {
		require(front_next(f, &a, PATIENCE_MS), "answer %u", i);
		expect_eq(a.id, ~0ULL, "id");
		expect_rc(a.status, 0, "status");
	}
	f->id = 1000;
}

static void flushes(void)
{
	unsigned int i;

	expect_rc(front_do(BLKIF_OP_FLUSH_DISKCACHE, 0, NULL, 0), 0, "flush");
	skip_if(opt_u64("readonly", 0), "the disk is read-only");
	for (i = 0; i < 24; i++)
		pattern_put(page_of(0) + i * SECTOR, WRITES + 96 + i, SEED_GUEST);
	expect_rc(front_pages(BLKIF_OP_FLUSH_DISKCACHE, WRITES + 96, 0, 1), 0, "flush with data");
	expect_rc(front_pages(BLKIF_OP_WRITE_BARRIER, WRITES + 104, 1, 1), 0, "barrier with data");
	expect_rc(front_do(BLKIF_OP_WRITE_BARRIER, 0, NULL, 0), 0, "barrier");
	/* A barrier between others: all are answered. */
	for (i = 0; i < 5; i++)
		front_put(&queue[0], i == 2 ? BLKIF_OP_WRITE_BARRIER : BLKIF_OP_WRITE, WRITES + 112,
			  &(struct segment){ REF_PAGES + 2, 0, 7, 0 }, 1);
	front_push(&queue[0]);
	for (i = 0; i < 5; i++) {
		struct answer a;

		require(front_next(&queue[0], &a, PATIENCE_MS), "answer %u", i);
		expect_rc(a.status, 0, "status");
	}
}

#define PAGE	{ REF_PAGES, 0, 7, 0 }

static void refused(void)
{
	static const struct {
		const char *what;
		u8 op, nr;
		struct segment seg;
		u64 sector;
		int status;
	} bad[] = {
		{ "no segment", BLKIF_OP_READ, 0, PAGE, 0, -1 },
		{ "12 segments", BLKIF_OP_READ, 12, PAGE, 0, -1 },
		{ "255 segments", BLKIF_OP_WRITE, 255, PAGE, 0, -1 },
		{ "a segment that ends before it begins", BLKIF_OP_READ, 1, { REF_PAGES, 5, 4, 0 },
		  0, -1 },
		{ "a segment beyond its page", BLKIF_OP_READ, 1, { REF_PAGES, 0, 8, 0 },
		  0, -1 },
		{ "a segment far beyond its page", BLKIF_OP_WRITE, 1, { REF_PAGES, 255, 255, 0 },
		  0, -1 },
		{ "the sector after the last", BLKIF_OP_READ, 1, PAGE, -1ULL, -1 },
		{ "a sector beyond all disks", BLKIF_OP_READ, 1, PAGE, 1ULL << 55, -1 },
		{ "a sector whose byte overflows", BLKIF_OP_WRITE, 1, PAGE,
		  (1ULL << 55) - 8, -1 },
		{ "the last sector of all", BLKIF_OP_READ, 1, PAGE, ~7ULL, -1 },
		{ "a reference beyond the table", BLKIF_OP_READ, 1, { 1U << 30, 0, 7, 0 }, 0, -1 },
		{ "reference -1", BLKIF_OP_READ, 1, { ~0U, 0, 7, 0 }, 0, -1 },
		{ "nothing granted", BLKIF_OP_READ, 1, { REF_NONE, 0, 7, 0 }, 0, -1 },
		{ "granted to another", BLKIF_OP_READ, 1, { REF_OTHER, 0, 7, 0 }, 0, -1 },
		{ "read into a page granted for reading", BLKIF_OP_READ, 1,
		  { REF_READONLY, 0, 7, 0 }, 0, -1 },
		{ "packet", 4, 1, PAGE, 0, -2 },
		{ "operation 7", 7, 1, PAGE, 0, -2 },
		{ "operation 255", 255, 1, PAGE, 0, -2 },
	};
	struct segment segs[2];
	unsigned int i;

	memset(page_of(0), 0x5a, PAGE_SIZE);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		expect_rc(front_do(bad[i].op, bad[i].sector == -1ULL ? sectors : bad[i].sector,
				   &bad[i].seg, bad[i].nr), bad[i].status, "%s", bad[i].what);
	/* Good and bad ones in one request: nothing is kept of it. */
	segs[0] = (struct segment){ REF_PAGES, 0, 7, 0 };
	segs[1] = (struct segment){ REF_NONE, 0, 7, 0 };
	expect_rc(front_do(BLKIF_OP_READ, 0, segs, 2), -1, "the second page is not granted");
	expect_eq(grant_in_use(REF_PAGES), 0, "the first is in use");
	expect_eq(page_of(0)[100], 0x5a, "the first was written");
	/* Half of it is on the disk. */
	segs[1] = (struct segment){ REF_PAGES + 1, 0, 7, 0 };
	expect_rc(front_do(BLKIF_OP_READ, sectors - 8, segs, 2), -1, "across the end");
	if (unit > 1) {
		segs[0].first = 1;
		expect_rc(front_do(BLKIF_OP_READ, 0, segs, 1), -1, "less than a sector");
		segs[0].first = 0;
		expect_rc(front_do(BLKIF_OP_READ, 1, segs, 1), -1, "not at a sector");
	}
	if (opt_u64("readonly", 0)) {
		expect_rc(front_pages(BLKIF_OP_WRITE, WRITES, 0, 1), -1, "write");
		expect_rc(front_pages(BLKIF_OP_FLUSH_DISKCACHE, WRITES, 0, 1), -1,
			  "flush with data");
	}
	expect_rc(front_pages(BLKIF_OP_READ, READS, 0, 1), 0, "after all that");
	expect_pattern(0, READS, 8, SEED_HOST);
}

static int discard(u64 sector, u64 nr, u8 flag)
{
	struct answer a;

	front_put_discard(&queue[0], sector, nr, flag);
	front_push(&queue[0]);
	return front_next(&queue[0], &a, PATIENCE_MS) ? a.status : NO_ANSWER;
}

static void discards(void)
{
	if (!opt_u64("discard", 0)) {
		expect_rc(discard(DISCARDS, 64, 0), -2, "discard, which was not offered");
		return;
	}
	expect_rc(discard(DISCARDS, 1024, 0), 0, "discard");
	expect_rc(discard(DISCARDS, 0, 0), -1, "of nothing");
	expect_rc(discard(sectors, 8, 0), -1, "beyond the end");
	expect_rc(discard(8, ~7ULL, 0), -1, "of more than there is");
	expect_rc(discard(~7ULL, 16, 0), -1, "whose end overflows");
	/* A flag that was not offered changes nothing. */
	expect_rc(discard(DISCARDS + 1024, 8, 1), 0, "secure discard");
	expect_rc(front_pages(BLKIF_OP_READ, DISCARDS, 0, 1), 0, "read");
	expect(!pattern_is(page_of(0), DISCARDS, SEED_HOST), "what was discarded is still there");
}

static int do_indirect(u8 op, u64 sector, unsigned int nr, u32 ref, u8 *answered)
{
	struct answer a;

	front_put_indirect(&queue[0], op, sector, nr, ref);
	front_push(&queue[0]);
	if (!front_next(&queue[0], &a, PATIENCE_MS))
		return NO_ANSWER;
	*answered = a.op;
	return a.status;
}

static void indirects(void)
{
	unsigned int i;
	u8 op = 0;

	for (i = 0; i < 256; i++)
		indirect[i] = (struct segment){ REF_PAGES + i, 0, 7, 0 };
	memset(page_of(0), 0, 256 * PAGE_SIZE);
	expect_rc(do_indirect(BLKIF_OP_READ, LARGE, 256, REF_INDIRECT, &op), 0, "1 MiB");
	expect_eq(op, BLKIF_OP_READ, "operation of the answer");
	expect_pattern(0, LARGE, 2048, SEED_HOST);
	/* Backwards, so that no two pages follow each other. */
	for (i = 0; i < 256; i++)
		indirect[i].ref = REF_PAGES + 255 - i;
	expect_rc(do_indirect(BLKIF_OP_READ, LARGE, 256, REF_INDIRECT, &op), 0, "backwards");
	for (i = 0; i < 256; i += 17)
		expect_pattern(255 - i, LARGE + i * 8, 8, SEED_HOST);
	if (!opt_u64("readonly", 0)) {
		for (i = 0; i < 2048; i++)
			pattern_put(page_of(255 - i / 8) + i % 8 * SECTOR, LARGE + i, SEED_GUEST);
		expect_rc(do_indirect(BLKIF_OP_WRITE, LARGE, 256, REF_INDIRECT, &op), 0, "write");
		expect_eq(op, BLKIF_OP_WRITE, "operation of the answer");
	}
	expect_rc(do_indirect(BLKIF_OP_READ, LARGE, 257, REF_INDIRECT, &op), -1, "257 segments");
	expect_rc(do_indirect(BLKIF_OP_READ, LARGE, 65535, REF_INDIRECT, &op), -1,
		  "65535 segments");
	expect_rc(do_indirect(BLKIF_OP_READ, LARGE, 0, REF_INDIRECT, &op), -1, "no segment");
	expect_rc(do_indirect(BLKIF_OP_INDIRECT, LARGE, 1, REF_INDIRECT, &op), -1,
		  "indirect in it");
	expect_rc(do_indirect(BLKIF_OP_DISCARD, LARGE, 1, REF_INDIRECT, &op), -1, "discard in it");
	expect_rc(do_indirect(BLKIF_OP_READ, LARGE, 1, REF_NONE, &op), -1, "no page of segments");
	indirect[200].last = 8;
	expect_rc(do_indirect(BLKIF_OP_READ, LARGE, 256, REF_INDIRECT, &op), -1, "a bad segment");
	indirect[200].last = 7;
	indirect[255].ref = REF_NONE;
	expect_rc(do_indirect(BLKIF_OP_READ, LARGE, 256, REF_INDIRECT, &op), -1, "a bad grant");
	for (i = 0; i < 256; i++)
		expect_eq(grant_in_use(REF_PAGES + i), 0, "page %u is in use", i);
	expect_eq(grant_in_use(REF_INDIRECT), 0, "the page of segments is in use");
}

/* Sectors that the host has made bad. */
static void errors(void)
{
	u64 bad = opt_u64("bad", 0);

	skip_if(!bad, "the disk has no bad sectors");
	expect_rc(front_pages(BLKIF_OP_READ, bad, 0, 1), -1, "read of a bad sector");
	expect_rc(front_pages(BLKIF_OP_WRITE, bad, 0, 1), -1, "write of a bad sector");
	expect_rc(front_pages(BLKIF_OP_READ, READS, 0, 1), 0, "another one");
	expect_pattern(0, READS, 8, SEED_HOST);
}

/* All queues full all the time, until the host ends it or there are no more answers. */
static void load(void)
{
	unsigned long long done = 0, failed = 0;
	struct answer a;
	unsigned int q;
	u32 i;

	skip_if(!opt_u64("load", 0), "not asked for");
	for (q = 0; q < nr_queues; q++)
		for (i = 0; i < queue[q].nr; i++)
			front_put(&queue[q], i % 4 ? BLKIF_OP_READ : BLKIF_OP_WRITE,
				  WRITES + i * 8 % 512,
				  &(struct segment){ REF_PAGES + i % NR_PAGES, 0, 7, 0 }, 1);
	for (q = 0; q < nr_queues; q++)
		front_push(&queue[q]);
	printf("# all queues are full\n");
	for (q = 0;; q = (q + 1) % nr_queues) {
		struct front *f = &queue[q];

		if (!front_next(f, &a, 3000))
			break;
		done++;
		failed += a.status != 0;
		front_put(f, done % 4 ? BLKIF_OP_READ : BLKIF_OP_WRITE, WRITES + done * 8 % 512,
			  &(struct segment){ REF_PAGES + done % NR_PAGES, 0, 7, 0 }, 1);
		front_push(f);
	}
	printf("# %llu answers, %llu of them errors\n", done, failed);
	for (i = 0; i < NR_PAGES; i++)
		expect_eq(grant_in_use(REF_PAGES + i), 0, "page %u", i);
	expect_eq(grant_in_use(REF_RING(0)), 0, "the ring");
}

/*
 * Requests that the host is through with at once, and another ring of them whenever it has answered
 * one: its thread is never without, and nothing here leaves the guest as long as that works.
 */
static void flood(void)
{
	struct front *f = &queue[0];
	u32 i, prod;

	skip_if(!opt_u64("flood", 0), "not asked for");
	for (i = 0; i < f->nr; i++) {
		/* Once it is answered, its number is where the operation was: none, too. */
		f->id = 200 - 1;
		front_put(f, 200, 0, NULL, 0);
	}
	front_push(f);
	printf("# the ring is full\n");
	for (prod = f->req_prod;;) {
		u32 next = READ_ONCE(f->ring->rsp_prod) + f->nr;

		if (next == prod)
			continue;
		WRITE_ONCE(f->ring->req_prod, next);
		mb();	/* the index before the look whether an event is wanted */
		if (next - READ_ONCE(f->ring->req_event) < next - prod)
			evtchn_send(f->port);
		prod = next;
	}
}

static const char *const lies[] = { "far", "one", "back", "wild" };

/* Indices that cannot be: the ring ends, and nothing else. */
static void lie(void)
{
	struct front *f = &queue[0];
	const char *how = opt_str("lie");
	struct answer a;
	u32 prod;

	skip_if(!how, "not asked for");
	connected();
	prod = f->req_prod;
	if (opt_is("lie", lies[0]))
		prod += f->nr + 100;
	else if (opt_is("lie", lies[1]))
		prod += f->nr + 1;
	else if (opt_is("lie", lies[2]))
		prod -= 1;
	else
		prod += 0x80000000;
	WRITE_ONCE(f->ring->req_prod, prod);
	mb();	/* there before the event */
	expect_rc(evtchn_send(f->port), 0, "send");
	expect(wait_peer(!grant_in_use(REF_RING(0)), 5000), "the host still has the ring");
	/* Whatever the entries were: none of them was believed, and none is answered. */
	expect(!front_next(f, &a, 100), "an answer");
}

void test_setup(void)
{
	if (!opt_u64("blk", 0))
		test_skip_all("no host that serves a disk");
	if (!xen.present)
		test_skip_all("no Xen here");
	sectors = opt_u64("sectors", 0);
	unit = opt_u64("unit", 1);
	front_init();
}

static void writes_if(void)
{
	skip_if(opt_u64("readonly", 0), "the disk is read-only");
	writes();
}

TEST_CASES = {
	{ "connected", connected },
	{ "reads", reads },
	{ "writes", writes_if },
	{ "pieces of pages", pieces },
	{ "a full ring", full_ring },
	{ "ids that are the same", same_ids },
	{ "flushes and barriers", flushes },
	{ "refused requests", refused },
	{ "discards", discards },
	{ "indirect requests", indirects },
	{ "bad sectors", errors },
	{ "load", load },
	{ "flood", flood },
	{ "lies", lie },
	TEST_CASES_END
};
