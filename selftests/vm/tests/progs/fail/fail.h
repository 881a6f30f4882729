/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of xlhv-fail share. */
#ifndef FAIL_H
#define FAIL_H

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>

#include <xlhv.h>

#define PAGE		4096UL
#define MARKED		5UL	/* a page of a domain */
#define SIGNALLED	1000	/* an "error" besides those of errno */

/* Tables and ports that a call took may be kept for the next one, so PAGES are looked at alone. */
enum kept { NOTHING, PAGES, ALL };

struct op {
	const char *name;
	void (*before)(void);
	int (*op)(void);
	unsigned int most;	/* there are fewer allocations and copies in it */
	enum kept kept;		/* what stays as it was if it fails */
	int again;		/* from a second call, if what the first did can be seen */
};

/* nth.c: the files by which something fails, and what comes of it */
extern int own;		/* this thread's fail-nth */
extern int maker;	/* that of the thread which makes the kernel's threads */
extern int nth;		/* the one that is used */
void arm(int file, unsigned int n);
/* What is left to pass before one fails; 0: one has failed, or none is to. */
unsigned int left(int file);
bool disarm(void);
/* Errors that a failed allocation or copy may give. */
bool fitting(int err);
/* Is there nothing but holds of ours? */
bool empty(struct xlhv_info *info, unsigned int holders);

/* ops.c: the operations, and what they use */
extern int dev, dom, other;
extern unsigned char *map;
extern sigjmp_buf on_bus;
extern const struct op ops[];
extern const size_t nr_ops;
int op_dom_open(void);
void clean_up(void);

/* What the program does. */
int run_ops(int argc, char **argv);
int run_load(const char *file, const char *parameters);
int run_vcpus(const char *name, const char *config, unsigned int max);

#endif /* FAIL_H */
