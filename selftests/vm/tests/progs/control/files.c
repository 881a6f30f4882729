// SPDX-License-Identifier: GPL-2.0-only
/* No file can be had, and answers that cannot be given. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "control/control.h"
#include "xt.h"

static void set_file_max(const char *text)
{
	int fd = open("/proc/sys/fs/file-max", O_WRONLY);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		xt_die("file-max: %s", xt_errno_name(errno));
	close(fd);
}

/* All that makes a descriptor, with an error for each; a child's work. */
static int without_files(int fd, int want)
{
	struct xlhv_dom_open o = { .domid = XLHV_DOMID_BY_NAME, .name = "files" };
	struct xlhv_console c = {};
	int got[3], other;

	got[0] = try_create("more", 0, &other);
	got[1] = xt_call(device, XLHV_DOM_OPEN, &o);
	got[2] = xt_call(fd, XLHV_DOM_CONSOLE, &c);
	for (size_t i = 0; i < NR(got); i++) {
		if (got[i] == want)
			continue;
		printf("# call %zu: %s, expected %s\n", i, xt_errno_name(got[i]),
		       xt_errno_name(want));
		return 1;
	}
	return 0;
}

void no_files(void)
{
	char before[32] = "";
	int status, fd = create("files"), max = open("/proc/sys/fs/file-max", O_RDONLY);
	bool good = true;

	if (max < 0 || read(max, before, sizeof(before) - 1) < 1)
		xt_die("file-max: %s", xt_errno_name(errno));
	close(max);
	for (int limit = 0; limit < 2; limit++) {
		pid_t child = fork();

		if (!child) {
			if (limit) {
				struct rlimit r = { .rlim_cur = 0, .rlim_max = 0 };

				setrlimit(RLIMIT_NOFILE, &r);
				_exit(without_files(fd, EMFILE));
			}
			/* The kernel counts exactly only when it is near. */
			for (int i = 0; i < 300; i++)
				open("/dev/null", O_RDONLY);
			set_file_max("1");
			drop_admin();
			_exit(without_files(fd, ENFILE));
		}
		waitpid(child, &status, 0);
		if (!limit)
			set_file_max(before);
		if (!WIFEXITED(status) || WEXITSTATUS(status)) {
			xt_note("status %#x", status);
			good = false;
		}
	}
	xt_result(good && domains() == 1, "without files: an error, no domain");
	close(fd);
	xt_result(!domains(), "without files: nothing is left");
}

void no_answer(void)
{
	static const struct {
		const char *what;
		bool domain;
		unsigned long cmd;
	} calls[] = {
		{ "create", false, XLHV_DOM_CREATE },
		{ "open", false, XLHV_DOM_OPEN },
		{ "console", true, XLHV_DOM_CONSOLE },
	};
	struct xlhv_dom_create *c;
	struct xlhv_dom_open *o;
	unsigned int before;
	bool good = true;
	char *p;
	int fd = create("answer"), err;

	p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	before = descriptors();
	for (size_t i = 0; i < NR(calls); i++) {
		mprotect(p, PAGE, PROT_READ | PROT_WRITE);
		memset(p, 0, PAGE);
		c = (void *)p;
		o = (void *)p;
		if (calls[i].cmd == XLHV_DOM_CREATE) {
			c->max_vcpus = 1;
			c->max_pages = 1;
			strcpy(c->name, "unheard");
		} else if (calls[i].cmd == XLHV_DOM_OPEN) {
			o->domid = XLHV_DOMID_BY_NAME;
			strcpy(o->name, "answer");
		}
		mprotect(p, PAGE, PROT_READ);
		err = xt_call(calls[i].domain ? fd : device, calls[i].cmd, p);
		if (err != EFAULT || descriptors() != before || domains() != 1) {
			xt_note("%s: %s, %u descriptors, %u before", calls[i].what,
				xt_errno_name(err), descriptors(), before);
			good = false;
		}
	}
	xt_result(good, "an answer that cannot be given leaves no descriptor");
	munmap(p, PAGE);
	close(fd);
}
