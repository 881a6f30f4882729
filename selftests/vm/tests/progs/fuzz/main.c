// SPDX-License-Identifier: GPL-2.0-only
/*
 * xlhv-fuzz SECONDS [SEED [ROUND]]: ioctls by chance;
 * xlhv-fuzz nodes FOLDER SECONDS [SEED [ROUND]]: the nodes of domain 0 by chance.
 *
 * Round after round a process with several threads and descriptors does whatever can be done with
 * /dev/xlhv and with domains: calls that are nearly right, with arguments in memory that is not
 * there, goes, or takes its time (userfaultfd), in the domain itself or in the kernel; mmap, poll,
 * consoles, debugfs, children; while files or descriptors are scarce. It ends by itself or is
 * killed.
 *
 * Meanwhile root's tool does what a tool does, and never waits for the others' sake. After each
 * round: the process is gone soon; it has no descriptors that nobody knows of; every domain
 * can be destroyed soon; no CPU was the kernel's alone for long; nothing is held and no memory is
 * missing. A user without rights hears nothing of it all. Panics and reports of the kernel are for
 * who runs the machine. Prints KTAP.
 *
 * With "nodes" the processes have /dev/xen/... instead: grants of two guests, made of kernels in
 * FOLDER, are mapped, copied, moved, inherited, given to pipes; pages are granted to them; ports
 * are bound and signalled; XenStore is asked, and played by a daemon that errs. After each round no
 * grant of the guest that obeys is in use, and domain 0 has no port more than before.
 *
 * SEED makes the same rounds again, ROUND only that one, over and over; the timing is the
 * machine's.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "fuzz/fuzz.h"
#include "fuzz/nodes.h"
#include "xt.h"

#define LEAK_KIB	4096

struct watch_slot *slots;

int main(int argc, char **argv)
{
	unsigned long seconds, seed, only = 0, n = 0;
	bool good = true;
	long before, after = 0;
	uint64_t began, end;
	unsigned int warm = 3;
	pid_t others[2];
	int dev;

	if (argc < 2)		/* what a child has started */
		return 0;
	nodes_only = argc > 3 && !strcmp(argv[1], "nodes");
	if (nodes_only) {
		partners_folder = argv[2];
		warm = PARTNERS_ROUNDS;
		argv += 2;
		argc -= 2;
		partners_count_ports();
	}
	seconds = xt_number(argv[1], "number of seconds", 86400);
	seed = argc > 2 ? xt_number(argv[2], "seed", ~0UL) : 1;
	if (argc > 3)
		only = xt_number(argv[3], "round", ~0U);
	slots = watch_init();
	heard = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	others[0] = eavesdrop();
	others[1] = be_root(seed);
	watch_pulses_start(slots);
	dev = xt_open();
	began = now_ns();
	/* The first rounds make the kernel allocate what it keeps. */
	for (n = 1; n <= warm && good; n++)
		good = one_round(seed, argc > 3 ? only : n, dev);
	before = settled_kib();
	end = now_ns() + seconds * 1000000000ULL;
	for (; good && now_ns() < end; n++) {
		good = one_round(seed, argc > 3 ? only : n, dev);
		if (!good || n % 16)
			continue;
		after = settled_kib();
		if (before - after > leak_kib(LEAK_KIB)) {
			xt_note("%ld KiB free before, %ld after", before, after);
			good = false;
		}
	}
	if (nodes_only && good) {
		partners_forget();
		good = destroy_left() && nothing_left(dev);
	}
	xt_note("after %llu ms", (unsigned long long)(now_ns() - began) / 1000000);
	if (!good)
		xt_note("found; again: %s %lu %lu, with %lu for that round alone",
			nodes_only ? "xlhv-fuzz nodes FOLDER" : "xlhv-fuzz", seconds, seed,
			argc > 3 ? only : n - 1);
	watch_pulses_note();
	watch_note_longest();
	xt_result(good, "%lu rounds of %s by chance, seed %lu", n - 1,
		  nodes_only ? "nodes" : "ioctls", seed);
	for (size_t i = 0; i < NR(others); i++) {
		kill(others[i], SIGKILL);
		if (good)
			waitpid(others[i], NULL, 0);
	}
	return xt_done();
}
