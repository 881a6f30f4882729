// SPDX-License-Identifier: GPL-2.0-only
/* Lists of calls. */
#include "giving-way.h"

#include <xen/hvm/hvm_op.h>
#include <xen/sched.h>

long multicall(struct multicall_entry *e, unsigned long n)
{
	return hypercall2(__HYPERVISOR_multicall, e, n);
}

static struct multicall_entry *calls;

void multicalls(void)
{
	unsigned int i, good = 0;
	long rc;

	calls = pages_for(SHIFTS * sizeof(*calls));
	copies_fill();
	for (i = 0; i < SHIFTS; i++) {
		calls[i].op = __HYPERVISOR_grant_table_op;
		calls[i].args[0] = GNTTABOP_copy;
		calls[i].args[1] = (unsigned long)&copies[i];
		calls[i].args[2] = 1;
		calls[i].result = 77;
	}
	shift_begin();
	interrupts_begin();
	rc = multicall(calls, SHIFTS);
	interrupts_end("multicall", 5, WAIT_SHORT);
	expect_rc(rc, 0, "multicall");
	for (i = 0; i < SHIFTS; i++)
		good += calls[i].result == 0;
	expect_eq(good, SHIFTS, "results");
	copies_check("multicall");
}

/* Registers that are no arguments of the call stay as they are, in the middle of it too. */
void registers(void)
{
	unsigned long a1, a2 = SHIFTS, other = 0x5a5a1234;
	long rc = __HYPERVISOR_multicall;
	unsigned int i;

	copies_fill();
	for (i = 0; i < SHIFTS; i++) {
		calls[i].args[1] = (unsigned long)&copies[i];
		calls[i].args[2] = 1;
	}
	a1 = (unsigned long)calls;
	shift_begin();
	interrupts_begin();
#ifdef __x86_64__
	__asm__ volatile("vmcall" : "+a"(rc), "+D"(a1), "+S"(a2), "+d"(other) : : "memory");
#else
	__asm__ volatile("vmcall" : "+a"(rc), "+b"(a1), "+c"(a2), "+d"(other) : : "memory");
#endif
	interrupts_end("registers", 5, WAIT_SHORT);
	expect_rc(rc, 0, "multicall");
	expect_eq(other, 0x5a5a1234, "register of the third argument");
	copies_check("registers");
}

/* The rest of an entry is done before the next one begins. */
void multicall_of_lists(void)
{
	struct xen_memory_reservation r = { .nr_extents = PAGES, .domid = DOMID_SELF };
	struct multicall_entry e[3];
	long before, rc;

	gfns_fill();
	before = pages_now();
	copies_fill();
	shift_begin();
	set_xen_guest_handle(r.extent_start, gfns);
	memset(e, 0, sizeof(e));
	e[0].op = __HYPERVISOR_memory_op;
	e[0].args[0] = XENMEM_decrease_reservation;
	e[0].args[1] = (unsigned long)&r;
	e[1].op = __HYPERVISOR_grant_table_op;
	e[1].args[0] = GNTTABOP_copy;
	e[1].args[1] = (unsigned long)copies;
	e[1].args[2] = SHIFTS;
	e[2] = e[0];
	e[2].args[0] = XENMEM_populate_physmap;
	e[0].args[5] = 0x600d;
	e[1].args[5] = 0x600d;
	e[2].args[5] = 0x600d;
	interrupts_begin();
	rc = multicall(e, 3);
	interrupts_end("multicall of lists", 15, WAIT_FREED);
	expect_rc(rc, 0, "multicall");
	expect_rc((long)e[0].result, PAGES, "decrease");
	expect_rc((long)e[1].result, 0, "copy");
	expect_rc((long)e[2].result, PAGES, "populate");
	expect(e[0].args[5] == 0x600d && e[1].args[5] == 0x600d && e[2].args[5] == 0x600d,
	       "an argument that is none was changed");
	expect_rc(pages_now(), before, "pages");
	copies_check("multicall of lists");
}

/* What comes after a wait in a list comes after the wait. */
void multicall_that_waits(void)
{
	struct sched_poll poll = { .nr_ports = 0 };
	struct multicall_entry e[3];
	u64 begin, end;

	require(!shared_info_map(), "no shared info");
	memset(e, 0, sizeof(e));
	e[0].op = __HYPERVISOR_hvm_op;
	e[0].args[0] = HVMOP_get_time;
	e[0].args[1] = (unsigned long)&begin;
	e[1].op = __HYPERVISOR_sched_op;
	e[1].args[0] = SCHEDOP_poll;
	e[1].args[1] = (unsigned long)&poll;
	e[2] = e[0];
	e[2].args[1] = (unsigned long)&end;
	poll.timeout = system_time() + 2 * NSEC_PER_MSEC;
	expect_rc(multicall(e, 3), 0, "multicall");
	expect(end >= poll.timeout, "%lld ns before the end of the wait",
	       (long long)(poll.timeout - end));
	expect(begin < poll.timeout, "it began after the wait");
}
