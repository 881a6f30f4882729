/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * saved_rules - the rules that interfaces have
 *
 * A file for each interface, DOMID.DEVID.vfr, of who made it, beside the configuration of its
 * domain (run_dir.h). It is what the kernel was told, so that it can be changed, and what the
 * domain's next life begins with.
 */
#ifndef XLCTL_VFR_SAVED_RULES_H
#define XLCTL_VFR_SAVED_RULES_H

#include "vfr/translate.h"

/* More text than that has no interface. */
#define VFR_MAX_TEXT	(256U << 10)

/**
 * struct vfr_saved - an interface with its rules
 * @vif: the interface
 * @vfr: the rules
 */
struct vfr_saved {
	struct vfr_vif vif;
	struct vfr vfr;
};

/**
 * vfr_saved_write() - keep rules
 * @kept: interface and rules
 *
 * Return: 0; -E2BIG: they are more than VFR_MAX_TEXT; another negative errno.
 */
int vfr_saved_write(const struct vfr_saved *kept);

/**
 * vfr_saved_read() - the rules of an interface
 * @domid: its domain
 * @devid: its number
 * @kept: filled in; to be given to vfr_saved_free() whatever came back
 *
 * Return: 0; -ENOENT: there is no such interface; -EACCES: somebody else wrote the file; another
 * negative errno.
 */
int vfr_saved_read(uint32_t domid, uint32_t devid, struct vfr_saved *kept);

/**
 * vfr_saved_free() - free what it holds
 * @kept: from vfr_saved_read()
 */
void vfr_saved_free(struct vfr_saved *kept);

/**
 * vfr_saved_forget() - the interface is gone
 * @domid: its domain
 * @devid: its number
 */
void vfr_saved_forget(uint32_t domid, uint32_t devid);

/**
 * struct vfr_name - an interface that has rules
 * @domid: its domain
 * @devid: its number
 */
struct vfr_name {
	uint32_t domid;
	uint32_t devid;
};

/**
 * vfr_saved_names() - all interfaces that have rules
 * @names: receives them, by their numbers; to be freed by the caller
 *
 * Return: how many, or a negative errno.
 */
int vfr_saved_names(struct vfr_name **names);

#endif /* XLCTL_VFR_SAVED_RULES_H */
