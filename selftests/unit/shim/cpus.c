// SPDX-License-Identifier: GPL-2.0-only
/*
 * A machine of several CPUs, as far as code under test sees one: per-CPU variables, calls on other
 * CPUs, interrupts and preemption, hotplug, sleep, modules that come and go, the kernel's log.
 */
#include <linux/bug.h>
#include <linux/cpuhotplug.h>
#include <linux/errno.h>
#include <linux/irqflags.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/printk.h>
#include <linux/reboot.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <linux/syscore_ops.h>
#include <asm/smp.h>

#include <stdarg.h>
#include <stdlib.h>

#define FAIL(...)	unit_fail(__FILE__, __LINE__, __VA_ARGS__)

unsigned int unit_cpu;
unsigned int unit_online = 1;

static struct {
	bool irqs_off;
	unsigned int preempt_off;
} context[UNIT_MAX_CPUS];

void unit_cpus(unsigned int count)
{
	unit_online = (1u << count) - 1;
	unit_cpu = 0;
}

/* Something has to be in the section for its bounds to exist. */
static char filler __attribute__((used, section("percpu_data")));

extern char __start_percpu_data[], __stop_percpu_data[];
static char *copies[UNIT_MAX_CPUS];

/* Between the variables are bytes that the address sanitizer lets nobody touch, but for this. */
__attribute__((no_sanitize("address"))) static void copy_section(char *to)
{
	const volatile char *from = __start_percpu_data;
	size_t size = __stop_percpu_data - __start_percpu_data, i;

	for (i = 0; i < size; i++)
		((volatile char *)to)[i] = from[i];
}

/* The copies are made before anything has been written: by the first who asks. */
__attribute__((constructor)) static void make_copies(void)
{
	static char memory[UNIT_MAX_CPUS][65536] __attribute__((aligned(64)));
	unsigned int cpu;

	if (__stop_percpu_data - __start_percpu_data > (long)sizeof(memory[0]))
		abort();
	copies[0] = __start_percpu_data;
	for (cpu = 1; cpu < UNIT_MAX_CPUS; cpu++) {
		copies[cpu] = memory[cpu];
		copy_section(copies[cpu]);
	}
}

void *unit_percpu(const volatile void *ptr, unsigned int cpu)
{
	const char *at = (const char *)ptr;

	if (cpu >= UNIT_MAX_CPUS || at < __start_percpu_data || at >= __stop_percpu_data)
		abort();
	return copies[cpu] + (at - __start_percpu_data);
}

/* As an IPI does, with interrupts off; by itself a CPU is called in the same way. */
int smp_call_function_single(int cpu, void (*func)(void *data), void *data, int wait)
{
	unsigned int from = unit_cpu;
	unsigned long flags;

	(void)wait;
	if (irqs_disabled() && cpu != (int)from)
		FAIL("smp_call_function_single() with interrupts off");
	if (!cpu_online(cpu))
		return -ENXIO;
	unit_cpu = cpu;
	flags = unit_irq_save();
	func(data);
	unit_irq_restore(flags);
	unit_cpu = from;
	return 0;
}

void on_each_cpu(void (*func)(void *data), void *data, int wait)
{
	int cpu;

	for (cpu = 0; cpu < UNIT_MAX_CPUS; cpu++)
		if (cpu_online(cpu))
			smp_call_function_single(cpu, func, data, wait);
}

unsigned int unit_rescheduled;

static void note_reschedule(int cpu)
{
	unit_rescheduled |= 1u << cpu;
}

struct smp_ops smp_ops = { .smp_send_reschedule = note_reschedule };

unsigned long unit_irq_save(void)
{
	unsigned long were_on = !context[unit_cpu].irqs_off;

	context[unit_cpu].irqs_off = true;
	return were_on;
}

void unit_irq_restore(unsigned long flags)
{
	context[unit_cpu].irqs_off = !flags;
}

bool irqs_disabled(void)
{
	return context[unit_cpu].irqs_off;
}

void unit_irqs_check(bool disabled, const char *file, int line)
{
	if (context[unit_cpu].irqs_off != disabled)
		unit_fail(file, line, "interrupts are %s", disabled ? "on" : "off");
}

void preempt_disable(void)
{
	context[unit_cpu].preempt_off++;
}

void preempt_enable(void)
{
	if (!context[unit_cpu].preempt_off--)
		FAIL("preempt_enable() without preempt_disable()");
}

bool preemptible(void)
{
	return !context[unit_cpu].preempt_off && !context[unit_cpu].irqs_off;
}

static int (*hotplug_startup)(unsigned int cpu);
static int (*hotplug_teardown)(unsigned int cpu);

/* The kernel's threads of hotplug run on the CPU, with interrupts on. */
static int call_on(unsigned int cpu, int (*func)(unsigned int cpu))
{
	unsigned int from = unit_cpu;
	int err;

	if (!func)
		return 0;
	unit_cpu = cpu;
	unit_irqs_check(false, __FILE__, __LINE__);
	err = func(cpu);
	unit_irqs_check(false, __FILE__, __LINE__);
	unit_cpu = from;
	return err;
}

/* The kernel has no use for a CPU that cannot go down. */
static void tear_down(unsigned int cpu, int (*teardown)(unsigned int cpu))
{
	int err = call_on(cpu, teardown);

	if (err)
		FAIL("the hotplug callback of CPU %u that goes returns %d", cpu, err);
}

int cpuhp_setup_state(enum cpuhp_state state, const char *name, int (*startup)(unsigned int cpu),
		      int (*teardown)(unsigned int cpu))
{
	unsigned int cpu;
	int err;

	(void)name;
	if (hotplug_startup)
		FAIL("a second set of hotplug callbacks");
	for_each_online_cpu(cpu) {
		err = call_on(cpu, startup);
		if (!err)
			continue;
		while (cpu--)
			if (cpu_online(cpu))
				tear_down(cpu, teardown);
		return err;
	}
	hotplug_startup = startup;
	hotplug_teardown = teardown;
	return state + 5;
}

void cpuhp_remove_state(enum cpuhp_state state)
{
	unsigned int cpu;

	if (!hotplug_startup || state != CPUHP_AP_ONLINE_DYN + 5)
		FAIL("hotplug callbacks that are not there are removed");
	for_each_online_cpu(cpu)
		tear_down(cpu, hotplug_teardown);
	hotplug_startup = NULL;
	hotplug_teardown = NULL;
}

int unit_cpu_up(unsigned int cpu)
{
	int err;

	unit_online |= 1u << cpu;
	err = call_on(cpu, hotplug_startup);
	if (err)
		unit_online &= ~(1u << cpu);
	return err;
}

void unit_cpu_down(unsigned int cpu)
{
	tear_down(cpu, hotplug_teardown);
	unit_online &= ~(1u << cpu);
}

struct syscore_ops *unit_syscore;

void register_syscore_ops(struct syscore_ops *ops)
{
	if (unit_syscore)
		FAIL("a second set of syscore operations");
	unit_syscore = ops;
}

void unregister_syscore_ops(struct syscore_ops *ops)
{
	if (unit_syscore != ops)
		FAIL("syscore operations that are not there are removed");
	unit_syscore = NULL;
}

struct notifier_block *unit_reboot;

int register_reboot_notifier(struct notifier_block *nb)
{
	if (unit_reboot)
		FAIL("a second reboot notifier");
	unit_reboot = nb;
	return 0;
}

int unregister_reboot_notifier(struct notifier_block *nb)
{
	if (unit_reboot != nb)
		FAIL("a reboot notifier that is not there is removed");
	unit_reboot = NULL;
	return 0;
}

struct module unit_module = { .name = "xlhv" };
bool unit_kvm_intel;
static struct kobject kvm_kobject;
static unsigned int kvm_references;
static struct notifier_block *module_notifier;

struct kobject *kset_find_obj(struct kset *kset, const char *name)
{
	(void)kset;
	if (!unit_kvm_intel || strcmp(name, "kvm_intel") != 0)
		return NULL;
	kvm_references++;
	return &kvm_kobject;
}

void kobject_put(struct kobject *kobj)
{
	if (kobj != &kvm_kobject || !kvm_references--)
		FAIL("a reference that nobody has is dropped");
}

void unit_context_check(void)
{
	unsigned int cpu;

	for (cpu = 0; cpu < UNIT_MAX_CPUS; cpu++) {
		if (context[cpu].irqs_off)
			FAIL("CPU %u was left with interrupts off", cpu);
		if (context[cpu].preempt_off)
			FAIL("CPU %u was left with preemption off", cpu);
	}
	if (kvm_references)
		FAIL("%u references to kvm_intel are left", kvm_references);
}

int register_module_notifier(struct notifier_block *nb)
{
	if (module_notifier)
		FAIL("a second module notifier");
	module_notifier = nb;
	return 0;
}

int unregister_module_notifier(struct notifier_block *nb)
{
	if (module_notifier != nb)
		FAIL("a module notifier that is not there is removed");
	module_notifier = NULL;
	return 0;
}

void unit_module_event(const char *name, enum module_state state)
{
	struct module module;

	strscpy(module.name, name, sizeof(module.name));
	if (strcmp(name, "kvm_intel") == 0)
		unit_kvm_intel = state != MODULE_STATE_GOING;
	if (module_notifier)
		module_notifier->notifier_call(module_notifier, state, &module);
}

static struct {
	const char *name;
	const char *type;
	void *variable;
} params[16];
static unsigned int nr_params;

void unit_param_register(const char *name, const char *type, void *variable)
{
	if (nr_params == sizeof(params) / sizeof(params[0]))
		abort();
	params[nr_params].name = name;
	params[nr_params].type = type;
	params[nr_params++].variable = variable;
}

void unit_param(const char *name, char *value)
{
	unsigned int i;

	for (i = 0; i < nr_params; i++) {
		if (strcmp(params[i].name, name) != 0 || strcmp(params[i].type, "charp") != 0)
			continue;
		*(char **)params[i].variable = value;
		return;
	}
	FAIL("there is no module parameter %s of type charp", name);
}

static char log_text[16384];
static size_t log_length;

const char *unit_log(void)
{
	return log_text;
}

void unit_log_clear(void)
{
	log_length = 0;
	log_text[0] = 0;
}

int unit_printk(const char *format, ...)
{
	size_t room = sizeof(log_text) - log_length;
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(log_text + log_length, room, format, args);
	va_end(args);
	if (getenv("UNIT_VERBOSE"))
		fputs(log_text + log_length, stderr);
	if (length > 0)
		log_length += (size_t)length < room ? (size_t)length : room - 1;
	return length;
}
