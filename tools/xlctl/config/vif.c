// SPDX-License-Identifier: GPL-2.0-only
/*
 * A network interface in the syntax of xl-network-configuration(5): words between commas, each a
 * name and a value.
 */
#include "config/vif.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/msg.h"

#define DIGITS		"0123456789"
#define HEX_DIGITS	DIGITS "abcdefABCDEF"

/* What a device of Ethernet may have, see XLHV_VIF_ATTACH. */
#define MIN_MTU		68
#define MAX_MTU		65521

/* Xen's: 00:16:3e. */
#define XEN_OUI		{ 0x00, 0x16, 0x3e }

/* Where Debian has Xen's scripts: a name without a slash is of a file there. */
#define SCRIPTS		"/etc/xen/scripts/"

struct reading {
	struct vif_config *vif;
	char **why;
	int error;
};

static void __attribute__((format(printf, 3, 4))) fail(struct reading *r, int error,
						       const char *format, ...)
{
	va_list args;

	/* What comes after an error may be nothing but its consequence. */
	if (r->error)
		return;
	r->error = error;
	va_start(args, format);
	if (vasprintf(r->why, format, args) < 0)
		msg_out_of_memory();
	va_end(args);
}

/* A value: the last one counts, as for xl.  "" is as good as none. */
static void set(char **field, const char *value)
{
	free(*field);
	*field = *value ? strdup(value) : NULL;
	if (*value && !*field)
		msg_out_of_memory();
}

/* A number in decimal, and nothing else. */
static bool read_number(const char *text, uint32_t min, uint32_t max, uint32_t *number)
{
	unsigned long value;

	if (!*text || strlen(text) > 9 || strspn(text, DIGITS) != strlen(text))
		return false;
	value = strtoul(text, NULL, 10);
	*number = (uint32_t)value;
	return value >= min && value <= max;
}

bool vif_parse_mac(const char *text, uint8_t mac[6])
{
	for (unsigned int i = 0; i < 6; i++) {
		size_t length = strspn(text, HEX_DIGITS);

		if (length < 1 || length > 2 || text[length] != (i < 5 ? ':' : '\0'))
			return false;
		mac[i] = (uint8_t)strtoul(text, NULL, 16);
		text += length + 1;
	}
	return true;
}

static void read_mac(struct reading *r, const char *value)
{
	static const uint8_t none[6];
	struct vif_config *vif = r->vif;

	vif->has_mac = vif_parse_mac(value, vif->mac);
	if (!vif->has_mac)
		fail(r, -EINVAL, "mac=%s: expected six bytes such as 00:16:3e:00:00:01", value);
	else if (!memcmp(vif->mac, none, sizeof(none)))
		fail(r, -EINVAL, "mac=%s: no interface can have that address", value);
	else if (vif->mac[0] & 1)
		fail(r, -EINVAL, "mac=%s: a multicast address cannot be that of an interface",
		     value);
}

/*
 * What the kernel accepts as a device's name, and gives to one only. The packet filter takes a name
 * that is a number for that of another device, a star for many, and a quotation mark for the end of
 * the name.
 */
static bool is_name(const char *name)
{
	size_t length = strlen(name);

	if (!length || length >= IFNAMSIZ || !strcmp(name, ".") || !strcmp(name, ".."))
		return false;
	if (strspn(name, "0123456789") == length || !strncasecmp(name, "0x", 2))
		return false;
	for (; *name; name++)
		if (*name <= ' ' || *name >= 0x7f || strchr("/:%*\"\\", *name))
			return false;
	return true;
}

static void read_name(struct reading *r, const char *what, char **field, const char *value)
{
	set(field, value);
	if (*field && !is_name(value))
		fail(r, -EINVAL, "%s=%s: no device of the host's can have that name", what, value);
}

/* Are all bits behind the prefix 0?  "10.9.0.2/24" reads like one address, and would be 256. */
static bool is_network(const uint8_t *address, size_t size, uint32_t length)
{
	for (size_t i = length; i < size * 8; i++)
		if (address[i / 8] & (0x80 >> (i % 8)))
			return false;
	return true;
}

/* An address, perhaps with a length of its prefix: then a network. */
static bool is_address(const char *text)
{
	const char *slash = strchr(text, '/');
	uint8_t address[16];
	uint32_t length;
	char *alone;
	int family;
	bool good;

	alone = slash ? strndup(text, (size_t)(slash - text)) : strdup(text);
	if (!alone)
		msg_out_of_memory();
	family = strchr(alone, ':') ? AF_INET6 : AF_INET;
	good = inet_pton(family, alone, address) == 1 &&
	       (!slash || (read_number(slash + 1, 1, family == AF_INET ? 32 : 128, &length) &&
			   is_network(address, family == AF_INET ? 4 : 16, length)));
	free(alone);
	return good;
}

static void read_ip(struct reading *r, const char *value)
{
	char *copy, *word, *save;
	unsigned int nr = 0;

	set(&r->vif->ip, value);
	copy = strdup(value);
	if (!copy)
		msg_out_of_memory();
	for (word = strtok_r(copy, " \t", &save); word; word = strtok_r(NULL, " \t", &save)) {
		if (!is_address(word))
			fail(r, -EINVAL, "ip=%s: '%s' is no address or network of IPv4 or IPv6",
			     value, word);
		if (++nr > VIF_MAX_ADDRESSES)
			fail(r, -EINVAL, "ip=%s: more than %u addresses", value,
			     VIF_MAX_ADDRESSES);
	}
	free(copy);
}

static void read_type(struct reading *r, const char *value)
{
	if (!strcmp(value, "ioemu"))
		fail(r, -EOPNOTSUPP, "type=ioemu: a PVH domain has no emulated network cards");
	else if (strcmp(value, "vif"))
		fail(r, -EINVAL, "type=%s: expected vif", value);
}

static const char *const scripts[] = {
	[VIF_SCRIPT_BRIDGE] = "vif-bridge",
	[VIF_SCRIPT_ROUTE] = "vif-route",
	[VIF_SCRIPT_NAT] = "vif-nat",
};

const char *vif_script_name(const struct vif_config *vif)
{
	return scripts[vif->script];
}

static void read_script(struct reading *r, const char *value)
{
	const char *name = value;

	if (!strncmp(name, SCRIPTS, strlen(SCRIPTS)))
		name += strlen(SCRIPTS);
	r->vif->script = VIF_SCRIPT_BRIDGE;
	if (!*name)
		return;
	for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
		if (!strcmp(name, scripts[i])) {
			r->vif->script = i;
			return;
		}
	}
	fail(r, -EOPNOTSUPP, "script=%s: scripts are not run; vif-bridge, vif-route and vif-nat are built in",
	     value);
}

static void read_backend(struct reading *r, const char *value)
{
	if (*value && strcmp(value, "0") && strcmp(value, "Domain-0"))
		fail(r, -EOPNOTSUPP, "backend=%s: all network interfaces are served by the host",
		     value);
}

static void read_mtu(struct reading *r, const char *value)
{
	if (!read_number(value, MIN_MTU, MAX_MTU, &r->vif->mtu))
		fail(r, -EINVAL, "mtu=%s: expected a number from %d to %d", value, MIN_MTU,
		     MAX_MTU);
}

static void read_devid(struct reading *r, const char *value)
{
	r->vif->has_devid = read_number(value, 0, VIF_MAX_DEVID, &r->vif->devid);
	if (!r->vif->has_devid)
		fail(r, -EINVAL, "devid=%s: expected a number from 0 to %u", value, VIF_MAX_DEVID);
}

static void read_trusted(struct reading *r, const char *value)
{
	uint32_t trusted;

	if (read_number(value, 0, 1, &trusted))
		r->vif->trusted = trusted;
	else
		fail(r, -EINVAL, "trusted=%s: expected 0 or 1", value);
}

static void read_bridge(struct reading *r, const char *value)
{
	read_name(r, "bridge", &r->vif->bridge, value);
}

static void read_gatewaydev(struct reading *r, const char *value)
{
	read_name(r, "gatewaydev", &r->vif->gatewaydev, value);
}

static void read_vifname(struct reading *r, const char *value)
{
	read_name(r, "vifname", &r->vif->vifname, value);
}

static void read_model(struct reading *r, const char *value)
{
	set(&r->vif->model, value);
}

static void read_accel(struct reading *r, const char *value)
{
	r->vif->accel = *value;
}

static void read_rate(struct reading *r, const char *value)
{
	const char *wrong = *value ? vif_rate_parse(value, &r->vif->rate) : NULL;

	if (wrong)
		fail(r, -EINVAL, "rate=%s: %s", value, wrong);
}

static void read_weight(struct reading *r, const char *value)
{
	if (!read_number(value, 1, VIF_MAX_WEIGHT, &r->vif->weight))
		fail(r, -EINVAL, "weight=%s: expected a number from 1 to %u", value,
		     VIF_MAX_WEIGHT);
}

static void refuse_colo(struct reading *r, const char *value)
{
	fail(r, -EOPNOTSUPP, "forwarddev=%s: COLO is not supported", value);
}

static void refuse_vlan(struct reading *r, const char *value)
{
	fail(r, -EOPNOTSUPP, "vlan=%s: VLANs are not supported yet; bridge(8) gives one to the host's end of the interface",
	     value);
}

static const struct {
	const char *name;
	void (*read)(struct reading *r, const char *value);
} keys[] = {
	{ "mac", read_mac }, { "bridge", read_bridge }, { "gatewaydev", read_gatewaydev },
	{ "netdev", read_gatewaydev }, { "type", read_type }, { "model", read_model },
	{ "vifname", read_vifname }, { "script", read_script }, { "ip", read_ip },
	{ "backend", read_backend }, { "rate", read_rate }, { "devid", read_devid },
	{ "accel", read_accel }, { "mtu", read_mtu }, { "trusted", read_trusted },
	{ "forwarddev", refuse_colo }, { "vlan", refuse_vlan }, { "weight", read_weight },
};

static void read_word(struct reading *r, const char *word)
{
	const char *value = strchr(word, '=');
	size_t length = value ? (size_t)(value - word) : strlen(word);

	if (!value) {
		fail(r, -EINVAL, "'%s': expected a name, '=' and a value", word);
		return;
	}
	if (length > 5 && !strncmp(word, "colo_", 5)) {
		fail(r, -EOPNOTSUPP, "%s: COLO is not supported", word);
		return;
	}
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (strlen(keys[i].name) == length && !strncmp(keys[i].name, word, length)) {
			keys[i].read(r, value + 1);
			return;
		}
	}
	fail(r, -EINVAL, "unknown parameter '%.*s'", (int)length, word);
}

/* Words between commas, without the blanks around them. */
static void read_words(struct reading *r, const char *text)
{
	char *copy = strdup(text), *save, *word, *end;

	if (!copy)
		msg_out_of_memory();
	for (word = strtok_r(copy, ",", &save); word; word = strtok_r(NULL, ",", &save)) {
		word += strspn(word, " \t\n");
		for (end = word + strlen(word); end > word && strchr(" \t\n", end[-1]); end--)
			end[-1] = '\0';
		if (*word)
			read_word(r, word);
	}
	free(copy);
}

/* What depends on several words. */
static void check(struct reading *r)
{
	const struct vif_config *vif = r->vif;

	if (vif_is_routed(vif) && vif->bridge)
		fail(r, -EINVAL, "bridge=%s: with %s there is none", vif->bridge,
		     vif_script_name(vif));
	else if (vif_is_routed(vif) && !vif->ip)
		fail(r, -EINVAL, "script=%s: needs ip=, which the routes lead to",
		     vif_script_name(vif));
}

int vif_parse_words(struct vif_config *vif, char *const *words, char **why)
{
	struct reading r = { .vif = vif, .why = why };

	memset(vif, 0, sizeof(*vif));
	vif->trusted = true;
	*why = NULL;
	for (; *words; words++)
		read_words(&r, *words);
	check(&r);
	return r.error;
}

int vif_parse(struct vif_config *vif, const char *text, char **why)
{
	char *whole = strdup(text), *words[] = { whole, NULL };
	int error;

	if (!whole)
		msg_out_of_memory();
	error = vif_parse_words(vif, words, why);
	free(whole);
	return error;
}

char *vif_ignored(const struct vif_config *vif)
{
	if (vif->model)
		return msg_text("model=%s is ignored: a PVH domain has no emulated network cards",
				vif->model);
	if (vif->accel)
		return msg_text("accel= is ignored: there is nothing that it could name");
	if (vif->gatewaydev && !vif_is_routed(vif))
		return msg_text("gatewaydev=%s is ignored: it is for script=vif-route and vif-nat",
				vif->gatewaydev);
	return NULL;
}

void vif_choose_mac(struct vif_config *vif, const uuid_t uuid)
{
	static const uint8_t oui[] = XEN_OUI;
	uuid_t hash;
	char name[16];
	int length;

	if (vif->has_mac)
		return;
	length = snprintf(name, sizeof(name), "vif%u", vif->devid);
	uuid_generate_sha1(hash, uuid, name, (size_t)length);
	memcpy(vif->mac, oui, sizeof(oui));
	/* As libxl, which leaves the upper half of the range to who assigns addresses by hand. */
	vif->mac[3] = hash[0] & 0x7f;
	vif->mac[4] = hash[1];
	vif->mac[5] = hash[2];
	vif->has_mac = true;
}

/* Appends what a key holds. */
static void put(char **text, const char *key, const char *value)
{
	char *longer;

	if (!value)
		return;
	longer = msg_text("%s,%s=%s", *text, key, value);
	free(*text);
	*text = longer;
}

char *vif_text(const struct vif_config *vif)
{
	char *text = msg_text("devid=%u", vif->devid), number[16], mac[18], *rate;

	if (vif->has_mac) {
		snprintf(mac, sizeof(mac), "%02x:%02x:%02x:%02x:%02x:%02x", vif->mac[0],
			 vif->mac[1], vif->mac[2], vif->mac[3], vif->mac[4], vif->mac[5]);
		put(&text, "mac", mac);
	}
	put(&text, "bridge", vif->bridge);
	put(&text, "script", vif_is_routed(vif) ? vif_script_name(vif) : NULL);
	put(&text, "gatewaydev", vif_is_routed(vif) ? vif->gatewaydev : NULL);
	put(&text, "vifname", vif->vifname);
	put(&text, "ip", vif->ip);
	snprintf(number, sizeof(number), "%u", vif->mtu);
	put(&text, "mtu", vif->mtu ? number : NULL);
	rate = vif_rate_text(&vif->rate);
	put(&text, "rate", vif->rate.bytes_per_second ? rate : NULL);
	free(rate);
	snprintf(number, sizeof(number), "%u", vif->weight);
	put(&text, "weight", vif->weight ? number : NULL);
	put(&text, "trusted", vif->trusted ? NULL : "0");
	return text;
}

void vif_free(struct vif_config *vif)
{
	free(vif->bridge);
	free(vif->gatewaydev);
	free(vif->vifname);
	free(vif->ip);
	if (vif->vfr)
		vfr_free(vif->vfr);
	free(vif->vfr);
	free(vif->model);
	memset(vif, 0, sizeof(*vif));
}
