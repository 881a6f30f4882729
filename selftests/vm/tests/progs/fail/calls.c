// SPDX-License-Identifier: GPL-2.0-only
/* Each operation again and again, until nothing in it is left to fail. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fail/fail.h"
#include "xt.h"

#define MOST_FDS	64

static void bus_error(int signal)
{
	(void)signal;
	siglongjmp(on_bus, 1);
}

static unsigned int descriptors(void)
{
	unsigned int n = 0;

	for (int fd = 0; fd < MOST_FDS; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

/* What can be told of a domain that does not run: all of it, with the memory that it takes. */
struct picture {
	struct xlhv_dom_info info;
	uint64_t values[512];
	unsigned char mark;
};

static void look(struct picture *picture, enum kept kept)
{
	struct xlhv_stats s = {
		.values = (uintptr_t)picture->values,
		.count = 512,
		.vcpu = XLHV_ALL_VCPUS,
	};

	memset(picture, 0, sizeof(*picture));
	if (kept == NOTHING)
		return;
	xt_must(xt_call(dom, XLHV_DOM_INFO, &picture->info), "info");
	if (kept == ALL)
		xt_must(xt_call(dom, XLHV_DOM_STATS, &s), "stats");
	else
		picture->info.overhead_pages = 0;
	if (map != MAP_FAILED && !sigsetjmp(on_bus, 1))
		picture->mark = map[MARKED * PAGE];
}

static bool same(const struct picture *a, const struct picture *b)
{
	for (unsigned int i = 0; i < 512; i++)
		if (a->values[i] != b->values[i])
			xt_note("figure %u: %llu before, %llu after", i,
				(unsigned long long)a->values[i], (unsigned long long)b->values[i]);
	return !memcmp(a, b, sizeof(*a));
}

/* A call failed: is all as it was, and can it be made again? */
static bool undone(const struct op *op, int err, const struct picture *was)
{
	static struct picture is;
	int again;

	look(&is, op->kept);
	/* When the last copy fails, that of the answer, it is done. */
	if (!same(was, &is) && !(err == EFAULT && op->again)) {
		xt_note("it did something");
		return false;
	}
	again = op->op();
	if (!again || (again == op->again && (err == EFAULT || op->kept == NOTHING)))
		return true;
	xt_note("a second time: %s", xt_errno_name(again));
	return false;
}

static void run_op(const struct op *op)
{
	unsigned int n, injected = 0, refused = 0, bad = 0, fds = descriptors();
	unsigned int ports = node_ports(), now;
	static struct picture was;
	const char *name = op->name;
	struct xlhv_info info;
	bool more = true;

	for (n = 1; more && n <= op->most && bad < 5; n++) {
		bool fits;
		int err;

		op->before();
		look(&was, op->kept);
		arm(nth, n);
		err = op->op();
		more = disarm();
		/* Without memory for a thread, fork() has this error sometimes. */
		fits = fitting(err) || (nth == maker && err == EAGAIN);
		injected += more;
		refused += more && err;
		if (more && err && !undone(op, err, &was)) {
			xt_note("%s, %u: %s, but not undone", name, n, xt_errno_name(err));
			bad++;
		}
		clean_up();
		if (!more && err) {
			xt_note("%s, %u: %s although nothing failed", name, n, xt_errno_name(err));
			bad++;
		} else if (err && !fits) {
			xt_note("%s, %u: %s", name, n, xt_errno_name(err));
			bad++;
		}
		if (descriptors() != fds) {
			xt_note("%s, %u: %u descriptors, not %u", name, n, descriptors(), fds);
			fds = descriptors();
			bad++;
		}
		now = node_ports();
		if (now != ports) {
			xt_note("%s, %u: domain 0 has %u ports, not %u", name, n, now, ports);
			ports = now;
			bad++;
		}
		if (!empty(&info, 1)) {
			xt_note("%s, %u: %u domains, %u holders, %llu pages of guests, %llu besides",
				name, n, info.nr_domains, info.holders,
				(unsigned long long)info.guest_pages,
				(unsigned long long)info.overhead_pages);
			bad++;
			if (!op_dom_open()) {
				dom = other;
				other = -1;
				clean_up();
			}
		}
	}
	if (more && !bad) {
		xt_note("%s: more than %u", name, op->most);
		bad++;
	}
	xt_result(!bad, "%s: %u failures, %u told", name, injected, refused);
}

static const struct {
	const char *name;
	const struct op *ops;
} groups[] = {
	{ "domains", domain_ops }, { "ports", port_ops }, { "grants", grant_ops },
	{ "frames", frame_ops }, { "store", store_ops }, { "disks", disk_ops },
	{ "vifs", vif_ops }, { "device", device_ops },
};

/* By its name or its group's; without names all are, but those for which there is no device. */
static bool is_wanted(const char *name, const char *group, int argc, char **argv)
{
	if (!argc)
		return strcmp(group, "device") || getenv("FAIL_DEVICE");
	for (int a = 0; a < argc; a++)
		if (!strcmp(argv[a], name) || !strcmp(argv[a], group))
			return true;
	return false;
}

int run_ops(int argc, char **argv)
{
	struct xlhv_vmx_hold h = { .hold = 1 };
	struct sigaction action = { .sa_handler = bus_error, .sa_flags = SA_NODEFER };
	int keep;

	dev = xt_open();
	keep = xt_open();
	/* VMX stays on between the operations. */
	if (ioctl(keep, XLHV_VMX_HOLD, &h))
		xt_die("hold: %s", xt_errno_name(errno));
	sigaction(SIGBUS, &action, NULL);
	disks_begin();
	for (size_t g = 0; g < sizeof(groups) / sizeof(groups[0]); g++)
		for (const struct op *op = groups[g].ops; op->name; op++)
			if (is_wanted(op->name, groups[g].name, argc, argv))
				run_op(op);
	close(keep);
	return xt_done();
}
