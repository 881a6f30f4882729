// SPDX-License-Identifier: GPL-2.0-only
/* The addresses of a network; see subnet.h. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/subnet.h"

/* Shorter prefixes would take half the Internet, longer ones leave no guest an address. */
#define MIN_LENGTH4	8
#define MAX_LENGTH4	30

/* Guests choose the other half of an address of IPv6 themselves. */
#define LENGTH6		64

/* 10.198.N.1/24, as far as nobody has them. */
#define CHOICE		0x0ac60001U
#define CHOICES		256U

static uint32_t number4(const struct subnet *net)
{
	uint32_t number;

	memcpy(&number, net->address, sizeof(number));
	return ntohl(number);
}

static void set4(struct subnet *net, uint32_t number, unsigned int length)
{
	memset(net, 0, sizeof(*net));
	net->family = AF_INET;
	net->length = length;
	number = htonl(number);
	memcpy(net->address, &number, sizeof(number));
}

static uint32_t host_bits(const struct subnet *net)
{
	return net->length ? UINT32_MAX >> net->length : UINT32_MAX;
}

static bool read_length(const char *text, unsigned int *length)
{
	if (!*text || strlen(text) > 3 || strspn(text, "0123456789") != strlen(text))
		return false;
	*length = (unsigned int)strtoul(text, NULL, 10);
	return true;
}

static const char *check4(const struct subnet *net)
{
	uint32_t host = number4(net) & host_bits(net), top = number4(net) >> 24;

	if (net->length < MIN_LENGTH4 || net->length > MAX_LENGTH4)
		return "expected a prefix of 8 to 30 bits";
	if (top == 0 || top == 127 || top >= 224)
		return "no host can have that address";
	if (!host || host == host_bits(net))
		return "that is the network's own address, not one of the host's in it";
	return NULL;
}

static const char *check6(const struct subnet *net)
{
	static const uint8_t none[8];

	if (net->length != LENGTH6)
		return "expected a prefix of 64 bits, by which guests make their addresses";
	if (net->address[0] == 0 || net->address[0] >= 0xfe)
		return "expected an address that is global or unique local";
	if (!memcmp(net->address + 8, none, sizeof(none)))
		return "that is the network's own address, not one of the host's in it";
	return NULL;
}

const char *subnet_parse(const char *text, int family, struct subnet *net)
{
	const char *slash = strchr(text, '/');
	char address[INET6_ADDRSTRLEN];

	memset(net, 0, sizeof(*net));
	if (!slash || (size_t)(slash - text) >= sizeof(address) ||
	    !read_length(slash + 1, &net->length))
		return "expected ADDRESS/LENGTH";
	memcpy(address, text, (size_t)(slash - text));
	address[slash - text] = '\0';
	if (inet_pton(family, address, net->address) != 1)
		return family == AF_INET ? "expected an address of IPv4" :
		       "expected an address of IPv6";
	net->family = family;
	return family == AF_INET ? check4(net) : check6(net);
}

bool subnet_overlaps(const struct subnet *a, const struct subnet *b)
{
	unsigned int length = a->length < b->length ? a->length : b->length, rest = length % 8;
	uint8_t mask = (uint8_t)(0xff00 >> rest);

	if (a->family != b->family || !a->family)
		return false;
	return !memcmp(a->address, b->address, length / 8) &&
	       (!rest || !((a->address[length / 8] ^ b->address[length / 8]) & mask));
}

bool subnet_choose4(const struct subnet *taken, size_t nr, struct subnet *net)
{
	for (uint32_t i = 0; i < CHOICES; i++) {
		bool is_free = true;

		set4(net, CHOICE + (i << 8), 24);
		for (size_t j = 0; j < nr && is_free; j++)
			is_free = !subnet_overlaps(net, &taken[j]);
		if (is_free)
			return true;
	}
	return false;
}

void subnet_choose6(const uint8_t id[5], struct subnet *net)
{
	memset(net, 0, sizeof(*net));
	net->family = AF_INET6;
	net->length = LENGTH6;
	net->address[0] = 0xfd;
	memcpy(net->address + 1, id, 5);
	net->address[15] = 1;
}

const char *subnet_text(const struct subnet *net, char text[SUBNET_TEXT])
{
	char address[INET6_ADDRSTRLEN] = "";

	inet_ntop(net->family, net->address, address, sizeof(address));
	snprintf(text, SUBNET_TEXT, "%s/%u", address, net->length);
	return text;
}

const char *subnet_prefix_text(const struct subnet *net, char text[SUBNET_TEXT])
{
	unsigned int bits = net->family == AF_INET ? 32 : 128;
	struct subnet prefix = *net;

	for (unsigned int i = net->length; i < bits; i++)
		prefix.address[i / 8] &= (uint8_t)~(0x80 >> i % 8);
	return subnet_text(&prefix, text);
}

void subnet_range4(const struct subnet *net, uint32_t *first, uint32_t *last)
{
	uint32_t own = number4(net), low = (own & ~host_bits(net)) + 1;
	uint32_t high = (own | host_bits(net)) - 1;

	if (own - low > high - own) {
		*first = low;
		*last = own - 1;
	} else {
		*first = own + 1;
		*last = high;
	}
}
