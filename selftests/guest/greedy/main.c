// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claim: a guest that asks for all that a guest can ask for (ports, frames of its grant
 * table, mappings, events by FIFO) gets what its limits say, and then the error that
 * the ABI has for that. With "short=1" the host, or the memory cgroup that pays, has
 * less than that: the errors come earlier, and are all that happens.
 *
 * Why: an allocation that kills a process of who made the domain, instead of failing,
 * is a weapon of the guest.
 */
#include "guest.h"
#include "peer.h"

#include <xen/memory.h>

#define REF		10
#define NR_MAPPINGS	4096
#define USES		100	/* of one entry, below what it may have */

static bool enough = true;	/* of the host's memory */

static void all_ports(void)
{
	unsigned int n;
	long rc = 0;

	for (n = 0; n < 2000; n++) {
		rc = evtchn_alloc_unbound(DOMID_SELF, DOMID_SELF);
		if (rc < 0)
			break;
	}
	printf("# %u ports, then %ld\n", n, rc);
	if (enough) {
		expect(n >= 1000 && n <= 1023, "%u ports", n);
		expect_rc(rc, -XEN_ENOSPC, "one more");
	} else {
		expect(rc == -XEN_ENOSPC || rc == -XEN_ENOMEM, "one more: %ld", rc);
	}
}

static void all_frames(void)
{
	struct gnttab_query_size size = { .dom = DOMID_SELF };
	struct gnttab_setup_table setup = { .dom = DOMID_SELF, .status = 77 };
	unsigned int n;

	require(!grant_op(GNTTABOP_query_size, &size, 1), "query_size");
	for (n = size.nr_frames; n <= size.max_nr_frames; n++) {
		long rc = physmap_add(XENMAPSPACE_grant_table, n, MAP_GFN);

		if (rc) {
			expect(rc == -XEN_EINVAL || (rc == -XEN_ENOMEM && !enough),
			       "frame %u: %ld", n, rc);
			break;
		}
	}
	printf("# %u frames of %u\n", n, size.max_nr_frames);
	if (enough)
		expect_eq(n, size.max_nr_frames, "frames");
	else
		expect(n < size.max_nr_frames, "%u frames: the host was not short", n);
	set_xen_guest_handle(setup.frame_list, NULL);
	setup.nr_frames = size.max_nr_frames + 1;
	expect_rc(grant_op(GNTTABOP_setup_table, &setup, 1), 0, "setup_table");
	expect_rc(setup.status, GNTST_general_error, "its status");
}

static void all_mappings(void)
{
	u8 *page = page_alloc(1);
	unsigned int n;
	s16 status = 0;
	u32 handle;

	for (n = 0; n <= NR_MAPPINGS / USES; n++)
		grant_page(REF + n, xen.domid, page, false);
	for (n = 0; n < NR_MAPPINGS && !status; n++) {
		struct gnttab_map_grant_ref m = {
			.host_addr = (u64)(0x200000 + n) << PAGE_SHIFT, .dom = xen.domid,
			.flags = GNTMAP_host_map | GNTMAP_readonly, .ref = REF + n / USES,
		};

		expect_rc(grant_op(GNTTABOP_map_grant_ref, &m, 1), 0, "map_grant_ref call");
		status = m.status;
		handle = m.handle;
	}
	printf("# %u mappings, then %d\n", n, status);
	if (enough)
		expect_rc(status, GNTST_okay, "mapping %u", n);
	else
		expect(status <= 0, "mapping %u: %d", n, status);
	(void)handle;
}

static void fifo(void)
{
	struct evtchn_init_control init = {
		.control_gfn = (unsigned long)page_alloc(1) >> PAGE_SHIFT,
	};
	long rc = evtchn_op(EVTCHNOP_init_control, &init);

	expect(!rc || (rc == -XEN_ENOMEM && !enough), "init_control: %ld", rc);
}

static void version(void)
{
	struct gnttab_set_version set = { .version = 2 };
	long rc = grant_op(GNTTABOP_set_version, &set, 1);

	/* Mappings, if there are, are of entries that a change of version would lose. */
	expect(rc == -XEN_EBUSY || ((!rc || rc == -XEN_ENOMEM) && !enough), "set_version: %ld",
	       rc);
}

void test_setup(void)
{
	if (!xen.present)
		test_skip_all("no Xen here");
	enough = !opt_u64("short", 0);
	grants_init();
}

TEST_CASES = {
	{ "frames", all_frames },
	{ "mappings", all_mappings },
	{ "ports", all_ports },
	{ "events by FIFO", fifo },
	{ "status frames", version },
	TEST_CASES_END
};
