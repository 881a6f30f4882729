// SPDX-License-Identifier: GPL-2.0-only
/* See front.h. */
#include "front.h"

struct front queue[MAX_QUEUES];
unsigned int nr_queues;
struct segment *indirect;
static u8 *pages;

u8 *page_of(unsigned int n)
{
	return pages + n * PAGE_SIZE;
}

static u64 word(u64 sector, u64 seed, unsigned int i)
{
	return (sector + 1) * 0x9e3779b97f4a7c15ULL + seed * 0x100000001b3ULL + i;
}

void pattern_put(void *to, u64 sector, u64 seed)
{
	u64 *words = to;
	unsigned int i;

	for (i = 0; i < SECTOR / 8; i++)
		words[i] = word(sector, seed, i);
}

bool pattern_is(const void *at, u64 sector, u64 seed)
{
	const u64 *words = at;
	unsigned int i;

	for (i = 0; i < SECTOR / 8; i++)
		if (words[i] != word(sector, seed, i))
			return false;
	return true;
}

static void make_queue(unsigned int q, unsigned int order)
{
	struct front *f = &queue[q];
	u32 bytes = PAGE_SIZE << order, i;
	long port;

	f->ring = page_alloc(1U << order);
	f->ring->req_event = 1;
	f->ring->rsp_event = 1;
	f->abi32 = opt_u64("abi", 64) == 32;
	f->size = f->abi32 ? 108 : 112;
	for (f->nr = 1; (2 * f->nr) * f->size + 64 <= bytes; f->nr *= 2)
		;
	for (i = 0; i < 1U << order; i++)
		grant_page(REF_RING(q) + i, 0, (u8 *)f->ring + i * PAGE_SIZE, false);
	port = evtchn_alloc_unbound(DOMID_SELF, 0);
	if (port < 0)
		test_error("no port");
	f->port = port;
	evtchn_2l_mask(port, true);
	/* What a driver would write to XenStore. */
	printf("# ring %u port %u order %u abi %u ref %u\n", q, f->port, order,
	       f->abi32 ? 32 : 64, REF_RING(q));
}

void front_init(void)
{
	unsigned int i;

	grants_init();
	pages = page_alloc(NR_PAGES);
	for (i = 0; i < NR_PAGES; i++)
		grant_page(REF_PAGES + i, 0, page_of(i), false);
	grant_page(REF_READONLY, 0, pages, true);
	grant_page(REF_OTHER, 5, pages, false);
	indirect = page_alloc(1);
	grant_page(REF_INDIRECT, 0, indirect, true);
	nr_queues = opt_u64("queues", 1);
	for (i = 0; i < nr_queues; i++)
		make_queue(i, opt_u64("order", 0));
	printf("# rings %u\n", nr_queues);
}

static u8 *entry(const struct front *f, u32 index)
{
	return (u8 *)f->ring + 64 + (index & (f->nr - 1)) * f->size;
}

/* What stands behind the first word is four bytes earlier for 32 bits. */
static u8 *begin(struct front *f, u8 op, u64 sector)
{
	unsigned int back = f->abi32 ? 4 : 0;
	u8 *e = entry(f, f->req_prod++);

	memset(e, 0, f->size);
	e[0] = op;
	f->id++;
	memcpy(e + 8 - back, &f->id, 8);
	memcpy(e + 16 - back, &sector, 8);
	return e;
}

u64 front_put(struct front *f, u8 op, u64 sector, const struct segment *segs, unsigned int nr)
{
	u8 *e = begin(f, op, sector);

	e[1] = nr;
	if (nr <= 11)
		memcpy(e + (f->abi32 ? 20 : 24), segs, nr * sizeof(*segs));
	return f->id;
}

u64 front_put_discard(struct front *f, u64 sector, u64 nr, u8 flag)
{
	u8 *e = begin(f, BLKIF_OP_DISCARD, sector);

	e[1] = flag;
	memcpy(e + (f->abi32 ? 20 : 24), &nr, 8);
	return f->id;
}

u64 front_put_indirect(struct front *f, u8 op, u64 sector, unsigned int nr, u32 ref)
{
	u8 *e = begin(f, BLKIF_OP_INDIRECT, sector);
	u16 count = nr;

	e[1] = op;
	memcpy(e + 2, &count, 2);
	memcpy(e + (f->abi32 ? 24 : 28), &ref, 4);
	return f->id;
}

void front_push(struct front *f)
{
	u32 old = f->ring->req_prod;

	mb();	/* the requests before the index */
	WRITE_ONCE(f->ring->req_prod, f->req_prod);
	mb();	/* the index before the look whether an event is wanted */
	if (f->req_prod - READ_ONCE(f->ring->req_event) < f->req_prod - old)
		evtchn_send(f->port);
}

bool front_next(struct front *f, struct answer *a, u32 ms)
{
	u64 end = system_time() + ms * NSEC_PER_MSEC;
	evtchn_port_t port = f->port;
	struct sched_poll poll = { .nr_ports = 1, .timeout = end };
	const u8 *e;

	set_xen_guest_handle(poll.ports, &port);
	while (READ_ONCE(f->ring->rsp_prod) == f->rsp_cons) {
		WRITE_ONCE(f->ring->rsp_event, f->rsp_cons + 1);
		mb();	/* said before the last look */
		if (READ_ONCE(f->ring->rsp_prod) != f->rsp_cons)
			break;
		if (system_time() >= end)
			return false;
		sched_op(SCHEDOP_poll, &poll);
		f->events += evtchn_2l_clear(f->port);
	}
	mb();	/* the index before the answer */
	e = entry(f, f->rsp_cons++);
	memcpy(&a->id, e, 8);
	a->op = e[8];
	memcpy(&a->status, e + 10, 2);
	return true;
}

static int wait_for_it(struct front *f, u64 id, u8 op)
{
	struct answer a;

	front_push(f);
	if (!front_next(f, &a, PATIENCE_MS))
		return NO_ANSWER;
	return a.id == id && a.op == op ? a.status : NO_ANSWER;
}

int front_do(u8 op, u64 sector, const struct segment *segs, unsigned int nr)
{
	return wait_for_it(&queue[0], front_put(&queue[0], op, sector, segs, nr), op);
}

int front_pages(u8 op, u64 sector, unsigned int n, unsigned int nr)
{
	struct segment segs[11];
	unsigned int i;

	for (i = 0; i < nr; i++)
		segs[i] = (struct segment){ REF_PAGES + n + i, 0, 7, 0 };
	return front_do(op, sector, segs, nr);
}
