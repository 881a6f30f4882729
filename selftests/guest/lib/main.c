// SPDX-License-Identifier: GPL-2.0-only
/* Start of C code on every vCPU, command-line options, and the end of the domain. */
#include "guest.h"

#include <xen/sched.h>

struct entry_state entry_state __section(".data");

static const char *cmdline = "";

void cpu_main(void);

const char *opt_str(const char *key)
{
	size_t n = strlen(key);
	const char *s = cmdline;

	while (*s) {
		while (*s == ' ')
			s++;
		if (!strncmp(s, key, n) && s[n] == '=')
			return s + n + 1;
		while (*s && *s != ' ')
			s++;
	}
	return NULL;
}

bool opt_is(const char *key, const char *value)
{
	const char *s = opt_str(key);
	size_t n = strlen(value);

	return s && !strncmp(s, value, n) && (!s[n] || s[n] == ' ');
}

u64 opt_u64(const char *key, u64 def)
{
	const char *s = opt_str(key);

	return s ? parse_u64(s) : def;
}

void triple_fault(void)
{
	static const struct {
		u16 limit;
		unsigned long base;
	} __packed none;

	__asm__ volatile("cli; lidt %0; int3" : : "m"(none));
	for (;;)
		__asm__ volatile("cli; hlt");
}

void guest_end(bool ok)
{
	struct sched_shutdown arg = { .reason = ok ? SHUTDOWN_poweroff : SHUTDOWN_crash };

	if (opt_is("end", "triple") || !xen.present)
		triple_fault();
	if (!opt_is("end", "hlt"))
		hypercall2(__HYPERVISOR_sched_op, SCHEDOP_shutdown, (unsigned long)&arg);
	for (;;)
		__asm__ volatile("cli; hlt");
}

static void console_options(void)
{
	if (opt_is("console", "xen"))
		console_set(CONSOLE_XEN);
	else if (opt_is("console", "both"))
		console_set(CONSOLE_E9 | CONSOLE_XEN);
	else if (opt_is("console", "hvc") && !hvc_init())
		console_set(CONSOLE_HVC);
}

/* Entered with interrupts off, on the vCPU's own stack, from entry.S. */
void cpu_main(void)
{
	struct cpu *cpu = this_cpu();

	if (cpu->id) {
		smp_cpu_start(cpu);
		return;
	}
	console_set(CONSOLE_E9);
	traps_init();
	desc_init(cpu);
	fault_clear();
	cmdline = mem_init();
	xen_init();
	console_options();
	paging_init();
	lapic_start();
	cpu->apic_id = lapic_id();
	cpu->online = true;
	printf("KTAP version 1\n");
	guest_main();
	guest_end(true);
}
