// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claim: a call that takes a list gives way to interrupts between two of its
 * operations, soon after they are due; it goes on where it was, does each
 * operation once and gives the result that it would have given in one piece.
 *
 * Why: a list can be as long as the guest's memory. While it is worked at the
 * vCPU can be neither paused nor ended, and takes no events; Xen had its share
 * of calls that could not be interrupted (XSA-226, 318, 344, 410).
 *
 * With loop=NAME it makes one of the calls without end, with the longest list
 * there is room for, for tests of pausing and destroying.
 */
#include "guest.h"
#include "evtchn.h"

#include <xen/grant_table.h>
#include <xen/hvm/hvm_op.h>
#include <xen/memory.h>
#include <xen/sched.h>
#include <xen/vcpu.h>

#define VEC 0x78
#define HOLE_GFN 0x80000UL	/* no RAM from there on */
#define TABLE_GFN 0xf1000UL
#define SHIFTS 1000
#define PAGES 2000

/*
 * The longest a due interrupt may have to wait for a call, in ticks (instructions, on
 * the emulator): the longest operation, the way out of the call and into the guest, and
 * the host's interrupts at that moment, but not what its scheduler gave to others.
 * docs/threat-model.md has them.
 */
#define WAIT_SHORT 200000
#define WAIT_FREED 1000000	/* among the host's interrupts are those that free many pages */
#define WAIT_2M 4000000

static grant_entry_v1_t *table = (void *)(TABLE_GFN << PAGE_SHIFT);

/* An interrupt again and again, at moments that do not fit to anything. */
static struct rng rng;
static u64 due, longest, stolen;
static u32 taken;
static bool on;

/* Time that the host's scheduler gave to others, so far. */
static u64 stolen_ns(void)
{
	struct vcpu_runstate_info info;

	if (vcpu_op(VCPUOP_get_runstate_info, 0, &info))
		test_error("no runstate");
	return info.time[RUNSTATE_runnable];
}

static void arm(void)
{
	stolen = stolen_ns();
	due = rdtsc() + 20000 + rng_below(&rng, 20000);
	wrmsr(MSR_TSC_DEADLINE, due);
}

static bool on_timer(struct cpu_regs *regs)
{
	u64 late = rdtsc() - due, lost = (stolen_ns() - stolen) * tsc_khz / 1000000;

	late -= late < lost ? late : lost;
	lapic_eoi();
	if (late > longest)
		longest = late;
	taken++;
	if (on)
		arm();
	return true;
}

static inline void irq_enable(void)
{
	__asm__ volatile("sti" : : : "memory");
}

static inline void irq_disable(void)
{
	__asm__ volatile("cli" : : : "memory");
}

static void interrupts_begin(void)
{
	longest = 0;
	taken = 0;
	on = true;
	arm();
	irq_enable();
}

/* @least: so many have to have come meanwhile; @wait: none may have waited longer. */
static void interrupts_end(const char *what, u32 least, u64 wait)
{
	irq_disable();
	on = false;
	wrmsr(MSR_TSC_DEADLINE, 0);
	printf("# %s: %u interrupts, the latest after %llu ticks\n", what, taken,
	       (unsigned long long)longest);
	expect(taken >= least, "%s: %u interrupts meanwhile", what, taken);
	expect(longest <= wait, "%s: an interrupt waited for %llu ticks", what,
	       (unsigned long long)longest);
}

void test_setup(void)
{
	rng_seed(&rng, opt_u64("seed", 1));
	trap_handler_set(VEC, on_timer);
	lapic_write(APIC_LVT_TIMER, LVT_DEADLINE | VEC);
	if (!(cpuid(1, 0).ecx & BIT(24)))
		test_skip_all("no TSC deadline");
}

/*
 * A page whose bytes each operation moves up by one: the boundary tells how many have
 * been done.
 */
static u8 *shifted;

static struct gnttab_copy shift_op(void)
{
	struct gnttab_copy c;

	if (!shifted)
		shifted = page_alloc(1);
	memset(&c, 0, sizeof(c));
	c.source.u.gmfn = (unsigned long)shifted >> PAGE_SHIFT;
	c.source.domid = DOMID_SELF;
	c.dest = c.source;
	c.dest.offset = 1;
	c.len = SHIFTS + 10;
	c.status = 77;
	return c;
}

static void shift_begin(void)
{
	memset(shifted, 2, PAGE_SIZE);
	shifted[0] = 1;
}

static void shift_end(const char *what, unsigned int want)
{
	unsigned int i;

	for (i = 0; i < PAGE_SIZE && shifted[i] == 1; i++)
		;
	expect_eq(i - 1, want, "%s: times the copy was done", what);
}

static void *pages_for(size_t bytes)
{
	return page_alloc((bytes + PAGE_SIZE - 1) / PAGE_SIZE);
}

static struct gnttab_copy *copies;

static void copies_fill(void)
{
	unsigned int i;

	if (!copies)
		copies = pages_for(SHIFTS * sizeof(*copies));
	for (i = 0; i < SHIFTS; i++)
		copies[i] = shift_op();
}

static void copies_check(const char *what)
{
	unsigned int i, good = 0;

	for (i = 0; i < SHIFTS; i++)
		good += copies[i].status == GNTST_okay;
	expect_eq(good, SHIFTS, "%s: statuses", what);
	shift_end(what, SHIFTS);
}

static void copy(void)
{
	long rc;

	copies_fill();
	shift_begin();
	interrupts_begin();
	rc = grant_op(GNTTABOP_copy, copies, SHIFTS);
	interrupts_end("copy", 5, WAIT_SHORT);
	expect_rc(rc, 0, "copy");
	copies_check("copy");
}

/* With interrupts off it is one piece, whatever is due. */
static void interrupts_off(void)
{
	long rc;

	copies_fill();
	shift_begin();
	interrupts_begin();
	irq_disable();
	taken = 0;
	rc = grant_op(GNTTABOP_copy, copies, SHIFTS);
	expect_rc(rc, 0, "copy");
	expect_eq(taken, 0, "interrupts meanwhile");
	on = false;
	irq_window();
	expect(taken <= 1, "%u interrupts after it", taken);
	wrmsr(MSR_TSC_DEADLINE, 0);
	copies_check("interrupts off");
}

/*
 * The interrupt shadow of STI is that of the call's first round only.
 * @pending: an interrupt has been waiting since before
 */
static void after_sti(bool pending)
{
	const char *what = pending ? "right after STI, pending" : "right after STI";
	unsigned long a1 = GNTTABOP_copy, a2, a3 = SHIFTS;
	long rc = __HYPERVISOR_grant_table_op;

	copies_fill();
	shift_begin();
	a2 = (unsigned long)copies;
	interrupts_begin();
	irq_disable();
	taken = 0;
	if (pending)
		wait_for(rdtsc() > due + 10000, 1000);
#ifdef __x86_64__
	__asm__ volatile("sti; vmcall; cli" : "+a"(rc), "+D"(a1), "+S"(a2), "+d"(a3) : : "memory");
#else
	__asm__ volatile("sti; vmcall; cli" : "+a"(rc), "+b"(a1), "+c"(a2), "+d"(a3) : : "memory");
#endif
	interrupts_end(what, 5, WAIT_SHORT);
	expect_rc(rc, 0, "copy");
	copies_check(what);
}

static void sti_before(void)
{
	after_sti(false);
	after_sti(true);
}

/* One single-step trap, behind the call. */
static volatile u32 steps;
static volatile unsigned long step_ip;
extern const char call_begin[], call_end[];

static bool on_step(struct cpu_regs *regs)
{
	if (!steps++)
		step_ip = regs->ip;
	regs->flags &= ~(unsigned long)FL_TF;
	return true;
}

static void single_step(void)
{
	unsigned long a1 = GNTTABOP_copy, a2, a3 = SHIFTS;
	long rc = __HYPERVISOR_grant_table_op;
	trap_fn old = trap_handler_set(X86_DB, on_step);

	copies_fill();
	shift_begin();
	a2 = (unsigned long)copies;
	steps = 0;
	interrupts_begin();
#ifdef __x86_64__
	__asm__ volatile("pushf; orl $0x100, (%%rsp); popf; .globl call_begin; call_begin: vmcall;"
			 ".globl call_end; call_end: nop"
			 : "+a"(rc), "+D"(a1), "+S"(a2), "+d"(a3) : : "memory", "cc");
#else
	__asm__ volatile("pushf; orl $0x100, (%%esp); popf; .globl call_begin; call_begin: vmcall;"
			 ".globl call_end; call_end: nop"
			 : "+a"(rc), "+b"(a1), "+c"(a2), "+d"(a3) : : "memory", "cc");
#endif
	interrupts_end("single step", 5, WAIT_SHORT);
	trap_handler_set(X86_DB, old);
	expect_eq(steps, 1, "single-step traps");
	expect_eq(step_ip, (unsigned long)call_end, "where it was");
	copies_check("single step");
}

static long multicall(struct multicall_entry *e, unsigned long n)
{
	return hypercall2(__HYPERVISOR_multicall, e, n);
}

static struct multicall_entry *calls;

static void multicalls(void)
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
static void registers(void)
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

static xen_pfn_t *gfns;
static unsigned long first;	/* PAGES pages that may come and go */

static void gfns_fill(void)
{
	unsigned int i;

	if (!gfns) {
		gfns = pages_for(PAGES * sizeof(*gfns));
		first = page_alloc_untouched(PAGES, PAGE_SIZE) >> PAGE_SHIFT;
	}
	for (i = 0; i < PAGES; i++) {
		gfns[i] = first + i;
		WRITE_ONCE(*(u32 *)((first + i) << PAGE_SHIFT), i + 1);
	}
}

static long reservation(unsigned int cmd, xen_pfn_t *list, unsigned long n, unsigned int order)
{
	struct xen_memory_reservation r = { .nr_extents = n, .extent_order = order,
					    .domid = DOMID_SELF };

	set_xen_guest_handle(r.extent_start, list);
	return memory_op(cmd, &r);
}

static long pages_now(void)
{
	domid_t d = DOMID_SELF;

	return memory_op(XENMEM_current_reservation, &d);
}

static u32 word_of(unsigned long gfn)
{
	return READ_ONCE(*(volatile u32 *)(gfn << PAGE_SHIFT));
}

static void reservations(void)
{
	long before = pages_now(), rc;

	gfns_fill();
	interrupts_begin();
	rc = reservation(XENMEM_decrease_reservation, gfns, PAGES, 0);
	interrupts_end("decrease", 5, WAIT_FREED);
	expect_rc(rc, PAGES, "decrease");
	expect_rc(pages_now(), before - PAGES, "pages after it");
	interrupts_begin();
	rc = reservation(XENMEM_populate_physmap, gfns, PAGES, 0);
	interrupts_end("populate", 5, WAIT_FREED);
	expect_rc(rc, PAGES, "populate");
	expect_rc(pages_now(), before, "pages after that");
	/* a start that the guest names still counts */
	rc = reservation(XENMEM_decrease_reservation | (PAGES - 10) << 6, gfns, PAGES, 0);
	expect_rc(rc, PAGES, "decrease of the last ten");
	expect_rc(pages_now(), before - 10, "pages after that");
	expect_rc(reservation(XENMEM_populate_physmap, &gfns[PAGES - 10], 10, 0), 10, "and back");
	/* what cannot be done ends it with the number that was */
	expect_rc(reservation(XENMEM_decrease_reservation, &gfns[PAGES - 100], 1, 0), 1, "one");
	interrupts_begin();
	rc = reservation(XENMEM_decrease_reservation, gfns, PAGES, 0);
	interrupts_end("decrease that ends", 5, WAIT_FREED);
	expect_rc(rc, PAGES - 100, "decrease that meets a hole");
	expect_rc(reservation(XENMEM_populate_physmap, gfns, PAGES - 99, 0), PAGES - 99, "back");
	expect_rc(pages_now(), before, "pages at the end");
}

/* Extents of 2 MiB, outside of the memory map: there is none without its memory. */
static void large_extents(void)
{
	enum { N = PAGES / 512 };
	xen_pfn_t at[N];
	long before = pages_now(), rc;
	unsigned int i;

	gfns_fill();
	expect_rc(reservation(XENMEM_decrease_reservation, gfns, N * 512, 0), N * 512, "room");
	for (i = 0; i < N; i++)
		at[i] = HOLE_GFN + 512 * i;
	interrupts_begin();
	rc = reservation(XENMEM_populate_physmap, at, N, 9);
	interrupts_end("populate, order 9", 2, WAIT_2M);
	expect_rc(rc, N, "populate");
	expect_rc(pages_now(), before, "pages after it");
	expect_eq(word_of(at[N - 1] + 511), 0, "the last word");
	interrupts_begin();
	rc = reservation(XENMEM_decrease_reservation, at, N, 9);
	interrupts_end("decrease, order 9", 2, WAIT_2M);
	expect_rc(rc, N, "decrease");
	expect_rc(reservation(XENMEM_populate_physmap, gfns, N * 512, 0), N * 512, "back");
	expect_rc(pages_now(), before, "pages at the end");
}

static void moves(void)
{
	struct xen_add_to_physmap range = { .domid = DOMID_SELF, .size = PAGES,
					    .space = XENMAPSPACE_gmfn_range, .gpfn = HOLE_GFN };
	struct xen_add_to_physmap_batch batch = { .domid = DOMID_SELF, .space = XENMAPSPACE_gmfn,
						  .size = PAGES };
	xen_ulong_t *idxs = pages_for(PAGES * sizeof(*idxs));
	int *errs = pages_for(PAGES * sizeof(*errs));
	unsigned int i, good = 0;
	long before, rc;

	gfns_fill();
	before = pages_now();
	range.idx = first;
	interrupts_begin();
	rc = memory_op(XENMEM_add_to_physmap, &range);
	interrupts_end("add_to_physmap of a range", 5, WAIT_SHORT);
	expect_rc(rc, 0, "range");
	for (i = 0; i < PAGES; i++)
		good += word_of(HOLE_GFN + i) == i + 1;
	expect_eq(good, PAGES, "pages with their words at the new place");
	for (i = 0; i < PAGES; i++) {
		idxs[i] = HOLE_GFN + i;
		errs[i] = 77;
	}
	set_xen_guest_handle(batch.idxs, idxs);
	set_xen_guest_handle(batch.gpfns, gfns);
	set_xen_guest_handle(batch.errs, errs);
	interrupts_begin();
	rc = memory_op(XENMEM_add_to_physmap_batch, &batch);
	interrupts_end("add_to_physmap_batch", 5, WAIT_SHORT);
	expect_rc(rc, 0, "batch");
	for (good = 0, i = 0; i < PAGES; i++)
		good += !errs[i] && word_of(first + i) == i + 1;
	expect_eq(good, PAGES, "pages with their words where they were");
	expect_rc(pages_now(), before, "pages");
}

/* The rest of an entry is done before the next one begins. */
static void multicall_of_lists(void)
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
static void multicall_that_waits(void)
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

static void grown(void)
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

static void swaps(void)
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

static void maps(void)
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
static void versions(void)
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

/*
 * Bytes that a terminal does not show go nowhere, but count: less than a domain may write in a
 * second, so that the verdict is not dropped.
 */
static void console(void)
{
	u8 *text = page_alloc(16);
	long rc;

	interrupts_begin();
	rc = console_io(CONSOLEIO_write, 12 * PAGE_SIZE, text);
	interrupts_end("console_io", 5, WAIT_SHORT);
	expect_rc(rc, 0, "console_io");
}

static void ports_reset(void)
{
	enum { N = 1000 };
	struct evtchn_status status;
	unsigned int i, closed = 0;
	long port, rc;

	for (i = 0; i < N; i++) {
		port = evtchn_alloc_unbound(DOMID_SELF, DOMID_SELF);
		if (!expect(port > 0, "port %u: %ld", i, port))
			return;
	}
	interrupts_begin();
	rc = evtchn_reset();
	interrupts_end("reset", 3, WAIT_SHORT);
	expect_rc(rc, 0, "reset");
	for (i = 1; i <= N; i++)
		closed += !evtchn_status(i, &status) && status.status == EVTCHNSTAT_closed;
	expect_eq(closed, N, "ports closed");
}

/* The exit is for a piece of it only. */
static void string_io(void)
{
	enum { N = 20000 };
	u8 *bytes = pages_for(N);
	unsigned long at = (unsigned long)bytes, count = N;

	interrupts_begin();
	__asm__ volatile("rep insb" : "+D"(at), "+c"(count) : "d"(0x300) : "memory");
	interrupts_end("REP INSB", 5, WAIT_SHORT);
	expect_eq(mem_is(bytes, 0xff, N), N, "bytes read");
	expect_eq(count, 0, "bytes left");
}

/*
 * The longest list of each kind, again and again.
 */

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

static const struct {
	const char *name;
	void (*fn)(void);
} loops[] = {
	{ "copy", loop_copy },
	{ "map", loop_map },
	{ "unmap", loop_unmap },
	{ "swap", loop_swap },
	{ "populate", loop_populate },
	{ "move", loop_move },
	{ "batch", loop_batch },
	{ "version", loop_version },
	{ "reset", loop_reset },
	{ "console", loop_console },
	{ "string", loop_string },
};

static void loop(void)
{
	unsigned int i;

	if (!opt_str("loop"))
		return;
	for (i = 0; i < ARRAY_SIZE(loops); i++) {
		if (opt_is("loop", loops[i].name)) {
			printf("# begins\n");
			loops[i].fn();
		}
	}
	test_error("no such loop");
}

TEST_CASES = {
	{ "without end, if asked for", loop },
	{ "copy", copy },
	{ "copy with interrupts off", interrupts_off },
	{ "right after STI", sti_before },
	{ "single step over a list", single_step },
	{ "multicall", multicalls },
	{ "registers in the middle", registers },
	{ "decrease and populate", reservations },
	{ "extents of 2 MiB", large_extents },
	{ "pages that move", moves },
	{ "multicall of lists", multicall_of_lists },
	{ "multicall that waits", multicall_that_waits },
	{ "a table that grows", grown },
	{ "swap_grant_ref", swaps },
	{ "map and unmap", maps },
	{ "set_version", versions },
	{ "console_io", console },
	{ "EVTCHNOP_reset", ports_reset },
	{ "string I/O", string_io },
	TEST_CASES_END
};
