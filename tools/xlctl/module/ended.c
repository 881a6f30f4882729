// SPDX-License-Identifier: GPL-2.0-only
/*
 * What stays of domains that have ended; see ended.h.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/msg.h"
#include "common/run_dir.h"
#include "module/dom.h"
#include "module/ended.h"

#define CHUNK		16384
#define KEPT_SECONDS	(24 * 60 * 60)

static const char *const suffixes[] = {
	[ENDED_LOG] = ".log", [ENDED_CONSOLE] = ".console", [ENDED_SERIAL] = ".serial",
};

static bool write_all(int fd, const char *data, size_t length)
{
	while (length) {
		ssize_t written = write(fd, data, length);

		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return false;
		data += written;
		length -= (size_t)written;
	}
	return true;
}

static bool copy_log(int domain, int fd, const char *how)
{
	static char buffer[CHUNK];
	struct xlhv_log_read arg = { .pos = 0 };
	char last = '\n';

	do {
		arg.buffer = (uint64_t)(uintptr_t)buffer;
		arg.len = sizeof(buffer);
		if (ioctl(domain, XLHV_LOG_READ, &arg))
			break;
		if (arg.len)
			last = buffer[arg.len - 1];
		if (!write_all(fd, buffer, arg.len))
			return false;
	} while (arg.len);
	return (last == '\n' || write_all(fd, "\n", 1)) && write_all(fd, how, strlen(how)) &&
	       write_all(fd, "\n", 1);
}

static bool copy_console(int domain, int fd, uint32_t flags)
{
	static char buffer[CHUNK];
	struct xlhv_console arg = { .flags = flags };
	bool good = true;
	ssize_t length;

	if (ioctl(domain, XLHV_DOM_CONSOLE, &arg))
		return false;
	/* It has no end while the domain is there: what was said so far is read. */
	if (fcntl(arg.fd, F_SETFL, fcntl(arg.fd, F_GETFL) | O_NONBLOCK) < 0)
		good = false;
	while (good && (length = read(arg.fd, buffer, sizeof(buffer))) > 0)
		good = write_all(fd, buffer, (size_t)length);
	close(arg.fd);
	return good;
}

/* A file appears whole, whoever reads meanwhile, and replaces what was there by that name. */
static bool keep_part(int folder, int domain, const char *name, enum ended_part part,
		      const char *how)
{
	char *path = msg_text("%s%s", name, suffixes[part]);
	char *draft = NULL;
	int fd = run_dir_draft(folder, 0640, &draft);
	bool good;

	good = fd >= 0 && !fchmod(fd, 0640) &&
	       (part == ENDED_LOG ? copy_log(domain, fd, how) :
		copy_console(domain, fd, part == ENDED_SERIAL ? XLHV_CONSOLE_SERIAL : 0)) &&
	       !renameat(folder, draft, folder, path);
	if (fd >= 0)
		close(fd);
	if (fd >= 0 && !good)
		unlinkat(folder, draft, 0);
	free(draft);
	free(path);
	return good;
}

static bool is_part(const char *file, enum ended_part part)
{
	size_t length = strlen(file), end = strlen(suffixes[part]);

	return length > end && !strcmp(file + length - end, suffixes[part]);
}

struct kept {
	char name[XLHV_NAME_LEN];
	time_t when;
};

static int newest_first(const void *left, const void *right)
{
	const struct kept *a = left, *b = right;

	return (a->when < b->when) - (a->when > b->when);
}

/* Old ones go, and those that are too many. */
static void sweep(int folder)
{
	int again = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *files = again < 0 ? NULL : fdopendir(again);
	struct kept *all = NULL;
	size_t count = 0;

	if (!files) {
		if (again >= 0)
			close(again);
		return;
	}
	for (struct dirent *entry; (entry = readdir(files));) {
		struct stat st;
		size_t length;

		if (!is_part(entry->d_name, ENDED_LOG) ||
		    fstatat(folder, entry->d_name, &st, AT_SYMLINK_NOFOLLOW))
			continue;
		length = strlen(entry->d_name) - strlen(suffixes[ENDED_LOG]);
		if (length >= XLHV_NAME_LEN)
			continue;
		all = reallocarray(all, count + 1, sizeof(*all));
		if (!all)
			msg_out_of_memory();
		memcpy(all[count].name, entry->d_name, length);
		all[count].name[length] = '\0';
		all[count++].when = st.st_mtime;
	}
	closedir(files);
	if (count)
		qsort(all, count, sizeof(*all), newest_first);
	for (size_t i = 0; i < count; i++)
		if (i >= ENDED_MAX || all[i].when < time(NULL) - KEPT_SECONDS)
			ended_forget(all[i].name);
	free(all);
}

static bool has_serial(int domain)
{
	struct xlhv_console arg = { .flags = XLHV_CONSOLE_SERIAL };

	if (ioctl(domain, XLHV_DOM_CONSOLE, &arg))
		return false;
	close(arg.fd);
	return true;
}

void ended_keep(int domain, const struct xlhv_dom_info *info, const char *how)
{
	int error = run_dir_make();
	int folder = error ? error : run_dir_open();

	if (folder < 0) {
		msg_note("%s: %s: log and console of the domain could not be saved", run_dir(),
			 strerror(-folder));
		return;
	}
	/* Of an earlier domain with this name, which may have had a serial port. */
	ended_forget(info->name);
	if (!keep_part(folder, domain, info->name, ENDED_CONSOLE, how) ||
	    (has_serial(domain) && !keep_part(folder, domain, info->name, ENDED_SERIAL, how)) ||
	    !keep_part(folder, domain, info->name, ENDED_LOG, how))
		msg_note("%s: log and console of the domain could not be saved", run_dir());
	sweep(folder);
	close(folder);
}

int ended_open(const char *name, enum ended_part part)
{
	int folder, fd;
	struct stat st;
	char *path;

	/* Other words are no domain's name, and might be a path. */
	if (dom_valid_name(name))
		return -1;
	folder = run_dir_open();
	if (folder < 0)
		return -1;
	path = msg_text("%s%s", name, suffixes[part]);
	fd = openat(folder, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	free(path);
	close(folder);
	if (fd >= 0 && (fstat(fd, &st) || !S_ISREG(st.st_mode))) {
		close(fd);
		fd = -1;
	}
	return fd;
}

bool ended_exists(const char *name)
{
	int fd = ended_open(name, ENDED_LOG);

	if (fd < 0)
		return false;
	close(fd);
	return true;
}

void ended_forget(const char *name)
{
	int folder = run_dir_open();

	if (folder < 0)
		return;
	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		char *path = msg_text("%s%s", name, suffixes[i]);

		unlinkat(folder, path, 0);
		free(path);
	}
	close(folder);
}
