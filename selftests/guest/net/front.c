// SPDX-License-Identifier: GPL-2.0-only
/* See front.h. */
#include "front.h"

struct front queue[MAX_QUEUES];
unsigned int nr_queues;
static u8 *pages;

u8 *send_page(unsigned int n)
{
	return pages + n * PAGE_SIZE;
}

static evtchn_port_t make_port(void)
{
	long port = evtchn_alloc_unbound(DOMID_SELF, 0);

	if (port < 0)
		test_error("no port");
	evtchn_2l_mask(port, true);
	return port;
}

void front_renew(struct front *f)
{
	memset(f->tx, 0, PAGE_SIZE);
	memset(f->rx, 0, PAGE_SIZE);
	f->tx->req_event = 1;
	f->tx->rsp_event = 1;
	f->rx->req_event = 1;
	f->rx->rsp_event = 1;
	f->tx_prod = 0;
	f->tx_cons = 0;
	f->rx_prod = 0;
	f->rx_cons = 0;
}

static void make_queue(unsigned int q, bool split)
{
	struct front *f = &queue[q];
	unsigned int i;

	f->nr = q;
	f->tx = page_alloc(1);
	f->rx = page_alloc(1);
	front_renew(f);
	grant_page(REF_TX(q), 0, f->tx, false);
	grant_page(REF_RX(q), 0, f->rx, false);
	/* What nobody has touched is what a driver's pages may be as well. */
	f->room = (u8 *)page_alloc_untouched(NR_ROOM, PAGE_SIZE);
	for (i = 0; i < NR_ROOM; i++)
		grant_page(REF_ROOM(q) + i, 0, f->room + i * PAGE_SIZE, false);
	f->tx_port = make_port();
	f->rx_port = split ? make_port() : f->tx_port;
	/* What a driver would write to XenStore. */
	printf("# queue %u tx-ref %u rx-ref %u tx-port %u rx-port %u\n", q, REF_TX(q), REF_RX(q),
	       f->tx_port, f->rx_port);
}

void front_init(void)
{
	unsigned int i;
	u8 *never;

	grants_init();
	pages = page_alloc(NR_SEND);
	for (i = 0; i < NR_SEND; i++)
		grant_page(REF_SEND + i, 0, send_page(i), true);
	grant_page(REF_OTHER, 5, pages, true);
	never = (u8 *)page_alloc_untouched(NR_UNTOUCHED, PAGE_SIZE);
	for (i = 0; i < NR_UNTOUCHED; i++)
		grant_page(REF_UNTOUCHED + i, 0, never + i * PAGE_SIZE, true);
	nr_queues = opt_u64("queues", 1);
	for (i = 0; i < nr_queues; i++)
		make_queue(i, opt_u64("split", 1));
	printf("# queues %u\n", nr_queues);
}

static netif_tx_request_t *entry(struct front *f, u32 index)
{
	return (netif_tx_request_t *)((u8 *)f->tx + 64) + (index & (NR_ENTRIES - 1));
}

void front_put(struct front *f, const struct packet *p)
{
	unsigned int i, j, sum = 0;

	for (i = 0; i < p->nr; i++)
		sum += p->piece[i].size;
	for (i = 0; i < p->nr; i++) {
		netif_tx_request_t rq = {
			.gref = p->piece[i].ref,
			.offset = p->piece[i].offset,
			.size = p->piece[i].size,
			.id = f->tx_prod,
			.flags = i + 1 < p->nr ? NETTXF_more_data : 0,
		};

		if (!i) {
			rq.flags |= p->flags | (p->nr_extras ? NETTXF_extra_info : 0);
			rq.size = p->size ? p->size : sum;
		}
		*entry(f, f->tx_prod++) = rq;
		for (j = 0; !i && j < p->nr_extras; j++)
			memcpy(entry(f, f->tx_prod++), &p->extra[j], sizeof(p->extra[j]));
	}
}

void front_push(struct front *f)
{
	u32 old = f->tx->req_prod;

	mb();	/* the requests before the index */
	WRITE_ONCE(f->tx->req_prod, f->tx_prod);
	mb();	/* the index before the look whether an event is wanted */
	if (f->tx_prod - READ_ONCE(f->tx->req_event) < f->tx_prod - old)
		evtchn_send(f->tx_port);
}

/* Until an index that the host writes is another than @cons. */
static bool wait_for_host(struct front *f, volatile u32 *prod, volatile u32 *event, u32 cons,
			  evtchn_port_t port, u32 ms)
{
	u64 end = system_time() + ms * NSEC_PER_MSEC;
	struct sched_poll poll = { .nr_ports = 1, .timeout = end };

	set_xen_guest_handle(poll.ports, &port);
	while (*prod == cons) {
		*event = cons + 1;
		mb();	/* said before the last look */
		if (*prod != cons)
			break;
		if (system_time() >= end)
			return false;
		sched_op(SCHEDOP_poll, &poll);
		f->events += evtchn_2l_clear(port);
	}
	mb();	/* the index before the answer */
	return true;
}

int front_answers(struct front *f, unsigned int entries, u32 ms)
{
	int status = NO_ANSWER;

	while (entries) {
		netif_tx_response_t rsp;

		if (!wait_for_host(f, &f->tx->rsp_prod, &f->tx->rsp_event, f->tx_cons,
				   f->tx_port, ms))
			return NO_ANSWER;
		memcpy(&rsp, entry(f, f->tx_cons++), sizeof(rsp));
		if (status == NO_ANSWER && rsp.status != NETIF_RSP_NULL)
			status = rsp.status;
		entries--;
	}
	return status;
}

int front_send(struct front *f, const struct packet *p)
{
	front_put(f, p);
	front_push(f);
	return front_answers(f, p->nr + p->nr_extras, PATIENCE_MS);
}

int front_frame(struct front *f, unsigned int offset, unsigned int len, u16 flags,
		const struct netif_extra_info *extra)
{
	struct piece piece[NR_SEND];
	struct packet p = { .piece = piece, .flags = flags, .extra = extra,
			    .nr_extras = extra ? 1 : 0 };

	while (len) {
		unsigned int n = PAGE_SIZE - offset % PAGE_SIZE;

		if (n > len)
			n = len;
		piece[p.nr].ref = REF_SEND + offset / PAGE_SIZE;
		piece[p.nr].offset = offset % PAGE_SIZE;
		piece[p.nr++].size = n;
		offset += n;
		len -= n;
	}
	return front_send(f, &p);
}

static u8 *rx_entry(struct front *f, u32 index)
{
	return (u8 *)f->rx + 64 + (index & (NR_ENTRIES - 1)) * sizeof(netif_rx_request_t);
}

static void post(struct front *f, u16 page)
{
	netif_rx_request_t rq = {
		.id = f->rx_prod & (NR_ENTRIES - 1),
		.gref = REF_ROOM(f->nr) + page,
	};

	memcpy(rx_entry(f, f->rx_prod), &rq, sizeof(rq));
	f->posted[f->rx_prod++ & (NR_ENTRIES - 1)] = page;
}

static void post_push(struct front *f)
{
	u32 old = f->rx->req_prod;

	mb();	/* the requests before the index */
	WRITE_ONCE(f->rx->req_prod, f->rx_prod);
	mb();	/* the index before the look whether an event is wanted */
	if (f->rx_prod - READ_ONCE(f->rx->req_event) < f->rx_prod - old)
		evtchn_send(f->rx_port);
}

void front_post(struct front *f, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		post(f, i);
	post_push(f);
}

/* The next answer; its page is posted again behind the others once it is read. */
static bool take(struct front *f, netif_rx_response_t *rsp, u16 *page, u32 ms)
{
	if (!wait_for_host(f, &f->rx->rsp_prod, &f->rx->rsp_event, f->rx_cons, f->rx_port, ms))
		return false;
	memcpy(rsp, rx_entry(f, f->rx_cons), sizeof(*rsp));
	*page = f->posted[f->rx_cons++ & (NR_ENTRIES - 1)];
	return true;
}

bool front_receive(struct front *f, u8 *to, struct got *g, u32 ms)
{
	netif_rx_response_t rsp;
	u16 page;

	memset(g, 0, sizeof(*g));
	do {
		u32 id = f->rx_cons & (NR_ENTRIES - 1);

		if (!take(f, &rsp, &page, ms))
			return false;
		expect_eq(rsp.id, id, "id of a piece");
		if (!g->pieces)
			g->flags = rsp.flags;
		g->pieces++;
		if (rsp.status < 0)
			g->status = rsp.status;
		else
			memcpy(to + g->len, f->room + page * PAGE_SIZE + rsp.offset, rsp.status);
		g->len += rsp.status < 0 ? 0 : rsp.status;
		post(f, page);
		if (g->pieces == 1 && rsp.flags & NETRXF_extra_info) {
			netif_rx_response_t raw;

			if (!take(f, &raw, &page, ms))
				return false;
			memcpy(&g->extra, &raw, sizeof(g->extra));
			post(f, page);
		}
	} while (rsp.flags & NETRXF_more_data);
	post_push(f);
	return true;
}
