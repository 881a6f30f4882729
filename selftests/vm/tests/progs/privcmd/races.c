// SPDX-License-Identifier: GPL-2.0-only
/* Threads that map and unmap the same area. */
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include "privcmd.h"

static volatile bool stop;
static char *shared_area;
static unsigned int shared_domid;

static void *race(void *arg)
{
	uint64_t gfn[RAM];
	int err[RAM];
	unsigned int i;

	for (i = 0; i < RAM; i++)
		gfn[i] = i;
	while (!stop) {
		if (arg) {
			munmap(shared_area, RAM * PAGE / 2);
			mmap(shared_area, RAM * PAGE, PROT_READ | PROT_WRITE,
			     MAP_SHARED | MAP_FIXED, priv, 0);
		} else {
			map(shared_domid, shared_area, RAM, gfn, err);
			map(shared_domid, shared_area + PAGE, 3, gfn, err);
		}
	}
	return NULL;
}

void cases_of_races(struct target *t)
{
	pthread_t thread[3];
	unsigned int i;

	shared_area = area(RAM, PROT_READ | PROT_WRITE);
	shared_domid = t->domid;
	stop = false;
	for (i = 0; i < 3; i++)
		pthread_create(&thread[i], NULL, race, (void *)(uintptr_t)(i == 0));
	usleep(1000000);
	stop = true;
	for (i = 0; i < 3; i++)
		pthread_join(thread[i], NULL);
	munmap(shared_area, RAM * PAGE);
	xt_result(true, "threads that map, and one that unmaps the area");
}
