// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks the machine it is loaded into, in the way its parameter says, so that the harness can be
 * seen to notice. Owns nothing, takes no locks; loading it is the only thing one does with it.
 */
#include <linux/delay.h>
#include <linux/io.h>
#include <linux/kthread.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/refcount.h>
#include <asm/desc.h>

#define PORT_CONSOLE	0xe9

static char *how = "nothing";
module_param(how, charp, 0);
MODULE_PARM_DESC(how, "nothing, oops, warn, bug, panic, hang, softlockup, triplefault, list, refcount, text or refuse; for a debug kernel leak, freed, atomic, order or nesting");

static void text_on_port(void)
{
	const char *at;

	for (at = "text of a module\n"; *at; at++)
		outb(*at, PORT_CONSOLE);
}

static void triple_fault(void)
{
	static const struct desc_ptr no_vectors;

	local_irq_disable();
	load_idt(&no_vectors);
	asm volatile("int3");
}

static void hang(void)
{
	local_irq_disable();
	for (;;)
		cpu_relax();
}

static void soft_lockup(void)
{
	preempt_disable();
	for (;;)
		cpu_relax();
}

/* What only a debug kernel notices. */

/* Several: the address of one may still be on some stack. */
static void leak(void)
{
	void *lost;
	int i;

	for (i = 0; i < 8; i++) {
		lost = kmalloc(200, GFP_KERNEL);
		OPTIMIZER_HIDE_VAR(lost);
	}
}

static void use_what_was_freed(void)
{
	int *freed = kmalloc(200, GFP_KERNEL);

	OPTIMIZER_HIDE_VAR(freed);
	kfree(freed);
	if (freed)
		WRITE_ONCE(*freed, 1);
}

static void sleep_in_atomic(void)
{
	preempt_disable();
	might_sleep();
	preempt_enable();
}

static DEFINE_MUTEX(one_lock);
static DEFINE_MUTEX(other_lock);

/* It never comes to a deadlock here. */
static void lock_in_both_orders(void)
{
	mutex_lock(&one_lock);
	mutex_lock(&other_lock);
	mutex_unlock(&other_lock);
	mutex_unlock(&one_lock);
	mutex_lock(&other_lock);
	mutex_lock(&one_lock);
	mutex_unlock(&one_lock);
	mutex_unlock(&other_lock);
}

static DEFINE_RAW_SPINLOCK(raw_lock);
static DEFINE_SPINLOCK(ordinary_lock);

/* On a real-time kernel an ordinary lock sleeps. */
static void lock_under_raw(void)
{
	raw_spin_lock(&raw_lock);
	spin_lock(&ordinary_lock);
	spin_unlock(&ordinary_lock);
	raw_spin_unlock(&raw_lock);
}

static void list_corruption(void)
{
	static LIST_HEAD(list);
	static struct list_head one, two;

	list_add(&one, &list);
	list.next = &two;
	list_del(&one);
}

static void refcount_underflow(void)
{
	refcount_t count = REFCOUNT_INIT(1);

	refcount_set(&count, 0);
	refcount_dec(&count);
}

static int __init harness_test_init(void)
{
	static const struct {
		const char *how;
		void (*what)(void);
	} ways[] = {
		{ "text", text_on_port },
		{ "triplefault", triple_fault },
		{ "hang", hang },
		{ "softlockup", soft_lockup },
		{ "list", list_corruption },
		{ "refcount", refcount_underflow },
		{ "leak", leak },
		{ "freed", use_what_was_freed },
		{ "atomic", sleep_in_atomic },
		{ "order", lock_in_both_orders },
		{ "nesting", lock_under_raw },
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(ways); i++) {
		if (!strcmp(how, ways[i].how)) {
			ways[i].what();
			return 0;
		}
	}
	if (!strcmp(how, "oops")) {
		*(volatile int *)8 = 1;
	} else if (!strcmp(how, "warn")) {
		WARN(1, "harness-test warns\n");
	} else if (!strcmp(how, "bug")) {
		BUG();
	} else if (!strcmp(how, "panic")) {
		panic("harness-test panics");
	} else if (strcmp(how, "nothing")) {
		pr_err("harness-test: cannot do '%s'\n", how);
		return -EINVAL;
	}
	return 0;
}

static void __exit harness_test_exit(void)
{
}

module_init(harness_test_init);
module_exit(harness_test_exit);

MODULE_DESCRIPTION("Breaks the test machine on purpose");
MODULE_LICENSE("GPL");
