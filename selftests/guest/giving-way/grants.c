// SPDX-License-Identifier: GPL-2.0-only
/* The grant table: growing, swaps, mappings, its version. */
#include "giving-way.h"

static grant_entry_v1_t *table = (void *)(TABLE_GFN << PAGE_SHIFT);

void grown(void)
{
	enum { FRAMES = 256 };
	static unsigned long list[FRAMES];
	struct gnttab_setup_table s = { .dom = DOMID_SELF, .nr_frames = FRAMES, .status = 77 };
	struct gnttab_query_size q = { .dom = DOMID_SELF };
	unsigned int i;
	long rc;

	set_xen_guest_handle(s.frame_list, (void *)list);
	interrupts_begin();
	rc = grant_op(GNTTABOP_setup_table, &s, 1);
	interrupts_end("setup_table", 2, WAIT_2M);
	expect_rc(rc, 0, "setup_table");
	expect_rc(s.status, GNTST_okay, "status");
	expect_rc(grant_op(GNTTABOP_query_size, &q, 1), 0, "query_size");
	expect_eq(q.nr_frames, FRAMES, "frames");
	phys_map(TABLE_GFN << PAGE_SHIFT, 4 * PAGE_SIZE);
	for (i = 0; i < 4; i++)
		expect_rc(physmap_add(XENMAPSPACE_grant_table, i, TABLE_GFN + i), 0, "frame %u", i);
}

void swaps(void)
{
	enum { N = 1000, FIRST = 16 };
	struct gnttab_swap_grant_ref *s = pages_for(N * sizeof(*s));
	unsigned int i, good = 0;
	long rc;

	for (i = 0; i <= N; i++)
		table[FIRST + i].frame = i;
	for (i = 0; i < N; i++) {
		s[i].ref_a = FIRST + i;
		s[i].ref_b = FIRST + i + 1;
		s[i].status = 77;
	}
	interrupts_begin();
	rc = grant_op(GNTTABOP_swap_grant_ref, s, N);
	interrupts_end("swap_grant_ref", 5, WAIT_SHORT);
	expect_rc(rc, 0, "swap_grant_ref");
	/* the first went all the way up, the others one down */
	for (i = 0; i < N; i++)
		good += !s[i].status && table[FIRST + i].frame == i + 1;
	expect_eq(good, N, "entries one further down");
	expect_eq(table[FIRST + N].frame, 0, "the one that went up");
	for (i = 0; i <= N; i++)
		table[FIRST + i].frame = 0;
}

void maps(void)
{
	enum { N = 500, FIRST = 16 };
	struct gnttab_map_grant_ref *m = pages_for(N * sizeof(*m));
	struct gnttab_unmap_grant_ref *u = pages_for(N * sizeof(*u));
	static u8 seen[4096];
	unsigned int i, good = 0;
	long rc;

	copies_fill();
	shift_begin();
	for (i = 0; i < N; i++) {
		table[FIRST + i].frame = (unsigned long)shifted >> PAGE_SHIFT;
		table[FIRST + i].domid = xen.domid;
		mb();	/* the flags make the entry valid */
		WRITE_ONCE(table[FIRST + i].flags, GTF_permit_access);
		m[i].host_addr = (u64)(HOLE_GFN + 0x1000 + i) << PAGE_SHIFT;
		m[i].flags = GNTMAP_host_map;
		m[i].ref = FIRST + i;
		m[i].dom = xen.domid;
		m[i].status = 77;
	}
	interrupts_begin();
	rc = grant_op(GNTTABOP_map_grant_ref, m, N);
	interrupts_end("map_grant_ref", 5, WAIT_SHORT);
	expect_rc(rc, 0, "map_grant_ref");
	for (i = 0; i < N; i++) {
		if (!m[i].status && m[i].handle < sizeof(seen) && !seen[m[i].handle]++)
			good++;
		u[i].host_addr = m[i].host_addr;
		u[i].handle = m[i].handle;
		u[i].dev_bus_addr = 0;
		u[i].status = 77;
	}
	expect_eq(good, N, "mappings with handles of their own");
	interrupts_begin();
	rc = grant_op(GNTTABOP_unmap_grant_ref, u, N);
	interrupts_end("unmap_grant_ref", 2, WAIT_SHORT);
	expect_rc(rc, 0, "unmap_grant_ref");
	for (good = 0, i = 0; i < N; i++)
		good += !u[i].status && table[FIRST + i].flags == GTF_permit_access;
	expect_eq(good, N, "unmapped, and the entry not in use");
	for (i = 0; i < N; i++)
		WRITE_ONCE(table[FIRST + i].flags, 0);
}

/* Begins anew when it stops, so only those stop it who want the vCPU out. */
void versions(void)
{
	struct gnttab_set_version s = { .version = 2 };
	long rc;

	interrupts_begin();
	rc = grant_op(GNTTABOP_set_version, &s, 1);
	interrupts_end("set_version", 1, 4 * WAIT_2M);
	expect_rc(rc, 0, "set_version 2");
	s.version = 1;
	expect_rc(grant_op(GNTTABOP_set_version, &s, 1), 0, "set_version 1");
}
