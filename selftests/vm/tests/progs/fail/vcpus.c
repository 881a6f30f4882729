// SPDX-License-Identifier: GPL-2.0-only
/* Lives of a guest, in whose threads something fails. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "fail/fail.h"
#include "xt.h"

#define VCPUS_SECONDS	6	/* of the machine's clock, for one life */
#define MAX_VCPUS	8

struct life {
	unsigned int failures, waits;
};

/* One life: in each thread the n-th fails, and then every @every-th after that. */
static void live(const char *name, unsigned int n, unsigned int every, struct life *life)
{
	struct xlhv_dom_open o = { .domid = XLHV_DOMID_BY_NAME };
	unsigned int vcpus;
	struct xlhv_dom_info info = {};
	time_t end = time(NULL) + VCPUS_SECONDS;
	int files[MAX_VCPUS];
	char path[64];

	snprintf(o.name, sizeof(o.name), "%s", name);
	xt_must(xt_call(dev, XLHV_DOM_OPEN, &o), name);
	xt_must(xt_call(o.fd, XLHV_DOM_INFO, &info), name);
	vcpus = info.max_vcpus;
	if (vcpus > MAX_VCPUS)
		xt_die("%s has %u vCPUs", name, vcpus);
	for (unsigned int v = 0; v < vcpus; v++) {
		struct xlhv_vcpu_info vcpu = { .vcpu = v };

		xt_must(xt_call(o.fd, XLHV_DOM_VCPU_INFO, &vcpu), "vCPU");
		snprintf(path, sizeof(path), "/proc/%u/fail-nth", vcpu.tid);
		files[v] = open(path, O_RDWR | O_CLOEXEC);
		if (files[v] < 0)
			xt_die("%s: %s", path, xt_errno_name(errno));
		arm(files[v], n);
	}
	xt_must(xt_call(o.fd, XLHV_DOM_UNPAUSE, NULL), "unpause");
	while (time(NULL) < end) {
		int err = xt_call(o.fd, XLHV_DOM_INFO, &info);

		if (err || info.shutdown_reason != XLHV_NO_REASON)
			break;
		for (unsigned int v = 0; v < vcpus; v++) {
			if (left(files[v]))
				continue;
			life->failures++;
			arm(files[v], every);
		}
		if (info.pause_reason == XLHV_PAUSE_NO_MEMORY) {
			life->waits++;
			xt_must(xt_call(o.fd, XLHV_DOM_UNPAUSE, NULL), "unpause");
		}
		usleep(4000);
	}
	for (unsigned int v = 0; v < vcpus; v++) {
		life->failures += !left(files[v]);
		arm(files[v], 0);
		close(files[v]);
	}
	xt_must(xt_call(o.fd, XLHV_DOM_DESTROY, NULL), "destroy");
	close(o.fd);
}

/*
 * Lives of one guest, in which each allocation and copy fails once, @max lives or until one has
 * nothing left to fail. What comes of each is its own affair: it was told that calls failed. The
 * host has it as before.
 */
int run_vcpus(const char *name, const char *config, unsigned int max)
{
	unsigned int n, failures = 0, waits = 0, bad = 0;
	struct xlhv_info info;
	struct life life = {};
	char line[256];

	dev = xt_open();
	snprintf(line, sizeof(line), "xlctl create -q -e -p %s", config);
	for (n = 1; n <= max && bad < 5; n++) {
		life = (struct life){};
		if (system(line))
			xt_die("%s: not created", name);
		live(name, n, max, &life);
		xt_note("%s, %u: %u failures, %u waits", name, n, life.failures, life.waits);
		failures += life.failures;
		waits += life.waits;
		if (!empty(&info, 0)) {
			xt_note("%s, %u: %u domains, %u holders, %llu pages of guests, %llu besides",
				name, n, info.nr_domains, info.holders,
				(unsigned long long)info.guest_pages,
				(unsigned long long)info.overhead_pages);
			bad++;
		}
		if (!life.failures)
			break;
	}
	xt_result(failures && !bad, "%s: %u lives, %u failures, %u waits for memory", name,
		  n > max ? max : n, failures, waits);
	return xt_done();
}
