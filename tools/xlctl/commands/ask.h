/* SPDX-License-Identifier: GPL-2.0-only */
/* ask - what commands that ask a domain through XenStore have in common */
#ifndef XLCTL_ASK_H
#define XLCTL_ASK_H

#include <stdbool.h>

#include <xenstore.h>

/* How long a domain has to answer: as long as xl waits, and at most. */
#define ASK_SECONDS	60
#define ASK_MAX_SECONDS	86400

/* Behind the name of a domain. */
#define ASK_NO_STORE	"has no XenStore, so it cannot be asked"

/**
 * ask_store() - a connection to the daemon
 *
 * Return: the connection, for store_close(); NULL after a message.
 */
struct xs_handle *ask_store(void);

/**
 * ask_write() - write a text to a node
 * @xs: connection
 * @t: transaction, or XBT_NULL
 * @path: the node
 * @value: text
 *
 * Return: whether it is there now; else errno says why.
 */
bool ask_write(struct xs_handle *xs, xs_transaction_t t, const char *path, const char *value);

/**
 * ask_seconds() - how long a user wants to wait
 * @text: what he wrote
 * @seconds: receives it
 *
 * Return: whether it is a number from 1 to ASK_MAX_SECONDS.
 */
bool ask_seconds(const char *text, unsigned long *seconds);

#endif /* XLCTL_ASK_H */
