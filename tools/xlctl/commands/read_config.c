// SPDX-License-Identifier: GPL-2.0-only
/* The configuration file that a command names; see read_config.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "commands/read_config.h"
#include "common/msg.h"
#include "common/store_root.h"
#include "config/cfg.h"

/* That a file cannot be had is best said with the place where it is named. */
static int check_file(const struct cfg *cfg, const char *key, const char *path)
{
	const struct cfg_setting *setting = cfg_find(cfg, key);
	struct stat st;
	int fd;

	if (!setting || !path || !*path)
		return 0;
	/* Neither a pipe nor a device makes it wait. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 || fstat(fd, &st))
		cfg_error_key(cfg, setting, "%s: %s", path, strerror(errno));
	else if (!S_ISREG(st.st_mode))
		cfg_error_key(cfg, setting, "%s: not a regular file", path);
	else if (!st.st_size)
		cfg_error_key(cfg, setting, "%s: the file is empty", path);
	else
		setting = NULL;
	if (fd >= 0)
		close(fd);
	return setting ? -EINVAL : 0;
}

/* All of them, so that one run shows all errors. */
static int check_all(const struct cfg *cfg, const struct domain_config *config)
{
	int error = check_file(cfg, "kernel", config->kernel);

	error = check_file(cfg, "ramdisk", config->ramdisk) ? -EINVAL : error;
	for (unsigned int i = 0; i < config->nr_modules; i++)
		error = check_file(cfg, "modules", config->modules[i].path) ? -EINVAL : error;
	return error;
}

/* A restart happens in another folder, and maybe years later. */
static void make_absolute(char **path)
{
	char *whole;

	if (!*path)
		return;
	whole = realpath(*path, NULL);
	/* What does not exist is reported, by its name as given, when it is opened. */
	if (!whole)
		return;
	free(*path);
	*path = whole;
}

/* What the administrator wants of all domains whose files do not say it. */
static int read_host(const struct cfg *cfg, struct diag *diag, struct domain_config *config)
{
	char *path = msg_text("%s" READ_CONFIG_HOST, store_root());
	struct cfg *host = cfg_new(diag);
	int error = 0;

	if (!host)
		msg_out_of_memory();
	if (!access(path, F_OK))
		error = cfg_read_file(host, path);
	if (!error)
		error = domain_config_default(config, cfg, host, path);
	cfg_free(host);
	free(path);
	return error;
}

int read_config(const char *file, char **words, bool check_files, struct diag *diag,
		struct domain_config *config, bool *unreadable)
{
	struct cfg *cfg = cfg_new(diag);
	int error;

	if (!cfg)
		msg_out_of_memory();
	error = cfg_read_file(cfg, file);
	*unreadable = error;
	for (; *words; words++) {
		/* All of them, so that one run shows all errors. */
		int bad = strchr(*words, '=') ? cfg_override(cfg, *words) : 0;

		error = error ? error : bad;
	}
	if (!error)
		error = domain_config_load(config, cfg, file);
	if (!error)
		error = read_host(cfg, diag, config);
	if (!error && check_files)
		error = check_all(cfg, config);
	if (error == -ENOMEM)
		msg_out_of_memory();
	cfg_free(cfg);
	if (error)
		return error;
	make_absolute(&config->kernel);
	make_absolute(&config->ramdisk);
	for (unsigned int i = 0; i < config->nr_modules; i++)
		make_absolute(&config->modules[i].path);
	return 0;
}
