/* SPDX-License-Identifier: GPL-2.0-only */
/* subnet - the addresses of a network: read, chosen, written; nothing here asks the host */
#ifndef XLCTL_NET_SUBNET_H
#define XLCTL_NET_SUBNET_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The longest text, with the length of a prefix. */
#define SUBNET_TEXT	(INET6_ADDRSTRLEN + 4)

/**
 * struct subnet - an address in a network
 * @family: AF_INET, AF_INET6; 0: there is none
 * @address: the first 4 or 16 bytes, as on the wire
 * @length: bits of the prefix
 */
struct subnet {
	int family;
	uint8_t address[16];
	unsigned int length;
};

/**
 * subnet_parse() - read the address that a host is to have in a network of guests
 * @text: ADDRESS/LENGTH
 * @family: of which it has to be
 * @net: filled in
 *
 * Return: NULL, or what is wrong with it, a constant string.
 */
const char *subnet_parse(const char *text, int family, struct subnet *net);

/**
 * subnet_overlaps() - whether two networks have an address in common
 * @a: one
 * @b: the other one
 */
bool subnet_overlaps(const struct subnet *a, const struct subnet *b);

/**
 * subnet_choose4() - a network of IPv4 that the host does not use yet
 * @taken: what it uses
 * @nr: how many these are
 * @net: filled in: the first address of a /24
 *
 * Return: whether there is one.
 */
bool subnet_choose4(const struct subnet *taken, size_t nr, struct subnet *net);

/**
 * subnet_choose6() - a network of unique local addresses of IPv6
 * @id: 40 bits that no other site has
 * @net: filled in: the first address of a /64
 */
void subnet_choose6(const uint8_t id[5], struct subnet *net);

/**
 * subnet_text() - write an address
 * @net: the address
 * @text: receives ADDRESS/LENGTH
 *
 * Return: @text.
 */
const char *subnet_text(const struct subnet *net, char text[SUBNET_TEXT]);

/**
 * subnet_prefix_text() - write the network that an address is in
 * @net: the address
 * @text: receives PREFIX/LENGTH
 *
 * Return: @text.
 */
const char *subnet_prefix_text(const struct subnet *net, char text[SUBNET_TEXT]);

/**
 * subnet_range4() - the addresses that guests may have
 * @net: the host's, of IPv4
 * @first: receives the lowest; in the byte order of the host
 * @last: receives the highest
 *
 * They are those on one side of the host's own, whichever has more.
 */
void subnet_range4(const struct subnet *net, uint32_t *first, uint32_t *last);

#endif /* XLCTL_NET_SUBNET_H */
