/* SPDX-License-Identifier: GPL-2.0-only */
/* xlhv-fuzz: what is done by chance to the nodes of domain 0. */
#ifndef XLHV_FUZZ_NODES_H
#define XLHV_FUZZ_NODES_H

#include <stdint.h>

#include "../privcmd-abi.h"

#include <xen/event_channel.h>
#include <xen/grant_table.h>
#include <xen/evtchn.h>
#include <xen/gntalloc.h>
#include <xen/gntdev.h>

#include "fuzz.h"

enum node { GNTDEV, GNTALLOC, EVTCHN, PRIVCMD, XENBUS, BACKEND, HYPERCALL, NR_NODES };

#define NR_OF_NODE	3	/* descriptors of each */
#define NR_AREAS	8
#define NR_INDICES	8
#define NR_PORTS	16
#define NR_PARTNERS	2	/* the first obeys and stays; the second does things by chance */

/* nodes.c */
extern bool nodes_only;		/* what this run is about */

int any_node(struct fuzzer *f, enum node which);
/*
 * With the argument somewhere; nearly right now and then, or exact where another domain, page or
 * grant would be the one that the first partner's answers go by.  Return: what the call says.
 */
int node_ioctl_exact(struct fuzzer *f, enum node which, unsigned long cmd, const char *name,
		     void *arg, size_t len);
int node_ioctl(struct fuzzer *f, enum node which, unsigned long cmd, const char *name, void *arg,
	       size_t len);
void any_node_descriptor(struct fuzzer *f);
void node_child(struct fuzzer *f);
void nodes_init(void);
void nodes_close(void);
uint32_t odd_number(struct fuzzer *f);

/* grants.c */
void any_gntdev(struct fuzzer *f);
void any_gntalloc(struct fuzzer *f);
/* An offset that a file had, of so many pages. */
uint64_t any_index(struct fuzzer *f, uint32_t *pages);

/* areas.c */
void any_node_map(struct fuzzer *f);
void any_area(struct fuzzer *f);
/* One that is, or was, or NULL with a size of 0. */
char *area_of(struct fuzzer *f, size_t *size);

/* ports.c */
void any_evtchn(struct fuzzer *f);
void any_privcmd(struct fuzzer *f);
uint32_t any_port(struct fuzzer *f);

/* store.c: a client's side and, by the first thread alone, a daemon's */
void any_xenbus(struct fuzzer *f);
void any_daemon(struct fuzzer *f);
void daemon_go(void);

/* partners.c */
#define PARTNERS_ROUNDS	8	/* so long they live */

extern const char *partners_folder;
uint32_t any_domid(struct fuzzer *f);
/* Not the first: all of its memory may be written. */
uint32_t any_victim(struct fuzzer *f);
/* Makes those that are not there, of kernels in a folder. */
bool partners_make(const char *folder, unsigned int seed);
/* Before the first round. */
void partners_count_ports(void);
/*
 * After a round: nothing of its process is in use any more.  What is, is told.
 * Return: nothing is.
 */
bool partners_idle(void);
/* They are to be gone. */
void partners_forget(void);

#endif /* XLHV_FUZZ_NODES_H */
