// SPDX-License-Identifier: GPL-2.0-only
/* The host's side of grants: use pages, refusals, batches, limits, revocation. */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/mm.h>

#include "backend-test.h"

static void use_pages(void)
{
	struct gnttab_pin pin = {}, again;
	unsigned char *byte;
	unsigned int i;

	if (!expect_is(bt_get(REF_READ, 0, &pin), 0, "for reading"))
		return;
	expect(!pin.write && pin.start == 0 && pin.length == PAGE_SIZE, "window %u+%u", pin.start,
	       pin.length);
	byte = page_address(pin.page);
	for (i = 0; i < PAGE_SIZE && byte[i] == BACKEND_BYTE(i); i++)
		;
	expect_is(i, PAGE_SIZE, "bytes of the guest's");
	expect_is(bt_ask(CMD_FLAGS, REF_READ, 0), 1 | 4 | 8, "flags: readonly, reading");
	expect_is(bt_get(REF_READ, XLHV_GNTTAB_WRITE, &again), -EACCES, "for writing");
	expect_is(bt_ask(CMD_FLAGS, REF_READ, 0), 1 | 4 | 8, "flags after a refusal");
	xlhv_gnttab_put(&bt_grants, &pin);
	expect_is(bt_ask(CMD_FLAGS, REF_READ, 0), 1 | 4, "flags after");

	if (!expect_is(bt_get(REF_DATA, XLHV_GNTTAB_WRITE, &pin), 0, "for writing"))
		return;
	expect_is(bt_ask(CMD_FLAGS, REF_DATA, 0), 1 | 8 | 16, "flags: reading, writing");
	expect_is(bt_get(REF_DATA, 0, &again), 0, "once more, for reading");
	xlhv_gnttab_put(&bt_grants, &pin);
	expect_is(bt_ask(CMD_FLAGS, REF_DATA, 0), 1 | 8, "flags: reading");
	xlhv_gnttab_put(&bt_grants, &again);
	expect_is(bt_ask(CMD_FLAGS, REF_DATA, 0), 1, "flags at the end");
}

static void refusals(void)
{
	struct gnttab_pin pin;

	expect_is(bt_get(REF_UNUSED, 0, &pin), -EACCES, "an entry that grants nothing");
	expect_is(bt_get(REF_OTHER, 0, &pin), -EACCES, "an entry for another domain");
	expect_is(bt_get(REF_NOWHERE, 0, &pin), -EFAULT, "a frame without memory");
	expect_is(bt_ask(CMD_FLAGS, REF_NOWHERE, 0), 1, "its flags");
	expect_is(bt_get(REF_BEYOND, 0, &pin), -EINVAL, "a wild reference");
	expect_is(bt_get(U32_MAX, 0, &pin), -EINVAL, "reference -1");
	expect_is(bt_get(512, 0, &pin), -EINVAL, "the first behind the table");
	/* Memory that has to be made first: only where it may sleep. */
	expect_is(bt_get(REF_LAZY, 0, &pin), -EAGAIN, "memory never touched, atomically");
	expect_is(bt_ask(CMD_FLAGS, REF_LAZY, 0), 1, "its flags");
	if (expect_is(bt_get(REF_LAZY, XLHV_GNTTAB_SLEEP, &pin), 0, "memory never touched")) {
		expect(!memchr_inv(page_address(pin.page), 0, PAGE_SIZE), "it is not zero");
		xlhv_gnttab_put(&bt_grants, &pin);
	}
	if (expect_is(bt_get(REF_LAZY, 0, &pin), 0, "memory that was touched, atomically"))
		xlhv_gnttab_put(&bt_grants, &pin);
	expect_is(xlhv_gnttab_held(&bt_grants), 1, "pins: that of the control page");
}

static void batches(void)
{
	struct gnttab_pin pin[MAX_PINS];
	grant_ref_t ref[MAX_PINS];
	unsigned int i;

	for (i = 0; i < REF_NR_MANY; i++)
		ref[i] = REF_MANY + i;
	expect_is(xlhv_gnttab_get_many(&bt_grants, ref, 0, 0, pin), 0, "none");
	if (expect_is(xlhv_gnttab_get_many(&bt_grants, ref, REF_NR_MANY, XLHV_GNTTAB_WRITE, pin), 0,
		      "all")) {
		expect_is(xlhv_gnttab_held(&bt_grants), REF_NR_MANY + 1, "pins");
		for (i = 1; i < REF_NR_MANY; i++)
			expect(pin[i].page != pin[i - 1].page, "page %u", i);
		xlhv_gnttab_put_many(&bt_grants, pin, REF_NR_MANY);
	}
	/* One bad: none is kept. */
	ref[20] = REF_UNUSED;
	expect_is(xlhv_gnttab_get_many(&bt_grants, ref, REF_NR_MANY, 0, pin), -EACCES,
		  "one bad among the good");
	expect_is(xlhv_gnttab_held(&bt_grants), 1, "pins after that");
	for (i = 0; i < REF_NR_MANY; i++)
		expect_is(bt_ask(CMD_FLAGS, REF_MANY + i, 0), 1, "flags of reference %u", i);
	/* The limit of the backend, with the control page counted. */
	for (i = 0; i < MAX_PINS; i++)
		ref[i] = REF_MANY;
	expect_is(xlhv_gnttab_get_many(&bt_grants, ref, MAX_PINS, 0, pin), -EBUSY, "one too many");
	expect_is(xlhv_gnttab_held(&bt_grants), 1, "pins after that");
	if (expect_is(xlhv_gnttab_get_many(&bt_grants, ref, MAX_PINS - 1, 0, pin), 0,
		      "as many as may be"))
		xlhv_gnttab_put_many(&bt_grants, pin, MAX_PINS - 1);
}

/* 128 pins of a kind on one entry are the most: the guest cannot make a counter wrap. */
static void many_on_one_entry(void)
{
	struct xlhv_gnttab wide;
	struct gnttab_pin *pin;
	unsigned int nr = 0;
	int err;

	pin = kcalloc(256, sizeof(*pin), GFP_KERNEL);
	if (!expect(pin, "no memory"))
		return;
	xlhv_gnttab_open(&wide, bt_peer, 0, 1000);
	do {
		err = xlhv_gnttab_get(&wide, REF_DATA, 0, &pin[nr]);
		nr += !err;
	} while (!err && nr < 256);
	expect_is(err, -EACCES, "one pin too many");
	expect_is(nr, 128, "pins on one entry");
	xlhv_gnttab_put_many(&wide, pin, nr);
	expect_is(bt_ask(CMD_FLAGS, REF_DATA, 0), 1, "flags");
	xlhv_gnttab_close(&wide);
	expect_is(xlhv_gnttab_get(&wide, REF_DATA, 0, pin), -ESHUTDOWN, "after closing");
	kfree(pin);
}

static void revocation(void)
{
	struct gnttab_pin pin, again;

	if (!expect_is(bt_get(REF_DATA, XLHV_GNTTAB_WRITE, &pin), 0, "get"))
		return;
	expect_is(bt_ask(CMD_REVOKE, REF_DATA, 0), 0, "revoked while in use");
	expect_is(bt_ask(CMD_VERSION, 1, 0), 0, "set_version to what it is");
	expect(bt_ask(CMD_VERSION, 2, 0) < 0, "set_version 2 while in use");
	xlhv_gnttab_put(&bt_grants, &pin);
	expect_is(bt_ask(CMD_REVOKE, REF_DATA, 0), 1, "revoked");
	expect_is(bt_get(REF_DATA, 0, &again), -EACCES, "what was revoked");
	expect_is(bt_ask(CMD_GRANT, REF_DATA, 0), 0, "granted again");
	if (expect_is(bt_get(REF_DATA, XLHV_GNTTAB_WRITE, &pin), 0, "get"))
		xlhv_gnttab_put(&bt_grants, &pin);
}

static struct xlhv_gnttab closing;
static DECLARE_COMPLETION(close_done);

static int close_thread(void *unused)
{
	xlhv_gnttab_close(&closing);
	complete(&close_done);
	return 0;
}

/* Closing waits for the pins, and none can be had from then on. */
static void closed_while_held(void)
{
	struct gnttab_pin pin, other;
	struct task_struct *task;
	int err;

	reinit_completion(&close_done);
	xlhv_gnttab_open(&closing, bt_peer, 0, 4);
	if (!expect_is(xlhv_gnttab_get(&closing, REF_DATA, 0, &pin), 0, "get"))
		return;
	task = kthread_run(close_thread, NULL, "backend-close");
	if (!expect(!IS_ERR(task), "no thread"))
		return;
	while (!READ_ONCE(closing.closing))
		usleep_range(50, 100);
	usleep_range(2000, 3000);
	expect(!completion_done(&close_done), "closed with a pin");
	err = xlhv_gnttab_get(&closing, REF_DATA, 0, &other);
	expect_is(err, -ESHUTDOWN, "get while closing");
	xlhv_gnttab_put(&closing, &pin);
	expect(wait_for_completion_timeout(&close_done, PATIENCE), "not closed after the put");
}

void bt_grants_case(void)
{
	bt_step("pages and their flags", use_pages);
	bt_step("refusals", refusals);
	bt_step("batches and limits", batches);
	bt_step("many pins on one entry", many_on_one_entry);
	bt_step("revocation", revocation);
	bt_step("closing with pins", closed_while_held);
}
