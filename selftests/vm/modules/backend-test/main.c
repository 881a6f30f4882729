// SPDX-License-Identifier: GPL-2.0-only
/*
 * A backend that does nothing but test: the host's side of events and grants, against
 * the guest of selftests/guest/backend.
 *
 *	echo "CASE DOMID [N]" >/sys/kernel/debug/xlhv-backend-test
 *	cat /sys/kernel/debug/xlhv-backend-test
 *
 * runs a case and shows what it found: lines of KTAP, "not ok" among them if something
 * was not as it has to be; then the write fails, too.  Cases:
 *
 *	events	bind, send and be bt_notified, close from either side
 *	grants	use pages, refusals, batches, limits, revocation
 *	races	bind, send and close while events fly
 *	hold	have pages and a port, and keep them; then the domain is destroyed
 *	release	look at them again and let go
 *	cycles	get and put of a grant N times, in TSC cycles
 *	finish	have the guest end
 */
#include <linux/atomic.h>
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>
#include <asm/msr.h>

#include "compat.h"

#include "backend-test.h"

#define REPORT_SIZE	16384
#define MAX_CYCLES	4096

/*
 * Everything is under run_lock.  The peer is a guest that may do what it likes, so all
 * waiting ends.
 */
static DEFINE_MUTEX(run_lock);
static char *report;
static size_t report_len;
unsigned int bt_failures;
static unsigned int results;
static struct dentry *file;

struct domain *bt_peer;
struct xlhv_gnttab bt_grants;
static struct gnttab_pin control_pin;
struct backend_control *bt_control;

struct port bt_command;
static struct gnttab_pin held[2];

__printf(1, 2) void bt_say(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	report_len += vscnprintf(report + report_len, REPORT_SIZE - report_len, fmt, args);
	va_end(args);
}

void bt_step(const char *name, void (*fn)(void))
{
	unsigned int before = bt_failures;

	fn();
	bt_say("%s %u - %s\n", bt_failures == before ? "ok" : "not ok", ++results, name);
}

/*
 * The other side.
 */

void bt_notified(struct xlhv_evtchn *host)
{
	struct port *p = container_of(host, struct port, host);

	atomic_inc(&p->calls);
	if (READ_ONCE(p->closed))
		atomic_inc(&p->calls_after_close);
}

int bt_port_bind(struct port *p, u32 port)
{
	WRITE_ONCE(p->closed, false);
	atomic_set(&p->calls, 0);
	return xlhv_evtchn_bind(bt_peer, port, &p->host, bt_notified);
}

void bt_port_close(struct port *p)
{
	xlhv_evtchn_close(&p->host);
	WRITE_ONCE(p->closed, true);
}

/* Until *@word is @value, or patience is over. */
static bool wait_word(const unsigned int *word, unsigned int value)
{
	unsigned long end = jiffies + PATIENCE;

	while (READ_ONCE(*word) != value) {
		if (time_after(jiffies, end))
			return false;
		usleep_range(50, 100);
	}
	return true;
}

bool bt_wait_calls(struct port *p, int calls)
{
	unsigned long end = jiffies + PATIENCE;

	while (atomic_read(&p->calls) < calls) {
		if (time_after(jiffies, end))
			return false;
		usleep_range(50, 100);
	}
	return true;
}

/* Give an order without waiting for the answer. */
void bt_order(enum backend_cmd cmd, unsigned int arg0, unsigned int arg1)
{
	WRITE_ONCE(bt_control->cmd, cmd);
	WRITE_ONCE(bt_control->arg[0], arg0);
	WRITE_ONCE(bt_control->arg[1], arg1);
	smp_wmb();	/* what, then that there is something */
	WRITE_ONCE(bt_control->number, bt_control->number + 1);
	xlhv_evtchn_send(&bt_command.host);
}

bool bt_answered(void)
{
	bool done = wait_word(&bt_control->done, bt_control->number);

	smp_rmb();	/* that it is done, then the result */
	return expect(done, "the guest does not answer to command %u", bt_control->cmd);
}

int bt_ask(enum backend_cmd cmd, unsigned int arg0, unsigned int arg1)
{
	bt_order(cmd, arg0, arg1);
	return bt_answered() ? READ_ONCE(bt_control->result) : -ETIMEDOUT;
}

int bt_get(unsigned int ref, unsigned int flags, struct gnttab_pin *pin)
{
	return xlhv_gnttab_get(&bt_grants, ref, flags, pin);
}

/* The guest may not be up yet. */
static int connect(unsigned int domid)
{
	unsigned long end = jiffies + PATIENCE;
	int err;

	bt_peer = xlhv_domain_get_by_id(domid);
	if (!bt_peer)
		return -ESRCH;
	xlhv_gnttab_open(&bt_grants, bt_peer, 0, MAX_PINS);
	do {
		err = bt_get(REF_CONTROL, XLHV_GNTTAB_WRITE | XLHV_GNTTAB_SLEEP, &control_pin);
		if (err)
			usleep_range(500, 1000);
	} while (err && time_before(jiffies, end));
	if (err)
		goto err_put;
	bt_control = page_address(control_pin.page);
	if (bt_control->magic != BACKEND_MAGIC) {
		err = -EPROTO;
		goto err_pin;
	}
	err = bt_port_bind(&bt_command, READ_ONCE(bt_control->port));
	if (err)
		goto err_pin;
	return 0;

err_pin:
	xlhv_gnttab_put(&bt_grants, &control_pin);
err_put:
	xlhv_gnttab_close(&bt_grants);
	xlhv_domain_put(bt_peer);
	bt_peer = NULL;
	return err;
}

static void disconnect(void)
{
	if (!bt_peer)
		return;
	xlhv_evtchn_close(&bt_command.host);
	xlhv_gnttab_put(&bt_grants, &control_pin);
	expect_is(xlhv_gnttab_held(&bt_grants), 0, "pins that are left");
	xlhv_gnttab_close(&bt_grants);
	xlhv_domain_put(bt_peer);
	bt_peer = NULL;
	bt_control = NULL;
}

/*
 * A domain that dies.
 */

static void hold(void)
{
	unsigned char *byte;

	if (!expect_is(bt_get(REF_DATA, XLHV_GNTTAB_WRITE, &held[0]), 0, "the data page"))
		return;
	if (!expect_is(bt_get(REF_MANY, 0, &held[1]), 0, "another page"))
		return;
	byte = page_address(held[0].page);
	byte[1] = 0xee;
	bt_order(CMD_CRASH, 0, 0);
}

static void release(void)
{
	unsigned char *byte = held[0].page ? page_address(held[0].page) : NULL;
	unsigned long end = jiffies + PATIENCE;
	struct gnttab_pin pin = {};
	struct domain *other;

	while (!dom_is_dying(bt_peer) && time_before(jiffies, end))
		usleep_range(500, 1000);
	expect(dom_is_dying(bt_peer), "the domain was not destroyed");
	/* Its table and its ports close a moment later. */
	while (xlhv_evtchn_send(&bt_command.host) != -ENOTCONN && time_before(jiffies, end))
		usleep_range(500, 1000);
	expect_is(xlhv_evtchn_send(&bt_command.host), -ENOTCONN, "send to a domain that is gone");
	expect_is(bt_get(REF_MANY + 1, 0, &pin), -EACCES, "a grant of a domain that is gone");
	if (!expect(byte, "nothing was held"))
		return;
	expect(byte[0] == BACKEND_BYTE(0) && byte[1] == 0xee && byte[4095] == BACKEND_BYTE(4095),
	       "the page has changed");
	memset(byte, 0, PAGE_SIZE);
	xlhv_gnttab_put(&bt_grants, &held[0]);
	xlhv_gnttab_put(&bt_grants, &held[1]);
	other = xlhv_domain_get_by_id(bt_peer->domid);
	if (!expect(!other, "the domain can still be found"))
		xlhv_domain_put(other);
}

/*
 * Speed.
 */

static unsigned int nr_cycles;

static int compare(const void *a, const void *b)
{
	const u32 *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static void measure_pair(u32 *cycles, unsigned int ref, unsigned int flags, const char *what)
{
	struct gnttab_pin pin;
	unsigned int i;
	u64 start;
	int err;

	for (i = 0; i < nr_cycles; i++) {
		local_irq_disable();
		start = rdtsc_ordered();
		err = bt_get(ref, flags, &pin);
		if (!err)
			xlhv_gnttab_put(&bt_grants, &pin);
		cycles[i] = rdtsc_ordered() - start;
		local_irq_enable();
		if (!expect_is(err, 0, "get"))
			return;
	}
	sort(cycles, nr_cycles, sizeof(*cycles), compare, NULL);
	bt_say("# cycles %s: min %u median %u n %u\n", what, cycles[0], cycles[nr_cycles / 2],
	       nr_cycles);
}

static void cycles(void)
{
	u32 *measured = vmalloc(array_size(nr_cycles, sizeof(*measured)));

	if (!expect(measured, "no memory"))
		return;
	measure_pair(measured, REF_MANY, XLHV_GNTTAB_WRITE, "grant-get-put-write");
	measure_pair(measured, REF_READ, 0, "grant-get-put-read");
	vfree(measured);
}

static void finish(void)
{
	expect_is(bt_ask(CMD_EXIT, 0, 0), 0, "the end");
}

static int run_case(const char *name, unsigned int domid, unsigned int n)
{
	bool again = !strcmp(name, "release");
	int err = 0;

	if (again != !!bt_peer)
		return bt_peer ? -EBUSY : -ENOENT;
	nr_cycles = clamp(n, 1U, (unsigned int)MAX_CYCLES);
	if (!again) {
		err = connect(domid);
		if (err) {
			bt_say("# no way to domain %u: %d\n", domid, err);
			return err;
		}
	}
	if (!strcmp(name, "events")) {
		bt_events();
	} else if (!strcmp(name, "grants")) {
		bt_grants_case();
	} else if (!strcmp(name, "races")) {
		bt_races();
	} else if (!strcmp(name, "hold")) {
		bt_step("pages held from a domain that crashes", hold);
		return 0;
	} else if (again) {
		bt_step("pages and port of a domain that is gone", release);
	} else if (!strcmp(name, "cycles")) {
		bt_step("cycles", cycles);
	} else if (!strcmp(name, "finish")) {
		bt_step("the guest ends", finish);
	} else {
		err = -EINVAL;
	}
	disconnect();
	return err;
}

static ssize_t command_write(struct file *f, const char __user *data, size_t len, loff_t *pos)
{
	unsigned int domid, n = 1000;
	char text[64], name[16];
	int err;

	if (len >= sizeof(text))
		return -EINVAL;
	if (copy_from_user(text, data, len))
		return -EFAULT;
	text[len] = '\0';
	if (sscanf(text, "%15s %u %u", name, &domid, &n) < 2)
		return -EINVAL;
	mutex_lock(&run_lock);
	report_len = 0;
	bt_failures = 0;
	results = 0;
	err = run_case(name, domid, n);
	if (!err && bt_failures)
		err = -EIO;
	mutex_unlock(&run_lock);
	return err ?: len;
}

static int report_show(struct seq_file *s, void *unused)
{
	mutex_lock(&run_lock);
	seq_write(s, report, report_len);
	mutex_unlock(&run_lock);
	return 0;
}

static int report_open(struct inode *inode, struct file *f)
{
	return single_open(f, report_show, NULL);
}

static const struct file_operations fops = {
	.owner = THIS_MODULE,
	.open = report_open,
	.read = seq_read,
	.write = command_write,
	.llseek = seq_lseek,
	.release = single_release,
};

static int __init backend_test_init(void)
{
	report = kzalloc(REPORT_SIZE, GFP_KERNEL);
	if (!report)
		return -ENOMEM;
	file = debugfs_create_file("xlhv-backend-test", 0600, NULL, NULL, &fops);
	if (IS_ERR(file)) {
		kfree(report);
		return PTR_ERR(file);
	}
	return 0;
}

static void __exit backend_test_exit(void)
{
	debugfs_remove(file);
	if (held[0].page)
		xlhv_gnttab_put(&bt_grants, &held[0]);
	if (held[1].page)
		xlhv_gnttab_put(&bt_grants, &held[1]);
	disconnect();
	kfree(report);
}

module_init(backend_test_init);
module_exit(backend_test_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Test of the host's side of events and grants of xlhv");
COMPAT_IMPORT_NS;
