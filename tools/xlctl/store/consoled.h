/* SPDX-License-Identifier: GPL-2.0-only */
/* consoled - the stock daemon for consoles: whether it runs, its start and end, its client */
#ifndef XLCTL_STORE_CONSOLED_H
#define XLCTL_STORE_CONSOLED_H

#include <stdint.h>
#include <sys/types.h>

#define CONSOLED	"xenconsoled"

/**
 * consoled_pid() - the daemon's process
 *
 * Return: its number; 0 if none runs that can be seen.
 */
pid_t consoled_pid(void);

/**
 * consoled_start() - start it, unless one runs; XenStore's daemon has to run
 *
 * Return: 0, or -1 after a message.
 */
int consoled_start(void);

/**
 * consoled_stop() - end it, and wait until it has ended
 *
 * Return: 0, also if none runs, or -1 after a message.
 */
int consoled_stop(void);

/**
 * consoled_attach() - become the stock client
 * @domid: of the domain
 *
 * Return: not, or -1 after a message.
 */
int consoled_attach(uint32_t domid);

#endif /* XLCTL_STORE_CONSOLED_H */
