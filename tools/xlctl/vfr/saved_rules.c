// SPDX-License-Identifier: GPL-2.0-only
/* Files with the rules of interfaces; see saved_rules.h. */
#include "vfr/saved_rules.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/msg.h"
#include "common/run_dir.h"

static char *name_of(uint32_t domid, uint32_t devid)
{
	return msg_text("%u.%u.vfr", domid, devid);
}

/* Lines of a word and what belongs to it; rules have their names before them. */
static char *write_text(const struct vfr_saved *kept, size_t *size)
{
	const struct vfr_vif *vif = &kept->vif;
	const struct vfr *vfr = &kept->vfr;
	char *text = NULL, *guards = vfr_guards_text(vfr);
	FILE *out = open_memstream(&text, size);
	bool failed;

	if (!out)
		msg_out_of_memory();
	fprintf(out, "device %s\nifindex %u\n", vif->device, vif->ifindex);
	if (*vif->bridge)
		fprintf(out, "bridge %s\n", vif->bridge);
	fprintf(out, "mac %02x:%02x:%02x:%02x:%02x:%02x\n", vif->mac[0], vif->mac[1], vif->mac[2],
		vif->mac[3], vif->mac[4], vif->mac[5]);
	if (vif->ip)
		fprintf(out, "ip %s\n", vif->ip);
	fprintf(out, "guard %s\n", guards);
	for (unsigned int i = 0; i < VFR_NR_DIRECTIONS; i++)
		fprintf(out, "policy %s %s\n", vfr_directions[i], vfr_actions[vfr->policy[i]]);
	for (unsigned int i = 0; i < vfr->nr; i++)
		fprintf(out, "%u %s\n", vfr->rules[i].id, vfr->rules[i].text);
	fprintf(out, "next %u\n", vfr->next_id);
	failed = ferror(out);
	if (fclose(out) || failed)
		msg_out_of_memory();
	free(guards);
	return text;
}

static int write_all(int fd, const char *text, size_t size)
{
	while (size) {
		ssize_t written = write(fd, text, size);

		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return written ? -errno : -ENOSPC;
		text += written;
		size -= (size_t)written;
	}
	return 0;
}

/* It appears whole, whoever reads meanwhile. */
static int write_file(int folder, const char *name, const char *text, size_t size)
{
	char *draft;
	int fd = run_dir_draft(folder, 0600, &draft), error;

	if (fd < 0)
		return fd;
	error = write_all(fd, text, size);
	close(fd);
	if (!error && renameat(folder, draft, folder, name))
		error = -errno;
	if (error)
		unlinkat(folder, draft, 0);
	free(draft);
	return error;
}

int vfr_saved_write(const struct vfr_saved *kept)
{
	char *name = name_of(kept->vif.domid, kept->vif.devid), *text;
	int error = run_dir_make(), folder;
	size_t size;

	text = write_text(kept, &size);
	if (!error && size > VFR_MAX_TEXT)
		error = -E2BIG;
	folder = error ? error : run_dir_open();
	error = folder;
	if (folder >= 0) {
		error = write_file(folder, name, text, size);
		close(folder);
	}
	free(text);
	free(name);
	return error;
}

static bool read_name(char to[VFR_DEVICE_NAME], const char *value)
{
	if (strlen(value) >= VFR_DEVICE_NAME)
		return false;
	strcpy(to, value);
	return true;
}

static bool read_number(const char *text, uint32_t *number)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	*number = (uint32_t)value;
	return *text >= '0' && *text <= '9' && !*end && value <= UINT32_MAX;
}

/* A line.  What was written by vfr_saved_write() is good. */
static bool read_line(struct vfr_saved *kept, char *line)
{
	struct vfr_vif *vif = &kept->vif;
	char *value = strchr(line, ' '), *why;
	uint8_t *mac = vif->mac;
	uint32_t id;
	int error;

	if (!value)
		return false;
	*value++ = '\0';
	if (!strcmp(line, "device"))
		return read_name(vif->device, value);
	if (!strcmp(line, "bridge"))
		return read_name(vif->bridge, value);
	if (!strcmp(line, "ifindex"))
		return read_number(value, &vif->ifindex);
	if (!strcmp(line, "next"))
		return read_number(value, &kept->vfr.next_id);
	if (!strcmp(line, "mac"))
		return sscanf(value, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx", &mac[0], &mac[1],
			      &mac[2], &mac[3], &mac[4], &mac[5]) == 6;
	if (!strcmp(line, "ip")) {
		free(vif->ip);
		vif->ip = msg_text("%s", value);
		return true;
	}
	if (read_number(line, &id)) {
		error = vfr_insert(&kept->vfr, VFR_MAX_RULES, value, &why);
		if (!error)
			kept->vfr.rules[kept->vfr.nr - 1].id = id;
	} else {
		value[-1] = ' ';
		error = vfr_statement(&kept->vfr, line, &why);
	}
	free(why);
	return !error;
}

static int read_text(struct vfr_saved *kept, char *text)
{
	char *line;

	while ((line = strsep(&text, "\n")))
		if (*line && !read_line(kept, line))
			return -EINVAL;
	return *kept->vif.device && kept->vif.ifindex ? 0 : -EINVAL;
}

/* Only who owns it could have written it. */
static int read_file(int fd, struct vfr_saved *kept)
{
	struct stat st;
	ssize_t got;
	char *text;
	int error;

	if (fstat(fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_mode & 022 || (st.st_uid && st.st_uid != geteuid()))
		return -EACCES;
	if (st.st_size > VFR_MAX_TEXT)
		return -E2BIG;
	text = malloc((size_t)st.st_size + 1);
	if (!text)
		msg_out_of_memory();
	got = read(fd, text, (size_t)st.st_size);
	error = got < 0 ? -errno : 0;
	if (!error) {
		text[got] = '\0';
		error = read_text(kept, text);
	}
	free(text);
	return error;
}

int vfr_saved_read(uint32_t domid, uint32_t devid, struct vfr_saved *kept)
{
	char *name = name_of(domid, devid);
	int folder = run_dir_open(), error = folder, fd;

	memset(kept, 0, sizeof(*kept));
	vfr_init(&kept->vfr);
	kept->vif.domid = domid;
	kept->vif.devid = devid;
	if (folder >= 0) {
		fd = openat(folder, name,
			    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
		error = fd < 0 ? -errno : read_file(fd, kept);
		if (fd >= 0)
			close(fd);
		close(folder);
	}
	free(name);
	return error;
}

void vfr_saved_free(struct vfr_saved *kept)
{
	vfr_free(&kept->vfr);
	free(kept->vif.ip);
	memset(kept, 0, sizeof(*kept));
}

void vfr_saved_forget(uint32_t domid, uint32_t devid)
{
	int folder = run_dir_open();
	char *name;

	if (folder < 0)
		return;
	name = name_of(domid, devid);
	unlinkat(folder, name, 0);
	free(name);
	close(folder);
}

static int compare(const void *a, const void *b)
{
	const struct vfr_name *x = a, *y = b;

	if (x->domid != y->domid)
		return x->domid < y->domid ? -1 : 1;
	return x->devid < y->devid ? -1 : x->devid > y->devid;
}

int vfr_saved_names(struct vfr_name **names)
{
	int folder = run_dir_open(), nr = 0;
	struct dirent *entry;
	DIR *dir;

	*names = NULL;
	if (folder < 0)
		return folder == -ENOENT ? 0 : folder;
	dir = fdopendir(folder);
	if (!dir) {
		close(folder);
		return -errno;
	}
	while ((entry = readdir(dir))) {
		struct vfr_name name;
		char same[64];

		/* As it is written here: "07.0.vfr" is none. */
		if (sscanf(entry->d_name, "%u.%u", &name.domid, &name.devid) != 2)
			continue;
		snprintf(same, sizeof(same), "%u.%u.vfr", name.domid, name.devid);
		if (strcmp(same, entry->d_name))
			continue;
		*names = reallocarray(*names, (size_t)nr + 1, sizeof(**names));
		if (!*names)
			msg_out_of_memory();
		(*names)[nr++] = name;
	}
	closedir(dir);
	if (nr)
		qsort(*names, (size_t)nr, sizeof(**names), compare);
	return nr;
}
