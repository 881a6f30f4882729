/* SPDX-License-Identifier: GPL-2.0-only */
/* vif - what xl-network-configuration(5) says about one network interface */
#ifndef XLCTL_VIF_H
#define XLCTL_VIF_H

#include <stdbool.h>
#include <stdint.h>
#include <uuid/uuid.h>

#include "config/vif_rate.h"
#include "vfr/vfr.h"

#define VIF_MAX_DEVID	65535U		/* see XLHV_VIF_MAX_INDEX */
#define VIF_MAX_ADDRESSES	16U	/* in one ip= */
#define VIF_MAX_WEIGHT		1000U	/* see SHARE_MAX_WEIGHT */

/* Who connects the host's end with the host's networks. */
enum vif_script {
	VIF_SCRIPT_BRIDGE,	/* a port of a bridge */
	VIF_SCRIPT_ROUTE,	/* routes to the guest's addresses */
	VIF_SCRIPT_NAT,		/* the same, and to the world it is the host */
};

/**
 * struct vif_config - a network interface, as the configuration has it
 * @mac: the guest's address
 * @has_mac: it is known; else vif_choose_mac() makes one
 * @devid: its number
 * @has_devid: it is known; else the lowest that is free
 * @script: who connects it
 * @bridge: of which bridge it is a port; NULL: nothing was said
 * @gatewaydev: whose address the host has towards the guest, with routes; or NULL
 * @vifname: name of the host's end; NULL: vifDOMID.DEVID
 * @ip: addresses of the guest's, with blanks between them; or NULL
 * @mtu: bytes; 0: that of the bridge, or 1500
 * @rate: how fast the guest may send
 * @weight: how much it sends in its turn, where several take turns; 0: nothing was said
 * @trusted: whether the guest trusts the backend
 * @model: an emulated card that was asked for, and is not there; or NULL
 * @accel: as written; nothing depends on it
 * @vfr: rules for its packets; NULL: nothing was said
 */
struct vif_config {
	uint8_t mac[6];
	bool has_mac;
	uint32_t devid;
	bool has_devid;
	enum vif_script script;
	char *bridge;
	char *gatewaydev;
	char *vifname;
	char *ip;
	uint32_t mtu;
	struct vif_rate rate;
	uint32_t weight;
	bool trusted;
	char *model;
	bool accel;
	struct vfr *vfr;
};

/**
 * vif_parse() - read a network interface
 * @vif: filled in; to be given to vif_free() whatever came back
 * @text: what stands between the quotes; "" is one with all defaults
 * @why: receives what is wrong with it, to be freed by the caller; else NULL
 *
 * Return: 0; -EINVAL: it makes no sense; -EOPNOTSUPP: it asks for what is not there.
 */
int vif_parse(struct vif_config *vif, const char *text, char **why);

/**
 * vif_parse_words() - the same, of words that would stand between commas
 * @vif: as above
 * @words: up to a NULL; each may have commas in it
 * @why: as above
 *
 * Return: as vif_parse().
 */
int vif_parse_words(struct vif_config *vif, char *const *words, char **why);

/**
 * vif_ignored() - what of a network interface has no effect
 * @vif: from vif_parse()
 *
 * Return: a note, to be freed by the caller; NULL if all has.
 */
char *vif_ignored(const struct vif_config *vif);

/**
 * vif_is_routed() - whether the host's end is no port of a bridge
 * @vif: from vif_parse()
 */
static inline bool vif_is_routed(const struct vif_config *vif)
{
	return vif->script != VIF_SCRIPT_BRIDGE;
}

/**
 * vif_script_name() - who connects it, as Xen's script is called
 * @vif: from vif_parse()
 *
 * Return: a constant string.
 */
const char *vif_script_name(const struct vif_config *vif);

/**
 * vif_choose_mac() - make an address where none is known
 * @vif: the interface; its number is known
 * @uuid: of the domain
 *
 * It is in Xen's range and depends on both, and on nothing else: the same domain has it again.
 */
void vif_choose_mac(struct vif_config *vif, const uuid_t uuid);

/**
 * vif_parse_mac() - read an address
 * @text: six bytes in hexadecimal between colons
 * @mac: receives it
 *
 * Return: whether it is one.
 */
bool vif_parse_mac(const char *text, uint8_t mac[6]);

/**
 * vif_text() - a network interface as vif_parse() reads it
 * @vif: from vif_parse(); its number is known
 *
 * Return: a string, to be freed by the caller; what has no effect is not in it.
 */
char *vif_text(const struct vif_config *vif);

/**
 * vif_free() - free what it holds; all zero afterwards
 * @vif: from vif_parse()
 */
void vif_free(struct vif_config *vif);

#endif /* XLCTL_VIF_H */
