// SPDX-License-Identifier: GPL-2.0-only
/* Who has a device or file; see in_use.h. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "common/msg.h"
#include "common/store_root.h"
#include "disk/in_use.h"
#include "store/connect.h"

#define BACKENDS	"/local/domain/0/backend/vbd"

/* Whether a path leads to it: the same device, or the same file. */
static bool is_same(const char *path, const struct stat *st)
{
	struct stat other;

	if (stat(path, &other) || (other.st_mode & S_IFMT) != (st->st_mode & S_IFMT))
		return false;
	return S_ISBLK(st->st_mode) ? other.st_rdev == st->st_rdev :
	       other.st_dev == st->st_dev && other.st_ino == st->st_ino;
}

/* The number of the device that a device is a partition of; itself if it is none. */
static dev_t whole_of(dev_t device)
{
	char *path = msg_text("%s/sys/dev/block/%u:%u/partition", store_root(), major(device),
			      minor(device));
	unsigned int parts[2];
	FILE *file = NULL;

	if (!access(path, F_OK)) {
		free(path);
		path = msg_text("%s/sys/dev/block/%u:%u/../dev", store_root(), major(device),
				minor(device));
		file = fopen(path, "re");
	}
	free(path);
	if (file) {
		if (fscanf(file, "%u:%u", &parts[0], &parts[1]) == 2)
			device = makedev(parts[0], parts[1]);
		fclose(file);
	}
	return device;
}

/* Whether what is written to the one is written to the other: the same, or one is part of it. */
static bool overlap(dev_t a, dev_t b)
{
	return a == b || whole_of(a) == b || whole_of(b) == a;
}

/*
 * A line of /proc/self/mountinfo: "36 35 98:0 /root /where options tags - type source options".
 * The source is whatever was said when it was mounted, by a user for one of FUSE, so that it says
 * nothing. But the number is none of a device where the file system has several: with btrfs, which
 * root mounts, the source is one of them.
 */
static char *mounted_here(char *line, const struct stat *st, bool readonly)
{
	static const char separators[] = { ' ', '\n', '\0' };
	char *fields[64], *save, *options;
	unsigned int nr = 0, dash, parts[2];

	for (char *word = strtok_r(line, separators, &save); word && nr < 64;
	     word = strtok_r(NULL, separators, &save))
		fields[nr++] = word;
	for (dash = 6; dash < nr && strcmp(fields[dash], "-"); dash++)
		;
	if (dash + 3 >= nr || sscanf(fields[2], "%u:%u", &parts[0], &parts[1]) != 2)
		return NULL;
	options = fields[dash + 3];
	if (readonly && (!strcmp(options, "ro") || !strncmp(options, "ro,", 3)))
		return NULL;
	if (!overlap(makedev(parts[0], parts[1]), st->st_rdev) &&
	    (strcmp(fields[dash + 1], "btrfs") || !is_same(fields[dash + 2], st)))
		return NULL;
	return msg_text("it is mounted at %s", fields[4]);
}

static char *find_mount(const struct stat *st, bool readonly)
{
	char *path = msg_text("%s/proc/self/mountinfo", store_root()), *line = NULL, *who = NULL;
	FILE *mounts = fopen(path, "re");
	size_t size = 0;

	free(path);
	if (!mounts)
		return NULL;
	while (!who && getline(&line, &size, mounts) > 0)
		who = mounted_here(line, st, readonly);
	free(line);
	fclose(mounts);
	return who;
}

/* What is made of a device holds it, and may write. */
static char *find_holder(const struct stat *st)
{
	char *path = msg_text("%s/sys/dev/block/%u:%u/holders", store_root(), major(st->st_rdev),
			      minor(st->st_rdev)), *who = NULL;
	DIR *folder = opendir(path);
	struct dirent *entry;

	free(path);
	while (folder && !who && (entry = readdir(folder)))
		if (entry->d_name[0] != '.')
			who = msg_text("%s is made of it", entry->d_name);
	if (folder)
		closedir(folder);
	return who;
}

/* The first line of a file below the folder of a block device. */
static bool read_line(char *line, size_t size, const char *device, const char *name)
{
	char *path = msg_text("%s/sys/block/%s/%s", store_root(), device, name);
	FILE *file = fopen(path, "re");
	bool good = file && fgets(line, (int)size, file);

	free(path);
	if (file)
		fclose(file);
	if (good)
		line[strcspn(line, "\n")] = '\0';
	return good;
}

static char *find_loop(const struct stat *st, bool readonly)
{
	char *path = msg_text("%s/sys/block", store_root()), *who = NULL, line[4096];
	DIR *folder = opendir(path);
	struct dirent *entry;

	free(path);
	while (folder && !who && (entry = readdir(folder))) {
		if (strncmp(entry->d_name, "loop", 4) ||
		    !read_line(line, sizeof(line), entry->d_name, "loop/backing_file") ||
		    !is_same(line, st))
			continue;
		if (readonly && read_line(line, sizeof(line), entry->d_name, "ro") &&
		    !strcmp(line, "1"))
			continue;
		who = msg_text("/dev/%s is made of it", entry->d_name);
	}
	if (folder)
		closedir(folder);
	return who;
}

static char *read_node(struct xs_handle *xs, const char *folder, const char *node)
{
	char *path = msg_text("%s/%s", folder, node), *value;
	unsigned int length;

	value = xs_read(xs, XBT_NULL, path, &length);
	free(path);
	return value;
}

/* A backend of a domain: the nodes are the host's. */
static char *used_there(struct xs_handle *xs, const char *folder, const char *domid,
			const struct stat *st, bool readonly)
{
	char *params = read_node(xs, folder, "params"), *mode = read_node(xs, folder, "mode");
	char *dev = read_node(xs, folder, "dev"), *who = NULL;

	if (params && mode && dev && is_same(params, st) && !(readonly && !strcmp(mode, "r")))
		who = msg_text("domain %s has it, as %s", domid, dev);
	free(params);
	free(mode);
	free(dev);
	return who;
}

static char *find_domain(const struct stat *st, bool readonly)
{
	struct xs_handle *xs = store_connect();
	unsigned int nr_domains = 0, nr;
	char **domains = xs ? xs_directory(xs, XBT_NULL, BACKENDS, &nr_domains) : NULL;
	char *who = NULL;

	for (unsigned int i = 0; domains && i < nr_domains && !who; i++) {
		char *folder = msg_text(BACKENDS "/%s", domains[i]);
		unsigned int domid = (unsigned int)strtoul(domains[i], NULL, 10);
		/* What a domain that is gone has left says nothing. */
		char **disks = xs_is_domain_introduced(xs, domid) ?
			       xs_directory(xs, XBT_NULL, folder, &nr) : NULL;

		for (unsigned int j = 0; disks && j < nr && !who; j++) {
			char *disk = msg_text("%s/%s", folder, disks[j]);

			who = used_there(xs, disk, domains[i], st, readonly);
			free(disk);
		}
		free(disks);
		free(folder);
	}
	free(domains);
	if (xs)
		store_close(xs);
	return who;
}

char *disk_users_find(const struct stat *st, bool readonly)
{
	char *who = find_domain(st, readonly);

	if (!who && S_ISBLK(st->st_mode)) {
		who = find_mount(st, readonly);
		if (!who && !readonly)
			who = find_holder(st);
	}
	return who ? who : find_loop(st, readonly);
}
