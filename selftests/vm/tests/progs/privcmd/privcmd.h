/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of xlhv-privcmd share. */
#ifndef XLHV_TEST_PRIVCMD_H
#define XLHV_TEST_PRIVCMD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "../privcmd-abi.h"
#include "../xt.h"

#define NODE	"/dev/xen/privcmd"
#define PAGE	4096UL
#define RAM	64U		/* pages of the domain */
#define RING	0xfeffeUL	/* its console's */
#define HOLE	0x80000UL
#define BAD	bad
#define NR(a)	(sizeof(a) / sizeof((a)[0]))

/* The compiler is not to know. */
extern void *volatile bad;
/* /dev/xen/privcmd, the file that most tests use. */
extern int priv;

/* A domain that is being built, with memory and a console for a daemon. */
struct target {
	unsigned int domid;
	unsigned int port;
	int fd;
};

/* main.c; what is not as it has to be is told. */
bool is(const char *what, long got, long want);
int node(const char *name);
/* ioctl(): a negative error number, or its result. */
int call(int fd, unsigned long cmd, const void *arg);
long hypercall(int fd, unsigned long nr, unsigned long a0, const void *a1);
long hypercall_list(unsigned long nr, unsigned long a0, const void *a1, unsigned long n);
/* The same by the file that most tests use, with the call's name. */
#define hcall(nr, a0, a1)	hypercall(priv, __HYPERVISOR_##nr, a0, a1)
#define hcall_list(nr, a0, a1)	hypercall_list(__HYPERVISOR_##nr, a0, a1, 1)
struct target make(const char *name);
struct target make_bare(const char *name);	/* it has no console yet */
void end(struct target *t);

/* An area of the node's, and pages of a domain mapped there. */
void *area(unsigned long pages, int prot);
int map(unsigned int domid, void *at, unsigned int n, const uint64_t *gfn, int *err);
/* Which signal does an access raise? */
int fault(volatile char *at, bool write);

void cases_of_calls(struct target *t);
void cases_of_maps(struct target *t);
void cases_of_resources(struct target *t);
void cases_of_races(struct target *t);
void cases_of_rights(struct target *t);
void cases_of_ends(void);
void cases_of_store(void);
void cases_of_offers(void);

#endif
