// SPDX-License-Identifier: GPL-2.0-only
/* GDT, task state segments, and the way to ring 3 and back. */
#include "cpu.h"
#include "percpu.h"

struct cpu cpus[MAX_CPUS];

/* base 0, limit 4 GiB; CPUs need no more than the code's L bit to tell the modes apart */
u64 gdt[GDT_BYTES / 8] __aligned(16) = {
	[SEL_KCS64 / 8] = 0x00af9b000000ffff,
	[SEL_KDS / 8] = 0x00cf93000000ffff,
	[SEL_KCS32 / 8] = 0x00cf9b000000ffff,
	[SEL_UCS32 / 8] = 0x00cffb000000ffff,
	[SEL_UDS / 8] = 0x00cff3000000ffff,
	[SEL_UCS64 / 8] = 0x00affb000000ffff,
};

/* NMI, #DF and #MC of the first vCPU; the others' come from the page allocator (smp.c). */
#ifdef __x86_64__
static u8 bsp_ist[3][STACK_SIZE] __aligned(STACK_SIZE);
#endif

extern u8 bsp_stack[];

unsigned long user_enter(void (*fn)(unsigned long), unsigned long arg, unsigned long user_sp,
			 unsigned long flags, void *tss_sp0, unsigned long *saved_sp);
void user_leave(unsigned long saved_sp, unsigned long value) __noreturn;

u64 gdt_desc(u32 base, u32 limit, u16 ar)
{
	return (u64)(base >> 24) << 56 | (u64)((ar >> 12) & 0xf) << 52 |
	       (u64)((limit >> 16) & 0xf) << 48 | (u64)(ar & 0xff) << 40 |
	       (u64)(base & 0xffffff) << 16 | (limit & 0xffff);
}

u16 gdt_spare_set(unsigned int n, u64 desc)
{
	WRITE_ONCE(gdt[SEL_SPARE / 8 + n], desc);
	return SEL_SPARE + 8 * n;
}

void gdt_load(void)
{
	struct {
		u16 limit;
		unsigned long base;
	} __packed gdtr = { sizeof(gdt) - 1, (unsigned long)gdt };

	__asm__ volatile("lgdt %0" : : "m"(gdtr));
}

void desc_init(struct cpu *cpu)
{
	unsigned long base = (unsigned long)&cpu->tss;
	u16 sel = SEL_TSS + 16 * cpu->id;

	cpu->tss.iomap = sizeof(cpu->tss);
#ifdef __x86_64__
	if (!cpu->id) {
		unsigned int i;

		for (i = 0; i < 3; i++) {
			*(struct cpu **)bsp_ist[i] = cpu;
			cpu->tss.ist[i] = (u64)bsp_ist[i] + STACK_SIZE;
		}
	}
	gdt[sel / 8 + 1] = base >> 32;
#else
	cpu->tss.ss0 = SEL_KDS;
#endif
	gdt[sel / 8] = gdt_desc(base, sizeof(cpu->tss) - 1, 0x89);
	__asm__ volatile("ltr %0" : : "r"(sel));
}

unsigned long user_call_flags(void (*fn)(unsigned long arg), unsigned long arg, struct fault *f,
			      unsigned long flags)
{
	struct cpu *cpu = this_cpu();
	unsigned long v;

	fault_clear();
#ifdef __x86_64__
	v = user_enter(fn, arg, (unsigned long)user_stack_end - 8, flags, &cpu->tss.rsp[0],
		       &cpu->user_sp);
#else
	v = user_enter(fn, arg, (unsigned long)user_stack_end, flags, &cpu->tss.esp0,
		       &cpu->user_sp);
#endif
	cpu->user_sp = 0;
	*f = fault_last();
	write_flags(flags & ~(FL_IOPL * 3 | FL_AC | FL_TF | FL_NT));
	return v;
}

unsigned long user_call(void (*fn)(unsigned long arg), unsigned long arg, struct fault *f)
{
	return user_call_flags(fn, arg, f, read_flags() & FL_IF);
}

void user_abort(unsigned long value)
{
	user_leave(this_cpu()->user_sp, value);
}
