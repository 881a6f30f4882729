// SPDX-License-Identifier: GPL-2.0-only
/* A thread of the kernel's, in which something fails as long as it lives. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fail/fail.h"
#include "xt.h"

/* What failed is tried again after 10 ms: so long nothing else fails, and it comes to its end. */
#define REST_US	25000

static bool is_called(const char *pid, const char *name)
{
	char path[64], text[64] = "";
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%.20s/comm", pid);
	f = fopen(path, "r");
	if (!f)
		return false;
	if (fgets(text, sizeof(text), f))
		text[strcspn(text, "\n")] = 0;
	fclose(f);
	return !strcmp(text, name);
}

/* Its fail-nth, or -1. */
static int find(const char *name)
{
	struct dirent *e;
	char path[64];
	DIR *proc = opendir("/proc");
	int file = -1;

	while (proc && file < 0 && (e = readdir(proc))) {
		if (!isdigit((unsigned char)e->d_name[0]) || !is_called(e->d_name, name))
			continue;
		snprintf(path, sizeof(path), "/proc/%.20s/fail-nth", e->d_name);
		file = open(path, O_RDWR | O_CLOEXEC);
	}
	if (proc)
		closedir(proc);
	return file;
}

/* What is left to pass, 0 if one has failed, or -1 if the thread has ended. */
static int look(int file)
{
	char text[16] = "";

	return pread(file, text, sizeof(text) - 1, 0) > 0 ? atoi(text) : -1;
}

static bool set(int file, unsigned int n)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u", n);

	return pwrite(file, text, len, 0) == len;
}

int run_thread(const char *name, unsigned int n, unsigned int every)
{
	unsigned int failures = 0;
	int file = find(name), passing;

	if (file < 0)
		xt_die("no thread %s", name);
	if (!set(file, n))
		xt_die("%s: fail-nth: %s", name, xt_errno_name(errno));
	while ((passing = look(file)) >= 0) {
		if (!passing) {
			failures++;
			usleep(REST_US);
			set(file, every);
		}
		usleep(1000);
	}
	close(file);
	printf("%u\n", failures);
	return 0;
}
