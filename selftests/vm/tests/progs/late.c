// SPDX-License-Identifier: GPL-2.0-only
/* A call in a thread of its own, that may take too long. */
#include <pthread.h>
#include <unistd.h>

#include "late.h"
#include "xt.h"

static void *late_thread(void *data)
{
	struct late *l = data;

	l->result = l->what(l->arg);
	__atomic_store_n(&l->done, true, __ATOMIC_RELEASE);
	return NULL;
}

void late_start(struct late *l, int (*what)(void *arg), void *arg)
{
	*l = (struct late){ .what = what, .arg = arg };
	if (pthread_create(&l->thread, NULL, late_thread, l))
		xt_die("no thread");
}

bool late_done(struct late *l, unsigned int ms)
{
	for (unsigned int i = 0; i < ms && !__atomic_load_n(&l->done, __ATOMIC_ACQUIRE); i++)
		usleep(1000);
	return __atomic_load_n(&l->done, __ATOMIC_ACQUIRE);
}

int late_end(struct late *l)
{
	pthread_join(l->thread, NULL);
	return l->result;
}
