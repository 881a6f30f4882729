/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * contact - how a monitor is reached by the name of its domain
 *
 * A domain that is restarted again and again is nowhere between two lives; its
 * monitor has a socket all the time (run_dir.h), and ends both when it is asked to.
 */
#ifndef XLCTL_CONTACT_H
#define XLCTL_CONTACT_H

#include <stdbool.h>

#include <xlhv.h>

/**
 * struct contact - the monitor's side
 * @socket: -1 if there is none
 * @name: of the domain
 */
struct contact {
	int socket;
	char name[XLHV_NAME_LEN];
};

/**
 * contact_open - be the monitor of a domain, and reachable
 * @contact: filled in
 * @name: of the domain
 *
 * A domain has one monitor, whoever starts some at the same moment. Without a socket, after a
 * warning, the monitor does its work as well.
 *
 * Returns 0, or -1 if the domain has a monitor, without a message.
 */
int contact_open(struct contact *contact, const char *name);

/**
 * contact_follow - be reachable by another name
 * @contact: from contact_open()
 * @name: the domain's name now; nothing happens if it is the same
 */
void contact_follow(struct contact *contact, const char *name);

/* What somebody wants of a monitor. */
enum contact_wish {
	CONTACT_NOTHING,
	CONTACT_LEAVE,		/* that it goes, and the domain stays */
	CONTACT_END,		/* that the domain is destroyed, too */
};

/**
 * contact_asked - what somebody has asked for, the end before all else
 * @contact: from contact_open(); its @socket is readable if somebody said something
 */
enum contact_wish contact_asked(struct contact *contact);

/**
 * contact_rest - wait, or until somebody says something
 * @contact: from contact_open()
 * @ns: how long
 */
void contact_rest(const struct contact *contact, unsigned long long ns);

void contact_close(struct contact *contact);

/**
 * contact_exists - whether a domain has a monitor
 * @name: of the domain, or anything else
 */
bool contact_exists(const char *name);

/**
 * contact_end - ask the monitor of a domain to end, and wait
 * @name: of the domain, or anything else
 * @wish: CONTACT_LEAVE or CONTACT_END
 *
 * Returns 1 when it has ended, 0 if there is none, -1 after a message.
 */
int contact_end(const char *name, enum contact_wish wish);

#endif /* XLCTL_CONTACT_H */
