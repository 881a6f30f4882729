// SPDX-License-Identifier: GPL-2.0-only
/* Domains that have ended and are still open, and identifiers that come round again. */
#include <errno.h>
#include <pthread.h>
#include <unistd.h>

#include "domains/domains.h"
#include "xt.h"

/* What has ended keeps its log, and counts as long as somebody has a descriptor of it. */
static void ended(void)
{
	struct xlhv_dom_create c = plan("ended");
	int fd[3];
	bool good = set_limit("max_domains", "3");
	unsigned int i;

	for (i = 0; i < 3; i++) {
		fd[i] = create("ended", 0);
		good &= !xt_call(fd[i], XLHV_DOM_DESTROY, NULL);
	}
	good &= refused(device, "a fourth", xt_call(device, XLHV_DOM_CREATE, &c), ENOSPC,
			"3 domains have ended and are still in use, the limit is 3");
	close(fd[0]);
	fd[0] = create("ended", 0);
	good &= !xt_call(fd[0], XLHV_DOM_DESTROY, NULL);
	for (i = 0; i < 3; i++)
		close(fd[i]);
	good &= set_limit("max_domains", "4096");
	xt_result(good, "those that have ended are counted until nobody has them");
}

static volatile bool opening;

static void *open_and_close(void *name)
{
	int fd;

	while (opening)
		if (!open_domain(XLHV_DOMID_BY_NAME, name, &fd))
			close(fd);
	return NULL;
}

/* The count is right, whoever opens and closes it while it ends. */
static void ended_meanwhile(void)
{
	enum { N = 16, THREADS = 3 };
	struct xlhv_dom_create c = plan("ends");
	pthread_t thread[THREADS];
	unsigned int i, t;
	bool good = true;
	int fd[N];

	for (i = 0; i < N; i++) {
		fd[i] = create("ends", 0);
		opening = true;
		for (t = 0; t < THREADS; t++)
			if (pthread_create(&thread[t], NULL, open_and_close, c.name))
				xt_die("no thread");
		usleep(i * 500);
		good &= !xt_call(fd[i], XLHV_DOM_DESTROY, NULL);
		/* Every other one is kept by nobody but, for a moment, by those threads. */
		if (i % 2)
			close(fd[i]);
		opening = false;
		for (t = 0; t < THREADS; t++)
			pthread_join(thread[t], NULL);
	}
	good &= set_limit("max_domains", "8");
	good &= refused(device, "a ninth", xt_call(device, XLHV_DOM_CREATE, &c), ENOSPC,
			"8 domains have ended and are still in use, the limit is 8");
	for (i = 0; i < N; i += 2)
		close(fd[i]);
	good &= set_limit("max_domains", "1");
	close(create("ends", 0));
	good &= set_limit("max_domains", "4096");
	xt_result(good, "and no others, when they are opened and closed while they end");
}

void wrap(void)
{
	int first = create("first", 0), fd;
	unsigned int id = info_of(first).domid, last = id, turns = 0;
	bool good = true;

	do {
		fd = create("next", 0);
		last = info_of(fd).domid;
		close(fd);
		turns++;
		good &= last == (id + turns) % DOMIDS || last == (id + turns) % DOMIDS + 1;
	} while (good && turns < DOMIDS - 1);
	xt_result(good && last != id, "once around: %u domains, the last one %u", turns, last);
	close(first);
}

void cases_of_ends(void)
{
	ended();
	ended_meanwhile();
}
