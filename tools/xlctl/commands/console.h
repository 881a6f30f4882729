/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef XLCTL_CONSOLE_H
#define XLCTL_CONSOLE_H

#include <stdbool.h>

/* What leaves the console: Ctrl-], as everywhere. */
#define CONSOLE_ESCAPE	0x1d

enum console_mode {
	CONSOLE_INTERACTIVE,	/* the user's terminal is the domain's */
	CONSOLE_FOLLOW,		/* show what was said and what will be, take no input */
	CONSOLE_LOG,		/* show what was said so far */
};

/**
 * console_open - a descriptor for the console of a domain
 * @domain: descriptor of the domain
 * @serial: its serial port instead
 *
 * Returns the descriptor, at the oldest byte that is kept and not blocking,
 * or -1 after a message.
 */
int console_open(int domain, bool serial);

/**
 * console_run - connect a console with stdin and stdout
 * @console: from console_open()
 * @mode: in what way
 * @escape: character that leaves, in CONSOLE_INTERACTIVE
 * @name: of the domain; a user at a terminal is told how to leave it. NULL in other modes
 *
 * Until the user leaves, the domain ends, standard input ends, or a signal
 * comes. The terminal is as before then.
 *
 * Returns 0 if the user or standard input ended it, 1 if the domain did, or
 * -1 after a message.
 */
int console_run(int console, enum console_mode mode, unsigned char escape,
		const char *name);

#endif /* XLCTL_CONSOLE_H */
