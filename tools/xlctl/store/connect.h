/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * connect - connections to the XenStore daemon that end when it does not answer
 *
 * libxenstore waits for an answer for ever. Between store_connect() and store_close(), or
 * store_busy() and store_idle(), an alarm ends the connection after some seconds: the call
 * that waits, and those after it, fail. There is one connection at a time.
 */
#ifndef XLCTL_STORE_CONNECT_H
#define XLCTL_STORE_CONNECT_H

#include <stdbool.h>

#include <xenstore.h>

/**
 * store_connect() - a connection to the daemon, which has to run
 *
 * Return: the connection, for store_close(); NULL with errno set and no message.
 */
struct xs_handle *store_connect(void);

/**
 * store_close() - end a connection
 * @xs: from store_connect(), or NULL
 */
void store_close(struct xs_handle *xs);

/**
 * store_socket() - what tells of the end of the connection there is
 *
 * Return: a descriptor to poll for nothing but POLLHUP; -1: there is none.
 */
int store_socket(void);

/**
 * store_event() - what a watch tells, without waiting
 * @xs: from store_connect(), with a watch
 * @there: receives whether the connection is good
 *
 * Return: as xs_check_watch(); NULL: nothing.
 */
char **store_event(struct xs_handle *xs, bool *there);

/**
 * store_idle() - nothing is asked for now; a connection may be so for as long as it likes
 */
void store_idle(void);

/**
 * store_busy() - something will be asked for again
 */
void store_busy(void);

/**
 * store_error() - what went wrong
 * @error: errno of the call that failed
 *
 * Return: text, such as that the daemon has not answered.
 */
const char *store_error(int error);

#endif /* XLCTL_STORE_CONNECT_H */
