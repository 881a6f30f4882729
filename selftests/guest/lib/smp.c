// SPDX-License-Identifier: GPL-2.0-only
/* Bring-up of the other vCPUs; see smp.h. */
#include "cpu.h"
#include "lapic.h"
#include "mem.h"
#include "paging.h"
#include "smp.h"
#include "time.h"
#include "xen.h"

#include <xen/hvm/hvm_vcpu.h>
#include <xen/sched.h>
#include <xen/vcpu.h>

extern char trampoline_start[], trampoline_end[], cpu_start32[], boot_pgd[];

struct acpi_header {
	char sig[4];
	u32 length;
	u8 revision, checksum;
	char oem[6], oem_table[8];
	u32 oem_revision, creator, creator_revision;
} __packed;

const void *acpi_table(const char *sig)
{
	const u8 *rsdp, *xsdt;
	u32 i, len;
	u64 p;

	if (!start_info || !start_info->rsdp_paddr)
		return NULL;
	rsdp = (void *)(unsigned long)start_info->rsdp_paddr;
	memcpy(&p, rsdp + 24, 8);
	xsdt = (void *)(unsigned long)p;
	if (memcmp(rsdp, "RSD PTR ", 8) || !xsdt)
		return NULL;
	memcpy(&len, xsdt + 4, 4);
	for (i = sizeof(struct acpi_header); i + 8 <= len; i += 8) {
		const struct acpi_header *t;

		memcpy(&p, xsdt + i, 8);
		t = (void *)(unsigned long)p;
		if (!memcmp(t->sig, sig, 4))
			return t;
	}
	return NULL;
}

/* Walks the MADT: counts usable local APICs, or finds one vCPU's APIC id. */
static unsigned int madt_walk(u32 vcpu, u32 *apic_id)
{
	const struct acpi_header *madt = acpi_table("APIC");
	const u8 *p, *end;
	unsigned int n = 0;

	if (!madt)
		return 0;
	end = (const u8 *)madt + madt->length;
	for (p = (const u8 *)madt + 44; p + 2 <= end && p[1]; p += p[1]) {
		u32 id, uid, flags;

		if (p[0] == 0) {	/* local APIC */
			uid = p[2];
			id = p[3];
			flags = p[4];
		} else if (p[0] == 9) {	/* local x2APIC */
			memcpy(&id, p + 4, 4);
			flags = p[8];
			memcpy(&uid, p + 12, 4);
		} else {
			continue;
		}
		if (uid == vcpu && apic_id)
			*apic_id = id;
		n += flags & 1;
	}
	return n;
}

unsigned int smp_count(void)
{
	unsigned int n = madt_walk(0, NULL);

	return n ? n : 1;
}

u32 smp_apic_id(u32 vcpu)
{
	u32 id = xen.present ? 2 * vcpu : vcpu;

	madt_walk(vcpu, &id);
	return id;
}

static bool ipi_call(struct cpu_regs *regs)
{
	(void)regs;
	lapic_eoi();
	return true;
}

void smp_cpu_start(struct cpu *cpu)
{
	traps_load();
	desc_init(cpu);
	fault_clear();
#if PT_LEVELS >= 3
	if (paging_nx)
		wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_NXE);
#endif
	lapic_init_ap();
	cpu->apic_id = lapic_id();
	mb();	/* whoever sees us online sees the rest */
	cpu->online = true;
	for (;;) {
		cli();
		if (!cpu->fn) {
			sti_hlt();
			continue;
		}
		cpu->fn(cpu->arg);
		mb();	/* its results first, then the sign that it ended */
		cpu->fn = NULL;
	}
}

static void cpu_prepare(struct cpu *cpu, u32 vcpu, u8 **stack)
{
	*stack = page_alloc_aligned(STACK_SIZE / PAGE_SIZE, STACK_SIZE);
	*(struct cpu **)*stack = cpu;
	cpu->id = vcpu;
	cpu->online = false;
	cpu->fn = NULL;
	memset(&cpu->tss, 0, sizeof(cpu->tss));
#ifdef __x86_64__
	for (unsigned int i = 0; i < 3; i++) {
		u8 *s = page_alloc_aligned(STACK_SIZE / PAGE_SIZE, STACK_SIZE);

		*(struct cpu **)s = cpu;
		cpu->tss.ist[i] = (u64)s + STACK_SIZE;
	}
#endif
	trap_handler_set(VEC_IPI_CALL, ipi_call);
}

static void start_sipi(u32 vcpu, u8 *stack)
{
	u32 id = smp_apic_id(vcpu), sp = (unsigned long)stack + STACK_SIZE;
	size_t n = trampoline_end - trampoline_start;

	memcpy((void *)TRAMPOLINE, trampoline_start, n);
	memcpy((void *)(TRAMPOLINE + n - 4), &sp, 4);
	lapic_icr(ICR_INIT | ICR_ASSERT | ICR_LEVEL, id);
	udelay(200);
	lapic_icr(ICR_INIT | ICR_LEVEL, id);
	udelay(200);
	lapic_icr(ICR_STARTUP | ICR_ASSERT | (TRAMPOLINE >> PAGE_SHIFT), id);
	if (wait_for(cpus[vcpu].online, 20000))
		return;
	lapic_icr(ICR_STARTUP | ICR_ASSERT | (TRAMPOLINE >> PAGE_SHIFT), id);
}

void smp_context32(struct vcpu_hvm_context *ctx, unsigned long start)
{
	struct vcpu_hvm_x86_32 *r = &ctx->cpu_regs.x86_32;

	memset(ctx, 0, sizeof(*ctx));
	ctx->mode = VCPU_HVM_MODE_32B;
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
}

static long start_vcpuop(u32 vcpu, u8 *stack)
{
	struct vcpu_hvm_context ctx;
	struct vcpu_hvm_x86_32 *r = &ctx.cpu_regs.x86_32;
	long rc;

	smp_context32(&ctx, (unsigned long)cpu_start32);
	r->esp = (unsigned long)stack + STACK_SIZE;
	/* The accessed and the busy bit are set for the guest, and ES may be null. */
	r->cs_ar = 0xc9a;
	r->tr_ar = 0x89;
	r->es_limit = 0;
	r->es_ar = 0;
	rc = vcpu_op(VCPUOP_initialise, vcpu, &ctx);
	return rc ? rc : vcpu_op(VCPUOP_up, vcpu, NULL);
}

bool smp_start(u32 vcpu, enum smp_path path)
{
	struct cpu *cpu = &cpus[vcpu];
	u8 *stack;

	cpu_prepare(cpu, vcpu, &stack);
	if (path == SMP_VCPUOP) {
		if (start_vcpuop(vcpu, stack))
			return false;
	} else {
		start_sipi(vcpu, stack);
	}
	return wait_for(cpu->online, 1000000);
}

void smp_call(u32 vcpu, void (*fn)(void *arg), void *arg)
{
	struct cpu *cpu = &cpus[vcpu];

	cpu->arg = arg;
	mb();	/* the function is what the other side looks at */
	cpu->fn = fn;
	lapic_icr(ICR_ASSERT | VEC_IPI_CALL, cpu->apic_id);
}

bool smp_wait(u32 vcpu, u32 us)
{
	u64 end = rdtsc() + tsc_of_us(us);

	while (cpus[vcpu].fn) {
		if (rdtsc() > end)
			return false;
		/* vCPUs may share one host CPU: let the other run */
		if (xen.present)
			sched_op(SCHEDOP_yield, NULL);
		cpu_relax();
	}
	return true;
}
