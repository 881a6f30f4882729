/* SPDX-License-Identifier: GPL-2.0-only */
/* The module's events of generic netlink, without a library. */
#ifndef XT_NL_H
#define XT_NL_H

#include <stdbool.h>
#include <stdint.h>

#include <xlhv.h>

struct nl_event {
	uint32_t event;
	uint32_t domid;
	uint32_t reason;
	uint64_t time;
	char name[XLHV_NAME_LEN];
};

/* The number of the group; dies if there is none. */
uint32_t nl_group(void);
/* A member of it, by option or by bind(): 0 or an error number. */
int nl_join(uint32_t group, bool by_bind, int *socket);
/* A socket that hears the events from now on; dies if there is none to be had. */
int nl_listen(void);
/* The next event; false if none comes for ten seconds. */
bool nl_next(int fd, struct nl_event *event);
/* Is there one now? */
bool nl_waits(int fd);

#endif /* XT_NL_H */
