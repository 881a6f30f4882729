// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claim: a backend in the host kernel can have a guest's port and its granted
 * pages, and both sides may let go of them at any time.
 *
 * Why: all devices work like this. What is tested is the host's side; this is
 * its obedient counterpart, and finds nothing by itself but what the host tells
 * it to look at.
 */
#include "evtchn.h"
#include "guest.h"
#include "peer.h"

#include <xen/grant_table.h>
#include <xen/sched.h>

#include "../../vm/modules/backend-test/control.h"

#define TABLE_GFN 0xf1000UL

static grant_entry_v1_t *table = (void *)(TABLE_GFN << PAGE_SHIFT);
static volatile struct backend_control *control;
static unsigned long data_gfn;
static u32 storm_port;
static u32 map_handle;
static u64 look_every;		/* ns; 0: only when an event tells of an order */

static void grant(unsigned int ref, domid_t dom, unsigned long gfn, bool ro)
{
	table[ref].frame = gfn;
	table[ref].domid = dom;
	mb();	/* the flags make the entry valid: last */
	WRITE_ONCE(table[ref].flags, GTF_permit_access | (ro ? GTF_readonly : 0));
}

/* As Linux does it: by compare-and-swap of the flags, while nobody uses the entry. */
static bool revoke(unsigned int ref)
{
	u16 flags = READ_ONCE(table[ref].flags), seen;

	do {
		if (flags & (GTF_reading | GTF_writing))
			return false;
		seen = flags;
		__asm__ volatile("lock cmpxchgw %2, %1"
				 : "+a"(flags), "+m"(table[ref].flags) : "r"((u16)0) : "memory");
	} while (flags != seen);
	return true;
}

static int status_of(u32 port)
{
	struct evtchn_status st;
	long rc = evtchn_status(port, &st);

	if (rc)
		return rc;
	if (st.status == EVTCHNSTAT_unbound)
		return st.status | st.u.unbound.dom << 8;
	if (st.status == EVTCHNSTAT_interdomain)
		return st.status | st.u.interdomain.dom << 8 | st.u.interdomain.port << 16;
	return st.status;
}

static int obey(u32 cmd, u32 arg0, u32 arg1)
{
	struct gnttab_set_version version = { .version = arg0 };
	long rc = 0;

	switch (cmd) {
	case CMD_SEND:
		while (arg1-- && !rc)
			rc = evtchn_send(arg0);
		return rc;
	case CMD_CLOSE:
		return evtchn_close(arg0);
	case CMD_ALLOC:
		return evtchn_alloc_unbound(DOMID_SELF, 0);
	case CMD_STATUS:
		return status_of(arg0);
	case CMD_FLAGS:
		return READ_ONCE(table[arg0].flags);
	case CMD_REVOKE:
		return revoke(arg0);
	case CMD_GRANT:
		grant(arg0, 0, data_gfn, false);
		return 0;
	case CMD_VERSION:
		return grant_op(GNTTABOP_set_version, &version, 1);
	case CMD_STORM:
		storm_port = arg0;
		return 0;
	case CMD_PEEK:
		return READ_ONCE(((u8 *)(data_gfn << PAGE_SHIFT))[arg0 % PAGE_SIZE]);
	case CMD_POKE:
		WRITE_ONCE(((u8 *)(data_gfn << PAGE_SHIFT))[arg0 % PAGE_SIZE], arg1);
		return 0;
	case CMD_BIND:
		rc = evtchn_bind_interdomain(0, arg0);
		if (rc > 0)
			evtchn_2l_mask(rc, true);
		return rc;
	case CMD_EVENT:
		return evtchn_2l_clear(arg0);
	case CMD_MAP:
		return grant_map(0, arg0, 0, arg1, &map_handle);
	case CMD_MAPPED:
		return READ_ONCE(((u8 *)map_address(0))[arg0 % PAGE_SIZE]);
	case CMD_MAPPED_POKE:
		WRITE_ONCE(((u8 *)map_address(0))[arg0 % PAGE_SIZE], arg1);
		return 0;
	case CMD_UNMAP:
		return grant_unmap(0, map_handle);
	case CMD_CRASH:
		/* The end of the only test of this guest. */
		printf("ok 1 - crashes as the host says\n# verdict: success\n");
		guest_end(false);
	}
	return 0;
}

static void wait_for_host(void)
{
	evtchn_port_t port = control->port;
	struct sched_poll poll = { .nr_ports = 1 };

	set_xen_guest_handle(poll.ports, &port);
	poll.timeout = look_every ? system_time() + look_every : 0;
	sched_op(SCHEDOP_poll, &poll);
}

static void serve(void)
{
	u32 last = 0, cmd;

	do {
		if (evtchn_2l_clear(control->port))
			control->events = control->events + 1;
		cmd = CMD_NONE;
		if (control->number != last) {
			last = control->number;
			mb();	/* the number, then what it is about */
			cmd = control->cmd;
			control->result = obey(cmd, control->arg[0], control->arg[1]);
			mb();	/* the result, then that it is there */
			control->done = last;
		} else if (storm_port) {
			if (!expect_rc(evtchn_send(storm_port), 0, "send on port %u", storm_port))
				storm_port = 0;
		} else {
			wait_for_host();
		}
	} while (cmd != CMD_EXIT);
}

void test_setup(void)
{
	unsigned int i;
	long port;
	u8 *data;

	look_every = opt_u64("poll_us", 0) * 1000;
	if (!xen.present)
		test_skip_all("no Xen here");
	if (shared_info_map())
		test_error("no shared info");
	phys_map(TABLE_GFN << PAGE_SHIFT, PAGE_SIZE);
	phys_map(MAP_GFN << PAGE_SHIFT, PAGE_SIZE);
	if (physmap_add(XENMAPSPACE_grant_table, 0, TABLE_GFN))
		test_error("no grant table");
	data = page_alloc(1);
	for (i = 0; i < PAGE_SIZE; i++)
		data[i] = BACKEND_BYTE(i);
	data_gfn = (unsigned long)data >> PAGE_SHIFT;
	grant(REF_DATA, 0, data_gfn, false);
	grant(REF_READ, 0, data_gfn, true);
	grant(REF_OTHER, 5, data_gfn, false);
	grant(REF_NOWHERE, 0, 0xf8000, false);
	grant(REF_LAZY, 0, page_alloc_untouched(512, 512 * PAGE_SIZE) >> PAGE_SHIFT, false);
	for (i = 0; i < REF_NR_MANY; i++)
		grant(REF_MANY + i, 0, (unsigned long)page_alloc(1) >> PAGE_SHIFT, false);
	control = page_alloc(1);
	control->magic = BACKEND_MAGIC;
	port = evtchn_alloc_unbound(DOMID_SELF, 0);
	if (port < 0)
		test_error("no port");
	/* what is pending is polled for */
	evtchn_2l_mask(port, true);
	control->port = port;
	/* with this the host may begin */
	grant(REF_CONTROL, 0, (unsigned long)control >> PAGE_SHIFT, false);
}

TEST_CASES = {
	{ "orders of the host", serve },
	TEST_CASES_END
};
