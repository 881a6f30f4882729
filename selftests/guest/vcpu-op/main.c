// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claim: vcpu_op on the calling vCPU, on one that is down and on one that does
 * not exist gives what Xen gives, and registration of a vcpu_info moves it with
 * its contents.
 *
 * Why: Linux panics or BUGs on nearly every unexpected value here.
 */
#include "guest.h"

#include <xen/hvm/hvm_vcpu.h>
#include <xen/vcpu.h>

#define NOBODY 200	/* beyond any configured here */

static struct vcpu_info *area;		/* a page of room for vcpu_infos */

static long reg(u32 vcpu, unsigned long gfn, u32 offset)
{
	struct vcpu_register_vcpu_info a = { .mfn = gfn, .offset = offset };

	return vcpu_op(VCPUOP_register_vcpu_info, vcpu, &a);
}

static void nobody(void)
{
	static const u8 cmds[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 13, 63 };
	u8 arg[256] = { 0 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cmds); i++) {
		expect_rc(vcpu_op(cmds[i], NOBODY, arg), -XEN_ENOENT, "cmd %u", cmds[i]);
		expect_rc(vcpu_op(cmds[i], 0xffffffff, arg), -XEN_ENOENT, "cmd %u, vCPU -1",
			  cmds[i]);
	}
}

/* What a CPU could not be in: it is said at once, and not by the end of the domain. */
static void refused_contexts(void)
{
	struct vcpu_hvm_context ctx;
	struct vcpu_hvm_x86_32 *r = &ctx.cpu_regs.x86_32;
	struct vcpu_hvm_x86_32 good;

	smp_context32(&ctx, 0);
	good = *r;
#define REFUSED(field, value)								\
	do {										\
		*r = good;								\
		r->field = (value);							\
		expect_rc(vcpu_op(VCPUOP_initialise, 1, &ctx), -XEN_EINVAL,		\
			  "initialise, " #field " " #value);				\
	} while (0)
	REFUSED(ss_ar, 0xcb3);
	REFUSED(ds_ar, 0xc83);
	REFUSED(es_ar, 0xcb3);
	REFUSED(cs_ar, 0xc93);
	REFUSED(tr_ar, 0x83);
	REFUSED(cr0, CR0_PG);
#undef REFUSED
	*r = good;
	r->cr0 |= CR0_PG;
	r->efer = EFER_LME;
	expect_rc(vcpu_op(VCPUOP_initialise, 1, &ctx), -XEN_EINVAL,
		  "initialise, long mode without PAE");
}

static void states(void)
{
	struct vcpu_hvm_context ctx;

	memset(&ctx, 0, sizeof(ctx));
	expect_rc(vcpu_op(VCPUOP_is_up, 0, NULL), 1, "is_up of this vCPU");
	expect_rc(vcpu_op(VCPUOP_up, 0, NULL), 0, "up of this vCPU");
	expect_rc(vcpu_op(VCPUOP_initialise, 0, &ctx), -XEN_EEXIST, "initialise of this vCPU");
	if (opt_u64("vcpus", 1) > 1) {
		expect_rc(vcpu_op(VCPUOP_is_up, 1, NULL), 0, "is_up of a vCPU that is down");
		expect_rc(vcpu_op(VCPUOP_up, 1, NULL), -XEN_EINVAL, "up before initialise");
		expect_rc(vcpu_op(VCPUOP_down, 1, NULL), 0, "down of a vCPU that is down");
		ctx.mode = 7;
		expect_rc(vcpu_op(VCPUOP_initialise, 1, &ctx), -XEN_EINVAL, "initialise, mode 7");
		/* 64-bit mode wants paging, PAE and long mode together */
		memset(&ctx, 0, sizeof(ctx));
		ctx.mode = VCPU_HVM_MODE_64B;
		expect_rc(vcpu_op(VCPUOP_initialise, 1, &ctx), -XEN_EINVAL,
			  "initialise, 64-bit without its control bits");
		ctx.mode = VCPU_HVM_MODE_32B;
		expect_rc(vcpu_op(VCPUOP_initialise, 1, &ctx), -XEN_EINVAL,
			  "initialise, 32-bit without segments");
		refused_contexts();
	}
}

static void vcpu_info(void)
{
	unsigned long gfn = (unsigned long)area >> PAGE_SHIFT;
	struct vcpu_info *v = (void *)((u8 *)area + 512);
	volatile struct vcpu_info *old;

	require(!shared_info_map(), "shared_info");
	old = &shared_info->vcpu_info[0];
	expect_rc(reg(0, gfn, PAGE_SIZE - 63), -XEN_ENXIO, "offset running over the page");
	expect_rc(reg(0, gfn, PAGE_SIZE), -XEN_ENXIO, "offset at the page's end");
	expect_rc(reg(0, gfn, 0xffffffc0), -XEN_ENXIO, "wild offset");
	expect_rc(reg(0, gfn, 4), -XEN_ENXIO, "offset not aligned");
	expect(reg(0, 0xfd000, 0) < 0, "a frame without memory");
	expect(reg(0, ~0UL >> 12, 0) < 0, "a wild frame");

	old->evtchn_pending_sel = 0;
	old->evtchn_upcall_mask = 1;
	memset(v, 0x55, sizeof(*v));
	memset((u8 *)v - 8, 0x55, 8);
	memset(v + 1, 0x55, 8);
	expect_rc(reg(0, gfn, 512), 0, "registration");
	expect_eq(v->evtchn_upcall_mask, 1, "upcall mask is copied");
	expect_eq(v->evtchn_upcall_pending, 1, "an upcall is pending, to be sure none is lost");
	expect_eq(v->evtchn_pending_sel, ~0UL, "selector has all bits set");
	expect(v->time.tsc_to_system_mul && !(v->time.version & 1), "no clock in the new place");
	expect_eq(*((u8 *)v - 1), 0x55, "byte before");
	expect_eq(*(u8 *)(v + 1), 0x55, "byte behind");
	expect_rc(reg(0, gfn, 1024), -XEN_EINVAL, "second registration");
	v->evtchn_upcall_mask = 0;
	cpus[0].vcpu_info = v;
	/* the clock goes on in the new place */
	expect(system_time(), "no system time");
}

static void other_vcpu_info(void)
{
	unsigned long gfn = (unsigned long)area >> PAGE_SHIFT;
	struct vcpu_info *v = (void *)((u8 *)area + 2048);

	skip_if(opt_u64("vcpus", 1) < 2, "one vCPU only");
	memset(v, 0x55, sizeof(*v));
	expect_rc(reg(1, gfn, 2048), 0, "registration for a vCPU that is down");
	expect_eq(v->evtchn_upcall_pending, 1, "upcall pending");
	expect_eq(v->evtchn_pending_sel, ~0UL, "selector");
	expect_rc(reg(1, gfn, 3072), -XEN_EINVAL, "second registration");
}

static void timers(void)
{
	struct vcpu_set_periodic_timer p = { .period_ns = 999999 };
	struct vcpu_set_singleshot_timer s = { .timeout_abs_ns = ~0ULL };

	expect_rc(vcpu_op(VCPUOP_set_periodic_timer, 0, &p), -XEN_EINVAL, "period below 1 ms");
	p.period_ns = 0;
	expect_rc(vcpu_op(VCPUOP_set_periodic_timer, 0, &p), -XEN_EINVAL, "period 0");
	p.period_ns = 10 * NSEC_PER_MSEC;
	expect_rc(vcpu_op(VCPUOP_set_periodic_timer, 0, &p), 0, "period 10 ms");
	expect_rc(vcpu_op(VCPUOP_stop_periodic_timer, 0, NULL), 0, "stop_periodic_timer");
	expect_rc(vcpu_op(VCPUOP_stop_periodic_timer, 0, NULL), 0, "stop_periodic_timer again");
	expect_rc(vcpu_op(VCPUOP_set_singleshot_timer, 0, &s), 0, "singleshot far away");
	expect_rc(vcpu_op(VCPUOP_stop_singleshot_timer, 0, NULL), 0, "stop_singleshot_timer");
	if (opt_u64("vcpus", 1) > 1) {
		expect_rc(vcpu_op(VCPUOP_set_singleshot_timer, 1, &s), -XEN_EINVAL,
			  "singleshot timer of another vCPU");
		expect_rc(vcpu_op(VCPUOP_stop_singleshot_timer, 1, NULL), -XEN_EINVAL,
			  "stop_singleshot_timer of another vCPU");
		expect_rc(vcpu_op(VCPUOP_stop_periodic_timer, 1, NULL), 0,
			  "stop_periodic_timer of another vCPU");
	}
}

static void areas(void)
{
	static struct vcpu_runstate_info rs __aligned(64);
	static struct vcpu_time_info ti __aligned(64);
	struct vcpu_register_runstate_memory_area ra;
	struct vcpu_register_time_memory_area ta;
	long rc;

	memset(&ra, 0, sizeof(ra));
	memset(&ta, 0, sizeof(ta));
	ra.addr.p = (unsigned long)&rs;
	memset(&rs, 0x55, sizeof(rs));
	expect_rc(vcpu_op(VCPUOP_register_runstate_memory_area, 0, &ra), 0, "runstate area");
	expect_eq(rs.state, RUNSTATE_running, "state, written at once");
	expect_rc(vcpu_op(VCPUOP_register_runstate_memory_area, 0, &ra), 0, "runstate area again");
	ra.addr.p = 0;
	expect_rc(vcpu_op(VCPUOP_register_runstate_memory_area, 0, &ra), 0, "runstate area off");
	ta.addr.p = (unsigned long)&ti;
	rc = vcpu_op(VCPUOP_register_vcpu_time_memory_area, 0, &ta);
	expect_rc(rc, 0, "time area");
	if (!rc) {
		expect(ti.tsc_to_system_mul, "no clock in the time area");
		ta.addr.p = 0;
		expect_rc(vcpu_op(VCPUOP_register_vcpu_time_memory_area, 0, &ta), 0,
			  "time area off");
	}
}

static void others(void)
{
	u8 b[64] = { 0 };

	expect_rc(vcpu_op(VCPUOP_get_physid, 0, b), -XEN_EINVAL, "get_physid");
	expect_rc(vcpu_op(14, 0, b), -XEN_ENOSYS, "cmd 14, newer than 4.17");
	expect_rc(vcpu_op(15, 0, b), -XEN_ENOSYS, "cmd 15, newer than 4.17");
	expect_rc(vcpu_op(63, 0, b), -XEN_ENOSYS, "cmd 63");
	expect_rc(vcpu_op(0x7fffffff, 0, b), -XEN_ENOSYS, "cmd 0x7fffffff");
}

void test_setup(void)
{
	if (!xen.present)
		test_skip_all("no Xen here");
	area = page_alloc(1);
}

TEST_CASES = {
	{ "vCPUs that do not exist", nobody },
	{ "up, down, initialise", states },
	{ "register_vcpu_info", vcpu_info },
	{ "register_vcpu_info for another", other_vcpu_info },
	{ "timers", timers },
	{ "runstate and time areas", areas },
	{ "other commands", others },
	TEST_CASES_END
};
