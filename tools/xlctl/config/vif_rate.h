/* SPDX-License-Identifier: GPL-2.0-only */
/* vif_rate - rates of packets, as xl-network-configuration(5) writes them */
#ifndef XLCTL_VIF_RATE_H
#define XLCTL_VIF_RATE_H

#include <stdint.h>

/**
 * struct vif_rate - how fast an interface may send
 * @bytes_per_second: 0: as fast as it can
 * @interval_us: how long it may save for a burst
 */
struct vif_rate {
	uint64_t bytes_per_second;
	uint32_t interval_us;
};

/**
 * vif_rate_parse() - read a rate
 * @text: NUMBER, one of B, KB, MB, GB, b, Kb, Mb, Gb, "/s", and perhaps "@INTERVAL": a number with
 *	us, ms or s
 * @rate: filled in
 *
 * Return: NULL, or what is wrong with it, a constant string.
 */
const char *vif_rate_parse(const char *text, struct vif_rate *rate);

/**
 * vif_rate_credit() - what an interface may send in an interval
 * @rate: the rate
 *
 * Return: bytes.
 */
uint64_t vif_rate_credit(const struct vif_rate *rate);

/**
 * vif_rate_text() - a rate as vif_rate_parse() reads it
 * @rate: the rate
 *
 * Return: a string, to be freed by the caller.
 */
char *vif_rate_text(const struct vif_rate *rate);

#endif /* XLCTL_VIF_RATE_H */
