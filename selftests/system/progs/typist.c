// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs a command on a terminal of its own and types there, as a person would: waits for what the
 * command shows, then types the next thing. What is shown goes to standard output. Asked where its
 * cursor is (as some shells do) this terminal says nothing, like many.
 *
 *	typist [-t SECONDS] [-w COLUMNS] [-r ROWS] STEP... -- COMMAND [ARGUMENT]...
 *
 *	expect=REGEX	until a match (extended; "^" and "$" are line borders) comes, behind what
 *			the last one matched
 *	type=TEXT	keys; \r is Enter, \e Escape, \\ a backslash, ^X the key with Ctrl, ^^ a
 *			caret
 *	wait=SECONDS	does nothing for that time
 *	hangup		closes the terminal under the command
 *
 * Exit status: the command's, 128 and the signal that ended it, 124 when something expected has not
 * come in time (-t, 60 seconds for each), 125 when the command ended before all steps were done.
 */
#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <regex.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define STATUS_TIMEOUT	124
#define STATUS_ENDED	125
#define STATUS_USAGE	126

/* What was shown and is still to be matched; older text is forgotten. */
#define SEEN_BYTES	65536

static const char cursor_question[] = "\033[6n";

struct typist {
	int terminal;		/* -1 when it is closed, or the command has ended */
	double patience;
	char seen[SEEN_BYTES + 1];
	size_t nr_seen;
	size_t asked;		/* characters of cursor_question that came last */
};

static void die(const char *what)
{
	fprintf(stderr, "typist: %s: %s\n", what, strerror(errno));
	exit(STATUS_USAGE);
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void forget(struct typist *typist, size_t bytes)
{
	typist->nr_seen -= bytes;
	memmove(typist->seen, typist->seen + bytes, typist->nr_seen + 1);
}

static void show(struct typist *typist, char c)
{
	putchar(c);
	/* For regexec() a string, whose lines end as those of a file. */
	if (!c || c == '\r')
		return;
	if (typist->nr_seen == SEEN_BYTES)
		forget(typist, SEEN_BYTES / 2);
	typist->seen[typist->nr_seen++] = c;
	typist->seen[typist->nr_seen] = '\0';
}

static void take(struct typist *typist, char c)
{
	if (c == cursor_question[typist->asked]) {
		if (!cursor_question[++typist->asked])
			typist->asked = 0;
		return;
	}
	/* It was something else; no other part of the question begins as it does. */
	for (size_t i = 0; i < typist->asked; i++)
		show(typist, cursor_question[i]);
	typist->asked = c == cursor_question[0];
	if (!typist->asked)
		show(typist, c);
}

/* Takes what the command shows; waits for it until a time. Returns false at that time. */
static bool look(struct typist *typist, double until)
{
	double left = until - now();
	struct pollfd wait = { .fd = typist->terminal, .events = POLLIN };
	char buffer[4096];
	ssize_t length;

	if (poll(&wait, 1, left > 0 ? (int)(left * 1000) + 1 : 0) < 0 && errno != EINTR)
		die("poll");
	if (!wait.revents)
		return left > 0;
	length = read(typist->terminal, buffer, sizeof(buffer));
	if (length <= 0) {
		/* A terminal whose last user is gone answers EIO. */
		close(typist->terminal);
		typist->terminal = -1;
		return true;
	}
	for (ssize_t i = 0; i < length; i++)
		take(typist, buffer[i]);
	if (fflush(stdout))
		die("standard output");
	return true;
}

static int expect(struct typist *typist, const char *pattern)
{
	double until = now() + typist->patience;
	regmatch_t match;
	regex_t regex;
	int error = regcomp(&regex, pattern, REG_EXTENDED | REG_NEWLINE);

	if (error) {
		fprintf(stderr, "typist: bad pattern '%s'\n", pattern);
		return STATUS_USAGE;
	}
	while (regexec(&regex, typist->seen, 1, &match, 0)) {
		if (typist->terminal < 0) {
			fprintf(stderr, "typist: the command ended before '%s'\n", pattern);
			error = STATUS_ENDED;
			break;
		}
		if (!look(typist, until)) {
			fprintf(stderr, "typist: no '%s' within %g s\n", pattern,
				typist->patience);
			error = STATUS_TIMEOUT;
			break;
		}
	}
	regfree(&regex);
	if (!error)
		forget(typist, (size_t)match.rm_eo);
	return error;
}

static int press(struct typist *typist, const char *keys, size_t length)
{
	while (length) {
		ssize_t written = typist->terminal < 0 ? -1 :
				  write(typist->terminal, keys, length);

		if (written < 0) {
			fputs("typist: the command ended before all was typed\n", stderr);
			return STATUS_ENDED;
		}
		keys += written;
		length -= (size_t)written;
	}
	return 0;
}

static int type(struct typist *typist, const char *text)
{
	char *keys = malloc(strlen(text) + 1), *key = keys;
	int error;

	if (!keys)
		die("keys");
	for (; *text; text++) {
		if (*text == '^' && text[1])
			*key++ = *++text == '^' ? '^' : (char)(*text & 0x1f);
		else if (*text == '\\' && text[1])
			*key++ = *++text == 'r' ? '\r' : *text == 'e' ? '\033' : *text;
		else
			*key++ = *text;
	}
	error = press(typist, keys, (size_t)(key - keys));
	free(keys);
	return error;
}

static int do_step(struct typist *typist, const char *step)
{
	double until;

	if (!strncmp(step, "expect=", 7))
		return expect(typist, step + 7);
	if (!strncmp(step, "type=", 5))
		return type(typist, step + 5);
	if (!strncmp(step, "wait=", 5)) {
		until = now() + strtod(step + 5, NULL);
		while (typist->terminal >= 0 && look(typist, until))
			;
		return 0;
	}
	if (!strcmp(step, "hangup")) {
		close(typist->terminal);
		typist->terminal = -1;
		return 0;
	}
	fprintf(stderr, "typist: '%s' is no step\n", step);
	return STATUS_USAGE;
}

int main(int argc, char **argv)
{
	static struct typist typist = { .patience = 60 };
	struct winsize size = { .ws_row = 24, .ws_col = 80 };
	int option, status, error = 0;
	char **step;
	double until;
	pid_t child;

	/* "+": what looks like an option later is the command's. */
	while ((option = getopt(argc, argv, "+t:w:r:")) != -1) {
		if (option == 't')
			typist.patience = strtod(optarg, NULL);
		else if (option == 'w')
			size.ws_col = (unsigned short)atoi(optarg);
		else if (option == 'r')
			size.ws_row = (unsigned short)atoi(optarg);
		else
			return STATUS_USAGE;
	}
	step = argv + optind;
	/* getopt() took a "--" that came first. */
	for (argv = step; *argv && strcmp(*argv, "--"); argv++)
		;
	if (!*argv || !argv[1]) {
		fputs("typist: expected STEP... -- COMMAND\n", stderr);
		return STATUS_USAGE;
	}
	child = forkpty(&typist.terminal, NULL, NULL, &size);
	if (child < 0)
		die("no terminal");
	if (!child) {
		execvp(argv[1], argv + 1);
		die(argv[1]);
	}
	for (; step < argv && !error; step++)
		error = do_step(&typist, *step);
	/* What it has to say in the end. */
	until = now() + typist.patience;
	while (!error && typist.terminal >= 0) {
		if (!look(&typist, until)) {
			fprintf(stderr, "typist: the command did not end within %g s\n",
				typist.patience);
			error = STATUS_TIMEOUT;
		}
	}
	if (error) {
		kill(child, SIGTERM);
		if (typist.terminal >= 0)
			close(typist.terminal);
		/* It may have the signal blocked. */
		usleep(100000);
		kill(child, SIGKILL);
	}
	if (waitpid(child, &status, 0) < 0)
		die("wait");
	if (error)
		return error;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
