// SPDX-License-Identifier: GPL-2.0-only
/*
 * A disk in the syntax of xl-disk-configuration(5): words between commas, by their place (target,
 * format, vdev, access) or with a name. target= takes all that follows, commas too.
 */
#include "config/disk.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/msg.h"

#define LETTERS		"abcdefghijklmnopqrstuvwxyz"
#define DIGITS		"0123456789"

#define NO_QEMU		"only raw disks are served by the kernel; others need QEMU (qdisk), which is not supported yet"
#define NO_SCRIPT	"scripts that make a disk are not supported: attach the device that they would make"

/* What has been read, besides the disk itself. */
struct reading {
	struct disk_config *disk;
	char *format;
	char *access;
	char **why;
	int error;
};

static void __attribute__((format(printf, 3, 4))) fail(struct reading *r, int error,
						       const char *format, ...)
{
	va_list args;

	/* What comes after an error may be nothing but its consequence. */
	if (r->error)
		return;
	r->error = error;
	va_start(args, format);
	if (vasprintf(r->why, format, args) < 0)
		msg_out_of_memory();
	va_end(args);
}

static char *copy(const char *text, size_t length)
{
	char *result = strndup(text, length);

	if (!result)
		msg_out_of_memory();
	return result;
}

/* A value, which is said once. */
static void set(struct reading *r, const char *what, char **field, const char *value)
{
	if (*field && **field) {
		fail(r, -EINVAL, "%s: both '%s' and '%s'", what, *field, value);
		return;
	}
	free(*field);
	*field = copy(value, strlen(value));
}

/* How a deprecated prefix of the target is read. */
enum prefix {
	PREFIX_IGNORED,
	PREFIX_FORMAT,
	PREFIX_SCRIPT,
};

static const struct {
	const char *name;
	enum prefix kind;
} prefixes[] = {
	{ "phy", PREFIX_IGNORED }, { "file", PREFIX_IGNORED }, { "tapdisk", PREFIX_IGNORED },
	{ "tap2", PREFIX_IGNORED }, { "tap", PREFIX_IGNORED }, { "aio", PREFIX_IGNORED },
	{ "ioemu", PREFIX_IGNORED },
	{ "raw", PREFIX_FORMAT }, { "qcow", PREFIX_FORMAT }, { "qcow2", PREFIX_FORMAT },
	{ "vhd", PREFIX_FORMAT },
	{ "iscsi", PREFIX_SCRIPT }, { "nbd", PREFIX_SCRIPT }, { "enbd", PREFIX_SCRIPT },
	{ "drbd", PREFIX_SCRIPT },
};

/* Reads a prefix.  Return: whether there was one; @text is behind it then. */
static bool read_prefix(struct reading *r, const char **text)
{
	size_t length = strspn(*text, LETTERS DIGITS);
	char *name;

	if (!length || strchr(DIGITS, **text) || (*text)[length] != ':')
		return false;
	name = copy(*text, length);
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		if (strcmp(prefixes[i].name, name))
			continue;
		*text += length + 1;
		if (prefixes[i].kind == PREFIX_SCRIPT)
			fail(r, -EOPNOTSUPP, "'%s:': " NO_SCRIPT, name);
		/* The format has no place of its own any more. */
		if (prefixes[i].kind == PREFIX_FORMAT)
			set(r, "format", &r->format, name);
		else if (!r->format)
			r->format = copy("raw", 3);
		free(name);
		return true;
	}
	/* "xvda:cdrom" is none. */
	if ((*text)[length + 1] && strchr(LETTERS DIGITS, (*text)[length + 1])) {
		free(name);
		return false;
	}
	fail(r, -EINVAL, "unknown prefix '%s:'", name);
	free(name);
	return true;
}

static void read_devtype(struct reading *r, const char *value)
{
	if (!strcmp(value, "cdrom"))
		r->disk->cdrom = true;
	else if (!strcmp(value, "disk"))
		r->disk->cdrom = false;
	else
		fail(r, -EINVAL, "devtype=%s: expected disk or cdrom", value);
}

static void read_backendtype(struct reading *r, const char *value)
{
	if (!strcmp(value, "phy"))
		r->disk->phy = true;
	else if (!strcmp(value, "qdisk") || !strcmp(value, "tap"))
		fail(r, -EOPNOTSUPP, "backendtype=%s: " NO_QEMU, value);
	else
		fail(r, -EINVAL, "backendtype=%s: expected phy", value);
}

static void read_backend(struct reading *r, const char *value)
{
	if (strcmp(value, "0") && strcmp(value, "Domain-0"))
		fail(r, -EOPNOTSUPP, "backend=%s: all disks are served by the host", value);
}

/* A word that is a name and a value. */
static void read_named(struct reading *r, const char *word)
{
	const char *value = strchr(word, '=') + 1;
	size_t length = (size_t)(value - word);

	if (!strncmp(word, "format=", length))
		set(r, "format", &r->format, *value ? value : "raw");
	else if (!strncmp(word, "devtype=", length))
		read_devtype(r, value);
	else if (!strncmp(word, "access=", length))
		set(r, "access", &r->access, value);
	else if (!strncmp(word, "backendtype=", length))
		read_backendtype(r, value);
	else if (!strncmp(word, "vdev=", length))
		set(r, "vdev", &r->disk->vdev, value);
	else if (!strncmp(word, "script=", length))
		fail(r, -EOPNOTSUPP, "script=%s: " NO_SCRIPT, value);
	else if (!strncmp(word, "backend=", length))
		read_backend(r, value);
	else if (*word >= 'a' && *word <= 'z')
		fail(r, -EINVAL, "unknown parameter '%.*s'", (int)length - 1, word);
	else
		fail(r, -EINVAL, "'%s': a target with '=' in it needs target=, as the last word",
		     word);
}

static void read_place(struct reading *r, char *word)
{
	struct disk_config *disk = r->disk;
	char *colon;

	if (!disk->target) {
		disk->target = copy(word, strlen(word));
	} else if (!r->format) {
		r->format = copy(*word ? word : "raw", *word ? strlen(word) : 3);
	} else if (!disk->vdev) {
		colon = strrchr(word, ':');
		if (colon) {
			*colon = '\0';
			read_devtype(r, colon + 1);
		}
		disk->vdev = copy(word, strlen(word));
	} else if (!r->access) {
		r->access = copy(word, strlen(word));
	} else {
		fail(r, -EINVAL, "'%s' is one word too many", word);
	}
}

static void read_word(struct reading *r, char *word)
{
	struct disk_config *disk = r->disk;

	if (!strcmp(word, "cdrom"))
		disk->cdrom = true;
	else if (!strcmp(word, "direct-io-safe"))
		disk->direct_io_safe = true;
	else if (!strcmp(word, "discard"))
		disk->discard = DISK_DISCARD_ON;
	else if (!strcmp(word, "no-discard"))
		disk->discard = DISK_DISCARD_OFF;
	else if (!strncmp(word, "colo", 4))
		fail(r, -EOPNOTSUPP, "'%s': COLO is not supported", word);
	else if (strchr(word, '='))
		read_named(r, word);
	else
		read_place(r, word);
}

static void read_all(struct reading *r, const char *text)
{
	while (*text && !r->error) {
		size_t length;
		char *word;

		text += strspn(text, " \t\n");
		if (!*text)
			break;
		if (!strncmp(text, "target=", 7)) {
			set(r, "target", &r->disk->target, text + 7);
			break;
		}
		if (read_prefix(r, &text))
			continue;
		length = strcspn(text, ",");
		word = copy(text, length);
		read_word(r, word);
		free(word);
		text += length + (text[length] == ',');
	}
}

static void check_format(struct reading *r)
{
	const char *format = r->format ? r->format : "raw";

	if (!strcmp(format, "empty"))
		fail(r, -EOPNOTSUPP, "format=empty: drives without a disk are not supported");
	else if (!strcmp(format, "qcow") || !strcmp(format, "qcow2") || !strcmp(format, "vhd") ||
		 !strcmp(format, "qed") || !strcmp(format, "vmdk") || !strcmp(format, "vdi"))
		fail(r, -EOPNOTSUPP, "format=%s: " NO_QEMU, format);
	else if (strcmp(format, "raw"))
		fail(r, -EINVAL, "format=%s: expected raw", format);
}

static void check_access(struct reading *r)
{
	const char *access = r->access ? r->access : "";
	struct disk_config *disk = r->disk;

	if (!strcmp(access, "r") || !strcmp(access, "ro"))
		disk->readonly = true;
	else if (!strcmp(access, "w!"))
		disk->forced = true;
	else if (*access && strcmp(access, "w") && strcmp(access, "rw"))
		fail(r, -EINVAL, "access=%s: expected r, ro, w, rw or w!", access);
	disk->readonly |= disk->cdrom;
}

static void check_target(struct reading *r)
{
	struct disk_config *disk = r->disk;
	char *path;

	if (!disk->target || !*disk->target) {
		fail(r, disk->cdrom ? -EOPNOTSUPP : -EINVAL, disk->cdrom ?
		     "drives without a disk are not supported" : "no target");
	} else if (*disk->target != '/') {
		path = msg_text("/dev/%s", disk->target);
		free(disk->target);
		disk->target = path;
	}
}

static void check_vdev(struct reading *r)
{
	struct disk_config *disk = r->disk;

	if (!disk->vdev || !*disk->vdev)
		fail(r, -EINVAL, "no vdev, such as xvda");
	else if (!disk_number(disk->vdev, &disk->devid))
		fail(r, -EINVAL, "vdev=%s: expected xvda, xvda1, d0p1, hda, sda or a number",
		     disk->vdev);
}

int disk_parse_words(struct disk_config *disk, char *const *words, char **why)
{
	struct reading r = { .disk = disk, .why = why };

	memset(disk, 0, sizeof(*disk));
	*why = NULL;
	for (; *words; words++)
		read_all(&r, *words);
	check_format(&r);
	check_access(&r);
	check_target(&r);
	check_vdev(&r);
	free(r.format);
	free(r.access);
	return r.error;
}

int disk_parse(struct disk_config *disk, const char *text, char **why)
{
	char *whole = copy(text, strlen(text)), *words[] = { whole, NULL };
	int error = disk_parse_words(disk, words, why);

	free(whole);
	return error;
}

/* A number in decimal, from 0 to @max. */
static bool read_index(const char **text, uint32_t max, uint32_t *index)
{
	*index = 0;
	if (!**text || !strchr(DIGITS, **text))
		return false;
	for (; **text && strchr(DIGITS, **text); (*text)++) {
		*index = *index * 10 + (uint32_t)(**text - '0');
		if (*index > max)
			return false;
	}
	return true;
}

/* "xvdaa12": a disk by letters, of which z is followed by aa, and perhaps a partition. */
static bool read_letters(const char *text, const char *kind, uint32_t max_disk, uint32_t max_part,
			 uint32_t *disk, uint32_t *part)
{
	uint32_t number = 0;

	*part = 0;
	if (strncmp(text, kind, strlen(kind)))
		return false;
	text += strlen(kind);
	if (!*text || !strchr(LETTERS, *text))
		return false;
	for (; *text && strchr(LETTERS, *text); text++) {
		number = number * 26 + (uint32_t)(*text - 'a') + 1;
		if (number > max_disk + 1)
			return false;
	}
	*disk = number - 1;
	return !*text || (*text != '0' && read_index(&text, max_part, part) && !*text);
}

/* A number in C's notation, from 0 to @max. */
static bool read_c_number(const char **text, uint32_t max, uint32_t *number)
{
	unsigned long value;
	char *end;

	if (!**text || !strchr(DIGITS, **text))
		return false;
	value = strtoul(*text, &end, 0);
	*text = end;
	*number = (uint32_t)value;
	return value <= max;
}

/* "d5p2"; to libxl "d010p1" is "d8p1". */
static bool read_numbers(const char *text, uint32_t *disk, uint32_t *part)
{
	if (*text++ != 'd' || !read_c_number(&text, (1 << 20) - 1, disk) || *text++ != 'p')
		return false;
	return read_c_number(&text, 255, part) && !*text;
}

bool disk_number(const char *vdev, uint32_t *devid)
{
	uint32_t disk, part;
	unsigned long number;
	char *end;

	if (read_numbers(vdev, &disk, &part) ||
	    read_letters(vdev, "xvd", (1 << 20) - 1, 255, &disk, &part)) {
		*devid = disk < 16 && part < 16 ? 202 << 8 | disk << 4 | part :
						  1 << 28 | disk << 8 | part;
		return true;
	}
	if (read_letters(vdev, "hd", 3, 63, &disk, &part)) {
		*devid = (disk < 2 ? 3 : 22) << 8 | (disk & 1) << 6 | part;
		return true;
	}
	if (read_letters(vdev, "sd", 15, 15, &disk, &part)) {
		*devid = 8 << 8 | disk << 4 | part;
		return true;
	}
	errno = 0;
	number = strtoul(vdev, &end, 0);
	if (!*vdev || !strchr(DIGITS, *vdev) || errno || *end || number > INT_MAX)
		return false;
	*devid = (uint32_t)number;
	return true;
}

char *disk_text(const struct disk_config *disk)
{
	static const char *const discards[] = { "", "discard,", "no-discard," };

	return msg_text("format=raw,vdev=%s,access=%s,%s%s%s%starget=%s", disk->vdev,
			disk->readonly ? "ro" : disk->forced ? "w!" : "rw",
			disk->cdrom ? "cdrom," : "", disk->phy ? "backendtype=phy," : "",
			disk->direct_io_safe ? "direct-io-safe," : "", discards[disk->discard],
			disk->target);
}

void disk_free(struct disk_config *disk)
{
	free(disk->target);
	free(disk->vdev);
	free(disk->identity);
	memset(disk, 0, sizeof(*disk));
}
