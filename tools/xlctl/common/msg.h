/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef XLCTL_MSG_H
#define XLCTL_MSG_H

#include <stdbool.h>
#include <stddef.h>

/* Exit statuses of every command. */
#define STATUS_OK	0
#define STATUS_FAILED	1	/* it could not be done, or the answer is no */
#define STATUS_USAGE	2	/* usage error */
#define STATUS_CONFIG	3	/* xl's: the configuration file cannot be read */

/**
 * msg_error - print "xlctl: TEXT" on stderr
 * @format: as for printf; without a newline at its end
 */
void msg_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/**
 * msg_warning - print "xlctl: warning: TEXT" on stderr
 * @format: as for printf; without a newline at its end
 */
void msg_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));

/**
 * msg_note - tell what happens, where nobody looks: in the system's log or
 *	before a monitor in the foreground
 * @format: as for printf; without a newline at its end
 */
void msg_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/**
 * msg_to_syslog - from now on, messages go to the system's log
 * @who: what they are about; stands in front of them
 *
 * For a process that nobody looks at.
 */
void msg_to_syslog(const char *who);

/**
 * msg_text - format a new string
 * @format: as for printf
 *
 * Returns the string, to be freed by the caller. Ends the program when there
 * is no memory: there is nothing useful a small tool can do then.
 */
char *msg_text(const char *format, ...) __attribute__((format(printf, 1, 2), malloc));

/**
 * msg_out_of_memory - say that there is no memory, and end the program
 */
__attribute__((noreturn)) void msg_out_of_memory(void);

/**
 * msg_nearest - the word of a list that somebody may have meant
 * @word: what was written
 * @words: candidates, @stride bytes apart, each a pointer to its name
 * @count: number of candidates
 * @stride: bytes from one candidate's name pointer to the next
 *
 * Counts inserted, dropped, changed and swapped characters. Upper and lower
 * case, '-' and '_' are the same to it.
 *
 * Returns the candidate with the fewest, the first one of several; NULL when
 * none is near enough to be meant.
 */
const char *msg_nearest(const char *word, const char *const *words, size_t count, size_t stride);

/**
 * msg_finish - flush stdout and learn whether all of it was written
 * @status: exit status the command would return
 *
 * Returns @status, or STATUS_FAILED after a message when output was lost (a
 * full disk; a closed pipe ends the program by SIGPIPE before).
 */
int msg_finish(int status);

#endif /* XLCTL_MSG_H */
