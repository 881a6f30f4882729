/* SPDX-License-Identifier: GPL-2.0-only */
/* A call in a thread of its own, that may take too long. */
#ifndef XT_LATE_H
#define XT_LATE_H

#include <pthread.h>
#include <stdbool.h>

struct late {
	pthread_t thread;
	int (*what)(void *arg);
	void *arg;
	int result;
	bool done;
};

void late_start(struct late *l, int (*what)(void *arg), void *arg);
/* Is it through within so many milliseconds? */
bool late_done(struct late *l, unsigned int ms);
/* Waits for it, and gives its result. */
int late_end(struct late *l);

#endif /* XT_LATE_H */
