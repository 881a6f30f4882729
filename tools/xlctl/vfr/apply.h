/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * apply - have the kernel carry out the rules of interfaces
 *
 * A domain's rules are there before its interface can carry a packet, and go after its device has
 * gone. Messages are for whoever asked, and begin with @who.
 */
#ifndef XLCTL_VFR_APPLY_H
#define XLCTL_VFR_APPLY_H

#include "vfr/saved_rules.h"

/**
 * vfr_lock() - take turns with others that change rules
 * @who: for a message
 *
 * Return: a descriptor, to be closed by the caller; -1 after a message.
 */
int vfr_lock(const char *who);

/**
 * vfr_attach() - rules for an interface whose device is not up yet
 * @who: whose
 * @vif: the interface
 * @vfr: its rules; NULL: the guards alone
 *
 * Return: 0, or -1 after a message.
 */
int vfr_attach(const char *who, const struct vfr_vif *vif, const struct vfr *vfr);

/**
 * vfr_detach() - nothing more of an interface, whose device has gone
 * @domid: its domain
 * @devid: its number
 */
void vfr_detach(uint32_t domid, uint32_t devid);

/**
 * vfr_detach_all() - nothing more of the interfaces of a domain that has gone
 * @domid: the domain
 */
void vfr_detach_all(uint32_t domid);

/**
 * vfr_change() - other rules for an interface
 * @who: whose
 * @kept: the interface with the new rules
 * @before: the rules that it has
 *
 * The caller has vfr_lock(), since before it read them.
 *
 * Return: 0, or -1 after a message: then the old ones apply.
 */
int vfr_change(const char *who, const struct vfr_saved *kept, const struct vfr *before);

#endif /* XLCTL_VFR_APPLY_H */
