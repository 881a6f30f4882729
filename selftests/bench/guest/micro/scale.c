// SPDX-License-Identifier: GPL-2.0-only
/*
 * The same operation with few and with many: ports, grants. Neighbours are other
 * domains: for them this guest only has to be there ("what=idle").
 */
#include "bench.h"
#include "evtchn.h"

#include <xen/grant_table.h>

#define WORDS_PER_PAGE (PAGE_SIZE / sizeof(u32))

/* Where no memory is, and no page table either: only the hypervisor goes there. */
#define HOLE 0x80000000UL
#define TABLE_GFN 0xf1000UL
#define ENTRIES_PER_FRAME (PAGE_SIZE / sizeof(grant_entry_v1_t))
#define FIRST_REF 8

static const char *named(const char *what, u64 n)
{
	static char names[4][32];
	static unsigned int next;
	char *name = names[next++ % 4];

	snprintf(name, sizeof(names[0]), "%s-%lu", what, n);
	return name;
}

/* The library's array is a small one. */
static bool fifo_of(u32 ports)
{
	u32 pages = ports / WORDS_PER_PAGE + 1, i;
	struct evtchn_expand_array arg;
	long rc = evtchn_fifo_init(0);

	if (rc) {
		printf("# no FIFO events: %ld\n", rc);
		return false;
	}
	evtchn_fifo_words = page_alloc(pages);
	for (i = 0; i < pages * WORDS_PER_PAGE; i++)
		evtchn_fifo_words[i] = BIT(EVTCHN_FIFO_MASKED);
	for (i = 0; i < pages; i++) {
		arg.array_gfn = ((unsigned long)evtchn_fifo_words >> PAGE_SHIFT) + i;
		rc = evtchn_op(EVTCHNOP_expand_array, &arg);
		if (rc) {
			printf("# page %u of the event array: %ld\n", i, rc);
			return false;
		}
		evtchn_fifo_ports += WORDS_PER_PAGE;
	}
	return true;
}

/* "what=ports n=N": the last of N ports. */
void bench_ports(void)
{
	u32 n = opt_u64("n", 10), i;
	long port = 0;
	u64 t;

	if (!fifo_of(n))
		return;
	t = bench_now();
	for (i = 0; i < n; i++) {
		port = evtchn_bind_ipi(0);
		if (port < 0) {
			printf("# port %u of %u: %ld\n", i, n, port);
			return;
		}
	}
	printf("# %lu ticks for each of %u ports bound\n", (bench_now() - t) / n, n);
	bench_begin(named("ports-masked", n), 200);
	while (bench_more()) {
		evtchn_fifo_words[port] = BIT(EVTCHN_FIFO_MASKED);
		t = bench_start();
		evtchn_send(port);
		bench_sample(bench_now() - t);
	}
	evtchn_fifo_words[port] = BIT(EVTCHN_FIFO_MASKED);
	evtchn_unmask(port);
	bench_begin(named("ports-served", n), 200);
	while (bench_more()) {
		u32 before = upcall_count;

		sti();
		t = bench_start();
		evtchn_send(port);
		while (upcall_count == before)
			cpu_relax();
		bench_sample(bench_now() - t);
		cli();
	}
	bench_begin(named("ports-bind", n), 50);
	while (bench_more()) {
		evtchn_close(port);
		t = bench_start();
		port = evtchn_bind_ipi(0);
		bench_sample(bench_now() - t);
	}
}

static s16 map(u32 ref, unsigned long address, u32 *handle)
{
	struct gnttab_map_grant_ref m = { .host_addr = address, .flags = GNTMAP_host_map,
					  .ref = ref, .dom = xen.domid };
	long rc = grant_op(GNTTABOP_map_grant_ref, &m, 1);

	*handle = m.handle;
	return rc ? -1 : m.status;
}

static void unmap(unsigned long address, u32 handle)
{
	struct gnttab_unmap_grant_ref u = { .host_addr = address, .handle = handle };

	grant_op(GNTTABOP_unmap_grant_ref, &u, 1);
}

/* "what=grants n=N": N entries, each mapped once into the domain itself; the last one. */
void bench_grants_many(void)
{
	grant_entry_v1_t *table = (void *)(TABLE_GFN << PAGE_SHIFT);
	u32 n = opt_u64("n", 1000), frames = (FIRST_REF + n) / ENTRIES_PER_FRAME + 1, i, handle;
	u8 *page = page_alloc(1), *other = page_alloc(1);
	u32 last = FIRST_REF + n - 1;
	unsigned long at;
	struct gnttab_copy c;
	u64 t;
	s16 status;

	phys_map(TABLE_GFN << PAGE_SHIFT, frames * PAGE_SIZE);
	/* the last one first: the table grows once */
	for (i = frames; i--;) {
		long rc = physmap_add(XENMAPSPACE_grant_table, i, TABLE_GFN + i);

		if (rc) {
			printf("# frame %u of the grant table: %ld\n", i, rc);
			return;
		}
	}
	for (i = FIRST_REF; i <= last; i++) {
		table[i].frame = (unsigned long)page >> PAGE_SHIFT;
		table[i].domid = xen.domid;
		mb();	/* the flags make the entry valid: last */
		WRITE_ONCE(table[i].flags, GTF_permit_access);
	}
	t = bench_now();
	for (i = 0; i < n; i++) {
		status = map(FIRST_REF + i, HOLE + i * PAGE_SIZE, &handle);
		if (status) {
			printf("# grant %u of %u is not mapped: status %d\n", i, n, status);
			return;
		}
	}
	printf("# %lu ticks for each of %u grants mapped\n", (bench_now() - t) / n, n);
	memset(&c, 0, sizeof(c));
	c.flags = GNTCOPY_source_gref;
	c.source.u.ref = last;
	c.source.domid = xen.domid;
	c.dest.u.gmfn = (unsigned long)other >> PAGE_SHIFT;
	c.dest.domid = DOMID_SELF;
	c.len = PAGE_SIZE;
	BENCH(named("grants-copy", n), 200, grant_op(GNTTABOP_copy, &c, 1));
	if (c.status)
		printf("# copy from the last grant: status %d\n", c.status);
	at = HOLE + n * PAGE_SIZE;
	bench_begin(named("grants-map-unmap", n), 100);
	while (bench_more()) {
		t = bench_start();
		map(last, at, &handle);
		unmap(at, handle);
		bench_sample(bench_now() - t);
	}
}

/* "what=idle": a neighbour. */
void bench_idle(void)
{
	for (;;) {
		sti_hlt();
		cli();
	}
}
