// SPDX-License-Identifier: GPL-2.0-only
/* Files with the configurations of running domains; see saved_config.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/msg.h"
#include "common/run_dir.h"
#include "config/domain_text.h"
#include "monitor/saved_config.h"

/* More is no text of ours. */
#define MAX_BYTES	(1 << 20)

/* A name of digits alone is no domain's, so no other file is called so. */
static char *name_of(uint32_t domid)
{
	return msg_text("%u.config", domid);
}

static int write_text(int fd, const char *text)
{
	size_t length = strlen(text);

	while (length) {
		ssize_t written = write(fd, text, length);

		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return written ? -errno : -ENOSPC;
		text += written;
		length -= (size_t)written;
	}
	return 0;
}

/* It appears whole, whoever reads meanwhile. */
static int write_file(int folder, const char *name, const char *text)
{
	char *draft;
	int fd = run_dir_draft(folder, 0600, &draft), error;

	if (fd < 0)
		return fd;
	error = write_text(fd, text);
	close(fd);
	if (!error && renameat(folder, draft, folder, name))
		error = -errno;
	if (error)
		unlinkat(folder, draft, 0);
	free(draft);
	return error;
}

int kept_write(uint32_t domid, const struct domain_config *config)
{
	char *text = domain_config_text(config), *name = name_of(domid);
	int error = run_dir_make(), folder;

	if (!text)
		msg_out_of_memory();
	folder = error ? error : run_dir_open();
	error = folder;
	if (folder >= 0) {
		error = write_file(folder, name, text);
		close(folder);
	}
	free(name);
	free(text);
	return error;
}

/* Only who owns it could have written it.  Return: text to be freed, or NULL. */
static char *read_file(int fd, size_t *size, int *error)
{
	struct stat st;
	char *text;
	ssize_t got;

	*error = fstat(fd, &st) ? -errno : 0;
	if (!*error && (!S_ISREG(st.st_mode) || st.st_mode & 022 ||
			(st.st_uid && st.st_uid != geteuid())))
		*error = -EACCES;
	if (!*error && st.st_size > MAX_BYTES)
		*error = -E2BIG;
	if (*error)
		return NULL;
	text = malloc((size_t)st.st_size + 1);
	if (!text)
		msg_out_of_memory();
	got = read(fd, text, (size_t)st.st_size);
	if (got >= 0) {
		*size = (size_t)got;
		return text;
	}
	*error = -errno;
	free(text);
	return NULL;
}

static int parse(const char *text, size_t size, const char *name, struct domain_config *config,
		 struct diag *diag)
{
	struct cfg *cfg = cfg_new(diag);
	int error;

	if (!cfg)
		msg_out_of_memory();
	error = cfg_read_text(cfg, name, text, size);
	if (!error)
		error = domain_config_load(config, cfg, name);
	cfg_free(cfg);
	return error;
}

int kept_read(uint32_t domid, const uint8_t *uuid, struct domain_config *config,
	      struct diag *diag)
{
	char *name = name_of(domid), *text = NULL;
	int folder = run_dir_open(), error = folder, fd = -1;
	size_t size;

	memset(config, 0, sizeof(*config));
	if (folder >= 0) {
		fd = openat(folder, name,
			    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
		error = fd < 0 ? -errno : 0;
		close(folder);
	}
	if (fd >= 0) {
		text = read_file(fd, &size, &error);
		close(fd);
	}
	if (text)
		error = parse(text, size, name, config, diag);
	if (!error && memcmp(config->uuid, uuid, sizeof(config->uuid)))
		error = -ENOENT;
	free(text);
	free(name);
	return error;
}

void kept_forget(uint32_t domid)
{
	int folder = run_dir_open();
	char *name;

	if (folder < 0)
		return;
	name = name_of(domid);
	unlinkat(folder, name, 0);
	free(name);
	close(folder);
}
