/* SPDX-License-Identifier: GPL-2.0-only */
/* value - the values of patterns; private to rule.c */
#ifndef XLCTL_VFR_VALUE_H
#define XLCTL_VFR_VALUE_H

#include "vfr/rule.h"

/**
 * vfr_value_list() - read the values of a pattern
 * @rule: the rule; its family is what was seen so far, and may be set
 * @key: which pattern
 * @text: values between commas
 *
 * Return: NULL; or what is wrong, to be freed.
 */
char *vfr_value_list(struct vfr_rule *rule, enum vfr_key key, const char *text);

/**
 * vfr_value_rate() - read a rate
 * @rate: receives it
 * @text: N/s, N/m, N/h, perhaps with ":BURST"
 *
 * Return: whether it is one.
 */
bool vfr_value_rate(struct vfr_rate *rate, const char *text);

/**
 * vfr_value_target() - read an address, perhaps with a port
 * @rule: receives both, and the family
 * @text: ADDRESS, ADDRESS:PORT, or [ADDRESS]:PORT
 *
 * Return: whether it is one.
 */
bool vfr_value_target(struct vfr_rule *rule, const char *text);

#define VFR_RATE_EXPECTED	"expected packets in a second, minute or hour, such as 100/s or 20/m:5"

#endif /* XLCTL_VFR_VALUE_H */
