/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of xlhv-domains share. */
#ifndef DOMAINS_H
#define DOMAINS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <xlhv.h>

#define PAGE		4096UL
#define RAM		(2UL << 20)
#define ENTRY		0x1000UL
#define DOMIDS		0x7ff0U
#define VCPUS		128U
#define NR(a)		(sizeof(a) / sizeof((a)[0]))

/* calls.c: ioctls, and what they say */
extern int device;
const char *last_error(int fd);
/* Was it refused as expected?  Tells if not. */
bool refused(int fd, const char *what, int err, int want, const char *words);
struct xlhv_dom_create plan(const char *name);
/* A domain that is being built; dies if that fails. */
int create(const char *name, unsigned int domid);
struct xlhv_dom_info info_of(int fd);
unsigned int domains(void);
int open_domain(unsigned int domid, const char *name, int *fd);
int memory_map(int fd, uint64_t addr, uint64_t size, uint32_t type);
int entry(int fd, uint64_t address);
/* Memory and an entry point at which is what there is in @code. */
void build(int fd, const unsigned char *code, size_t len);
int open_parameter(const char *name, int flags);
bool set_limit(const char *name, const char *value);

/* The cases, by what they are about. */
void cases_of_building(void);
void cases_of_memory(void);
void cases_of_events(void);
void cases_of_races(void);
void cases_of_ends(void);
void wrap(void);

#endif /* DOMAINS_H */
