/* SPDX-License-Identifier: GPL-2.0-only */
/* users - who has a device or file already */
#ifndef XLCTL_DISK_USERS_H
#define XLCTL_DISK_USERS_H

#include <stdbool.h>
#include <sys/stat.h>

/**
 * disk_users_find() - who keeps a device or file from being a disk
 * @st: of it
 * @readonly: it will only be read: then who reads it, too, does no harm
 *
 * Looks at mounts, what is made of it (device mapper, RAID), loop devices, and disks of domains.
 *
 * Return: who, to be freed by the caller: "it is mounted at /srv"; NULL: nobody that can be seen.
 */
char *disk_users_find(const struct stat *st, bool readonly);

#endif /* XLCTL_DISK_USERS_H */
