/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of xlhv-gntdev share. */
#ifndef XLHV_TEST_GNTDEV_H
#define XLHV_TEST_GNTDEV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

typedef uint32_t grant_ref_t;
typedef uint16_t domid_t;
#include <xen/gntdev.h>
#include <xen/evtchn.h>

#include "../../../modules/backend-test/control.h"
#include "../xt.h"

#define PAGE		4096UL
#define NODE		"/dev/xen/gntdev"
#define NOBODY		0x7abcU		/* no domain has that number */
#define READING		8
#define WRITING		16
#define NR(a)		(sizeof(a) / sizeof((a)[0]))

extern unsigned int domid;

/* main.c: cases; what is not as it has to be is told and makes the case bad. */
void is(long got, long want, const char *what);
void good_if(bool good, const char *what);
void run_case(const char *name, void (*fn)(void));

/* The guest, by the page of orders that is mapped as long as the program runs. */
int ask(enum backend_cmd cmd, unsigned int arg0, unsigned int arg1);
void order(enum backend_cmd cmd);
/* The in-use bits that it sees of one of its grants. */
int in_use(unsigned int ref);

/* All of these: an error number, or 0. */
int node_open(void);
int map_refs(int fd, const struct ioctl_gntdev_grant_ref *refs, uint32_t count, uint64_t *index);
/* Grants with numbers that follow each other. */
int map_some(int fd, unsigned int ref, uint32_t count, uint64_t *index);
int unmap(int fd, uint64_t index, uint32_t count);
int mapped(int fd, uint64_t index, uint32_t count, int prot, int flags, unsigned char **at);
/* Both: grants to an address. */
int have(int fd, unsigned int ref, uint32_t count, int prot, uint64_t *index, unsigned char **at);
int notify(int fd, uint64_t at, uint32_t action, uint32_t port);
/* A child that does something; its status as of _exit(), or 256 and the signal that killed it. */
int in_child(int (*fn)(void *arg), void *arg);
pid_t child_begin(int (*fn)(void *arg), void *arg);
int child_end(pid_t pid);

void cases_of_maps(void);
void cases_of_memory(void);
void cases_of_copies(void);
void cases_of_events(void);
void cases_of_shares(void);
void cases_of_ends(void);

#endif
