/* SPDX-License-Identifier: GPL-2.0-only */
/* domain_keys - keys of xl.cfg(5) that mean nothing to us, or nothing yet */
#ifndef XLCTL_DOMAIN_KEYS_H
#define XLCTL_DOMAIN_KEYS_H

#include <stddef.h>

enum domain_key_kind {
	DOMAIN_KEY_REFUSED,	/* PVH domains have it, we do not: an error when it is asked for */
	DOMAIN_KEY_HVM,		/* only HVM domains have it */
	DOMAIN_KEY_PV,		/* only PV domains have it */
	DOMAIN_KEY_ARM,		/* only Arm has it */
	DOMAIN_KEY_NO_EFFECT,	/* accepted, but there is nothing it could change */
};

/**
 * struct domain_key - one such key
 * @name: the key
 * @kind: why it means nothing
 * @why: REFUSED: what is missing, a sentence; NO_EFFECT: why, a sentence
 */
struct domain_key {
	const char *name;
	enum domain_key_kind kind;
	const char *why;
};

extern const struct domain_key domain_keys[];
extern const size_t domain_nr_keys;

#endif /* XLCTL_DOMAIN_KEYS_H */
