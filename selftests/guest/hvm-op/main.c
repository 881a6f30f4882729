// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claim: HVM parameters are readable and writable by the guest exactly where
 * Xen allows it, each refusal with its own error, values kept.
 *
 * Why: the parameters carry the console and store rings and the callback; a
 * guest that may write the others could redirect what belongs to the toolstack.
 */
#include "evtchn.h"
#include "guest.h"

#include <xen/hvm/hvm_op.h>

#define R 1
#define W 2

static const struct { u8 idx, access; } table[] = {
	{ HVM_PARAM_CALLBACK_IRQ, R | W }, { HVM_PARAM_STORE_PFN, R },
	{ HVM_PARAM_STORE_EVTCHN, R | W }, { HVM_PARAM_IOREQ_PFN, 0 },
	{ HVM_PARAM_BUFIOREQ_PFN, 0 }, { HVM_PARAM_VIRIDIAN, 0 }, { HVM_PARAM_TIMER_MODE, 0 },
	{ HVM_PARAM_HPET_ENABLED, 0 }, { HVM_PARAM_IDENT_PT, 0 }, { HVM_PARAM_ACPI_S_STATE, 0 },
	{ HVM_PARAM_VM86_TSS, R | W }, { HVM_PARAM_VPT_ALIGN, 0 }, { HVM_PARAM_CONSOLE_PFN, R },
	{ HVM_PARAM_CONSOLE_EVTCHN, R | W }, { HVM_PARAM_ACPI_IOPORTS_LOCATION, R | W },
	{ HVM_PARAM_PAGING_RING_PFN, 0 }, { HVM_PARAM_MONITOR_RING_PFN, 0 },
	{ HVM_PARAM_SHARING_RING_PFN, 0 }, { HVM_PARAM_TRIPLE_FAULT_REASON, 0 },
	{ HVM_PARAM_IOREQ_SERVER_PFN, 0 }, { HVM_PARAM_NR_IOREQ_SERVER_PAGES, 0 },
	{ HVM_PARAM_VM_GENERATION_ID_ADDR, R | W }, { HVM_PARAM_ALTP2M, R },
	{ HVM_PARAM_VM86_TSS_SIZED, R | W }, { HVM_PARAM_X87_FIP_WIDTH, R | W },
	{ HVM_PARAM_MCA_CAP, 0 },
};

static void access(void)
{
	unsigned int i;
	u64 v;

	for (i = 0; i < ARRAY_SIZE(table); i++) {
		unsigned int idx = table[i].idx;

		v = 0;
		expect_rc(hvm_param_get(idx, &v), table[i].access & R ? 0 : -XEN_EPERM, "get %u",
			  idx);
		if (table[i].access & W)
			expect_rc(hvm_param_set(idx, v), 0, "set %u to its own value %#llx", idx,
				  (unsigned long long)v);
		else
			expect_rc(hvm_param_set(idx, 0), -XEN_EPERM, "set %u", idx);
	}
}

static void deprecated(void)
{
	static const u8 idx[] = { 4, 13, 20, 21, 22, 23, 24, 25, 26, 30 };
	unsigned int i;
	u64 v;

	for (i = 0; i < ARRAY_SIZE(idx); i++) {
		expect_rc(hvm_param_get(idx[i], &v), -XEN_EINVAL, "get %u", idx[i]);
		expect_rc(hvm_param_set(idx[i], 0), -XEN_EINVAL, "set %u", idx[i]);
	}
}

static void out_of_range(void)
{
	static const u32 idx[] = { 39, 40, 64, 255, 256, 0x10000, 0x7fffffff, 0x80000000,
				  0xffffffff };
	unsigned int i;
	u64 v;

	for (i = 0; i < ARRAY_SIZE(idx); i++) {
		expect_rc(hvm_param_get(idx[i], &v), -XEN_EINVAL, "get %#x", idx[i]);
		expect_rc(hvm_param_set(idx[i], 0), -XEN_EINVAL, "set %#x", idx[i]);
	}
}

static void kept(void)
{
	static const struct { u8 idx; u64 v[2]; } vals[] = {
		{ HVM_PARAM_VM_GENERATION_ID_ADDR, { 0x12345678, 0 } },
		{ HVM_PARAM_X87_FIP_WIDTH, { 4, 8 } },
		{ HVM_PARAM_STORE_EVTCHN, { 77, 0 } },
	};
	unsigned int i, k;
	u64 old, v;

	for (i = 0; i < ARRAY_SIZE(vals); i++) {
		hvm_param_get(vals[i].idx, &old);
		for (k = 0; k < 2; k++) {
			expect_rc(hvm_param_set(vals[i].idx, vals[i].v[k]), 0, "set %u",
				  vals[i].idx);
			expect_rc(hvm_param_get(vals[i].idx, &v), 0, "get %u", vals[i].idx);
			expect_eq(v, vals[i].v[k], "param %u", vals[i].idx);
		}
		hvm_param_set(vals[i].idx, old);
	}
	expect_rc(hvm_param_set(HVM_PARAM_X87_FIP_WIDTH, 3), -XEN_EINVAL, "x87 FIP width 3");
	expect_rc(hvm_param_set(HVM_PARAM_ACPI_IOPORTS_LOCATION, 2), -XEN_EINVAL,
		  "ACPI I/O ports location 2");
}

static void domains(void)
{
	struct xen_hvm_param p = { .domid = 0x7abc, .index = HVM_PARAM_CALLBACK_IRQ };
	long rc;

	expect_rc(hvm_op(HVMOP_get_param, &p), -XEN_ESRCH, "get, nobody");
	expect_rc(hvm_op(HVMOP_set_param, &p), -XEN_ESRCH, "set, nobody");
	p.domid = 0;
	rc = hvm_op(HVMOP_get_param, &p);
	expect(rc == -XEN_EPERM || rc == -XEN_EINVAL, "get, domain 0, gives %ld", rc);
	rc = hvm_op(HVMOP_set_param, &p);
	expect(rc == -XEN_EPERM || rc == -XEN_EINVAL, "set, domain 0, gives %ld", rc);
	p.domid = xen.domid;
	expect_rc(hvm_op(HVMOP_get_param, &p), 0, "get, own number");
}

static void rings(void)
{
	u64 pfn, port;

	hvm_param_get(HVM_PARAM_CONSOLE_PFN, &pfn);
	hvm_param_get(HVM_PARAM_CONSOLE_EVTCHN, &port);
	expect(!pfn == !port, "console ring %#llx and port %llu", (unsigned long long)pfn,
	       (unsigned long long)port);
	if (port) {
		struct evtchn_status st;

		expect_rc(evtchn_status(port, &st), 0, "status of the console port");
		expect(st.status == EVTCHNSTAT_unbound || st.status == EVTCHNSTAT_interdomain,
		       "console port has status %u", st.status);
		/* the page is memory, whatever the map says of it */
		phys_map(pfn << PAGE_SHIFT, PAGE_SIZE);
		expect(READ_ONCE(*(u32 *)(unsigned long)((pfn << PAGE_SHIFT) + 3072)) != 0xffffffff,
		       "console ring is not there");
	}
}

static void upcall_vector(void)
{
	struct xen_hvm_evtchn_upcall_vector v = { .vcpu = 0, .vector = 0xf3 };
	bool offered = xen.leaf4_flags & BIT(6);
	long rc = hvm_op(HVMOP_set_evtchn_upcall_vector, &v);

	if (rc == -XEN_ENOSYS) {
		expect(!offered, "CPUID offers per-vCPU vectors, the hypercall does not");
		test_skip("per-vCPU vectors not offered");
		return;
	}
	expect_rc(rc, 0, "vector 0xf3");
	v.vector = 0x0f;
	expect_rc(hvm_op(HVMOP_set_evtchn_upcall_vector, &v), -XEN_EINVAL, "vector 0x0f");
	v.vector = 0x10;
	expect_rc(hvm_op(HVMOP_set_evtchn_upcall_vector, &v), 0, "vector 0x10");
	v.vector = 0xf3;
	v.vcpu = 500;
	expect_rc(hvm_op(HVMOP_set_evtchn_upcall_vector, &v), -XEN_ENOENT, "vCPU 500");
	v.vcpu = 0xffffffff;
	expect_rc(hvm_op(HVMOP_set_evtchn_upcall_vector, &v), -XEN_ENOENT, "vCPU -1");
}

static void other_ops(void)
{
	struct { domid_t dom; u8 pad[6]; u64 gpa; } pt = { .dom = DOMID_SELF };
	struct { u64 now; } t = { 0 };
	long rc;
	u64 now;

	rc = hvm_op(HVMOP_pagetable_dying, &pt);
	expect(rc == -XEN_EINVAL || rc == -XEN_ENOSYS,
	       "pagetable_dying gives %ld: success makes a guest call it for ever", rc);
	expect_rc(hvm_op(HVMOP_get_time, &t), 0, "get_time");
	if (!shared_info_map()) {
		now = system_time();
		expect(t.now <= now && now - t.now < NSEC_PER_SEC,
		       "get_time %llu, system time %llu",
		       (unsigned long long)t.now, (unsigned long long)now);
	}
	rc = hvm_op(HVMOP_flush_tlbs, NULL);
	expect(rc == 0 || rc == -XEN_ENOSYS, "flush_tlbs gives %ld", rc);
	rc = hvm_op(24, &pt);
	expect(rc == -XEN_ENOSYS || rc == -XEN_EOPNOTSUPP || rc == -XEN_EINVAL,
	       "guest_request_vm_event gives %ld", rc);
	expect_rc(hvm_op(99, &pt), -XEN_ENOSYS, "op 99");
}

void test_setup(void)
{
	if (!xen.present)
		test_skip_all("no Xen here");
}

TEST_CASES = {
	{ "who may read and write what", access },
	{ "deprecated parameters", deprecated },
	{ "indices out of range", out_of_range },
	{ "values are kept", kept },
	{ "other domains", domains },
	{ "console ring and port", rings },
	{ "upcall vector", upcall_vector },
	{ "other operations", other_ops },
	TEST_CASES_END
};
