// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claim: the runstate area says where a vCPU's time went: the times of the
 * states and the running slice add up to system time passed, a sleep counts as
 * blocked, and the update flag brackets every change once it is switched on.
 *
 * Why: Linux takes its steal time from here and reads other vCPUs' areas.
 */
#include "evtchn.h"
#include "guest.h"

#include <xen/vcpu.h>

static struct vcpu_runstate_info area __aligned(64);

static u64 total(const struct vcpu_runstate_info *r, u64 now)
{
	u64 sum = now - (r->state_entry_time & ~XEN_RUNSTATE_UPDATE);
	unsigned int i;

	for (i = 0; i < 4; i++)
		sum += r->time[i];
	return sum;
}

static void copy(struct vcpu_runstate_info *out)
{
	u64 t;

	do {
		t = READ_ONCE(area.state_entry_time);
		barrier();
		memcpy(out, &area, sizeof(area));
		barrier();
	} while (t != READ_ONCE(area.state_entry_time) || (t & XEN_RUNSTATE_UPDATE));
}

static long port;

static void sleep_ns(u64 ns)
{
	struct vcpu_set_singleshot_timer s = { .timeout_abs_ns = system_time() + ns };

	event_count[port] = 0;
	vcpu_op(VCPUOP_set_singleshot_timer, 0, &s);
	while (!event_count[port]) {
		sti_hlt();
		cli();
	}
}

static void at_once(void)
{
	struct vcpu_register_runstate_memory_area ra;

	memset(&ra, 0, sizeof(ra));
	memset(&area, 0x55, sizeof(area));
	ra.addr.p = (unsigned long)&area;
	expect_rc(vcpu_op(VCPUOP_register_runstate_memory_area, 0, &ra), 0, "registration");
	expect_eq(area.state, RUNSTATE_running, "state");
	expect(area.state_entry_time <= system_time(), "entry time lies in the future");
	expect(area.time[RUNSTATE_running] < 3600 * NSEC_PER_SEC, "running for %llu ns",
	       (unsigned long long)area.time[RUNSTATE_running]);
}

static void hypercall(void)
{
	struct vcpu_runstate_info r;
	u64 now;

	memset(&r, 0x55, sizeof(r));
	expect_rc(vcpu_op(VCPUOP_get_runstate_info, 0, &r), 0, "get_runstate_info");
	now = system_time();
	expect_eq(r.state, RUNSTATE_running, "state of the caller");
	expect(r.state_entry_time <= now, "entry time lies in the future");
	if (opt_u64("vcpus", 1) > 1) {
		expect_rc(vcpu_op(VCPUOP_get_runstate_info, 1, &r), 0, "of a vCPU that is down");
		expect_eq(r.state, RUNSTATE_offline, "state of a vCPU that is down");
	}
}

static void adds_up(void)
{
	struct vcpu_runstate_info a, b;
	u64 t0, t1, d;

	copy(&a);
	t0 = system_time();
	mdelay(2);
	sleep_ns(3 * NSEC_PER_MSEC);
	mdelay(2);
	copy(&b);
	t1 = system_time();
	d = total(&b, t1) - total(&a, t0);
	expect(d >= (t1 - t0) - NSEC_PER_MSEC / 10 && d <= (t1 - t0) + NSEC_PER_MSEC / 10,
	       "states account for %llu ns of %llu", (unsigned long long)d,
	       (unsigned long long)(t1 - t0));
	d = b.time[RUNSTATE_blocked] - a.time[RUNSTATE_blocked];
	expect(d >= 2 * NSEC_PER_MSEC && d < 20 * NSEC_PER_MSEC, "a sleep of 3 ms counts %llu ns",
	       (unsigned long long)d);
	expect(b.time[RUNSTATE_offline] == a.time[RUNSTATE_offline], "time offline grew");
	expect(b.state_entry_time >= a.state_entry_time, "entry time went back");
	expect_eq(b.state, RUNSTATE_running, "state");
}

static void update_flag(void)
{
	struct vcpu_runstate_info a;
	unsigned int i;

	expect_rc(hypercall2(__HYPERVISOR_vm_assist, VMASST_CMD_enable,
			     VMASST_TYPE_runstate_update_flag),
		  0, "vm_assist");
	/* seen from the vCPU itself the flag is never set: each update is complete */
	for (i = 0; i < 20; i++) {
		sleep_ns(NSEC_PER_MSEC / 5);
		if (!expect(!(READ_ONCE(area.state_entry_time) & XEN_RUNSTATE_UPDATE),
			    "update flag left set"))
			break;
	}
	copy(&a);
	expect(a.state_entry_time <= system_time(), "entry time");
	expect_rc(hypercall2(__HYPERVISOR_vm_assist, VMASST_CMD_disable,
			     VMASST_TYPE_runstate_update_flag),
		  0, "vm_assist off");
}

#if HAVE_PAGING
/*
 * The area is a linear address of the kernel; later updates happen while other
 * page tables may be loaded. It crosses a page here as well.
 */
static void remapped(void)
{
	struct vcpu_register_runstate_memory_area ra;
	unsigned long va = VA_TEST + 0x6000000;
	u8 *f1, *f0 = page_alloc(1);
	struct vcpu_runstate_info r;

	page_alloc(1);
	f1 = page_alloc(1);
	memset(&ra, 0, sizeof(ra));
	page_set(va, (unsigned long)f0 | PTE_P | PTE_W);
	page_set(va + PAGE_SIZE, (unsigned long)f1 | PTE_P | PTE_W);
	ra.addr.p = va + PAGE_SIZE - 20;
	require(!vcpu_op(VCPUOP_register_runstate_memory_area, 0, &ra),
		"registration across pages");
	/* gone from the page tables: the frames must still be updated */
	page_set(va, 0);
	page_set(va + PAGE_SIZE, 0);
	sleep_ns(NSEC_PER_MSEC);
	memcpy(&r, f0 + PAGE_SIZE - 20, 20);
	memcpy((u8 *)&r + 20, f1, sizeof(r) - 20);
	expect_eq(r.state, RUNSTATE_running, "state");
	expect(r.time[RUNSTATE_blocked] > 0, "no blocked time behind unmapped addresses");
	expect(system_time() - (r.state_entry_time & ~XEN_RUNSTATE_UPDATE) < 500 * NSEC_PER_MSEC,
	       "entry time is stale");
	ra.addr.p = (unsigned long)&area;
	vcpu_op(VCPUOP_register_runstate_memory_area, 0, &ra);
}
#else
static void remapped(void)
{
	test_skip("no paging in this environment");
}
#endif

void test_setup(void)
{
	if (!xen.present)
		test_skip_all("no Xen here");
	if (shared_info_map() || upcall_init(UPCALL_GLOBAL))
		test_error("no events");
	port = evtchn_bind_virq(VIRQ_TIMER, 0);
	if (port < 0)
		test_error("bind_virq gives %ld", port);
	evtchn_unmask(port);
}

TEST_CASES = {
	{ "written at registration", at_once },
	{ "get_runstate_info", hypercall },
	{ "the states add up", adds_up },
	{ "update flag", update_flag },
	{ "area mapped elsewhere and across pages", remapped },
	TEST_CASES_END
};
