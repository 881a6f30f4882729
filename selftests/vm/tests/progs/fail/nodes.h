/* SPDX-License-Identifier: GPL-2.0-only */
/* What operations with the nodes of domain 0 share. */
#ifndef FAIL_NODES_H
#define FAIL_NODES_H

#include <stdint.h>

#include "../privcmd-abi.h"
#include "fail.h"

extern int node;		/* the file that an operation is about */
extern int companion;		/* one beside it, or -1 */
extern unsigned char *area;	/* what is mapped of it, or MAP_FAILED */
/* The domain, and a port of its that waits for domain 0; entry 0 grants it the console's page. */
extern uint32_t domid, port;

/* An error number, or 0; as all that operations do. */
int node_call(unsigned long cmd, void *arg);
int node_open(const char *name);
int node_map(uint64_t offset, unsigned int pages);
int node_unmap(void);
/* Each page is written. */
int node_touch(void);
int hypercall(uint64_t op, uint64_t sub, void *arg);

/* Before an operation: nothing; a domain in building that has a console for a daemon. */
void with_no_node(void);
void with_peer(void);

#endif /* FAIL_NODES_H */
