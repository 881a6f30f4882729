/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of xlhv-xenbus share. */
#ifndef XLHV_TEST_XENBUS_H
#define XLHV_TEST_XENBUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <xen/xen.h>
#include <xen/io/xs_wire.h>

#include "../xt.h"

#define NODE		"/dev/xen/xenbus"
#define BODY_MAX	4096U
#define NR(a)		(sizeof(a) / sizeof((a)[0]))

struct message {
	struct xsd_sockmsg head;
	char body[BODY_MAX + 1];
};

/* main.c: cases; what is not as it has to be is told and makes the case bad. */
void is(long got, long want, const char *what);
void run_case(const char *name, void (*fn)(void));

/* file.c: a process's end */
int node_open(void);
/* A message, by one write().  Return: 0 or an error number. */
int put(int fd, uint32_t type, uint32_t req_id, uint32_t tx_id, const void *body, uint32_t len);
/* The same of a string that ends with "|", where each "|" stands for a 0. */
int put_string(int fd, uint32_t type, uint32_t req_id, uint32_t tx_id, const char *text);
/* A message that has come.  Return: 0; an error number, ETIME if none comes. */
int get(int fd, struct message *m);
/* Is the next one that? */
void expect(int fd, uint32_t type, uint32_t req_id, uint32_t tx_id, const char *text);
bool quiet(int fd);

/* daemon.c: the other end, by the ring */
extern struct xenstore_domain_interface *ring;
void daemon_start(void);
void daemon_stop(void);
void daemon_event(void);
bool daemon_get(struct message *m);
void daemon_put(uint32_t type, uint32_t req_id, uint32_t tx_id, const void *body, uint32_t len);
void daemon_put_text(uint32_t type, uint32_t req_id, uint32_t tx_id, const char *text);
/* The next request is that, "" for anything; its number. */
uint32_t daemon_expect(uint32_t type, uint32_t tx_id, const char *text);
/* The next request is of that type, and is answered with a text. */
void daemon_answer(uint32_t type, const char *text);
/* Nothing was asked. */
bool daemon_idle(void);

bool is_text(const struct message *m, const char *text);

void cases_of_requests(void);
void cases_of_watches(void);
void cases_of_transactions(void);
void cases_of_limits(void);
void cases_of_daemons(void);

#endif
