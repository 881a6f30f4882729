// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claim: a domain that was offered nothing cannot bind to another's ports, map
 * or copy another's pages, ask about or change another's state, or end it; and
 * what it was offered it cannot use to stop the other.
 *
 * Why: it is what a hypervisor is for.
 *
 * The first two domains talk to each other; the third does its worst meanwhile.
 */
#include "guest.h"
#include "peer.h"

#include <xen/hvm/hvm_op.h>
#include <xen/memory.h>

#define REF_SHARED	8	/* of the first, for the second */
#define REF_STORM	9	/* of the first, for the third: to say that it is done */
#define ROUNDS		300
#define THE_END		0xffffffffu
#define PATIENCE	40000	/* ms */

static volatile u32 *shared, *storm;

/* The first: counts up with the second, and is stormed by the third. */
static void first(void)
{
	evtchn_port_t port, stormed, unused;
	u32 i, events = 0;

	shared = page_alloc(1);
	storm = page_alloc(1);
	grant_page(REF_SHARED, peer_domid(1), (void *)shared, false);
	grant_page(REF_STORM, peer_domid(2), (void *)storm, false);
	port = peer_offer(peer_domid(1));
	/* For the second, which has the one already: nobody else's, though nobody is there. */
	unused = peer_offer(peer_domid(1));
	stormed = peer_offer(peer_domid(2));
	/* as long as the third is at it */
	for (i = 1; i <= ROUNDS || !storm[0]; i++) {
		shared[0] = i;
		evtchn_send(port);
		require(wait_peer(shared[1] == i || peer_wait(port, 1000), PATIENCE),
			"no answer in round %u", i);
		require(wait_peer(shared[1] == i, PATIENCE), "answer %u in round %u", shared[1], i);
		events += evtchn_2l_clear(stormed);
	}
	shared[0] = THE_END;
	evtchn_send(port);
	expect_eq(shared[2], 0, "word that nobody writes");
	printf("# %u rounds, in %u of them an event of the third\n", i - 1, events);
	expect(events, "the third was not at it");
	expect_eq(port_state(unused), EVTCHNSTAT_unbound, "state of the second's other port");
}

static void second(void)
{
	long port = peer_bind(peer_domid(0), PATIENCE);
	u32 handle, i;

	require(port > 0, "no port: %ld", port);
	require(grant_map(peer_domid(0), REF_SHARED, 0, false, &handle) == GNTST_okay, "map");
	shared = map_address(0);
	for (i = 1;; i++) {
		require(wait_peer(shared[0] >= i || peer_wait(port, 1000), PATIENCE),
			"nothing in round %u", i);
		require(wait_peer(shared[0] >= i, PATIENCE), "%u in round %u", shared[0], i);
		if (shared[0] == THE_END)
			break;
		expect_eq(shared[0], i, "round");
		evtchn_2l_clear(port);
		shared[1] = i;
		evtchn_send(port);
	}
	expect_rc(grant_unmap(0, handle), GNTST_okay, "unmap");
}

static void name_ports(domid_t dom)
{
	struct evtchn_alloc_unbound alloc = { .dom = dom, .remote_dom = DOMID_SELF };
	struct evtchn_status st = { .dom = dom, .port = 1 };
	struct evtchn_reset reset = { .dom = dom };
	u32 port;

	for (port = 0; port < 70; port++)
		expect_rc(evtchn_bind_interdomain(dom, port), -XEN_EINVAL, "port %u of %u", port,
			  dom);
	expect_rc(evtchn_op(EVTCHNOP_status, &st), -XEN_EPERM, "status of %u", dom);
	expect_rc(evtchn_op(EVTCHNOP_alloc_unbound, &alloc), -XEN_EPERM, "port for %u", dom);
	expect_rc(evtchn_op(EVTCHNOP_reset, &reset), -XEN_EPERM, "reset of %u", dom);
}

static void name_grants(domid_t dom)
{
	static u8 copy[PAGE_SIZE] __aligned(PAGE_SIZE);
	struct gnttab_query_size query = { .dom = dom };
	struct gnttab_setup_table setup = { .dom = dom, .nr_frames = 0 };
	struct gnttab_get_version version = { .dom = dom };
	struct gnttab_copy c = { .len = 8, .status = 77 };
	u32 ref, handle;

	memset(copy, 0x77, sizeof(copy));
	for (ref = 0; ref < 40; ref++) {
		if (dom == peer_domid(0) && ref == REF_STORM)
			continue;
		expect_rc(grant_map(dom, ref, 1, true, &handle), GNTST_general_error,
			  "map of reference %u of %u", ref, dom);
		expect_rc(grant_map(dom, ref, 1, false, &handle), GNTST_general_error,
			  "map for writing of reference %u of %u", ref, dom);
		expect_rc(grant_copy_from(copy, dom, ref, 0, 8), GNTST_general_error,
			  "copy from reference %u of %u", ref, dom);
		expect_rc(grant_copy_to(dom, ref, 0, copy, 8), GNTST_general_error,
			  "copy to reference %u of %u", ref, dom);
	}
	expect_rc(grant_map(dom, 512, 1, true, &handle), GNTST_bad_gntref, "behind the table");
	/* by frame number only its own memory */
	c.source.u.gmfn = 0x100;
	c.source.domid = dom;
	c.dest.u.gmfn = (unsigned long)copy >> PAGE_SHIFT;
	c.dest.domid = DOMID_SELF;
	expect_rc(grant_op(GNTTABOP_copy, &c, 1), 0, "copy call");
	expect_rc(c.status, GNTST_permission_denied, "copy from a frame of %u", dom);
	c.dest.u.gmfn = 0x100;
	c.dest.domid = dom;
	c.source.u.gmfn = (unsigned long)copy >> PAGE_SHIFT;
	c.source.domid = DOMID_SELF;
	expect_rc(grant_op(GNTTABOP_copy, &c, 1), 0, "copy call");
	expect_rc(c.status, GNTST_permission_denied, "copy to a frame of %u", dom);
	expect_eq(mem_is(copy, 0x77, PAGE_SIZE), PAGE_SIZE, "bytes of our page");
	grant_op(GNTTABOP_query_size, &query, 1);
	expect_rc(query.status, GNTST_permission_denied, "query_size of %u", dom);
	grant_op(GNTTABOP_setup_table, &setup, 1);
	expect_rc(setup.status, GNTST_permission_denied, "setup_table of %u", dom);
	expect_rc(grant_op(GNTTABOP_get_version, &version, 1), -XEN_EPERM, "version of %u", dom);
}

static void name_the_rest(domid_t dom)
{
	struct xen_hvm_param param = { .domid = dom, .index = HVM_PARAM_STORE_EVTCHN };
	struct sched_remote_shutdown end = { .domain_id = dom, .reason = SHUTDOWN_crash };
	struct xen_add_to_physmap add = {
		.domid = dom,
		.space = XENMAPSPACE_grant_table,
		.gpfn = 0x200,
	};
	struct xen_remove_from_physmap gone = { .domid = dom, .gpfn = 0x100 };
	struct xen_memory_reservation less = { .domid = dom };

	expect_rc(hvm_op(HVMOP_get_param, &param), -XEN_EPERM, "get_param of %u", dom);
	expect_rc(hvm_op(HVMOP_set_param, &param), -XEN_EPERM, "set_param of %u", dom);
	expect_rc(sched_op(SCHEDOP_remote_shutdown, &end), -XEN_EPERM, "shutdown of %u", dom);
	expect_rc(memory_op(XENMEM_add_to_physmap, &add), -XEN_EPERM, "add_to_physmap of %u", dom);
	expect_rc(memory_op(XENMEM_remove_from_physmap, &gone), -XEN_EPERM,
		  "remove_from_physmap of %u", dom);
	expect(memory_op(XENMEM_decrease_reservation, &less) <= 0, "memory of %u", dom);
}

static void third(void)
{
	long port = peer_bind(peer_domid(0), PATIENCE), i;
	u32 handle;

	require(port > 0, "no port: %ld", port);
	for (i = 0; i < 3; i++) {
		name_ports(peer_domid(0));
		name_ports(peer_domid(1));
		name_grants(peer_domid(0));
		name_grants(peer_domid(1));
		name_the_rest(peer_domid(0));
		name_the_rest(peer_domid(1));
	}
	/* numbers that are ports over there, but not here */
	for (i = 0; i < 200; i++)
		if (i != port)
			evtchn_send(i);
	for (i = 0; i < 20000; i++)
		evtchn_send(port);
	require(grant_map(peer_domid(0), REF_STORM, 0, false, &handle) == GNTST_okay, "map");
	*(volatile u32 *)map_address(0) = 1;
	expect_rc(grant_unmap(0, handle), GNTST_okay, "unmap");
}

static void play(void)
{
	static void (*const part[])(void) = { first, second, third };

	part[opt_u64("index", 0) % ARRAY_SIZE(part)]();
}

void test_setup(void)
{
	if (!xen.present)
		test_skip_all("no Xen here");
	grants_init();
}

TEST_CASES = {
	{ "two and an intruder", play },
	TEST_CASES_END
};
