// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a guest does that wants to do harm: it starts and stops its virtual CPUs in every way at
 * once, passes lists without end, spreads what it has over all its addresses, has pages kept that
 * it has given back, and lets its programs reach for what is not theirs.
 *
 * What only the guest can see is told in lines that begin with "FOUND": a call in which no
 * interrupt comes, a program that got what is its kernel's, one that does not go on. The rest is
 * for who watches the host (xlhv-life). "without=" leaves some of it out, one bit each: starting
 * and stopping, programs, kept pages, long lists, multicalls, spreading, storms, programs at holes.
 */
#include "fuzz.h"

#include <xen/hvm/hvm_vcpu.h>
#include <xen/memory.h>
#include <xen/vcpu.h>

#define VEC_TIMER	0x77
#define DIV1		0xb
#define VA_LIST		0x0000010000000000UL	/* 512 GiB of the same 2 MiB */
#define VA_USER		0x0000008000000000UL	/* a page for ring 3 */
#define PIN_GFN		0xd0000UL	/* where granted pages are put: no RAM */
#define HOLE_GFN	0xf2000UL
#define NR_FRAMES	32		/* of the grant table */
#define FIRST_REF	64		/* below are those of the other calls */
#define NR_STARTS	6
#define START_PAGE	0x9000UL
#define CALL_MS		1000		/* of a CPU, for an interrupt that is due */
#define RING3_MS	700		/* of a CPU, for one access of a program */

static unsigned int workers, victims;
static u32 timer_10ms;
static volatile u64 fired[MAX_CPUS];
static u64 enough[MAX_CPUS];	/* TSC, when a long call has been long enough */
static u32 next_ref = FIRST_REF;
static u8 *big;			/* 2 MiB */
static u8 *pin_page;
static volatile u32 at_start;
static u64 without, theme_seed, theme_ticks;

enum { W_START, W_RING3, W_PIN, W_HUGE, W_MULTI, W_SPREAD, W_STORM, W_HOLE, NR_KINDS };

/* What a worker does without an interrupt in sight. */
static struct {
	const char *volatile what;
	volatile u64 since;
} busy[MAX_CPUS];

/*
 * Time.
 */

/* What we had of a CPU, in ns: what others have meanwhile is not a call's fault. */
static u64 had(u32 vcpu)
{
	struct vcpu_runstate_info info = {};

	vcpu_op(VCPUOP_get_runstate_info, vcpu, &info);
	return info.time[RUNSTATE_running];
}

static bool on_timer(struct cpu_regs *regs)
{
	static const u8 vmcall[] = { 0x0f, 0x01, 0xc1 };
	u32 id = this_cpu()->id;

	if (!fired[id])
		fired[id] = had(id);
	lapic_eoi();
	/* A call that gave way would go on now, for hours perhaps: it is left where it is. */
	if (rdtsc() > enough[id] && !memcmp((void *)regs->ip, vmcall, sizeof(vmcall))) {
		regs->ip += sizeof(vmcall);
		regs->ax = -1;
	} else {
		lapic_write(APIC_TMICT, timer_10ms);
	}
	return true;
}

static void timer_calibrate(void)
{
	trap_handler_set(VEC_TIMER, on_timer);
	lapic_write(APIC_LVT_TIMER, LVT_MASKED | VEC_TIMER);
	lapic_write(APIC_TDCR, DIV1);
	lapic_write(APIC_TMICT, ~0U);
	udelay(2000);
	timer_10ms = (~0U - lapic_read(APIC_TMCCT)) * 5;
	lapic_write(APIC_TMICT, 0);
}

/* A call may take as long as it likes, as long as an interrupt comes through. */
static u64 long_begin(struct fuzz *f)
{
	u64 since = had(f->cpu);

	fired[f->cpu] = 0;
	enough[f->cpu] = rdtsc() + tsc_of_us(below(f, 16) ? below(f, 100000) : 3000000);
	lapic_write(APIC_TDCR, DIV1);
	lapic_write(APIC_LVT_TIMER, VEC_TIMER);
	lapic_write(APIC_TMICT, timer_10ms);
	sti();
	return since;
}

static void long_end(struct fuzz *f, const char *what, u64 since)
{
	u64 took = had(f->cpu) - since, seen;

	irq_window();
	cli();
	lapic_write(APIC_LVT_TIMER, LVT_MASKED | VEC_TIMER);
	seen = (fired[f->cpu] ? fired[f->cpu] : had(f->cpu)) - since;
	if (took > CALL_MS * NSEC_PER_MSEC && seen > CALL_MS * NSEC_PER_MSEC)
		test_failed("FOUND %s of %u ms, the first interrupt after %u ms", what,
			    (u32)(took / NSEC_PER_MSEC), (u32)(seen / NSEC_PER_MSEC));
}

#define LONG(f, what, call)								\
	({										\
		u64 long_since = long_begin(f);						\
		long long_rc = (call);							\
		long_end(f, what, long_since);						\
		long_rc;								\
	})

/* Does another one do for too long what has an end? */
static void watch_others(struct fuzz *f)
{
	static u32 told;
	unsigned int i;
	u64 since;

	for (i = 0; i < workers; i++) {
		const char *what = busy[i].what;

		since = busy[i].since;
		if (i == f->cpu || !what || had(i) < since + RING3_MS * NSEC_PER_MSEC ||
		    busy[i].what != what || busy[i].since != since)
			continue;
		if (!__atomic_fetch_or(&told, 1U << i, __ATOMIC_SEQ_CST))
			test_failed("FOUND %s does not end", what);
	}
}

/*
 * Starting and stopping.
 */

/*
 * Sleeps until deadlines from now to the end of all time, each until an IPI or so. What
 * comes first is "mov $0, %ax" and a jump in 16 bits, and one "mov" in 32.
 */
#define SLEEP_TO_DEADLINES								\
	"cli\n"										\
	"mov $0x1b, %ecx\n"		/* IA32_APIC_BASE */				\
	"rdmsr\n"									\
	"or $0xc, %ah\n"	/* x2APIC */						\
	"wrmsr\n"									\
	"mov $0x80f, %ecx\n"	/* spurious vector: enable */				\
	"mov $0x1ff, %eax\n"								\
	"xor %edx, %edx\n"								\
	"wrmsr\n"									\
	"mov $0x832, %ecx\n"	/* LVT timer: deadline */				\
	"mov $0x40077, %eax\n"								\
	"wrmsr\n"									\
	"1: mov $0x6e0, %ecx\n"	/* IA32_TSC_DEADLINE */				\
	"rdtsc\n"									\
	"mov %eax, %edx\n"								\
	"bswap %edx\n"									\
	"wrmsr\n"									\
	"hlt\n"										\
	"jmp 1b\n"

__asm__(".pushsection .rodata\n"
	"start_sleeper: .code32\n"
	".byte 0xb8, 0, 0, 0xeb, 3f - 2f\n"
	"2:" SLEEP_TO_DEADLINES
	".code16\n"
	"3:" SLEEP_TO_DEADLINES
	".code64\n"
	"start_sleeper_end:\n"
	".popsection");
extern const u8 start_sleeper[], start_sleeper_end[];

static u32 any_victim(struct fuzz *f)
{
	return workers + below(f, victims);
}

static unsigned long any_start(struct fuzz *f)
{
	/* Most of them halt. */
	return START_PAGE + PAGE_SIZE * (below(f, 4) ? 0 : below(f, NR_STARTS));
}

static void send_init(u32 vcpu)
{
	lapic_icr(ICR_INIT | ICR_ASSERT | ICR_LEVEL, smp_apic_id(vcpu));
}

static void send_sipi(u32 vcpu, unsigned long start)
{
	lapic_icr(ICR_STARTUP | ICR_ASSERT | start >> PAGE_SHIFT, smp_apic_id(vcpu));
}

static long initialise(struct fuzz *f, u32 vcpu, unsigned long start)
{
	struct vcpu_hvm_context ctx;
	struct vcpu_hvm_x86_32 *r = &ctx.cpu_regs.x86_32;
	u8 *byte = (u8 *)&ctx;

	memset(&ctx, 0, sizeof(ctx));
	ctx.mode = VCPU_HVM_MODE_32B;
	r->eip = start;
	r->eflags = 2;
	r->cr0 = CR0_PE | CR0_ET;
	r->cs_limit = ~0U;
	r->ds_limit = ~0U;
	r->ss_limit = ~0U;
	r->es_limit = ~0U;
	r->tr_limit = 0x67;
	r->cs_ar = 0xc9b;
	r->ds_ar = 0xc93;
	r->ss_ar = 0xc93;
	r->es_ar = 0xc93;
	r->tr_ar = 0x8b;
	if (!below(f, 6))
		byte[below(f, sizeof(ctx))] ^= 1 << below(f, 8);
	return vcpu_op(VCPUOP_initialise, vcpu, &ctx);
}

/* All of them, while another worker does the same in another way. */
static void start_all(struct fuzz *f, bool by_ipi)
{
	u32 i;

	for (i = workers; i < workers + victims; i++) {
		if (by_ipi) {
			send_init(i);
			send_sipi(i, any_start(f));
		} else {
			initialise(f, i, any_start(f));
			if (!below(f, 4))
				vcpu_op(VCPUOP_up, i, NULL);
		}
	}
}

/* Again and again the same one, for up to three seconds. */
static void storm(struct fuzz *f)
{
	u64 end = rdtsc() + tsc_of_us(below(f, 6) ? below(f, 20000) : below(f, 3000000));
	u32 vcpu = below(f, 2) ? workers : any_victim(f);
	unsigned long start = any_start(f);

	do {
		send_init(vcpu);
		send_sipi(vcpu, start);
	} while (rdtsc() < end);
}

static void start_stop(struct fuzz *f)
{
	struct vcpu_register_vcpu_info info = { .mfn = any_gfn(f), .offset = 64 * below(f, 64) };
	u32 vcpu = any_victim(f), n = 1 + below(f, 8);

	switch (below(f, 12)) {
	case 0:
		start_all(f, below(f, 2));
		break;
	case 1 ... 3:
		while (n--) {
			send_init(vcpu);
			if (below(f, 4))
				send_sipi(vcpu, any_start(f));
		}
		break;
	case 4 ... 5:
		initialise(f, vcpu, any_start(f));
		vcpu_op(VCPUOP_up, vcpu, NULL);
		break;
	case 6:
		vcpu_op(VCPUOP_down, vcpu, NULL);
		break;
	case 7:
		vcpu_op(VCPUOP_register_vcpu_info, vcpu, &info);
		break;
	case 8:
		vcpu_op(VCPUOP_send_nmi, vcpu, NULL);
		break;
	case 9:
		lapic_icr(ICR_ASSERT | (below(f, 2) ? ICR_NMI : 0x40 + below(f, 64)),
			  smp_apic_id(vcpu));
		break;
	default:
		f->own[0] = (unsigned long)sand + below(f, NR_SAND * PAGE_SIZE);
		vcpu_op(below(f, 64), vcpu, f->own);
	}
}

/*
 * Much, wide, and long.
 */

/* The same page, or the same few, at very many places. */
static void spread(struct fuzz *f)
{
	static const u16 spaces[] = { XENMAPSPACE_shared_info, XENMAPSPACE_shared_info,
				      XENMAPSPACE_grant_table, XENMAPSPACE_gmfn };
	u64 base = 0x100000 + (rng_u64(&f->rng) >> (32 + below(f, 16)));
	u32 space = spaces[below(f, ARRAY_SIZE(spaces))], shift = 9 * below(f, 4), i;
	u32 n = below(f, 4) ? below(f, 50) : below(f, 6000);
	unsigned long from = ((unsigned long)sand >> PAGE_SHIFT) + below(f, NR_SAND), to;

	for (i = 0; i < n; i++) {
		to = base + ((u64)i << shift);
		if (physmap_add(space, space == XENMAPSPACE_gmfn ? from : 0, to))
			break;
		if (space == XENMAPSPACE_gmfn)
			from = to;
	}
}

/* A page that is granted to ourselves, mapped, and given back, is kept for the mapping. */
static void pin(struct fuzz *f)
{
	u32 n = below(f, 4) ? below(f, 20) : below(f, 4000), ref;
	struct xen_memory_reservation r = { .nr_extents = 1, .domid = DOMID_SELF };
	struct gnttab_map_grant_ref m;
	xen_pfn_t gfn = (unsigned long)pin_page >> PAGE_SHIFT;

	set_xen_guest_handle(r.extent_start, &gfn);
	while (n--) {
		ref = __atomic_fetch_add(&next_ref, 1, __ATOMIC_SEQ_CST);
		if (ref >= NR_FRAMES * (PAGE_SIZE / sizeof(*grant_table)))
			break;
		grant_page(ref, xen.domid, pin_page, false);
		m = (struct gnttab_map_grant_ref){
			.host_addr = (PIN_GFN + ref) << PAGE_SHIFT,
			.flags = GNTMAP_host_map,
			.ref = ref,
			.dom = below(f, 2) ? DOMID_SELF : xen.domid,
		};
		/* Handles are not kept: what was mapped stays so. */
		grant_op(GNTTABOP_map_grant_ref, &m, 1);
		memory_op(XENMEM_decrease_reservation, &r);
		if (memory_op(XENMEM_populate_physmap, &r) != 1)
			break;
	}
}

static u32 huge_count(struct fuzz *f)
{
	static const u32 counts[] = { 1000, 0x10000, 0x100000, 0x7ffffff, 0x7fffffff, ~0U };

	return below(f, 2) ? counts[below(f, ARRAY_SIZE(counts))] :
			     (u32)rng_u64(&f->rng) >> below(f, 32);
}

/*
 * A list that is longer than the guest. It names pages that may be lost: what takes more than one
 * page at a time, or writes, is kept off the guest's own.
 */
static void huge(struct fuzz *f)
{
	struct xen_memory_reservation r = { .domid = DOMID_SELF };
	struct xen_add_to_physmap_batch batch = { .domid = DOMID_SELF };
	struct xen_add_to_physmap add = { .domid = DOMID_SELF, .space = XENMAPSPACE_gmfn_range };
	u32 i;

	for (i = 0; i < 4096; i++)
		((u64 *)big)[i] = any_gfn(f);
	switch (below(f, 8)) {
	case 0 ... 2:
		LONG(f, "a grant list", grant_op(below(f, 13), (void *)VA_LIST, huge_count(f)));
		break;
	case 3 ... 4:
		r.nr_extents = huge_count(f);
		set_xen_guest_handle(r.extent_start, (xen_pfn_t *)VA_LIST);
		LONG(f, "a decrease", memory_op(XENMEM_decrease_reservation, &r));
		break;
	case 5:
		r.nr_extents = huge_count(f);
		r.extent_order = below(f, 10);
		set_xen_guest_handle(r.extent_start, (xen_pfn_t *)VA_LIST);
		LONG(f, "an increase", memory_op(XENMEM_populate_physmap, &r));
		break;
	case 6:
		batch.space = below(f, 4);
		batch.size = huge_count(f);
		set_xen_guest_handle(batch.idxs, (xen_ulong_t *)VA_LIST);
		set_xen_guest_handle(batch.gpfns, (xen_pfn_t *)VA_LIST);
		set_xen_guest_handle(batch.errs, (int *)(VA_LIST + 0x100000));
		LONG(f, "a list of frames", memory_op(XENMEM_add_to_physmap_batch, &batch));
		break;
	default:
		add.size = huge_count(f);
		add.idx = MAP_GFN + below(f, NR_MAP_GFNS);
		add.gpfn = any_gfn(f) | 0x100000;
		LONG(f, "a range of frames", memory_op(XENMEM_add_to_physmap, &add));
	}
}

/* A list of calls that are long themselves. */
static void long_multicall(struct fuzz *f)
{
	struct multicall_entry *list = (void *)(big + 0x100000);
	struct xen_memory_reservation *r = (void *)(big + 0x1c0000);
	u32 n = below(f, 2) ? 1024 : below(f, 1200), i;

	/* Mostly there already, wherever that is. */
	r->nr_extents = 1 + below(f, 4095);
	r->extent_order = below(f, 10);
	r->mem_flags = 0;
	r->domid = DOMID_SELF;
	set_xen_guest_handle(r->extent_start, (xen_pfn_t *)VA_LIST);
	for (i = 0; i < 4096; i++)
		((u64 *)big)[i] = below(f, 512) << 9;
	for (i = 0; i < n; i++) {
		memset(&list[i], 0, sizeof(list[i]));
		list[i].op = __HYPERVISOR_memory_op;
		list[i].args[0] = below(f, 8) ? XENMEM_populate_physmap :
						XENMEM_current_reservation;
		list[i].args[1] = (unsigned long)r;
		if (!below(f, 4)) {
			list[i].op = __HYPERVISOR_grant_table_op;
			list[i].args[0] = GNTTABOP_copy;
			list[i].args[1] = VA_LIST + PAGE_SIZE * 8;
			list[i].args[2] = 4096;
		}
	}
	LONG(f, "a multicall", hypercall2(__HYPERVISOR_multicall, list, n));
}

/*
 * Programs.
 */

struct user_io {
	unsigned long at, count, how;
};

static struct user_io user_io __user_data;
static u8 user_buffer[256] __user_data;

static void __user_text user_access(unsigned long unused)
{
	unsigned long at = user_io.at, n = user_io.count, v = 0;

	switch (user_io.how) {
	case 0:
		__asm__ volatile("rep insb" : "+D"(at), "+c"(n) : "d"(0x1234) : "memory");
		break;
	case 1:
		__asm__ volatile("rep outsb" : "+S"(at), "+c"(n) : "d"(0x1234) : "memory");
		break;
	case 2:
		__asm__ volatile("rep insl" : "+D"(at), "+c"(n) : "d"(0x1234) : "memory");
		break;
	case 3:
		__asm__ volatile("mov (%1), %k0" : "=r"(v) : "r"(at) : "memory");
		break;
	case 4:
		__asm__ volatile("movb $1, (%0)" : : "r"(at) : "memory");
		break;
	default:
		__asm__ volatile("rep movsb" : "+S"(at), "+c"(n) : "D"(user_buffer) : "memory");
	}
	USER_RETURN(0x600d);
}

/* One at a time: there is one stack for ring 3. */
static void ring3(struct fuzz *f, bool hole)
{
	enum { OWN, KERNEL, NOTHING, HOLE } where = hole ? HOLE : below(f, 3);
	bool smap = (cpuid(7, 0).ebx & BIT(20)) && below(f, 2);
	struct fault fault;
	unsigned long rc;

	if (f->cpu != workers - 1)
		return;
	user_io.how = below(f, 6);
	user_io.count = 1 + below(f, 60);
	switch (where) {
	case OWN:
		user_io.at = (unsigned long)user_buffer;
		break;
	case KERNEL:
		user_io.at = (unsigned long)canary + below(f, 256);
		break;
	case HOLE:
		page_set(VA_USER, (HOLE_GFN + below(f, 64)) << PAGE_SHIFT | PTE_P | PTE_W | PTE_U);
		user_io.at = VA_USER + 8 * below(f, 256);
		break;
	default:
		page_set(VA_USER, 0);
		user_io.at = VA_USER + below(f, 256);
	}
	busy[f->cpu].since = had(f->cpu);
	busy[f->cpu].what = where == HOLE ? "a program's access to a hole" : "a program's access";
	if (smap)
		write_cr4(read_cr4() | CR4_SMAP);
	rc = user_call_flags(user_access, 0, &fault, 3 * FL_IOPL | 2 | (below(f, 4) ? 0 : FL_AC));
	if (smap)
		write_cr4(read_cr4() & ~CR4_SMAP);
	busy[f->cpu].what = NULL;
	if (where == KERNEL && rc == 0x600d)
		test_failed("FOUND a program's access %lu reaches its kernel's memory",
			    user_io.how);
	if (where == OWN && rc != 0x600d && fault.vector != X86_AC)
		test_failed("FOUND a program's access %lu to its own memory: %s, CR2 %#lx",
			    user_io.how, fault_text(&fault), fault.cr2);
	if (mem_is(canary, 0x5a, PAGE_SIZE) != PAGE_SIZE)
		test_failed("FOUND the kernel's memory has changed, access %lu", user_io.how);
}

/*
 * The parts together.
 */

void rough_setup(unsigned int nr_workers, unsigned int vcpus)
{
	/* Each does the same in 16 and in 32 bits. */
	static const u8 code[NR_STARTS - 1][4] = {
		{ 0xf4, 0xeb, 0xfd },		/* hlt */
		{ 0xfa, 0xf4, 0xeb, 0xfd },	/* cli, hlt */
		{ 0xeb, 0xfe },			/* jmp */
		{ 0xe6, 0x80, 0xeb, 0xfc },	/* out */
		{ 0x0f, 0xa2, 0xeb, 0xfc },	/* cpuid */
	};
	unsigned int i;
	pte_t *pd = page_alloc(1);

	without = opt_u64("without", 0);
	theme_seed = opt_u64("seed", 0) << 20;
	theme_ticks = tsc_of_us(500000);
	workers = nr_workers;
	victims = vcpus - workers;
	for (i = 0; i < ARRAY_SIZE(code); i++)
		memcpy((void *)(START_PAGE + i * PAGE_SIZE), code[i], sizeof(code[i]));
	memcpy((void *)(START_PAGE + i * PAGE_SIZE), start_sleeper,
	       start_sleeper_end - start_sleeper);
	big = page_alloc_aligned(LARGE_SIZE / PAGE_SIZE, LARGE_SIZE);
	for (i = 0; i < PAGE_SIZE / sizeof(*pd); i++) {
		pd[i] = (unsigned long)big | PTE_P | PTE_W | PTE_A | PTE_D | PTE_PS;
		*pt_entry(VA_LIST + ((unsigned long)i << 30), 3) =
			(unsigned long)pd | PTE_P | PTE_W | PTE_A;
	}
	page_set(VA_USER, 0);
	pin_page = page_alloc(1);
	for (i = 1; i < NR_FRAMES; i++)
		physmap_add(XENMAPSPACE_grant_table, i, GRANT_GFN + i);
	timer_calibrate();
}

void rough_begin(struct fuzz *f)
{
	if (!victims || without & BIT(W_START))
		return;
	/* The first start of each is the most delicate: the workers meet there. */
	__atomic_fetch_add(&at_start, 1, __ATOMIC_SEQ_CST);
	wait_for(at_start >= workers, 1000000);
	start_all(f, f->cpu % 2);
}

/*
 * What there is a lot of at the moment, for all workers alike; one bit each. A bit of all, or
 * for half a second one or two kinds: so it comes to where much of the same leads.
 */
static u32 theme(u32 *often)
{
	struct rng r;
	u32 with;

	rng_seed(&r, (theme_seed + rdtsc() / theme_ticks) * 0x9e3779b97f4a7c15ULL);
	rng_u64(&r);
	*often = 16;
	if (!rng_below(&r, 4))
		return ~without;
	with = BIT(rng_below(&r, NR_KINDS)) | BIT(rng_below(&r, NR_KINDS));
	if (!(with & ~without))
		return ~without;
	*often = 1 + rng_below(&r, 4);
	return with & ~without;
}

void rough_turn(struct fuzz *f)
{
	/* What takes long is rarer. */
	static const u8 usual[] = {
		W_START, W_START, W_START, W_START, W_START, W_START, W_START, W_RING3, W_RING3,
		W_HOLE, W_PIN, W_HUGE, W_HUGE, W_MULTI, W_SPREAD, W_STORM
	};
	u32 often, with = theme(&often), kind, tries = 20;

	if (below(f, often))
		return;
	watch_others(f);
	do {
		kind = often == 16 ? usual[below(f, ARRAY_SIZE(usual))] : below(f, NR_KINDS);
	} while (!(with & BIT(kind)) && --tries);
	if (!tries)
		return;
	switch (kind) {
	case W_START:
		if (victims)
			start_stop(f);
		break;
	case W_STORM:
		if (victims)
			storm(f);
		break;
	case W_RING3:
		ring3(f, false);
		break;
	case W_HOLE:
		ring3(f, true);
		break;
	case W_PIN:
		pin(f);
		break;
	case W_HUGE:
		huge(f);
		break;
	case W_MULTI:
		long_multicall(f);
		break;
	default:
		spread(f);
	}
}
