// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claim: whatever several domains with several vCPUs each do with event
 * channels, grants and their memory, in whatever order and at the same time,
 * the host and a domain beside them do not notice.
 *
 * Why: mistakes in such code are found by sequences that nobody thinks of. The
 * calls here are well-formed more often than not: ports, references, frames and
 * domains are chosen from the few that exist, and arguments are changed by the
 * other vCPU while they are looked at.
 *
 * "seed=" gives the same calls again (not the same timing), "rounds=" their
 * number for each vCPU, "workers=" the number of those. With "host=1" every
 * other domain is domain 0, for xlhv-fuzz's processes. With "rough=1" they do what
 * rough.c has, too; xlhv-life makes such domains.
 */
#include "fuzz.h"

#include <xen/hvm/hvm_op.h>
#include <xen/memory.h>
#include <xen/vcpu.h>

#define NR_KINDS	24

u8 *sand, *canary;
static u64 *args;		/* a page that all vCPUs write */
static u32 calls[MAX_CPUS], good[MAX_CPUS];
static bool host;

domid_t any_dom(struct fuzz *f)
{
	if (host && below(f, 2))
		return 0;
	switch (below(f, 8)) {
	case 0:
		return DOMID_SELF;
	case 1:
		return xen.domid;
	case 2:
		return below(f, 2) ? 0 : rng_u64(&f->rng);
	default:
		return peer_domid(below(f, opt_u64("domains", 1)));
	}
}

/* A frame that may be lost, or where none is. */
unsigned long any_gfn(struct fuzz *f)
{
	switch (below(f, 8)) {
	case 0:
		return rng_u64(&f->rng) | 0x100000;	/* never one of ours */
	case 1:
	case 2:
	case 3:
		return MAP_GFN + below(f, NR_MAP_GFNS);
	default:
		return ((unsigned long)sand >> PAGE_SHIFT) + below(f, NR_SAND);
	}
}

static u32 any_port(struct fuzz *f)
{
	return below(f, 20) ? below(f, 40) : rng_u64(&f->rng);
}

u32 any_ref(struct fuzz *f)
{
	return below(f, 20) ? below(f, 48) : rng_u64(&f->rng);
}

static u32 any_vcpu(struct fuzz *f)
{
	return below(f, 10) ? below(f, 2) : rng_u64(&f->rng);
}

/* What a guest does to its own table, without a call. */
static void scribble_entry(struct fuzz *f)
{
	u64 value = (u64)(u32)any_gfn(f) << 32 | (u32)any_dom(f) << 16;

	value |= below(f, 6) ? GTF_permit_access | (below(f, 4) ? 0 : GTF_readonly) :
			       rng_u64(&f->rng) & 0x1ff;
	((volatile u64 *)grant_table)[below(f, 48)] = value;
}

static void touch(struct fuzz *f)
{
	void *p = below(f, 2) ? map_address(below(f, NR_MAP_GFNS)) :
				sand + below(f, NR_SAND) * PAGE_SIZE;
	u32 v;

	if (below(f, 2))
		probe_read32(p, &v);
	else
		probe_write32(p, rng_u64(&f->rng));
}

static long event_call(struct fuzz *f, u32 cmd, void *arg)
{
	struct evtchn_bind_interdomain *bind = arg;
	struct evtchn_bind_virq *virq = arg;
	struct evtchn_status *status = arg;
	struct evtchn_alloc_unbound *alloc = arg;
	struct evtchn_bind_vcpu *vcpu = arg;
	struct evtchn_init_control *init = arg;
	struct evtchn_expand_array *expand = arg;

	switch (cmd) {
	case EVTCHNOP_bind_interdomain:
		bind->remote_dom = any_dom(f);
		bind->remote_port = any_port(f);
		break;
	case EVTCHNOP_bind_virq:
		virq->virq = below(f, 26);
		virq->vcpu = any_vcpu(f);
		break;
	case EVTCHNOP_status:
		status->dom = any_dom(f);
		status->port = any_port(f);
		break;
	case EVTCHNOP_alloc_unbound:
		alloc->dom = below(f, 4) ? DOMID_SELF : any_dom(f);
		alloc->remote_dom = any_dom(f);
		break;
	case EVTCHNOP_bind_ipi:
		*(u32 *)arg = any_vcpu(f);
		break;
	case EVTCHNOP_bind_vcpu:
	case EVTCHNOP_set_priority:
		vcpu->port = any_port(f);
		vcpu->vcpu = any_vcpu(f);
		break;
	case EVTCHNOP_reset:
		*(domid_t *)arg = below(f, 30) ? xen.domid + 1 : DOMID_SELF;
		break;
	case EVTCHNOP_init_control:
		init->control_gfn = any_gfn(f);
		init->offset = below(f, 4) ? 8 * below(f, 500) : rng_u64(&f->rng);
		init->vcpu = any_vcpu(f);
		break;
	case EVTCHNOP_expand_array:
		expand->array_gfn = any_gfn(f);
		break;
	default:
		*(u32 *)arg = any_port(f);
	}
	return evtchn_op(cmd, arg);
}

static void fill_copy(struct fuzz *f, struct gnttab_copy *c)
{
	c->flags = below(f, 4);
	if (c->flags & GNTCOPY_source_gref)
		c->source.u.ref = any_ref(f);
	else
		c->source.u.gmfn = any_gfn(f);
	if (c->flags & GNTCOPY_dest_gref)
		c->dest.u.ref = any_ref(f);
	else
		c->dest.u.gmfn = any_gfn(f);
	c->source.domid = c->flags & GNTCOPY_source_gref ? any_dom(f) : DOMID_SELF;
	c->dest.domid = c->flags & GNTCOPY_dest_gref ? any_dom(f) : DOMID_SELF;
	c->source.offset = below(f, 4200);
	c->dest.offset = below(f, 4200);
	c->len = below(f, 3000);
}

static long grant_call(struct fuzz *f, u32 cmd, void *arg)
{
	struct gnttab_map_grant_ref *map = arg;
	struct gnttab_unmap_grant_ref *unmap = arg;
	struct gnttab_swap_grant_ref *swap = arg;

	switch (cmd) {
	case GNTTABOP_map_grant_ref:
		map->host_addr = (u64)any_gfn(f) << PAGE_SHIFT;
		map->flags = below(f, 10) ? GNTMAP_host_map | (below(f, 2) * GNTMAP_readonly) :
					    rng_u64(&f->rng);
		map->ref = any_ref(f);
		map->dom = any_dom(f);
		break;
	case GNTTABOP_unmap_grant_ref:
		unmap->host_addr = (u64)(MAP_GFN + below(f, NR_MAP_GFNS)) << PAGE_SHIFT;
		if (!below(f, 3))
			unmap->host_addr = 0;
		unmap->dev_bus_addr = 0;
		unmap->handle = below(f, 40);
		break;
	case GNTTABOP_copy:
		fill_copy(f, arg);
		break;
	case GNTTABOP_swap_grant_ref:
		swap->ref_a = any_ref(f);
		swap->ref_b = any_ref(f);
		break;
	case GNTTABOP_set_version:
		*(u32 *)arg = 1 + below(f, 2);
		break;
	default:
		*(domid_t *)arg = any_dom(f);
	}
	return grant_op(cmd, arg, 1);
}

/* Everything that was mapped, by handle and place, is found some day: try all of one place. */
static long unmap_some(struct fuzz *f)
{
	unsigned int n = below(f, NR_MAP_GFNS);
	u32 handle;

	for (handle = 0; handle < 32; handle++)
		if (grant_unmap(n, handle) == GNTST_okay)
			return 0;
	return -1;
}

static long memory_call(struct fuzz *f)
{
	static const u16 spaces[] = { XENMAPSPACE_grant_table, XENMAPSPACE_gmfn,
				      XENMAPSPACE_shared_info };
	struct xen_remove_from_physmap gone = { .domid = DOMID_SELF, .gpfn = any_gfn(f) };
	struct xen_memory_reservation r = { .nr_extents = 1, .domid = DOMID_SELF };
	xen_pfn_t gfn = any_gfn(f);

	set_xen_guest_handle(r.extent_start, &gfn);
	switch (below(f, 6)) {
	case 0:
		return memory_op(XENMEM_remove_from_physmap, &gone);
	case 1:
		return memory_op(XENMEM_decrease_reservation, &r) - 1;
	case 2:
	case 3:
		return memory_op(XENMEM_populate_physmap, &r) - 1;
	default:
		return physmap_add(spaces[below(f, 3)], below(f, 2) ? below(f, 4) : any_gfn(f),
				   any_gfn(f));
	}
}

/* Not, unless "vectors=1", what brings interrupts that nobody here handles. */
static u32 any_hvm_op(struct fuzz *f)
{
	u32 op = below(f, 26);

	if (opt_u64("vectors", 0))
		return op;
	return op == HVMOP_set_evtchn_upcall_vector || op == HVMOP_set_param ? HVMOP_get_param : op;
}

static long other_call(struct fuzz *f, u64 *arg)
{
	struct vcpu_set_singleshot_timer timer = { .timeout_abs_ns = rng_u64(&f->rng) };
	struct vcpu_register_vcpu_info info = { .mfn = any_gfn(f), .offset = 64 * below(f, 64) };

	switch (below(f, 7)) {
	case 0:
		return sched_op(SCHEDOP_yield, NULL);
	case 1:
		return vcpu_op(VCPUOP_set_singleshot_timer, f->cpu, &timer);
	case 2:
		return below(f, 50) ? 0 : vcpu_op(VCPUOP_register_vcpu_info, any_vcpu(f), &info);
	case 3:
		arg[0] = (unsigned long)sand + below(f, NR_SAND * PAGE_SIZE);
		return vcpu_op(VCPUOP_register_runstate_memory_area, any_vcpu(f), arg);
	case 4:
		return hvm_op(any_hvm_op(f), arg);
	case 5:
		return xen_version_op(below(f, 12), sand + below(f, NR_SAND) * PAGE_SIZE);
	default:
		return vcpu_op(VCPUOP_is_up, any_vcpu(f), NULL) < 0;
	}
}

static long one_call(struct fuzz *f)
{
	/* sometimes where the other vCPU writes, too */
	u64 *arg = below(f, 3) ? f->own : args + 8 * below(f, 4);

	args[below(f, 32)] = rng_u64(&f->rng) >> below(f, 64);
	switch (below(f, NR_KINDS)) {
	case 0 ... 7:
		return event_call(f, below(f, 15), arg);
	case 8 ... 10:
		return grant_call(f, GNTTABOP_map_grant_ref, arg);
	case 11:
		return grant_call(f, GNTTABOP_unmap_grant_ref, arg);
	case 12 ... 13:
		return grant_call(f, GNTTABOP_copy, arg);
	case 14:
		return grant_call(f, below(f, 30) ? GNTTABOP_swap_grant_ref : GNTTABOP_set_version,
				  arg);
	case 15:
		return grant_call(f, GNTTABOP_get_version, arg);
	case 16 ... 17:
		scribble_entry(f);
		return 0;
	case 18:
		touch(f);
		return 0;
	case 19:
		return unmap_some(f);
	case 20 ... 21:
		return memory_call(f);
	default:
		return other_call(f, arg);
	}
}

static void fuzz_on(void *data)
{
	u32 cpu = this_cpu()->id, rounds = opt_u64("rounds", 3000), rough = opt_u64("rough", 0), i;
	struct fuzz f = { .cpu = cpu };

	rng_seed(&f.rng, (opt_u64("seed", 0x5eed) << 8 | opt_u64("index", 0) << 4 | cpu) *
			 0x9e3779b97f4a7c15ULL);
	if (rough)
		rough_begin(&f);
	for (i = 0; i < rounds; i++) {
		if (rough)
			rough_turn(&f);
		calls[cpu]++;
		good[cpu] += one_call(&f) == 0;
	}
}

static void by_chance(void)
{
	u32 workers = opt_u64("workers", 2), i, all = 0, well = 0;

	printf("# seed %#llx\n", (unsigned long long)opt_u64("seed", 0x5eed));
	if (opt_u64("rough", 0))
		rough_setup(workers, smp_count());
	for (i = 1; i < workers; i++)
		require(smp_start(i, SMP_SIPI), "vCPU %u does not come up", i);
	for (i = 1; i < workers; i++)
		smp_call(i, fuzz_on, NULL);
	fuzz_on(NULL);
	for (i = 0; i < workers; i++) {
		expect(!i || smp_wait(i, 500000000), "vCPU %u does not end", i);
		all += calls[i];
		well += good[i];
	}
	printf("# %u calls, of which %u went well\n", all, well);
	expect(well > all / 20, "hardly a call went well");
	expect_eq(mem_is(canary, 0x5a, PAGE_SIZE), PAGE_SIZE, "bytes of a page nobody was told of");
	expect_rc(xen_version_op(0, NULL), xen.version, "version");
}

/* The one beside them: it does simple things, which all have to go right. */
static void bystander(void)
{
	u32 i, rounds = opt_u64("rounds", 3000) / 4;
	u8 *from = sand, *to = sand + PAGE_SIZE;
	long a, b;

	for (i = 0; i < rounds && !test_has_failed(); i++) {
		a = evtchn_alloc_unbound(DOMID_SELF, DOMID_SELF);
		b = evtchn_bind_interdomain(DOMID_SELF, a);
		require(a > 0 && b > 0, "ports %ld and %ld", a, b);
		evtchn_2l_clear(a);
		expect_rc(evtchn_send(b), 0, "send");
		expect(evtchn_2l_pending(a), "no event in round %u", i);
		expect_rc(evtchn_close(a), 0, "close");
		expect_rc(evtchn_close(b), 0, "close");
		memset(from, i, PAGE_SIZE);
		grant_page(20, xen.domid, from, true);
		expect_rc(grant_copy_from(to, xen.domid, 20, 0, PAGE_SIZE), GNTST_okay, "copy");
		expect(!memcmp(from, to, PAGE_SIZE), "bytes in round %u", i);
		expect(grant_revoke(20), "revoke");
	}
	expect_eq(mem_is(canary, 0x5a, PAGE_SIZE), PAGE_SIZE, "bytes of our page");
}

static void play(void)
{
	if (opt_u64("index", 0) + 1 == opt_u64("domains", 1))
		bystander();
	else
		by_chance();
}

void test_setup(void)
{
	if (!xen.present)
		test_skip_all("no Xen here");
	host = opt_u64("host", 0);
	grants_init();
	args = page_alloc(1);
	page_alloc(1);
	sand = page_alloc(NR_SAND);
	page_alloc(1);
	canary = page_alloc(1);
	memset(canary, 0x5a, PAGE_SIZE);
}

TEST_CASES = {
	{ "calls by chance", play },
	TEST_CASES_END
};
