// SPDX-License-Identifier: GPL-2.0-only
/* The longest list of each kind, again and again. */
#include "giving-way.h"

static void loop_copy(void)
{
	enum { N = 0x80000 };
	struct gnttab_copy *c = pages_for(N * sizeof(*c));
	unsigned int i;

	for (i = 0; i < N; i++)
		c[i] = shift_op();
	for (;;)
		grant_op(GNTTABOP_copy, c, N);
}

/* Statuses of bad operations are results too, and a list of them is a list. */
static void loop_bad(unsigned int cmd, size_t size)
{
	unsigned int n = 24 * 1024 * 1024 / size;
	void *list = pages_for(n * size);

	memset(list, 0xff, n * size);
	for (;;)
		grant_op(cmd, list, n);
}

static void loop_map(void)
{
	loop_bad(GNTTABOP_map_grant_ref, sizeof(struct gnttab_map_grant_ref));
}

static void loop_unmap(void)
{
	loop_bad(GNTTABOP_unmap_grant_ref, sizeof(struct gnttab_unmap_grant_ref));
}

static void loop_swap(void)
{
	loop_bad(GNTTABOP_swap_grant_ref, sizeof(struct gnttab_swap_grant_ref));
}

/* All of them the same extent of 2 MiB, which is thrown away and made again. */
static void loop_populate(void)
{
	enum { N = 4095, CALLS = 1024 };
	struct xen_memory_reservation r = { .nr_extents = N, .extent_order = 9,
					    .domid = DOMID_SELF };
	struct multicall_entry *e = pages_for(CALLS * sizeof(*e));
	xen_pfn_t *at = pages_for(N * sizeof(*at));
	xen_pfn_t block = page_alloc_untouched(1024, 0x200000) >> PAGE_SHIFT;
	xen_pfn_t page = block + 512;
	unsigned int i;

	for (i = 0; i < N; i++)
		at[i] = HOLE_GFN;
	/* Room for it, and for the page that takes another's place. */
	if (reservation(XENMEM_decrease_reservation, &block, 1, 9) != 1 ||
	    reservation(XENMEM_decrease_reservation, &page, 1, 0) != 1)
		test_error("no room");
	if (reservation(XENMEM_populate_physmap, at, 2, 9) != 2)
		test_error("memory that is there cannot be replaced");
	set_xen_guest_handle(r.extent_start, at);
	for (;;) {
		for (i = 0; i < CALLS; i++) {
			e[i].op = __HYPERVISOR_memory_op;
			e[i].args[0] = XENMEM_populate_physmap;
			e[i].args[1] = (unsigned long)&r;
		}
		multicall(e, CALLS);
	}
}

static void loop_move(void)
{
	struct xen_add_to_physmap range = { .domid = DOMID_SELF, .size = 8192,
					    .space = XENMAPSPACE_gmfn_range };
	unsigned long there = page_alloc_untouched(8192, PAGE_SIZE) >> PAGE_SHIFT;

	for (;;) {
		range.idx = there;
		range.gpfn = HOLE_GFN;
		memory_op(XENMEM_add_to_physmap, &range);
		range.idx = HOLE_GFN;
		range.gpfn = there;
		memory_op(XENMEM_add_to_physmap, &range);
	}
}

static void loop_batch(void)
{
	enum { N = 65535 };
	struct xen_add_to_physmap_batch batch = { .domid = DOMID_SELF, .space = XENMAPSPACE_gmfn,
						  .size = N };
	xen_ulong_t *idxs = pages_for(N * sizeof(*idxs));
	xen_pfn_t *to = pages_for(N * sizeof(*to));
	int *errs = pages_for(N * sizeof(*errs));
	unsigned long there = page_alloc_untouched(1, PAGE_SIZE) >> PAGE_SHIFT;
	unsigned int i;

	for (i = 0; i < N; i++) {
		idxs[i] = i & 1 ? HOLE_GFN : there;
		to[i] = i & 1 ? there : HOLE_GFN;
	}
	set_xen_guest_handle(batch.idxs, idxs);
	set_xen_guest_handle(batch.gpfns, to);
	set_xen_guest_handle(batch.errs, errs);
	for (;;)
		memory_op(XENMEM_add_to_physmap_batch, &batch);
}

static void loop_version(void)
{
	static unsigned long list[256];
	struct gnttab_setup_table t = { .dom = DOMID_SELF, .nr_frames = 256 };
	struct gnttab_set_version s;

	set_xen_guest_handle(t.frame_list, (void *)list);
	for (;;) {
		grant_op(GNTTABOP_setup_table, &t, 1);
		s.version = 2;
		grant_op(GNTTABOP_set_version, &s, 1);
		s.version = 1;
		grant_op(GNTTABOP_set_version, &s, 1);
	}
}

static void loop_reset(void)
{
	for (;;) {
		while (evtchn_alloc_unbound(DOMID_SELF, DOMID_SELF) > 0)
			;
		evtchn_reset();
	}
}

static void loop_console(void)
{
	u8 *text = page_alloc(16);

	for (;;)
		console_io(CONSOLEIO_write, 16 * PAGE_SIZE, text);
}

static void loop_string(void)
{
	enum { N = 16 * 1024 * 1024 };
	u8 *bytes = pages_for(N);
	unsigned long at, count;

	for (;;) {
		at = (unsigned long)bytes;
		count = N;
		__asm__ volatile("rep insb" : "+D"(at), "+c"(count) : "d"(0x300) : "memory");
	}
}

/* All vCPUs do it, each behind the others' locks. */
static void on_all(void (*fn)(void *arg))
{
	u32 i, n = smp_count();

	for (i = 1; i < n; i++) {
		if (!smp_start(i, SMP_SIPI))
			test_error("vCPU %u does not start", i);
		smp_call(i, fn, NULL);
	}
	fn(NULL);
}

static unsigned long control_gfn;

/* Into FIFO events and back: for each there is a grace period, in which others wait. */
static void fifo_and_back(void *arg)
{
	struct evtchn_init_control control = {
		.control_gfn = control_gfn,
		.vcpu = this_cpu()->id,
	};

	(void)arg;
	for (;;) {
		evtchn_op(EVTCHNOP_init_control, &control);
		evtchn_reset();
	}
}

static void loop_fifo(void)
{
	control_gfn = (unsigned long)page_alloc(1) >> PAGE_SHIFT;
	on_all(fifo_and_back);
}

static void prepare_ports(void)
{
	ports_use_up();
}

static void loop_ports(void)
{
	for (;;)
		evtchn_bind_ipi(0);
}

static const struct {
	const char *name;
	void (*fn)(void);
	void (*prepare)(void);
} loops[] = {
	{ .name = "copy", .fn = loop_copy },
	{ .name = "map", .fn = loop_map },
	{ .name = "unmap", .fn = loop_unmap },
	{ .name = "swap", .fn = loop_swap },
	{ .name = "populate", .fn = loop_populate },
	{ .name = "move", .fn = loop_move },
	{ .name = "batch", .fn = loop_batch },
	{ .name = "version", .fn = loop_version },
	{ .name = "reset", .fn = loop_reset },
	{ .name = "console", .fn = loop_console },
	{ .name = "string", .fn = loop_string },
	{ .name = "fifo", .fn = loop_fifo },
	{ .name = "ports", .fn = loop_ports, .prepare = prepare_ports },
};

void loop(void)
{
	unsigned int i;

	if (!opt_str("loop"))
		return;
	for (i = 0; i < ARRAY_SIZE(loops); i++) {
		if (opt_is("loop", loops[i].name)) {
			if (loops[i].prepare)
				loops[i].prepare();
			printf("# begins\n");
			loops[i].fn();
		}
	}
	test_error("no such loop");
}
