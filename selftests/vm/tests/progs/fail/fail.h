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
/* "Errors" besides those of errno: a signal; an answer that makes no sense, which never fits. */
#define SIGNALLED	1000
#define ODD		1001

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

/* ops.c: those with domains, and what they use */
extern int dev, dom, other;
extern unsigned char *map;
extern sigjmp_buf on_bus;
extern const struct op domain_ops[];	/* as all of these, up to one without a name */
int op_dom_open(void);
/* A domain with a memory map. */
void with_memory(void);
void clean_up(void);

/* ports.c, grants.c, frames.c, store.c: those with the nodes of domain 0; nodes.c */
extern const struct op port_ops[], grant_ops[], frame_ops[], store_ops[];
/* How many ports domain 0 has. */
unsigned int node_ports(void);
void nodes_clean_up(void);
void store_clean_up(void);

/* vifs.c */
extern const struct op vif_ops[];

/* disks.c; "device" needs one, which FAIL_DEVICE names */
extern const struct op disk_ops[], device_ops[];
void disks_begin(void);

/* What the program does. */
int run_ops(int argc, char **argv);
int run_load(const char *file, const char *parameters);
int run_vcpus(const char *name, const char *config, unsigned int max);
int run_thread(const char *name, unsigned int n, unsigned int every);

#endif /* FAIL_H */
