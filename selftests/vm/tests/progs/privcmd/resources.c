// SPDX-License-Identifier: GPL-2.0-only
/* Grant tables of domains, mapped. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>

#include "privcmd.h"

static void resources(struct target *t)
{
	struct privcmd_mmap_resource r = { .dom = t->domid, .type = 1 };
	char *at = area(1, PROT_READ | PROT_WRITE);
	struct { uint16_t flags, domid; uint32_t frame; } *entry = (void *)at;
	bool ok;

	ok = is("how many", call(priv, IOCTL_PRIVCMD_MMAP_RESOURCE, &r), 0);
	ok = is("frames", r.num, 64) && ok;
	r.num = 1;
	ok = is("no address", call(priv, IOCTL_PRIVCMD_MMAP_RESOURCE, &r), -EINVAL) && ok;
	r.addr = (uintptr_t)at;
	r.idx = 64;
	ok = is("beyond", call(priv, IOCTL_PRIVCMD_MMAP_RESOURCE, &r), -EINVAL) && ok;
	r.idx = ~0U;
	r.num = ~0ULL;
	ok = is("around", call(priv, IOCTL_PRIVCMD_MMAP_RESOURCE, &r), -EINVAL) && ok;
	r.idx = 0;
	r.num = 1;
	r.type = 0;
	ok = is("another type", call(priv, IOCTL_PRIVCMD_MMAP_RESOURCE, &r), -EOPNOTSUPP) && ok;
	r.type = 1;
	r.id = 2;
	ok = is("another table", call(priv, IOCTL_PRIVCMD_MMAP_RESOURCE, &r), -EINVAL) && ok;
	r.id = 0;
	r.dom = 4711;
	ok = is("no domain", call(priv, IOCTL_PRIVCMD_MMAP_RESOURCE, &r), -ESRCH) && ok;
	r.dom = t->domid;
	ok = is("pointer", call(priv, IOCTL_PRIVCMD_MMAP_RESOURCE, BAD), -EFAULT) && ok;
	ok = is("the table", call(priv, IOCTL_PRIVCMD_MMAP_RESOURCE, &r), 0) &&
	     is("console's flags", entry->flags & 1, 1) && is("to", entry->domid, 0) &&
	     is("frame", entry->frame, RING) && ok;
	munmap(at, PAGE);
	xt_result(ok, "a domain's grant table is mapped, its console's grant is there");
}

#define FRAMES	64U	/* of a table, all that there are */
#define THREADS	3U

static char *table;
static unsigned int table_of;
static pthread_barrier_t together;

static void *map_table(void *unused)
{
	struct privcmd_mmap_resource r = {
		.dom = table_of, .type = 1, .num = FRAMES, .addr = (uintptr_t)table,
	};

	(void)unused;
	pthread_barrier_wait(&together);
	return (void *)(intptr_t)call(priv, IOCTL_PRIVCMD_MMAP_RESOURCE, &r);
}

/* Several threads, the same area: one fills it, and the others have done nothing. */
static void at_once(struct target *t)
{
	unsigned int turns = xt_turns(100), i, turn, filled, bad_ends = 0, missing = 0;
	pthread_t thread[THREADS];
	void *rc;

	table_of = t->domid;
	pthread_barrier_init(&together, NULL, THREADS);
	for (turn = 0; turn < turns; turn++) {
		table = area(FRAMES, PROT_READ | PROT_WRITE);
		for (i = 0; i < THREADS; i++)
			pthread_create(&thread[i], NULL, map_table, NULL);
		for (filled = 0, i = 0; i < THREADS; i++) {
			pthread_join(thread[i], &rc);
			filled += !rc;
			bad_ends += rc && (intptr_t)rc != -EINVAL;
		}
		bad_ends += filled != 1;
		for (i = 0; i < FRAMES; i++)
			missing += fault(table + i * PAGE, false) != 0;
		munmap(table, FRAMES * PAGE);
	}
	pthread_barrier_destroy(&together);
	xt_result(is("other ends", bad_ends, 0) && is("frames that are missing", missing, 0),
		  "of threads that map a grant table to the same place one does");
}

void cases_of_resources(struct target *t)
{
	resources(t);
	at_once(t);
}
