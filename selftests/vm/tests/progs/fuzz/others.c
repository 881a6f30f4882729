// SPDX-License-Identifier: GPL-2.0-only
/*
 * Those beside the rounds: root's tool, to which others' domains are to be no trouble, who destroys
 * what is left, and a user without rights who listens.
 */
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fuzz/fuzz.h"
#include "fuzz/nodes.h"
#include "nl.h"
#include "xt.h"

_Atomic bool *heard;

/* Destroys what is left, by a process of its own: it may hang.  Return: all are gone. */
bool destroy_left(void)
{
	int status;
	pid_t child = fork();

	if (!child) {
		int dev = xt_open();
		struct xlhv_dom_info info[16] = {};
		struct xlhv_dom_list l;

		do {
			memset(&l, 0, sizeof(l));
			l.count = NR(info);
			l.info = (uintptr_t)info;
			if (ioctl(dev, XLHV_DOM_LIST, &l))
				_exit(1);
			for (unsigned int i = 0; i < l.count && i < NR(info); i++) {
				struct xlhv_dom_open o = { .domid = info[i].domid };

				if (ioctl(dev, XLHV_DOM_OPEN, &o))
					continue;
				watch_begin(&slots[0], "destroy of what was left");
				ioctl(o.fd, XLHV_DOM_DESTROY);
				watch_end(&slots[0]);
				close(o.fd);
			}
		} while (l.count);
		_exit(0);
	}
	if (child < 0 || !ends(child, &status, 2 * LIMIT_NS)) {
		xt_note("a domain cannot be destroyed");
		return false;
	}
	if (status)
		xt_note("what was left could not be listed: status %#x", status);
	return !status;
}

/*
 * Root's tool, to which others' domains are to be no trouble: what it does takes no longer than
 * it must, whatever those do who made them.
 */
pid_t be_root(uint64_t seed)
{
	static struct fuzzer f;
	pid_t child = fork();
	int dev;

	if (child)
		return child;
	rng_seed(&f.rng, seed ^ 0xad);
	f.slot = ROOT_SLOT;
	f.good = malloc(8192);
	nr_doms = 1;
	dev = xt_open();
	for (;;) {
		struct xlhv_dom_info info[16] = {};
		struct xlhv_dom_list l = { .count = NR(info), .info = (uintptr_t)info };
		struct xlhv_dom_open o = {};
		unsigned int which, what;

		sleep_us(3000 + below(&f, 30000));
		if (ioctl(dev, XLHV_DOM_LIST, &l) || !l.count)
			continue;
		which = below(&f, l.count < NR(info) ? l.count : NR(info));
		o.domid = info[which].domid;
		watch_begin(f.slot, "DOM_OPEN");
		if (ioctl(dev, XLHV_DOM_OPEN, &o))
			o.fd = -1;
		watch_end(f.slot);
		if (o.fd < 0)
			continue;
		what = below(&f, 8);
		/* Whom processes have to do with lives longer, and one of them stays. */
		if (nodes_only && !what)
			what = strcmp(info[which].name, "peer0") && !below(&f, 16) ? 0 : 7;
		switch (what) {
		case 0:
			watch_begin(f.slot, "DOM_DESTROY");
			ioctl(o.fd, XLHV_DOM_DESTROY);
			break;
		case 1 ... 3:
			atomic_store(&doms[0], o.fd);
			any_debugfs(&f);
			break;
		case 4:
			watch_begin(f.slot, "DOM_INFO");
			ioctl(o.fd, XLHV_DOM_INFO, &info[0]);
			break;
		default:
			watch_begin(f.slot, "DOM_PAUSE");
			ioctl(o.fd, XLHV_DOM_PAUSE);
			watch_begin(f.slot, "DOM_UNPAUSE");
			ioctl(o.fd, XLHV_DOM_UNPAUSE);
		}
		watch_end(f.slot);
		close(o.fd);
	}
}

bool root_is_late(void)
{
	struct watch_slot *s = ROOT_SLOT;
	uint64_t now = now_ns(), since = s->since;

	return s->what && now > since && now - since > ROOT_NS;
}

pid_t eavesdrop(void)
{
	pid_t child = fork();
	int fd;

	if (child)
		return child;
	if (unshare(CLONE_NEWNET) || setgid(65534) || setuid(65534))
		_exit(0);
	fclose(stderr);
	fd = nl_listen();	/* ends here if it may not */
	for (;;) {
		if (nl_waits(fd))
			atomic_store(heard, true);
		sleep_us(20000);
	}
}
