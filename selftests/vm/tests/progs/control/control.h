/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of xlhv-control share: domains that are made and ended, and the cases. */
#ifndef CONTROL_H
#define CONTROL_H

#include <stddef.h>

#define PAGE		4096UL
#define RAM		(2UL << 20)
#define NR(a)		(sizeof(a) / sizeof((a)[0]))
#define WAIT_MS		5000

extern int device;

/* Domains that there are; descriptors that this process has. */
unsigned int domains(void);
unsigned int descriptors(void);

/* Each gives a descriptor.  But for try_create() what fails ends the program. */
int try_create(const char *name, unsigned int flags, int *fd);
int create(const char *name);
int console_of(int dom, int flags);
int serial_of(int dom, int flags);
/* A domain with a console that runs @code: 32 bits, no paging. */
int start(const char *name, const void *code, size_t len);
/* The same, with a serial port. */
int start_serial(const char *name, const void *code, size_t len);

/* Calls for a thread of their own: @arg points to the descriptor; an error number, or 0. */
int do_populate(void *arg);
int do_destroy(void *arg);

/* The effective CAP_SYS_ADMIN of this thread. */
void drop_admin(void);

/* files.c: no file can be had; answers that cannot be given */
void no_files(void);
void no_answer(void);
/* lazy.c: memory that is not there yet */
void lazy_memory(void);
/* ends.c: the end of a domain, while it gets its memory or is mapped */
void eager(void);
void map_against_end(void);
/* console.c */
void console_end(void);
void console_events(void);
void serial_port(void);
/* logs.c */
void log_text(void);
void log_lines(void);
void log_rate(void);
/* netlink.c */
void netlink(void);
/* checks.c */
void checks(void);

#endif /* CONTROL_H */
