/* SPDX-License-Identifier: GPL-2.0-only */
/* guard - what keeps a guest from pretending; private to translate.c */
#ifndef XLCTL_VFR_GUARD_H
#define XLCTL_VFR_GUARD_H

#include "vfr/translate.h"

/**
 * vfr_guard_put() - the chain "guard" and those that it uses
 * @out: where it goes
 * @guards: a bit for each enum vfr_guard
 * @vif: the interface
 * @table: family and name
 *
 * It returns for what the guest may send, and drops the rest.
 */
void vfr_guard_put(FILE *out, uint32_t guards, const struct vfr_vif *vif, const char *table);

/**
 * vfr_put_ranges() - the values of a pattern as a set
 * @out: where it goes
 * @pattern: the pattern
 * @key: which one
 * @family: of its rule
 */
void vfr_put_ranges(FILE *out, const struct vfr_pattern *pattern, enum vfr_key key, int family);

/**
 * vfr_addresses() - those of an interface
 * @vif: the interface; they are known
 * @family: AF_INET or AF_INET6
 * @pattern: receives them; its ranges are to be freed
 *
 * Return: whether there is one.
 */
bool vfr_addresses(const struct vfr_vif *vif, int family, struct vfr_pattern *pattern);

#endif /* XLCTL_VFR_GUARD_H */
