/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * core - memory and registers of a domain as a file
 *
 * An ELF core in the format of xl's dump-core: no segments, but the sections .note.Xen,
 * .xen_prstatus, .xen_pfn and .xen_pages, as crash(8) reads it.
 */
#ifndef XLCTL_CORE_H
#define XLCTL_CORE_H

#include <xlhv.h>

/* Where cores go that on_crash= and the others ask for; as xl. */
#define CORE_FOLDER	"/var/lib/xen/dump"

/**
 * core_write() - write a core
 * @domain: its descriptor; it should be paused, or have ended
 * @info: the domain
 * @path: the file; one that is there is replaced when the new one is complete
 *
 * Return: 0, or -1 after a message.
 */
int core_write(int domain, const struct xlhv_dom_info *info, const char *path);

/**
 * core_keep() - write a core to CORE_FOLDER, by the domain's name
 * @domain: as for core_write()
 * @info: as for core_write()
 *
 * Return: 0, or -1 after a message.
 */
int core_keep(int domain, const struct xlhv_dom_info *info);

#endif /* XLCTL_CORE_H */
