// SPDX-License-Identifier: GPL-2.0-only
/*
 * IDT, dispatch of exceptions and interrupts, the exception table and the
 * report for an exception nobody expected.
 */
#include "console.h"
#include "cpu.h"
#include "percpu.h"
#include "test.h"
#include "traps.h"

struct idt_gate {
	u16 offset_lo, sel;
	u8 ist, type;
	u16 offset_mid;
#ifdef __x86_64__
	u32 offset_hi, reserved;
#endif
} __packed;

struct extable_entry {
	unsigned long fault_ip, resume_ip;
};

extern const u8 trap_stubs[];
extern const struct extable_entry extable_start[], extable_end[];

static struct idt_gate idt[256] __aligned(16);
static trap_fn handlers[256];

static const char *const exception_names[] = {
	"#DE", "#DB", "NMI", "#BP", "#OF", "#BR", "#UD", "#NM", "#DF", "CSO", "#TS",
	"#NP", "#SS", "#GP", "#PF", "SPV", "#MF", "#AC", "#MC", "#XM", "#VE", "#CP",
};

static bool trap_has_error(u32 vector)
{
	return vector == X86_DF || (vector >= X86_TS && vector <= X86_PF) ||
	       vector == X86_AC || vector == X86_CP;
}

void trap_gate_address(unsigned int vector, const void *entry)
{
	unsigned long addr = (unsigned long)entry;
	struct idt_gate *g = &idt[vector];

	g->offset_lo = addr;
	g->offset_mid = addr >> 16;
#ifdef __x86_64__
	g->offset_hi = addr >> 32;
#endif
}

void trap_gate_set(unsigned int vector, unsigned int dpl, bool present, unsigned int ist)
{
	struct idt_gate *g = &idt[vector];

	trap_gate_address(vector, trap_stubs + 16 * vector);
	g->sel = SEL_KCS;
	g->type = 0xe | dpl << 5 | present << 7;
	g->ist = 0;
#ifdef __x86_64__
	g->ist = ist;
#else
	(void)ist;
#endif
}

void trap_gate_selector(unsigned int vector, u16 sel)
{
	idt[vector].sel = sel;
}

void trap_gate_task(unsigned int vector, u16 tss)
{
	idt[vector].sel = tss;
	idt[vector].type = 0x85;
}

void traps_load_limit(u16 limit)
{
	struct {
		u16 limit;
		unsigned long base;
	} __packed idtr = { limit, (unsigned long)idt };

	__asm__ volatile("lidt %0" : : "m"(idtr));
}

void traps_load(void)
{
	traps_load_limit(sizeof(idt) - 1);
}

void traps_init(void)
{
	unsigned int i;

	for (i = 0; i < 256; i++)
		trap_gate_set(i, i == X86_BP || i == X86_OF || i == VEC_USER_RETURN ? 3 : 0, true,
			      0);
	trap_gate_set(X86_NMI, 0, true, IST_NMI);
	trap_gate_set(X86_DF, 0, true, IST_DF);
	trap_gate_set(X86_MC, 0, true, IST_MC);
	traps_load();
}

trap_fn trap_handler_set(unsigned int vector, trap_fn fn)
{
	trap_fn old = handlers[vector];

	WRITE_ONCE(handlers[vector], fn);
	return old;
}

void fault_clear(void)
{
	struct fault *f = &this_cpu()->fault;

	memset(f, 0, sizeof(*f));
	f->vector = NO_FAULT;
	barrier();
}

struct fault fault_last(void)
{
	barrier();
	return this_cpu()->fault;
}

const char *fault_text_of(u32 vector, u32 error)
{
	static char ring[4][24];
	static unsigned int next;
	char *s = ring[next++ % ARRAY_SIZE(ring)];

	if (vector == NO_FAULT)
		snprintf(s, sizeof(ring[0]), "none");
	else if (vector >= ARRAY_SIZE(exception_names))
		snprintf(s, sizeof(ring[0]), "vector %#x", vector);
	else if (trap_has_error(vector))
		snprintf(s, sizeof(ring[0]), "%s(%#x)", exception_names[vector], error);
	else
		snprintf(s, sizeof(ring[0]), "%s", exception_names[vector]);
	return s;
}

const char *fault_text(const struct fault *f)
{
	return fault_text_of(f->vector, f->error);
}

void regs_dump(const struct cpu_regs *r)
{
	printf("# cpu %u: %s error %#lx at %#lx:%#lx flags %#lx sp %#lx\n", this_cpu()->id,
	       fault_text_of(r->vector, r->error), r->error, r->cs, r->ip, r->flags,
#ifdef __x86_64__
	       r->sp);
#else
	       (r->cs & 3) ? r->sp : (unsigned long)&r->sp);
#endif
	printf("# ax %lx bx %lx cx %lx dx %lx si %lx di %lx bp %lx\n", r->ax, r->bx, r->cx, r->dx,
	       r->si, r->di, r->bp);
#ifdef __x86_64__
	printf("# r8 %llx r9 %llx r10 %llx r11 %llx r12 %llx r13 %llx r14 %llx r15 %llx\n",
	       (unsigned long long)r->r8, (unsigned long long)r->r9, (unsigned long long)r->r10,
	       (unsigned long long)r->r11, (unsigned long long)r->r12, (unsigned long long)r->r13,
	       (unsigned long long)r->r14, (unsigned long long)r->r15);
#endif
	printf("# cr0 %lx cr2 %lx cr3 %lx cr4 %lx dr6 %lx\n", read_cr0(), read_cr2(), read_cr3(),
	       read_cr4(), read_dr6());
}

static void fault_record(struct cpu *cpu, const struct cpu_regs *regs)
{
	struct fault *f = &cpu->fault;

	f->vector = regs->vector;
	f->error = regs->error;
	f->ip = regs->ip;
	f->flags = regs->flags;
	f->cs = regs->cs;
	f->count++;
#ifdef __x86_64__
	f->ss = regs->ss;
#else
	f->ss = (regs->cs & 3) ? regs->ss : 0;
#endif
	if (regs->vector == X86_PF)
		f->cr2 = read_cr2();
	if (regs->vector == X86_DB) {
		f->dr6 = read_dr6();
		write_dr6(0xffff0ff0);
	}
}

void trap_dispatch(struct cpu_regs *regs)
{
	struct cpu *cpu = this_cpu();
	const struct extable_entry *e;
	trap_fn fn = READ_ONCE(handlers[regs->vector & 0xff]);

	if (fn && fn(regs))
		return;

	if (regs->vector == VEC_USER_RETURN && cpu->user_sp)
		user_abort(regs->ax);

	/* INT n with a free vector is taken for a fault as well: tests of IDT checks use it. */
	for (e = extable_start; e < extable_end; e++) {
		if (e->fault_ip != regs->ip)
			continue;
		fault_record(cpu, regs);
		regs->ip = e->resume_ip;
		/* single-stepping and alignment checks end with the probe */
		regs->flags &= ~(FL_TF | FL_AC);
		return;
	}
	if ((regs->cs & 3) && cpu->user_sp && regs->vector < 32) {
		fault_record(cpu, regs);
		user_abort(~0UL);
	}
	regs_dump(regs);
	test_error("unexpected %s", fault_text_of(regs->vector, regs->error));
}
