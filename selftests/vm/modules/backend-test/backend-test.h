/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the test backend share. */
#ifndef BACKEND_TEST_H
#define BACKEND_TEST_H

#include <linux/atomic.h>
#include <linux/jiffies.h>
#include <linux/types.h>

#include "ept/ept.h"
#include "xlhv_backend.h"

#include "control.h"

#define PATIENCE	(60 * HZ)
#define MAX_PINS	40

/**
 * struct port - a port of the guest's as the host has it, and how often it was called
 * @host: the host's end
 * @calls: since it was bound
 * @closed: the host has closed it
 * @calls_after_close: which there must not be
 */
struct port {
	struct xlhv_evtchn host;
	atomic_t calls;
	bool closed;
	atomic_t calls_after_close;
};

/* main.c; all under its lock, while a case runs */
extern struct domain *bt_peer;
extern struct xlhv_gnttab bt_grants;
extern struct backend_control *bt_control;
extern struct port bt_command;
extern unsigned int bt_failures;

__printf(1, 2) void bt_say(const char *fmt, ...);
void bt_step(const char *name, void (*fn)(void));
void bt_notified(struct xlhv_evtchn *host);
int bt_port_bind(struct port *p, u32 port);
void bt_port_close(struct port *p);
bool bt_wait_calls(struct port *p, int calls);
void bt_order(enum backend_cmd cmd, unsigned int arg0, unsigned int arg1);
bool bt_answered(void);
int bt_ask(enum backend_cmd cmd, unsigned int arg0, unsigned int arg1);
int bt_get(unsigned int ref, unsigned int flags, struct gnttab_pin *pin);

/* events.c, grants.c, races.c: the steps of a case */
void bt_events(void);
void bt_grants_case(void);
void bt_races(void);

#define expect(cond, fmt, ...)								\
	({										\
		bool expect_ok = (cond);						\
		if (!expect_ok) {							\
			bt_failures++;							\
			bt_say("# %s.c:%d: " fmt " [%s]\n", KBUILD_BASENAME, __LINE__,	\
			       ##__VA_ARGS__, #cond);					\
		}									\
		expect_ok;								\
	})

#define expect_is(got, want, fmt, ...)							\
	({										\
		long expect_got = (got), expect_want = (want);				\
		if (expect_got != expect_want) {					\
			bt_failures++;							\
			bt_say("# %s.c:%d: " fmt ": got %ld, want %ld\n", KBUILD_BASENAME,	\
			       __LINE__, ##__VA_ARGS__, expect_got, expect_want);	\
		}									\
		expect_got == expect_want;						\
	})

#endif
