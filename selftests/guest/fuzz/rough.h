/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the rough calls share; see rough.c. */
#ifndef FUZZ_ROUGH_H
#define FUZZ_ROUGH_H

#include "fuzz.h"

#define NR_FRAMES	32		/* of the grant table */

/* What a worker does without an interrupt in sight. */
struct busy {
	const char *volatile what;
	volatile u64 since;
};

extern unsigned int workers, victims;
extern struct busy busy[MAX_CPUS];

/* time.c */

/* What we had of a CPU, in ns: what others have meanwhile is not a call's fault. */
u64 had(u32 vcpu);
void timer_calibrate(void);
/* A call may take as long as it likes, as long as an interrupt comes through. */
u64 long_begin(struct fuzz *f);
void long_end(struct fuzz *f, const char *what, u64 since);
/* Does another one do for too long what has an end? */
void watch_others(struct fuzz *f);

#define LONG(f, what, call)								\
	({										\
		u64 long_since = long_begin(f);						\
		long long_rc = (call);							\
		long_end(f, what, long_since);						\
		long_rc;								\
	})

/* starts.c: of virtual CPUs from "workers" on */
void starts_setup(void);
/* All of them, by IPIs or by calls, while another worker does the same in the other way. */
void start_all(struct fuzz *f, bool by_ipi);
void start_stop(struct fuzz *f);
/* This worker and all that come along start the same ones, each in its way, at the same moment. */
void start_race(struct fuzz *f);
/* Of INITs, for up to two seconds, and all other workers with it. */
void storm(struct fuzz *f);
/* Takes part where another one waits for it, or has begun a storm. */
void starts_join(struct fuzz *f);

/* wide.c */
void wide_setup(void);
/* The same page, or the same few, at very many places. */
void spread(struct fuzz *f);
void huge(struct fuzz *f);
void long_multicall(struct fuzz *f);

/* pins.c */
void pins_setup(void);
void pin(struct fuzz *f);

/* programs.c: one access in ring 3; one worker does that, as there is one stack for it. */
void ring3(struct fuzz *f, bool hole);
void programs_setup(void);

#endif /* FUZZ_ROUGH_H */
