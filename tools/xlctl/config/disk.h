/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * disk - what xl-disk-configuration(5) says about one disk
 *
 * libxlutil has a parser of it, which fills a structure of libxenlight's. To link it is to link
 * libxenlight, and with it libxenctrl and all others of one release of Xen: their numbers of
 * version differ between the Debians that a package of ours is for, and they tell an error by
 * printing it. The unit test compares with it instead.
 */
#ifndef XLCTL_DISK_H
#define XLCTL_DISK_H

#include <stdbool.h>
#include <stdint.h>

enum disk_discard {
	DISK_DISCARD_DEFAULT,	/* if the device or file can */
	DISK_DISCARD_ON,
	DISK_DISCARD_OFF,
};

/**
 * struct disk_config - a disk, as the configuration has it
 * @target: path of the device or file
 * @vdev: the guest's name of it, as it was written
 * @devid: the number of that
 * @readonly: the guest may not write
 * @forced: "w!": whoever else has it
 * @cdrom: told to the guest as one; read-only
 * @phy: backendtype=phy was written, which is what it is anyway
 * @direct_io_safe: as written; nothing depends on it
 * @discard: whether the guest may discard
 * @identity: what the target was found to be when the domain had it last; NULL: nobody knows
 */
struct disk_config {
	char *target;
	char *vdev;
	uint32_t devid;
	bool readonly;
	bool forced;
	bool cdrom;
	bool phy;
	bool direct_io_safe;
	enum disk_discard discard;
	char *identity;
};

/**
 * disk_parse() - read a disk
 * @disk: filled in; to be given to disk_free() whatever came back
 * @text: what stands between the quotes
 * @why: receives what is wrong with it, to be freed by the caller; else NULL
 *
 * Return: 0; -EINVAL: it makes no sense; -EOPNOTSUPP: it asks for what is not there.
 */
int disk_parse(struct disk_config *disk, const char *text, char **why);

/**
 * disk_parse_words() - the same, of words that are read one after the other
 * @disk: as above
 * @words: what would stand between commas, up to a NULL; each may have commas in it
 * @why: as above
 *
 * A target= takes all of its word, and no other.
 *
 * Return: as disk_parse().
 */
int disk_parse_words(struct disk_config *disk, char *const *words, char **why);

/**
 * disk_number() - the number of a virtual device
 * @vdev: xvda, xvdb1, d5p2, hda, sda1, or a number
 * @devid: receives it
 *
 * Return: whether it is one.
 */
bool disk_number(const char *vdev, uint32_t *devid);

/**
 * disk_text() - a disk as disk_parse() reads it
 * @disk: from disk_parse()
 *
 * Return: a string, to be freed by the caller; @identity is not in it.
 */
char *disk_text(const struct disk_config *disk);

/**
 * disk_free() - free what it holds; all zero afterwards
 * @disk: from disk_parse()
 */
void disk_free(struct disk_config *disk);

#endif /* XLCTL_DISK_H */
