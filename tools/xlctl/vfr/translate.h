/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * translate - the rules of an interface in the words of nftables
 *
 * Where they are carried out:
 *
 * netdev, table xlhv.DOMID.DEVID
 *	The guards, and the rules of a direction, at the ingress and the egress of the interface's
 *	device: no frame gets around that, whatever is in it and wherever it goes.
 * bridge, or inet for an interface with routes, table xlhv
 *	The rules of a direction instead, if there is "state" or "reject" among them, which netdev
 *	does not have. A map leads from the device to the chain of its interface, so other
 *	interfaces cost a packet nothing.
 * inet, table xlhv.DOMID.DEVID
 *	Translations, which are for what the host forwards.
 *
 * A change flushes chains and fills them again in one transaction, and never takes one away that
 * has a hook: the kernel decides once at the beginning of a hook whether old or new rules apply. If
 * the rules of a direction move to another family, they are in both for a moment (VFR_FIRST), and
 * taken from the old one when no packet is on its way between them (VFR_THEN).
 */
#ifndef XLCTL_VFR_TRANSLATE_H
#define XLCTL_VFR_TRANSLATE_H

#include <stdio.h>

#include "vfr/vfr.h"

/**
 * struct vfr_vif - the interface that rules are for
 * @domid: its domain
 * @devid: its number
 * @ifindex: of its device
 * @device: its device
 * @bridge: of which that is a port; "": it has routes
 * @mac: the guest's address
 * @ip: those addresses and prefixes that it has, with blanks between them; NULL: not known
 */
struct vfr_vif {
	uint32_t domid;
	uint32_t devid;
	uint32_t ifindex;
	char device[VFR_DEVICE_NAME];
	char bridge[VFR_DEVICE_NAME];
	uint8_t mac[6];
	char *ip;
};

/**
 * vfr_check() - can an interface have these rules
 * @vfr: the rules
 * @vif: the interface
 *
 * Return: NULL; or what is wrong, with the rule, to be freed by the caller.
 */
char *vfr_check(const struct vfr *vfr, const struct vfr_vif *vif);

enum vfr_step { VFR_FIRST, VFR_THEN };

/**
 * typedef vfr_find_t - the number of a device of the host's
 * @name: its name
 *
 * Return: its ifindex; 0: there is none.
 */
typedef unsigned int vfr_find_t(const char *name);

/**
 * vfr_translate() - what makes the kernel have some rules
 * @now: the rules; vfr_check() is content
 * @before: those that it has; NULL: none
 * @vif: the interface
 * @step: which of two transactions; the second one may be empty
 * @find: finds devices that packets are redirected to, or mirrored
 *
 * Return: a string, to be freed by the caller.
 */
char *vfr_translate(const struct vfr *now, const struct vfr *before, const struct vfr_vif *vif,
		    enum vfr_step step, vfr_find_t *find);

/**
 * vfr_translate_end() - what takes them away
 * @before: the rules that it has
 * @vif: the interface, whose device has gone
 * @call: called with each transaction; each may fail if the kernel has done it by itself
 */
void vfr_translate_end(const struct vfr *before, const struct vfr_vif *vif,
		       void (*call)(const char *text));

/**
 * vfr_tables() - the commands that show an interface's counters
 * @vfr: the rules
 * @vif: the interface
 * @call: called with each
 * @ctx: its first argument
 */
void vfr_tables(const struct vfr *vfr, const struct vfr_vif *vif,
		void (*call)(void *ctx, const char *text), void *ctx);

/**
 * vfr_counter_name() - what the counter of a rule is called
 * @vfr: the rules
 * @vif: the interface
 * @rule: the rule; NULL: that of the policy
 * @direction: of the policy
 *
 * Return: a string, to be freed by the caller.
 */
char *vfr_counter_name(const struct vfr *vfr, const struct vfr_vif *vif,
		       const struct vfr_rule *rule, enum vfr_direction direction);

#endif /* XLCTL_VFR_TRANSLATE_H */
