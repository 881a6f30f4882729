// SPDX-License-Identifier: GPL-2.0-only
/*
 * What single operations cost, in TSC ticks: one RDTSC before, one after, many
 * times; the least and the median are told. In the emulated machine a tick is an
 * instruction, guest and hypervisor together.
 *
 * Output: a line "bench NAME MIN MEDIAN COUNT" for each, and one line that
 * begins with "json " for programs. The row "empty" is what the two RDTSC cost
 * by themselves; it is contained in all the others.
 */
#include "evtchn.h"
#include "guest.h"

#include <xen/grant_table.h>
#include <xen/sched.h>
#include <xen/vcpu.h>

#define MAX_ROUNDS 1000

extern const char bench_ipi_entry[], bench_upcall_entry[];

/* Shared with handlers.S. */
volatile u64 bench_stamp;
volatile u32 bench_seen;
struct vcpu_info *bench_vcpu_info;
unsigned long *bench_pending_word;
u32 bench_pending_bit;

static struct result {
	const char *name;
	u32 min, median, rounds;
} results[40];
static unsigned int nr_results;

static u32 samples[MAX_ROUNDS];

static inline u64 stamp(void)
{
	u32 lo, hi;

	__asm__ volatile("rdtsc" : "=a"(lo), "=d"(hi) : : "memory");
	return (u64)hi << 32 | lo;
}

static void finish(const char *name, unsigned int rounds)
{
	unsigned int i, k;

	if (!rounds)
		return;
	for (i = 1; i < rounds; i++) {
		u32 v = samples[i];

		for (k = i; k && samples[k - 1] > v; k--)
			samples[k] = samples[k - 1];
		samples[k] = v;
	}
	results[nr_results++] = (struct result){ name, samples[0], samples[rounds / 2], rounds };
	printf("bench %-24s %9u %9u %6u\n", name, samples[0], samples[rounds / 2], rounds);
}

/* Measures one statement; a few rounds before it count for nothing. */
#define BENCH(name, rounds, statement)							\
	do {										\
		for (int bench_i = -5; bench_i < (rounds); bench_i++) {			\
			u64 bench_t = stamp();						\
			statement;							\
			bench_t = stamp() - bench_t;					\
			if (bench_i >= 0)						\
				samples[bench_i] = bench_t;				\
		}									\
		finish(name, rounds);							\
	} while (0)

static void exits(void)
{
	u32 a, b, c, d;
	unsigned long cr4 = read_cr4();

	BENCH("empty", 500, barrier());
	BENCH("cpuid", 500, __asm__ volatile("cpuid" : "=a"(a), "=b"(b), "=c"(c), "=d"(d)
					     : "a"(1), "c"(0)));
	BENCH("hypercall-version", 500, xen_version_op(0, NULL));
	BENCH("rdmsr", 500, rdmsr(MSR_MISC_ENABLE));
	BENCH("wrmsr", 500, wrmsr(MSR_UCODE_REV, 0));
	BENCH("out-port", 500, outb(0x80, 0));
	BENCH("in-port", 500, inb(0x80));
	BENCH("cr4-write", 500, write_cr4(cr4 ^ CR4_TSD));
	write_cr4(cr4);
	BENCH("yield", 500, sched_op(SCHEDOP_yield, NULL));
	(void)a;
	(void)b;
	(void)c;
	(void)d;
}

/* TSC at which a record's clock shows a system time. */
static u64 tsc_of_system_time(u64 ns)
{
	struct vcpu_time_info t;
	u64 d, lo, rem;

	pvclock_copy(&cpus[0].vcpu_info->time, &t);
	d = ns - t.system_time;
	d = t.tsc_shift < 0 ? d << -t.tsc_shift : d >> t.tsc_shift;
	/* (d << 32) / mul: the quotient fits while d is below 2^32 multiples of mul */
	__asm__("divq %4" : "=a"(lo), "=d"(rem) : "a"(d << 32), "d"(d >> 32),
		"r"((u64)t.tsc_to_system_mul) : "cc");
	return t.tsc_timestamp + lo;
}

static void use_upcall(evtchn_port_t port)
{
	bench_vcpu_info = cpus[0].vcpu_info;
	bench_pending_word = &shared_info->evtchn_pending[port / 64];
	bench_pending_bit = port % 64;
	trap_gate_address(UPCALL_VECTOR, bench_upcall_entry);
}

static void timers(void)
{
	struct vcpu_set_singleshot_timer s = { 0 };
	long port = evtchn_bind_virq(VIRQ_TIMER, 0);
	u64 due, now;
	u32 i;

	if (port < 0) {
		printf("# no timer: %ld\n", port);
		return;
	}
	vcpu_op(VCPUOP_stop_periodic_timer, 0, NULL);
	evtchn_unmask(port);
	irq_window();
	now = system_time();
	s.timeout_abs_ns = now + NSEC_PER_SEC;
	BENCH("timer-arm", 500, s.timeout_abs_ns += 1000;
	      vcpu_op(VCPUOP_set_singleshot_timer, 0, &s));

	use_upcall(port);
	for (i = 0; i < 200; i++) {
		bench_seen = 0;
		due = system_time() + 200000 + i * 1000;
		s.timeout_abs_ns = due;
		vcpu_op(VCPUOP_set_singleshot_timer, 0, &s);
		while (!bench_seen) {
			sti_hlt();
			cli();
		}
		now = tsc_of_system_time(due);
		samples[i] = bench_stamp > now ? bench_stamp - now : 0;
	}
	finish("hlt-lateness", i);
	/* the same spinning: what the timer itself costs, without waking anybody */
	for (i = 0; i < 200; i++) {
		bench_seen = 0;
		due = system_time() + 200000 + i * 1000;
		s.timeout_abs_ns = due;
		vcpu_op(VCPUOP_set_singleshot_timer, 0, &s);
		sti();
		while (!bench_seen)
			cpu_relax();
		cli();
		now = tsc_of_system_time(due);
		samples[i] = bench_stamp > now ? bench_stamp - now : 0;
	}
	finish("spin-lateness", i);
	vcpu_op(VCPUOP_stop_singleshot_timer, 0, NULL);
	evtchn_close(port);
}

static void events(void)
{
	long port = evtchn_bind_ipi(0);
	u32 i;
	u64 t;

	if (port < 0) {
		printf("# no event channel: %ld\n", port);
		return;
	}
	evtchn_2l_mask(port, true);
	BENCH("send-masked", 500, evtchn_send(port));
	evtchn_2l_mask(port, true);
	for (i = 0; i < 500; i++) {
		evtchn_2l_clear(port);
		t = stamp();
		evtchn_send(port);
		samples[i] = stamp() - t;
	}
	finish("send-masked-clear", i);
	evtchn_2l_clear(port);
	evtchn_unmask(port);
	events_poll();
	use_upcall(port);
	for (i = 0; i < 500; i++) {
		bench_seen = 0;
		sti();
		t = stamp();
		evtchn_send(port);
		while (!bench_seen)
			cpu_relax();
		samples[i] = stamp() - t;
		cli();
	}
	finish("send-served", i);
	for (i = 0; i < 500; i++) {
		bench_seen = 0;
		sti();
		t = stamp();
		evtchn_send(port);
		while (!bench_seen)
			cpu_relax();
		samples[i] = bench_stamp - t;
		cli();
	}
	finish("send-to-handler", i);
	BENCH("unmask", 500, evtchn_unmask(port));
	evtchn_close(port);
}

static void ipis(void)
{
	u32 i;
	u64 t;

	if (!lapic_x2 && !lapic_mode_set(true)) {
		printf("# no x2APIC\n");
		return;
	}
	trap_gate_address(0x60, bench_ipi_entry);
	for (i = 0; i < 500; i++) {
		bench_seen = 0;
		sti();
		t = stamp();
		wrmsr(0x83f, 0x60);
		while (!bench_seen)
			cpu_relax();
		samples[i] = bench_stamp - t;
		cli();
	}
	finish("self-ipi-to-handler", i);
	for (i = 0; i < 500; i++) {
		bench_seen = 0;
		sti();
		t = stamp();
		lapic_icr(ICR_SELF | ICR_ASSERT | 0x60, 0);
		while (!bench_seen)
			cpu_relax();
		samples[i] = bench_stamp - t;
		cli();
	}
	finish("icr-self-to-handler", i);
}

static void grants(void)
{
	u8 *a = page_alloc(1), *b = page_alloc(1);
	struct gnttab_copy c;

	memset(&c, 0, sizeof(c));
	c.source.u.gmfn = (unsigned long)a >> PAGE_SHIFT;
	c.source.domid = DOMID_SELF;
	c.dest.u.gmfn = (unsigned long)b >> PAGE_SHIFT;
	c.dest.domid = DOMID_SELF;
	c.len = PAGE_SIZE;
	if (grant_op(GNTTABOP_copy, &c, 1) || c.status) {
		printf("# no grant copy: status %d\n", c.status);
		return;
	}
	BENCH("grant-copy-4k", 300, grant_op(GNTTABOP_copy, &c, 1));
	c.len = 8;
	BENCH("grant-copy-8", 300, grant_op(GNTTABOP_copy, &c, 1));
}

/* First touch of fresh 2 MiB ranges, and the same ranges again. */
static void touches(void)
{
	u32 n = opt_u64("touch", 24), i;
	unsigned long base = page_alloc_untouched(n * 512, LARGE_SIZE);
	u64 t;

	for (i = 0; i < n; i++) {
		volatile u64 *p = (u64 *)(base + i * LARGE_SIZE);

		t = stamp();
		*p = 1;
		samples[i] = stamp() - t;
	}
	finish("first-touch-2m", n);
	for (i = 0; i < n; i++) {
		volatile u64 *p = (u64 *)(base + i * LARGE_SIZE);
		u32 k;

		t = stamp();
		for (k = 0; k < LARGE_SIZE / 8; k += PAGE_SIZE / 8)
			p[k] = 1;
		samples[i] = stamp() - t;
	}
	finish("second-touch-512-pages", n);
}

/* Round trips between two vCPUs, by event and with the other one asleep. */
static volatile u32 ping, pong;
static long ping_port, pong_port;

static void on_event(evtchn_port_t port)
{
	if (port == (evtchn_port_t)ping_port) {
		ping++;
		evtchn_send(pong_port);
	} else if (port == (evtchn_port_t)pong_port) {
		pong++;
	}
}

static void ping_pong(void)
{
	u32 i;
	u64 t;

	if (!smp_start(1, SMP_SIPI)) {
		printf("# vCPU 1 does not start\n");
		return;
	}
	upcall_init(UPCALL_GLOBAL);
	trap_gate_set(UPCALL_VECTOR, 0, true, 0);
	event_hook = on_event;
	ping_port = evtchn_bind_ipi(1);
	pong_port = evtchn_bind_ipi(0);
	if (ping_port < 0 || pong_port < 0)
		return;
	evtchn_unmask(ping_port);
	evtchn_unmask(pong_port);
	irq_window();
	/* vCPU 1 idles in HLT; this one waits asleep too */
	for (i = 0; i < 200; i++) {
		u32 want = pong + 1;

		t = stamp();
		evtchn_send(ping_port);
		while (pong != want) {
			sti_hlt();
			cli();
		}
		samples[i] = stamp() - t;
	}
	finish("ping-pong-asleep", i);
	for (i = 0; i < 200; i++) {
		u32 want = pong + 1;

		t = stamp();
		sti();
		evtchn_send(ping_port);
		while (pong != want)
			cpu_relax();
		cli();
		samples[i] = stamp() - t;
	}
	finish("ping-pong-spinning", i);
}

void guest_main(void)
{
	unsigned int i;

	if (!xen.present || shared_info_map() || upcall_init(UPCALL_GLOBAL)) {
		printf("# no Xen, or no events\n# verdict: error\n");
		guest_end(false);
	}
	printf("# TSC %u kHz, %s\n", tsc_khz, ENV_NAME);
	printf("# %-28s %9s %9s %6s\n", "", "min", "median", "rounds");
	if (opt_u64("vcpus", 1) > 1) {
		ping_pong();
	} else {
		exits();
		events();
		timers();
		ipis();
		grants();
		touches();
	}
	printf("json {\"tsc_khz\": %u, \"results\": [", tsc_khz);
	for (i = 0; i < nr_results; i++)
		printf("%s{\"name\": \"%s\", \"min\": %u, \"median\": %u, \"rounds\": %u}",
		       i ? ", " : "", results[i].name, results[i].min, results[i].median,
		       results[i].rounds);
	printf("]}\n# verdict: success\n");
	guest_end(true);
}
