// SPDX-License-Identifier: GPL-2.0-only
/* The end of a domain while it is given its memory, mapped and asked. */
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "control/control.h"
#include "late.h"
#include "xt.h"

/* All memory at once, and its end meanwhile. */
void eager(void)
{
	bool good = true;
	int fd, err;

	for (unsigned int i = 0; i < 10; i++) {
		struct late l;

		xt_must(try_create("eager", XLHV_CREATE_EAGER, &fd), "create");
		late_start(&l, do_populate, &fd);
		usleep(i * 300);
		err = do_destroy(&fd);
		good &= !err;
		err = late_end(&l);
		good &= !err || err == ESRCH;
		if (!good)
			xt_note("turn %u: %s", i, xt_errno_name(err));
		close(fd);
	}
	xt_result(good && !domains(), "destroyed while it is populated");
}

/* mmap(), ioctls with arrays, page faults and the end of a domain, all at once. */
static volatile bool stop;
static volatile int racing;

static void *race_map(void *arg)
{
	(void)arg;
	while (!stop) {
		int fd = racing;
		char *p = mmap(NULL, PAGE * 4, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

		if (p != MAP_FAILED)
			munmap(p, PAGE * 4);
	}
	return NULL;
}

static void *race_call(void *arg)
{
	uint64_t values[256];

	(void)arg;
	while (!stop) {
		int dom = racing;
		struct xlhv_stats s = {
			.values = (uintptr_t)values, .count = 256, .vcpu = XLHV_ALL_VCPUS,
		};
		/* Fresh memory each time: the copy faults, and wants the mmap_lock. */
		char *p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			       -1, 0);
		struct xlhv_userdata u = { .buffer = (uintptr_t)p, .len = PAGE };

		do_populate(&dom);
		xt_call(dom, XLHV_DOM_STATS, &s);
		xt_call(dom, XLHV_DOM_USERDATA_SET, &u);
		xt_call(dom, XLHV_DOM_USERDATA_GET, &u);
		munmap(p, PAGE);
	}
	return NULL;
}

static int race(void *arg)
{
	pthread_t threads[4];

	(void)arg;
	racing = create("race");
	for (size_t i = 0; i < NR(threads); i++)
		pthread_create(&threads[i], NULL, i % 2 ? race_call : race_map, NULL);
	for (unsigned int i = 0; i < xt_turns(60); i++) {
		int old = racing;

		usleep(2000);
		do_destroy(&old);
		close(old);
		/* The number may be used again at once: that is what the threads use. */
		racing = create("race");
	}
	stop = true;
	for (size_t i = 0; i < NR(threads); i++)
		pthread_join(threads[i], NULL);
	close(racing);
	return 0;
}

void map_against_end(void)
{
	struct late l;
	bool good;

	stop = false;
	late_start(&l, race, NULL);
	good = late_done(&l, 60000);
	if (good)
		late_end(&l);
	xt_result(good && !domains(), "mmap and calls with memory against the end of the domain");
}
